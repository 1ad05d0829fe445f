"""What can go wrong, and whose doing it was.

    IsolatesError
    ├── JSError                     JavaScript threw
    │   ├── JSAggregateError, JSEvalError, JSRangeError, JSReferenceError,
    │   │   JSSyntaxError, JSTypeError, JSURIError
    │   └── ThrownValueError        it threw something that is no Error
    ├── DisposedError               you disposed the isolate
    ├── ReleasedError               you released the handle
    ├── StoppedError                somebody stopped what ran; the isolate lives on
    │   ├── ScriptTimeoutError      its time was up (TimeoutError)
    │   └── TerminatedError         Isolate.terminate() or Future.cancel()
    ├── IsolateDiedError            the isolate is gone, the others live on
    │   ├── MemoryLimitError        it grew beyond memory_limit (MemoryError)
    │   ├── HeapBudgetError         all isolates together would not fit V8's heap (MemoryError)
    │   ├── UnresponsiveError       it did not stop when told to, and was given up (TimeoutError)
    │   └── CatastrophicError       V8 gave up
    ├── AbandonedError              a promise that can't settle any more
    └── TransferError               the value can't cross (TypeError)

Wrong types and values of arguments are plain `TypeError` and `ValueError`.
"""

from __future__ import annotations

import builtins

from isolates.text import literal


class IsolatesError(Exception):
    """What all errors of this package have in common."""

    stack: str | None = None
    """JavaScript's stack where that is known: for errors thrown, and for code stopped by a timeout."""


class JSError(IsolatesError):
    """JavaScript threw an Error. `str(error)` is its message.

    All texts come from the code that threw: don't trust them more than that code.
    """

    name: str = "Error"
    """JavaScript's `name`: "TypeError", or what the code says it is."""
    cause: object = None
    """JavaScript's `cause` if it is an Error (a JSError, then also `__cause__`) or a primitive."""
    code: object = None
    """JavaScript's `code` if it is a primitive."""
    errors: tuple[JSError, ...] = ()
    """The errors of an AggregateError."""
    filename: str | None = None
    """Where it was thrown, as far as V8 knows, with `line` and `column` (1-based) and the line's text."""
    line: int | None = None
    column: int | None = None
    source_line: str | None = None
    # The kernel's isolates explain what they throw (engine/supervision.h).
    _label: str | None = None
    _details: str | None = None

    @property
    def message(self) -> str:
        """JavaScript's `message`."""
        return str(self.args[0]) if self.args else ""


class JSAggregateError(JSError):
    """JavaScript threw an AggregateError."""

    name = "AggregateError"


class JSEvalError(JSError):
    """JavaScript threw an EvalError."""

    name = "EvalError"


class JSRangeError(JSError):
    """JavaScript threw a RangeError: also for a stack that is too deep and a buffer that does not fit."""

    name = "RangeError"


class JSReferenceError(JSError):
    """JavaScript threw a ReferenceError."""

    name = "ReferenceError"


class JSSyntaxError(JSError):
    """The code can't be compiled, or JavaScript threw a SyntaxError. The message of the former ends in
    " [file:line:column]"."""

    name = "SyntaxError"


class JSTypeError(JSError):
    """JavaScript threw a TypeError."""

    name = "TypeError"


class JSURIError(JSError):
    """JavaScript threw a URIError."""

    name = "URIError"


class ThrownValueError(JSError):
    """JavaScript threw something that is no object: `value` has it."""

    def __init__(self, value: object = None) -> None:
        super().__init__(f"JavaScript threw {literal(value)}")
        self.value = value


class DisposedError(IsolatesError):
    """The isolate was disposed, before the call or while it ran."""


class ReleasedError(IsolatesError):
    """The handle was released."""


class StoppedError(IsolatesError):
    """Somebody stopped what ran. The isolate lives on."""


class ScriptTimeoutError(StoppedError, builtins.TimeoutError):
    """Its time was up. `stack` says where it was then, as far as that could be told."""


class TerminatedError(StoppedError):
    """Isolate.terminate() was called, or the call was cancelled."""


class IsolateDiedError(IsolatesError):
    """The isolate is gone, the others live on."""


class MemoryLimitError(IsolateDiedError, builtins.MemoryError):
    """It used more than its `memory_limit`."""


class HeapBudgetError(IsolateDiedError, builtins.MemoryError):
    """The isolates of this process would not fit the 4 GB heap that V8 shares among them: a new one is
    refused, or the largest that runs is stopped and disposed. More heap takes more processes."""


class UnresponsiveError(IsolateDiedError, builtins.TimeoutError):
    """It was told to stop and did not within a second: native code that never looks. It was given up."""


class CatastrophicError(IsolateDiedError):
    """V8 gave up in this isolate; the message says why."""


class AbandonedError(IsolatesError):
    """The promise can't settle any more: its isolate is gone, or nothing refers to what could settle it."""


class TransferError(IsolatesError, builtins.TypeError):
    """The value can't cross."""

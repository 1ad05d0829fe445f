"""JavaScript in many V8 isolates, from Python.

    import isolates

    with isolates.Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        context.eval_sync("6 * 7")                              # 42
        await context.eval("longWork()", timeout=2.5)           # on a thread pool

Three forms of every call: `x()` is asynchronous (queued at once, awaitable), `x_sync()` blocks, `x_ignored()`
returns nothing. The semantics are isolated-vm's; docs/parity.md has them item by item.
"""

from isolates import _load

_load.load()

from isolates._ipython import load_ipython_extension as load_ipython_extension  # noqa: E402
from isolates._ipython import unload_ipython_extension as unload_ipython_extension  # noqa: E402
from isolates._library import isolated_vm  # noqa: E402
from isolates._native import (  # noqa: E402
    V8_VERSION,
    Callback,
    Context,
    ExternalCopy,
    InspectorSession,
    Isolate,
    Module,
    Reference,
    Script,
    SharedArrayBuffer,
    Undefined,
    undefined,
)
from isolates.errors import (  # noqa: E402
    AbandonedError,
    CatastrophicError,
    DisposedError,
    HeapBudgetError,
    IsolateDiedError,
    IsolatesError,
    JSAggregateError,
    JSError,
    JSEvalError,
    JSRangeError,
    JSReferenceError,
    JSSyntaxError,
    JSTypeError,
    JSURIError,
    MemoryLimitError,
    ReleasedError,
    ScriptTimeoutError,
    StoppedError,
    TerminatedError,
    ThrownValueError,
    TransferError,
    UnresponsiveError,
)
from isolates.future import Future  # noqa: E402
from isolates.references import ReferenceGroup  # noqa: E402
from isolates.samples import Sample, sample  # noqa: E402

__version__ = "0.1.0"

__all__ = [
    "V8_VERSION",
    "AbandonedError",
    "Callback",
    "CatastrophicError",
    "Context",
    "DisposedError",
    "ExternalCopy",
    "Future",
    "HeapBudgetError",
    "InspectorSession",
    "Isolate",
    "IsolateDiedError",
    "IsolatesError",
    "JSAggregateError",
    "JSError",
    "JSEvalError",
    "JSRangeError",
    "JSReferenceError",
    "JSSyntaxError",
    "JSTypeError",
    "JSURIError",
    "MemoryLimitError",
    "Module",
    "Reference",
    "ReferenceGroup",
    "ReleasedError",
    "Sample",
    "Script",
    "ScriptTimeoutError",
    "SharedArrayBuffer",
    "StoppedError",
    "TerminatedError",
    "ThrownValueError",
    "TransferError",
    "Undefined",
    "UnresponsiveError",
    "isolated_vm",
    "sample",
    "undefined",
]

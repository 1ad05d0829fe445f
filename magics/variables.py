"""Variables of JavaScript as Python sees them: `manager["a"]["x"]`."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from isolates import Callback, Context, JSReferenceError, Reference, TransferError
from isolates.magics.cell import MAIN
from isolates.magics.parser import check_name

if TYPE_CHECKING:
    from isolates.magics.manager import IsolateManager
    from isolates.magics.named_isolate import NamedIsolate

# Words of the language, its three constants that no assignment changes, and the prototype of all globals.
_RESERVED = """
    __proto__ Infinity NaN undefined
    await break case catch class const continue debugger default delete do else enum export extends false
    finally for function if import in instanceof let new null return static super switch this throw true try
    typeof var void while with yield
"""
_FILENAME = "<python>"


def is_name(text: object) -> bool:
    """Whether JavaScript can have a variable of that name."""
    return isinstance(text, str) and text.replace("$", "_").isidentifier() and text not in _RESERVED.split()


class JSFunction:
    """A function of JavaScript that Python can call. It runs in its isolate while the caller waits.

    Arguments are copied, functions among them arrive as functions. The result is copied; a function arrives
    as a JSFunction, what can't be copied as a Reference, and a promise is waited for. `reference` is the
    function itself, whose `apply` is the asynchronous call.
    """

    def __init__(self, scope: _Scope, reference: Reference) -> None:
        self._scope = scope
        self.reference = reference

    def __call__(self, *args: Any) -> Any:
        self._scope.enter()
        sent = [self._scope.sent(value) for value in args]
        return self._scope.received(self.reference.apply_sync(None, sent, reference=True, promise=True))

    def is_from(self, entry: NamedIsolate[Any]) -> bool:
        """Whether it lives in that isolate."""
        return self._scope.entry is entry

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of the isolate {self._scope.entry.name!r}>"


class Variables:
    """The variables of one context, those of `let` and `const` too. Made by `manager["a"].context("c")`.

    `variables["x"]` is a copy; functions come as JSFunction, and what can't be copied as isolates.Reference.
    NumPy arrays are copied once in each direction; an isolates.SharedArrayBuffer is the same memory on both
    sides (`numpy.frombuffer(buffer)`). Reading makes nothing: what is not there is a KeyError.

    All of this blocks the thread, but Ctrl-C stops what runs in the isolate, and its output and its timers go
    on meanwhile. `eval`, `get` and `put` are the same for `await`. Any thread.
    """

    def __init__(self, manager: IsolateManager[Any], isolate: str, context: str = MAIN) -> None:
        self._manager = manager
        self._isolate = isolate
        self._context = context

    def __getitem__(self, name: str) -> Any:
        scope = self._existing(name)
        try:
            reference = scope.enter().eval_sync(name, repl=True, reference=True, filename=_FILENAME)
        except JSReferenceError as error:
            raise self._missing(name, error) from None
        return scope.received(reference)

    def __setitem__(self, name: str, value: Any) -> None:
        _check(name)
        scope = self._made()
        scope.enter().eval_closure_sync(_assignment(name), [scope.sent(value)], filename=_FILENAME)
        scope.entry.log.bring(self._context, name)

    def __contains__(self, name: object) -> bool:
        try:
            code = f"typeof {name} !== 'undefined' || {name!r} in globalThis"
            return bool(self._existing(name).enter().eval_sync(code, repl=True, filename=_FILENAME))
        except KeyError:
            return False

    def eval_sync(self, code: str, *, timeout: float | None = None) -> Any:
        """The value of the code, evaluated as in a cell, with a top-level `await`. `timeout` in seconds."""
        scope = self._made()
        context = scope.enter()
        reference = context.eval_sync(code, repl=True, reference=True, filename=_FILENAME, timeout=timeout)
        return scope.received(reference)

    async def eval(self, code: str, *, timeout: float | None = None) -> Any:
        """The same for `await`: the event loop goes on."""
        scope = self._made()
        context = await scope.enter_soon()
        reference = await context.eval(code, repl=True, reference=True, filename=_FILENAME, timeout=timeout)
        return await scope.received_soon(reference)

    async def get(self, name: str) -> Any:
        """`variables[name]` for `await`."""
        return await self._existing(name).received_soon(await self.reference(name))

    async def reference(self, name: str) -> Reference:
        """What the variable holds, where it is. Raises KeyError."""
        context = await self._existing(name).enter_soon()
        try:
            reference = await context.eval(name, repl=True, reference=True, filename=_FILENAME)
        except JSReferenceError as error:
            raise self._missing(name, error) from None
        assert isinstance(reference, Reference)
        return reference

    async def check(self, name: str) -> None:
        """Raises JSTypeError if the variable is a constant. Makes nothing."""
        entry = self._manager.get(self._isolate)
        if entry is not None and self._context in entry.contexts and not entry.isolate.is_disposed:
            await self.eval_closure(f"if (typeof {name} !== 'undefined') {name} = {name}", [])

    def function(self, reference: Reference) -> JSFunction:
        """A function that lives here, for Python to call."""
        return JSFunction(self._made(), reference)

    async def eval_closure(self, code: str, args: list[Any], *, external_copy: bool = False) -> Any:
        """Context.eval_closure."""
        context = await self._made().enter_soon()
        return await context.eval_closure(code, args, external_copy=external_copy, filename=_FILENAME)

    async def put(self, name: str, value: Any) -> None:
        """`variables[name] = value` for `await`. Coroutine functions among it will run in the loop of now."""
        _check(name)
        scope = self._made()
        context = await scope.enter_soon()
        await context.eval_closure(_assignment(name), [scope.sent(value)], filename=_FILENAME)
        scope.entry.log.bring(self._context, name)

    def _made(self) -> _Scope:
        check_name("an isolate", self._isolate)
        check_name("a context", self._context)
        return _Scope(self._manager, self._manager.isolate(self._isolate), self._context)

    def _existing(self, name: object) -> _Scope:
        """The scope to look for the name in. Raises KeyError if there is none, and makes none."""
        _check(name)
        if self._isolate not in self._manager:
            raise KeyError(f"there is no isolate {self._isolate!r} with a variable {name!r}")
        entry = self._manager.isolate(self._isolate)
        if self._context not in entry.contexts:
            raise KeyError(f"the isolate {self._isolate!r} has no context {self._context!r}")
        return _Scope(self._manager, entry, self._context)

    def _missing(self, name: str, error: JSReferenceError) -> Exception:
        # Another one comes from a getter.
        if str(error) != f"{name} is not defined":
            return error
        return KeyError(f"the context {self._context!r} of the isolate {self._isolate!r} has no {name!r}")

    def __repr__(self) -> str:
        return f"<variables of the context {self._context!r} of the isolate {self._isolate!r}>"


class IsolateVariables(Variables):
    """An isolate by its name: the variables of its main context, and `context` for the others."""

    @property
    def name(self) -> str:
        return self._isolate

    @property
    def manager(self) -> IsolateManager[Any]:
        return self._manager

    def context(self, name: str) -> Variables:
        """The variables of another context, which is made when something is put or evaluated there."""
        return Variables(self._manager, self._isolate, name)

    def interrupt(self) -> None:
        """Stops what runs there; nothing else is lost."""
        self._manager.interrupt(self._isolate)

    def __repr__(self) -> str:
        entry = self._manager.get(self._isolate)
        if entry is None or entry.isolate.is_disposed:
            return f"<isolate {self._isolate!r}, which does not live>"
        return f"<isolate {self._isolate!r}, contexts: {', '.join(entry.contexts) or 'none'}>"


class Received:
    """What Python gets of a value of JavaScript, made when it is first asked for. Any thread."""

    def __init__(
        self, manager: IsolateManager[Any], entry: NamedIsolate[Any], context: str, value: Any
    ) -> None:
        self._scope = _Scope(manager, entry, context)
        self._value = value
        self._is_made = not isinstance(value, Reference)
        self._lock = threading.Lock()

    def __call__(self) -> Any:
        with self._lock:
            if not self._is_made:
                self._value, self._is_made = self._scope.received(self._value), True
            return self._value


class _Scope(NamedTuple):
    """A context of an isolate that lives, and how values cross its border."""

    manager: IsolateManager[Any]
    entry: NamedIsolate[Any]
    name: str

    def enter(self) -> Context:
        return self.manager.enter(self.entry, self.name)

    async def enter_soon(self) -> Context:
        """The same without blocking. What it says of this cell, it says to the task that calls."""
        await asyncio.to_thread(self.enter)
        return self.enter()

    def sent(self, value: Any) -> Any:
        """What crosses in place of the value."""
        if isinstance(value, JSFunction):
            return value.reference.deref_into() if value.is_from(self.entry) else value
        if callable(value) and not isinstance(value, Callback) and not inspect.iscoroutinefunction(value):
            return self.manager.adapt(value)
        return value

    def received(self, reference: Reference) -> Any:
        """What Python gets; the reference is released if that is something else."""
        if reference.typeof == "function":
            return JSFunction(self, reference)
        try:
            value = reference.copy_sync()
        except TransferError:
            return reference
        reference.release()
        return value

    async def received_soon(self, reference: Reference) -> Any:
        if reference.typeof == "function":
            return JSFunction(self, reference)
        try:
            value = await reference.copy()
        except TransferError:
            return reference
        reference.release()
        return value


def _check(name: object) -> None:
    if not is_name(name):
        raise KeyError(f"{name!r} is no name for a variable of JavaScript")


def _assignment(name: str) -> str:
    # What is declared, by whichever word, gets the value; else a property of the global object is made.
    return f"{name} = $0"

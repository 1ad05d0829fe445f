"""A context with the prelude in place: what cells run in."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from isolates import (
    V8_VERSION,
    AbandonedError,
    Context,
    DisposedError,
    Future,
    IsolateDiedError,
    Reference,
    ScriptTimeoutError,
    _native,
    isolated_vm,
)
from isolates.kernel.cell_linking import CellLinker
from isolates.kernel.modules import ContextModules
from isolates.kernel.output import Message, Output
from isolates.kernel.timers import TimerWakeup
from isolates.prelude import node_bundle, source
from isolates.text import well_formed

PRELUDE_NAME = "isolates:prelude"
IMPORTS_NAME = "isolates:imports"

_PRELUDE = Path(__file__).parent / "prelude"
# Values are shown inside the isolate, by code that calls some of the user's (custom inspection, proxies).
_DESCRIBE_TIMEOUT_S = 5.0
_REMEMBERED_CELLS = 1000
_STREAMS = ("stdout", "stderr")


@cache
def prelude(hosts: tuple[str, ...]) -> str:
    """The JavaScript that gives a context its console, timers and so on; the body of one function.

    Its parameters are what the host gives it, by these names properties of `host`.
    """
    names = ("host", "timers", "require", "process", "crypto", "preview", "introspection", "main")
    own = {name: _PRELUDE / f"{name}.js" for name in names}
    shared = ("types", "inspect", "table", "console", "timer_heap")
    modules = ("errors", "text", "base64", "builtins", "commonjs")
    given = ", ".join(f"{name}: ${number}" for number, name in enumerate(hosts))
    console = ("primordials", own["host"], *shared, own["timers"], "clone")
    last = [own[name] for name in names[2:]]
    files = source(*console, *modules, *last)
    return f"'use strict'; const host = {{__proto__: null, {given}}}; {files}"


class Session:
    """Runs code in one context and knows which cell its output belongs to.

    The prelude marks whatever runs with the number of a cell. The isolate is not trusted with more: an
    unknown number is the newest cell's. Any thread may call the methods; they only queue work.
    """

    def __init__(
        self,
        context: Context,
        output: Output,
        loop: asyncio.AbstractEventLoop,
        report: Callable[[BaseException], str],
        modules: ContextModules,
        privileged: bool = False,
    ) -> None:
        """`report` makes text of what a timer's callback threw. `privileged`: has require().

        Await `open` before the first use.
        """
        self.modules = modules
        self.cells_as_modules = CellLinker(modules)
        self.is_privileged = privileged
        self._context = context
        self._output = output
        self._report = report
        self._cells: OrderedDict[int, Message | None] = OrderedDict()
        self._last_cell = 0
        self._timers = TimerWakeup(loop, self._fire, self._report_timer)
        self._dispatch: Reference | None = None

    async def open(self) -> Session:
        """Evaluates the prelude. To be awaited once, before all else."""
        natives = await _native._inspect_natives(self._context)
        hosts: dict[str, object] = {
            "natives": natives.deref_into(),
            "write": self._write,
            "wake": self._timers.wake,
            "now": _now_ms,
            "bundle": node_bundle,
            "random": lambda count: os.urandom(min(int(count), 1 << 16)).hex(),
            "platform": sys.platform,
            "v8Version": V8_VERSION,
        }
        hosts |= self.modules.hosts()
        if self.is_privileged:
            hosts |= {"isolatedVm": isolated_vm(), "isolatedVm5": isolated_vm("isolated-vm@5")}
        self._dispatch = await self._context.eval_closure(
            prelude(tuple(hosts)), tuple(hosts.values()), filename=PRELUDE_NAME, reference=True
        )
        await self.modules.open(self._context, self._dispatch)
        return self

    def enter(self, parent: Message | None) -> int:
        """Says that what is evaluated next belongs to the cell of this execute_request; None is silent."""
        number = self._number(parent)
        self._ready.apply_ignored(None, ["enter", number])
        return number

    def enter_sync(self, parent: Message | None) -> None:
        """The same for what the thread evaluates itself, which would overtake what is only queued."""
        is_newest = parent is not None and self._cells.get(self._last_cell) is parent
        self._ready.apply_sync(None, ["enter", self._last_cell if is_newest else self._number(parent)])

    def _number(self, parent: Message | None) -> int:
        self._last_cell += 1
        self._cells[self._last_cell] = parent
        if len(self._cells) > _REMEMBERED_CELLS:
            self._cells.popitem(last=False)
        return self._last_cell

    def eval(
        self, source: str, *, filename: str, line_offset: int, timeout_s: float | None
    ) -> Future[Reference]:
        """Evaluates a cell as a REPL does: declarations can be made again, and await works."""
        return self._context.eval(
            source, repl=True, reference=True, filename=filename, line_offset=line_offset, timeout=timeout_s
        )

    async def bind_imports(self, names: Sequence[str], specifier: str) -> None:
        """Declares what a module exports as constants, which later cells see too."""
        if names:
            source = f"const {{{', '.join(names)}}} = await import('{specifier}')"
            await self._context.eval(source, repl=True, filename=IMPORTS_NAME)

    async def describe(self, value: Reference) -> str | None:
        """The value as text, like Node's util.inspect; None for undefined."""
        if value.typeof == "undefined":
            return None
        try:
            text = await self._ready.apply(
                None, ["describe", value.deref_into()], timeout=_DESCRIBE_TIMEOUT_S
            )
        except ScriptTimeoutError:
            return f"[{value.typeof} that takes longer than {_DESCRIBE_TIMEOUT_S:g} s to show]"
        return well_formed(str(text))

    def look(self, name: str, argument: str) -> Future[Any]:
        """What an operation of prelude/introspection.js answers, also in the midst of a cell that runs."""
        return _native._look(self._ready, name, argument)

    def stop(self, cell: int) -> None:
        """Stops the timers that the cell has set."""
        self._ready.apply_ignored(None, ["stop", cell])

    @property
    def _ready(self) -> Reference:
        assert self._dispatch is not None, "Session.open comes first"
        return self._dispatch

    def _fire(self) -> Future[object]:
        return self._ready.apply(None, ["fire"])

    def _write(self, cell: int, stream: str, text: str) -> None:
        parent = self._cells.get(cell) if cell in self._cells else self._cells.get(self._last_cell)
        if parent is not None and stream in _STREAMS:
            self._output.write(parent, stream, text)

    def _report_timer(self, cell: int, error: BaseException) -> None:
        # A disposal and a death are told to the cell that asked for them, or next names the isolate.
        if not isinstance(error, DisposedError | IsolateDiedError | AbandonedError):
            self._write(cell, "stderr", f"Uncaught {self._report(error)}\n")


def _now_ms() -> float:
    return time.monotonic() * 1000

"""A context with the prelude in place: what cells run in."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sys
import time
import weakref
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
    Isolate,
    IsolateDiedError,
    Reference,
    ReleasedError,
    ScriptTimeoutError,
    StoppedError,
    _native,
    isolated_vm,
)
from isolates.kernel.cells import OpenCell, OpenCells
from isolates.kernel.comms import Comms
from isolates.kernel.display import KINDS, BadBundleError, Bundle, read_bundle, text_bundle
from isolates.kernel.files.host import Files
from isolates.kernel.modules.cell_linking import CellLinker
from isolates.kernel.modules.context_modules import ContextModules
from isolates.kernel.network.fetches import LARGEST_BODY, Fetches
from isolates.kernel.origin import Origin
from isolates.kernel.publication import Publication
from isolates.kernel.report import name_and_message
from isolates.kernel.timers import TimerWakeup
from isolates.magics.cell import Cell
from isolates.magics.error_log import Kind
from isolates.magics.named_isolate import NamedIsolate
from isolates.prelude import bundle_source, random_hex, source
from isolates.text import without_controls

PRELUDE_NAME = "isolates:prelude"
IMPORTS_NAME = "isolates:imports"

_PRELUDE = Path(__file__).parent / "prelude"
# In their order, of this folder or of isolates.prelude.
_FILES = (
    "primordials",
    "host",
    "types",
    "inspect",
    "table",
    "console",
    "timer_heap",
    "timers",
    "clone",
    "reports",
    "errors",
    "dom_exception",
    "event_target",
    "abort",
    "text",
    "base64",
    "url_search_params",
    "url",
    "builtins",
    "timer_modules",
    "commonjs",
    "file_urls",
    "display",
    "stdin",
    "comms",
    "require",
    "crypto",
    "performance",
    "process",
    "fetch",
    "files",
    "preview",
    "introspection",
    "main",
)
# Values are shown inside the isolate, by code that calls some of the user's (custom inspection, proxies).
_DESCRIBE_TIMEOUT_S = 5.0
_STREAMS = ("stdout", "stderr")
_LONGEST_QUESTION = 10_000


@cache
def prelude(hosts: tuple[str, ...]) -> str:
    """The JavaScript that gives a context its console, timers and so on; the body of one function.

    Its parameters are what the host gives it, by these names properties of `host`.
    """
    given = ", ".join(f"{name}: ${number}" for number, name in enumerate(hosts))
    own = {name: _PRELUDE / f"{name}.js" for name in _FILES}
    files = source(*(path if path.exists() else name for name, path in own.items()))
    return f"'use strict'; const host = {{__proto__: null, {given}}}; {files}"


class Session:
    """Runs code in one context and knows which cell its output belongs to.

    The engine marks whatever runs with the number of a cell, and the prelude says the number. Any thread may
    call the methods; they only queue work.
    """

    def __init__(
        self,
        entry: NamedIsolate[Session],
        context: Context,
        cells: OpenCells,
        loop: asyncio.AbstractEventLoop,
        report: Callable[[BaseException, str], str],
        modules: ContextModules,
        is_trusted: Callable[[], bool],
        may_fetch: Callable[[], bool],
        may_use_files: Callable[[], bool],
        ask: Callable[[Origin | None, str], str | None],
        privileged: bool = False,
    ) -> None:
        """`report` makes text of what nobody caught, and where. `is_trusted`: may show what a page runs, as
        HTML, and print what a terminal obeys. `may_fetch`: has the network. `may_use_files`: has
        fs. `ask` asks the user. `privileged`: has require() and comms.

        Await `open` before the first use.
        """
        self.modules = modules
        self.cells_as_modules = CellLinker(modules)
        self.is_privileged = privileged
        self._entry = entry
        self._context = context
        self._cells = cells
        self._report = report
        self._is_trusted = is_trusted
        self._ask_user = ask
        self._comms = Comms(self._publish, self._deliver)
        self._may_fetch = may_fetch
        largest = int(min(LARGEST_BODY, entry.memory_mb * (1 << 20)))
        self._fetches = Fetches(may_fetch, self._deliver_fetched, self._report_uncaught, largest)
        self._may_use_files = may_use_files
        self._files = Files(
            entry.isolate, modules.folder, may_use_files, self._deliver_filed, self._report_uncaught
        )
        self._timers = TimerWakeup(loop, self._fire, self._report_uncaught)
        self._dispatch: Reference | None = None

    async def open(self) -> Session:
        """Evaluates the prelude. To be awaited once, before all else."""
        _native._set_mark(0)  # the cell that has asked for the context is not its only one
        natives = await _native._inspect_natives(self._context)
        hosts: dict[str, object] = {
            "natives": natives.deref_into(),
            "write": self._write,
            "display": self._display,
            "ask": self._ask,
            "wake": self._timers.wake,
            "now": _now_ms,
            "bundle": bundle_source,
            "random": random_hex,
            "platform": sys.platform,
            "v8Version": V8_VERSION,
        }
        hosts |= self.modules.hosts()
        if self._may_fetch():
            hosts |= self._fetches.functions()
        if self._may_use_files():
            hosts |= self._files.functions()
        self._entry.end.callbacks.append(self._end)
        if self.is_privileged:
            hosts |= {
                "comm": self._comms.call,
                "isolatedVm": isolated_vm(),
                "isolatedVm5": isolated_vm("isolated-vm@5"),
            }
        self._dispatch = await self._context.eval_closure(
            prelude(tuple(hosts)), tuple(hosts.values()), filename=PRELUDE_NAME, reference=True
        )
        _native._keep_reference(self._dispatch)
        await self.modules.open(self._context, self._dispatch)
        explain, show = await self._dispatch.get("explain"), await self._dispatch.get("show")
        await _native._supervise(self._entry.isolate, explain, show, self._rejection_hook())
        return self

    def enter_sync(self, origin: Origin) -> None:
        """What Python evaluates from now on, in this thread or asyncio task, has this origin."""
        _native._set_mark(self._cells.reopen(origin, self._entry.name).number)

    @property
    def entry(self) -> NamedIsolate[Session]:
        """The isolate with its name, and what is known of it."""
        return self._entry

    @property
    def isolate(self) -> Isolate:
        """The isolate that the context is in."""
        return self._entry.isolate

    def eval(self, cell: Cell, opened: OpenCell, *, keep: bool = False) -> Future[object]:
        """Evaluates a cell as a REPL does: its declarations replace older ones, and await works.

        The value: `undefined`, the text that shows a primitive, or a Reference to an object. With `keep` it
        is a Reference in any case.
        """
        return _native._eval_cell(
            self._context,
            cell.source,
            opened.origin.name,
            cell.line_offset,
            cell.timeout_s,
            opened.number,
            cell.await_promises is not False,
            keep,
        )

    async def bind_imports(self, names: Sequence[str], specifier: str, opened: OpenCell) -> None:
        """Declares what a module exports as constants, which later cells see too."""
        if names:
            source = f"const {{{', '.join(names)}}} = await import('{specifier}')"
            await _native._eval_cell(self._context, source, IMPORTS_NAME, 0, None, opened.number, False)

    async def describe(self, value: object, opened: OpenCell, limit_s: float = _DESCRIBE_TIMEOUT_S) -> Bundle:
        """The value as people would like to see it; as text, like Node's util.inspect."""
        limit_s = min(limit_s, _DESCRIBE_TIMEOUT_S)
        kind = value.typeof if isinstance(value, Reference) else "value"
        try:
            sent = value.deref_into() if isinstance(value, Reference) else value
            payload = await self._ready.apply(None, ["bundle", sent], timeout=limit_s, promise=True)
        except ScriptTimeoutError:
            return text_bundle(f"[{kind} that takes longer than {limit_s:.2g} s to show]")
        try:
            bundle = read_bundle(str(payload), self._is_trusted())
        except BadBundleError as error:
            return text_bundle(f"[{kind} that can't be shown: {error}]")
        self._warn_of_refused(bundle, opened)
        return bundle

    def describe_primitive(self, text: str) -> Bundle:
        """The same for what `eval` gave as a text."""
        return text_bundle(text, self._is_trusted())

    def look(self, name: str, argument: str) -> Future[Any]:
        """What an operation of prelude/introspection.js answers, also in the midst of a cell that runs."""
        return _native._look(self._ready, name, argument)

    def make(self, name: str) -> Future[Any]:
        """Makes the global, if it is one that is made on its first use, once nothing runs."""
        return self._ready.apply(None, ["make", name])

    def close(self) -> None:
        """The context is given up while its isolate lives: it does nothing any more, and can be collected.

        The functions that it has of the kernel hold this session, and no collector sees that circle. Any
        thread.
        """
        self._end()
        with contextlib.suppress(ValueError):
            self._entry.end.callbacks.remove(self._end)
        self.modules.close()
        self._context.set_import_resolver(None)
        self._ready.release()
        self._context.release()

    def _end(self) -> None:
        self._timers.close()
        self._comms.close()
        self._fetches.close()
        self._files.close()

    def stop(self, cell: OpenCell) -> None:
        """Stops the timers that the cell has set, what it fetches and what it does with files."""
        self._fetches.stop(cell.number)
        self._files.stop(cell.number)
        self._stop_timers(cell.number)

    def _stop_timers(self, cell: int) -> None:
        def done(future: concurrent.futures.Future[Any]) -> None:
            # The next interrupt may have met this, and not what the cell has left behind.
            if not future.cancelled() and isinstance(future.exception(), StoppedError):
                with contextlib.suppress(DisposedError, ReleasedError):
                    self._stop_timers(cell)

        self._ready.apply(None, ["stop", cell]).add_done_callback(done)

    @property
    def _ready(self) -> Reference:
        assert self._dispatch is not None, "Session.open comes first"
        return self._dispatch

    def _fire(self, cell: int) -> Future[object]:
        return self._ready.apply(None, ["fire", cell], timeout=self._limit_of(cell))

    def _deliver_fetched(self, cell: int, said: list[object]) -> Future[object]:
        return self._ready.apply(None, ["fetched", said], timeout=self._limit_of(cell))

    def _deliver_filed(self, cell: int, number: int) -> Future[object]:
        return self._ready.apply(None, ["filed", number], timeout=self._limit_of(cell))

    def _limit_of(self, cell: int) -> float | None:
        """How many seconds a callback of the cell may take."""
        owner = self._cells.find(cell, self._entry.name)
        return owner.timeout_s if owner is not None and owner.number == cell else None

    def _write(self, cell: int, stream: str, text: str) -> None:
        owner = self._cells.find(cell, self._entry.name)
        if owner is None or stream not in _STREAMS:
            return
        if not self._is_trusted():
            text = without_controls(text)
        owner.origin.sink.write(stream, text, wait=True)

    def _display(self, kind: str, cell: int, payload: str) -> None:
        owner = self._cells.find(cell, self._entry.name)
        if owner is None or kind not in KINDS:
            return
        try:
            bundle = read_bundle(payload, self._is_trusted())
        except BadBundleError as error:
            owner.origin.sink.write("stderr", f"This can't be shown: {error}\n", wait=True)
            return
        if bundle.id is not None and not self.is_privileged:
            # Ids are a notebook's: nobody shall change what another one shows.
            bundle = bundle._replace(id=f"{self._entry.name}/{bundle.id}")
        content = {"wait": bundle.wait} if kind == "clear_output" else bundle.content()
        owner.origin.sink.publish(Publication(kind, content), wait=True)
        self._warn_of_refused(bundle, owner)

    def _ask(self, cell: int, question: str) -> str | None:
        owner = self._cells.find(cell, self._entry.name)
        question = question[:_LONGEST_QUESTION]
        if not self.is_privileged:
            # On one line and without a terminal's codes, so that it is seen who asks.
            question = f"[{self._entry.name}] {''.join(c if c.isprintable() else ' ' for c in question)}"
        return self._ask_user(None if owner is None else owner.origin, question)

    def _publish(
        self,
        cell: int,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None,
        buffers: list[bytes | memoryview[bytes]] | None,
    ) -> None:
        owner = self._cells.find(cell, self._entry.name)
        if owner is not None:
            owner.origin.sink.publish(Publication(kind, content, metadata, buffers), wait=True)

    def _deliver(self, message: list[object]) -> None:
        def done(future: concurrent.futures.Future[object]) -> None:
            error = None if future.cancelled() else future.exception()
            if error is not None:
                self._report_uncaught(0, error)

        self._ready.apply(None, ["comm", message]).add_done_callback(done)

    def _warn_of_refused(self, bundle: Bundle, cell: OpenCell) -> None:
        if bundle.refused:
            text = (
                f"{', '.join(bundle.refused)} of the isolate {self._entry.name!r} is not shown: in a page it "
                "could do what you can. To trust the isolate: IsolateKernel.trusted_display\n"
            )
            cell.origin.sink.write("stderr", text)

    def _report_uncaught(self, cell: int, error: BaseException) -> None:
        owner = self._cells.find(cell, self._entry.name)
        if isinstance(error, ScriptTimeoutError) and owner is not None and owner.timeout_s is not None:
            self.stop(owner)
            limit = f"--timeout {owner.timeout_s:g} of its cell"
            error.args = (f"a timer took longer than {limit}, whose timers are stopped",)
        # A disposal and a death are told to the cell that asked for them, or next names the isolate.
        if not isinstance(error, DisposedError | IsolateDiedError | AbandonedError):
            self._note("callback", owner, error)
            self._write(cell, "stderr", self._report(error, ""))

    def _rejection_hook(self) -> Callable[[Exception, int], None]:
        """Tells of rejections in all contexts of the isolate.

        The engine keeps it as long as the isolate, which this session knows: no collector sees that circle.
        """
        cells, name, report, itself = self._cells, self._entry.name, self._report, weakref.ref(self)

        def told(error: Exception, cell: int) -> None:
            owner, session = cells.find(cell, name), itself()
            if session is not None:
                session._note("promise", owner, error)
            if owner is not None:
                text = report(error, f"(in a promise of {owner.origin.name}) ")
                owner.origin.sink.write("stderr", text, wait=True)

        return told

    def _note(self, kind: Kind, owner: OpenCell | None, error: BaseException) -> None:
        cell = "" if owner is None else owner.origin.name
        context = self._entry.context_name(self._context)
        self._entry.note_error(kind, cell, context, *name_and_message(error))


def _now_ms() -> float:
    return time.monotonic() * 1000

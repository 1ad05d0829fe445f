"""Cells from their text to their outcome, each in the isolate that it names."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from isolates import (
    AbandonedError,
    Context,
    DisposedError,
    ExternalCopy,
    IsolateDiedError,
    IsolatesError,
    JSError,
    Reference,
    ScriptTimeoutError,
    TerminatedError,
    TransferError,
    _native,
    undefined,
)
from isolates.kernel.accounting import Usage
from isolates.kernel.cells import OpenCell, OpenCells
from isolates.kernel.composite import composite_report
from isolates.kernel.display import Bundle
from isolates.kernel.modules.imports import CellImports
from isolates.kernel.modules.space import ModuleSpace
from isolates.kernel.object_cells import in_parentheses, may_be_object
from isolates.kernel.origin import Origin
from isolates.kernel.python_calls import PythonCalls
from isolates.kernel.report import ErrorReport, ReportedError, make_report, name_and_message, uncaught_text
from isolates.kernel.session import Session
from isolates.kernel.sources import Sources
from isolates.magics.cell import MAIN, Cell
from isolates.magics.jobs import CompositeError
from isolates.magics.making import replaced
from isolates.magics.manager import IsolateManager
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.settings import Settings

# The engine counts the time that JavaScript runs; the kernel stops a cell that only waits, a little later.
_TIMEOUT_GRACE_S = 0.1
# To show a value, also if the cell has used up its time.
_LEAST_SHOW_S = 0.25
_INTERRUPTED = "the cell was interrupted. Its timers are stopped; what it has left in its isolate is kept"


class Outcome(NamedTuple):
    """The value as it is shown, which is None for undefined, or what was wrong."""

    result: Bundle | None = None
    error: ErrorReport | None = None


class Kept(NamedTuple):
    """What a cell brought: how it looks, and the value: `undefined`, a primitive or a Reference."""

    bundle: Bundle | None
    value: object
    entry: NamedIsolate[Session]


class CellRunner:
    """Runs cells as asyncio tasks that wait for isolates, so no thread of the kernel ever runs JavaScript.

    `interrupt` and `close` may be called on any thread, `run` on any asyncio loop. The timers of all cells
    belong to the loop of the manager, which goes on while a Python cell blocks the kernel's own.
    """

    def __init__(
        self,
        log: logging.Logger | logging.LoggerAdapter[logging.Logger],
        python_origin: Callable[[], Origin],
        python_calls: PythonCalls,
        ask: Callable[[Origin | None, str], str | None],
        release: Callable[[], None],
    ) -> None:
        """`python_origin`: the cell that Python runs for, to which belongs what it evaluates in isolates.

        `ask` asks the user for a cell, on any thread. `release` lets all go on who wait for room for output.
        """
        self._release = release
        self._log = log
        self._python_calls = python_calls
        self._ask = ask
        self.isolates: IsolateManager[Session] = IsolateManager(
            self._prepare,
            enter=lambda session: session.enter_sync(python_origin()),
            leave=Session.close,
            adapt=python_calls.adapt,
            log=log,
        )
        self.settings = Settings()
        self.settings.observe(self._set_memory, "memory_mb")
        self.cells = OpenCells()
        self.sources = Sources()
        self.modules = ModuleSpace(str(Path.cwd()), self.sources)
        self._imports = CellImports(self.modules.tools)
        self._tasks: set[tuple[asyncio.AbstractEventLoop, asyncio.Task[Bundle | None]]] = set()

    def _set_memory(self, change: object) -> None:
        self.isolates.default_memory_mb = self.settings.memory_mb

    async def warm_up(self) -> None:
        """Makes the isolate of plain cells, so that the first cell finds it there."""
        cell = Cell("")
        await self.isolates.context(self._entry(cell), cell.context)

    def remember(self, filename: str, code: str) -> None:
        """Keeps the text of a cell, for errors that name the file."""
        self.sources.add_cell(filename, code)

    async def run(self, work: Coroutine[Any, Any, Bundle | None]) -> Outcome:
        """Awaits a cell's work, which `interrupt` cancels. Errors are in the outcome."""
        task = asyncio.create_task(work)
        entry = (asyncio.get_running_loop(), task)
        self._tasks.add(entry)
        try:
            await asyncio.wait({task})
        finally:
            self._tasks.discard(entry)
        if task.cancelled() or isinstance(task.exception(), TerminatedError):
            return Outcome(error=make_report(KeyboardInterrupt(_INTERRUPTED), {}))
        error = task.exception()
        if error is None:
            return Outcome(result=task.result())
        if isinstance(error, ReportedError):
            return Outcome(error=error.report)
        if isinstance(error, CompositeError):
            return Outcome(error=composite_report(error, self.sources))
        if not isinstance(error, IsolatesError | UsageError):
            self._log.error("Exception in a cell", exc_info=error)
        return Outcome(error=make_report(error, self.sources))

    def interrupt(self) -> None:
        """Stops what runs in all isolates, and the cells that wait; jobs in the background go on."""
        # Not those that begin meanwhile: whoever has heard of a cell's end may send the next one.
        tasks = tuple(self._tasks)
        self.isolates.interrupt_foreground()
        # Programs make isolates too, which work for their cells. The others are not stopped a second time: a
        # cell that has ended by the first one may be about to stop its timers.
        _native._terminate_others([*self.isolates.living(), *self.modules.tools.isolates()])
        self._release()
        self._python_calls.interrupt()
        for loop, task in tasks:
            loop.call_soon_threadsafe(task.cancel)

    def close(self) -> None:
        """Disposes all isolates."""
        self.isolates.close()
        self.modules.close()

    async def evaluate(self, cell: Cell, origin: Origin, usage: Usage | None = None) -> Bundle | None:
        """Runs JavaScript. `usage` is added to."""
        return (await self._run(cell, origin, usage or Usage(), keep=False, is_background=False)).bundle

    async def evaluate_kept(
        self, cell: Cell, origin: Origin, usage: Usage, is_background: bool = False
    ) -> Kept:
        """The same, and the value is there for Python. Only an interrupt by name stops the background."""
        return await self._run(cell, origin, usage, keep=True, is_background=is_background)

    async def _run(
        self, cell: Cell, origin: Origin, usage: Usage, *, keep: bool, is_background: bool
    ) -> Kept:
        cell = self.settings.applied(cell)
        entry = self._entry(cell, origin)
        try:
            with self._stoppable(entry, is_background):
                session = await self.isolates.context(entry, cell.context)
            opened = self.cells.open(origin, cell.isolate, cell.timeout_s)
            costs = usage.measured(cell.isolate, cell.context, session.isolate)
            work = session.entry.at_work(origin.name, cell.context)
            with self._stoppable(session.entry, is_background), work, costs:
                await self._put_inputs(cell)
                bundle, value = await self._evaluate(session, cell, opened, keep)
                session.entry.log.add(origin.name, cell)
                return Kept(bundle, value, session.entry)
        except (IsolateDiedError, DisposedError) as error:
            # Of what another cell has left behind an isolate may die while this one waits for its turn.
            reason = entry.end.reason
            if isinstance(error, DisposedError) and reason not in ("", "disposed"):
                error = IsolateDiedError(f"The isolate has ended before the cell could run: {reason}")
            if isinstance(error, IsolateDiedError):
                error.args = (
                    f"{error}. The isolate {cell.isolate!r} is gone with all that was in it, the others go "
                    "on. The next cell that names it gets a new one.",
                )
            _note(entry, cell, origin, error)
            raise error from None
        except (TerminatedError, UsageError):
            raise
        except Exception as error:
            _note(entry, cell, origin, error)
            raise

    async def _put_inputs(self, cell: Cell) -> None:
        for name, value in cell.inputs:
            try:
                if not callable(value):  # a copy, as %put makes it
                    copied = _native._unshared(ExternalCopy(value))
                    value = copied.copy_into(release=True, transfer_in=True)
                await self.isolates[cell.isolate].context(cell.context).put(name, value)
            except TransferError as error:
                error.args = (f"--in {name}: {error}",)
                raise

    @contextlib.contextmanager
    def _stoppable(self, entry: NamedIsolate[Session], is_background: bool) -> Iterator[None]:
        """While an interrupt of that isolate ends the task, also if it only waits."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        stop = partial(loop.call_soon_threadsafe, task.cancel)
        stops: set[Any] = entry.background if is_background else entry.stops
        stops.add(stop)
        try:
            yield
        finally:
            stops.discard(stop)

    def _entry(self, cell: Cell, origin: Origin | None = None) -> NamedIsolate[Session]:
        """The cell's isolate; if it is one in the place of another, that is said."""
        before = self.isolates.get(cell.isolate)
        entry = self.isolates.isolate(
            cell.isolate, cell.memory_mb, inspector=cell.inspector, snapshot=cell.snapshot
        )
        if before is not None and before is not entry and origin is not None:
            origin.sink.write("stderr", replaced(entry.name, before.end.reason))
        return entry

    async def _prepare(self, entry: NamedIsolate[Session], context: Context) -> Session:
        session = Session(
            entry,
            context,
            self.cells,
            asyncio.get_running_loop(),
            lambda error, where: uncaught_text(error, self.sources, where),
            self.modules.context(
                entry.name,
                entry.isolate,
                self.settings.may_import_files(entry.name),
                self.settings.may_use_files(entry.name),
            ),
            lambda: self.settings.may_display(entry.name),
            lambda: self.settings.may_fetch(entry.name),
            lambda: self.settings.may_use_files(entry.name),
            self._ask,
            privileged=entry.name == MAIN,
        )
        try:
            return await session.open()
        except JSError as error:
            if entry.snapshot is None:
                raise
            raise UsageError(
                f"The snapshot {entry.snapshot.name}, from which the isolate {entry.name!r} was made, has "
                f"changed what the kernel needs of JavaScript ({error}). No cell can run there"
            ) from None

    async def _evaluate(
        self, session: Session, cell: Cell, opened: OpenCell, keep: bool
    ) -> tuple[Bundle | None, object]:
        """How the value looks, and the value, which is a Reference to keep if it is an object."""
        # For all that this task does there: imports too.
        _native._set_mark(opened.number)
        value: object = None
        began_s = time.monotonic()
        limit_s = None if cell.timeout_s is None else cell.timeout_s + _TIMEOUT_GRACE_S
        try:
            value = await asyncio.wait_for(self._start(session, cell, opened, keep), limit_s)
            if value is undefined:
                return None, undefined
            if keep or isinstance(value, Reference):
                left_s = math.inf
                if cell.timeout_s is not None:
                    left_s = max(began_s + cell.timeout_s - time.monotonic(), _LEAST_SHOW_S)
                bundle = await session.describe(value, opened, left_s)
                kept, value = value, None
                return bundle, kept
            return session.describe_primitive(str(value)), None
        except IsolateDiedError:
            raise  # also the one that is a TimeoutError: an isolate that does not stop
        except AbandonedError:
            if not session.isolate.is_disposed:
                raise
            reason = session.entry.end.reason
            told = f": {reason}" if reason not in ("", "disposed") else ""
            raise IsolateDiedError(f"The isolate came to its end while the cell waited{told}") from None
        except (TimeoutError, ScriptTimeoutError) as error:
            session.stop(opened)
            raise _timed_out(cell, error) from None
        except (asyncio.CancelledError, TerminatedError):
            session.stop(opened)
            raise
        finally:
            if isinstance(value, Reference):
                value.release()

    async def _start(self, session: Session, cell: Cell, opened: OpenCell, keep: bool) -> object:
        if cell.module == "":
            await session.cells_as_modules.declare(
                cell.source, opened.origin.name, cell.line_offset, cell.timeout_s
            )
            return undefined
        if cell.module is not None:
            await session.cells_as_modules.define(
                cell.module, cell.source, opened.origin.name, cell.line_offset, cell.timeout_s
            )
            return undefined
        if may_be_object(cell.source):
            wrapped = await asyncio.to_thread(in_parentheses, self.modules.tools, cell.source)
            if wrapped is not None:
                cell = cell._replace(source=wrapped, line_offset=cell.line_offset - 1)
        source = await self._imports.take(session, cell, opened)
        evaluate = partial(session.eval, cell._replace(source=source), opened, keep=keep)
        return await (evaluate() if cell.around is None else cell.around(session.isolate, evaluate))


def _note(entry: NamedIsolate[Session], cell: Cell, origin: Origin, error: Exception) -> None:
    entry.note_error("cell", origin.name, cell.context, *name_and_message(error))


def _timed_out(cell: Cell, error: Exception) -> ScriptTimeoutError:
    told = ScriptTimeoutError(
        f"the cell took longer than --timeout {cell.timeout_s:g}. Its timers are stopped; the isolate "
        f"{cell.isolate!r} lives on, with all that the cell has left in it"
    )
    told.stack = getattr(error, "stack", None)
    return told

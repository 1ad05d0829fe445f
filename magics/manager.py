"""Isolates and contexts by name."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from IPython.core.error import UsageError

from isolates import Context, Isolate, TerminatedError
from isolates.magics.cell import MAIN
from isolates.magics.error_log import ErrorLog
from isolates.magics.heaps import Snapshot
from isolates.magics.jobs import Jobs
from isolates.magics.named_isolate import DEFAULT_MEMORY_MB, End, NamedIsolate

if TYPE_CHECKING:
    from isolates.magics.variables import IsolateVariables

T = TypeVar("T")

# Quoted: LoggerAdapter has no parameter at run time before Python 3.11.
Log: TypeAlias = "logging.Logger | logging.LoggerAdapter[logging.Logger]"

_log = logging.getLogger(__name__)


class IsolateManager(Generic[T]):
    """Names to isolates, and in each of them names to contexts, both made when a cell first asks for them.

    `manager["a"]["x"]` is the variable x of the isolate a, `manager["a"].context("c")["x"]` that of another
    context (isolates.magics.variables).

    `prepare` gets each new context before any cell does, and returns what `context` hands out for it. It runs
    in an event loop on a thread of the manager's own: no cell can block it, so a thread may wait for a
    context while it holds up all else. All methods may be called from any thread. `_lock` guards the
    dictionaries; no JavaScript runs under it.
    """

    def __init__(
        self,
        prepare: Callable[[NamedIsolate[T], Context], Awaitable[T]],
        memory_mb: Mapping[str, float] | None = None,
        default_memory_mb: float = DEFAULT_MEMORY_MB,
        enter: Callable[[T], object] | None = None,
        leave: Callable[[T], object] = lambda prepared: None,
        adapt: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda function: function,
        log: Log = _log,
    ) -> None:
        """`memory_mb`: the limits of isolates that get another default, by name. Both may change later.

        `enter` is called before Python evaluates something in a context that `prepare` made, `leave` when the
        context is given up, on any thread. `adapt` makes of a function of Python's what JavaScript shall
        call; coroutine functions go as they are.
        """
        self._prepare = prepare
        self.memory_mb = dict(memory_mb or {})
        self.default_memory_mb = default_memory_mb
        self._enter = enter
        self._leave = leave
        self.adapt = adapt
        self._log = log
        self._isolates: dict[str, NamedIsolate[T]] = {}
        self.jobs = Jobs()
        self.snapshots: dict[str, Snapshot] = {}
        # Reentrant, since a handler of a signal interrupts isolates.
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def __getitem__(self, name: str) -> IsolateVariables:
        """The isolate of that name as Python sees it. It is made when something is put or evaluated there."""
        from isolates.magics.variables import IsolateVariables

        return IsolateVariables(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __len__(self) -> int:
        return len(self.names())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(sorted(self.names())) or 'no isolates'}>"

    def names(self) -> list[str]:
        """The names of the isolates that live."""
        return [entry.name for entry in self._living()]

    def get(self, name: str) -> NamedIsolate[T] | None:
        """The isolate of that name, dead or alive; None if no cell has asked for it."""
        with self._lock:
            return self._isolates.get(name)

    def coming(self) -> list[str]:
        """The names of isolates that jobs are about to make."""
        parts = [part for job in self.jobs.running() for part in job.parts.values() if not part.is_ended]
        with self._lock:
            return list(dict.fromkeys(part.name for part in parts if part.name not in self._isolates))

    def entries(self) -> list[NamedIsolate[T]]:
        """All isolates that have a name, dead or alive, in the order in which the names were first used."""
        with self._lock:
            return list(self._isolates.values())

    def limit_mb(
        self,
        name: str,
        memory_mb: float | None = None,
        *,
        inspector: bool = False,
        snapshot: Snapshot | None = None,
    ) -> float:
        """The memory limit that the isolate of that name has, or gets if it is made now with these options.

        Raises UsageError if it lives and was made otherwise.
        """
        with self._lock:
            entry = self._isolates.get(name)
            if snapshot is not None and name == MAIN:
                raise UsageError(
                    f"--snapshot {snapshot.name}: {MAIN} can't be made from one, since it has rights of its "
                    "own from the beginning. Use another name"
                )
            if entry is None or entry.isolate.is_disposed:
                if memory_mb is not None:
                    return memory_mb
                default = self.memory_mb.get(name, self.default_memory_mb)
                return entry.memory_mb if entry is not None else default
            how = "Leave it out, use another name, or end the isolate before."
            if memory_mb is not None and memory_mb != entry.memory_mb:
                raise UsageError(
                    f"--memory {memory_mb:g}: the isolate {name!r} already has a limit of "
                    f"{entry.memory_mb:g} MB, which can't change. {how}"
                )
            if inspector and not entry.has_inspector:
                raise UsageError(f"--inspector: the isolate {name!r} was made without one. {how}")
            if snapshot not in (None, entry.snapshot):
                made = _from(entry, snapshot)
                raise UsageError(f"--snapshot {snapshot.name}: the isolate {name!r} was made {made}. {how}")
            return entry.memory_mb

    def isolate(
        self,
        name: str,
        memory_mb: float | None = None,
        *,
        inspector: bool = False,
        snapshot: Snapshot | None = None,
    ) -> NamedIsolate[T]:
        """The living isolate of that name, made if there is none. Raises UsageError for other options.

        In the place of one that is gone comes one of the same limit, from the same snapshot.
        """
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the isolates have been disposed")
            memory_mb = self.limit_mb(name, memory_mb, inspector=inspector, snapshot=snapshot)
            entry = self._isolates.get(name)
            if entry is not None and not entry.isolate.is_disposed:
                return entry
            generation = entry.generation + 1 if entry is not None else 1
            if snapshot is None and entry is not None:
                snapshot = entry.snapshot
            errors = entry.errors if entry is not None else ErrorLog()
            isolate = Isolate(
                memory_limit=memory_mb,
                inspector=inspector,
                snapshot=None if snapshot is None else memoryview(snapshot.data),
                on_dispose=partial(_say_gone, self._log, name, generation, end := End(), errors),
            )
            entry = NamedIsolate(
                name,
                isolate,
                memory_mb,
                generation,
                inspector,
                snapshot,
                end=end,
                errors=errors,
                manager=weakref.ref(self),
            )
            self._isolates[name] = entry
        self._log.info("isolate %s: made, with %g MB (number %d of that name)", name, memory_mb, generation)
        return entry

    def open(self, entry: NamedIsolate[T], name: str) -> concurrent.futures.Future[T]:
        """What `prepare` makes of the context of that name. When that failed, the next asks again."""
        with self._lock:
            opened = entry.contexts.get(name)
            if opened is None or _has_failed(opened):
                opened = asyncio.run_coroutine_threadsafe(self._open(entry, name), self._running_loop())
                entry.contexts[name] = opened
            return opened

    async def context(self, entry: NamedIsolate[T], name: str) -> T:
        """What `prepare` made of the context of that name, which is made if there is none."""
        while True:
            opened = self.open(entry, name)
            # Who was to be interrupted gets a cancellation. It may not have been who waits here.
            with contextlib.suppress(TerminatedError):
                if not opened.done():
                    # Shielded: who gives up waiting must not cancel it for the others.
                    await asyncio.shield(asyncio.wrap_future(opened))
                return opened.result()

    def enter(self, entry: NamedIsolate[T], name: str) -> Context:
        """The context of that name, for Python to evaluate something in. Blocks until it is there."""
        prepared = self.open(entry, name).result()
        if self._enter is not None:
            self._enter(prepared)
        return entry.globals[name]

    def dispose(self, name: str) -> None:
        """Ends the isolate of that name and forgets it: the name is free. Raises KeyError."""
        with self._lock:
            entry = self._isolates.pop(name)
        if not entry.isolate.is_disposed:
            entry.isolate.dispose()

    async def forestall(self, *names: str) -> None:
        """Jobs that have not begun in these isolates do not begin there any more, and make none."""
        coming = set(self.coming())
        await asyncio.gather(
            *(
                job.stopped(name)
                for job in self.jobs.running()
                for name in names
                if name in job.parts and (name in coming or job.parts[name].state == "queued")
            )
        )

    def reset(self, name: str) -> NamedIsolate[T]:
        """A new and empty isolate of that name, made as the one before, which ends. Raises KeyError."""
        before = self._isolates[name]
        if not before.isolate.is_disposed:
            before.isolate.dispose()
        entry = self.isolate(name, before.memory_mb, inspector=before.has_inspector, snapshot=before.snapshot)
        self.open(entry, MAIN)
        return entry

    def reset_context(self, entry: NamedIsolate[T], name: str) -> None:
        """A new and empty context in the place of that one. Nothing may be under way there."""
        with self._lock:
            before = entry.contexts[name]
            if not before.done():
                return  # it is new
            del entry.contexts[name]
            entry.globals.pop(name, None)
            entry.log.forget(name)
        if not _has_failed(before):
            self._leave(before.result())
        self.open(entry, name)

    def interrupt(self, *names: str) -> None:
        """Stops what runs in the named isolates or in all, and who waits for them. They live on.

        Names that are not there are passed over. Jobs have ended there too, begun or not.
        """
        for job in self.jobs.running():
            for name in job.names:
                if not names or name in names:
                    job.stop(name)
        for entry in self._living():
            if not names or entry.name in names:
                entry.isolate.terminate()
                for stop in tuple(entry.stops):
                    stop()

    def interrupt_foreground(self) -> None:
        """The same for all, but jobs in the background go on, and who begins meanwhile."""
        found = [(entry, tuple(entry.stops)) for entry in self._living()]
        for entry, stops in found:
            if not entry.background:
                entry.isolate.terminate()
            for stop in stops:
                stop()

    def living(self) -> list[Isolate]:
        """The isolates that have names."""
        return [entry.isolate for entry in self._living()]

    def close(self) -> None:
        """Disposes all isolates, for good."""
        with self._lock:
            self._is_closed = True
            entries = list(self._isolates.values())
            self._isolates.clear()
            self.snapshots.clear()
            loop, self._loop = self._loop, None
        for entry in entries:
            if not entry.isolate.is_disposed:
                entry.isolate.dispose()
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    async def _open(self, entry: NamedIsolate[T], name: str) -> T:
        context = entry.globals[name] = await entry.isolate.create_context(inspector=entry.has_inspector)
        return await self._prepare(entry, context)

    def loop(self) -> asyncio.AbstractEventLoop:
        """The manager's own, on a thread of its own. Raises RuntimeError when the manager is closed."""
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the isolates have been disposed")
            return self._running_loop()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(self._loop,), name="isolates-contexts", daemon=True).start()
        return self._loop

    def _living(self) -> list[NamedIsolate[T]]:
        with self._lock:
            return [entry for entry in self._isolates.values() if not entry.isolate.is_disposed]


def _from(entry: NamedIsolate[Any], snapshot: Snapshot) -> str:
    if entry.snapshot is None:
        return "without one"
    is_older = entry.snapshot.name == snapshot.name
    return "from an older one of that name" if is_older else f"from {entry.snapshot.name}"


def _has_failed(opened: concurrent.futures.Future[T]) -> bool:
    return opened.done() and (opened.cancelled() or opened.exception() is not None)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    # Jobs that were handed over and have not begun are tasks then too.
    loop.run_until_complete(asyncio.sleep(0))
    # Whoever waits for a context or a job is told.
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.close()


# Knows no manager: it lives as long as the isolate, which the manager holds.
def _say_gone(log: Log, name: str, generation: int, end: End, errors: ErrorLog, reason: str) -> None:
    end.reason = reason
    if reason != "disposed":
        errors.add("end", "", "", "Gone", reason, generation)
    level = logging.INFO if reason == "disposed" else logging.WARNING
    log.log(level, "isolate %s: gone (%s)", name, reason)
    callbacks, end.callbacks = end.callbacks, []  # who holds the isolate holds this
    for ending in callbacks:
        try:
            ending()
        except Exception:
            log.exception("isolate %s: after its end", name)

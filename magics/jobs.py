"""Cells at work in isolates, which one can wait for, ask and cancel: `job = manager.jobs[3]`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from isolates.magics.watchers import Watchers

State = Literal["queued", "running", "done", "failed", "cancelled"]

Grouping = Literal["type", "target", "order"]

ENDED = frozenset({"done", "failed", "cancelled"})
_REMEMBERED = 100
_TAIL_LENGTH = 4096


class Wishes(NamedTuple):
    """How the job of a cell is run and shown. `progress_after_s`: None for no bar."""

    is_background: bool = False
    grouping: Grouping = "type"
    progress_after_s: float | None = None


class CompositeError(Exception):
    """What went wrong in several isolates: `errors` has the error of each by its name."""

    def __init__(self, errors: Mapping[str, BaseException], of: int) -> None:
        self.errors = dict(errors)
        self.of = of
        groups: dict[str, list[str]] = {}
        for name, error in errors.items():
            groups.setdefault(f"{type(error).__name__}: {error}", []).append(name)
        parts = "".join(f"\n[{', '.join(names)}] {text}" for text, names in groups.items())
        super().__init__(f"{len(errors)} of {of} isolates failed{parts}")


class Tail:
    """The last of what a job has printed."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> None:
        # Threads that write at once may lose a line of it here, and nowhere else.
        self.text = (self.text + text[-_TAIL_LENGTH:])[-_TAIL_LENGTH:]


@dataclass
class Part:
    """One isolate's share of a job. `receive` makes a value of Python's of what it brought, once.

    `changed` is called when it has begun and when it has ended.
    """

    name: str
    changed: Callable[[], None] = field(default=lambda: None, repr=False)
    state: State = "queued"
    started_s: float | None = None
    ended_s: float | None = None
    error: BaseException | None = None
    is_stopped: bool = False
    task: asyncio.Task[Any] | None = field(default=None, repr=False)
    receive: Callable[[], Any] = field(default=lambda: None, repr=False)

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def begin(self, task: asyncio.Task[Any] | None) -> None:
        self.task = task
        self.state, self.started_s = "running", time.time()
        self.changed()

    def end(self, state: State, error: BaseException | None = None) -> None:
        self.ended_s, self.error, self.state = time.time(), error, state
        self.changed()


class Job:
    """A cell that runs in one isolate or in several, in the order in which each isolate takes its work.

    `await job`, or `job.result()` on a thread, gives the value, or for several isolates a dict of the values
    by name. Values come as by `%get`: copied, functions as functions, what can't be copied as
    isolates.Reference. An error is raised: the isolate's own, or a CompositeError for several.
    All members may be used on any thread.
    """

    def __init__(self, code: str, names: list[str], number: int | None = None) -> None:
        """`number`: of a job in the background. Without one a cell waits for it."""
        self.number = number
        self.code = code
        self._watchers = Watchers()
        self.parts = {name: Part(name, self._watchers.tell) for name in names}
        self.made_s = time.time()
        self.printed = Tail()
        self.present: Callable[[], object] = lambda: None
        """What a cell shows that has waited for the end; it raises what the cell ends with."""
        self._ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_cancelled = False
        self._lock = threading.Lock()  # for _task and _is_cancelled

    @property
    def is_background(self) -> bool:
        return self.number is not None

    @property
    def tail(self) -> str:
        """The last of what it has printed, if it is in the background."""
        return self.printed.text

    @property
    def label(self) -> str:
        """What the user reads: "Job 3"."""
        return "The cell" if self.number is None else f"Job {self.number}"

    @property
    def state(self) -> State:
        """queued until a first isolate runs it; then running, until the last one has ended."""
        states = {part.state for part in self.parts.values()}
        if states - ENDED:
            return "queued" if states == {"queued"} else "running"
        for state in ("failed", "cancelled"):
            if state in states:
                return state
        return "done"

    @property
    def names(self) -> list[str]:
        """Its isolates."""
        return list(self.parts)

    @property
    def errors(self) -> dict[str, BaseException]:
        """What has gone wrong so far, by the isolate's name."""
        return {name: part.error for name, part in self.parts.items() if part.error is not None}

    @property
    def duration_s(self) -> float:
        """Since its first isolate began, until its last one ended or now."""
        starts = [part.started_s for part in self.parts.values() if part.started_s is not None]
        if not starts:
            return 0.0
        ends = [part.ended_s for part in self.parts.values() if part.ended_s is not None]
        return (max(ends) if self.done() and ends else time.time()) - min(starts)

    def done(self) -> bool:
        return self._ended.done()

    def cancel(self) -> bool:
        """Stops it in all its isolates, which live on; no other cell is stopped. False if it has ended."""
        with self._lock:
            if self._ended.done():
                return False
            self._is_cancelled = True
            task, loop = self._task, self._loop
        if task is not None and loop is not None:
            loop.call_soon_threadsafe(task.cancel)
        return True

    def stop(self, name: str) -> None:
        """Stops it in one of its isolates, even if it has not begun there."""
        part = self.parts.get(name)
        if part is None or part.is_ended:
            return
        # In this order: the part sets its task before it looks whether it is stopped.
        part.is_stopped = True
        if part.task is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(part.task.cancel)

    async def stopped(self, name: str) -> None:
        """The same, and waits until it has ended there."""
        part, loop, ended = self.parts[name], asyncio.get_running_loop(), asyncio.Event()
        end_watch = self.watch(lambda: part.is_ended and loop.call_soon_threadsafe(ended.set))
        try:
            self.stop(name)
            if not part.is_ended:
                await ended.wait()
        finally:
            end_watch()

    def result(self, timeout: float | None = None) -> Any:
        """Waits for its end, `timeout` seconds at most, and gives the value or raises the error."""
        self.wait(timeout)
        error = self.exception()
        if error is not None:
            raise error.with_traceback(None)  # where it was raised before is no concern of this one
        values = {name: part.receive() for name, part in self.parts.items()}
        return next(iter(values.values())) if len(values) == 1 else values

    def exception(self) -> BaseException | None:
        """What `result` raises, if it has ended."""
        errors = self.errors
        if len(self.parts) == 1:
            return next(iter(errors.values()), None)
        return CompositeError(errors, len(self.parts)) if errors else None

    def wait(self, timeout: float | None = None) -> None:
        """Until it has ended. Raises TimeoutError after `timeout` seconds."""
        try:
            self._ended.result(timeout)
        except concurrent.futures.TimeoutError:
            raise TimeoutError(f"{self.label} has not ended after {timeout:g} s") from None

    def add_done_callback(self, function: Callable[[Job], object]) -> None:
        """Calls it when the job has ended, on the thread on which it ends; at once if it has."""
        self._ended.add_done_callback(lambda _: function(self))

    def watch(self, function: Callable[[], object]) -> Callable[[], None]:
        """Calls it when the job begins or ends in an isolate, and when it has ended, on the thread of that.

        What it gives back ends the watch.
        """
        return self._watchers.add(function)

    def __await__(self) -> Generator[Any, None, Any]:
        yield from self.ended().__await__()
        # The values may have to be copied out of a busy isolate.
        return (yield from asyncio.to_thread(self.result).__await__())

    async def finish(self) -> object:
        """Waits for its end, and gives what a cell shows then. Who is cancelled meanwhile cancels the job."""
        try:
            await self.ended()
        except asyncio.CancelledError:
            self.cancel()
            await self.ended()  # soon: an isolate that does not stop is given up
            raise
        return self.present()

    async def ended(self) -> None:
        """Waits for its end, without its value. Who stops waiting does not stop the job."""
        if not self._ended.done():
            await asyncio.shield(asyncio.wrap_future(self._ended))

    def __getitem__(self, name: str) -> Any:
        """The value of one isolate, when it has ended there; raises its error."""
        part = self.parts[name]
        if part.error is not None:
            raise part.error.with_traceback(None)
        if not part.is_ended:
            raise TimeoutError(f"{self.label} has not ended in {name!r}")
        return part.receive()

    def __repr__(self) -> str:
        return f"<{self.label.lower()} in {summary(self.names)}: {self.state}>"

    def _start(
        self, loop: asyncio.AbstractEventLoop, run: Callable[[Job], Coroutine[Any, Any, None]]
    ) -> None:
        """Runs it as a task of the loop, which may be another thread's."""
        self._loop = loop
        loop.call_soon_threadsafe(self._begin, run)

    def _begin(self, run: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
        with self._lock:
            task = self._task = asyncio.ensure_future(run(self))
            if self._is_cancelled:
                task.cancel()
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        for part in self.parts.values():
            if not part.is_ended:
                part.end("cancelled" if error is None else "failed", error or asyncio.CancelledError())
        with self._lock:
            self._task = None
        self._ended.set_result(None)
        self._watchers.tell()


class Jobs:
    """The jobs of a session by their numbers: those that run, and the last of those that have ended.

    Any thread. `_lock` guards `_jobs`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._newest = 0
        self._watchers = Watchers()

    def make(self, code: str, names: list[str]) -> Job:
        """A job in the background, which has not begun."""
        with self._lock:
            self._newest += 1
            job = self._jobs[self._newest] = Job(code, names, self._newest)
            ended = [number for number, other in self._jobs.items() if other.done()]
            for number in ended[:-_REMEMBERED]:
                del self._jobs[number]
        job.watch(self._watchers.tell)
        self._watchers.tell()
        return job

    def watch(self, function: Callable[[], object]) -> Callable[[], None]:
        """Calls it when there is a new job, and as Job.watch for all of them."""
        return self._watchers.add(function)

    def __getitem__(self, number: int) -> Job:
        """Raises KeyError."""
        with self._lock:
            try:
                return self._jobs[number]
            except KeyError:
                known = ", ".join(map(str, self._jobs)) or "none"
                raise KeyError(f"there is no job {number}; there is {known}") from None

    def __iter__(self) -> Iterator[Job]:
        """The oldest first."""
        with self._lock:
            return iter(list(self._jobs.values()))

    def __len__(self) -> int:
        with self._lock:
            return len(self._jobs)

    def running(self) -> list[Job]:
        """Those that have not ended."""
        return [job for job in self if not job.done()]

    def __repr__(self) -> str:
        return f"<{len(self.running())} jobs run, {len(self)} are known>"


def summary(names: list[str]) -> str:
    """A few names, and how many more there are."""
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"

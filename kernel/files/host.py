"""What fs of prelude/files.js asks of the kernel."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isolates import DisposedError, Future, Isolate, ReleasedError, StoppedError, TerminatedError
from isolates.kernel.workers import Workers

if TYPE_CHECKING:
    from isolates.kernel.files.operations import Answer
    from isolates.kernel.files.room import Room

MODULES = ("constants", "fs", "fs/promises", "os")
"""The modules of Node's that isolates have which may use files."""

_MOST_AT_ONCE = 4
_MOST_WAITING = 10_000
# Of what waits to be written.
_MOST_BYTES = 256_000_000
_FOLDER = Path(__file__).parents[1] / "prelude" / "fs"
# In their order.
_FILES = ("words", "paths", "stats", "calls", "functions", "os")

Deliver = Callable[[int, int], Future[object]]


class _Work:
    """A call whose answer comes later."""

    def __init__(self, cell: int, number: int, name: object, arguments: tuple[object, ...]) -> None:
        self.cell = cell
        self.number = number
        self.name = name
        self.arguments = arguments
        self.size = sum(len(part) for part in arguments if isinstance(part, bytes | str))
        self.is_over = threading.Event()
        self.is_taken = threading.Event()  # JavaScript has the answer, or never wants it


class Files:
    """Those of one context. Synchronous calls run on the thread that runs the JavaScript, the others on
    threads of their own, a few at a time.

    `stop` and `close` may be called on any thread. `_lock` guards which calls there are, and their answers.
    """

    def __init__(
        self,
        isolate: Isolate,
        folder: str,
        is_allowed: Callable[[], bool],
        deliver: Deliver,
        report: Callable[[int, BaseException], None],
    ) -> None:
        """`deliver(cell, number)` says that the answer is there; `report` hears what that threw."""
        self._isolate = isolate
        self._folder = folder
        self._is_allowed = is_allowed
        self._deliver = deliver
        self._report = report
        self._lock = threading.Lock()
        self._work: dict[int, _Work] = {}
        self._answers: dict[int, Answer | dict[str, object]] = {}
        self._size = 0  # of all that waits
        self._known_room: Room | None = None
        self._stopped: set[int] = set()
        self._workers = Workers("isolates-files", _MOST_AT_ONCE)
        self._is_closed = False

    def functions(self) -> dict[str, object]:
        """What the prelude gets."""
        return {
            "folder": self._folder,
            "file": self._call,
            "startFile": self._start,
            "takeFile": self._take,
            "abortFile": self._abort,
            "filesSource": _source,
            "fileConstants": _constants,
            "system": _system,
        }

    def stop(self, cell: int) -> None:
        """The cell was stopped: what it does with files ends, and it does nothing with them any more."""
        with self._lock:
            self._stopped.add(cell)
            found = [work for work in self._work.values() if work.cell == cell]
        for work in found:
            if self._end(work):
                self._tell(work, _refusal("ABORT_ERR", "The operation was aborted: its cell was stopped"))

    def close(self) -> None:
        """The context is gone: nobody waits any more."""
        with self._lock:
            self._is_closed = True
            found = list(self._work.values())
        for work in found:
            self._end(work)

    # --- What JavaScript calls ---

    def _call(self, cell: object, name: object, *arguments: object) -> Answer | dict[str, object]:
        def is_stopped() -> bool:
            return self._is_closed or cell in self._stopped

        return self._perform(is_stopped, self._room.require, name, arguments)

    def _start(self, cell: object, number: object, name: object, *arguments: object) -> object:
        """What is wrong, if anything is; else the answer is told later."""
        if not isinstance(cell, int) or not isinstance(number, int):
            raise TypeError("no numbers")
        work = _Work(cell, number, name, arguments)
        with self._lock:
            if self._is_closed or cell in self._stopped:
                return None  # It is never answered, as the timers of a stopped cell never come.
            if self._workers.waiting >= _MOST_WAITING or 0 < self._size > _MOST_BYTES - work.size:
                most = f"{_MOST_WAITING} calls, or {_MOST_BYTES // 1_000_000} MB"
                return _refusal("ERR_OUT_OF_RANGE", f"More than {most}, wait for files already", "RangeError")
            self._work[number] = work
            self._size += work.size
        try:
            self._workers.start(lambda: self._run(work))
        except RuntimeError as error:
            self._end(work)
            return _refusal("ERR_INTERNAL", str(error))
        return None

    def _take(self, number: object) -> Answer | dict[str, object]:
        with self._lock:
            return self._answers.pop(number) if isinstance(number, int) else None

    def _abort(self, number: object) -> None:
        """JavaScript has rejected the promise itself."""
        with self._lock:
            work = self._work.get(number) if isinstance(number, int) else None
        if work is not None:
            self._end(work)

    # --- Work ---

    @property
    def _room(self) -> Room:
        from isolates.kernel.files.room import Room

        with self._lock:
            self._known_room = self._known_room or Room(self._isolate)
            return self._known_room

    def _perform(
        self,
        is_stopped: Callable[[], bool],
        require_room: Callable[[int], None],
        name: object,
        arguments: tuple[object, ...],
    ) -> Answer | dict[str, object]:
        from isolates.kernel.files.failures import FileError
        from isolates.kernel.files.failures import StoppedError as Stopped
        from isolates.kernel.files.operations import perform
        from isolates.kernel.files.task import Task

        if not self._is_allowed():
            message = "Files were taken from this isolate (c.IsolateKernel.files)"
            return _refusal("ERR_ACCESS_DENIED", message)
        task = Task(os.fsencode(self._folder), is_stopped, require_room)
        try:
            return perform(task, name, arguments)
        except FileError as error:
            return error.told()
        except Stopped:
            return _refusal("ABORT_ERR", "The operation was aborted: its cell was stopped")
        except MemoryError:
            return _refusal("ERR_MEMORY_ALLOCATION_FAILED", "Failed to allocate memory")

    def _run(self, work: _Work) -> None:
        if work.is_over.is_set():
            return
        try:
            reserve = partial(self._room.reserve, work.number)
            answer = self._perform(work.is_over.is_set, reserve, work.name, work.arguments)
        except Exception as error:
            answer = _refusal("ERR_INTERNAL", f"{type(error).__name__}: {error}")
        if self._end(work):
            self._tell(work, answer)
            # Else any number of files could wait for an isolate that is busy.
            work.is_taken.wait()
        self._room.free(work.number)

    def _end(self, work: _Work) -> bool:
        """Whether it was under way."""
        with self._lock:
            if work.is_over.is_set():
                return False
            work.is_over.set()
            work.arguments = ()  # It may have to wait for a thread still.
            self._size -= work.size
            self._work.pop(work.number, None)
        return True

    def _tell(self, work: _Work, answer: Answer | dict[str, object], is_again: bool = False) -> None:
        def done(future: Any) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, StoppedError) and not is_again and work.number in self._answers:
                # It may have been stopped before the prelude had heard of it.
                self._tell(work, answer, is_again=True)
                return
            self._forget(work)
            if error is not None and not isinstance(error, TerminatedError):
                self._report(work.cell, error)

        with self._lock:
            self._answers[work.number] = answer
        try:
            future = self._deliver(work.cell, work.number)
        except (DisposedError, ReleasedError):
            self._forget(work)  # The context is gone.
        else:
            future.add_done_callback(done)

    def _forget(self, work: _Work) -> None:
        with self._lock:
            self._answers.pop(work.number, None)
        work.is_taken.set()


def _refusal(code: str, message: str, name: str = "Error") -> dict[str, object]:
    return {"name": name, "code": code, "message": message}


def _source() -> str:
    return "'use strict';\n" + "\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in _FILES)


def _constants() -> dict[str, int]:
    from isolates.kernel.files.system import constants

    return constants()


def _system() -> dict[str, object]:
    from isolates.kernel.files.system import facts

    return facts()

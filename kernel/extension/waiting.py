"""A thread of the user's that waits for a magic: it runs what only it can run, and hears Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

# A signal may reach another thread of the process; Python's handler then waits for this one to look.
_LOOK_S = 0.1
INTERRUPTED = "the cell was interrupted"


class NobodyWaitsError(Exception):
    """The thread waits no longer."""


class WaitingThread:
    """Waits for what runs in an event loop of another thread.

    Made by the thread that calls `wait`; `call` may be called by any other. The handler of SIGINT is replaced
    while it waits: IPython's either raises at once, and the JavaScript would go on, or asks an event loop
    that this thread holds up. The first signal stops the work, the second one the waiting too.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        """`interrupt` stops the work, so that its future ends."""
        self._interrupt = interrupt
        # Its `put` is safe in the handler of a signal.
        self._handed: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self.is_over = False
        self._runs_python = False
        self.was_interrupted = False
        self._fatal: BaseException | None = None

    def wait(self, start: Callable[[], Future[T]]) -> T:
        """What the work brings that `start` begins. Raises KeyboardInterrupt at the second signal."""
        try:
            # From here on a signal stops the work too.
            with self._hearing():
                work = start()
                work.add_done_callback(lambda _: self._handed.put(None))
                while not work.done():
                    self._run_next()
        finally:
            with self._lock:
                self.is_over = True
        self._run_rest()
        if self._fatal is not None:
            raise self._fatal
        return work.result()

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Runs the function on the thread that waits, whose are its KeyboardInterrupt and SystemExit."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = function()
            except Exception as error:
                future.set_exception(error)
            except BaseException as error:
                # It would end the event loop of who waits for the future.
                future.set_exception(asyncio.CancelledError())
                if not isinstance(error, KeyboardInterrupt):
                    self._fatal = error
                self._stop()
            else:
                future.set_result(result)

        with self._lock:
            if self.is_over:
                raise NobodyWaitsError("the cell has ended")
            self._handed.put(run)
        return future

    async def call_soon(self, function: Callable[[], T]) -> T:
        """The same for `await`."""
        return await asyncio.wrap_future(self.call(function))

    def _run_next(self) -> None:
        try:
            run = self._handed.get(timeout=_LOOK_S)
        except Empty:
            return
        if run is None:
            return
        self._runs_python = True
        try:
            run()
        except KeyboardInterrupt:
            self._stop()  # It came when the function had ended.
        finally:
            self._runs_python = False

    def _run_rest(self) -> None:
        """What was handed over while the work ended."""
        with contextlib.suppress(Empty):
            while True:
                run = self._handed.get_nowait()
                if run is not None and run != self._stop:
                    run()

    def _stop(self) -> None:
        if self.was_interrupted:
            raise KeyboardInterrupt(INTERRUPTED)
        self.was_interrupted = True
        self._interrupt()

    @contextlib.contextmanager
    def _hearing(self) -> Iterator[None]:
        before: Any = signal.getsignal(signal.SIGINT)
        is_main = threading.current_thread() is threading.main_thread()
        # What ignores signals, or is not Python's, stays.
        if not is_main or before in (None, signal.SIG_IGN):
            yield
            return

        def handle(number: int, frame: FrameType | None) -> None:
            if self._runs_python:
                raise KeyboardInterrupt(INTERRUPTED)
            self._handed.put(self._stop)

        signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

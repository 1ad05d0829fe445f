"""The host's half of setTimeout: a call into a context when its earliest timer is due."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable

from isolates import Future, StoppedError, TerminatedError

# asyncio refuses no delay, but epoll does; a longer one wakes early and asks again.
_LONGEST_DELAY_S = 86400.0


class TimerWakeup:
    """One pending call per context, however many timers it has.

    `wake` is called by the prelude on the engine's threads; all else happens on the thread of the loop.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fire: Callable[[int], Future[object]],
        report: Callable[[int, BaseException], None],
    ) -> None:
        """`fire` runs a timer of the cell, as long as that may; `report` is told what it threw."""
        self._loop = loop
        self._fire = fire
        self._report = report
        self._handle: asyncio.TimerHandle | None = None
        # One call at a time: what is decided when it has ended comes before the next.
        self._is_firing = False
        self._due: int | None = None
        self._is_closed = False

    def close(self) -> None:
        """The context is gone or given up: no timer of it fires any more. Any thread."""
        self._is_closed = True
        # A timer that is due in a day would keep all that the context had of the kernel.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._disarm)

    def wake(self, delay_ms: float, cell: int) -> None:
        """Asks for a call after the delay, in place of the one asked for before."""
        # The loop is closed when the kernel ends.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arm, min(delay_ms / 1000, _LONGEST_DELAY_S), cell)

    def _arm(self, delay_s: float, cell: int) -> None:
        self._disarm()
        if not self._is_closed:
            self._handle = self._loop.call_later(delay_s, self._call, cell)

    def _disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _call(self, cell: int) -> None:
        self._handle = None
        if self._is_closed:
            return
        if self._is_firing:
            self._due = cell
            return
        self._is_firing = True

        def done(future: concurrent.futures.Future[object]) -> None:
            error = None if future.cancelled() else future.exception()
            if error is not None and not isinstance(error, TerminatedError):
                self._report(cell, error)
            # A call that was stopped may have been so before the prelude could ask for the next one.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(
                    self._fired, cell if isinstance(error, StoppedError) else None
                )

        self._fire(cell).add_done_callback(done)

    def _fired(self, again: int | None) -> None:
        self._is_firing = False
        due, self._due = self._due, None
        if due is None:
            due = again
        if due is not None:
            self._call(due)

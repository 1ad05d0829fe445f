"""The host's half of setTimeout: a call into a context when its earliest timer is due."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable

from isolates import Future, StoppedError

# asyncio refuses no delay, but epoll does; a longer one wakes early and asks again.
_LONGEST_DELAY_S = 86400.0


class TimerWakeup:
    """One pending call per context, however many timers it has.

    `wake` is called by the prelude on the engine's threads; all else happens on the thread of the loop.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fire: Callable[[], Future[object]],
        report: Callable[[int, BaseException], None],
    ) -> None:
        """`report` gets what a timer's callback threw, and the cell that had set the timer."""
        self._loop = loop
        self._fire = fire
        self._report = report
        self._handle: asyncio.TimerHandle | None = None

    def wake(self, delay_ms: float, cell: int) -> None:
        """Asks for a call after the delay, in place of the one asked for before."""
        # The loop is closed when the kernel ends.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arm, min(delay_ms / 1000, _LONGEST_DELAY_S), cell)

    def _arm(self, delay_s: float, cell: int) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(delay_s, self._call, cell)

    def _call(self, cell: int) -> None:
        self._handle = None

        def done(future: concurrent.futures.Future[object]) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, StoppedError):
                # An interrupt may have come before the prelude could ask for the next call.
                self.wake(0, cell)
            elif error is not None:
                self._report(cell, error)

        self._fire().add_done_callback(done)

"""The event loop: lets JavaScript turn until nothing is left to wait for."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

# Threads refuse to wait longer than their clock goes.
_LONGEST_WAIT_S = 86400.0


class EventLoop:
    """Runs on one thread, which is the main thread: signals come there. `wake` may be called on any.

    `turn` and `idle` run what is due in JavaScript and say how long the loop may wait, in milliseconds: -1
    minus that if only what is unreferenced waits, -inf if nothing does. The timers are JavaScript's
    (prelude/timers.js). `is_pending` says whether calls of other isolates, or of them to this one, are under
    way; when the last ends, somebody must call `wake`.
    """

    def __init__(
        self, turn: Callable[[], float], idle: Callable[[], float], is_pending: Callable[[], bool]
    ) -> None:
        """`idle` is called when nothing is left, and may start something."""
        self._turn = turn
        self._idle = idle
        self._is_pending = is_pending
        self._woken = threading.Event()

    def wake(self) -> None:
        """There may be something to do, or nothing left to wait for."""
        self._woken.set()

    def run(self) -> None:
        """Until nothing is left that keeps a program alive."""
        while True:
            # Before the turn: what comes during it is looked at again.
            self._woken.clear()
            delay_ms = self._turn()
            if not self._is_alive(delay_ms):
                delay_ms = self._idle()
                if not self._is_alive(delay_ms):
                    return
            if delay_ms < 0:
                delay_ms = -1 - delay_ms
            if delay_ms > 0:
                self._woken.wait(None if math.isinf(delay_ms) else min(delay_ms / 1000, _LONGEST_WAIT_S))

    def _is_alive(self, delay_ms: float) -> bool:
        # In this order: a task of another isolate first asks for a turn and then is no longer pending.
        return delay_ms >= 0 or self._is_pending() or self._woken.is_set()

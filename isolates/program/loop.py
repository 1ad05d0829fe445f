"""The event loop: lets JavaScript turn until nothing is left to wait for."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Protocol

# Threads refuse to wait longer than their clock goes.
_LONGEST_WAIT_S = 86400.0


class Pending(Protocol):
    """What the engine knows: how many calls into other isolates, and from them, the program waits for."""

    def pending(self) -> int:
        """How many there are now."""

    def on_idle(self, callback: Callable[[], None]) -> None:
        """Calls back on any thread, whenever there are none left."""


class NothingPending:
    """For an isolate that has no way to call others."""

    def pending(self) -> int:
        return 0

    def on_idle(self, callback: Callable[[], None]) -> None:
        pass


class EventLoop:
    """Runs on one thread, which is the main thread: signals come there. `wake` may be called on any.

    The timers are JavaScript's (prelude/timers.js). `turn` runs what is due and says how long the loop may
    wait, in milliseconds; -1 minus that if only what is unreferenced waits; -inf if nothing does.
    """

    def __init__(self, turn: Callable[[], float], pending: Pending) -> None:
        self._turn = turn
        self._pending = pending
        self._woken = threading.Event()
        pending.on_idle(self.wake)

    def wake(self) -> None:
        """There may be something to do, or nothing left to wait for."""
        self._woken.set()

    def run(self) -> None:
        """Until nothing is left that keeps a program alive."""
        while True:
            # Before the turn: what comes during it is looked at again.
            self._woken.clear()
            delay_ms = self._turn()
            is_alive = delay_ms >= 0 or self._pending.pending() > 0
            if not is_alive:
                return
            if delay_ms < 0:
                delay_ms = -1 - delay_ms
            if delay_ms > 0:
                self._woken.wait(None if math.isinf(delay_ms) else min(delay_ms / 1000, _LONGEST_WAIT_S))

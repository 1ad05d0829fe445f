"""A clock for widgets: one thread for all of them, which is there only while somebody looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Tick:
    """A function that is called again and again. `stop` ends that."""

    function: Callable[[], object]
    period_s: float
    next_s: float

    def stop(self) -> None:
        _TICKER.remove(self)


class Ticker:
    """Calls functions on a thread of its own, one after the other; they must be short.

    The thread ends with the last of them. Any thread may call. `_changed` guards all, and no function is
    called under it: so a function may stop itself, and a call that has begun may end after its `stop`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ticks: list[Tick] = []
        self._thread: threading.Thread | None = None

    def add(self, function: Callable[[], object], period_s: float) -> Tick:
        """Calls it at once, and then each `period_s` seconds; less often if it takes longer."""
        with self._changed:
            tick = Tick(function, period_s, time.monotonic())
            self._ticks.append(tick)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="isolates-widgets", daemon=True)
                self._thread.start()
            self._changed.notify()
        return tick

    def remove(self, tick: Tick) -> None:
        with self._changed:
            if tick in self._ticks:
                self._ticks.remove(tick)
                self._changed.notify()

    def _run(self) -> None:
        while (tick := self._wait()) is not None:
            try:
                tick.function()
            except Exception:
                _log.exception("A widget could not be brought up to date")

    def _wait(self) -> Tick | None:
        """The next tick when it is its time; None if there is none any more, and the thread is to end."""
        with self._changed:
            while self._ticks:
                tick = min(self._ticks, key=lambda one: one.next_s)
                now = time.monotonic()
                if tick.next_s <= now:
                    tick.next_s = max(tick.next_s + tick.period_s, now)
                    return tick
                self._changed.wait(tick.next_s - now)
            self._thread = None
            return None


_TICKER = Ticker()


def every(period_s: float, function: Callable[[], object]) -> Tick:
    """Calls the function now and each `period_s` seconds, on the widgets' thread, until `stop`."""
    return _TICKER.add(function, period_s)

"""What a cell has cost."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from isolates import Isolate, _native


@dataclass
class Usage:
    """For the metadata of an execute_reply. Of the isolate and context that ran last; the numbers are sums.

    They are the isolate's own: timers of other cells that run in it meanwhile count too.
    """

    isolate: str | None = None
    context: str | None = None
    cpu_time_ns: int = 0
    wall_time_ns: int = 0
    heap_growth: int = 0

    @contextmanager
    def measured(self, name: str, context: str, isolate: Isolate) -> Iterator[None]:
        """Adds what the isolate uses meanwhile. Never waits for it."""
        self.isolate, self.context = name, context
        cpu_time, wall_time, size = _reading(isolate)
        try:
            yield
        finally:
            after = _reading(isolate)
            self.cpu_time_ns += after[0] - cpu_time
            self.wall_time_ns += after[1] - wall_time
            self.heap_growth += after[2] - size

    @classmethod
    def total(cls, usages: Iterable[Usage]) -> Usage:
        """Of several isolates: the names one after the other, the numbers added."""
        known = [usage for usage in usages if usage.isolate is not None]
        total = cls()
        for usage in known:
            total.add(usage)
        if len(known) > 1:
            total.isolate = ", ".join(str(usage.isolate) for usage in known)
        return total

    def add(self, other: Usage) -> None:
        """What another cell has cost, which ran later."""
        if other.isolate is not None:
            self.isolate, self.context = other.isolate, other.context
        self.cpu_time_ns += other.cpu_time_ns
        self.wall_time_ns += other.wall_time_ns
        self.heap_growth += other.heap_growth


class CellMeter:
    """What a cell costs from now on, for the metadata of its execute_reply. For one thread."""

    def __init__(self) -> None:
        self.usage = Usage()
        self._cpu_time_ns = time.thread_time_ns()
        self._wall_time_ns = time.perf_counter_ns()

    def read(self) -> Usage:
        """Of the isolates, or of this thread if no JavaScript ran for the cell (Python, magics that look)."""
        if self.usage.isolate is not None:
            return self.usage
        return Usage(
            cpu_time_ns=time.thread_time_ns() - self._cpu_time_ns,
            wall_time_ns=time.perf_counter_ns() - self._wall_time_ns,
        )


def _reading(isolate: Isolate) -> tuple[int, int, int]:
    return isolate.cpu_time_ns, isolate.wall_time_ns, _native._known_bytes(isolate)

"""What is known of one isolate from samples of it: how fast it grows, what it was at most, how busy it is."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from isolates import Sample
from isolates.widgets.history import History, Point
from isolates.widgets.roster import Entry

# Over which growth is told: several collections of a busy heap.
WINDOW_S = 10.0
# Slower growth is no growth.
GROWING_PER_S = 64 * 1024
BUSY_PERCENT = 80.0

# Two looks that are nearer say nothing of the time between.
_SHORTEST_S = 0.05

_NOTHING = (math.nan, math.nan, math.nan, math.nan)


class Row(NamedTuple):
    """An isolate at one time. Figures are NaN where they are not known."""

    entry: Entry
    key: str
    state: str
    """idle, waiting, running, queued or gone."""
    sample: Sample
    point: Point
    is_stale: bool
    """The figures of its heap are old."""
    growth_per_s: float
    high_water: float
    """The most bytes that heap and buffers together had when somebody looked."""
    grows_s: float
    """For how long it has been growing."""
    busy_s: float
    """For how long it has taken most of a core."""

    @property
    def held(self) -> float:
        """What counts against the limit: heap and buffers."""
        return self.point.used + self.point.external


class Track:
    """What the samples of one isolate say, in their order. Not for several threads at once."""

    def __init__(self, entry: Entry, key: str) -> None:
        self._entry = entry
        self._key = key
        self.history = History()
        self._gone_at: float | None = None
        self._high_water = math.nan
        self.pause()

    def pause(self) -> None:
        """Nobody looks for a while: what comes next is not compared with what was."""
        self._sizes: deque[tuple[float, int]] = deque()
        self._cpu_before: tuple[float, int] | None = None
        self._cpu_percent = math.nan
        self._growth = math.nan
        self._grows_since: float | None = None
        self._busy_since: float | None = None

    def add(self, sample: Sample, clock_s: float, time_s: float, is_stale: bool) -> Row:
        """`clock_s` is the monotonic time of the sample, `time_s` that of the day."""
        is_gone = sample.state == "disposed"
        if is_gone:
            self.leave(clock_s)
        else:
            self._measure(sample, clock_s)
        row = Row(
            self._entry,
            self._key,
            _state(self._entry, sample),
            sample,
            _point(sample, time_s, self._cpu_percent),
            is_stale and not is_gone,
            self._growth,
            self._high_water,
            0.0 if self._grows_since is None else clock_s - self._grows_since,
            0.0 if self._busy_since is None else clock_s - self._busy_since,
        )
        if not is_gone:
            self.history.add(row.point)
        return row

    def leave(self, clock_s: float) -> None:
        """It is gone."""
        if self._gone_at is None:
            self._gone_at = clock_s
            self.pause()

    def gone_s(self, clock_s: float) -> float:
        """For how long it has been gone."""
        return 0.0 if self._gone_at is None else clock_s - self._gone_at

    def _measure(self, sample: Sample, clock_s: float) -> None:
        self._measure_cpu(sample, clock_s)
        held = sample.used_heap_size + sample.externally_allocated_size
        self._high_water = float(held) if math.isnan(self._high_water) else max(held, self._high_water)
        self._measure_growth(clock_s, clock_s - sample.age_s, held)
        is_growing = self._growth >= GROWING_PER_S
        self._grows_since = _since(self._grows_since, is_growing, self._sizes[0][0])
        self._busy_since = _since(self._busy_since, self._cpu_percent >= BUSY_PERCENT, clock_s)

    def _measure_cpu(self, sample: Sample, clock_s: float) -> None:
        if self._cpu_before is None:
            self._cpu_before = (clock_s, sample.cpu_time_ns)
        elif clock_s - self._cpu_before[0] >= _SHORTEST_S:
            before_s, before_ns = self._cpu_before
            self._cpu_percent = (sample.cpu_time_ns - before_ns) / (clock_s - before_s) / 1e7
            self._cpu_before = (clock_s, sample.cpu_time_ns)

    def _measure_growth(self, clock_s: float, known_at_s: float, held: int) -> None:
        sizes = self._sizes
        if sizes and known_at_s - sizes[-1][0] < _SHORTEST_S:  # the same figures again
            if clock_s - known_at_s > WINDOW_S:
                self._growth = math.nan
            return
        sizes.append((known_at_s, held))
        while len(sizes) > 1 and sizes[1][0] <= known_at_s - WINDOW_S:
            sizes.popleft()
        if len(sizes) > 1:
            seconds = known_at_s - sizes[0][0]
            self._growth = (held - sizes[0][1]) / seconds


def _point(sample: Sample, time_s: float, cpu_percent: float) -> Point:
    sizes: tuple[float, float, float, float] = (
        sample.used_heap_size,
        sample.total_heap_size,
        sample.externally_allocated_size,
        sample.memory_limit,
    )
    if sample.state == "disposed":
        sizes = _NOTHING
    return Point(time_s, *sizes, sample.wall_time_ns / 1e9, sample.cpu_time_ns / 1e9, cpu_percent)


def _since(before: float | None, is_so: bool, now: float) -> float | None:
    if not is_so:
        return None
    return now if before is None else before


def _state(entry: Entry, sample: Sample) -> str:
    if sample.state == "disposed":
        return "gone"
    if sample.state == "idle" and entry.work:
        return "waiting"  # a cell there awaits something of Python's
    return sample.state

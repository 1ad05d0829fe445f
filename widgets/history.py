"""Numbers over time, in memory that does not grow for ever."""

from __future__ import annotations

from array import array
from typing import NamedTuple

MOST_SAMPLES = 600

# So many too many before the oldest are dropped: each time all others move.
_SLACK = 60


class Point(NamedTuple):
    """One sample of an isolate, or the sums of all. Sizes are bytes; NaN is unknown."""

    time_s: float
    used: float
    total: float
    external: float
    limit: float
    wall_s: float
    cpu_s: float
    cpu_percent: float


_WIDTH = len(Point._fields)


class History:
    """The last 600 points, one after the other."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def __len__(self) -> int:
        return min(len(self._numbers) // _WIDTH, MOST_SAMPLES)

    def add(self, point: Point) -> None:
        self._numbers.extend(point)
        if len(self._numbers) >= (MOST_SAMPLES + _SLACK) * _WIDTH:
            del self._numbers[: -MOST_SAMPLES * _WIDTH]

    def clear(self) -> None:
        del self._numbers[:]

    def copy(self) -> History:
        copied = History()
        copied._numbers = self._newest()
        return copied

    def points(self) -> list[Point]:
        """The oldest first."""
        numbers = self._newest()
        return [Point(*numbers[at : at + _WIDTH]) for at in range(0, len(numbers), _WIDTH)]

    def tobytes(self) -> bytes:
        """The points as float64, little-endian on every machine that V8 runs on here."""
        return self._newest().tobytes()

    def _newest(self) -> array[float]:
        return self._numbers[-MOST_SAMPLES * _WIDTH :]

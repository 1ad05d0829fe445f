"""The clock of the Python sides; peers/timing.js is the same for Node."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

BURST_S = 0.01


def per_call_us(burst: Callable[[int], object], seconds: float) -> float:
    """Microseconds per call: the median of bursts of about 10 ms, made by `burst(count)` for `seconds`."""
    count = 1
    while (took := _time(burst, count)) < BURST_S / 2:
        count *= 2
    count = max(1, round(count * BURST_S / took))
    end = perf_counter() + seconds
    samples = [_time(burst, count) / count]
    while perf_counter() < end:
        samples.append(_time(burst, count) / count)
    return median(samples) * 1e6


def _time(burst: Callable[[int], object], count: int) -> float:
    start = perf_counter()
    burst(count)
    return perf_counter() - start

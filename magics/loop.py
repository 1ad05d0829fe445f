"""JavaScript in a loop, and how long its turns take: what %timeit does in one isolate."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from isolates import Isolate, Reference, undefined
from isolates.magics.cell import Body

_RUN_S = 0.1
_LEAST_WARMING_S = 0.1  # V8 optimises on threads of its own, which need a while
_MOST_WARMING_S = 2.0
# It is warm when so many runs, one after the other, were not faster by more than this.
_CALM_RUNS = 4
_FASTER = 0.97


def loop_source(setup: str, body: Body, value: Sequence[int] | None, is_async: bool) -> Body:
    """An expression whose value is a function: it runs the setup and gives the loop, a function of a count.

    `value`: where the expression stands that is to be kept. The body keeps its lines, and its columns before
    that place.
    """
    code = body.text
    if value is not None:
        start, end = value
        code = f"{code[:start]}$$last = ({code[start:end]}){code[end:]}"
    # A comment ends with its line.
    break_ = "\n" if "//" in setup else " "
    head = (
        f"(() => {{ let $$kept; return () => {{ {setup}{break_};return {'async ' if is_async else ''}"
        "($$count) => { let $$last; for (let $$left = $$count; $$left > 0; --$$left) {"
    )
    tail = "} $$kept = $$last; return $$kept instanceof Promise; } } })()"
    return Body(f"{head}\n{code}\n{tail}", body.line_offset - head.count("\n") - 1)


@dataclass(frozen=True)
class LoopTimes:
    """Seconds per turn of the loop, for each run of so many `loops`.

    `first_s`: the first turn of all, if it was alone. `cpu_s`: what a turn has used of a core, on average;
    None for code that waits.
    """

    seconds: Sequence[float]
    loops: int
    warm_loops: int
    warm_s: float
    first_s: float | None
    is_steady: bool
    gives_promise: bool
    cpu_s: float | None

    @property
    def mean(self) -> float:
        return statistics.fmean(self.seconds)

    @property
    def deviation(self) -> float:
        return statistics.pstdev(self.seconds)

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.seconds) == 1:
            return self.seconds[0], self.seconds[0]
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return low, high


class Loop:
    """Warms the code up and measures it.

    `loops`: of one run; None for as many as take a tenth of a second.
    """

    def __init__(self, loops: int | None, runs: int, is_async: bool) -> None:
        self._loops = loops
        self._runs = runs
        self._is_async = is_async
        self._gives_promise = False
        self.times: LoopTimes | None = None

    async def run(self, isolate: Isolate, make: object) -> object:
        """`make` is the function of `loop_source`."""
        assert isinstance(make, Reference)
        self._isolate, self._make = isolate, make
        try:
            await self._measure()
        finally:
            make.release()
        return undefined

    async def _measure(self) -> None:
        loops = self._loops or 1
        first = took = await self._turn(loops)
        warm_loops, warm_s = loops, took
        best, calm = took / loops, 0
        started = time.perf_counter()
        while warm_s < _MOST_WARMING_S and (
            calm < _CALM_RUNS or time.perf_counter() - started < _LEAST_WARMING_S
        ):
            if self._loops is None and took < _RUN_S / 2:
                loops, calm = _more(loops), 0
            took = await self._turn(loops)
            warm_loops, warm_s = warm_loops + loops, warm_s + took
            # A few slow runs may come before V8 replaces the loop that is under way.
            calm = 0 if took / loops < best * _FASTER else calm + 1
            best = min(best, took / loops)
        cpu = self._isolate.cpu_time_ns
        seconds = [await self._turn(loops) / loops for _ in range(self._runs)]
        cpu = self._isolate.cpu_time_ns - cpu
        self.times = LoopTimes(
            seconds,
            loops,
            warm_loops,
            warm_s,
            first if self._loops is None else None,
            calm >= _CALM_RUNS,
            self._gives_promise,
            None if self._is_async else cpu / 1e9 / loops / self._runs,
        )

    async def _turn(self, loops: int) -> float:
        """How many seconds so many turns take."""
        loop = await self._make.apply(None, [], reference=True)
        assert isinstance(loop, Reference)
        try:
            if self._is_async:
                started = time.perf_counter()
                self._gives_promise |= bool(await loop.apply(None, [loops], promise=True))
                return time.perf_counter() - started
            before = self._isolate.wall_time_ns
            self._gives_promise |= bool(await loop.apply(None, [loops]))
            return (self._isolate.wall_time_ns - before) / 1e9
        finally:
            loop.release()


def _more(loops: int) -> int:
    """1, 2, 5, 10, 20, 50 ..."""
    return loops * 5 // 2 if str(loops)[0] == "2" else loops * 2

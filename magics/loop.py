"""JavaScript in a loop, and how long its turns take: what %timeit does in one isolate."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from isolates import Isolate, Reference, undefined
from isolates.magics.cell import Body
from isolates.magics.tables import duration_text

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


@dataclass(frozen=True, repr=False)
class TimeitResult:
    """What was measured, with the names that IPython's has. `timings`: seconds per turn of the loop, for each
    run of so many `loops`.

    `first_s`: the first turn of all, if it was alone. `cpu_s`: what a turn has used of a core, on average;
    None for code that waits. `has_collected`: garbage was collected during the runs; False if not, or unseen.
    """

    timings: Sequence[float]
    loops: int
    warm_loops: int
    warm_s: float
    first_s: float | None
    is_steady: bool
    gives_promise: bool
    cpu_s: float | None
    has_collected: bool

    @property
    def repeat(self) -> int:
        """How many runs were measured."""
        return len(self.timings)

    @property
    def all_runs(self) -> list[float]:
        """Seconds of each run."""
        return [seconds * self.loops for seconds in self.timings]

    @property
    def average(self) -> float:
        return statistics.fmean(self.timings)

    @property
    def stdev(self) -> float:
        return statistics.pstdev(self.timings)

    @property
    def best(self) -> float:
        return min(self.timings)

    @property
    def worst(self) -> float:
        return max(self.timings)

    @property
    def median(self) -> float:
        return statistics.median(self.timings)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.timings) == 1:
            return self.timings[0], self.timings[0]
        low, _, high = statistics.quantiles(self.timings, n=4, method="inclusive")
        return low, high

    def __str__(self) -> str:
        runs, loops = plural(self.repeat, "run"), plural(self.loops, "loop")
        return (
            f"{duration_text(self.average)} \u00b1 {duration_text(self.stdev)} per loop "
            f"(mean \u00b1 std. dev. of {runs}, {loops} each)"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


class Loop:
    """Warms the code up and measures it.

    `loops`: of one run; None for as many as take a tenth of a second. `held`: what the isolate holds, as of
    the end of its last call.
    """

    def __init__(self, loops: int | None, runs: int, is_async: bool, held: Callable[[Isolate], int]) -> None:
        self._loops = loops
        self._runs = runs
        self._is_async = is_async
        self._held = held
        self._gives_promise = False
        self.times: TimeitResult | None = None

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
        timings, held = [], [self._held(self._isolate)]
        for _ in range(self._runs):
            timings.append(await self._turn(loops) / loops)
            held.append(self._held(self._isolate))
        cpu = self._isolate.cpu_time_ns - cpu
        self.times = TimeitResult(
            timings,
            loops,
            warm_loops,
            warm_s,
            first if self._loops is None else None,
            calm >= _CALM_RUNS,
            self._gives_promise,
            None if self._is_async else cpu / 1e9 / loops / self._runs,
            # Nothing else makes a heap smaller.
            any(after < before for before, after in pairwise(held)),
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


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _more(loops: int) -> int:
    """1, 2, 5, 10, 20, 50 ..."""
    return loops * 5 // 2 if str(loops)[0] == "2" else loops * 2

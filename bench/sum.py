"""isolated-vm's second sample program: the sum of a range, sliced over 2 and 4 isolates, against one isolate.

Isolates are made, compiled for and disposed inside the measured time, as there.
"""

from __future__ import annotations

import asyncio
import os
from time import perf_counter

from figure import Figure, Row, at_least
from worker import node, python

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SUM = """
function sum(min, max) {
    let sum = 0;
    for (let ii = min; ii < max; ++ii) {
        sum += ii;
    }
    return sum;
}
"""


def isolates():
    from isolates import Isolate

    async def slice_of(numbers, count, index):
        with Isolate() as isolate:
            context = await isolate.create_context()
            script = await isolate.compile_script(SUM)
            await script.run(context)
            function = await context.global_.get("sum", reference=True)
            bounds = [numbers // count * index, numbers // count * (index + 1)]
            return await function.apply(None, bounds)

    async def seconds_on(numbers, count):
        start = perf_counter()
        sums = await asyncio.gather(*[slice_of(numbers, count, index) for index in range(count)])
        assert sum(sums) == numbers * (numbers - 1) // 2
        return perf_counter() - start

    loop = asyncio.new_event_loop()

    def run_round(options):
        one, two, four = (
            loop.run_until_complete(seconds_on(options["numbers"], count)) for count in (1, 2, 4)
        )
        return {"two": one / two, "four": one / four}

    return run_round


def _row(key, count):
    goal = at_least(0.8 * min(count, CORES)) if CORES > 1 else None
    return Row(key, f"sum on {count} isolates, {CORES} cores", "times one", "isolated-vm", goal, True)


FIGURE = Figure(
    sides={"isolates": python("sum", "isolates"), "isolated-vm": node("sum")},
    rows=[_row("two", 2), _row("four", 4)],
    options={"code": SUM, "numbers": 2**27},
)

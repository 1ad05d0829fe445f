"""CPU-bound work on as many isolates as cores, against one: how many times the work in the same time."""

from __future__ import annotations

import asyncio
import os
from time import perf_counter

from figure import Figure, Row, at_least
from worker import node, python

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Small integers: it allocates nothing, so no collection is measured. Many short calls of one function, so
# that every run is soon optimised; how fast V8 replaces one long loop while it runs varies fourfold.
WORK = """
(() => {
    function step(x) {
        for (let i = 0; i < 1e4; i++) x = (Math.imul(x, 48271) + i) & 0x3fffffff;
        return x;
    }
    let x = 1;
    for (let i = 0; i < 15e3; i++) x = step(x);
    return x;
})()
"""


def isolates():
    from isolates import Isolate

    loop = asyncio.new_event_loop()
    contexts = [Isolate().create_context_sync() for _ in range(CORES)]

    async def seconds_on(count, code):
        start = perf_counter()
        await asyncio.gather(*[context.eval(code) for context in contexts[:count]])
        return perf_counter() - start

    def run_round(options):
        one, all_ = (loop.run_until_complete(seconds_on(count, options["code"])) for count in (1, CORES))
        return {"speed-up": CORES * one / all_}

    return run_round


FIGURE = Figure(
    sides={"isolates": python("cores", "isolates"), "isolated-vm": node("cores")},
    rows=[
        Row(
            "speed-up",
            f"work on {CORES} isolates, {CORES} cores",
            "times one",
            "isolated-vm",
            at_least(0.9 * CORES),
            higher_is_better=True,
        )
    ],
    options={"code": WORK, "isolates": CORES},
    rounds=15,
)

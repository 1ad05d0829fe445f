"""A function of two numbers by its Reference: synchronous, awaited one by one, and a thousand together."""

from __future__ import annotations

import asyncio

from figure import Figure, Row, times
from timing import per_call_us
from worker import node, python


def isolates():
    from isolates import Isolate

    add = Isolate().create_context_sync().eval_sync("(a, b) => a + b", reference=True)

    def synchronous(count):
        for _ in range(count):
            add.apply_sync(None, [1, 2])

    async def one_by_one(count):
        for _ in range(count):
            await add.apply(None, [1, 2])

    async def together(count):
        for start in range(0, count, 1000):
            await asyncio.gather(*[add.apply(None, [1, 2]) for _ in range(min(1000, count - start))])

    loop = asyncio.new_event_loop()
    return lambda options: {
        "sync": per_call_us(synchronous, options["seconds"]),
        "latency": per_call_us(lambda count: loop.run_until_complete(one_by_one(count)), options["seconds"]),
        "throughput": per_call_us(lambda count: loop.run_until_complete(together(count)), options["seconds"]),
    }


FIGURE = Figure(
    sides={"isolates": python("apply", "isolates"), "isolated-vm": node("apply")},
    rows=[
        Row("sync", "apply_sync(None, [1, 2])", "µs", "isolated-vm", times(1)),
        Row("latency", "await apply(None, [1, 2])", "µs", "isolated-vm", times(1)),
        Row("throughput", "apply, 1000 at once", "µs", "isolated-vm"),
    ],
)

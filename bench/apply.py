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

    async def in_turn(count):
        for start in range(0, count, 1000):
            for call in [add.apply(None, [1, 2]) for _ in range(min(1000, count - start))]:
                await call

    loop = asyncio.new_event_loop()

    def awaited(calls, options):
        return per_call_us(lambda count: loop.run_until_complete(calls(count)), options["seconds"])

    return lambda options: {
        "sync": per_call_us(synchronous, options["seconds"]),
        "latency": awaited(one_by_one, options),
        "in turn": awaited(in_turn, options),
        "together": awaited(together, options),
    }


FIGURE = Figure(
    sides={"isolates": python("apply", "isolates"), "isolated-vm": node("apply")},
    rows=[
        Row("sync", "apply_sync(None, [1, 2])", "µs", "isolated-vm", times(1)),
        Row("latency", "await apply(None, [1, 2])", "µs", "isolated-vm", times(1)),
        Row("in turn", "apply, 1000 awaited in turn", "µs", "isolated-vm"),
        Row("together", "apply, 1000 gathered", "µs", "isolated-vm"),
    ],
)

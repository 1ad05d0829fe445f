"""`await context.eval("1+1")`: one by one (latency), and a thousand awaited together (throughput)."""

from __future__ import annotations

import asyncio

from figure import Figure, Row
from timing import per_call_us
from worker import node, python


def isolates():
    from isolates import Isolate

    context = Isolate().create_context_sync()

    async def one_by_one(count):
        for _ in range(count):
            await context.eval("1+1")

    async def together(count):
        for start in range(0, count, 1000):
            await asyncio.gather(*[context.eval("1+1") for _ in range(min(1000, count - start))])

    loop = asyncio.new_event_loop()
    return lambda options: {
        "latency": per_call_us(lambda count: loop.run_until_complete(one_by_one(count)), options["seconds"]),
        "throughput": per_call_us(lambda count: loop.run_until_complete(together(count)), options["seconds"]),
    }


FIGURE = Figure(
    sides={"isolates": python("eval_async", "isolates"), "isolated-vm": node("eval_async")},
    rows=[
        Row("latency", 'await eval("1+1")', "µs", "isolated-vm"),
        Row("throughput", 'eval("1+1"), 1000 at once', "µs", "isolated-vm"),
    ],
)

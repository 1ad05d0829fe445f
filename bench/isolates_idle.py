"""What 300 idle isolates with a context each add to the process: resident memory and threads."""

from __future__ import annotations

import asyncio

from figure import Figure, Row, at_most
from worker import node, python

MB = 1 << 20


def _added(make, count):
    import psutil

    process = psutil.Process()
    memory, threads = process.memory_info().rss, process.num_threads()
    made = [make() for _ in range(count)]
    return {
        "memory": (process.memory_info().rss - memory) / MB / len(made),
        "threads": process.num_threads() - threads,
    }


def isolates():
    from isolates import Isolate

    def create():
        isolate = Isolate()
        return isolate, isolate.create_context_sync()

    async def start_pool(contexts):
        await asyncio.gather(*[context.eval("1+1") for _, context in contexts])

    warm = [create() for _ in range(16)]
    asyncio.run(start_pool(warm))
    return lambda options: _added(create, options["isolates"])


def mini_racer():
    from py_mini_racer import MiniRacer

    def create():
        racer = MiniRacer()
        racer.eval("1+1")  # it makes its context when first used
        return racer

    warm = [create() for _ in range(4)]
    return lambda options: _added(create, options["isolates"]) if warm else {}


FIGURE = Figure(
    sides={
        "isolates": python("isolates_idle", "isolates"),
        "mini-racer": python("isolates_idle", "mini_racer"),
        "isolated-vm": node("isolates_idle"),
    },
    rows=[
        Row("memory", "idle isolate: memory", "MB", "isolated-vm", at_most(1)),
        Row("threads", "300 idle isolates: threads", "", "isolated-vm", at_most(0)),
        Row("memory", "idle isolate: memory", "MB", "mini-racer"),
        Row("threads", "300 idle isolates: threads", "", "mini-racer"),
    ],
    options={"isolates": 300},
    rounds=3,
    fresh=True,
)

"""`context.eval_sync("1+1")`: what the shortest call costs, from Python and from Node."""

from __future__ import annotations

from figure import Figure, Row, times
from timing import per_call_us
from worker import node, python


def isolates():
    from isolates import Isolate

    context = Isolate().create_context_sync()

    def burst(count):
        for _ in range(count):
            context.eval_sync("1+1")

    return lambda options: {"eval_sync": per_call_us(burst, options["seconds"])}


def mini_racer():
    from py_mini_racer import MiniRacer

    racer = MiniRacer()

    def burst(count):
        for _ in range(count):
            racer.eval("1+1")

    return lambda options: {"eval_sync": per_call_us(burst, options["seconds"])}


FIGURE = Figure(
    sides={
        "isolates": python("eval", "isolates"),
        "mini-racer": python("eval", "mini_racer"),
        "isolated-vm": node("eval_sync"),
    },
    rows=[
        Row("eval_sync", 'eval_sync("1+1")', "µs", "mini-racer", times(80)),
        Row("eval_sync", 'eval_sync("1+1")', "µs", "isolated-vm", times(1)),
    ],
)

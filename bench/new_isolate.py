"""A new isolate with a context: created, and created and disposed."""

from __future__ import annotations

from time import perf_counter

from figure import Figure, Row, times
from worker import node, python


def isolates():
    from isolates import Isolate

    def create():
        isolate = Isolate()
        return isolate, isolate.create_context_sync()

    def run_round(options):
        count = options["isolates"]
        start = perf_counter()
        made = [create() for _ in range(count)]
        created = perf_counter()
        for isolate, _ in made:
            isolate.dispose()
        made.clear()
        again = perf_counter()
        for _ in range(count):
            isolate, _ = create()
            isolate.dispose()
        return {"create": (created - start) / count * 1e3, "both": (perf_counter() - again) / count * 1e3}

    return run_round


FIGURE = Figure(
    sides={"isolates": python("new_isolate", "isolates"), "isolated-vm": node("new_isolate")},
    rows=[
        Row("create", "new isolate and context", "ms", "isolated-vm", times(1)),
        Row("both", "the same, and dispose", "ms", "isolated-vm", times(1)),
    ],
    options={"isolates": 50},
)

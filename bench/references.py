"""1,000 References made and released, again and again: what one costs, and what the process grows by."""

from __future__ import annotations

from time import perf_counter

from figure import Figure, Row, at_most, times
from worker import node, python

MB = 1 << 20


def isolates():
    import psutil

    from isolates import Isolate

    process = psutil.Process()
    isolate = Isolate()
    make = isolate.create_context_sync().eval_sync("() => ({})", reference=True)

    def go_round(count):
        references = [make.apply_sync(reference=True) for _ in range(count)]
        for reference in references:
            reference.release()

    count_before = isolate.reference_count

    def run_round(options):
        for _ in range(options["turns"]):
            go_round(options["references"])
        before, start = process.memory_info().rss, perf_counter()
        for _ in range(options["turns"]):
            go_round(options["references"])
        seconds = perf_counter() - start
        return {
            "time": seconds / options["turns"] / options["references"] * 1e6,
            "growth": (process.memory_info().rss - before) / MB,
            "left": isolate.reference_count - count_before,
        }

    return run_round


FIGURE = Figure(
    sides={"isolates": python("references", "isolates"), "isolated-vm": node("references")},
    rows=[
        Row("time", "a Reference, made and released", "µs", "isolated-vm", times(1)),
        Row("growth", "1000 References, 50 times: growth", "MB", "isolated-vm", at_most(1)),
        Row("left", "the same: References left", "", "isolated-vm"),
    ],
    options={"references": 1000, "turns": 50},
)

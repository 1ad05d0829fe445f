"""A new isolate with a context that holds a library of 310 KB, and has used it: from a snapshot, from one
that was warmed up, and by evaluating the library each time. The same in isolated-vm."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from figure import Figure, Row, times
from worker import node, python

USE = "parts.reduce((sum, part) => sum + part.run(), 0)"
PART = Path(__file__).with_name("library.js")


def isolates():
    from isolates import Isolate

    part = PART.read_text(encoding="utf-8")
    code = "".join(part.replace("NUMBER", str(n)) for n in range(600))
    snapshots = {
        "cold": Isolate.create_snapshot_sync([code]),
        "warm": Isolate.create_snapshot_sync([code], USE),
    }

    def evaluated(use):
        with Isolate() as isolate:
            context = isolate.create_context_sync()
            context.eval_sync(code)
            context.eval_sync(use)

    def started(snapshot, use):
        with Isolate(snapshot=snapshot) as isolate:
            isolate.create_context_sync().eval_sync(use)

    def run_round(options):
        def timed(work, *values):
            start = perf_counter()
            for _ in range(options["isolates"]):
                work(*values)
            return (perf_counter() - start) / options["isolates"] * 1e3

        figures = {"evaluated": timed(evaluated, USE), "held_evaluated": timed(evaluated, "1")}
        for name, snapshot in snapshots.items():
            figures[name] = timed(started, snapshot, USE)
            figures[f"held_{name}"] = timed(started, snapshot, "1")
        return figures

    return run_round


FIGURE = Figure(
    sides={"isolates": python("snapshot", "isolates"), "isolated-vm": node("snapshot")},
    rows=[
        Row("held_evaluated", "isolate with a 310 KB library, evaluated", "ms", "isolated-vm"),
        Row("held_cold", "the same from a snapshot", "ms", "isolated-vm", times(1)),
        Row("evaluated", "and all of it used: evaluated", "ms", "isolated-vm"),
        Row("cold", "the same from a snapshot", "ms", "isolated-vm"),
        Row("warm", "the same from a warmed snapshot", "ms", "isolated-vm", times(1)),
    ],
    options={"isolates": 5},
)

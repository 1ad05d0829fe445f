"""Copying 1 MB out of one isolate and into another by an ExternalCopy, and out to the host."""

from __future__ import annotations

from figure import Figure, Row, times
from timing import per_call_us
from worker import node, python

# Each about 1 MB as a structured clone.
VALUES = {
    "object": "Array.from({ length: 24e3 }, (_, id) => ({ id, name: 'item ' + id, even: id % 2 === 0 }))",
    "buffer": "new ArrayBuffer(2 ** 20)",
    "string": "'isolated'.repeat(2 ** 17).slice(1) + 'x'",
}


def isolates():
    from isolates import Isolate

    source = Isolate().create_context_sync()
    take = Isolate().create_context_sync().eval_sync("value => {}", reference=True)

    def across(name):
        def burst(count):
            for _ in range(count):
                copy = source.eval_sync(name, external_copy=True)
                take.apply_sync(None, [copy.copy_into(release=True)])

        return burst

    def out(name):
        def burst(count):
            for _ in range(count):
                source.eval_sync(name, copy=True)

        return burst

    def run_round(options):
        figures = {}
        for name, code in options["values"].items():
            source.eval_sync(f"globalThis.{name} = {code}; void {name}")
            figures[name] = per_call_us(across(name), options["seconds"]) / 1e3
            figures[f"{name} out"] = per_call_us(out(name), options["seconds"]) / 1e3
        return figures

    return run_round


FIGURE = Figure(
    sides={"isolates": python("copies", "isolates"), "isolated-vm": node("copies")},
    rows=[
        Row("object", "1 MB of objects, across", "ms", "isolated-vm", times(1)),
        Row("buffer", "1 MB ArrayBuffer, across", "ms", "isolated-vm", times(1)),
        Row("string", "1 MB string, across", "ms", "isolated-vm", times(1)),
        Row("object out", "1 MB of objects, to the host", "ms", "isolated-vm"),
        Row("buffer out", "1 MB ArrayBuffer, to the host", "ms", "isolated-vm"),
        Row("string out", "1 MB string, to the host", "ms", "isolated-vm"),
    ],
    options={"values": VALUES, "seconds": 0.1},
)

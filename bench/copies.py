"""Values of 1 MB copied out of an isolate and back in, and 64 MB handed over without a copy: by the same
JavaScript on both sides."""

from __future__ import annotations

from figure import Figure, Row, times
from timing import per_call_us
from worker import node, python

# Also in peers/copies.js.
SETUP = """
const rows = Array.from({length: 10000}, (_, id) => ({id, name: 'row ' + id, tags: ['a', 'b']}));
globalThis.object = {rows};
globalThis.buffer = new ArrayBuffer(1 << 20);
globalThis.string = 'x'.repeat(1 << 20);
globalThis.large = new ArrayBuffer(64 << 20);
globalThis.copy = (value, count) => {
  for (let n = 0; n < count; n++) new ivm.ExternalCopy(value).copy({release: true});
};
globalThis.transfer = count => {
  for (let n = 0; n < count; n++) {
    large = new ivm.ExternalCopy(large, {transferOut: true}).copy({transferIn: true, release: true});
  }
};
"""


def isolates():
    from isolates import Isolate, isolated_vm

    context = Isolate(memory_limit=2000).create_context_sync()
    context.eval_closure_sync("globalThis.ivm = $0", [isolated_vm()])
    context.eval_sync(SETUP)

    def burst(code):
        function = context.eval_sync(f"(count => {code})", reference=True)
        return lambda count: function.apply_sync(None, [count])

    return lambda options: {
        "object": per_call_us(burst("copy(object, count)"), options["seconds"]),
        "buffer": per_call_us(burst("copy(buffer, count)"), options["seconds"]),
        "string": per_call_us(burst("copy(string, count)"), options["seconds"]),
        "transfer": per_call_us(burst("transfer(count)"), options["seconds"]),
    }


FIGURE = Figure(
    sides={"isolates": python("copies", "isolates"), "isolated-vm": node("copies")},
    rows=[
        Row("object", "object of 1 MB out and in", "µs", "isolated-vm", times(1)),
        Row("buffer", "ArrayBuffer of 1 MB out and in", "µs", "isolated-vm", times(1)),
        Row("string", "string of 1 MB out and in", "µs", "isolated-vm", times(1)),
        Row("transfer", "ArrayBuffer of 64 MB transferred out and in", "µs", "isolated-vm"),
    ],
)

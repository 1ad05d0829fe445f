"""An ArrayBuffer handed from isolate to isolate by transfer: 64 MB against 1 MB, which should be the same."""

from __future__ import annotations

from figure import Figure, Row, at_most
from timing import per_call_us
from worker import node, python

END = """
{
    const { ExternalCopy } = ivm;
    let held;
    ({
        make(megabytes) { held = new ArrayBuffer(megabytes * 2 ** 20); },
        give() { return new ExternalCopy(held, { transferOut: true }); },
        take(buffer) { held = buffer; },
    });
}
"""


def isolates():
    from isolates import Isolate, isolated_vm

    def end(code):
        context = Isolate(memory_limit=512).create_context_sync()
        context.global_.set_sync("ivm", isolated_vm())
        functions = context.eval_sync(code, reference=True)
        return {name: functions.get_sync(name, reference=True) for name in ("make", "give", "take")}

    ends = []

    def burst(count):
        here, there = ends
        for _ in range(count):
            copy = here["give"].apply_sync()
            there["take"].apply_sync(None, [copy.copy_into(release=True, transfer_in=True)])
            here, there = there, here
        ends[:] = here, there

    def run_round(options):
        if not ends:
            ends.extend(end(options["code"]) for _ in range(2))
        times_us = []
        for megabytes in (1, 64):
            ends[0]["make"].apply_sync(None, [megabytes])
            times_us.append(per_call_us(burst, options["seconds"]))
        return {"time": times_us[1], "ratio": times_us[1] / times_us[0]}

    return run_round


FIGURE = Figure(
    sides={"isolates": python("transfer", "isolates"), "isolated-vm": node("transfer")},
    rows=[
        Row("time", "64 MB ArrayBuffer, transferred", "µs", "isolated-vm"),
        Row("ratio", "the same", "times 1 MB", "isolated-vm", at_most(1.5)),
    ],
    options={"code": END, "seconds": 0.2},
)

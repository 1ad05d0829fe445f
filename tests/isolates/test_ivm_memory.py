"""Isolates and references that JavaScript makes and forgets: nothing grows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

MEASURE = """
import gc, sys
import isolates
from isolates import _native

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

main = isolates.Isolate(memory_limit=512)
context = main.create_context_sync()
context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
"""


def last_line(child: subprocess.CompletedProcess[str]) -> list[float]:
    assert child.returncode == 0, child.stdout + child.stderr
    return [float(word) for word in child.stdout.split()]


def test_a_thousand_forgotten_isolates_leave_nothing(run_child: Callable[..., object]) -> None:
    code = """
for round in range(4):
    context.eval_sync('''for (let i = 0; i < 250; ++i)
        new ivm.Isolate({ memoryLimit: 8 }).createContextSync().evalSync('1')''')
    main.collect_garbage_sync()
    main.create_context_sync()
    if round in (0, 3):
        print(resident_mb())
import time
end = time.monotonic() + 10
while _native._live_isolates() > 1 and time.monotonic() < end:
    main.collect_garbage_sync()
    time.sleep(0.01)
print(_native._live_isolates())
main.dispose()
"""
    early, late, alive = last_line(run_child(MEASURE + code, deadline_s=60))
    assert alive <= 1
    assert late < early + 60


def test_a_thousand_isolates_alive_at_once(run_child: Callable[..., object]) -> None:
    code = """
context.eval_sync("globalThis.all = []")
context.eval_sync('''for (let i = 0; i < 1000; ++i) {
    const isolate = new ivm.Isolate({ memoryLimit: 8 });
    all.push([isolate, isolate.createContextSync()]);
}''')
print(context.eval_sync("all.reduce((sum, [isolate, it], n) => sum + it.evalSync(String(n)), 0)"))
print(_native._live_isolates())
main.dispose()
"""
    total, alive = last_line(run_child(MEASURE + code, deadline_s=60))
    assert total == 999 * 1000 / 2
    assert alive == 1001


def test_forgotten_references_leave_nothing(run_child: Callable[..., object]) -> None:
    code = """
context.eval_sync("globalThis.isolate = new ivm.Isolate({ memoryLimit: 32 })")
context.eval_sync("globalThis.inside = isolate.createContextSync()")
context.eval_sync("globalThis.make = inside.evalSync('() => ({})', { reference: true })")
work = '''for (let i = 0; i < 10000; ++i) {
    make.applySync(undefined, [], { result: { reference: true } });
    new ivm.Reference({});
    inside.global.getSync('x');
}'''
context.eval_sync(work)
main.collect_garbage_sync()
before = resident_mb()
for round in range(10):
    context.eval_sync(work)
main.collect_garbage_sync()
print(resident_mb() - before)
import time
end = time.monotonic() + 10
while context.eval_sync("isolate.referenceCount") > 100 and time.monotonic() < end:
    main.collect_garbage_sync()
    time.sleep(0.01)
print(context.eval_sync("isolate.referenceCount"))
main.dispose()
"""
    growth, held = last_line(run_child(MEASURE + code, deadline_s=60))
    assert growth < 80  # MB; 300,000 references that stay would take more than twice that
    assert held <= 100

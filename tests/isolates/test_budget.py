"""V8's 4 GB heap cage, which all isolates share: when it is full an isolate ends, and not the process."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(200, method="thread")
DEADLINE_S = 180.0

# Keeps about 100 MB a step. In one object, as many small ones take a hundred times as long to make.
FILL = "all.push(new Array(26e6).fill(n))"

PRELUDE = """
import sys, threading
import isolates
GB = 1024

def make(memory_limit):
    isolate = isolates.Isolate(memory_limit=memory_limit)
    context = isolate.create_context_sync()
    context.eval_sync("globalThis.all = []")
    return isolate, context

bystander, asked = make(64)
"""

EPILOGUE = """
assert asked.eval_sync("6 * 7") == 42
bystander.dispose()
with isolates.Isolate() as after:  # there is room again
    assert after.create_context_sync().eval_sync("new Array(1e5).fill(1).length") == 100_000
print("end")
"""


def run(run_child: Any, program: str) -> None:
    child = run_child(PRELUDE + program + EPILOGUE, deadline_s=DEADLINE_S)
    assert child.returncode == 0, child.stderr[-3000:]
    assert child.stdout.splitlines()[-1] == "end", child.stdout


def test_the_cage_fills_one_isolate_after_another(run_child: Any) -> None:
    """Idle ones keep what they have; who runs is stopped, or a new one is refused."""
    run(
        run_child,
        f"""
all_isolates, stopped = [], 0
for n in range(12):
    try:
        isolate, context = make(2 * GB)
    except isolates.HeapBudgetError as error:
        assert "4 GB" in str(error), error
        stopped += 1
        break
    all_isolates.append((isolate, context))
    try:
        for n in range(8):
            context.eval_sync("n = " + str(n) + "; {FILL}; 0")
    except isolates.HeapBudgetError as error:
        assert isinstance(error, MemoryError)
        assert isolate.is_disposed
        stopped += 1
        break
assert stopped == 1
assert len(all_isolates) >= 3, len(all_isolates)
alive = [pair for pair in all_isolates if not pair[0].is_disposed]
assert len(alive) >= len(all_isolates) - 1
for isolate, context in alive:
    assert context.eval_sync("all.length") > 0
    isolate.dispose()
""",
    )


def test_isolates_that_fill_the_cage_together_do_not_end_the_process(run_child: Any) -> None:
    run(
        run_child,
        f"""
pairs = [make(2 * GB) for _ in range(5)]
calls = [context.eval("for (let n = 0; ; n++) {{ {FILL} }}") for _, context in pairs]
errors = [call.exception({DEADLINE_S}) for call in calls]
assert all(isinstance(error, isolates.IsolateDiedError) for error in errors), errors
assert any(isinstance(error, isolates.HeapBudgetError) for error in errors), errors
for isolate, _ in pairs:
    assert isolate.is_disposed
""",
    )


def test_the_largest_that_runs_is_stopped_and_not_the_one_that_asks(run_child: Any) -> None:
    """Two are idle with much, one runs with more than the last one, which fills up: the larger one goes."""
    run(
        run_child,
        f"""
idle = [make(2 * GB) for _ in range(2)]
for _, context in idle:
    for n in range(9):
        context.eval_sync("n = " + str(n) + "; {FILL}; 0")
large, large_context = make(2 * GB)
for n in range(10):
    large_context.eval_sync("n = " + str(n) + "; {FILL}; 0")
running = large_context.eval("for (;;);")
small, small_context = make(2 * GB)
filled = 0
try:
    for n in range(9):
        small_context.eval_sync("n = " + str(n) + "; {FILL}; 0")
        filled += 1
except isolates.HeapBudgetError:
    raise AssertionError("the smaller one was stopped after " + str(filled) + " steps")
assert isinstance(running.exception(20), isolates.HeapBudgetError), running
assert large.is_disposed
assert not small.is_disposed
for isolate, context in idle:
    assert context.eval_sync("all.length") == 9
    isolate.dispose()
small.dispose()
""",
    )


def test_disposing_gives_the_room_back(run_child: Any) -> None:
    """More than fits, one after the other."""
    run(
        run_child,
        f"""
for _ in range(5):
    isolate, context = make(2 * GB)
    for n in range(9):
        context.eval_sync("n = " + str(n) + "; {FILL}; 0")
    isolate.dispose()
""",
    )


def test_large_limits_alone_use_nothing(run_child: Any) -> None:
    run(
        run_child,
        """
many = [make(4 * GB) for _ in range(100)]
assert sum(context.eval_sync("1") for _, context in many) == 100
for isolate, _ in many:
    isolate.dispose()
""",
    )

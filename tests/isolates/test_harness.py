"""The tests' own tools: a deadline that nothing escapes, gates, and the count of what is left."""

from __future__ import annotations

import time
from typing import Any

import pytest

import isolates

HANG = """
import isolates
print("started", flush=True)
isolates.Isolate().create_context_sync().eval_sync("for (;;);")
"""


def test_a_child_that_hangs_is_killed_at_its_deadline(run_child: Any) -> None:
    start = time.monotonic()
    with pytest.raises(AssertionError, match=r"(?s)did not end within 3\.0 s.*started"):
        run_child(HANG, deadline_s=3.0)
    assert time.monotonic() - start < 10


def test_a_child_answers_with_what_it_printed_and_how_it_ended(run_child: Any) -> None:
    child = run_child(
        "import sys, os; print('out'); print(os.environ['WHO'], file=sys.stderr); sys.exit(3)", WHO="me"
    )
    assert (child.returncode, child.stdout, child.stderr) == (3, "out\n", "me\n")


def test_a_gate_holds_javascript_until_it_is_opened(context: isolates.Context, gate: Any) -> None:
    held = context.eval_closure("$0(); return 'through'", [gate])
    gate.wait_entered()
    assert not held.done()
    gate.open()
    assert held.result(10) == "through"


def test_handles_are_counted(isolate: isolates.Isolate, context: isolates.Context) -> None:
    before = isolate.reference_count
    reference = context.eval_sync("({})", reference=True)
    assert isolate.reference_count == before + 1
    reference.release()
    assert isolate.reference_count == before

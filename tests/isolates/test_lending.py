"""An isolate that is given up while a thread that waits elsewhere has lent it."""

from __future__ import annotations

from typing import Any

import pytest

DEADLINE_S = 90.0

PROGRAM = """
import gc, threading, time
import isolates
from isolates import _native

entered, leave = threading.Event(), threading.Event()

def wait():
    entered.set()
    assert leave.wait(60)

other = isolates.Isolate(memory_limit=32)
elsewhere = other.create_context_sync()
elsewhere.eval_closure_sync("globalThis.entered = $0", [entered.set])

def wait_for_a_promise():
    elsewhere.eval_sync("new Promise(end => { globalThis.end = end; entered() })", promise=True)

def come_back():
    leave.set()
    elsewhere.eval_sync("globalThis.end && end()")
    error = waiting.exception(20)
    assert isinstance(error, isolates.UnresponsiveError), error

def wait_alive(count):
    end = time.monotonic() + 60
    while _native._live_isolates() != count:
        assert time.monotonic() < end, _native._live_isolates()
        time.sleep(0.01)

isolate = isolates.Isolate(memory_limit=512)
context = isolate.create_context_sync()
WAYS = {
    "applySyncPromise": ("$0.applySyncPromise(undefined, [])", [isolates.Reference(wait)]),
    "promise": ("$0()", [wait_for_a_promise]),
}
"""

END = """
with isolates.Isolate(memory_limit=32) as third:  # its calls use the stacks that were left
    deep = third.create_context_sync()
    deep.eval_sync("var deep = n => n ? [deep(n - 1)] : 0")
    for call in [deep.eval("deep(3000); 1") for _ in range(100)]:
        assert call.result(20) == 1
del isolate, context, waiting
gc.collect()
other.dispose()
wait_alive(LEFT)
print("end")
"""


# V8 looks at each index in turn, and at no flag.
ENDS = "Array.prototype.indexOf.call({ length: 2 ** 33 }, 1, 2 ** 33 - 2 ** 22)"  # in some seconds
NEVER_ENDS = "Array.prototype.indexOf.call({ length: 2 ** 53 }, 1)"
COLLECTS = "Reflect.ownKeys(Array(2 ** 22).fill(0)).length"


def check(run_child: Any, way: str, loop: str, then: str, left: int = 0) -> None:
    program = f"""
{PROGRAM}
waiting = context.eval_closure(*WAYS[{way!r}])
assert entered.wait(20)
try:
    context.eval_sync({loop!r}, timeout=0.05)
except isolates.UnresponsiveError:
    pass
else:
    raise AssertionError("the loop was stopped")
assert isolate.is_disposed
{then}
{END.replace("LEFT", str(left))}
"""
    child = run_child(program, deadline_s=DEADLINE_S)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr[-3000:]


@pytest.mark.timeout(DEADLINE_S + 10, method="thread")
@pytest.mark.parametrize("way", ["applySyncPromise", "promise"])
def test_the_thread_that_lent_it_comes_back_before_the_loop_ends(run_child: Any, way: str) -> None:
    check(run_child, way, ENDS, "come_back()")


@pytest.mark.timeout(DEADLINE_S + 10, method="thread")
@pytest.mark.parametrize("way", ["applySyncPromise", "promise"])
def test_the_loop_ends_before_the_thread_that_lent_it_comes_back(run_child: Any, way: str) -> None:
    check(run_child, way, ENDS, "wait_alive(1)\ncome_back()")


@pytest.mark.timeout(DEADLINE_S + 10, method="thread")
def test_a_loop_that_never_ends_in_a_lent_isolate(run_child: Any) -> None:
    check(run_child, "applySyncPromise", NEVER_ENDS, "come_back()", left=1)


@pytest.mark.timeout(DEADLINE_S + 10, method="thread")
def test_a_collection_after_the_thread_that_lent_it_has_left(run_child: Any) -> None:
    """It would walk the frames of that thread."""
    check(run_child, "applySyncPromise", COLLECTS, "come_back()")

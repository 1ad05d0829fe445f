"""What others ask of a running script with `now=True` is not at its expense."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import isolates

TIMEOUT_S = 0.5
LONG_S = 60.0  # that only a hang reaches
FULL = "globalThis.kept = Array.from({ length: 5e5 }, (_, k) => ({ k })); 0"


def collections_of(isolate: isolates.Isolate, seconds: float) -> int:
    """How many collections of its garbage take this much CPU time."""
    isolate.collect_garbage_sync()
    before = isolate.cpu_time_ns
    isolate.collect_garbage_sync()
    return math.ceil(seconds * 1e9 / (isolate.cpu_time_ns - before))


def nothing_around(_: isolates.Context, inner: Callable[[], Any]) -> Any:
    return inner()


def in_a_callback(context: isolates.Context, inner: Callable[[], Any]) -> Any:
    return context.eval_closure_sync("return $0()", [inner], timeout=TIMEOUT_S)


@pytest.mark.parametrize("around", [nothing_around, in_a_callback])
def test_what_is_asked_for_now_is_not_the_scripts_time(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any, around: Any
) -> None:
    context.eval_sync(FULL)
    count = collections_of(isolate, 3 * TIMEOUT_S)
    code = """
    $0();
    const begun = Date.now();
    for (let k = 0; k < 1e5; k++);
    return Date.now() - begun"""
    took: list[float] = []

    def run() -> None:
        took.append(around(context, lambda: context.eval_closure_sync(code, [gate], timeout=TIMEOUT_S)))

    thread = threading.Thread(target=run)
    thread.start()
    gate.wait_entered()
    cpu_before = isolate.cpu_time_ns
    asked = [isolate.collect_garbage(now=True) for _ in range(count)]
    gate.open()
    thread.join(LONG_S)
    assert took
    assert took[0] > TIMEOUT_S * 1e3  # they were done in the middle of it
    assert [one.result(LONG_S) for one in asked] == [None] * count
    assert isolate.cpu_time_ns - cpu_before < TIMEOUT_S * 1e9


def test_the_time_of_a_script_goes_on_after_what_was_asked_for(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    context.eval_sync(FULL)
    count = collections_of(isolate, 2 * TIMEOUT_S)
    call = context.eval_closure("$0(); for (;;);", [gate], timeout=TIMEOUT_S)
    gate.wait_entered()
    asked = [isolate.collect_garbage(now=True) for _ in range(count)]
    gate.open()
    assert isinstance(call.exception(LONG_S), isolates.ScriptTimeoutError)
    assert [one.result(LONG_S) for one in asked] == [None] * count  # none was stopped with it
    assert context.eval_sync("kept.length") == 5e5


def test_who_asks_again_and_again_keeps_no_script_alive(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    call = context.eval("for (;;);", timeout=TIMEOUT_S)
    end = time.monotonic() + LONG_S
    while not call.done() and time.monotonic() < end:
        isolate.get_heap_statistics(now=True).result(LONG_S)
    assert isinstance(call.exception(0), isolates.ScriptTimeoutError)

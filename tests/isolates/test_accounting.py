"""CPU time, wall time and the count of handles."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import isolates

LONG_S = 20.0  # that only a hang reaches
MS = 1_000_000
BUSY = "{ const end = Date.now() + 60; while (Date.now() < end); }"


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(LONG_S / 0.002)):
        if is_true():
            return
        pause.wait(0.002)
    pytest.fail(what)


def test_both_clocks_are_ints_and_begin_near_zero(isolate: isolates.Isolate) -> None:
    assert type(isolate.cpu_time_ns) is int
    assert type(isolate.wall_time_ns) is int
    assert 0 <= isolate.cpu_time_ns < 1000 * MS


def test_both_clocks_move_with_work(isolate: isolates.Isolate, context: isolates.Context) -> None:
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    context.eval_sync("let sum = 0; for (let n = 0; n < 1e7; n++) sum += n % 7; sum")
    assert isolate.cpu_time_ns > cpu + MS
    assert isolate.wall_time_ns - wall >= isolate.cpu_time_ns - cpu - MS


def test_both_clocks_move_while_it_runs(isolate: isolates.Isolate, context: isolates.Context) -> None:
    call = context.eval("for (;;);")
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    wait_for(lambda: isolate.cpu_time_ns > cpu + 20 * MS, "the CPU time stands still")
    wait_for(lambda: isolate.wall_time_ns > wall + 20 * MS, "the wall time stands still")
    isolate.terminate()
    assert isinstance(call.exception(LONG_S), isolates.TerminatedError)


def test_both_clocks_stand_still_while_idle(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync(BUSY)
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    time.sleep(0.3)
    assert isolate.cpu_time_ns - cpu < 100 * MS  # tasks of V8's own may run
    assert isolate.wall_time_ns - wall < 200 * MS


def test_the_clocks_never_go_back(isolate: isolates.Isolate, context: isolates.Context) -> None:
    stop = threading.Event()
    cpu: list[int] = []
    wall: list[int] = []

    def watch() -> None:
        while not stop.is_set():
            cpu.append(isolate.cpu_time_ns)
            wall.append(isolate.wall_time_ns)

    watching = threading.Thread(target=watch)
    watching.start()
    for _ in range(300):
        context.eval_sync("1")
        context.eval("1").result(LONG_S)
        context.eval_closure_sync("$0()", [lambda: None])
    stop.set()
    watching.join(LONG_S)
    assert len(cpu) > 10
    assert wall == sorted(wall)
    assert cpu == sorted(cpu)


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_callback_is_wall_time_but_not_cpu_time(
    isolate: isolates.Isolate, context: isolates.Context, form: str
) -> None:
    def work() -> None:
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            pass

    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    if form == "sync":
        context.eval_closure_sync("$0()", [work])
    else:
        context.eval_closure("$0()", [work]).result(LONG_S)
    assert isolate.cpu_time_ns - cpu < 100 * MS
    assert isolate.wall_time_ns - wall >= 200 * MS


def test_a_callback_that_sleeps_costs_no_cpu_time(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    context.eval_closure_sync("$0()", [lambda: time.sleep(0.2)])
    assert isolate.cpu_time_ns - cpu < 100 * MS
    assert isolate.wall_time_ns - wall >= 190 * MS


def test_the_clock_of_a_waiting_isolate_can_be_read_meanwhile(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    wait_for(lambda: isolate.wall_time_ns > wall + 20 * MS, "the wall time stands still")
    assert isolate.cpu_time_ns == cpu
    gate.open()
    call.result(LONG_S)


def test_time_in_another_isolate_is_the_others(isolate: isolates.Isolate, context: isolates.Context) -> None:
    code = "let sum = 0; for (let n = 0; n < 3e7; n++) sum += n % 7; sum"
    with isolates.Isolate() as other:
        inner = other.create_context_sync()
        cpu, wall, others = isolate.cpu_time_ns, isolate.wall_time_ns, other.cpu_time_ns
        context.eval_closure_sync("$0()", [lambda: inner.eval_sync(code)])
        used, waited, inside = (
            isolate.cpu_time_ns - cpu,
            isolate.wall_time_ns - wall,
            other.cpu_time_ns - others,
        )
    assert inside > 10 * MS
    assert used < inside / 2
    assert waited >= inside


def test_nested_runs_of_one_isolate_count_once(isolate: isolates.Isolate, context: isolates.Context) -> None:
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    start = time.monotonic_ns()
    process = time.process_time_ns()
    context.eval_closure_sync(
        "$0()", [lambda: context.eval_closure_sync("$0()", [lambda: context.eval_sync(BUSY)])]
    )
    assert isolate.wall_time_ns - wall <= time.monotonic_ns() - start + MS
    assert 0 < isolate.cpu_time_ns - cpu <= time.process_time_ns() - process + MS
    assert isolate.wall_time_ns - wall >= 55 * MS


def test_waiting_in_the_queue_costs_no_cpu_time(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    held = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    calls = [context.eval("1") for _ in range(10)]
    cpu = isolate.cpu_time_ns
    time.sleep(0.1)
    assert isolate.cpu_time_ns == cpu
    gate.open()
    assert [call.result(LONG_S) for call in calls] == [1] * 10
    held.result(LONG_S)


def test_time_that_was_stopped_counts(isolate: isolates.Isolate, context: isolates.Context) -> None:
    cpu = isolate.cpu_time_ns
    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval_sync("for (;;);", timeout=0.2)
    assert isolate.cpu_time_ns > cpu + 5 * MS
    after = isolate.cpu_time_ns
    time.sleep(0.05)
    assert isolate.cpu_time_ns == after


def test_the_clocks_can_be_read_after_dispose(wait_until: Any) -> None:
    with isolates.Isolate() as isolate:
        isolate.create_context_sync().eval_sync(BUSY)

    def times() -> tuple[int, int]:
        return isolate.cpu_time_ns, isolate.wall_time_ns

    # A thread of the pool may be about to leave it: V8 has tasks of its own.
    wait_until(lambda: times() == times(), "its clocks go on")
    cpu, wall = times()
    assert cpu > 0
    assert wall >= 55 * MS
    assert times() == (cpu, wall)


def test_reference_count_counts_contexts_scripts_and_references(isolate: isolates.Isolate) -> None:
    assert isolate.reference_count == 0
    context = isolate.create_context_sync()
    assert isolate.reference_count == 1
    script = isolate.compile_script_sync("({})")
    assert isolate.reference_count == 2
    reference = context.eval_sync("({})", reference=True)
    assert isolate.reference_count == 3
    context.eval_sync("({})", copy=True)
    context.eval_sync("[1, 2, 3]")
    assert isolate.reference_count == 3
    reference.release()
    assert isolate.reference_count == 2
    script.release()
    context.release()
    assert isolate.reference_count == 0
    with pytest.raises(isolates.ReleasedError):
        context.release()
    assert isolate.reference_count == 0


def test_reference_count_goes_down_with_the_objects(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    before = isolate.reference_count
    references = [context.eval_sync("({})", reference=True) for _ in range(5)]
    assert isolate.reference_count == before + 5
    references.clear()
    assert isolate.reference_count == before

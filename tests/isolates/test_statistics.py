"""What an isolate says about itself: heap statistics, times and counts."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import isolates

FIGURES = {
    "total_heap_size",
    "total_heap_size_executable",
    "total_physical_size",
    "total_available_size",
    "used_heap_size",
    "heap_size_limit",
    "malloced_memory",
    "peak_malloced_memory",
    "external_memory",
    "does_zap_garbage",
    "number_of_native_contexts",
    "number_of_detached_contexts",
    "total_global_handles_size",
    "used_global_handles_size",
    "externally_allocated_size",
}
MB = 1 << 20


def test_heap_statistics_have_all_of_v8s_figures(ask: Any, isolate: isolates.Isolate) -> None:
    figures = ask(isolate, "get_heap_statistics")
    assert set(figures) == FIGURES
    assert all(type(figure) is int and figure >= 0 for figure in figures.values())
    assert 0 < figures["used_heap_size"] <= figures["total_heap_size"]


def test_the_heaps_limit_follows_the_memory_limit() -> None:
    limits = []
    for megabytes in (16, 64, 256):
        with isolates.Isolate(memory_limit=megabytes) as isolate:
            limits.append(isolate.get_heap_statistics_sync()["heap_size_limit"] / MB)
    assert [16 <= limits[0] <= 40, 64 <= limits[1] <= 100, 256 <= limits[2] <= 350] == [True] * 3


@pytest.mark.parametrize(("limit", "young"), [(64, 1.5), (128, 3), (256, 6), (512, 24), (1024, 24)])
def test_the_young_generation_follows_the_memory_limit(limit: int, young: float) -> None:
    """V8's limit is that of the old generation, which is ours, and the young one: three half spaces, each the
    next power of two above a third of 2^(10 + min(4, limit / 128)) KB. As isolated-vm's, from 128 MB on."""
    with isolates.Isolate(memory_limit=limit) as isolate:
        assert isolate.get_heap_statistics_sync()["heap_size_limit"] / MB == limit + young


def test_the_used_heap_grows_and_shrinks(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def used() -> int:
        isolate.collect_garbage_sync()
        isolate.collect_garbage_sync()
        return isolate.get_heap_statistics_sync()["used_heap_size"]

    before = used()
    context.eval_sync("globalThis.kept = Array.from({ length: 100000 }, (_, n) => ({ n }))")
    assert used() > before + MB
    context.eval_sync("kept = null")
    assert used() < before + MB // 4


@pytest.mark.parametrize(
    ("code", "size"),
    [
        ("new ArrayBuffer(1024)", 1024),
        ("new ArrayBuffer(0)", 0),
        ("new Uint8Array(5000)", 5000),
        ("[new ArrayBuffer(1000), new ArrayBuffer(24)]", 1024),
        ("new ArrayBuffer(1 << 20).transfer(1 << 19)", 1 << 19),
        ("new WebAssembly.Memory({ initial: 2 })", 2 * 65536),
    ],
)
def test_externally_allocated_size_is_exact(
    isolate: isolates.Isolate, context: isolates.Context, code: str, size: int
) -> None:
    def external() -> int:
        return isolate.get_heap_statistics_sync()["externally_allocated_size"]

    assert external() == 0
    context.eval_sync(f"globalThis.kept = {code}; 0")
    isolate.collect_garbage_sync()
    assert external() == size
    context.eval_sync("kept = null")
    isolate.collect_garbage_sync()
    isolate.collect_garbage_sync()
    assert external() == 0


def test_cpu_time_counts_work_and_wall_time_waiting_too(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    # A fixed amount of work: how long it takes depends on what else the machine does, its CPU time does not.
    context.eval_sync("let sum = 0; for (let n = 0; n < 3e7; n++) sum += n % 7")
    worked = isolate.cpu_time_ns - cpu
    assert worked > 5e6
    assert isolate.wall_time_ns - wall > 0.9 * worked
    wall = isolate.wall_time_ns
    context.eval_closure_sync("$0()", [lambda: time.sleep(0.1)])
    assert isolate.cpu_time_ns - cpu - worked < 50e6
    assert isolate.wall_time_ns - wall > 99e6


def test_an_idle_isolates_times_stand_still(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("1")
    before = (isolate.cpu_time_ns, isolate.wall_time_ns)
    time.sleep(0.02)
    assert (isolate.cpu_time_ns, isolate.wall_time_ns) == before
    assert type(before[0]) is int


def test_both_times_move_while_javascript_runs(isolate: isolates.Isolate, context: isolates.Context) -> None:
    started = threading.Event()
    running = context.eval_closure("$0(); for (;;);", [started.set])
    assert started.wait(10)
    cpu, wall = isolate.cpu_time_ns, isolate.wall_time_ns
    deadline = time.monotonic() + 10
    while isolate.cpu_time_ns < cpu + 5_000_000 or isolate.wall_time_ns < wall + 5_000_000:
        assert time.monotonic() < deadline, "the times stand still"
    isolate.terminate()
    with pytest.raises(isolates.TerminatedError):
        running.result(10)


def test_reference_count_counts_contexts_scripts_and_references(isolate: isolates.Isolate) -> None:
    assert isolate.reference_count == 0
    context = isolate.create_context_sync()
    script = isolate.compile_script_sync("({})")
    reference = script.run_sync(context, reference=True)
    assert isolate.reference_count == 3
    reference.release()
    script.release()
    context.release()
    assert isolate.reference_count == 0


def test_a_disposed_isolate_still_tells_its_times_and_counts() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        context.eval_sync("for (let n = 0; n < 1e6; n++);")
    assert isolate.is_disposed is True
    assert isolate.cpu_time_ns > 0
    assert isolate.wall_time_ns > 0
    context.release()
    assert isolate.reference_count == 0


def test_statistics_of_a_busy_isolate_wait_for_their_turn(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    context.eval_closure_ignored("$0()", [gate])
    gate.wait_entered()
    figures = isolate.get_heap_statistics()
    assert not figures.done()
    gate.open()
    assert set(figures.result(10)) == FIGURES


def test_what_runs_is_asked_and_collected_now(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    code = "globalThis.kept = new ArrayBuffer(1 << 20); $0(); for (let n; ; ) n = new Array(1000).fill(1)"
    call = context.eval_closure(code, [gate])
    gate.wait_entered()
    gate.open()
    waits = isolate.collect_garbage()
    before = isolate.get_heap_statistics(now=True).result(10)
    assert isolate.collect_garbage(now=True).result(10) is None
    after = isolate.get_heap_statistics(now=True).result(10)
    assert set(before) == set(after) == FIGURES
    assert after["externally_allocated_size"] == MB
    spaces = isolate.get_heap_space_statistics(now=True).result(10)
    assert sum(space["space_used_size"] for space in spaces) > 0
    assert not waits.done()
    assert not call.done()
    isolate.terminate()
    assert isinstance(call.exception(10), isolates.TerminatedError)
    assert waits.result(10) is None


def test_what_waits_for_python_tells_its_statistics_now(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    """It comes to no safe point, but its heap is at rest."""
    call = context.eval_closure("const kept = new ArrayBuffer(1 << 20); $0(); return kept.byteLength", [gate])
    gate.wait_entered()
    figures = isolate.get_heap_statistics(now=True).result(10)
    assert set(figures) == FIGURES
    assert figures["externally_allocated_size"] == MB
    spaces = isolate.get_heap_space_statistics(now=True).result(10)
    assert sum(space["space_used_size"] for space in spaces) == pytest.approx(
        figures["used_heap_size"], rel=0.2
    )
    waits = isolate.get_heap_statistics()
    assert not call.done()
    gate.open()
    assert call.result(10) == MB
    assert set(waits.result(10)) == FIGURES


def test_a_function_of_python_is_told_the_statistics_of_who_calls_it(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    def figures() -> int:
        return isolate.get_heap_statistics(now=True).result(10)["number_of_native_contexts"]

    assert context.eval_closure_sync("return $0()", [figures]) == 1
    assert context.eval_closure("return $0()", [figures]).result(20) == 1


def test_statistics_are_told_now_whoever_comes_and_goes(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    """Idle, at work, or in Python for a moment: each request is answered once."""
    calls = [
        context.eval_closure("for (let k = 0; k < 300; k++) $0(k); return 1", [lambda _: None])
        for _ in range(20)
    ]
    asked = []
    while not calls[-1].done():
        asked.append(isolate.get_heap_statistics(now=True))
        asked.append(isolate.get_heap_space_statistics(now=True))
        asked[-1].result(10)
    assert all(one.result(10) for one in asked)
    assert [call.result(10) for call in calls] == [1] * 20


def test_a_loop_lives_through_many_collections(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    """Whatever it has in its hands just then."""
    call = context.eval_closure(
        """$0();
        let rounds = 0;
        const end = Date.now() + 1500;
        while (Date.now() < end) {
          const map = new Map(Array.from({length: 300}, (_, k) => [`key ${k}`, {k, text: 'x'.repeat(k)}]));
          const told = JSON.parse(JSON.stringify([...map.values()].sort((a, b) => b.k - a.k)));
          if (told.length !== 300 || told[0].text.replace(/x/g, 'yy').length !== 598) throw new Error('torn');
          rounds++;
        }
        return rounds""",
        [gate],
    )
    gate.wait_entered()
    gate.open()
    collections = 0
    while not call.done():
        isolate.collect_garbage(now=True).result(10)
        collections += 1
    assert call.result() > 0
    assert collections > 10

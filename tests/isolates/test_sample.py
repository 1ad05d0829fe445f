"""isolates.sample: what isolates do and how large they are, without waiting for them."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from typing import Any

import pytest

import isolates

MB = 1 << 20
HEAP = (
    "used_heap_size",
    "total_heap_size",
    "heap_size_limit",
    "externally_allocated_size",
    "malloced_memory",
    "total_physical_size",
    "number_of_native_contexts",
)
GROWS = "const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length))"
NEVER_LOOKS = "'a'.repeat(5e8).indexOf('a'.repeat(2e5) + 'b')"


def sample(isolate: isolates.Isolate) -> isolates.Sample:
    (only,) = isolates.sample([isolate])
    return only


def test_of_an_idle_isolate_the_figures_are_those_of_its_statistics(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    context.eval_sync("globalThis.kept = [new ArrayBuffer(3 << 20), Array.from({length: 1e3}, Object)]")
    isolate.collect_garbage_sync()  # no task of V8's comes in between then
    told = sample(isolate)
    figures = isolate.get_heap_statistics_sync()
    assert {name: getattr(told, name) for name in HEAP} == {name: figures[name] for name in HEAP}
    assert told.state == "idle"
    assert told.age_s == 0.0
    assert told.memory_limit == 64 * MB
    assert told.externally_allocated_size == 3 * MB
    assert told.reference_count == isolate.reference_count == 1
    again = sample(isolate)
    isolate.get_heap_statistics_sync()
    assert told.wall_time_ns < isolate.wall_time_ns
    assert again.cpu_time_ns < isolate.cpu_time_ns


def test_it_is_a_tuple_with_names_in_the_order_of_the_isolates() -> None:
    with isolates.Isolate(memory_limit=16) as small, isolates.Isolate(memory_limit=32) as large:
        samples = isolates.sample(iter([large, small, large]))
        assert [it.memory_limit // MB for it in samples] == [32, 16, 32]
        assert samples[0]._fields[:2] == ("state", "age_s")
        assert isinstance(samples[0], tuple)
        assert all(type(value) is int for value in samples[0][2:])
    assert isolates.sample([]) == []


def test_looking_often_at_an_idle_heap_changes_nothing(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    context.eval_sync("let count = 0")
    before = sample(isolate)
    for _ in range(2000):
        isolates.sample([isolate])
    after = sample(isolate)
    assert after.total_heap_size == before.total_heap_size
    assert after.used_heap_size == before.used_heap_size
    assert after.wall_time_ns == before.wall_time_ns


def test_a_loop_that_allocates_is_seen_growing_while_it_runs(
    isolate: isolates.Isolate, context: isolates.Context, wait_until: Any
) -> None:
    # A few seconds to the limit.
    call = context.eval(
        "const kept = []; for (;;) { kept.push(Array(1000).fill(0)); for (let i = 0; i < 1e6; i++); }"
    )
    sizes: list[int] = []

    def has_grown() -> bool:
        told = sample(isolate)
        if told.state == "running":
            sizes.append(told.used_heap_size)
        return told.state == "disposed" or len(set(sizes)) > 3

    wait_until(has_grown, "it was not seen growing", 20.0)
    assert sizes[-1] > sizes[0]
    isolate.terminate()
    with contextlib.suppress(isolates.StoppedError, isolates.IsolateDiedError):
        call.result(10)
    assert isolate.reference_count in (0, 1)


def test_a_loop_that_allocates_nothing_tells_at_its_safe_points(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any, wait_until: Any
) -> None:
    call = context.eval_closure("$0(); for (;;);", [gate])
    gate.wait_entered()
    assert sample(isolate).state == "waiting"
    gate.open()
    wait_until(lambda: sample(isolate).state == "running", "it does not run")
    first = sample(isolate)

    def is_younger() -> bool:
        time.sleep(0.002)
        told = sample(isolate)
        return 0 < told.age_s < 1 and told.cpu_time_ns > first.cpu_time_ns

    for _ in range(5):
        wait_until(is_younger, "the figures stay old")
    isolate.terminate()
    with pytest.raises(isolates.TerminatedError):
        call.result(10)
    assert sample(isolate).state == "idle"


def test_a_run_that_a_sample_has_asked_tells_at_its_end(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any, make_gate: Any
) -> None:
    """The isolate is never free in between: the next call is queued while this one runs."""
    last = make_gate()
    first = context.eval_closure("$0(); globalThis.kept = new Array(1e6).fill(1); return 1", [gate])
    second = context.eval_closure("$0()", [last])
    gate.wait_entered()
    before = sample(isolate)
    gate.open()
    assert first.result(10) == 1
    last.wait_entered()
    told = sample(isolate)
    assert told.used_heap_size > before.used_heap_size + 3 * MB
    last.open()
    second.result(10)


def test_what_waits_outside_is_looked_at_now(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    call = context.eval_closure("globalThis.kept = new Array(1e6).fill(1); $0()", [gate])
    gate.wait_entered()
    told = sample(isolate)
    assert (told.state, told.age_s) == ("waiting", 0.0)
    assert told.used_heap_size > 3 * MB
    assert told.number_of_native_contexts == 1
    gate.open()
    call.result(10)
    assert sample(isolate).state == "idle"


def test_inside_a_function_that_its_isolate_has_called(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    seen: list[isolates.Sample] = []

    def look() -> None:
        context.eval_sync("globalThis.more = new Array(1e6).fill(1)")
        seen.append(sample(isolate))

    context.eval_closure_sync("$0()", [look])
    assert (seen[0].state, seen[0].age_s) == ("waiting", 0.0)
    assert seen[0].used_heap_size > 3 * MB
    context.eval_sync("delete globalThis.more")


def test_a_call_that_waits_for_a_promise(isolate: isolates.Isolate, context: isolates.Context) -> None:
    call = context.eval("new Promise(resolve => { globalThis.settle = resolve })", promise=True)
    queued = context.eval("1")
    assert queued.result(10) == 1
    told = sample(isolate)
    assert (told.state, told.age_s) == ("waiting", 0.0)
    context.eval_sync("settle(5)")
    assert call.result(10) == 5
    assert sample(isolate).state == "idle"


def test_a_call_that_no_thread_has_begun(
    isolate: isolates.Isolate, context: isolates.Context, wait_until: Any
) -> None:
    def is_seen() -> bool:
        call = context.eval("1")
        told = sample(isolate)  # it takes a thread of the pool longer to wake up
        assert call.result(10) == 1
        return told.state == "queued"

    wait_until(is_seen, "no call was seen in the queue")


@pytest.mark.parametrize("way", ["cancel", "timeout"])
def test_a_promise_that_nobody_waits_for_any_more(
    isolate: isolates.Isolate, context: isolates.Context, wait_until: Any, way: str
) -> None:
    call = context.eval("new Promise(() => {})", promise=True, timeout=0.05 if way == "timeout" else None)
    if way == "cancel":
        wait_until(lambda: sample(isolate).state == "waiting", "it does not wait")
        assert call.cancel()
    else:
        with pytest.raises(isolates.ScriptTimeoutError):
            call.result(10)
    assert sample(isolate).state == "idle"


def test_an_isolate_that_is_lent(isolate: isolates.Isolate, make_gate: Any) -> None:
    """apply_sync_promise gives the isolate away while it waits: nobody holds its lock."""
    gate = make_gate()
    context = isolate.create_context_sync()
    function = isolates.Reference(gate)
    call = context.eval_closure("return $0.applySyncPromise(undefined, [])", [function])
    gate.wait_entered()
    told = sample(isolate)
    assert (told.state, told.age_s) == ("waiting", 0.0)
    assert told.number_of_native_contexts == 1
    gate.open()
    call.result(10)
    function.release()
    context.release()


def test_time_that_javascript_uses_when_it_is_called_back_counts(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    """Python waits for nothing here: all of the time is JavaScript's."""
    context.eval_sync("globalThis.spin = () => { for (let k = 0; k < 2e7; ++k); }")
    before = isolate.cpu_time_ns
    context.eval_sync("spin()")
    direct = isolate.cpu_time_ns - before
    inside: list[int] = []

    def call_back() -> None:
        began = isolate.cpu_time_ns
        context.eval_sync("spin()")
        inside.append(isolate.cpu_time_ns - began)
        assert isolate.cpu_time_ns == isolate.cpu_time_ns  # stands while Python runs

    before = isolate.cpu_time_ns
    context.eval_closure_sync("$0()", [call_back])
    assert inside[0] > direct / 5
    assert isolate.cpu_time_ns - before >= inside[0]


def test_a_disposed_isolate_keeps_its_last_figures() -> None:
    isolate = isolates.Isolate(memory_limit=64)
    context = isolate.create_context_sync()
    context.eval_sync("globalThis.kept = new Array(1e6).fill(1)")
    isolate.dispose()
    told = sample(isolate)
    assert told.state == "disposed"
    assert told.used_heap_size > 3 * MB
    assert told.number_of_native_contexts == 1
    assert sample(isolate).age_s > told.age_s > 0
    assert told.wall_time_ns == isolate.wall_time_ns


def test_a_new_isolate_has_figures_however_it_ends() -> None:
    isolate = isolates.Isolate(memory_limit=64)
    isolate.dispose()
    assert sample(isolate).used_heap_size > 5_000


def test_an_isolate_that_died_of_memory() -> None:
    isolate = isolates.Isolate(memory_limit=16)
    with pytest.raises(isolates.MemoryLimitError):
        isolate.create_context_sync().eval_sync(GROWS)
    told = sample(isolate)
    assert told.state == "disposed"
    assert told.used_heap_size > 8 * MB


def test_native_loops_and_lost_isolates(run_child: Any) -> None:
    """The figures grow old while it looks at no flag, no sample waits; and a lost heap is never touched."""
    code = f"""
import time, isolates
isolate = isolates.Isolate(memory_limit=1024)
call = isolate.create_context_sync().eval({NEVER_LOOKS!r}, timeout=1)
samples, longest, states = [], 0, set()
while not call.done():
    before = time.perf_counter()
    samples += isolates.sample([isolate])
    longest = max(longest, time.perf_counter() - before)
    time.sleep(0.005)
assert isinstance(call.exception(), isolates.UnresponsiveError), call.exception()
running = [it for it in samples if it.state == "running"]
print(running[-1].age_s > 0.5, running[-1].cpu_time_ns > 0, longest < 0.5)
last = [isolates.sample([isolate])[0] for _ in range(100)][-1]
print(last.state, last.used_heap_size == running[-1].used_heap_size)
"""
    child = run_child(code)
    assert child.stdout.splitlines() == ["True True True", "disposed True"], child.stdout + child.stderr


def test_v8_gave_up(run_child: Any) -> None:
    code = """
import isolates
isolate = isolates.Isolate(memory_limit=16)
context = isolate.create_context_sync()
try:
    context.eval_sync("const a = []; for (;;) a.push(new Array(1e7).fill(1.5))")
except isolates.IsolateDiedError as error:
    print(type(error).__name__)
print({isolates.sample([isolate])[0].state for _ in range(1000)})
"""
    child = run_child(code)
    assert child.stdout.splitlines()[-1] == "{'disposed'}", child.stdout + child.stderr
    assert child.returncode == 0


def test_no_sample_of_300_isolates_takes_long() -> None:
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(isolates.Isolate(memory_limit=8)) for _ in range(300)]
        times = []
        for _ in range(20):
            before = time.perf_counter()
            samples = isolates.sample(many)
            times.append(time.perf_counter() - before)
        assert {it.state for it in samples} == {"idle"}
        assert statistics.median(times) < 0.01  # 0.0004 s here, if nobody else uses the core


def test_from_many_threads_while_isolates_are_made_run_and_disposed() -> None:
    held: list[isolates.Isolate] = []
    over = threading.Event()
    failures: list[BaseException] = []

    def look() -> None:
        try:
            while not over.is_set():
                for told in isolates.sample(list(held)):
                    assert told.state in ("idle", "queued", "running", "waiting", "disposed")
                    assert 0 < told.used_heap_size < 1 << 30
                    assert told.age_s >= 0
        except BaseException as error:
            failures.append(error)

    watchers = [threading.Thread(target=look) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    try:
        for round_ in range(40):
            isolate = isolates.Isolate(memory_limit=16)
            held.append(isolate)
            context = isolate.create_context_sync()
            calls = [
                context.eval("Array.from({length: 3e4}, (_, k) => [k]).length"),
                context.eval_closure("return $0()", [lambda: 1]),
                context.eval("for (;;);", timeout=0.002 * (round_ % 3 + 1)),
                context.eval("Promise.resolve(1)", promise=True),
                isolate.create_context(),
            ]
            if round_ % 2:
                calls[-1].result(10)
            isolate.dispose()
            for call in calls:
                with contextlib.suppress(isolates.IsolatesError):
                    call.result(10)
            if round_ % 10 == 9:
                held.clear()
    finally:
        over.set()
        for watcher in watchers:
            watcher.join(10)
    assert failures == []


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (5, "`sample` requires `isolates` to be an iterable of Isolates, not int"),
        (None, "`sample` requires `isolates` to be an iterable of Isolates, not NoneType"),
        ("ab", "`sample` requires `isolates[0]` to be an Isolate, not str"),
        ([None], "`sample` requires `isolates[0]` to be an Isolate, not NoneType"),
    ],
    ids=repr,
)
def test_what_is_no_list_of_isolates_is_refused(given: Any, text: str) -> None:
    with pytest.raises(TypeError) as caught:
        isolates.sample(given)
    assert str(caught.value) == text


def test_one_isolate_without_a_list_is_refused(isolate: isolates.Isolate) -> None:
    wrong: Any = isolate
    with pytest.raises(TypeError, match=r"an iterable of Isolates, not Isolate$"):
        isolates.sample(wrong)
    with pytest.raises(TypeError, match=r"`isolates\[1\]` to be an Isolate, not int$"):
        isolates.sample([isolate, wrong and 5])

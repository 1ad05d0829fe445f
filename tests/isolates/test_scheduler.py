"""Who runs when, and on how many threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates import _native

LONG_S = 20.0  # that only a hang reaches
POOL = (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)) + 1


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(LONG_S / 0.002)):
        if is_true():
            return
        pause.wait(0.002)
    pytest.fail(what)


# --- Order ---


def test_calls_of_one_isolate_run_in_the_order_of_the_calls(context: isolates.Context) -> None:
    context.eval_sync("globalThis.seen = []")
    calls = [context.eval(f"seen.push({n})") for n in range(500)]
    assert [call.result(LONG_S) for call in calls] == list(range(1, 501))
    assert context.eval_sync("seen.every((one, index) => one === index)") is True


def test_calls_that_nobody_awaits_run_in_order_too(context: isolates.Context) -> None:
    context.eval_sync("globalThis.seen = []")
    for n in range(200):
        context.eval(f"seen.push({n})")
        context.eval_ignored(f"seen.push('i{n}')")
    gc.collect()
    expected = [part for n in range(200) for part in (n, f"i{n}")]
    assert context.eval("seen", copy=True).result(LONG_S) == expected


def test_all_forms_and_operations_share_one_queue(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    context.eval_sync("globalThis.seen = []")
    script = isolate.compile_script_sync("seen.push('script')")
    function = context.eval_sync("(what => seen.push(what))", reference=True)
    held = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    context.eval_ignored("seen.push('ignored')")
    script.run(context)
    function.apply_ignored(None, ["applied"])
    context.eval_closure("seen.push($0)", ["closure"])
    script.run_ignored(context)
    function.apply(None, ["last"])
    end = context.eval("seen.join(' ')")
    gate.open()
    assert end.result(LONG_S) == "ignored script applied closure script last"
    held.result(LONG_S)


def test_ignored_calls_swallow_what_they_throw_and_keep_the_order(context: isolates.Context) -> None:
    context.eval_sync("globalThis.seen = []")
    context.eval_ignored("seen.push(1); throw new Error('ignored')")
    context.eval_ignored("seen.push(2); syntax error here")
    context.eval_ignored("seen.push(3); for (;;);", timeout=0.05)
    context.eval_ignored("seen.push(4)")
    assert context.eval("seen", copy=True).result(LONG_S) == [1, 3, 4]


def test_two_contexts_of_one_isolate_do_not_overlap(isolate: isolates.Isolate, gate: Any) -> None:
    first, second = isolate.create_context_sync(), isolate.create_context_sync()
    held = first.eval_closure("$0()", [gate])
    gate.wait_entered()
    later = second.eval("1")
    assert not later.done()
    gate.open()
    assert later.result(LONG_S) == 1
    held.result(LONG_S)


def test_a_synchronous_caller_is_not_starved_by_a_busy_queue(context: isolates.Context, gate: Any) -> None:
    """The queue is never empty: each call queues the next one before it ends."""
    stop = threading.Event()

    def again() -> None:
        if not stop.is_set():
            context.eval_ignored("again()")
        asked.append(1)

    asked: list[int] = []
    context.eval_closure_sync("globalThis.again = $0", [again])
    context.eval_ignored("again()")
    wait_for(lambda: len(asked) > 50, "the queue is not busy")
    for _ in range(20):
        assert context.eval_sync("6 * 7") == 42
    stop.set()
    context.eval_sync("globalThis.again = () => {}")
    context.eval("1").result(LONG_S)


def test_synchronous_callers_of_many_threads_all_get_their_turn(context: isolates.Context) -> None:
    context.eval_sync("globalThis.count = 0")
    start = threading.Barrier(8)

    def work() -> list[Any]:
        start.wait(LONG_S)
        return [context.eval_sync("++count") for _ in range(200)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = [call.result(LONG_S) for call in [pool.submit(work) for _ in range(8)]]
    assert sorted(n for result in results for n in result) == list(range(1, 1601))
    assert all(result == sorted(result) for result in results)


# --- Threads ---


def test_isolates_run_in_parallel() -> None:
    """Two meet: each waits inside its own callback for the other, so both are running at once."""
    meeting = threading.Barrier(2)
    with isolates.Isolate() as one, isolates.Isolate() as two:
        calls = [
            isolate.create_context_sync().eval_closure(
                "$0(); return 'met'", [lambda: meeting.wait(LONG_S) and None]
            )
            for isolate in (one, two)
        ]
        assert [call.result(LONG_S) for call in calls] == ["met", "met"]


def test_javascript_of_two_isolates_runs_at_the_same_time() -> None:
    """Both are in loops that never end, and a third is still served, before the first two are stopped."""
    with isolates.Isolate() as one, isolates.Isolate() as two, isolates.Isolate() as three:
        contexts = [isolate.create_context_sync() for isolate in (one, two, three)]
        endless = [context.eval("for (;;);") for context in contexts[:2]]
        wait_for(
            lambda: one.cpu_time_ns > 30e6 and two.cpu_time_ns > 30e6, "they do not run at the same time"
        )
        assert contexts[2].eval_sync("6 * 7") == 42
        assert contexts[2].eval("6 * 7").result(LONG_S) == 42
        one.terminate()
        two.terminate()
        for call in endless:
            with pytest.raises(isolates.TerminatedError):
                call.result(LONG_S)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads by Linux's /proc")
def test_idle_isolates_own_no_thread() -> None:
    warm_up = isolates.Isolate()
    warm_up.create_context_sync().eval("1").result(LONG_S)
    warm_up.dispose()

    def threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    others = threads() - _native._pool_threads()  # the main thread, the timer, and those of other libraries
    idle = [isolates.Isolate(memory_limit=16) for _ in range(300)]
    contexts = [isolate.create_context_sync() for isolate in idle]
    try:
        answers = [context.eval(f"{n} + 1") for n, context in enumerate(contexts)]
        assert [answer.result(LONG_S) for answer in answers] == list(range(1, 301))
        assert _native._live_isolates() >= 300
        assert _native._pool_threads() <= POOL
        wait_for(lambda: threads() <= POOL + others + 1, "threads that belong to idle isolates")
    finally:
        for isolate in idle:
            isolate.dispose()


@contextlib.contextmanager
def many_contexts(count: int) -> Iterator[list[isolates.Context]]:
    """Each in an isolate of its own."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(isolates.Isolate(memory_limit=16)) for _ in range(count)]
        yield [isolate.create_context_sync() for isolate in made]


def all_loop(contexts: list[isolates.Context]) -> list[Any]:
    """Calls that never end, all of which run."""
    count, inside = 0, threading.Event()

    def note() -> None:
        nonlocal count
        count += 1
        if count == len(contexts):
            inside.set()

    endless = [context.eval_closure("$0(); for (;;);", [note]) for context in contexts]
    assert inside.wait(LONG_S)
    return endless


def test_calls_that_never_end_hold_up_no_others() -> None:
    """Many more than the pool has threads; none is asked to stop before others have run."""
    with many_contexts(40) as contexts, isolates.Isolate() as other:
        context = other.create_context_sync()
        endless = [one.eval("for (;;);") for one in contexts]
        assert context.eval("1 + 1").result(LONG_S) == 2
        assert context.eval("1 + 1", timeout=LONG_S).result(LONG_S) == 2
        assert not any(call.done() for call in endless)
        assert all(call.cancel() for call in endless)
        assert [one.eval("'alive'").result(LONG_S) for one in contexts] == ["alive"] * 40
    wait_for(lambda: _native._pool_threads() <= POOL, "threads that nobody needs any more")


def test_calls_that_never_end_leave_the_pool_as_large_as_it_was() -> None:
    with many_contexts(12) as contexts, isolates.Isolate() as other:
        context = other.create_context_sync()
        endless = all_loop(contexts)
        for _ in range(200):
            assert context.eval("1 + 1").result(LONG_S) == 2
        assert _native._pool_threads() <= len(contexts) + POOL
        for call in endless:
            call.cancel()
        assert context.eval("1 + 1").result(LONG_S) == 2
    wait_for(lambda: _native._pool_threads() <= POOL, "threads that nobody needs any more")


def test_a_hundred_calls_that_take_their_time_all_end() -> None:
    code = "let sum = 0; for (let n = 0; n < 2e6; ++n) sum += n; return sum"
    with many_contexts(100) as contexts:
        calls = [context.eval_closure(code) for context in contexts]
        assert [call.result(LONG_S) for call in calls] == [1999999000000] * 100
    wait_for(lambda: _native._pool_threads() <= POOL, "threads that nobody needs any more")


def test_short_calls_take_no_more_threads() -> None:
    most = 0
    with many_contexts(20) as contexts:
        for _ in range(5):
            calls = [context.eval("1 + 1") for context in contexts for _ in range(50)]
            for call in calls:
                call.result(LONG_S)
                most = max(most, _native._pool_threads())
    # Where others have the cores for some milliseconds, the pool may take threads for stuck.
    assert most <= 2 * POOL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_calls_that_hold_others_up_lose_their_priority() -> None:
    def niceness() -> list[int]:
        return sorted(
            os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path("/proc/self/task").iterdir()
        )

    before = niceness()
    with many_contexts(POOL) as contexts, isolates.Isolate() as other:
        endless = all_loop(contexts)
        assert niceness()[-1] == before[-1]  # nobody waits
        context = other.create_context_sync()
        assert context.eval("1 + 1").result(LONG_S) == 2
        assert niceness()[-1] == min(before[-1] + 10, 19)
        for call in endless:
            call.cancel()
    wait_for(lambda: niceness()[-1] == before[-1], "a slow thread was kept")


def test_pool_threads_that_wait_in_callbacks_are_replaced(make_gate: Any) -> None:
    """More calls stand in callbacks than the pool has threads, and others still run."""
    held: list[Any] = []
    gates = [make_gate() for _ in range(POOL + 3)]
    all_isolates = [isolates.Isolate(memory_limit=16) for _ in gates]
    try:
        for isolate, gate in zip(all_isolates, gates, strict=True):
            held.append(isolate.create_context_sync().eval_closure("$0(); return 'done'", [gate]))
        for gate in gates:
            gate.wait_entered()
        with isolates.Isolate(memory_limit=16) as other:
            assert other.create_context_sync().eval("6 * 7").result(LONG_S) == 42
        for gate in gates:
            gate.open()
        assert [call.result(LONG_S) for call in held] == ["done"] * len(gates)
    finally:
        for isolate in all_isolates:
            isolate.dispose()


@pytest.mark.parametrize("form", ["sync", "async", "timeout"])
def test_callbacks_into_other_isolates_do_not_exhaust_the_pool(form: str) -> None:
    """A chain of isolates, each asked from a callback of the one before, longer than the pool."""
    chain = [isolates.Isolate(memory_limit=16) for _ in range(3 * POOL)]
    try:
        contexts = [isolate.create_context_sync() for isolate in chain]

        def ask(n: int) -> Any:
            if n == len(contexts):
                return 0
            code, args = "return 1 + $0()", [lambda: ask(n + 1)]
            if form == "async":
                return contexts[n].eval_closure(code, args).result(LONG_S)
            return contexts[n].eval_closure_sync(code, args, timeout=LONG_S if form == "timeout" else None)

        assert contexts[0].eval_closure("return $0()", [lambda: ask(1)]).result(LONG_S) == len(chain) - 1
    finally:
        for isolate in chain:
            isolate.dispose()


def test_two_isolates_that_call_each_other_from_pool_threads_end() -> None:
    """A callback of each asks the other, asynchronously: neither is free before the other's answer came."""
    with isolates.Isolate() as one, isolates.Isolate() as two:
        first, second = one.create_context_sync(), two.create_context_sync()
        both_inside = threading.Barrier(2)

        def ask(other: isolates.Context) -> Callable[[], None]:
            def inside() -> None:
                both_inside.wait(LONG_S)
                other.eval_ignored("globalThis.asked = true")

            return inside

        calls = [
            first.eval_closure("$0(); return 'end'", [ask(second)]),
            second.eval_closure("$0(); return 'end'", [ask(first)]),
        ]
        assert [call.result(LONG_S) for call in calls] == ["end", "end"]
        assert [context.eval("asked").result(LONG_S) for context in (first, second)] == [True, True]


def test_a_callback_may_call_its_own_isolate_again(context: isolates.Context) -> None:
    def inside(n: int) -> Any:
        return context.eval_sync(f"{n} <= 0 ? 0 : 1 + inside({n} - 1)")

    context.eval_closure_sync("globalThis.inside = $0", [inside])
    assert context.eval_sync("inside(10)") == 10
    assert context.eval("inside(10)").result(LONG_S) == 10
    assert context.eval_sync("inside(10)", timeout=LONG_S) == 10


# --- V8's own tasks ---

EMPTY_MODULE = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"


def test_webassembly_instantiate_settles(context: isolates.Context) -> None:
    code = f"WebAssembly.instantiate({EMPTY_MODULE}).then(({{ instance }}) => String(instance))"
    assert context.eval_sync(code, promise=True) == "[object WebAssembly.Instance]"
    assert context.eval(code, promise=True).result(LONG_S) == "[object WebAssembly.Instance]"
    assert context.eval_sync(code, promise=True, timeout=LONG_S) == "[object WebAssembly.Instance]"


def test_webassembly_instantiate_wakes_an_isolate_that_nobody_calls(context: isolates.Context) -> None:
    done = threading.Event()
    context.eval_closure_sync(
        f"WebAssembly.instantiate({EMPTY_MODULE}).then(() => $0())", [lambda: done.set()]
    )
    assert done.wait(LONG_S)


def test_webassembly_that_is_wrong_rejects(context: isolates.Context) -> None:
    with pytest.raises(isolates.JSError, match=r"WebAssembly\.instantiate\(\)"):
        context.eval_sync("WebAssembly.instantiate(new Uint8Array([1, 2, 3]))", promise=True)


def test_finalization_registry_calls_back(isolate: isolates.Isolate, context: isolates.Context) -> None:
    freed: list[object] = []
    done = threading.Event()

    def on_freed(held: object) -> None:
        freed.append(held)
        done.set()

    context.eval_closure_sync(
        "globalThis.registry = new FinalizationRegistry($0); registry.register({}, 'it is gone'); return 0",
        [on_freed],
    )
    for _ in range(10):
        isolate.collect_garbage_sync()
        if done.wait(1):
            break
    assert freed == ["it is gone"]
    context.eval_sync("delete globalThis.registry")


def test_wait_async_is_notified(context: isolates.Context) -> None:
    context.eval_sync("const cell = new Int32Array(new SharedArrayBuffer(4))")
    waiting = context.eval("Atomics.waitAsync(cell, 0, 0).value", promise=True)
    assert context.eval("Atomics.notify(cell, 0)").result(LONG_S) == 1  # queued behind it
    assert waiting.result(LONG_S) == "ok"


def test_wait_async_times_out_by_itself(context: isolates.Context) -> None:
    context.eval_sync("const cell = new Int32Array(new SharedArrayBuffer(4))")
    code = "Atomics.waitAsync(cell, 0, 0, 50).value"
    assert context.eval_sync(code, promise=True) == "timed-out"
    assert context.eval(code, promise=True).result(LONG_S) == "timed-out"


def test_dispose_with_v8_tasks_under_way() -> None:
    for _ in range(20):
        with isolates.Isolate(memory_limit=16) as isolate:
            context = isolate.create_context_sync()
            context.eval_sync("const cell = new Int32Array(new SharedArrayBuffer(4))")
            waiting = context.eval("Atomics.waitAsync(cell, 0, 0, 10).value", promise=True)
            compiling = context.eval(f"WebAssembly.instantiate({EMPTY_MODULE})", promise=True)
        for call in (waiting, compiling):
            error = call.exception(LONG_S)
            assert error is None or isinstance(error, isolates.IsolatesError)


def test_a_promise_settled_by_a_later_call(context: isolates.Context) -> None:
    waiting = context.eval("new Promise(resolve => { globalThis.settle = resolve })", promise=True)
    context.eval("settle('now')")  # queued behind it
    assert waiting.result(LONG_S) == "now"


def test_a_promise_that_nothing_can_settle_is_abandoned(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    waiting = context.eval("new Promise(() => {})", promise=True)
    context.eval("0").result(LONG_S)
    isolate.collect_garbage_sync()
    with pytest.raises(isolates.AbandonedError, match="Promise was abandoned"):
        waiting.result(LONG_S)


def test_calls_from_an_event_loop_do_not_block_it(context: isolates.Context, gate: Any) -> None:
    async def main() -> Any:
        held = context.eval_closure("$0(); return 'late'", [gate])
        await asyncio.to_thread(gate.wait_entered)
        later = context.eval("'later'")
        ticks = 0
        while ticks < 10:
            await asyncio.sleep(0)
            ticks += 1
        assert not held.done()
        gate.open()
        return await held, await later

    assert asyncio.run(main()) == ("late", "later")


def test_threads_of_the_pool_leave_nothing_in_python() -> None:
    """What Python keeps for a thread goes when the pool has no more use for it."""
    count = POOL + 8
    together = threading.Barrier(count)
    local = threading.local()
    kept: weakref.WeakSet[Any] = weakref.WeakSet()

    class Kept:
        pass

    def note() -> None:
        local.kept = Kept()
        kept.add(local.kept)
        together.wait(LONG_S)

    def call() -> None:
        with isolates.Isolate(memory_limit=16) as isolate:
            isolate.create_context_sync().eval_closure_sync("$0()", [note], timeout=LONG_S)

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    wait_for(lambda: len(kept) <= _native._pool_threads() <= POOL, "threads of the pool were kept")

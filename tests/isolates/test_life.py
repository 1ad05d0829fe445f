"""From the making of an isolate to its end, and what is left of it: nothing."""

from __future__ import annotations

import concurrent.futures
import functools
import gc
import threading
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates import _native

LONG_S = 20.0  # that only a hang reaches


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    pause = threading.Event()
    for _ in range(int(LONG_S / 0.002)):
        if is_true():
            return
        pause.wait(0.002)
    pytest.fail(what)


def test_with_disposes() -> None:
    with isolates.Isolate() as isolate:
        assert not isolate.is_disposed
        assert isolate.create_context_sync().eval_sync("6 * 7") == 42
    assert isolate.is_disposed


def test_with_disposes_when_its_body_raises() -> None:
    with pytest.raises(LookupError), isolates.Isolate() as isolate:
        raise LookupError
    assert isolate.is_disposed


def test_with_spares_who_disposed_already() -> None:
    with isolates.Isolate() as isolate:
        isolate.dispose()
    assert isolate.is_disposed


def test_a_forgotten_isolate_is_freed_with_a_warning() -> None:
    before = _native._live_isolates()
    kept = [isolates.Isolate()]
    assert _native._live_isolates() == before + 1
    with pytest.warns(ResourceWarning, match="an Isolate was forgotten without dispose"):
        kept.clear()
    wait_for(lambda: _native._live_isolates() == before, "it was not freed")


def test_a_context_keeps_its_isolate() -> None:
    before = _native._live_isolates()
    kept = [isolates.Isolate().create_context_sync()]
    gc.collect()
    assert kept[0].eval_sync("6 * 7") == 42

    def let_go() -> None:
        kept.clear()
        # A thread of the engine that was just inside may be the last one that has it, and warn.
        wait_for(lambda: _native._live_isolates() == before, "it was not freed")

    with pytest.warns(ResourceWarning, match="forgotten"):
        let_go()


def test_a_running_call_keeps_its_isolate(gate: Any) -> None:
    before = _native._live_isolates()
    kept = [isolates.Isolate().create_context_sync().eval_closure("$0(); return 'alive'", [gate])]
    gate.wait_entered()
    gc.collect()

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        gate.open()
        assert kept.pop().result(LONG_S) == "alive"
        wait_for(lambda: bool(warned), "there was no warning")  # on the thread that lets go last
    assert [warning.category for warning in warned] == [ResourceWarning]
    wait_for(lambda: _native._live_isolates() == before, "it was not freed")


def test_an_isolate_that_is_disposed_warns_not(recwarn: pytest.WarningsRecorder) -> None:
    isolate: Any = isolates.Isolate()
    isolate.create_context_sync().eval_sync("1")
    isolate.dispose()
    del isolate
    gc.collect()
    assert not recwarn.list


def test_nothing_is_left_of_200_isolates() -> None:
    isolates_before, threads_before = _native._live_isolates(), threading.active_count()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for n in range(200):
            isolate = isolates.Isolate(memory_limit=16)
            context = isolate.create_context_sync()
            context.eval("1")
            references = [context.eval_sync("({})", reference=True) for _ in range(3)]
            assert isolate.reference_count >= 4
            if n % 2:
                isolate.dispose()
            del isolate, context, references
        gc.collect()
        wait_for(lambda: _native._live_isolates() <= isolates_before, "isolates are left")
        wait_for(lambda: len(warned) >= 100, "warnings are missing")
    assert threading.active_count() == threads_before
    assert [warning.category for warning in warned] == [ResourceWarning] * 100


def test_no_handle_is_left_of_what_was_dropped(isolate: isolates.Isolate, context: isolates.Context) -> None:
    before = isolate.reference_count
    script = isolate.compile_script_sync("({})")
    handles: list[object] = [script.run_sync(context, reference=True) for _ in range(100)]
    handles += [isolate.create_context_sync() for _ in range(10)]
    handles += [isolate.compile_script_sync(f"{n}") for n in range(10)]
    assert isolate.reference_count == before + 121
    handles.clear()
    del script
    gc.collect()
    wait_for(lambda: isolate.reference_count == before, "handles are left")


def test_released_handles_free_what_they_held(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def held() -> int:
        isolate.collect_garbage_sync()
        return isolate.get_heap_statistics_sync()["externally_allocated_size"]

    references = [context.eval_sync("new ArrayBuffer(1 << 20)", reference=True) for _ in range(8)]
    assert held() == 8 << 20
    for reference in references[:4]:
        reference.release()
    assert held() == 4 << 20
    del reference, references
    gc.collect()
    assert held() == 0


def test_a_released_context_is_collected(isolate: isolates.Isolate) -> None:
    contexts = [isolate.create_context_sync() for _ in range(20)]
    for context in contexts:
        context.eval_sync("globalThis.big = new ArrayBuffer(1 << 20)")
        context.release()
    isolate.collect_garbage_sync()
    statistics = isolate.get_heap_statistics_sync()
    assert statistics["externally_allocated_size"] == 0
    assert statistics["number_of_detached_contexts"] == 0
    assert statistics["number_of_native_contexts"] <= 2


def test_callbacks_are_let_go_with_their_isolate() -> None:
    class Callback:
        def __call__(self) -> int:
            return 1

    callback: Any = Callback()
    watch = weakref.ref(callback)
    with isolates.Isolate(memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        context.eval_closure_sync("globalThis.kept = $0", [callback])
        del callback
        gc.collect()
        assert watch() is not None
        assert context.eval_sync("kept()") == 1
    gc.collect()
    wait_for(lambda: watch() is None, "the callback is still there")


def test_callbacks_are_let_go_by_javascripts_collector(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    watches = []
    for _ in range(20):
        callback: Any = lambda: None  # noqa: E731
        watches.append(weakref.ref(callback))
        context.eval_closure_sync("$0()", [callback])
        del callback
    for _ in range(3):
        isolate.collect_garbage_sync()
    gc.collect()
    wait_for(lambda: all(watch() is None for watch in watches), "callbacks are still there")


def test_a_callback_that_refers_to_its_context_is_no_leak_after_dispose() -> None:
    isolate = isolates.Isolate(memory_limit=16)
    context = isolate.create_context_sync()
    callback: Any = functools.partial(context.eval_sync, "6 * 7")
    watch = weakref.ref(callback)
    assert context.eval_closure_sync("globalThis.kept = $0; return kept()", [callback]) == 42
    isolate.dispose()
    del callback, context, isolate
    gc.collect()
    wait_for(lambda: watch() is None, "the callback is still there")


def test_results_outlive_their_isolate() -> None:
    with isolates.Isolate(memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        value = context.eval_sync("({ a: [1, 'x'.repeat(5000), new Uint8Array([1, 2, 3])] })", copy=True)
        with pytest.raises(isolates.JSError) as caught:
            context.eval_sync("throw new Error('x'.repeat(5000))")
    gc.collect()
    assert value["a"][1] == "x" * 5000
    assert bytes(value["a"][2]) == b"\1\2\3"
    assert str(caught.value) == "x" * 5000


def test_isolates_made_on_many_threads_at_once() -> None:
    def work(n: int) -> int:
        total = 0
        for k in range(10):
            with isolates.Isolate(memory_limit=16) as isolate:
                total += isolate.create_context_sync().eval_sync(f"{n} + {k}")
        return total

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [10 * n + 45 for n in range(16)]


def test_an_isolate_goes_from_thread_to_thread(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    for n in range(50):
        answers: list[object] = []
        thread = threading.Thread(
            target=lambda n=n, answers=answers: answers.append(context.eval_sync(f"globalThis.n = {n}"))
        )
        thread.start()
        thread.join(LONG_S)
        assert answers == [n]
    assert context.eval_sync("n") == 49


MEMORY = """
import gc, os, pathlib, sys
import isolates

def rss_mb():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

def make(count):
    for _ in range(count):
        with isolates.Isolate(memory_limit=16) as isolate:
            context = isolate.create_context_sync()
            context.eval_sync("globalThis.kept = new Array(1e4).fill({})")
            reference = context.eval_sync("({})", reference=True)
            context.eval("1").result(20)
            isolate.compile_script_sync("1").run_sync(context)
            context.eval_closure_sync("return $0()", [lambda: 1])

make(50)
before = rss_mb()
make(300)
gc.collect()
print(rss_mb() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory from Linux's /proc")
def test_memory_does_not_grow_by_making_and_disposing(run_child: Any) -> None:
    child = run_child(MEMORY)
    assert child.returncode == 0, child.stderr
    assert float(child.stdout) < 30  # 0.1 MB each; an isolate that is not freed is ten times that


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory from Linux's /proc")
def test_300_idle_isolates_take_at_most_a_megabyte_each(run_child: Any) -> None:
    program = MEMORY.split("make(50)")[0] + (
        "isolates.Isolate().dispose()\nbefore = rss_mb()\n"
        "many = [isolates.Isolate(memory_limit=16) for _ in range(300)]\n"
        "kept = [isolate.create_context_sync() for isolate in many]\n"
        "print((rss_mb() - before) / 300)\n"
        "for isolate in many: isolate.dispose()\n"
    )
    child = run_child(program)
    assert child.returncode == 0, child.stderr
    assert float(child.stdout) <= 1.0

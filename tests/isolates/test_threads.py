"""V8's lock stays with the thread that was inside last; the next one takes over, however that one went."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import isolates

DEEP = "(function deep(n) { try { return deep(n + 1) } catch { return n } })(0)"


def in_new_thread(action: Callable[[], object]) -> object:
    """What `action` returns in a thread that has ended."""
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(action()))
    thread.start()
    thread.join()
    return results[0]


def test_an_isolate_outlives_the_threads_that_used_it(context: isolates.Context) -> None:
    for turn in range(50):
        assert (
            in_new_thread(lambda: context.eval_sync("globalThis.n = (globalThis.n ?? 0) + 1")) == 2 * turn + 1
        )
        if turn % 2:
            assert context.eval_sync("++n") == 2 * turn + 2
        else:
            assert in_new_thread(lambda: context.eval_sync("++n")) == 2 * turn + 2


def test_the_thread_that_is_inside_has_its_own_stack(context: isolates.Context) -> None:
    here = context.eval_sync(DEEP)
    threading.stack_size(512 << 10)
    try:
        small = in_new_thread(lambda: context.eval_sync(DEEP))
    finally:
        threading.stack_size(0)
    assert isinstance(small, int)
    assert 0 < small < here
    assert abs(context.eval_sync(DEEP) - here) < here / 4


def test_an_isolate_is_disposed_after_the_threads_that_used_it() -> None:
    for _ in range(20):
        isolate = isolates.Isolate(memory_limit=8)
        context = isolate.create_context_sync()
        assert in_new_thread(lambda context=context: context.eval_sync("6 * 7")) == 42
        isolate.dispose()
        with pytest.raises(isolates.DisposedError):
            context.eval_sync("1")


def test_a_stop_of_one_call_leaves_nothing_for_the_next(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    for turn in range(10):
        with pytest.raises(isolates.ScriptTimeoutError):
            context.eval_sync("for (;;);", timeout=0.02)
        assert in_new_thread(lambda: context.eval_sync("for (let i = 0; i < 1e5; ++i); 1")) == 1
        stopper = threading.Timer(0.01, isolate.terminate)
        stopper.start()
        with pytest.raises(isolates.TerminatedError):
            context.eval_sync("for (;;);")
        stopper.join()
        assert context.eval_sync(f"for (let i = 0; i < 1e5; ++i); {turn}") == turn


def test_threads_take_turns_while_one_has_lent_the_isolate(context: isolates.Context) -> None:
    """A function of the host that is awaited lends it: to its own thread, to others, to some that end."""

    async def come_back() -> object:
        call = threads.submit(in_new_thread, lambda: context.eval_sync("n += 1"))
        return await asyncio.wrap_future(call)

    context.global_.set_sync("wait", isolates.Reference(come_back))
    code = "globalThis.n = 0; Array.from({ length: 20 }, () => wait.applySyncPromise()).join()"
    expected = ",".join(str(n) for n in range(1, 21))
    with ThreadPoolExecutor(1) as threads:
        for _ in range(3):
            assert context.eval_sync(code) == expected
            assert in_new_thread(lambda: context.eval_sync(code)) == expected


def test_many_threads_and_the_pool_at_once() -> None:
    with isolates.Isolate() as isolate:
        add = isolate.create_context_sync().eval_sync("let n = 0; (by) => n += by", reference=True)

        def work() -> None:
            for _ in range(200):
                add.apply_sync(None, [1])
                add.apply(None, [1]).result()

        with ThreadPoolExecutor(8) as threads:
            for done in [threads.submit(work) for _ in range(8)]:
                done.result()
        assert add.apply_sync(None, [0]) == 2 * 8 * 200

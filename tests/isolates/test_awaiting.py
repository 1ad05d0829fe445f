"""`await` of a Future in event loops of all kinds; what a loop and its tasks see of it."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import isolates

LONG_S = 20.0  # that only a hang reaches


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """Such as Windows's proactor loop."""

    def add_reader(self, *_: object) -> None:
        raise NotImplementedError


class LoopOfPythonTasks(asyncio.SelectorEventLoop):
    """Tasks of asyncio's Python code, which the C code falls back to and nest_asyncio uses."""

    def create_task(self, coro: Any, **options: Any) -> Any:  # type: ignore[override]  # options vary
        options.pop("eager_start", None)
        return asyncio.tasks._PyTask(coro, loop=self, **options)  # type: ignore[attr-defined]  # private


def debugging_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop()
    loop.set_debug(True)
    return loop


@pytest.fixture(params=[asyncio.SelectorEventLoop, LoopWithoutReaders, LoopOfPythonTasks, debugging_loop])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    loop = request.param()
    if sys.version_info >= (3, 14) and request.param is LoopOfPythonTasks:
        # From then on they have a book of their own about who runs.
        monkeypatch.setattr(asyncio.tasks, "current_task", asyncio.tasks._py_current_task)
    yield loop
    loop.close()


def run(loop: asyncio.AbstractEventLoop, coroutine: Any) -> Any:
    return loop.run_until_complete(asyncio.wait_for(coroutine, LONG_S))


def test_one_by_one_and_together(loop: asyncio.AbstractEventLoop, context: isolates.Context) -> None:
    async def main() -> Any:
        one_by_one = [await context.eval(f"{n}") for n in range(50)]
        return one_by_one + await asyncio.gather(*(context.eval(f"{n}") for n in range(50, 500)))

    assert run(loop, main()) == list(range(500))


def test_errors_are_raised(loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any) -> None:
    async def main() -> None:
        call = context.eval_closure("$0(); throw new RangeError('no')", [gate])
        loop.call_soon(gate.open)
        with pytest.raises(isolates.JSRangeError, match="no"):
            await call
        with pytest.raises(isolates.JSRangeError, match="no"):
            await call

    run(loop, main())


@pytest.mark.parametrize("code", ["[1, 2]", "(1)", "new Error('a value')", "null"])
def test_results_of_all_kinds_come_through(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any, code: str
) -> None:
    """StopIteration would take a tuple apart and raise an exception."""

    async def main() -> Any:
        call = context.eval_closure(f"$0(); return {code}", [gate], copy=True)
        loop.call_soon(gate.open)
        return await call, await call

    first, second = run(loop, main())
    assert first is second
    assert repr(first) == repr(context.eval_sync(code, copy=True))


def test_tasks_are_woken_in_the_order_of_the_ends(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    ended: list[int] = []

    async def main() -> None:
        held = context.eval_closure("$0()", [gate])
        calls = [context.eval("0") for _ in range(100)]

        async def wait(n: int) -> None:
            await calls[n]
            ended.append(n)

        tasks = [loop.create_task(wait(n)) for n in reversed(range(100))]
        await asyncio.sleep(0)
        gate.open()
        await held
        await asyncio.gather(*tasks)

    run(loop, main())
    assert ended == list(range(100))


def test_cancelling_a_task_carries_the_message(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    async def main() -> None:
        call = context.eval_closure("$0()", [gate])

        async def wait() -> None:
            await call

        task = loop.create_task(wait())
        await asyncio.sleep(0)
        task.cancel("because")
        assert call.cancelled()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert raised.value.args == ("because",)
        gate.open()

    run(loop, main())


def test_cancelling_the_future_ends_the_await(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    async def main() -> None:
        call = context.eval_closure("$0()", [gate])
        loop.call_soon(call.cancel)
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(asyncio.CancelledError):
            await call
        gate.open()

    run(loop, main())


def test_a_task_that_is_cancelled_when_its_call_has_ended_is_cancelled(
    loop: asyncio.AbstractEventLoop, context: isolates.Context
) -> None:
    async def main() -> None:
        call = context.eval("1")

        async def wait() -> None:
            await call

        task = loop.create_task(wait())
        await asyncio.sleep(0)
        # The loop has not looked since, whether the call has ended or not.
        call.exception(LONG_S)
        was_waiting = not task.done()
        task.cancel()
        if was_waiting:
            with pytest.raises(asyncio.CancelledError):
                await task
        assert not call.cancelled()
        assert await call == 1

    run(loop, main())


def test_several_tasks_await_one_future(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    async def main() -> Any:
        call = context.eval_closure("$0(); return 'all'", [gate])

        async def wait() -> Any:
            return await call

        tasks = [loop.create_task(wait()) for _ in range(5)]
        await asyncio.sleep(0)
        gate.open()
        return await asyncio.gather(*tasks, call)

    assert run(loop, main()) == ["all"] * 6


def test_a_task_keeps_its_context(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")
    call = context.eval_closure("$0()", [gate])

    async def wait(own: str) -> str:
        name.set(own)
        await call
        return name.get()

    async def main() -> Any:
        tasks = [loop.create_task(wait(own)) for own in "abc"]
        loop.call_later(0, gate.open)
        return await asyncio.gather(*tasks)

    assert run(loop, main()) == ["a", "b", "c"]


def test_a_busy_stream_of_calls_leaves_the_loop_time_for_others(
    loop: asyncio.AbstractEventLoop, context: isolates.Context
) -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1
        loop.call_soon(count)

    async def stream() -> None:
        for _ in range(300):
            await context.eval("1")

    async def main() -> None:
        loop.call_soon(count)
        await asyncio.gather(*(stream() for _ in range(5)))

    run(loop, main())
    assert turns > 20


def test_what_ends_the_loop_goes_through_and_loses_nothing(
    loop: asyncio.AbstractEventLoop, context: isolates.Context, gate: Any
) -> None:
    """SystemExit of a task leaves the loop at once; the others are told when it runs again."""
    call = context.eval_closure("$0()", [gate])
    woken: list[int] = []

    async def wait(n: int) -> None:
        await call
        if n == 1:
            raise SystemExit("out")
        woken.append(n)

    tasks = [loop.create_task(wait(n)) for n in range(4)]
    loop.call_later(0, gate.open)
    with pytest.raises(SystemExit, match="out"):
        loop.run_until_complete(asyncio.wait(tasks))
    tasks[1].exception()
    run(loop, asyncio.wait([tasks[0], *tasks[2:]]))
    assert sorted(woken) == [0, 2, 3]


def test_awaiting_needs_a_running_loop(context: isolates.Context, gate: Any) -> None:
    call = context.eval_closure("$0()", [gate])

    async def wait() -> None:
        await call

    waiting = wait()
    with pytest.raises(RuntimeError, match="no running event loop"):
        waiting.send(None)
    gate.open()
    call.result(LONG_S)


def test_another_loops_task_refuses_it(context: isolates.Context, gate: Any) -> None:
    """As with asyncio's own futures: an await that one loop has begun can't go on in another."""
    waiting = context.eval_closure("$0()", [gate]).__await__()

    async def begin() -> Any:
        return next(waiting)

    loop = asyncio.new_event_loop()
    future = loop.run_until_complete(begin())
    assert asyncio.isfuture(future)
    assert future.get_loop() is loop
    loop.close()
    gate.open()


# --- The end of a loop ---


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="/proc counts the descriptors")
def test_closed_loops_leave_no_descriptor(context: isolates.Context) -> None:
    async def main() -> None:
        await asyncio.gather(*(context.eval("1") for _ in range(5)))

    asyncio.run(main())
    before = open_descriptors()
    for _ in range(30):
        asyncio.run(main())
    assert open_descriptors() == before


@pytest.mark.parametrize("make_loop", [asyncio.SelectorEventLoop, LoopWithoutReaders])
@pytest.mark.parametrize("ended", [False, True], ids=["before the end", "after the end"])
def test_a_loop_that_is_left_with_a_waiting_task_is_freed(
    context: isolates.Context, gate: Any, make_loop: Callable[[], Any], ended: bool
) -> None:
    gone = threading.Event()

    def leave() -> None:
        loop = make_loop()
        weakref.finalize(loop, gone.set)
        loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending!"
        call = context.eval_closure("$0()", [gate])

        async def wait() -> None:
            await call

        task = loop.create_task(wait())
        loop.run_until_complete(asyncio.sleep(0))
        assert not task.done()
        if ended:
            gate.open()
            call.result(LONG_S)
        loop.close()

    leave()
    gate.open()
    context.eval("0").result(LONG_S)
    for _ in range(100):
        gc.collect()
        if gone.wait(0.05):
            break
    assert gone.is_set()

"""What an asynchronous call returns."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import Any

import pytest

import isolates

LONG_S = 20.0  # that only a hang reaches
SOON_S = 0.05


def test_an_asynchronous_call_is_a_future_that_can_be_awaited(context: isolates.Context) -> None:
    call = context.eval("6 * 7")
    assert isinstance(call, isolates.Future)
    assert isinstance(call, concurrent.futures.Future)
    assert call.result(LONG_S) == 42
    assert call.done()
    assert not call.cancelled()
    assert call.exception(LONG_S) is None

    async def again() -> Any:
        return await call, await call

    assert asyncio.run(again()) == (42, 42)


def test_the_call_is_queued_when_it_is_made(context: isolates.Context) -> None:
    call = context.eval("globalThis.ran = true")
    assert context.eval("ran").result(LONG_S) is True
    assert call.result(LONG_S) is True


def test_futures_can_be_awaited_in_several_loops(context: isolates.Context) -> None:
    async def work(n: int) -> Any:
        return [await context.eval(f"{n} + {k}") for k in range(50)]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(lambda n=n: asyncio.run(work(n))) for n in range(4)]
        for n, loop in enumerate(loops):
            assert loop.result(LONG_S) == [n + k for k in range(50)]


def test_one_future_can_be_awaited_from_two_loops(context: isolates.Context, gate: Any) -> None:
    call = context.eval_closure("$0(); return 'both'", [gate])
    ready = threading.Barrier(3)

    async def wait() -> Any:
        asyncio.get_running_loop().call_soon(ready.wait)
        return await call

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(lambda: asyncio.run(wait())) for _ in range(2)]
        ready.wait(LONG_S)
        gate.open()
        assert [one.result(LONG_S) for one in waiting] == ["both", "both"]


def test_errors_are_raised_where_it_is_awaited(context: isolates.Context) -> None:
    async def main() -> None:
        call = context.eval("throw new RangeError('no')")
        with pytest.raises(isolates.JSRangeError, match="no"):
            await call
        with pytest.raises(isolates.JSSyntaxError):
            await context.eval("let let")

    asyncio.run(main())
    assert isinstance(context.eval("null.x").exception(LONG_S), isolates.JSTypeError)


def test_gather_of_a_thousand(context: isolates.Context) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(context.eval(f"{n} * 2") for n in range(1000)))

    assert asyncio.run(main()) == [2 * n for n in range(1000)]


def test_gather_over_several_isolates() -> None:
    async def main() -> list[Any]:
        async def work(n: int) -> Any:
            with isolates.Isolate(memory_limit=16) as isolate:
                context = await isolate.create_context()
                return await context.eval(f"let sum = 0; for (let k = 0; k < 1e5; k++) sum += {n}; sum")

        return await asyncio.gather(*(work(n) for n in range(20)))

    assert asyncio.run(main()) == [n * 100_000 for n in range(20)]


def test_result_with_a_timeout_gives_up_waiting_only(context: isolates.Context, gate: Any) -> None:
    call = context.eval_closure("$0(); return 'late'", [gate])
    with pytest.raises(concurrent.futures.TimeoutError):
        call.result(SOON_S)
    with pytest.raises(concurrent.futures.TimeoutError):
        call.exception(timeout=SOON_S)
    gate.open()
    assert call.result(LONG_S) == "late"


def test_done_callbacks_are_called_once(context: isolates.Context, gate: Any) -> None:
    seen: list[Any] = []
    all_called = threading.Event()
    call = context.eval_closure("$0(); return 'done'", [gate])
    call.add_done_callback(seen.append)
    call.add_done_callback(lambda _: all_called.set())
    assert not seen
    gate.open()
    assert all_called.wait(LONG_S)
    assert seen == [call]
    call.add_done_callback(seen.append)  # at once
    assert seen == [call, call]


def test_a_done_callback_may_call_the_isolate(context: isolates.Context) -> None:
    answers: list[Any] = []
    done = threading.Event()

    def ask(_: object) -> None:
        answers.append(context.eval_sync("6 * 7"))
        answers.append(context.eval_sync("6 * 7", timeout=LONG_S))
        context.eval("6 * 7").add_done_callback(lambda last: (answers.append(last.result()), done.set()))

    context.eval("0").add_done_callback(ask)
    assert done.wait(LONG_S)
    assert answers == [42, 42, 42]


def test_a_done_callback_may_dispose_the_isolate() -> None:
    isolate = isolates.Isolate(memory_limit=16)
    disposed = threading.Event()
    call = isolate.create_context_sync().eval("1")
    call.add_done_callback(lambda _: (isolate.dispose(), disposed.set()))
    assert call.result(LONG_S) == 1
    assert disposed.wait(LONG_S)
    assert isolate.is_disposed


def test_a_failing_done_callback_hurts_nobody(
    context: isolates.Context, caplog: pytest.LogCaptureFixture
) -> None:
    called = threading.Event()
    call = context.eval("1")
    call.add_done_callback(lambda _: 1 / 0)
    call.add_done_callback(lambda _: called.set())
    assert context.eval("2").result(LONG_S) == 2
    assert called.wait(LONG_S)
    assert "ZeroDivisionError" in caplog.text


# --- Cancelling ---


def test_cancelling_a_queued_call_takes_it_out(context: isolates.Context, gate: Any) -> None:
    context.eval_sync("globalThis.ran = []")
    held = context.eval_closure("$0(); ran.push('held')", [gate])
    gate.wait_entered()
    cancelled = context.eval("ran.push('cancelled')")
    last = context.eval("ran.push('last'); ran.join()")
    assert cancelled.cancel() is True
    assert cancelled.cancelled()
    assert cancelled.done()
    gate.open()
    assert last.result(LONG_S) == "held,last"
    held.result(LONG_S)
    with pytest.raises(concurrent.futures.CancelledError):
        cancelled.result(LONG_S)


def test_cancelling_a_running_call_stops_its_javascript(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    entered = threading.Event()
    call = context.eval_closure(
        "globalThis.seen = ['in']; $0(); try { for (;;); } catch { seen.push(1) } finally { seen.push(2) }",
        [lambda: entered.set()],
    )
    assert entered.wait(LONG_S)
    assert call.cancel() is True
    assert context.eval("seen.join()").result(LONG_S) == "in"
    assert not isolate.is_disposed


def test_cancelling_in_a_callback_stops_after_it(context: isolates.Context, gate: Any) -> None:
    context.eval_sync("globalThis.after = false")
    call = context.eval_closure("$0(); after = true; for (;;);", [gate])
    gate.wait_entered()
    assert call.cancel() is True
    gate.open()
    assert context.eval("after").result(LONG_S) is False


def test_cancelling_an_ended_call_does_nothing(context: isolates.Context) -> None:
    call = context.eval("1")
    assert call.result(LONG_S) == 1
    assert call.cancel() is False
    assert call.result() == 1


def test_cancelling_a_call_that_waits_for_a_promise(context: isolates.Context) -> None:
    call = context.eval("new Promise(resolve => { globalThis.settle = resolve })", promise=True)
    context.eval("0").result(LONG_S)
    assert call.cancel() is True
    with pytest.raises(concurrent.futures.CancelledError):
        call.result(LONG_S)
    context.eval_sync("settle()")
    assert context.eval_sync("1") == 1


def test_cancelling_hits_no_other_call(context: isolates.Context) -> None:
    """A cancel and the end of its call race: whichever wins, the next call must not be hit."""
    for _ in range(300):
        short = context.eval("1")
        follower = context.eval("2")
        short.cancel()
        assert follower.result(LONG_S) == 2


def test_cancelling_from_many_threads(context: isolates.Context) -> None:
    for _ in range(30):
        call = context.eval("for (;;);")
        start = threading.Barrier(4)

        def cancel(call: Any = call, start: threading.Barrier = start) -> bool:
            start.wait(LONG_S)
            return bool(call.cancel())

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outcomes = [one.result(LONG_S) for one in [pool.submit(cancel) for _ in range(4)]]
        assert all(outcomes)
        assert call.cancelled()
    assert context.eval("1").result(LONG_S) == 1


def test_wait_for_stops_the_javascript(isolate: isolates.Isolate, context: isolates.Context) -> None:
    async def main() -> Any:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(context.eval("for (;;);"), SOON_S)
        return await context.eval("6 * 7")

    assert asyncio.run(main()) == 42
    assert not isolate.is_disposed


def test_cancelling_the_awaiting_task_stops_the_javascript(context: isolates.Context) -> None:
    entered = threading.Event()

    async def main() -> Any:
        call = context.eval_closure("$0(); for (;;);", [lambda: entered.set()])

        async def wait() -> None:
            await call

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)  # it waits: to_thread need not take a turn of the loop
        await asyncio.to_thread(entered.wait, LONG_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert call.cancelled()
        return await context.eval("6 * 7")

    assert asyncio.run(main()) == 42


def test_a_loop_that_ends_cancels_what_it_awaits(context: isolates.Context) -> None:
    entered = threading.Event()
    calls: list[Any] = []

    async def wait() -> None:
        calls.append(context.eval_closure("$0(); for (;;);", [lambda: entered.set()]))
        await calls[0]

    async def main() -> None:
        main.task = asyncio.create_task(wait())  # type: ignore[attr-defined]  # else it would be collected
        await asyncio.to_thread(entered.wait, LONG_S)

    asyncio.run(main())
    assert calls[0].cancelled()
    assert context.eval("1").result(LONG_S) == 1


def test_ten_thousand_cancelled_calls_leave_nothing(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    held = context.eval_closure("$0()", [gate])
    gate.wait_entered()
    calls = [context.eval("1") for _ in range(10_000)]
    assert all(call.cancel() for call in calls)
    gate.open()
    held.result(LONG_S)
    assert context.eval("1").result(LONG_S) == 1


def test_terminate_is_not_cancelling(isolate: isolates.Isolate, context: isolates.Context) -> None:
    entered = threading.Event()
    call = context.eval_closure("$0(); for (;;);", [lambda: entered.set()])
    assert entered.wait(LONG_S)
    isolate.terminate()
    with pytest.raises(isolates.TerminatedError):
        call.result(LONG_S)
    assert not call.cancelled()

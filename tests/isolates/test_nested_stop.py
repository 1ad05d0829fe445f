"""Stopping a call reaches what its thread runs on its behalf, in whichever isolate that is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import isolates
from isolates import DisposedError, TerminatedError

LONG_S = 20.0


@pytest.fixture
def inner() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=32) as isolate:
        yield isolate


@pytest.fixture
def endless(inner: isolates.Isolate, gate: Any) -> Any:
    """A function of another isolate that comes to the gate and then never ends."""
    return inner.create_context_sync().eval_closure_sync(
        "const gate = $0; return () => { gate(); for (;;); }", [gate], reference=True
    )


def ways_in(context: isolates.Context, endless: Any, way: str) -> Any:
    """The Future of a call of `context` that runs the endless function."""
    if way == "JavaScript":
        return context.eval_closure("$0.applySync(undefined, [])", [endless])
    if way == "Python":
        return context.eval_closure("$0()", [endless.apply_sync])
    if way == "asynchronous":
        return context.eval_closure("$0()", [lambda: endless.apply().result(LONG_S)])
    nested = "$0.applySyncPromise(undefined, [])"
    return context.eval_closure(nested, [isolates.Reference(endless.apply_sync)])


def stop_by_cancel(isolate: isolates.Isolate, call: Any) -> None:
    assert call.cancel()


def stop_by_terminate(isolate: isolates.Isolate, call: Any) -> None:
    isolate.terminate()
    with pytest.raises(TerminatedError):
        call.result(LONG_S)


def stop_by_dispose(isolate: isolates.Isolate, call: Any) -> None:
    isolate.dispose()
    with pytest.raises(DisposedError, match=r"^Isolate was disposed during execution$"):
        call.result(LONG_S)


@pytest.mark.parametrize("stop", [stop_by_cancel, stop_by_terminate, stop_by_dispose])
@pytest.mark.parametrize("way", ["JavaScript", "Python"])
def test_a_stop_reaches_the_isolate_that_runs(
    isolate: isolates.Isolate,
    context: isolates.Context,
    inner: isolates.Isolate,
    endless: Any,
    gate: Any,
    stop: Callable[..., None],
    way: str,
) -> None:
    call = ways_in(context, endless, way)
    gate.wait_entered()
    gate.open()
    stop(isolate, call)
    assert inner.create_context_sync().eval_sync("6 * 7") == 42  # it answers again
    if not isolate.is_disposed:
        assert isolate.create_context_sync().eval_sync("6 * 7") == 42


def test_a_stop_goes_through_three_isolates(
    isolate: isolates.Isolate, context: isolates.Context, endless: Any, gate: Any
) -> None:
    with isolates.Isolate(memory_limit=32) as middle:
        through = middle.create_context_sync().eval_closure_sync(
            "const next = $0; return () => next.applySync(undefined, [])", [endless], reference=True
        )
        call = context.eval_closure("$0.applySync(undefined, [])", [through])
        gate.wait_entered()
        gate.open()
        stop_by_terminate(isolate, call)
        through.release()


def test_a_stop_of_the_inner_isolate_is_an_error_in_the_outer_one(
    context: isolates.Context, inner: isolates.Isolate, endless: Any, gate: Any
) -> None:
    code = "try { $0.applySync(undefined, []) } catch (error) { return error.message }"
    call = context.eval_closure(code, [endless])
    gate.wait_entered()
    gate.open()
    inner.terminate()
    assert call.result(LONG_S) == "Execution was terminated"


def test_a_stop_that_comes_before_the_nested_call(
    isolate: isolates.Isolate, context: isolates.Context, endless: Any, gate: Any, make_gate: Any
) -> None:
    before = make_gate()

    def nested() -> None:
        before()
        endless.apply_sync()

    call = context.eval_closure("$0()", [nested])
    before.wait_entered()
    isolate.terminate()
    gate.open()
    before.open()
    with pytest.raises(TerminatedError):
        call.result(LONG_S)


def test_control_c_reaches_the_isolate_that_runs(
    context: isolates.Context, inner: isolates.Isolate, endless: Any, gate: Any
) -> None:
    def press() -> None:
        gate.wait_entered()
        gate.open()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        context.eval_closure_sync("$0.applySync(undefined, [])", [endless])
    pressing.join(LONG_S)
    assert inner.create_context_sync().eval_sync("6 * 7") == 42


def test_control_c_ends_a_wait_for_a_function_of_the_host(context: isolates.Context) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow() -> None:
        entered.set()
        assert leave.wait(LONG_S)

    def press() -> None:
        assert entered.wait(LONG_S)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            context.eval_closure_sync("$0.applySyncPromise(undefined, [])", [isolates.Reference(slow)])
    finally:
        leave.set()
        pressing.join(LONG_S)


# --- While a thread waits, its isolates serve those that it may wait for ---


def test_a_function_that_is_awaited_may_call_back_in(context: isolates.Context) -> None:
    """Synchronously, also with a timeout, which takes a thread of the pool."""
    code = "return $0.applySyncPromise(undefined, [])"
    for timeout in (None, LONG_S):
        ask = isolates.Reference(partial(context.eval_sync, "6 * 7", timeout=timeout))
        nested = partial(context.eval_closure_sync, code, [ask])
        assert nested() == 42
        assert context.eval_closure(code, [ask]).result(LONG_S) == 42
        assert context.eval_closure_sync("return $0()", [nested]) == 42


def test_a_function_that_is_awaited_may_be_awaited_again_in_its_call(context: isolates.Context) -> None:
    """Calls of one function begin one after the other, but not when the first waits for the second."""
    code = "return $0.applySyncPromise(undefined, [$1])"

    def count(left: int) -> int:
        return 42 if left == 0 else int(context.eval_closure_sync(code, [reference, left - 1]))

    reference = isolates.Reference(count)
    assert context.eval_closure_sync(code, [reference, 3]) == 42


def test_a_function_that_is_awaited_may_call_into_any_isolate_of_the_chain(
    context: isolates.Context, inner: isolates.Isolate
) -> None:
    ask = isolates.Reference(lambda: context.eval_sync("6 * 7"))
    nested = inner.create_context_sync()
    code = "return $0.applySyncPromise(undefined, [])"
    assert context.eval_closure_sync("return $0()", [lambda: nested.eval_closure_sync(code, [ask])]) == 42


def test_an_asynchronous_call_waits_until_the_isolate_has_its_answer(
    context: isolates.Context, gate: Any
) -> None:
    order: list[int] = []
    log = isolates.Callback(order.append)
    waits = context.eval_closure("$0.applySyncPromise(undefined, []); $1(1)", [isolates.Reference(gate), log])
    gate.wait_entered()
    later = context.eval_closure("$0(2)", [log])
    assert context.eval_sync("6 * 7") == 42
    assert order == []
    gate.open()
    waits.result(LONG_S)
    later.result(LONG_S)
    assert order == [1, 2]


def test_the_timeout_of_apply_sync_promise_covers_a_function_of_the_host(
    context: isolates.Context, gate: Any
) -> None:
    code = "$0.applySyncPromise(undefined, [], { timeout: 50 })"
    with pytest.raises(isolates.JSError, match=r"^Script execution timed out\.$"):
        context.eval_closure_sync(code, [isolates.Reference(gate)])
    gate.open()


def test_coroutines_that_block_their_loop_do_not_stop_each_other(context: isolates.Context) -> None:
    async def last() -> int:
        return 42

    async def blocks() -> int:
        answer: int = context.eval_closure_sync(
            "return $0.applySyncPromise(undefined, [])", [isolates.Reference(last)]
        )
        return answer

    code = "return $0.applySyncPromise(undefined, [])"
    assert context.eval_closure_sync(code, [isolates.Reference(blocks)]) == 42

"""`promise=True`: the call ends when the promise does; and what happens to promises that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from typing import Any

import pytest

import isolates
from isolates import TransferError, undefined


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("Promise.resolve(5)", 5),
        ("5", 5),
        ("undefined", undefined),
        ("(async () => { await 0; await 0; return 'deep' })()", "deep"),
        ("Promise.resolve(Promise.resolve(7))", 7),
        ("new (class Own extends Promise {})(done => done(8))", 8),
        ("Promise.all([1, Promise.resolve(2)]).then(list => list.join())", "1,2"),
        ("Promise.resolve({})", undefined),
    ],
)
def test_the_value_is_the_one_that_the_promise_settles_to(
    ask: Any, context: isolates.Context, code: str, value: object
) -> None:
    assert ask(context, "eval", code, promise=True) == value


def test_without_promise_a_promise_is_an_object_like_any_other(ask: Any, context: isolates.Context) -> None:
    assert ask(context, "eval", "Promise.resolve(5)") is undefined


def test_the_other_options_apply_to_the_settled_value(ask: Any, context: isolates.Context) -> None:
    assert ask(context, "eval", "Promise.resolve({ a: 1 })", promise=True, copy=True) == {"a": 1}
    function = ask(context, "eval", "Promise.resolve(() => 1)", promise=True, reference=True)
    assert function.typeof == "function"
    with pytest.raises(TransferError, match="could not be cloned"):
        ask(context, "eval", "Promise.resolve(() => 1)", promise=True, copy=True)
    with pytest.raises(TransferError, match=r"^A non-transferable value was passed$"):
        ask(context, "eval_closure", "return Promise.resolve({})", promise=True)


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        ("Promise.reject(new TypeError('at once'))", isolates.JSTypeError, "at once"),
        ("(async () => { await 0; throw new RangeError('later') })()", isolates.JSRangeError, "later"),
        ("Promise.any([Promise.reject(1)])", isolates.JSAggregateError, "All promises were rejected"),
    ],
)
def test_a_rejection_is_the_calls_error_and_no_warning(
    ask: Any, context: isolates.Context, code: str, error: type[isolates.JSError], text: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error) as caught:
            ask(context, "eval", code, promise=True)
    assert str(caught.value) == text


def test_a_rejection_with_a_primitive_keeps_it(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.ThrownValueError) as caught:
        ask(context, "eval", "Promise.reject(5)", promise=True)
    assert caught.value.value == 5


def test_a_promise_that_a_later_call_settles_ends_the_first_call(context: isolates.Context) -> None:
    waiting = context.eval("let settle; new Promise(done => { settle = done })", promise=True)
    assert context.eval("typeof settle").result(10) == "function"
    assert not waiting.done()
    context.eval_sync("settle('later')")
    assert waiting.result(10) == "later"


def test_a_call_that_waits_for_a_promise_holds_up_nobody(context: isolates.Context) -> None:
    waiting = [
        context.eval("new Promise(done => { (globalThis.all ??= []).push(done) })", promise=True)
        for _ in range(50)
    ]
    assert context.eval("all.length").result(10) == 50
    context.eval_sync("all.forEach((done, n) => done(n))")
    assert [each.result(10) for each in waiting] == list(range(50))


def test_a_promise_that_never_settles_ends_at_its_timeout(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.ScriptTimeoutError, match=r"^Script execution timed out\.$"):
        ask(context, "eval", "new Promise(() => {})", promise=True, timeout=0.05)
    assert ask(context, "eval", "6 * 7") == 42


def test_the_timeout_covers_the_jobs_after_the_call(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        ask(context, "eval", "(async () => { await 0; for (;;); })()", promise=True, timeout=0.05)
    with pytest.raises(isolates.ScriptTimeoutError):
        ask(context, "eval", "Promise.resolve().then(() => { for (;;); }); 0", timeout=0.05)
    assert ask(context, "eval", "6 * 7") == 42


def test_a_promise_that_nothing_can_settle_is_abandoned_when_it_is_collected(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    waiting = context.eval("new Promise(() => {})", promise=True)
    assert context.eval("1").result(10) == 1
    for _ in range(3):
        isolate.collect_garbage_sync()
    with pytest.raises(isolates.AbandonedError, match=r"^Promise was abandoned$"):
        waiting.result(10)


def test_dispose_abandons_the_promises_that_are_waited_for() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        waiting = context.eval("globalThis.keep = new Promise(() => {})", promise=True)
        assert context.eval("1").result(10) == 1
        assert not waiting.done()
    with pytest.raises((isolates.AbandonedError, isolates.DisposedError)):
        waiting.result(10)


def test_a_wait_that_was_given_up_leaves_no_handle(ask: Any) -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        with pytest.raises(isolates.ScriptTimeoutError):
            ask(context, "eval", "globalThis.kept = new Promise(() => {})", promise=True, timeout=0.05)
        waiting = context.eval("kept", promise=True)
        waiting.cancel()
        context.release()
        assert isolate.create_context_sync().eval_sync("1") == 1  # a turn, in which it may let go
        end = time.monotonic() + 10
        while isolate.reference_count != 0:
            assert time.monotonic() < end, "a handle was left"


def test_cancelling_the_wait_leaves_the_isolate_alone(context: isolates.Context) -> None:
    waiting = context.eval("new Promise(done => { globalThis.done = done })", promise=True)
    assert context.eval("typeof done").result(10) == "function"
    assert waiting.cancel()
    assert waiting.cancelled()
    assert context.eval("done(1); 'alive'").result(10) == "alive"


def test_promises_can_be_awaited_in_asyncio(context: isolates.Context) -> None:
    async def both() -> list[Any]:
        return await asyncio.gather(
            *(context.eval(f"new Promise(done => done({n}))", promise=True) for n in range(20))
        )

    assert asyncio.run(both()) == list(range(20))


@pytest.mark.parametrize(
    "code", ["Promise.reject(new Error('lost'))", "(async () => { await 0; throw new Error('lost') })()"]
)
def test_an_unhandled_rejection_of_the_calls_own_jobs_is_told(
    ask: Any, context: isolates.Context, code: str
) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        failed = None
        try:
            ask(context, "eval", f"{code}; 5")
        except isolates.JSError as error:
            failed = error
    assert failed is not None or told, "it was swallowed"
    assert "lost" in (str(failed) if failed else str(told[0].message))


@pytest.mark.parametrize(
    "code",
    [
        "Promise.reject(new Error('x')).catch(() => {}); 5",
        "const p = Promise.reject(1); p.then(null, () => {}); 5",
    ],
)
def test_a_rejection_that_is_handled_is_silent(ask: Any, context: isolates.Context, code: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask(context, "eval", code) == 5


def test_an_unhandled_rejection_never_fails_a_later_call(ask: Any, context: isolates.Context) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.eval("let fail; new Promise((_, no) => { fail = no }).then(() => {}); 0").result(10)
        with contextlib.suppress(isolates.JSError):  # this one may fail: the rejection is of its own jobs
            ask(context, "eval", "fail(new Error('late')); 0")
        assert ask(context, "eval", "6 * 7") == 42


@pytest.mark.parametrize(
    "code",
    [
        "Promise.prototype.then = () => { throw new Error('mine') }; Promise.resolve(1)",
        "Object.defineProperty(Promise.prototype, 'constructor', { get() { throw 1 } }); Promise.resolve(1)",
        "Promise = null; (async () => 1)()",
        "Object.defineProperty(Object.prototype, 'then', { get() { throw 1 } }); (async () => 1)()",
    ],
)
def test_the_wait_for_a_promise_runs_no_code_of_the_isolates(
    ask: Any, context: isolates.Context, code: str
) -> None:
    assert ask(context, "eval", code, promise=True) == 1


def test_webassembly_and_atomics_settle_in_an_idle_isolate(ask: Any, context: isolates.Context) -> None:
    code = "WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => 'ready')"
    assert ask(context, "eval", code, promise=True, timeout=10.0) == "ready"
    code = "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20).value"
    assert ask(context, "eval", code, promise=True, timeout=10.0) == "timed-out"

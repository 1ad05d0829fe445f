"""Calls that took too long: stopped for good, told where, and the isolate lives on."""

from __future__ import annotations

import threading
import time

import pytest

import isolates

SOON_S = 0.1
LONG_S = 20.0  # that only a hang reaches


@pytest.mark.parametrize(
    "code",
    [
        "for (;;);",
        "while (true) { try { while (true); } catch {} }",
        "try { for (;;); } finally { for (;;); }",
        "Promise.resolve().then(function next() { return Promise.resolve().then(next) })",
        "(async () => { for (;;) await null })()",
        "/(a+)+b/.test('a'.repeat(50))",
        "'a'.repeat(50).replace(/(a|a)*b/, '')",
        "new Proxy({}, { get: () => { for (;;); } }).x",
        "[3, 2, 1].sort(() => { for (;;); })",
        "({ toString() { for (;;); } }) + ''",
        "JSON.stringify({ toJSON() { for (;;); } })",
        "class Slow { static { for (;;); } }",
        "for (const one of { *[Symbol.iterator]() { for (;;) yield 1 } });",
    ],
)
def test_code_that_does_not_end_is_stopped(
    isolate: isolates.Isolate, context: isolates.Context, code: str
) -> None:
    with pytest.raises(isolates.ScriptTimeoutError, match=r"^Script execution timed out\.$") as caught:
        context.eval_sync(code, timeout=SOON_S)
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, isolates.StoppedError)
    assert not isolate.is_disposed
    assert context.eval_sync("6 * 7") == 42
    assert context.eval("6 * 7", timeout=LONG_S).result(LONG_S) == 42


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_timeout_is_not_catchable_and_skips_finally(context: isolates.Context, form: str) -> None:
    context.eval_sync("globalThis.seen = []")
    code = "try { seen.push('in'); for (;;); } catch { seen.push('caught') } finally { seen.push('finally') }"
    run = context.eval_sync if form == "sync" else lambda *a, **k: context.eval(*a, **k).result(LONG_S)
    with pytest.raises(isolates.ScriptTimeoutError):
        run(code, timeout=SOON_S)
    assert context.eval_sync("seen.join()") == "in"


def test_a_timeout_says_where_the_code_was_stopped(context: isolates.Context) -> None:
    code = "function inner() {\n  for (;;);\n}\nfunction outer() {\n  inner();\n}\nouter();"
    with pytest.raises(isolates.ScriptTimeoutError) as caught:
        context.eval_sync(code, timeout=SOON_S, filename="endless.js")
    lines = [line.strip() for line in (caught.value.stack or "").splitlines()]
    assert lines[0] == "Error: Script execution timed out."
    assert [line.split("(")[0] for line in lines[1:3]] == ["at inner ", "at outer "]
    assert "endless.js:2:" in lines[1]
    assert "endless.js:5:" in lines[2]
    assert "endless.js:7:1" in lines[3]


def test_the_other_calls_with_a_timeout(isolate: isolates.Isolate, context: isolates.Context) -> None:
    script = isolate.compile_script_sync("for (;;);")
    function = context.eval_sync("(() => { for (;;); })", reference=True)
    for call in (
        lambda: script.run_sync(context, timeout=SOON_S),
        lambda: script.run(context, timeout=SOON_S).result(LONG_S),
        lambda: function.apply_sync(None, [], timeout=SOON_S),
        lambda: function.apply(None, [], timeout=SOON_S).result(LONG_S),
        lambda: context.eval_closure_sync("for (;;);", timeout=SOON_S),
        lambda: context.eval_closure("for (;;);", timeout=SOON_S).result(LONG_S),
    ):
        with pytest.raises(isolates.ScriptTimeoutError):
            call()
    script.run_ignored(context, timeout=SOON_S)
    assert context.eval("'next'").result(LONG_S) == "next"


def test_a_promise_that_does_not_settle_in_time(context: isolates.Context) -> None:
    context.eval_sync("globalThis.settle = []")
    code = "new Promise(resolve => settle.push(resolve))"
    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval_sync(code, promise=True, timeout=SOON_S)
    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval(code, promise=True, timeout=SOON_S).result(LONG_S)
    assert context.eval_sync("settle.length") == 2
    context.eval_sync("settle.forEach(resolve => resolve())")  # nobody waits any more


def test_the_clock_pauses_in_a_callback(context: isolates.Context) -> None:
    def slow() -> str:
        time.sleep(0.6)
        return "slow"

    assert context.eval_closure_sync("return $0()", [slow], timeout=0.3) == "slow"
    assert context.eval_closure("return $0()", [slow], timeout=0.3).result(LONG_S) == "slow"


def test_the_clock_goes_on_after_a_callback(context: isolates.Context) -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval_closure_sync("$0(); for (;;);", [lambda: None], timeout=SOON_S)


def test_code_that_calls_out_again_and_again_is_stopped(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    """No call of its begins its time anew, and it does not take the timer's thread to see that it is over."""
    code = """
    for (let own = 0; ; own += 5) {
      const end = Date.now() + 5;
      while (Date.now() < end);
      $0(own);
    }"""
    seen: list[float] = []
    call = context.eval_closure(code, [seen.append], timeout=SOON_S)
    with pytest.raises(isolates.ScriptTimeoutError):
        call.result(LONG_S)
    assert len([own for own in seen if own > 1500 * SOON_S]) < 5
    assert context.eval_sync("6 * 7") == 42


def test_waiting_in_the_queue_is_not_running(context: isolates.Context) -> None:
    gate, inside = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        gate.wait(LONG_S)

    first = context.eval_closure("$0()", [wait])
    assert inside.wait(LONG_S)
    second = context.eval("'in time'", timeout=SOON_S)
    time.sleep(3 * SOON_S)
    assert not second.done()
    gate.set()
    assert second.result(LONG_S) == "in time"
    first.result(LONG_S)


def test_a_generous_timeout_changes_nothing(context: isolates.Context) -> None:
    assert context.eval_sync("1 + 1", timeout=LONG_S) == 2
    assert [context.eval_sync("1", timeout=LONG_S) for _ in range(200)] == [1] * 200


def test_a_timeout_that_just_misses_hits_nobody_else(context: isolates.Context) -> None:
    """The stop and the end race: whichever wins, the next call must not be hit."""
    loop = "{ const end = Date.now() + 4; while (Date.now() < end); }"
    ended = stopped = 0
    for _ in range(60):
        try:
            context.eval_sync(loop, timeout=0.004)
            ended += 1
        except isolates.ScriptTimeoutError:
            stopped += 1
        assert context.eval_sync("40 + 2") == 42
    assert ended + stopped == 60


def test_a_watchdog_stops_a_continuation_that_no_call_runs() -> None:
    async def soon() -> int:
        return 1

    with isolates.Isolate(task_timeout=0.05) as isolate:
        context = isolate.create_context_sync()
        context.eval_closure_sync("(async () => { await $0(); started = true; for (;;); })();", [soon])
        while not context.eval_sync("globalThis.started === true", timeout=30):
            pass
        assert context.eval_sync("started")  # the isolate lives on

"""Looks into a context: without side effects, at a safe point of what runs, and never for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from isolates import Context, Isolate, Reference, _native


@pytest.fixture
def isolate() -> Iterator[Isolate]:
    with Isolate() as isolate:
        yield isolate


@pytest.fixture
def context(isolate: Isolate) -> Context:
    return isolate.create_context_sync()


def function(context: Context, code: str) -> Reference:
    made: Reference = context.eval_sync(f"({code})", reference=True)
    return made


def test_a_look_gets_two_texts_and_brings_a_copy(context: Context) -> None:
    look = function(context, "(name, argument) => ({name, list: [argument, 1]})")
    assert _native._look(look, "näme", "😀").result() == {"name": "näme", "list": ["😀", 1]}


@pytest.mark.parametrize(
    "code",
    [
        "() => { x = 2 }",
        "() => { object.key = 1 }",
        "() => { list.push(1) }",
        "() => { map.set(1, 2) }",
        "() => { delete object.key }",
        "() => { object.setter = 1 }",
        "() => callback()",
        "() => { throw new Error('thrown') }",
    ],
)
def test_what_has_side_effects_is_refused(context: Context, code: str) -> None:
    calls: list[int] = []
    context.global_.set_sync("callback", lambda: calls.append(1))
    context.eval_sync("var x = 1, list = [], map = new Map(), object = {key: 0, set setter(v) { x = 3 }}")
    with pytest.raises(RuntimeError, match="side effects"):
        _native._look(function(context, code), "", "").result()
    assert context.eval_sync("x + list.length + map.size + object.key") == 1
    assert calls == []


def test_own_objects_may_change(context: Context) -> None:
    look = function(context, "() => { const a = []; for (let i = 0; i < 3; i++) a.push(i); return a }")
    assert _native._look(look, "", "").result() == [0, 1, 2]


def test_a_look_into_what_runs(context: Context) -> None:
    context.eval_sync("var steps = 0, done = false")
    look = function(context, "() => steps")
    work = context.eval("while (!done) steps++; steps", timeout=30)
    seen = [_native._look(look, "", "").result(timeout=30) for _ in range(50)]
    until = time.monotonic() + 20
    while seen[-1] == seen[0] and time.monotonic() < until:
        seen.append(_native._look(look, "", "").result(timeout=30))
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    assert not work.done()
    work.cancel()


def test_a_look_that_does_not_end_is_stopped_and_what_runs_goes_on(context: Context) -> None:
    endless = function(context, "() => { for (;;); }")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            _native._look(endless, "", "").result(timeout=30)
    context.eval_sync("var until = 0")
    work = context.eval("const end = Date.now() + 700; let n = 0; while (Date.now() < end) n++; 'done'")
    with pytest.raises(RuntimeError):
        _native._look(endless, "", "").result(timeout=30)
    assert not work.done()
    assert work.result(timeout=30) == "done"
    assert context.eval_sync("1 + 1") == 2


def test_many_looks_at_once(context: Context) -> None:
    """They wait for each other: one inside another would be V8's end."""
    look = function(context, "(name) => { let n = 0; for (let i = 0; i < 2000; i++) n++; return name }")
    work = context.eval("const end = Date.now() + 500; let n = 0; while (Date.now() < end) n++; 'done'")
    found: list[str] = []

    def ask(number: int) -> None:
        for turn in range(20):
            found.append(_native._look(look, f"{number}.{turn}", "").result(timeout=30))

    threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"{number}.{turn}" for number in range(4) for turn in range(20))
    assert work.result(timeout=30) == "done"


def test_disposal_and_termination_meanwhile(isolate: Isolate, context: Context) -> None:
    look = function(context, "() => 1")
    work = context.eval("for (;;);")
    _native._look(look, "", "").result(timeout=30)
    isolate.terminate()
    assert work.exception(timeout=30) is not None
    assert _native._look(look, "", "").result(timeout=30) == 1
    work = context.eval("for (;;);")
    pending = [_native._look(look, "", "") for _ in range(10)]
    isolate.dispose()
    for future in pending:
        assert future.exception(timeout=30) is None or future.done()
    assert _native._look(look, "", "").exception(timeout=30) is not None


def test_looks_do_not_slow_functions_down_for_good(context: Context) -> None:
    """V8 gives functions that run under the check bytecode of their own, for as long."""
    fib = function(context, "(n) => { const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); return f(+n) }")

    def seconds() -> float:
        started = time.perf_counter()
        fib.apply_sync(None, [24])
        return time.perf_counter() - started

    before = min(seconds() for _ in range(20))
    for _ in range(3):
        _native._look(fib, "5", "").result()
    assert min(seconds() for _ in range(20)) < 4 * before

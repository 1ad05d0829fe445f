"""A cell whose value is a promise: waited for, unless one wants to see the promise."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("Promise.resolve(5)", "5"),
        ("(async () => ({a: 1}))()", "{ a: 1 }"),
        ("new Promise(r => setTimeout(r, 10, 'later'))", "'later'"),
        ("Promise.resolve(undefined)", None),
        ("await new Promise(r => setTimeout(r, 5)); Promise.resolve(6)", "6"),
        ("Promise.resolve([Promise.resolve(1)])", "[ Promise { 1 } ]"),
        ("({then: (f) => f(1)})", "{ then: [Function: then] }"),
    ],
)
def test_the_promise_is_awaited(kernel: Any, code: str, result: str | None) -> None:
    assert kernel.ok(code).result == result


def test_a_promise_that_is_rejected_fails_the_cell_with_its_line(kernel: Any) -> None:
    run = kernel.fails("const f = async () => {\n  await null;\n  null.x;\n};\nf()")
    assert run.error["ename"] == "TypeError"
    assert f"In [{run.reply['execution_count']}]:3:8\n    null.x;" in run.traceback


def test_a_promise_is_left_alone_for_one_cell(kernel: Any) -> None:
    assert kernel.ok("%%isolate main --no-await\nPromise.resolve(5)").result == "Promise { 5 }"
    assert kernel.ok("%%isolate main --no-await\nnew Promise(() => {})").result == "Promise { <pending> }"
    assert kernel.ok("%%isolate main --no-await\nawait Promise.resolve(5)").result == "5"
    assert kernel.ok("Promise.resolve(6)").result == "6"


def test_a_promise_is_left_alone_for_all_cells(kernel: Any) -> None:
    kernel.ok("%await off")
    assert kernel.ok("Promise.resolve(5)").result == "Promise { 5 }"
    rejected = kernel.ok("Promise.reject(new Error('seen'))")
    assert rejected.result.startswith("Promise {\n  <rejected> Error: seen")
    assert "Uncaught (in a promise of" in rejected.stderr
    kernel.ok("%await on")
    assert kernel.ok("Promise.resolve(6)").result == "6"


def test_an_interrupt_ends_the_wait(kernel: Any) -> None:
    request = kernel.start("console.log('waiting'); new Promise(() => {})")
    kernel.wait_for_text(request, "waiting")
    kernel.interrupt()
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"


def test_a_timeout_ends_the_wait(kernel: Any) -> None:
    run = kernel.fails("%%isolate main --timeout 0.3\nnew Promise(() => {})")
    assert run.error["ename"] == "ScriptTimeoutError"

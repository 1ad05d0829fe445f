"""How errors are told."""

from __future__ import annotations

from typing import Any

import pytest


def count_of(run: Any) -> int:
    return int(run.reply["execution_count"])


def test_a_thrown_error_shows_its_line_and_a_caret(kernel: Any) -> None:
    run = kernel.fails("function f(x) {\n  return x.y.z;\n}\nf({})")
    assert run.error["ename"] == "TypeError"
    assert run.error["evalue"] == "Cannot read properties of undefined (reading 'z')"
    place = f"In [{count_of(run)}]"
    assert run.traceback == (
        "TypeError: Cannot read properties of undefined (reading 'z')\n"
        f"{place}:2:14\n"
        "    return x.y.z;\n"
        "               ^\n"
        f"    at f ({place}:2:14)\n"
        f"    at {place}:4:1"
    )
    assert run.reply["traceback"] == run.error["traceback"]


def test_an_error_after_an_await_has_its_line(kernel: Any) -> None:
    run = kernel.fails("await 1;\nawait new Promise(r => setTimeout(r, 1));\n\nnope()")
    assert run.error["ename"] == "ReferenceError"
    assert f"In [{count_of(run)}]:4:1\n  nope()\n  ^" in run.traceback


@pytest.mark.parametrize(
    ("code", "line", "excerpt"),
    [
        ("let a = 1;\nlet b = ;\nlet c", 2, "  let b = ;\n          ^"),
        ("%%isolate syntax\n\nlet a = 1;\nlet b = ;", 4, "  let b = ;\n          ^"),
        ("# NBVAL_RAISES_EXCEPTION\nlet b = ;", 2, "  let b = ;\n          ^"),
    ],
)
def test_a_syntax_error_has_the_line_of_the_cell(kernel: Any, code: str, line: int, excerpt: str) -> None:
    run = kernel.fails(code)
    assert (run.error["ename"], run.error["evalue"]) == ("SyntaxError", "Unexpected token ';'")
    assert f"In [{count_of(run)}]:{line}:9\n{excerpt}" in run.traceback


def test_a_syntax_error_at_run_time_has_the_line_that_ran(kernel: Any) -> None:
    run = kernel.fails("1;\nJSON.parse('{bad')")
    assert run.error["ename"] == "SyntaxError"
    assert f"In [{count_of(run)}]:2:6\n  JSON.parse('{{bad')\n       ^" in run.traceback


def test_a_rejection_that_nobody_handles_fails_its_cell(kernel: Any) -> None:
    run = kernel.fails("Promise.reject(new Error('unhandled')); 1")
    assert (run.error["ename"], run.error["evalue"]) == ("Error", "unhandled")
    assert kernel.ok("Promise.reject(new Error('handled')).catch(() => {}); 1").result == "1"


def test_an_error_says_nothing_beside_itself(kernel: Any) -> None:
    for code in ("null.x", "throw 5", "await null.x", "JSON.parse('{')", "throw {}"):
        assert [message["msg_type"] for message in kernel.fails(code).messages] == ["error"]


def test_causes_are_told(kernel: Any) -> None:
    run = kernel.fails("try { null.x } catch (e) {\n  throw new Error('outer', {cause: e})\n}")
    assert "Error: outer" in run.traceback
    assert "Caused by TypeError: Cannot read properties of null (reading 'x')" in run.traceback


@pytest.mark.parametrize(
    ("thrown", "evalue"),
    [
        ("5", "5"),
        ("'text'", "'text'"),
        ("true", "true"),
        ("2n", "2"),
        ("null", "null"),
        ("undefined", "undefined"),
    ],
)
def test_a_thrown_value_that_is_no_error(kernel: Any, thrown: str, evalue: str) -> None:
    error = kernel.fails(f"throw {thrown}").error
    assert error["ename"] == "Uncaught"
    assert error["evalue"] == evalue


def test_the_errors_of_an_aggregate_are_told(kernel: Any) -> None:
    rejected = "Promise.reject(new TypeError('first')), Promise.reject(new RangeError('second'))"
    run = kernel.fails(f"await Promise.any([{rejected}])")
    assert run.error["ename"] == "AggregateError"
    assert "One of its errors: TypeError: first" in run.traceback
    assert "One of its errors: RangeError: second" in run.traceback


def test_no_frame_is_the_preludes(kernel: Any) -> None:
    run = kernel.fails(
        "await new Promise((resolve, reject) => setTimeout(() => reject(new Error('late')), 1))"
    )
    assert "isolates:" not in run.traceback
    request = kernel.start(
        "setTimeout(() => { console.log(new Error('logged')); throw new TypeError('thrown') }, 1)"
    )
    kernel.finish(request)
    text = kernel.wait_for_text(request, "TypeError")
    assert "isolates:" not in text


def test_an_error_in_a_timer_is_told_to_its_cell(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => { missing() }, 5)")
    count = kernel.finish(request).reply["execution_count"]
    kernel.ok("await new Promise(r => setTimeout(r, 50))")
    text = kernel.wait_for_text(request, "Uncaught")
    assert "missing is not defined" in text
    assert f"In [{count}]:1:20" in text


def test_a_very_long_line_is_cut_around_the_caret(kernel: Any) -> None:
    run = kernel.fails(f"{'1;' * 5000}null.x;{'1;' * 5000}")
    excerpt, caret = run.traceback.split("\n")[2:4]
    assert len(excerpt) < 200
    assert excerpt[caret.index("^") - 5 :].startswith("null.x")


def test_an_overwritten_stack_harms_nothing(kernel: Any) -> None:
    run = kernel.fails("const bad = new Error('odd'); bad.stack = 5; throw bad")
    assert (run.error["ename"], run.error["evalue"]) == ("Error", "odd")


def test_a_stack_overflow_is_a_range_error(kernel: Any) -> None:
    assert kernel.fails("(function f() { f() })()").error["ename"] == "RangeError"

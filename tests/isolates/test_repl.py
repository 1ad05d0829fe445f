"""`repl=True`: code as a line of V8's REPL, with redeclarations and await at the top."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import undefined


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("let a = 1", "let a = 2; a"),
        ("const a = 1", "const a = 2; a"),
        ("class a {}", "let a = 2; a"),
        ("function a() {}", "function a() { return 2 } a()"),
        ("var a = 1", "var a = 2; a"),
        ("let [a] = [1]", "let { a } = { a: 2 }; a"),
    ],
)
def test_a_name_can_be_declared_again(ask: Any, context: isolates.Context, first: str, second: str) -> None:
    ask(context, "eval", first, repl=True)
    assert ask(context, "eval", second, repl=True) == 2
    assert ask(context, "eval", second, repl=True) == 2


@pytest.mark.parametrize(("first", "second"), [("let", "const"), ("const", "let"), ("let", "var")])
def test_a_name_can_not_change_its_kind(ask: Any, context: isolates.Context, first: str, second: str) -> None:
    # V8's rule, as in Chrome's console.
    ask(context, "eval", f"{first} a = 1", repl=True)
    with pytest.raises(isolates.JSSyntaxError, match="'a' has already been declared"):
        ask(context, "eval", f"{second} a = 2", repl=True)
    assert ask(context, "eval", "a", repl=True) == 1


def test_a_function_made_by_an_earlier_line_sees_the_new_value(ask: Any, context: isolates.Context) -> None:
    ask(context, "eval", "let a = 1; function read() { return a }", repl=True)
    ask(context, "eval", "let a = 2", repl=True)
    assert ask(context, "eval", "read()", repl=True) == 2


def test_one_line_declares_a_name_once(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSSyntaxError, match="has already been declared"):
        ask(context, "eval", "let a = 1; let a = 2", repl=True)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("await 5", 5),
        ("await Promise.resolve('p')", "p"),
        ("const later = await new Promise(done => done(7)); later", 7),
        ("for await (const n of [Promise.resolve(1), 2]) globalThis.last = n; last", 2),
        ("let sum = 0; for (const n of [1, 2]) sum += await n; sum", 3),
        ("(async () => 8)()", undefined),
        ("1 + 1", 2),
        ("", undefined),
        ("let onlyDeclared = 1", undefined),
        ("if (true) 5", 5),
        ("({ a: 1 })", undefined),
    ],
)
def test_await_works_at_the_top_and_the_value_is_the_last_expressions(
    ask: Any, context: isolates.Context, code: str, value: object
) -> None:
    assert ask(context, "eval", code, repl=True) == value


def test_copy_and_reference_apply_to_the_lines_value(ask: Any, context: isolates.Context) -> None:
    assert ask(context, "eval", "await 0; ({ a: [1] })", repl=True, copy=True) == {"a": [1]}
    reference = ask(context, "eval", "await 0; () => 3", repl=True, reference=True)
    assert (reference.typeof, reference.apply_sync()) == ("function", 3)


def test_what_a_line_throws_comes_out(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSRangeError, match=r"^before$"):
        ask(context, "eval", "throw new RangeError('before'); await 0", repl=True)
    with pytest.raises(isolates.JSTypeError, match=r"^after$") as caught:
        ask(context, "eval", "await 0;\nthrow new TypeError('after')", repl=True, filename="line.js")
    assert caught.value.stack is not None
    assert "line.js:2:7" in caught.value.stack
    with pytest.raises(isolates.ThrownValueError) as thrown:
        ask(context, "eval", "await 0; throw 5", repl=True)
    assert thrown.value.value == 5


def test_a_line_that_threw_can_be_run_again(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSError):
        ask(context, "eval", "const a = (() => { throw new Error('first') })()", repl=True)
    assert ask(context, "eval", "const a = 1; a", repl=True) == 1


def test_a_syntax_error_of_a_line_says_where_it_is(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSSyntaxError, match=r" \[line\.js:2:3\]$") as caught:
        ask(context, "eval", "await 0\na b", repl=True, filename="line.js")
    assert (caught.value.line, caught.value.column, caught.value.source_line) == (2, 3, "a b")


def test_a_line_has_a_timeout_before_and_after_its_await(ask: Any, context: isolates.Context) -> None:
    for code in ("for (;;);", "await 0; for (;;);", "await new Promise(() => {})"):
        with pytest.raises(isolates.ScriptTimeoutError):
            ask(context, "eval", code, repl=True, timeout=0.05)
    assert ask(context, "eval", "await 1", repl=True) == 1


def test_lines_and_plain_code_see_each_others_names(ask: Any, context: isolates.Context) -> None:
    ask(context, "eval", "let a = 1; const b = 2", repl=True)
    assert ask(context, "eval", "a + b") == 3
    ask(context, "eval", "let plain = 4")
    assert ask(context, "eval", "plain", repl=True) == 4


def test_closures_know_no_repl(context: isolates.Context) -> None:
    closure: Any = context.eval_closure
    with pytest.raises(TypeError, match=r"`Context\.eval_closure` has no parameter `repl`"):
        closure("1", repl=True)

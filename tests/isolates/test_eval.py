"""Context.eval and eval_closure: what runs, what crosses, in which order."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

import isolates
from isolates import TransferError, undefined

OBJECTS = [
    "({})",
    "[]",
    "() => 1",
    "class A {}",
    "Symbol('s')",
    "new Map()",
    "Promise.resolve(1)",
    "new Proxy({}, {})",
]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("", undefined),
        ("1 + 1", 2),
        ("var a = 1", undefined),
        ("1; 2; 3", 3),
        ("if (true) 'yes'; else 'no'", "yes"),
        ("const f = n => n < 2 ? n : f(n - 1) + f(n - 2); f(12)", 144),
        ("// only a comment", undefined),
        ("#! a shebang line\n5", 5),
        ("'use strict'; (function() { return this })()", undefined),
        ("typeof globalThis", "object"),
        ("'é☃\U0001f600'.length", 4),
    ],
)
def test_eval_answers_the_last_expressions_value(
    ask: Any, context: isolates.Context, code: str, value: object
) -> None:
    assert ask(context, "eval", code) == value


@pytest.mark.parametrize("name", ["require", "process", "setTimeout", "fetch", "Deno", "ivm", "gc", "print"])
def test_nothing_of_a_host_is_there(context: isolates.Context, name: str) -> None:
    assert context.eval_sync(f"typeof {name}") == "undefined"


def test_what_one_eval_declares_the_next_one_sees(ask: Any, context: isolates.Context) -> None:
    ask(context, "eval", "let a = 1; const b = 2; var c = 3; function d() { return a + b + c }; class E {}")
    assert ask(context, "eval", "a = 10; d() + typeof E") == "15function"


def test_let_can_be_declared_once_only_without_repl(ask: Any, context: isolates.Context) -> None:
    ask(context, "eval", "let once = 1")
    with pytest.raises(isolates.JSSyntaxError, match="'once' has already been declared"):
        ask(context, "eval", "let once = 2")
    assert ask(context, "eval", "once") == 1


@pytest.mark.parametrize("code", OBJECTS)
def test_a_result_that_can_not_cross_is_undefined(ask: Any, context: isolates.Context, code: str) -> None:
    assert ask(context, "eval", f"({code})") is undefined


@pytest.mark.parametrize("code", OBJECTS)
def test_a_closures_result_that_can_not_cross_is_refused(
    ask: Any, context: isolates.Context, code: str
) -> None:
    with pytest.raises(TransferError, match=r"^A non-transferable value was passed$") as caught:
        ask(context, "eval_closure", f"return {code}")
    assert isinstance(caught.value, TypeError)


def test_copy_brings_the_whole_object(ask: Any, context: isolates.Context) -> None:
    code = "({ list: [1, 'a', null], map: new Map([['k', new Set([1])]]) })"
    assert ask(context, "eval", code, copy=True) == {"list": [1, "a", None], "map": {"k": {1}}}


@pytest.mark.parametrize(
    ("code", "text"),
    [("() => 1", "() => 1"), ("Symbol('s')", "Symbol(s)"), ("Promise.resolve()", "#<Promise>")],
)
def test_copy_refuses_what_structured_clone_refuses(
    ask: Any, context: isolates.Context, code: str, text: str
) -> None:
    with pytest.raises(TransferError, match=f"^{re.escape(text)} could not be cloned.$"):
        ask(context, "eval", f"({code})", copy=True)
    with pytest.raises(TransferError, match="could not be cloned"):
        ask(context, "eval", f"({{ a: [{code}] }})", copy=True)


def test_a_getter_that_throws_while_it_is_copied_fails_the_call(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSRangeError, match=r"^from the getter$"):
        ask(context, "eval", "({ get a() { throw new RangeError('from the getter') } })", copy=True)
    assert ask(context, "eval", "6 * 7") == 42


def test_a_result_is_a_copy_and_not_the_object(context: isolates.Context) -> None:
    context.eval_sync("globalThis.kept = { list: [1] }")
    first = context.eval_sync("kept", copy=True)
    first["list"].append(2)
    assert context.eval_sync("kept.list.push(3); kept", copy=True) == {"list": [1, 3]}
    assert first == {"list": [1, 2]}


def test_arguments_of_a_closure_are_named_by_their_number(ask: Any, context: isolates.Context) -> None:
    code = "return [$0, $1, typeof $2, arguments.length]"
    assert ask(context, "eval_closure", code, ["a", {"b": [1]}], copy=True) == [
        "a",
        {"b": [1]},
        "undefined",
        2,
    ]


@pytest.mark.parametrize("args", [[], (), None])
def test_a_closure_needs_no_arguments(ask: Any, context: isolates.Context, args: Any) -> None:
    assert ask(context, "eval_closure", "return arguments.length", args) == 0


def test_a_closure_takes_many_arguments(context: isolates.Context) -> None:
    assert context.eval_closure_sync("return $0 + $299 + arguments.length", list(range(300))) == 599


def test_a_closures_names_stay_inside_it(ask: Any, context: isolates.Context) -> None:
    ask(context, "eval_closure", "var inner = $0; globalThis.outer = $0; return", [1])
    assert ask(context, "eval", "typeof inner + typeof $0 + outer") == "undefinedundefined1"


@pytest.mark.parametrize(
    "code", ["} + {", "}); (() => {", "return 1 } function f() {", "*/ return 1 /*", "$0) {"]
)
def test_a_closures_code_can_not_leave_the_functions_body(context: isolates.Context, code: str) -> None:
    with pytest.raises(isolates.JSSyntaxError):
        context.eval_closure_sync(code)


def test_a_callable_is_called_with_copies_and_answers_with_one(ask: Any, context: isolates.Context) -> None:
    seen: list[tuple[object, ...]] = []

    def call(*values: object) -> dict[str, object]:
        seen.append(values)
        return {"list": [values[0], None]}

    answer = ask(context, "eval_closure", "return $0(1, 'a', undefined, {b: [2n]})", [call], copy=True)
    assert answer == {"list": [1, None]}
    assert seen == [(1, "a", undefined, {"b": [2]})]


def test_a_callable_that_is_kept_can_be_called_by_a_later_eval(ask: Any, context: isolates.Context) -> None:
    calls: list[object] = []
    context.eval_closure_sync("globalThis.log = $0", [calls.append], reference=True).release()
    ask(context, "eval", "log(1); log('two'); typeof log")
    assert calls == [1, "two"]


def test_a_synchronous_call_without_timeout_runs_on_the_callers_thread(context: isolates.Context) -> None:
    assert context.eval_closure_sync("return $0()", [threading.get_ident]) == threading.get_ident()


def test_an_asynchronous_call_runs_on_a_thread_of_the_pool(context: isolates.Context) -> None:
    assert context.eval_closure("return $0()", [threading.get_ident]).result(10) != threading.get_ident()


def test_a_callable_may_use_the_isolate_that_calls_it(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    other = isolate.create_context_sync()

    def inside() -> object:
        return other.eval_sync("40 + 2")

    assert context.eval_closure_sync("return $0()", [inside]) == 42
    other.release()


def test_calls_are_queued_when_they_are_made_and_run_in_their_order(
    context: isolates.Context, gate: Any
) -> None:
    context.eval_sync("globalThis.order = []")
    first = context.eval_closure("$0(); order.push('first')", [gate])
    gate.wait_entered()
    calls = [context.eval(f"order.push({n})") for n in range(5)]
    context.eval_ignored("order.push('ignored')")
    last = context.eval("order.join()")
    assert not any(call.done() for call in [first, *calls, last])
    gate.open()
    assert last.result(10) == "first,0,1,2,3,4,ignored"


@pytest.mark.parametrize("code", ["throw new Error('x')", "let let", "Promise.reject(1)", "({}).a.b"])
def test_ignored_calls_answer_nothing_and_raise_nothing(context: isolates.Context, code: str) -> None:
    ignored: Any = context.eval_ignored
    assert (
        ignored(f"globalThis.ran = (globalThis.ran | 0) + 1; {code}" if "let" not in code else code) is None
    )
    assert context.eval("6 * 7").result(10) == 42


def test_promise_jobs_run_before_the_call_ends(ask: Any, context: isolates.Context) -> None:
    ask(
        context,
        "eval",
        "let state = 'new'; Promise.resolve().then(() => 1).then(() => { state = 'done' }); 0",
    )
    assert ask(context, "eval", "state") == "done"


def test_recursion_without_end_is_a_range_error_and_the_isolate_lives(
    ask: Any, context: isolates.Context
) -> None:
    for _ in range(3):
        with pytest.raises(isolates.JSRangeError, match="Maximum call stack size exceeded"):
            ask(context, "eval", "(function f() { f() })()")
    assert (
        ask(context, "eval", "let depth = 0; try { (function f() { depth++; f() })() } catch {} depth > 5000")
        is True
    )


def test_recursion_through_python_ends_in_an_error(ask: Any, context: isolates.Context) -> None:
    def again() -> None:
        context.eval_closure_sync("$0()", [again])

    with pytest.raises((isolates.JSError, RecursionError)):
        ask(context, "eval_closure", "$0()", [again])
    assert ask(context, "eval", "6 * 7") == 42


def test_a_very_long_string_crosses_both_ways(ask: Any, context: isolates.Context) -> None:
    text = "x☃" * 2_000_000
    assert ask(context, "eval_closure", "return $0 + '!'", [text]) == text + "!"


def test_a_string_longer_than_the_limit_is_refused_and_the_isolate_lives(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    with pytest.raises(TransferError, match="memory_limit"):
        ask(context, "eval", "'x'.repeat(2 ** 29 - 24)")
    with pytest.raises(TransferError):
        ask(context, "eval_closure", "return $0.length", ["x" * (100 << 20)])
    assert ask(context, "eval", "6 * 7") == 42
    assert not isolate.is_disposed

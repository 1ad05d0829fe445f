"""References: values that stay inside, called and passed on from outside."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import ReleasedError, TransferError, undefined


def refer(context: isolates.Context, code: str) -> isolates.Reference:
    reference = context.eval_sync(f"({code})", reference=True)
    assert isinstance(reference, isolates.Reference)
    return reference


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("null", "null"),
        ("undefined", "undefined"),
        ("1.5", "number"),
        ("NaN", "number"),
        ("'s'", "string"),
        ("false", "boolean"),
        ("() => 1", "function"),
        ("class A {}", "function"),
        ("new Proxy(() => 1, {})", "function"),
        ("{}", "object"),
        ("[]", "object"),
        ("1n", "object"),
        ("Symbol()", "object"),
    ],
)
def test_typeof_is_javascripts_with_null_told_apart(context: isolates.Context, code: str, name: str) -> None:
    assert refer(context, code).typeof == name


def test_apply_calls_with_receiver_and_arguments(ask: Any, context: isolates.Context) -> None:
    function = refer(context, "function (...rest) { return [this.name, ...rest] }")
    assert ask(function, "apply", {"name": "n"}, [1, "a", None], copy=True) == ["n", 1, "a", None]


@pytest.mark.parametrize("values", [[], [None], [None, None], [undefined, ()], [None, []]])
def test_apply_needs_neither_receiver_nor_arguments(ask: Any, context: isolates.Context, values: Any) -> None:
    function = refer(context, "function () { 'use strict'; return typeof this + arguments.length }")
    assert ask(function, "apply", *values) == "undefined0"


def test_apply_refuses_a_result_that_can_not_cross(ask: Any, context: isolates.Context) -> None:
    function = refer(context, "() => ({})")
    with pytest.raises(TransferError, match=r"^A non-transferable value was passed$"):
        ask(function, "apply")
    assert ask(function, "apply", copy=True) == {}
    assert ask(function, "apply", reference=True).typeof == "object"


def test_apply_waits_for_a_promise(ask: Any, context: isolates.Context) -> None:
    function = refer(context, "async n => { await null; return n + 1 }")
    assert ask(function, "apply", None, [1], promise=True) == 2


def test_apply_takes_a_timeout(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        ask(refer(context, "() => { for (;;); }"), "apply", timeout=0.05)


def test_apply_ignored_answers_nothing_and_keeps_the_order(context: isolates.Context) -> None:
    function: Any = refer(context, "() => { globalThis.n = (globalThis.n ?? 0) + 1; throw 1 }")
    assert function.apply_ignored() is None
    assert function.apply_ignored() is None
    assert context.eval("n").result(10) == 2


@pytest.mark.parametrize("code", ["{}", "5", "null", "'function'"])
def test_only_functions_can_be_applied(ask: Any, context: isolates.Context, code: str) -> None:
    with pytest.raises(TypeError, match=r"^Reference is not a function$"):
        ask(refer(context, code), "apply")


def test_what_a_function_throws_comes_out(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSRangeError, match=r"^thrown$"):
        ask(refer(context, "() => { throw new RangeError('thrown') }"), "apply")


def test_deref_into_gives_the_value_itself(ask: Any, context: isolates.Context) -> None:
    value = refer(context, "globalThis.kept = {}")
    same = refer(context, "x => x === kept")
    assert ask(same, "apply", None, [value.deref_into()]) is True
    assert ask(context, "eval_closure", "return $0.a[0] === kept", [{"a": [value.deref_into()]}]) is True


def test_deref_into_works_as_receiver(ask: Any, context: isolates.Context) -> None:
    kept = refer(context, "globalThis.kept = {}")
    same = refer(context, "function () { return this === kept }")
    assert ask(same, "apply", kept.deref_into()) is True


def test_what_deref_into_gives_can_be_used_once(ask: Any, context: isolates.Context) -> None:
    once = refer(context, "{}").deref_into()
    assert ask(context, "eval_closure", "return typeof $0", [once]) == "object"
    with pytest.raises(
        TransferError, match=r"^The return value of `derefInto\(\)` should only be used once$"
    ):
        ask(context, "eval_closure", "return typeof $0", [once])


def test_another_isolate_can_not_have_the_value(ask: Any, context: isolates.Context) -> None:
    value = refer(context, "{}")
    with isolates.Isolate() as other:
        foreign = other.create_context_sync()
        with pytest.raises(TransferError, match=r"^Cannot dereference this into target isolate$"):
            ask(foreign, "eval_closure", "return 1", [value.deref_into()])


def test_a_released_reference_is_gone_but_for_its_type(ask: Any, context: isolates.Context) -> None:
    function = refer(context, "() => 1")
    function.release()
    for use in (function.release, function.deref_into, lambda: ask(function, "apply")):
        with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
            use()
    with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
        function.apply_ignored()
    assert function.typeof == "function"


def test_what_was_dereferenced_survives_the_release(context: isolates.Context) -> None:
    value = refer(context, "{ n: 1 }")
    inside = value.deref_into()
    value.release()
    assert context.eval_closure_sync("return $0.n", [inside]) == 1


def test_a_reference_keeps_its_value_and_a_released_one_does_not(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    context.eval_sync(
        "globalThis.gone = []; const registry = new FinalizationRegistry(name => gone.push(name))"
    )
    kept = refer(context, "(x => { registry.register(x, 'kept'); return x })({})")
    lost = refer(context, "(x => { registry.register(x, 'lost'); return x })({})")
    lost.release()
    isolate.collect_garbage_sync()
    assert context.eval("gone.join()").result(10) == "lost"
    kept.release()
    isolate.collect_garbage_sync()
    assert context.eval("gone.join()").result(10) == "lost,kept"


def test_a_reference_of_a_disposed_isolate_keeps_its_type_and_can_be_released(ask: Any) -> None:
    with isolates.Isolate() as isolate:
        function = refer(isolate.create_context_sync(), "() => 1")
    with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
        ask(function, "apply")
    assert function.typeof == "function"
    function.release()


def test_references_are_counted_and_forgotten_ones_are_not(isolate: isolates.Isolate, context: Any) -> None:
    before = isolate.reference_count
    references = [refer(context, "{}") for _ in range(10)]
    assert isolate.reference_count == before + 10
    references[0].release()
    assert isolate.reference_count == before + 9
    references.clear()
    assert isolate.reference_count == before


def test_many_forgotten_references_do_not_fill_the_heap() -> None:
    with isolates.Isolate(memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        for _ in range(2000):
            refer(context, "new Array(10000)")  # 80 KB each
        assert context.eval_sync("6 * 7") == 42

"""Contexts: globals of their own in one heap, and what is left when one is released."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import DisposedError, ReleasedError


def test_contexts_share_no_globals_and_no_builtins(ask: Any, isolate: isolates.Isolate) -> None:
    first, second = ask(isolate, "create_context"), ask(isolate, "create_context")
    ask(first, "eval", "globalThis.secret = 1; Array.prototype.spoiled = true; Object = null")
    assert ask(second, "eval", "typeof secret + [].spoiled + typeof Object") == "undefinedundefinedfunction"


def test_an_object_of_one_context_can_be_given_to_another(isolate: isolates.Isolate) -> None:
    first, second = isolate.create_context_sync(), isolate.create_context_sync()
    reference = first.eval_sync("globalThis.shared = { n: 1 }; shared", reference=True)
    answer = second.eval_closure_sync("$0.n++; return $0 instanceof Object", [reference.deref_into()])
    assert (answer, first.eval_sync("shared.n")) == (False, 2)


def test_a_hundred_contexts_fit_one_isolate(isolate: isolates.Isolate) -> None:
    contexts = [isolate.create_context_sync() for _ in range(100)]
    assert [each.eval_sync(f"{n}") for n, each in enumerate(contexts)] == list(range(100))
    count = isolate.get_heap_statistics_sync()["number_of_native_contexts"]
    assert count >= 100


@pytest.mark.parametrize("method", ["eval", "eval_closure"])
def test_a_released_context_is_gone(ask: Any, context: isolates.Context, method: str) -> None:
    context.release()
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        ask(context, method, "1")
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        context.release()


@pytest.mark.parametrize("method", ["eval_ignored", "eval_closure_ignored"])
def test_an_ignored_call_on_a_released_context_raises_at_once(context: isolates.Context, method: str) -> None:
    context.release()
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        getattr(context, method)("1")


def test_a_released_context_is_collected(isolate: isolates.Isolate) -> None:
    def native_contexts() -> int:
        isolate.collect_garbage_sync()
        return isolate.get_heap_statistics_sync()["number_of_native_contexts"]

    before = native_contexts()
    for _ in range(20):
        isolate.create_context_sync().release()
    contexts = [isolate.create_context_sync() for _ in range(20)]
    assert native_contexts() == before + 20
    del contexts  # forgotten is as good as released
    assert native_contexts() == before


def test_what_a_released_context_has_made_lives_on(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    function = context.eval_sync("let n = 0; () => ++n", reference=True)
    context.release()
    isolate.collect_garbage_sync()
    assert [function.apply_sync(), function.apply_sync()] == [1, 2]


def test_queued_calls_survive_the_release_of_their_context(isolate: isolates.Isolate, gate: Any) -> None:
    context = isolate.create_context_sync()
    held = context.eval_closure("$0(); return 'held'", [gate])
    gate.wait_entered()
    queued = context.eval("'queued'")
    context.release()
    gate.open()
    assert [held.result(10), queued.result(10)] == ["held", "queued"]


@pytest.mark.parametrize(
    ("method", "values"),
    [("create_context", []), ("compile_script", ["1"]), ("get_heap_statistics", []), ("collect_garbage", [])],
)
def test_a_disposed_isolate_refuses_every_call(ask: Any, method: str, values: list[Any]) -> None:
    with isolates.Isolate() as isolate:
        pass
    assert isolate.is_disposed
    with pytest.raises(DisposedError, match=r"^Isolate is disposed$"):
        ask(isolate, method, *values)
    with pytest.raises(DisposedError, match=r"^Isolate is already disposed$"):
        isolate.dispose()


@pytest.mark.parametrize("method", ["eval", "eval_closure"])
def test_a_context_of_a_disposed_isolate_refuses_every_call(ask: Any, method: str) -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
    with pytest.raises(DisposedError, match=r"^Isolate is disposed$"):
        ask(context, method, "1")
    assert getattr(context, f"{method}_ignored")("1") is None
    context.release()


def test_asynchronous_forms_answer_futures_at_once(
    isolate: isolates.Isolate, context: Any, gate: Any
) -> None:
    context.eval_closure_ignored("$0()", [gate])
    gate.wait_entered()
    made, compiled = isolate.create_context(), isolate.compile_script("6 * 7")
    figures, collected = isolate.get_heap_statistics(), isolate.collect_garbage()
    for future in (made, compiled, figures, collected):
        assert isinstance(future, isolates.Future)
        assert not future.done()
    gate.open()
    assert compiled.result(10).run(made.result(10)).result(10) == 42
    assert figures.result(10)["used_heap_size"] > 0
    assert collected.result(10) is None


@pytest.mark.parametrize("kind", ["Context", "Script", "Module"])
def test_only_isolates_make_handles(kind: str) -> None:
    for arguments in ((), (5,)):
        with pytest.raises(TypeError, match=f"^`{kind}` constructor is private$"):
            getattr(isolates, kind)(*arguments)


def test_there_is_one_undefined_and_no_reference_to_nothing() -> None:
    for kind in (isolates.Undefined, isolates.Reference):
        with pytest.raises(TypeError):
            kind()  # type: ignore[call-arg]  # the point


@pytest.mark.parametrize("kind", ["Isolate", "Context", "Script", "Reference", "Undefined"])
def test_no_class_can_be_subclassed(kind: str) -> None:
    with pytest.raises(TypeError, match="base type"):
        type("Sub", (getattr(isolates, kind),), {})

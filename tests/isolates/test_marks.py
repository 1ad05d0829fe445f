"""Marks: a number that follows JavaScript through promises, timers of others and calls between isolates."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from isolates import Context, Isolate, Reference, _native, isolated_vm


@pytest.fixture
def isolate() -> Iterator[Isolate]:
    with Isolate() as made:
        yield made


@pytest.fixture
def context(isolate: Isolate) -> Context:
    return marking_context(isolate)


def marking_context(isolate: Isolate) -> Context:
    """A context with the functions mark() and setMark()."""
    context = isolate.create_context_sync()
    natives = _native._inspect_natives(context).result()
    context.eval_closure_sync(
        "globalThis.mark = $0.mark; globalThis.setMark = $0.setMark", [natives.deref_into()]
    )
    return context


def run(context: Context, code: str, mark: int) -> Any:
    value = _native._eval_cell(context, code, "cell", 0, None, mark, False).result()
    if isinstance(value, Reference):
        return value.copy_sync()
    return value


def in_new_context(action: Any) -> Any:
    """Marks of the host that are set inside end there."""
    return contextvars.Context().run(action)


def test_what_runs_has_the_mark_and_what_comes_next_has_not(context: Context) -> None:
    assert run(context, "[mark()]", 7) == [7]
    assert context.eval_sync("mark()") == 0
    assert run(context, "setMark(9); [mark()]", 7) == [9]
    assert context.eval_sync("mark()") == 0


@pytest.mark.parametrize("mark", [1, 2**30 - 1, 2**30, 2**31 - 1])
def test_marks_are_positive_int32(context: Context, mark: int) -> None:
    assert run(context, "[mark()]", mark) == [mark]


def test_promise_jobs_have_the_mark_of_who_made_the_reaction(context: Context) -> None:
    run(
        context,
        "var gate = Promise.withResolvers(), seen = []; gate.promise.then(() => seen.push(mark())); 0",
        3,
    )
    run(
        context, "(async () => { await gate.promise; seen.push(mark()); await 0; seen.push(mark()) })(); 0", 4
    )
    run(context, "gate.resolve(); seen.push(mark())", 5)
    assert context.eval_sync("seen", copy=True) == [5, 3, 4, 4]


def test_a_function_called_from_the_host_has_the_mark_of_its_maker(context: Context) -> None:
    made = _native._eval_cell(context, "(() => mark())", "cell", 0, None, 6, False).result()
    assert isinstance(made, Reference)
    assert made.apply_sync() == 6
    assert made.apply().result() == 6


def test_a_marked_task_of_the_host_marks_its_calls(context: Context) -> None:
    made = _native._eval_cell(context, "(() => mark())", "cell", 0, None, 6, False).result()
    assert isinstance(made, Reference)

    def check() -> None:
        _native._set_mark(8)
        assert made.apply_sync() == made.apply().result() == 8
        assert context.eval_sync("mark()") == context.eval("mark()").result() == 8
        assert context.eval_closure_sync("return mark()") == 8
        _native._set_mark(0)
        assert context.eval_sync("mark()") == 0

    in_new_context(check)
    assert context.eval_sync("mark()") == 0


def test_tasks_of_asyncio_have_marks_of_their_own(context: Context) -> None:
    async def marked(mark: int) -> list[object]:
        _native._set_mark(mark)
        return [await context.eval("mark()") for _ in range(5)]

    async def both() -> list[list[object]]:
        return await asyncio.gather(marked(1), marked(2))

    assert in_new_context(lambda: asyncio.run(both())) == [[1] * 5, [2] * 5]


def test_a_host_function_that_calls_back_keeps_the_mark(context: Context) -> None:
    back = context.eval_sync("() => mark()", reference=True)
    context.global_.set_sync("host", lambda: back.apply_sync())
    assert run(context, "[host(), mark()]", 5) == [5, 5]


def test_a_call_into_another_isolate_carries_the_mark_there_and_back(
    isolate: Isolate, context: Context
) -> None:
    context.eval_closure_sync("globalThis.ivm = $0", [isolated_vm()])
    run(
        context,
        "var other = new ivm.Isolate().createContextSync();"
        "other.global.setSync('back', new ivm.Callback(() => mark())); 0",
        3,
    )
    assert run(context, "[other.evalSync('back()'), mark()]", 4) == [4, 4]
    later = "var later = []; other.eval('back()').then((seen) => later.push(seen, mark())); 0"
    run(context, later, 5)
    done = context.eval(
        "new Promise((done) => {"
        "  (function look() { later.length ? done() : other.eval('0').then(look) })()"
        "})",
        promise=True,
    )
    done.result(10)
    assert context.eval_sync("later", copy=True) == [5, 5]


def test_an_unhandled_rejection_is_told_with_its_mark(isolate: Isolate, context: Context) -> None:
    explain = context.eval_sync("(error) => ({name: 'Name', text: `told ${error}`})", reference=True)
    show = context.eval_sync("(value) => `<${value}>`", reference=True)
    told: list[tuple[str, int]] = []
    came = threading.Event()

    def on_rejection(error: Exception, mark: int) -> None:
        told.append((f"{error._label}: {error._details}", mark))
        came.set()

    _native._supervise(isolate, explain, show, on_rejection).result()
    assert run(context, "Promise.reject(5); 'value'", 12) == "<value>"
    assert came.wait(10)
    assert told == [("Name: told 5", 12)]
    assert _native._known_bytes(isolate) > 0


def test_a_callback_of_a_finalization_registry_has_no_mark(isolate: Isolate, context: Context) -> None:
    run(
        context,
        "var seen = []; var registry = new FinalizationRegistry(() => seen.push(mark()));"
        "registry.register({}); 0",
        3,
    )
    for _ in range(100):
        isolate.collect_garbage_sync()
        if context.eval_sync("seen.length"):
            break
    assert context.eval_sync("seen", copy=True) == [0]

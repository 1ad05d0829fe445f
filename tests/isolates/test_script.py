"""Scripts: compiled once, run in any context of their isolate."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import ReleasedError, TransferError, undefined


def test_a_script_runs_in_every_context_of_its_isolate(ask: Any, isolate: isolates.Isolate) -> None:
    script = isolate.compile_script_sync("globalThis.n = (globalThis.n ?? 0) + 1")
    first, second = (isolate.create_context_sync() for _ in range(2))
    assert [ask(script, "run", each) for each in (first, first, second)] == [1, 2, 1]


def test_compile_script_compiles_and_does_not_run(ask: Any, isolate: isolates.Isolate, context: Any) -> None:
    script = ask(isolate, "compile_script", "globalThis.ran = true; 'done'")
    assert context.eval_sync("typeof ran") == "undefined"
    assert ask(script, "run", context) == "done"


@pytest.mark.parametrize(
    ("options", "answer"),
    [({}, undefined), ({"copy": True}, {"a": [1]}), ({"promise": True, "copy": True}, {"a": [1]})],
)
def test_run_takes_the_options_of_eval(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context, options: Any, answer: object
) -> None:
    script = isolate.compile_script_sync("({ a: [1] })")
    assert ask(script, "run", context, **options) == answer


def test_run_with_reference_answers_a_reference(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    script = isolate.compile_script_sync("(n => n + 1)")
    reference = ask(script, "run", context, reference=True)
    assert (reference.typeof, reference.apply_sync(None, [1])) == ("function", 2)


def test_run_takes_a_timeout(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    script = isolate.compile_script_sync("for (;;);")
    with pytest.raises(isolates.ScriptTimeoutError):
        ask(script, "run", context, timeout=0.05)
    assert context.eval_sync("6 * 7") == 42


def test_run_ignored_answers_nothing_and_keeps_the_order(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    script: Any = isolate.compile_script_sync(
        "globalThis.n = (globalThis.n ?? 0) + 1; throw new Error('ignored')"
    )
    assert script.run_ignored(context) is None
    assert script.run_ignored(context) is None
    assert context.eval("n").result(10) == 2


def test_a_script_reports_errors_at_its_place(ask: Any, isolate: isolates.Isolate, context: Any) -> None:
    script = isolate.compile_script_sync("\n  null.x", filename="s.js", line_offset=5, column_offset=9)
    with pytest.raises(isolates.JSTypeError) as caught:
        ask(script, "run", context)
    assert (caught.value.filename, caught.value.line, caught.value.column) == ("s.js", 7, 8)


def test_a_released_script_is_gone(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    script = isolate.compile_script_sync("1")
    script.release()
    with pytest.raises(ReleasedError, match=r"^Script has been released$"):
        ask(script, "run", context)
    with pytest.raises(ReleasedError, match=r"^Script has been released$"):
        script.release()


def test_run_can_release_its_script(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    before = isolate.reference_count
    script = isolate.compile_script_sync("1 + 1")
    assert isolate.reference_count == before + 1
    assert ask(script, "run", context, release=True) == 2
    with pytest.raises(ReleasedError, match=r"^Script has been released$"):
        ask(script, "run", context)
    assert isolate.reference_count == before


def test_a_queued_run_survives_the_release_of_its_script_and_context(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    other = isolate.create_context_sync()
    script = isolate.compile_script_sync("'ran'")
    context.eval_closure_ignored("$0()", [gate])
    gate.wait_entered()
    queued = script.run(other)
    script.release()
    other.release()
    gate.open()
    assert queued.result(10) == "ran"


def test_a_released_context_is_refused(ask: Any, isolate: isolates.Isolate) -> None:
    script = isolate.compile_script_sync("1")
    context = isolate.create_context_sync()
    context.release()
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        ask(script, "run", context)
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        script.run_ignored(context)


def test_a_context_of_another_isolate_is_refused(ask: Any, isolate: isolates.Isolate) -> None:
    script = isolate.compile_script_sync("1")
    with isolates.Isolate() as other:
        foreign = other.create_context_sync()
        with pytest.raises(TransferError, match=r"^Invalid context$"):
            ask(script, "run", foreign)
        with pytest.raises(TransferError, match=r"^Invalid context$"):
            script.run_ignored(foreign)


def test_a_script_of_a_disposed_isolate_is_refused(ask: Any) -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        script = isolate.compile_script_sync("1")
    with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
        ask(script, "run", context)
    ignored: Any = script.run_ignored
    assert ignored(context) is None
    script.release()


def test_compile_script_does_not_take_a_source_that_would_not_fit(
    ask: Any, isolate: isolates.Isolate
) -> None:
    with pytest.raises(ValueError, match="`code` of 20000000 bytes"):
        ask(isolate, "compile_script", "1;" * 10_000_000)


def test_a_script_lives_as_long_as_somebody_holds_it(isolate: isolates.Isolate, context: Any) -> None:
    before = isolate.reference_count
    script = isolate.compile_script_sync("1")
    run = script.run(context)
    del script
    assert run.result(10) == 1
    del run
    assert isolate.reference_count == before

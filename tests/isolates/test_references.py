"""Isolate.references and release_references: which handles hold an isolate's values, and letting go."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest

import isolates
from isolates import ReferenceGroup, _native


def groups(isolate: isolates.Isolate) -> dict[tuple[str, str, object], int]:
    found = isolate.references()
    assert all(type(group) is ReferenceGroup for group in found)
    assert sum(group.count for group in found) == isolate.reference_count
    assert len({group[:3] for group in found}) == len(found)
    return {group[:3]: group.count for group in found}


def test_a_new_isolate_has_none(isolate: isolates.Isolate) -> None:
    assert isolate.references() == []


def test_handles_that_python_holds_are_told_by_kind_and_type(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    script = isolate.compile_script_sync("1")
    module = isolate.compile_module_sync("export default 1")
    held = [context.eval_sync(code, reference=True) for code in ("({})", "[]", "(() => 1)", "'text'", "5")]
    program = "return new Promise(resolve => 0)"
    with pytest.raises(isolates.TransferError):
        context.eval_closure_sync(program)
    assert groups(isolate) == {
        ("Context", "", "Python"): 1,
        ("Module", "", "Python"): 1,
        ("Reference", "function", "Python"): 1,
        ("Reference", "number", "Python"): 1,
        ("Reference", "object", "Python"): 2,
        ("Reference", "string", "Python"): 1,
        ("Script", "", "Python"): 1,
    }
    assert [group.kind for group in isolate.references()] == sorted(
        group.kind for group in isolate.references()
    )
    for handle in (script, module, *held):
        handle.release()
    assert groups(isolate) == {("Context", "", "Python"): 1}


def test_a_contexts_global_is_no_handle_of_its_own(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    assert context.global_.typeof == "object"
    assert groups(isolate) == {("Context", "", "Python"): 1}


def test_one_value_in_two_hands_counts_once(isolate: isolates.Isolate, context: isolates.Context) -> None:
    held = context.eval_sync("({})", reference=True)
    twin = context.eval_closure_sync("return $0", [held])
    assert twin.typeof == "object"
    assert groups(isolate)["Reference", "object", "Python"] == 1
    assert isolate.release_references("Reference") == 1
    for handle in (held, twin):
        with pytest.raises(isolates.ReleasedError, match="Reference has been released"):
            handle.copy_sync()


def test_a_group_is_released_as_by_release(isolate: isolates.Isolate, context: isolates.Context) -> None:
    function = context.eval_sync("(() => 42)", reference=True)
    things = [context.eval_sync("({x: 1})", reference=True) for _ in range(3)]
    assert isolate.release_references(kind="Reference", type="object", holder="Python") == 3
    assert groups(isolate) == {("Context", "", "Python"): 1, ("Reference", "function", "Python"): 1}
    for thing in things:
        assert thing.typeof == "object"
        with pytest.raises(isolates.ReleasedError, match=r"^Reference has been released$"):
            thing.get_sync("x")
        with pytest.raises(isolates.ReleasedError):
            thing.release()
    assert isolate.release_references(kind="Reference", type="object") == 0
    assert function.apply_sync() == 42
    function.release()
    assert isolate.release_references("Reference") == 0
    assert context.eval_sync("6 * 7") == 42


def test_contexts_scripts_and_modules(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    whole = context.global_
    script = isolate.compile_script_sync("1")
    module = isolate.compile_module_sync("1")
    assert isolate.release_references("Script") == 1
    with pytest.raises(isolates.ReleasedError, match="Script has been released"):
        script.run_sync(context)
    assert isolate.release_references("Module") == 1
    with pytest.raises(isolates.ReleasedError, match="Module has been released"):
        module.evaluate_sync()
    assert whole.set_sync("x", 1)
    assert isolate.release_references("Context") == 1
    with pytest.raises(isolates.ReleasedError, match="Context is released"):
        context.eval_sync("1")
    with pytest.raises(isolates.ReleasedError, match="Reference has been released"):
        whole.get_sync("x")  # as after Context.release
    assert isolate.reference_count == 0


def test_all_of_them(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    held = [context.eval_sync("({})", reference=True) for _ in range(1000)]
    assert isolate.release_references() == 1001
    assert isolate.reference_count == 0
    assert isolate.references() == []
    with pytest.raises(isolates.ReleasedError):
        held[500].copy_sync()


def test_what_was_released_can_be_collected(isolate: isolates.Isolate, context: isolates.Context) -> None:
    code = "new Array(1e6).fill(1)"
    held = [context.eval_sync(code, reference=True) for _ in range(3)]
    isolate.collect_garbage_sync()
    before = isolate.get_heap_statistics_sync()["used_heap_size"]
    assert isolate.release_references("Reference") == len(held)
    isolate.collect_garbage_sync()
    assert isolate.get_heap_statistics_sync()["used_heap_size"] < before - 8_000_000


def test_handles_that_another_isolate_holds_are_told_with_it(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    thing = context.eval_sync("({x: 41})", reference=True)
    with isolates.Isolate(memory_limit=16) as other:
        there = other.create_context_sync()
        there.eval_closure_sync("globalThis.thing = $0", [thing])
        assert groups(isolate)["Reference", "object", "Python"] == 1
        thing.release()
        assert groups(isolate)["Reference", "object", other] == 1
        (group,) = [group for group in isolate.references() if group.kind == "Reference"]
        assert isinstance(group.holder, isolates.Isolate)
        assert group.holder == other != isolate
        assert hash(group.holder) == hash(other)
        assert isolate.release_references(holder="Python", kind="Reference") == 0
        assert isolate.release_references(holder=isolate) == 0
        assert there.eval_sync("thing.copySync().x") == 41
        assert isolate.release_references(holder=group.holder) == 1
        with pytest.raises(isolates.JSError, match="Reference has been released"):
            there.eval_sync("thing.copySync().x")
        with pytest.raises(isolates.JSError, match="Reference has been released"):
            there.eval_sync("thing.release()")
        assert there.eval_sync("thing.typeof") == "object"
    assert groups(isolate) == {("Context", "", "Python"): 1}


def test_those_of_python_alone_are_released_where_another_isolate_has_them_too(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    thing = context.eval_sync("({x: 41})", reference=True)
    with isolates.Isolate(memory_limit=16) as other:
        there = other.create_context_sync()
        there.eval_closure_sync("globalThis.thing = $0", [thing])
        assert isolate.release_references("Reference", holder="Python") == 1
        assert there.eval_sync("thing.copySync().x") == 41
        assert groups(isolate)["Reference", "object", other] == 1
    isolate.collect_garbage_sync()


def test_callbacks_become_functions_that_say_they_were_released(program: Any) -> None:
    context = program.context
    callback = context.eval_sync("new ivm.Callback(() => 42)")
    assert isinstance(callback, isolates.Callback)
    with isolates.Isolate(memory_limit=16) as other:
        there = other.create_context_sync()
        there.eval_closure_sync("globalThis.ask = $0", [callback])
        assert (there.eval_sync("ask()"), callback()) == (42, 42)
        assert groups(program.isolate)["Callback", "function", "Python"] == 1
        assert program.isolate.release_references("Callback", holder="Python") == 1
        with pytest.raises(isolates.ReleasedError, match=r"^Callback has been released$"):
            callback()
        with pytest.raises(isolates.ReleasedError, match=r"^Callback has been released$"):
            there.eval_closure_sync("return $0()", [callback])
        assert callback.mode == "sync"
        assert there.eval_sync("ask()") == 42
        assert program.isolate.release_references("Callback", holder=other) == 1
        assert there.eval_sync("try { ask() } catch (error) { String(error) }").endswith(
            "Callback has been released"
        )


def test_what_an_isolates_own_javascript_holds_of_it(program: Any) -> None:
    context = program.context
    context.eval_sync("globalThis.own = new ivm.Reference({}); globalThis.call = new ivm.Callback(() => 1)")
    own = {key: count for key, count in groups(program.isolate).items() if key[2] == program.isolate}
    assert own == {("Reference", "object", program.isolate): 1, ("Callback", "function", program.isolate): 1}
    assert program.isolate.release_references(holder=program.isolate) == 2
    assert context.eval_sync("try { own.deref() } catch (error) { error.message }") == (
        "Reference has been released"
    )


def test_handles_of_a_program_to_an_isolate_that_it_has_made(program: Any) -> None:
    kinds = program.child("""
      const script = isolate.compileScriptSync('1'), module = isolate.compileModuleSync('1');
      const thing = context.evalSync('({})', {reference: true});
      globalThis.keep = {isolate, context, script, module, thing, global: context.global};
      return 1""")
    assert kinds == 1  # its isolate is disposed; what handles there are does not stop anybody


def test_a_module_that_was_released_gets_a_new_object(program: Any) -> None:
    """A resolver is given the very object that its program holds, unless that was released."""
    context = program.context
    context.eval_sync("globalThis.isolate = new ivm.Isolate; globalThis.inside = isolate.createContextSync()")
    inner = context.eval_sync("isolate")
    context.eval_sync("""
      globalThis.main = isolate.compileModuleSync("import './a'");
      globalThis.start = asked => main.instantiateSync(inside, (specifier, from) => {
        asked(from === main);
        return isolate.compileModuleSync('1');
      })""")
    asked: list[bool] = []
    assert inner.release_references("Module") == 1
    with pytest.raises(isolates.JSError, match="Module has been released"):
        context.eval_closure_sync("start($0)", [asked.append])
    assert asked == []
    inner.dispose()


def test_calls_under_way_keep_what_they_use(
    isolate: isolates.Isolate, context: isolates.Context, gate: Any
) -> None:
    function = context.eval_sync("(gate => { gate(); return 42 })", reference=True)
    running = function.apply(None, [gate])
    queued = function.apply(None, [lambda: None])
    gate.wait_entered()
    assert isolate.release_references("Reference") == 1
    refused = function.apply(None, [gate])
    assert isinstance(refused.exception(10), isolates.ReleasedError)
    internal = groups(isolate)["Internal", "", "Python"]
    assert internal == 1
    gate.open()
    assert (running.result(10), queued.result(10)) == (42, 42)
    assert isolate.reference_count == 1


def test_nobody_waits_for_a_busy_isolate(isolate: isolates.Isolate, context: isolates.Context) -> None:
    """Neither for the one that has the values nor for the one that holds the handles."""
    thing = context.eval_sync("({})", reference=True)
    with isolates.Isolate(memory_limit=16) as other:
        there = other.create_context_sync()
        there.eval_closure_sync("globalThis.thing = $0", [thing])
        entered = threading.Barrier(3)
        code = "$0(); for (;;);"
        calls = [it.eval_closure(code, [entered.wait]) for it in (context, there)]
        entered.wait(10)
        assert groups(isolate)["Reference", "object", "Python"] == 1
        assert isolate.release_references("Reference") == 1
        assert "Reference" not in {group.kind for group in isolate.references()}
        for it in (isolate, other):
            it.terminate()
        for call in calls:
            assert isinstance(call.exception(10), isolates.TerminatedError)
        with pytest.raises(isolates.JSError, match="Reference has been released"):
            there.eval_sync("thing.copySync().x")


def test_the_hosts_own_handles_stay(isolate: isolates.Isolate, context: isolates.Context) -> None:
    own = context.eval_sync("(() => 42)", reference=True)
    _native._keep_reference(own)
    assert groups(isolate) == {("Context", "", "Python"): 1, ("Internal", "", "Python"): 1}
    assert isolate.release_references("Reference") == 0
    assert own.apply_sync() == 42
    own.release()
    assert groups(isolate) == {("Context", "", "Python"): 1}


def test_of_a_disposed_isolate() -> None:
    isolate = isolates.Isolate(memory_limit=16)
    context = isolate.create_context_sync()
    held = context.eval_sync("({})", reference=True)
    isolate.dispose()
    assert groups(isolate) == {("Context", "", "Python"): 1, ("Reference", "object", "Python"): 1}
    assert isolate.release_references() == 2
    assert isolate.references() == []
    with pytest.raises(isolates.ReleasedError):
        held.copy_sync()


def test_holders_that_are_gone(isolate: isolates.Isolate, context: isolates.Context, wait_until: Any) -> None:
    thing = context.eval_sync("({})", reference=True)
    with isolates.Isolate(memory_limit=16) as other:
        other.create_context_sync().eval_closure_sync("globalThis.thing = $0", [thing])
        thing.release()
        assert groups(isolate)["Reference", "object", other] == 1
    wait_until(lambda: isolate.reference_count == 1, "the handle outlived its holder")
    assert groups(isolate) == {("Context", "", "Python"): 1}


def test_while_handles_are_made_and_dropped_by_many_threads() -> None:
    with isolates.Isolate(memory_limit=64) as isolate, isolates.Isolate(memory_limit=64) as other:
        context, there = isolate.create_context_sync(), other.create_context_sync()
        over = threading.Event()
        failures: list[BaseException] = []

        def repeat(action: Any) -> None:
            try:
                while not over.is_set():
                    action()
            except BaseException as error:
                failures.append(error)

        def make() -> None:
            with contextlib.suppress(isolates.ReleasedError, isolates.JSError):
                held = context.eval_sync("({x: 1})", reference=True)
                there.eval_closure_sync("globalThis.thing = $0; thing.typeof", [held])
                there.eval_sync("thing.copySync().x")
                held.copy_sync()
                held.release()

        def look() -> None:
            for group in isolate.references():
                assert group.count > 0

        actions = (make, make, look, lambda: isolate.release_references("Reference"))
        threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
        for thread in threads:
            thread.start()
        over.wait(1.5)
        over.set()
        for thread in threads:
            thread.join(10)
        assert failures == []
        assert context.eval_sync("6 * 7") == 42


def test_isolates_are_equal_if_they_are_the_same(program: Any) -> None:
    context = program.context
    context.eval_sync("globalThis.made = new ivm.Isolate")
    first, second = context.eval_sync("made"), context.eval_sync("made")
    assert first == second
    assert len({first, second, program.isolate}) == 2
    assert first != program.isolate
    assert (first == 5) is False
    first.dispose()

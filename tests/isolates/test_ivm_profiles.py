"""The two profiles of `ivm`, row by row of their table: the README's API, and that of isolated-vm 5."""

from __future__ import annotations

from typing import Any

import pytest

import isolates

OBJECT = "const object = context.evalSync('({ n: 1, f() {}, o: {} })', { reference: true });"


def test_get_gives_references_or_what_can_cross(readme: Any, version5: Any) -> None:
    code = OBJECT + "return ['n', 'f', 'o', 'missing'].map(key => kind(object.getSync(key)))"
    kind = "const kind = it => it instanceof ivm.Reference ? `Reference of ${it.typeof}` : typeof it;"
    kinds = ["Reference of number", "Reference of function", "Reference of object", "Reference of undefined"]
    assert readme.child(kind + code) == kinds
    assert version5.child(kind + code) == ["number", "function", "Reference of object", "undefined"]


def test_get_with_reference_gives_references_in_both(program: Any) -> None:
    code = OBJECT + "return ['n', 'f', 'o'].map(key => object.getSync(key, { reference: true }).typeof)"
    assert program.child(code) == ["number", "function", "object"]


def test_get_refuses_getters_and_inherited_ones_unless_told(program: Any) -> None:
    code = """
      const object = context.evalSync(
          'const base = { far: 1 }; ({ __proto__: base, get near() { return 2 } })', { reference: true });
      const read = it => it instanceof ivm.Reference ? it.copySync() : it;
      return [
          read(object.getSync('far')), read(object.getSync('far', { unsafeInherit: true })),
          caught(() => object.getSync('near')), read(object.getSync('near', { accessors: true }))];
    """
    assert program.child(code) == [isolates.undefined, 1, "TypeError: Property is getter", 2]


def test_set_and_delete_answer_or_throw(readme: Any, version5: Any) -> None:
    code = """
      const object = context.evalSync('({ n: 1 })', { reference: true });
      const frozen = context.evalSync('Object.freeze({ n: 1 })', { reference: true });
      const answer = action => { try { return action() } catch (error) { return tell(error) } };
      return [
          answer(() => object.setSync('n', 2)), answer(() => frozen.setSync('n', 2)),
          answer(() => object.deleteSync('n')), answer(() => frozen.deleteSync('n')),
          await object.set('n', 3), await rejected(async () => frozen.set('n', 3))];
    """
    assert readme.child(code) == [True, False, True, False, True, "nothing was rejected"]
    nothing = isolates.undefined
    failed = ["TypeError: Set failed", "TypeError: Delete failed"]
    assert version5.child(code) == [nothing, failed[0], nothing, failed[1], nothing, failed[0]]


def test_apply_refuses_or_refers_to_what_can_not_cross(readme: Any, version5: Any) -> None:
    sync = "context.evalSync('() => ({})', { reference: true }).applySync()"
    later = "context.evalSync('() => ({})', { reference: true }).apply()"
    refused = "TypeError: A non-transferable value was passed"
    assert readme.child(f"return caught(() => {sync})") == refused
    assert readme.child(f"return rejected(() => {later})") == refused
    assert version5.child(f"return [({sync}).typeof, (await {later}).typeof]") == ["object", "object"]


def test_functions_are_refused_or_become_callbacks(readme: Any, version5: Any) -> None:
    result = "context.evalClosureSync('return n => n + 1')"
    argument = "context.evalClosureSync('return $0(1)', [n => n + 1])"
    refused = "TypeError: A non-transferable value was passed"
    assert readme.child(f"return [caught(() => {result}), caught(() => {argument})]") == [refused, refused]
    assert readme.child("return context.evalSync('n => n + 1')") is isolates.undefined
    assert version5.child(f"return [{result}(1), {argument}]") == [2, 2]
    assert version5.child("return context.evalSync('n => n + 1')(1)") == 2
    assert version5.child("context.global.setSync('f', () => 7); return context.evalSync('f()')") == 7


def test_options_override_what_functions_become(program: Any) -> None:
    assert program.child("return context.evalSync('() => 1', { reference: true }).typeof") == "function"
    code = "return caught(() => context.evalSync('() => 1', { copy: true }))"
    assert program.child(code) == "TypeError: () => 1 could not be cloned."


@pytest.mark.parametrize("name", ["cpuTime", "wallTime"])
def test_times_are_pairs_or_bigints(readme: Any, version5: Any, name: str) -> None:
    work = "context.evalSync('for (let i = 0; i < 1e6; ++i);');"
    pair = readme.child(work + f"return isolate.{name}")
    assert pair[0] in range(20)
    assert pair[1] in range(10**9)
    assert sum(pair) > 0
    assert version5.child(work + f"return typeof isolate.{name}") == "bigint"
    assert 0 < version5.child(work + f"return isolate.{name}") < 20 * 10**9


def test_each_object_keeps_its_profile_wherever_it_goes(readme: Any, version5: Any) -> None:
    # An object of one profile, passed into an isolate that has the other one.
    object_ = readme.context.eval_closure_sync(
        "return new ivm.Isolate({ memoryLimit: 16 }).createContextSync()"
    )
    kind = "$0.global.getSync('undefined')"
    assert version5.value(f"{kind} instanceof $0.global.constructor", object_) is True
    object_ = version5.context.eval_closure_sync(
        "return new ivm.Isolate({ memoryLimit: 16 }).createContextSync()"
    )
    assert readme.value(f"typeof {kind}", object_) == "undefined"


def test_what_an_object_makes_has_its_profile(version5: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('() => 5');
      const reference = context.evalSync('({ f: () => 5 })', { reference: true });
      return [script.runSync(context)(), reference.getSync('f')(), (await reference.get('f'))()];
    """
    assert version5.child(code) == [5, 5, 5]


def test_both_profiles_side_by_side(readme: Any) -> None:
    code = """
      const [a, b] = [ivm, $0].map(it => new it.Isolate({ memoryLimit: 16 }));
      return [typeof a.cpuTime, typeof b.cpuTime, a instanceof ivm.Isolate, b instanceof ivm.Isolate];
    """
    assert readme.run(code, isolates.isolated_vm("isolated-vm@5")) == ["object", "bigint", True, False]


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"^`profile` must be one of 'isolated-vm', 'isolated-vm@5', not 'x'$"
    ):
        isolates.isolated_vm("x")

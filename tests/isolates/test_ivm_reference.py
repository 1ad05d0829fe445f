"""Reference in JavaScript: properties, apply, deref, release."""

from __future__ import annotations

from typing import Any

import pytest

import isolates


def test_the_constructor_needs_new_and_a_value(readme: Any) -> None:
    calls = "caught(() => ivm.Reference(1)), caught(() => new ivm.Reference())"
    assert readme.value(f"[{calls}, new ivm.Reference(undefined).typeof]") == [
        "TypeError: `Reference` must be called with `new`",
        "TypeError: `Reference` requires at least 1 parameter",
        "undefined",
    ]


def test_typeof_is_javascripts_with_null_told_apart(program: Any) -> None:
    code = """[null, undefined, 1, 's', true, () => 1, class {}, {}, [], 1n, Symbol(), new Proxy({}, {})]
        .map(it => new ivm.Reference(it).typeof)"""
    assert program.value(code) == [
        "null", "undefined", "number", "string", "boolean", "function", "function",
        "object", "object", "object", "object", "object",
    ]  # fmt: skip


def test_references_of_the_own_isolate_work_like_others(program: Any) -> None:
    code = """
      const object = { n: 1, f(x) { return this.n + x } }, reference = new ivm.Reference(object);
      reference.setSync('n', 5);
      await reference.set('m', 6);
      reference.deleteSync('f');
      return [object, reference.deref() === object, reference.copySync(),
              new ivm.Reference(x => x + 1).applySync(undefined, [1]),
              await new ivm.Reference(x => x + 1).apply(undefined, [2])];
    """
    value = {"n": 5, "m": 6}
    assert program.run(code) == [value, True, value, 2, 3]


def test_deref_is_for_the_owner_alone(program: Any) -> None:
    code = """
      const foreign = context.evalSync('({})', { reference: true });
      const own = new ivm.Reference({});
      return [caught(() => foreign.deref()), caught(() => context.evalClosureSync('$0.deref()', [own])),
              context.evalClosureSync('return $0.deref() === globalThis', [context.global])];
    """
    refused = "TypeError: Cannot dereference this from current isolate"
    assert program.child(code) == [refused, refused, True]


def test_deref_and_deref_into_can_release(program: Any) -> None:
    code = """
      const value = {}, first = new ivm.Reference(value), second = new ivm.Reference(value);
      const same = first.deref({ release: true }) === value;
      const into = second.derefInto({ release: true });
      return [same, caught(() => first.deref()), caught(() => second.derefInto()), into.constructor.name,
              caught(() => first.deref({ release: 1 }))];
    """
    released = "Error: Reference has been released"
    assert program.run(code) == [
        True, released, released, "Dereference",
        "TypeError: `Reference.deref` requires `release` to be a boolean",
    ]  # fmt: skip


def test_deref_into_is_the_value_in_its_isolate_and_only_once(program: Any) -> None:
    code = """
      const kept = context.evalSync('globalThis.kept = {}', { reference: true });
      const once = kept.derefInto();
      const same = context.evalClosureSync('return $0 === kept', [once]);
      const by_set = (context.global.setSync('other', kept.derefInto()), context.evalSync('other === kept'));
      const receiver = context.evalSync('(function () { return this === kept })', { reference: true });
      return [same, by_set, receiver.applySync(kept.derefInto()),
              caught(() => context.evalClosureSync('', [once]))];
    """
    message = "The return value of `derefInto()` should only be used once"
    assert program.child(code) == [True, True, True, f"TypeError: {message}"]


def test_deref_into_elsewhere_is_refused(program: Any) -> None:
    code = """
      const into = () => new ivm.Reference({}).derefInto();
      return [caught(() => context.evalClosureSync('', [into()])), caught(() => context.global.setSync('x',
          into())),
              await rejected(() => context.evalClosure('', [into()]))];
    """
    assert program.child(code) == ["TypeError: Cannot dereference this into target isolate"] * 3


def test_what_deref_into_gives_has_no_public_constructor(program: Any) -> None:
    code = "caught(() => new (new ivm.Reference(1).derefInto().constructor)())"
    assert program.value(code) == "TypeError: `Dereference` constructor is private"


@pytest.mark.parametrize("key", ["{}", "null", "-1", "1.5", "4294967296", "NaN", "Symbol()", "true", "1n"])
def test_keys_are_strings_or_unsigned_integers(readme: Any, key: str) -> None:
    code = f"""
      const key = {key}, all = [];
      for (const name of ['get', 'getSync']) all.push(caught(() => context.global[name](key)));
      for (const name of ['set', 'setSync', 'setIgnored']) all.push(caught(() => context.global[name](key,
          1)));
      for (const name of ['delete', 'deleteSync', 'deleteIgnored']) all.push(caught(() => context.global[
          name](key)));
      return all;
    """
    names = ["get", "getSync", "set", "setSync", "setIgnored", "delete", "deleteSync", "deleteIgnored"]
    wanted = "requires parameter 1 to be a string or an unsigned 32-bit integer"
    assert readme.child(code) == [f"TypeError: `Reference.{name}` {wanted}" for name in names]


def test_numbers_are_indices(program: Any) -> None:
    code = """
      const list = context.evalSync('globalThis.list = ["a", "b"]', { reference: true });
      list.setSync(1, 'c');
      list.setSync('2', 'd');
      const object = context.evalSync('globalThis.object = {}', { reference: true });
      object.setSync(4294967295, 'far');
      return [list.getSync(0, { copy: true }), list.getSync('length', { copy: true }),
              context.evalSync('list.join() + object[4294967295]')];
    """
    assert program.child(code) == ["a", 3, "a,c,dfar"]


def test_set_needs_a_value(readme: Any) -> None:
    code = "return [caught(() => context.global.setSync('x')), context.global.setSync('x', undefined)]"
    assert readme.child(code) == ["TypeError: `Reference.setSync` requires at least 2 parameters", True]


@pytest.mark.parametrize("value", ["5", "null", "undefined", "'text'", "true", "1n"])
def test_primitives_have_no_properties(program: Any, value: str) -> None:
    code = f"""
      const it = context.evalSync({value!r}, {{ reference: true }});
      return [caught(() => it.getSync('length')), caught(() => it.setSync('x', 1)),
          caught(() => it.deleteSync('x')),
              await rejected(() => it.get('x')), await rejected(() => it.set('x', 1))];
    """
    assert program.child(code) == ["TypeError: Reference is not an object"] * 5


@pytest.mark.parametrize(
    "code",
    [
        "new Proxy({}, handler)",
        "Object.create(new Proxy({}, handler))",
        "class A extends (new Proxy(class {}, handler)) {}; A",
        "new Proxy(() => 1, handler)",
    ],
)
def test_proxies_are_refused_and_no_trap_runs(program: Any, code: str) -> None:
    traps = """
      globalThis.ran = 0;
      const handler = new Proxy({}, { get: (_, name) => name === 'get' && globalThis.armed ? () =>
          ++ran : undefined,
                                      has: () => { if (globalThis.armed) ++ran; return false } });
    """
    body = f"""
      context.evalSync({traps!r});
      const it = context.evalSync({code!r}, {{ reference: true }});
      context.evalSync('globalThis.armed = true');
      return [caught(() => it.getSync('x')), caught(() => it.getSync('x', {{ accessors: true }})),
              caught(() => it.setSync('x', 1)), caught(() => it.deleteSync('x')), context.evalSync('ran')];
    """
    assert program.child(body) == ["TypeError: Object is or has proxy"] * 4 + [0]


def test_no_getter_and_no_setter_runs_unless_asked_for(program: Any) -> None:
    code = """
      const it = context.evalSync(`globalThis.ran = []; globalThis.it = {
          get a() { ran.push('get'); return 1 }, set a(x) { ran.push('set') },
              set only(x) { ran.push('only') },
          get bad() { throw new RangeError('bad') } }`, { reference: true });
      const before = [caught(() => it.getSync('a')), caught(() => it.getSync('only')),
          context.evalSync('ran.join()')];
      const read = it.getSync('a', { accessors: true, copy: true });
      it.setSync('a', 5);
      return [...before, read, context.evalSync('ran.join() + it.a'), caught(() => it.getSync('bad',
          { accessors: true }))];
    """
    getter = "TypeError: Property is getter"
    assert program.child(code) == [getter, getter, "", 1, "get5", "RangeError: bad"]


def test_unsafe_inherit_walks_the_chain_and_still_refuses_getters(program: Any) -> None:
    code = """
      const make = options => context.evalSync(
          'new (class { get g() { return 1 } m() {} constructor() { this.own = 1 } })', { reference: true });
      const it = make(), opened = context.evalClosureSync('return $0', [it]);
      const asked = { unsafeInherit: true, reference: true };
      return [it.getSync('m', { reference: true }).typeof, it.getSync('m', asked).typeof,
              it.getSync('toString', asked).typeof, it.getSync('own', asked).typeof,
              caught(() => it.getSync('g', asked)),
              context.evalSync('Object.create({ far: 1 })', { reference: true }).getSync('far',
                  asked).typeof];
    """
    assert program.child(code) == [
        "undefined", "function", "function", "number", "TypeError: Property is getter", "number",
    ]  # fmt: skip


def test_a_reference_made_to_inherit_does_so_everywhere(program: Any) -> None:
    code = """
      const open = new ivm.Reference(Object.create({ far: 7 }), { unsafeInherit: true });
      const shut = new ivm.Reference(Object.create({ far: 7 }));
      const read = 'return $0.getSync("far", { copy: true })';
      return [open.getSync('far', { copy: true }), shut.getSync('far', { copy: true }),
              context.evalClosureSync(read, [open]), context.evalClosureSync(read, [shut])];
    """
    assert program.child(code) == [7, isolates.undefined, 7, isolates.undefined]


@pytest.mark.parametrize("name", ["unsafeInherit", "accessors", "copy", "reference", "promise"])
def test_options_of_get_must_be_booleans(readme: Any, name: str) -> None:
    code = f"""return [caught(() => context.global.getSync('x', {{ {name}: 1 }})),
                       await rejected(() => context.global.get('x', {{ {name}: 1 }}))]"""
    wanted = f"requires `{name}` to be a boolean"
    assert readme.child(code) == [f"TypeError: `Reference.{form}` {wanted}" for form in ("getSync", "get")]


def test_get_takes_options(program: Any) -> None:
    code = """
      const it = context.evalSync('({ o: { n: 1 }, p: Promise.resolve(5) })', { reference: true });
      const promise = it.getSync('p', { promise: true, copy: true });
      return [it.getSync('o', { copy: true }), (await it.get('o', { copy: true })).n,
          promise instanceof Promise,
              await promise, await it.get('p', { promise: true, copy: true }),
              caught(() => it.getSync('o', { copy: true, reference: true }))];
    """
    only = "TypeError: Only one of `copy`, `externalCopy`, or `reference` may be set"
    assert program.child(code) == [{"n": 1}, 1, True, 5, 5, only]


def test_set_takes_options(program: Any) -> None:
    code = """
      const value = { n: [1] };
      context.global.setSync('a', value, { copy: true });
      await context.global.set('b', value, { reference: true });
      context.global.setIgnored('c', 5);
      return [await context.eval('a.n[0] + b.typeof + c'), caught(() => context.global.setSync('d', value)),
              await rejected(() => context.global.set('d', value)),
              caught(() => context.global.setIgnored('d', value))];
    """
    refused = "TypeError: A non-transferable value was passed"
    assert program.child(code) == ["1object5", refused, refused, refused]


def test_deleted_properties_are_gone(program: Any) -> None:
    code = """
      const it = context.evalSync('globalThis.it = { a: 1, b: 2, c: 3 }', { reference: true });
      it.deleteSync('a');
      await it.delete('b');
      it.deleteIgnored('c');
      it.deleteSync('missing');
      return await context.eval('Object.keys(it).join()');
    """
    assert program.child(code) == ""


def test_copy_uses_structured_clone(program: Any) -> None:
    code = """
      const it = context.evalSync('({ map: new Map([[1, new Set([2])]]), date: new Date(0), list: [1n] })',
                                  { reference: true });
      const copied = it.copySync();
      const f = context.evalSync('() => 1', { reference: true });
      return [copied.map.get(1).has(2), +copied.date, (await it.copy()).list,
              caught(() => f.copySync()), await rejected(() => f.copy()),
              context.evalSync('5', { reference: true }).copySync()];
    """
    failed = "TypeError: () => 1 could not be cloned."
    assert program.child(code) == [True, 0, [1], failed, failed, 5]


def test_apply_passes_receiver_and_arguments(program: Any) -> None:
    code = """
      const f = context.evalSync('"use strict"; (function (...all) { return typeof this + all.join() })',
                                 { reference: true });
      return [f.applySync(), f.applySync(undefined, null), f.applySync(null, []), f.applySync(5, [1, 'a',
          null]),
              await f.apply('s', [true]), f.applySync(undefined, [, 1])];
    """
    expected = ["undefined", "undefined", "object", "number1,a,", "stringtrue", "undefined,1"]
    assert program.child(code) == expected


def test_apply_takes_options_for_arguments_and_result(program: Any) -> None:
    code = """
      const f = context.evalSync('o => ({ got: o })', { reference: true });
      const by_copy = { arguments: { copy: true }, result: { copy: true } };
      return [f.applySync(undefined, [{ n: 1 }], by_copy), (await f.apply(undefined, [{ n: 2 }],
          by_copy)).got,
              f.applySync(undefined, [{}], { arguments: { reference: true },
                  result: { reference: true } }).typeof,
              caught(() => f.applySync(undefined, [{}])), caught(() => f.applyIgnored(undefined, [{}])),
              await rejected(() => f.apply(undefined, [{}])), caught(() => f.applySync({}, [])),
              caught(() => f.applySync(undefined, [], { result: { copy: 1 } })),
              await rejected(() => f.apply(undefined, [], { arguments: { reference: 'x' } }))];
    """
    refused = "TypeError: A non-transferable value was passed"
    assert program.child(code) == [
        {"got": {"n": 1}}, {"n": 2}, "object", refused, refused, refused, refused,
        "TypeError: `Reference.applySync` requires `copy` to be a boolean",
        "TypeError: `Reference.apply` requires `reference` to be a boolean",
    ]  # fmt: skip


def test_apply_waits_for_promises_if_asked_to(program: Any) -> None:
    code = """
      const f = context.evalSync('async n => { await 0; if (n) throw new RangeError(n); return { a: 1 } }',
                                 { reference: true });
      const asked = { result: { promise: true, copy: true } };
      const sync = f.applySync(undefined, [], asked);
      return [sync instanceof Promise, await sync, await f.apply(undefined, [], asked),
              await rejected(() => f.applySync(undefined, [1], asked)),
                  await rejected(() => f.apply(undefined, [2], asked))];
    """
    assert program.child(code) == [True, {"a": 1}, {"a": 1}, "RangeError: 1", "RangeError: 2"]


@pytest.mark.parametrize("form", ["apply", "applySync", "applyIgnored"])
@pytest.mark.parametrize("items", ["{}", "5", "'ab'", "new Set", "new Proxy([], {})", "new Uint8Array(1)"])
def test_arguments_must_be_an_array(readme: Any, form: str, items: str) -> None:
    code = f"return caught(() => context.global.{form}(undefined, {items}))"
    assert readme.child(code) == f"TypeError: `Reference.{form}` requires parameter 2 to be an array"


@pytest.mark.parametrize("value", ["5", "({})", "null", "'f'"])
def test_only_functions_can_be_applied(program: Any, value: str) -> None:
    code = f"""
      const it = context.evalSync({value!r}, {{ reference: true }});
      return [caught(() => it.applySync()), await rejected(() => it.apply()), it.applyIgnored()];
    """
    failed = "TypeError: Reference is not a function"
    assert program.child(code) == [failed, failed, isolates.undefined]


def test_a_released_reference_is_gone_but_for_its_type(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 1', { reference: true });
      f.release();
      const calls = [
          () => f.applySync(), () => f.getSync('x'), () => f.setSync('x', 1), () => f.deleteSync('x'),
          () => f.copySync(), () => f.deref(), () => f.derefInto(), () => f.release(), () => f.applyIgnored(),
          () => f.setIgnored('x', 1), () => f.applySyncPromise(), () => context.evalClosureSync('',
              [f])].map(caught);
      const later = await Promise.all([
          () => f.apply(), () => f.get('x'), () => f.set('x', 1), () => f.delete('x'), () => f.copy(),
          () => context.evalClosure('', [f])].map(rejected));
      return [[...new Set(calls)], [...new Set(later)], f.typeof];
    """
    released = "Error: Reference has been released"
    assert program.child(code) == [[released], [released], "function"]


def test_copies_by_transfer_outlive_a_release(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 5', { reference: true });
      const other = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      other.global.setSync('f', f);
      f.release();
      return other.evalSync('f.applySync()');
    """
    assert program.child(code) == 5


def test_a_released_reference_lets_its_value_go(program: Any) -> None:
    code = """
      context.evalSync('var gone = [], all = new FinalizationRegistry(it => gone.push(it))');
      const kept = context.evalSync('(() => { const it = {}; all.register(it, 1); return it })()',
          { reference: true });
      const lost = context.evalSync('(() => { const it = {}; all.register(it, 2); return it })()',
          { reference: true });
      lost.release();
      isolate.collectGarbageSync();
      return [await context.eval('gone.join()'), kept.typeof];
    """
    assert program.child(code) == ["2", "object"]


def test_references_to_pythons_values_work_in_javascript(program: Any) -> None:
    def join(*values: object) -> str:
        return "".join(map(str, values))

    reference = isolates.Reference(join)
    calls = "$0.applySync(undefined, [1, 'a']), await $0.apply(undefined, [2]), $0.applySyncPromise()"
    assert program.value(f"[$0.typeof, {calls}]", reference) == ["function", "1a", "2", ""]
    assert (
        program.value("caught(() => $0.getSync('x'))", reference) == "TypeError: Reference is not an object"
    )


def test_a_reference_may_hold_a_reference(program: Any) -> None:
    code = """
      const inner = new ivm.Reference({ n: 5 }), outer = new ivm.Reference(inner);
      return context.evalClosureSync(
          'return $0.getSync("n", { copy: true })', [outer.deref()]) + outer.typeof;
    """
    assert program.child(code) == "5object"

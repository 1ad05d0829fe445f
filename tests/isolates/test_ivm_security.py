"""What hostile JavaScript may try: foreign receivers, polluted prototypes, getters, re-entrancy."""

from __future__ import annotations

from typing import Any

import pytest

import isolates

POLLUTION = """
  globalThis.ran = '';
  const hook = (object, name) => {
    if (Object.getOwnPropertyDescriptor(object, name)) return;
    Object.defineProperty(object, name, {
      __proto__: null, configurable: true, get() { ran += 'get ' + String(name) + ';' },
          set() { ran += 'set ' + String(name) + ';' } });
  };
  for (const name of ['then', 'get', 'set', 'value', 'writable', 'enumerable', 'length', 'isolate', 'done',
      'next'])
    hook(Object.prototype, name);
  for (let i = 0; i < 4; ++i) hook(Array.prototype, i);
  Object.defineProperty(Array, Symbol.species, { __proto__: null, get() { ran += 'species' + ';' } });
  Object.defineProperty(Promise, Symbol.species, { __proto__: null, get() { ran += 'species' + ';' } });
  Promise.prototype.then = function () { ran += 'then' + ';' };
  Promise.prototype.constructor = function () { ran += 'constructor' + ';' };
  Array.prototype[Symbol.iterator] = function () { ran += 'iterator' + ';' };
  Function.prototype.call = Function.prototype.apply = function () { ran += 'call' + ';' };
  Object.defineProperty = Reflect.apply = Promise.resolve = () => { ran += 'replaced;' };
"""


@pytest.mark.parametrize(
    "way",
    [
        "class A extends ivm.Isolate {};"
        "return [new A() instanceof A, new A().isDisposed, new A() instanceof ivm.Isolate]",
        "const it = Reflect.construct(ivm.Isolate, [], Array);"
        "return [it instanceof Array, ivm.Isolate.prototype.dispose.call(it) === undefined, true]",
        "const it = Reflect.construct(ivm.Reference, [5], Object);"
        "return [ivm.Reference.prototype.copySync.call(it) === 5, !(it instanceof ivm.Reference), true]",
    ],
)
def test_objects_of_subclasses_are_what_they_were_made_as(program: Any, way: str) -> None:
    assert program.run(way)[0::2] == [True, True]


@pytest.mark.parametrize(
    "receiver",
    [
        "{}",
        "null",
        "undefined",
        "5",
        "ivm",
        "ivm.Isolate",
        "ivm.Isolate.prototype",
        "Object.create(isolate)",
        "new Proxy(isolate, {})",
        "Reflect.construct(Object, [], ivm.Isolate)",
        "context",
        "globalThis",
        "new ArrayBuffer(8)",
        "new Uint8Array(8)",
        "new (class extends Array {})",
    ],
)
def test_methods_refuse_foreign_receivers(program: Any, receiver: str) -> None:
    code = f"""
      const receiver = {receiver}, all = [];
      for (const name of Object.getOwnPropertyNames(ivm.Isolate.prototype)) {{
        if (name === 'constructor') continue;
        const descriptor = Object.getOwnPropertyDescriptor(ivm.Isolate.prototype, name);
        all.push(caught(() => (descriptor.value ?? descriptor.get).call(receiver)));
      }}
      for (const [name, key] of [['Reference', 'typeof'], ['Context', 'global']])
        if (!(receiver instanceof ivm[name]))
          all.push(caught(() => Object.getOwnPropertyDescriptor(ivm[name].prototype,
              key).get.call(receiver)));
      return [...new Set(all)];
    """
    assert program.child(code) == ["TypeError: Illegal invocation"]


def test_a_constructor_that_threw_leaves_an_object_that_is_nothing(program: Any) -> None:
    # The receiver of the failed constructor leaks through a getter of the new target.
    code = """
      let leaked;
      const target = new Proxy(function () {}, { get(_, name) {
          return name === 'prototype' ? ivm.Isolate.prototype : undefined } });
      const error = caught(() => Reflect.construct(ivm.Isolate,
          [{ get memoryLimit() { throw new RangeError('g') } }], target));
      class Half extends ivm.Reference { constructor() { try { super() } catch {} leaked = () => this; } }
      return [error, caught(() => new Half()), caught(() => leaked())];
    """
    first, second, third = program.run(code)
    assert first == "RangeError: g"
    assert second.startswith("ReferenceError")
    assert third.startswith("ReferenceError")


def test_what_looks_like_a_handle_is_none(program: Any) -> None:
    code = """
      const fakes = [Object.create(ivm.Isolate.prototype), Object.create(isolate), new Proxy(isolate, {}),
                     Object.setPrototypeOf({}, ivm.Reference.prototype), new Proxy(ivm, {})];
      return fakes.map(it => caught(() => context.evalClosureSync('', [it])));
    """
    assert program.child(code) == ["TypeError: A non-transferable value was passed"] * 5


def test_a_polluted_isolate_can_not_touch_what_its_makers_calls_do(program: Any) -> None:
    code = """
      context.evalSync($0);
      context.evalSync('ran = ""');
      const object = context.evalSync('({ a: 1 })', { reference: true });
      const answers = [
          context.evalSync('6 * 7'), context.evalClosureSync('return $0 + $1', [1, 2]),
          object.getSync('a', { copy: true }), object.setSync('b', 5), object.deleteSync('b'),
          context.evalSync('() => 3', { reference: true }).applySync(undefined, [1, 2, 3]),
          await context.eval('Promise.prototype; (async () => 5)()', { promise: true }).catch(tell),
          context.evalClosureSync('return $0.typeof', [object]),
          await context.eval('1'), isolate.compileScriptSync('7').runSync(context),
          caught(() => context.evalSync('null.x'))];
      return [answers.slice(0, 3), answers.slice(5), context.evalSync('ran')];
    """
    first, rest, ran = program.child(code, POLLUTION)
    assert first == [42, 3, 1]
    assert rest[0] == 3
    assert rest[2:5] == ["object", 1, 7]
    assert rest[5].startswith("TypeError: Cannot read properties of null")
    assert ran == ""


def test_a_polluted_caller_gets_right_answers(make_program: Any) -> None:
    # The program's own prototypes are polluted: its calls run with what it has spoiled itself, and end right.
    program = make_program("isolated-vm")
    program.context.eval_sync("globalThis.isolate = new ivm.Isolate({ memoryLimit: 16 })")
    program.context.eval_sync("globalThis.inside = isolate.createContextSync()")
    program.context.eval_sync("globalThis.f = inside.evalSync('(a, b) => a + b', { reference: true })")
    program.context.eval_sync(POLLUTION)
    program.context.eval_sync("ran = ''")
    assert program.context.eval_sync("f.applySync(undefined, [1, 2])") == 3
    assert program.context.eval_sync("inside.evalClosureSync('return $0', [5])") == 5
    assert program.context.eval_sync("inside.global.setSync('x', 6)") is True
    assert program.context.eval_sync("inside.evalSync('x')") == 6
    assert program.context.eval_sync("typeof isolate.getHeapStatisticsSync().total_heap_size") == "number"
    assert program.context.eval_sync("isolate.cpuTime", copy=True)[0] == 0
    # Promises are V8's own, whatever has become of Promise.prototype.then.
    assert program.context.eval("f.apply(undefined, [3, 4])", promise=True).result(20) == 7
    # Reading an array or an object that it was given may run getters; nothing replaced is called.
    assert not {"replaced", "call", "iterator", "species"} & set(program.context.eval_sync("ran").split(";"))


def test_object_prototype_then_makes_no_thenables_of_results(program: Any) -> None:
    code = """
      Object.prototype.then = function (resolve) { resolve('hijacked') };
      try {
        const number = await context.eval('5');
        const other = await context.evalClosure('return 6');
        return [number, other];
      } finally { delete Object.prototype.then }
    """
    assert program.child(code) == [5, 6]


def test_handles_that_are_awaited_look_for_then_as_every_object_does(program: Any) -> None:
    code = """
      const seen = [];
      Object.defineProperty(Object.prototype, 'then', { configurable: true,
          get() { seen.push(this?.constructor?.name) } });
      try {
        const made = await isolate.createContext();
        return [made instanceof ivm.Context, seen.includes('Context')];
      } finally { delete Object.prototype.then }
    """
    assert program.child(code) == [True, True]


def test_getters_of_options_that_dispose_or_release_in_the_middle(program: Any) -> None:
    code = """
      const during = [], make = () => {
        const isolate = new ivm.Isolate({ memoryLimit: 16 }), context = isolate.createContextSync();
        return { isolate, context, f: context.evalSync('() => 1', { reference: true }),
            script: isolate.compileScriptSync('1') };
      };
      const attempts = [
          it => it.context.evalSync('1', { get copy() { it.isolate.dispose() } }),
          it => it.context.evalSync('1', { get timeout() { it.context.release() } }),
          it => it.context.evalSync('1', { get filename() { it.isolate.dispose() } }),
          it => it.f.applySync(undefined, [], { get timeout() { it.f.release() } }),
          it => it.f.applySync(undefined, [], { get result() { it.isolate.dispose() } }),
          it => it.f.getSync('x', { get accessors() { it.f.release() } }),
          it => it.f.deref({ get release() { it.f.release() } }),
          it => it.f.derefInto({ get release() { it.f.release() } }),
          it => it.script.runSync(it.context, { get release() { it.script.release(); return true } }),
          it => it.script.runSync(it.context, { get timeout() { it.context.release() } }),
          it => it.script.runSync(it.context, { get copy() { it.isolate.dispose() } }),
          it => it.isolate.createContextSync({ get inspector() { it.isolate.dispose() } }),
          it => it.isolate.compileScriptSync('1', { get lineOffset() { it.isolate.dispose() } }),
          it => it.context.evalClosureSync('return 1', [1], { get arguments() { it.context.release() } })];
      for (const attempt of attempts) {
        const it = make();
        during.push(caught(() => attempt(it)));
      }
      return during;
    """
    disposed, context_released = "Error: Isolate is disposed", "Error: Context is released"
    reference, script = "Error: Reference has been released", "Error: Script has been released"
    assert program.run(code) == [
        disposed, context_released, disposed, reference, disposed, reference, reference, reference,
        script, context_released, disposed, disposed, disposed, context_released,
    ]  # fmt: skip


def test_the_same_asynchronously(program: Any) -> None:
    code = """
      const f = context.evalSync('() => 1', { reference: true });
      const errors = [
          await rejected(() => f.apply(undefined, [], { get timeout() { f.release() } })),
          await rejected(() => context.eval('1', { get copy() { context.release() } })),
          await rejected(() => isolate.createContext({ get inspector() { isolate.dispose() } }))];
      return errors;
    """
    assert program.child(code) == [
        "Error: Reference has been released",
        "Error: Context is released",
        "Error: Isolate is disposed",
    ]


def test_getters_of_argument_arrays(program: Any) -> None:
    code = """
      const f = context.evalSync('(...all) => all.join()', { reference: true });
      const list = [1, 2, 3];
      Object.defineProperty(list, 1, { get() { list.length = 1; return 'got' } });
      const throws = [1, 2];
      Object.defineProperty(throws, 0, { get() { throw new RangeError('item') } });
      const releases = [1];
      Object.defineProperty(releases, 0, { get() { f.release(); return 1 } });
      class Own extends Array { get length() { return 1 } }
      return [f.applySync(undefined, list), caught(() => f.applySync(undefined, throws)),
              await rejected(() => f.apply(undefined, throws)), f.applySync(undefined, Own.from([7, 8])),
              caught(() => f.applySync(undefined, releases))];
    """
    result = program.child(code)
    assert result[0] == "1,got,"
    assert result[1:3] == ["RangeError: item"] * 2
    assert result[4] == "Error: Reference has been released"


def test_getters_of_copied_arguments_may_do_anything(program: Any) -> None:
    code = """
      const f = context.evalSync('o => o.n', { reference: true });
      const by_copy = { arguments: { copy: true } };
      return [caught(() => f.applySync(undefined, [{ get n() { isolate.dispose(); return 1 } }], by_copy)),
              caught(() => f.applySync(undefined, [{ get n() { throw new RangeError('clone') } }], by_copy))];
    """
    errors = program.child(code)
    assert errors[0] == "Error: Isolate is disposed"
    assert "clone" in errors[1] or "disposed" in errors[1]


@pytest.mark.parametrize("count", [65536, 65537, 100000, 2**31])
def test_huge_arrays_of_arguments_are_refused_or_passed(program: Any, count: int) -> None:
    code = """
      const f = context.evalSync('(...all) => all.length', { reference: true });
      const list = new Array($0);
      return [await f.apply(undefined, list).catch(tell), caught(() => f.applySync(undefined, list)),
              caught(() => context.evalClosureSync('', list)), context.evalSync('6 * 7')]
    """
    if count > 65536:
        refused = "requires parameter 2 to be an array of at most 65536 items"
        with pytest.raises(isolates.JSTypeError, match=refused):
            program.child(code, count)
    else:
        assert program.child(code, count)[3] == 42


def test_huge_strings_are_refused_by_those_who_can_not_hold_them(program: Any) -> None:
    code = """
      const huge = 'x'.repeat(100 << 20);
      const f = context.evalSync('s => s.length', { reference: true });
      const errors = [caught(() => f.applySync(undefined, [huge])), await rejected(() => f.apply(undefined,
          [huge])),
                      caught(() => context.global.setSync('s', huge)), caught(() => context.evalSync(huge)),
                      caught(() => context.global.setSync(huge, 1)), caught(() => context.evalSync('1',
                          { filename: huge }))];
      return [errors.map(it => it.slice(0, 200)), isolate.isDisposed || context.evalSync('6 * 7')];
    """
    errors, answer = program.child(code)
    assert all(error != "nothing was thrown" for error in errors[:4])
    assert answer in (42, True)


def test_a_callback_that_disposes_the_isolate_that_calls_it(program: Any) -> None:
    code = """
      const results = [];
      for (const make of [f => new ivm.Callback(f), f => new ivm.Reference(f)]) {
        const isolate = new ivm.Isolate({ memoryLimit: 16 }), context = isolate.createContextSync();
        const f = make(() => { isolate.dispose(); return 1 });
        results.push(caught(() => context.evalClosureSync(
            'try { typeof $0 === "function" ? $0() : $0.applySync() } catch {} return 5', [f])));
        results.push(isolate.isDisposed);
      }
      return results;
    """
    disposed = "Error: Isolate was disposed during execution"
    assert program.run(code) == [disposed, True, disposed, True]


def test_the_same_in_an_asynchronous_call(program: Any) -> None:
    code = """
      const f = new ivm.Callback(() => { isolate.dispose(); return 1 });
      return rejected(() => context.evalClosure('try { $0() } catch {} for (;;);', [f]));
    """
    assert program.child(code) == "Error: Isolate was disposed during execution"


def test_a_callback_that_releases_the_reference_that_is_being_applied(program: Any) -> None:
    code = """
      const f = context.evalSync('g => g() + 1', { reference: true });
      const result = f.applySync(undefined, [new ivm.Reference(() => 1)].map(
          () => new ivm.Callback(() => { f.release(); context.release(); return 1 })));
      return [result, caught(() => f.applySync())];
    """
    assert program.child(code) == [2, "Error: Reference has been released"]


def test_an_isolate_that_disposes_itself(program: Any) -> None:
    code = "return caught(() => context.evalClosureSync('$0.dispose(); for (;;);', [isolate]))"
    assert program.child(code) == "Error: Isolate was disposed during execution"


def test_an_isolate_that_disposes_the_one_that_it_was_called_from(program: Any) -> None:
    outer = program.context.eval_closure_sync(
        "globalThis.outer = new ivm.Isolate({ memoryLimit: 16 }); return outer.createContextSync()"
    )
    outer.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
    code = """
      globalThis.inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      inner.evalClosureSync('$0.dispose()', [$0]);
      for (;;);
    """
    own = program.context.eval_closure_sync("return outer")
    with pytest.raises(isolates.DisposedError, match=r"^Isolate was disposed during execution$"):
        outer.eval_closure_sync(code, [own])


def test_recursion_through_two_isolates_ends_with_a_range_error(program: Any) -> None:
    code = """
      let depth = 0;
      const down = new ivm.Callback(() => { ++depth; return again.applySync() });
      const again = context.evalClosureSync('return () => $0()', [down], { result: { reference: true } });
      const error = caught(() => again.applySync());
      return [error, depth > 20, context.evalSync('6 * 7')];
    """
    error, deep, answer = program.child(code)
    assert error.startswith("RangeError: Maximum call stack size exceeded")
    assert deep
    assert answer == 42


def test_a_chain_of_isolates_may_be_deep(program: Any) -> None:
    code = """
      const dive = (ivm, n, source) => {
        if (n === 0) return 'bottom';
        const inner = new ivm.Isolate({ memoryLimit: 8 }).createContextSync();
        return inner.evalClosureSync(`return (${source})($0, $1, $2)`, [ivm, n - 1, source]);
      };
      return dive(ivm, 12, String(dive));
    """
    assert program.run(code) == "bottom"


def test_functions_of_the_api_survive_being_called_at_the_stacks_end(program: Any) -> None:
    code = """
      let failed = 0, worked = 0;
      const f = context.evalSync('() => 1', { reference: true });
      const dive = () => {
        try { dive() } catch { }
        try { f.applySync(); context.global.setSync('x', 1); context.evalSync('1'); new ivm.Reference(1);
            ++worked } catch { ++failed }
      };
      dive();
      return [failed + worked > 1000, worked > 100, context.evalSync('6 * 7')];
    """
    # From the end of the stack upwards every frame tries.
    assert program.child(code) == [True, True, 42]


def test_termination_reaches_through_the_api(program: Any) -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        program.context.eval_sync(
            "const c = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();"
            "for (;;) try { c.evalSync('1') } catch {}",
            timeout=0.3,
        )
    with pytest.raises(isolates.ScriptTimeoutError):
        program.context.eval_sync("for (;;) try { new ivm.Context() } catch {}", timeout=0.2)
    assert program.context.eval_sync("6 * 7") == 42


def test_thenables_are_not_awaited_on_the_way_out(program: Any) -> None:
    code = """
      context.evalSync('globalThis.ran = 0; globalThis.thenable = { then(resolve) { ++ran; resolve(5) } }');
      const plain = await context.eval('thenable');
      const promised = await rejected(() => context.evalClosure('return thenable', [],
          { result: { promise: true } }));
      return [plain, promised, context.evalSync('ran')];
    """
    refused = "TypeError: A non-transferable value was passed"
    assert program.child(code) == [isolates.undefined, refused, 0]


def test_names_that_only_look_like_properties_of_the_api_are_not_read(program: Any) -> None:
    code = """
      const read = [];
      const options = new Proxy({}, { get(_, name) { read.push(String(name)); return undefined } });
      context.evalSync('1', options);
      context.evalClosureSync('return 1', [], options);
      context.global.getSync('x', options);
      return [...new Set(read)].sort();
    """
    known = {"accessors", "arguments", "columnOffset", "copy", "externalCopy", "filename", "lineOffset",
             "promise", "reference", "result", "timeout", "unsafeInherit"}  # fmt: skip
    assert set(program.child(code)) <= known

"""The `ivm` object itself: what is on it, that it is frozen, who may make isolates."""

from __future__ import annotations

from typing import Any

import pytest

import isolates

CLASSES = ["Isolate", "Context", "Script", "Reference", "Callback"]


def test_it_has_the_classes(program: Any) -> None:
    assert program.value(f"{CLASSES}.map(name => typeof ivm[name])") == ["function"] * len(CLASSES)
    assert program.value(f"{CLASSES}.map(name => ivm[name].name)") == CLASSES
    assert program.value("typeof ivm.lib.hrtime") == "function"


def test_it_is_frozen_all_through(program: Any) -> None:
    code = """
      'use strict';
      const objects = [ivm, ivm.lib, ...Object.values(ivm)];
      for (const it of Object.values(ivm)) if (it.prototype) objects.push(it.prototype);
      return objects.filter(it => !Object.isFrozen(it)).length;
    """
    assert program.run(code) == 0
    assert program.value("caught(() => { 'use strict'; ivm.Isolate = 1 })").startswith("TypeError")
    assert program.value("caught(() => { 'use strict'; ivm.Isolate.prototype.dispose = 1 })").startswith(
        "TypeError"
    )
    assert program.value("caught(() => { 'use strict'; delete ivm.Reference.prototype.apply })").startswith(
        "TypeError"
    )


def test_hrtime_is_a_pair_that_moves_forward(program: Any) -> None:
    code = """
      const first = ivm.lib.hrtime();
      const passed = ivm.lib.hrtime(first);
      return [first, passed];
    """
    first, passed = program.run(code)
    assert all(isinstance(part, int) for part in first + passed)
    assert 0 <= first[1] < 10**9
    assert passed[0] in range(20)
    assert 0 <= passed[1] < 10**9


@pytest.mark.parametrize("previous", ["[1]", "[1, 2, 3]", "['a', 1]", "5", "{}"])
def test_hrtime_refuses_what_is_no_pair(program: Any, previous: str) -> None:
    assert program.value(f"caught(() => ivm.lib.hrtime({previous}))").startswith("TypeError: `")


def test_hrtime_borrows_from_the_seconds(program: Any) -> None:
    # The difference to a time with more nanoseconds than now has.
    code = """
      const [seconds, nanoseconds] = ivm.lib.hrtime();
      return ivm.lib.hrtime([seconds - 5, 999999999]);
    """
    seconds, nanoseconds = program.run(code)
    assert seconds in (4, 5, 6)
    assert 0 <= nanoseconds < 10**9


def test_it_crosses_and_works_there(program: Any) -> None:
    code = """
      return context.evalClosureSync(`
          const inner = new $0.Isolate({ memoryLimit: 16 });
          return inner.createContextSync().evalSync('6 * 7') + Object.keys($0).length`, [ivm]);
    """
    assert program.child(code) == 42 + program.value("Object.keys(ivm).length")


def test_it_can_be_set_and_passed_through_several_isolates(program: Any) -> None:
    code = """
      context.global.setSync('ivm', ivm);
      return context.evalSync(`
          const deeper = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
          deeper.global.setSync('ivm', ivm);
          deeper.evalSync("new ivm.Isolate({ memoryLimit: 16 }).createContextSync().evalSync('6 * 7')")`);
    """
    assert program.child(code) == 42


def test_its_own_constructor_is_private(program: Any) -> None:
    assert (
        program.value("caught(() => new ivm.constructor())")
        == "TypeError: `IsolatedVM` constructor is private"
    )


def test_python_sees_one_library_as_it_gave_it(program: Any) -> None:
    again = program.context.eval_closure_sync("return ivm")
    with isolates.Isolate(memory_limit=64) as other:
        context = other.create_context_sync()
        context.eval_closure_sync("globalThis.ivm = $0", [again])
        assert context.eval_sync("typeof ivm.Isolate") == "function"


NEEDS = "needs the `ivm` object, which this context was not given"


@pytest.mark.parametrize(
    "way",
    [
        "new isolate.constructor()",
        "new (Object.getPrototypeOf(isolate).constructor)()",
        "Reflect.construct(isolate.constructor, [])",
        "Reflect.construct(isolate.constructor, [], Object)",
        "new (class extends isolate.constructor {})()",
        "new (isolate.constructor.bind())()",
    ],
)
def test_a_handle_is_no_way_to_make_isolates(program: Any, way: str) -> None:
    code = "return caught(() => context.evalClosureSync('const isolate = $0; ' + $0, [isolate]))"
    assert program.child(code, way) == f"TypeError: `Isolate` {NEEDS}"


def test_nothing_that_is_given_leads_to_a_class_that_makes_isolates(program: Any) -> None:
    # Everything that can be reached from handles, through prototypes, descriptors and constructors.
    walk = """
      const found = new Set(), makers = [];
      const visit = it => {
        if (it === null || (typeof it !== 'object' && typeof it !== 'function') || found.has(it)) return;
        found.add(it);
        visit(Object.getPrototypeOf(it));
        for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(it))) {
          visit(descriptor.value); visit(descriptor.get); visit(descriptor.set);
        }
        if (typeof it === 'function') {
          try { if (typeof (new it()).createContextSync === 'function') makers.push(it.name) } catch {}
        }
      };
      [$0, $1, $2, $3, $1.global, $3.derefInto()].forEach(visit);
      return makers.join() + '|' + found.size;
    """
    code = """
      const script = isolate.compileScriptSync('1');
      return context.evalClosureSync($0, [isolate, context, script, new ivm.Reference(1)]);
    """
    makers, found = program.child(code, walk).split("|")
    assert makers == ""
    assert int(found) > 30


def test_a_context_with_ivm_gives_no_right_to_another_one_of_its_isolate(program: Any) -> None:
    code = """
      context.global.setSync('ivm', ivm);
      const other = isolate.createContextSync();
      other.global.setSync('isolate', isolate);
      return [context.evalSync('typeof new ivm.Isolate({ memoryLimit: 8 })'),
              caught(() => other.evalSync('new isolate.constructor()'))];
    """
    assert program.child(code) == ["object", f"TypeError: `Isolate` {NEEDS}"]


def test_new_references_of_an_unprivileged_isolate_are_its_own(program: Any) -> None:
    code = """
      return context.evalClosureSync('return new $0.constructor({ n: 1 }).copySync().n',
          [new ivm.Reference(1)]);
    """
    assert program.child(code) == 1

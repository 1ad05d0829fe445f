"""Callback in JavaScript: functions that are functions wherever they go."""

from __future__ import annotations

from typing import Any

import pytest

import isolates


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ivm.Callback(() => 1)", "`Callback` must be called with `new`"),
        ("new ivm.Callback()", "`Callback` requires parameter 1 to be a function"),
        ("new ivm.Callback({})", "`Callback` requires parameter 1 to be a function"),
        ("new ivm.Callback(() => 1, 5)", "`Callback` requires parameter 2 to be an object"),
        ("new ivm.Callback(() => 1, { sync: 1 })", "`Callback` requires `sync` to be a boolean"),
        ("new ivm.Callback(() => 1, { async: 'x' })", "`Callback` requires `async` to be a boolean"),
        ("new ivm.Callback(() => 1, { ignored: {} })", "`Callback` requires `ignored` to be a boolean"),
        (
            "new ivm.Callback(() => 1, { sync: true, async: true })",
            "Only one of `sync`, `async`, or `ignored` may be set",
        ),
        (
            "new ivm.Callback(() => 1, { ignored: true, async: true })",
            "Only one of `sync`, `async`, or `ignored` may be set",
        ),
    ],
)
def test_what_makes_a_callback_is_checked(readme: Any, code: str, message: str) -> None:
    assert readme.value(f"caught(() => {code})") == f"TypeError: {message}"


def test_a_callback_is_a_function_elsewhere(program: Any) -> None:
    code = """
      context.global.setSync('f', new ivm.Callback((...all) => all.length));
      return [context.evalSync('typeof f'), context.evalSync('f(1, 2)'), await context.eval('f(1, 2, 3)'),
              context.evalClosureSync('return $0()', [new ivm.Callback(() => 'by argument')])];
    """
    assert program.child(code) == ["function", 2, 3, "by argument"]


def test_arguments_and_results_are_copied(program: Any) -> None:
    code = """
      let got;
      const given = { list: [1] };
      const f = new ivm.Callback((...all) => { got = all; return given });
      const result = context.evalClosureSync(
          'const o = { m: new Map([[1, 2]]) }; const r = $0(o, [3]);' +
          'o.m = 0; r.list.push(2); return r.list', [f],
          { result: { copy: true } });
      return [result, given, got];
    """
    assert program.child(code) == [[1, 2], {"list": [1]}, [{"m": {1: 2}}, [3]]]


def test_what_can_not_be_copied_is_refused(readme: Any) -> None:
    code = """
      const wrong = new ivm.Callback(() => Symbol());
      return [caught(() => context.evalClosureSync('$0(() => 1)', [new ivm.Callback(() => 1)])),
              caught(() => context.evalClosureSync('$0(Symbol())', [new ivm.Callback(() => 1)])),
              caught(() => context.evalClosureSync('$0()', [wrong])),
              caught(() => context.evalClosureSync('$0()', [new ivm.Callback(() => () => 1)]))];
    """
    assert readme.child(code) == [
        "TypeError: () => 1 could not be cloned.",
        "TypeError: Symbol() could not be cloned.",
        "TypeError: Symbol() could not be cloned.",
        "TypeError: () => 1 could not be cloned.",
    ]


def test_handles_cross_as_themselves_through_callbacks(program: Any) -> None:
    code = """
      const f = new ivm.Callback(it => it);
      return context.evalClosureSync('return $0($1).applySync() + $0($2).evalSync("1")',
                                     [f, new ivm.Reference(() => 5), context]);
    """
    assert program.child(code) == 6


def test_async_callbacks_give_promises(program: Any) -> None:
    code = """
      const later = new ivm.Callback(async n => { await 0; if (n < 0) throw new RangeError('r');
          return { n } });
      const plain = new ivm.Callback(n => ({ n }), { async: true });
      const ask = (f, n) => context.evalClosure('return $0($1)', [f, n], { result: { promise: true,
          copy: true } });
      return [await ask(later, 1), await ask(plain, 2), await rejected(() => ask(later, -1)),
              context.evalClosureSync('return $0(1) instanceof Promise', [later]),
              context.evalClosureSync('return $0(1) instanceof Promise', [plain])];
    """
    assert program.child(code) == [{"n": 1}, {"n": 2}, "RangeError: r", True, True]


def test_async_functions_may_be_told_to_be_something_else(program: Any) -> None:
    code = """
      const sync = new ivm.Callback(async () => 1, { sync: true });
      return caught(() => context.evalClosureSync('$0()', [sync]));
    """
    assert program.child(code) == "TypeError: #<Promise> could not be cloned."


def test_ignored_callbacks_give_nothing_and_keep_the_order(program: Any) -> None:
    code = """
      const got = [];
      const f = new ivm.Callback(n => { got.push(n); throw new Error('nobody hears') }, { ignored: true });
      const answer = context.evalClosureSync('return [$0(1), $0(2), $0(3)].join()', [f]);
      const last = new Promise(resolve => context.evalClosureSync('$0.applyIgnored()',
          [new ivm.Reference(resolve)]));
      await last;
      return [answer, got];
    """
    assert program.child(code) == [",,", [1, 2, 3]]


def test_errors_cross_with_their_class_and_the_other_sides_stack(program: Any) -> None:
    code = """
      const f = new ivm.Callback(() => { throw new RangeError('thrown') });
      return context.evalClosureSync(
          'try { $0() } catch (e) { return [e instanceof RangeError, e.message, e.stack].join("|") }', [f]);
    """
    is_range, message, stack = program.child(code).split("|")
    assert (is_range, message) == ("true", "thrown")
    assert "(<isolated-vm boundary>)" in stack


def test_a_callback_can_not_be_constructed_or_looked_into(program: Any) -> None:
    code = """
      const f = new ivm.Callback(() => 1);
      return context.evalClosureSync(
          `try { new $0() } catch (e) { return [e.constructor.name, Object.getOwnPropertyNames($0).sort(),
                                            'prototype' in $0].join('|') }`, [f]);
    """
    assert program.child(code) == "TypeError|length,name|false"


def test_a_callback_comes_back_as_a_function_of_the_middle_man(version5: Any) -> None:
    code = """
      const back = context.evalClosureSync('return $0', [new ivm.Callback(() => 5)]);
      return [typeof back, back()];
    """
    assert version5.child(code) == ["function", 5]


def test_a_callback_itself_can_not_be_called(program: Any) -> None:
    assert program.value("typeof new ivm.Callback(() => 1)") == "object"


def test_callbacks_keep_working_after_the_callback_object_is_gone(program: Any) -> None:
    program.run("""
      globalThis.isolate = new ivm.Isolate({ memoryLimit: 16 });
      globalThis.context = isolate.createContextSync();
      context.global.setSync('f', new ivm.Callback(() => 5));
    """)
    program.isolate.collect_garbage_sync()
    assert program.value("context.evalSync('f()')") == 5


def test_a_callback_of_a_disposed_isolate_fails(program: Any) -> None:
    code = """
      const maker = new ivm.Isolate({ memoryLimit: 16 });
      maker.createContextSync().evalClosureSync(
          '$1.global.setSync("f", new $0.Callback(() => 1))', [ivm, context]);
      const before = context.evalSync('f()');
      maker.dispose();
      return [before, caught(() => context.evalSync('f()'))];
    """
    assert program.child(code) == [1, "Error: Isolate is disposed"]


def test_pythons_functions_are_callbacks(program: Any) -> None:
    async def later(n: int) -> int:
        return n + 1

    code = "[$0({ a: [1] }), $1(1) instanceof Promise, await $1(1)]"
    assert program.value(code, lambda it: it["a"], later) == [[1], True, 2]


def test_pythons_functions_are_passed_on_like_javascripts(readme: Any, version5: Any) -> None:
    code = "return context.evalClosureSync('return $0(1)', [$0])"
    assert version5.child(code, lambda n: n + 1) == 2
    with pytest.raises(isolates.JSTypeError, match=r"^A non-transferable value was passed$"):
        readme.child(code, lambda n: n + 1)
    wrapped = "return context.evalClosureSync('return $0(1)', [new ivm.Callback($0)])"
    assert readme.child(wrapped, lambda n: n + 1) == 2

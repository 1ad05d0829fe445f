"""Errors that cross between isolates: class, parts, stacks; and what hostile ones can do."""

from __future__ import annotations

from typing import Any

import pytest

import isolates

CLASSES = ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]


@pytest.mark.parametrize("name", CLASSES)
def test_errors_keep_their_class_through_one_and_two_crossings(program: Any, name: str) -> None:
    code = f"""
      const parts = error => [error instanceof {name}, Object.getPrototypeOf(error) === {name}.prototype,
                              error.name, error.message];
      const inner = new ivm.Isolate({{ memoryLimit: 16 }}).createContextSync();
      const all = [];
      for (const source of ['throw new {name}("m")', '(async () => {{ throw new {name}("m") }})()']) {{
        try {{ await context.eval(source, {{ promise: true }}) }} catch (error) {{ all.push(parts(error)) }}
      }}
      try {{ context.evalSync('throw new {name}("m")') }} catch (error) {{ all.push(parts(error)) }}
      try {{ context.evalClosureSync('$0.evalSync("throw new {name}(`m`)")', [inner]) }}
      catch (error) {{ all.push(parts(error)) }}
      try {{ context.evalClosureSync('$0()', [new ivm.Callback(() => {{ throw new {name}("m") }})]) }}
      catch (error) {{ all.push(parts(error)) }}
      return all;
    """
    assert program.child(code) == [[True, True, name, "m"]] * 5


def test_errors_keep_their_parts_through_two_crossings(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      const source = `
          const error = new RangeError('outer', { cause: new TypeError('inner', { cause: 'deepest' }) });
          error.code = 'ERR_X';
          throw error`;
      const parts = error => [error.code, error.cause instanceof TypeError, error.cause.message,
          error.cause.cause,
                              Object.keys(error)];
      const all = [];
      try { context.evalSync(source) } catch (error) { all.push(parts(error)) }
      try { context.evalClosureSync('$0.evalSync($1)', [inner,
          source]) } catch (error) { all.push(parts(error)) }
      return all;
    """
    assert program.child(code) == [["ERR_X", True, "inner", "deepest", []]] * 2


def test_aggregate_errors_keep_their_errors(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      const source = 'throw new AggregateError([new RangeError("a"), "b", 3], "all")';
      const all = [];
      const parts = error => [error instanceof AggregateError, error.message, error.errors.map(tell)];
      try { context.evalSync(source) } catch (error) { all.push(parts(error)) }
      try { context.evalClosureSync('$0.evalSync($1)', [inner,
          source]) } catch (error) { all.push(parts(error)) }
      try { await context.eval('Promise.any([Promise.reject(1)])',
          { promise: true }) } catch (error) { all.push(parts(error)) }
      return all;
    """
    one = [True, "all", ["RangeError: a", "string: b", "number: 3"]]
    assert program.child(code) == [one, one, [True, "All promises were rejected", ["number: 1"]]]


def test_errors_of_own_classes_keep_their_name(program: Any) -> None:
    code = """
      const source = 'class Own extends RangeError {}; Own.prototype.name = "Own"; throw new Own("m")';
      const named = 'const e = new Error("m"); e.name = "Given"; throw e';
      return [source, named].map(it => {
        try { context.evalSync(it) } catch (error) { return [error.name, error.message,
            error instanceof Error] }
      });
    """
    assert program.child(code) == [["Own", "m", True], ["Given", "m", True]]


@pytest.mark.parametrize(
    ("thrown", "shown"),
    [
        ("5", "number: 5"),
        ("'text'", "string: text"),
        ("null", "object: null"),
        ("undefined", "undefined: undefined"),
        ("true", "boolean: true"),
        ("10n ** 30n", "bigint: 1000000000000000000000000000000"),
    ],
)
def test_thrown_primitives_pass_unchanged(program: Any, thrown: str, shown: str) -> None:
    code = """
      return [caught(() => context.evalSync('throw ' + $0)),
          await rejected(() => context.eval('throw ' + $0)),
              await rejected(() => context.eval(`Promise.reject(${$0})`, { promise: true }))];
    """
    assert program.child(code, thrown) == [shown] * 3


@pytest.mark.parametrize(
    "thrown", ["{}", "[]", "() => 1", "Symbol()", "new Proxy(new Error, {})", "new Date"]
)
def test_thrown_objects_that_are_no_errors_are_told_as_such(program: Any, thrown: str) -> None:
    message = (
        "Error: An object was thrown from supplied code within isolated-vm, but that object was not an "
        "instance of `Error`."
    )
    assert program.child("return caught(() => context.evalSync('throw ' + $0))", thrown) == message


def test_stacks_are_joined_at_the_boundary(program: Any) -> None:
    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      function outside() {
        const deep = 'function deep() { throw new Error("m") } deep()';
        context.evalClosureSync('function middle() { $0.evalSync($1, { filename: "deep.js" }) } middle()',
                                [inner, deep], { filename: 'middle.js' });
      }
      try { outside() } catch (error) { return error.stack }
    """
    lines = program.child(code).split("\n")
    assert lines[0] == "Error: m"
    text = "\n".join(lines[1:])
    places = [text.index(name) for name in ("deep.js", "<isolated-vm boundary>", "middle.js", "outside")]
    assert places == sorted(places)
    assert lines.count("    at (<isolated-vm boundary>)") == 2


def test_asynchronous_calls_join_the_stack_of_where_they_were_made(program: Any) -> None:
    code = """
      async function outside() { await context.eval('function deep() { throw new Error("m") } deep()') }
      try { await outside() } catch (error) { return error.stack }
    """
    stack = program.child(code)
    places = [stack.index(name) for name in ("deep", "<isolated-vm boundary>", "outside")]
    assert places == sorted(places)


def test_failures_of_the_api_show_where_it_was_called(program: Any) -> None:
    code = """
      function outside() { new ivm.Context() }
      try { outside() } catch (error) { return error.stack }
    """
    stack = program.run(code)
    assert stack.startswith("TypeError: `Context` constructor is private\n    at ")
    assert "outside" in stack


def test_files_of_the_default_isolate_stay_there(program: Any) -> None:
    # A host function that throws into an isolate, and a promise of it that is rejected.
    secret = "/home/secret/host.js"
    program.context.eval_sync(
        "globalThis.fail = () => { throw new RangeError('told', { cause: new Error('cause') }) }\n"
        "globalThis.failLater = async () => { await 0; fail() }",
        filename=secret,
    )
    code = """
      const read = 'catch (e) { return [e.message, e.stack, String(e.cause?.stack)].join("|") }';
      return [
          context.evalClosureSync(`try { $0() } ${read}`, [new ivm.Callback(fail)]),
          context.evalClosureSync(`try { $0.applySync() } ${read}`, [new ivm.Reference(fail)]),
          await context.evalClosure(`return (async () => { try { await $0() } ${read} })()`,
                                    [new ivm.Callback(failLater)], { result: { promise: true } }),
          await context.evalClosure(`try { $0.applySyncPromise() } ${read}`, [new ivm.Reference(failLater)])];
    """
    for seen in program.child(code):
        assert seen.startswith("told|RangeError: told\n")
        assert "secret" not in seen


HOSTILE = [
    "const e = new Error('m'); define(e, 'stack', { get() { ran = 1; return 's' } }); throw e",
    "const e = new Error('m'); define(e, 'message', { get() { ran = 1; for (;;); } }); throw e",
    "const e = new Error('m'); define(e, 'name', { get() { ran = 1; return 1 } }); throw e",
    "const e = new Error('m'); e.stack = { toString() { ran = 1; return 's' } }; throw e",
    "const e = new Error('m'); e.message = Symbol(); e.name = 5; e.stack = 1n; e.cause = Symbol(); throw e",
    "const e = new Error('m'); e.cause = e; throw e",
    "const e = new AggregateError([], 'm'); e.errors = [e, e]; throw e",
    "const e = new AggregateError([], 'm'); e.errors = { length: 4294967295 }; throw e",
    "const e = new AggregateError([], 'm'); e.errors = new Proxy([], { get() { ran = 1 } }); throw e",
    "const e = new Error('m'); Object.setPrototypeOf(e, new Proxy({}, { get() { ran = 1 } })); throw e",
    "const e = new Error('m'); Object.setPrototypeOf(e, null); throw e",
    "Error.prepareStackTrace = () => { ran = 1; for (;;); }; throw new Error('m')",
    "Error.prepareStackTrace = () => { throw 1 }; throw new Error('m')",
    "Error.stackTraceLimit = Infinity; (function f(n) { if (n) f(n - 1); else throw new Error('m') })(500)",
    "Error.stackTraceLimit = { valueOf() { ran = 1; return 1 } }; throw new Error('m')",
    "Error.captureStackTrace = null; Error = null; throw new (Object.getPrototypeOf(RangeError))('m')",
    "let e = new Error('m'); for (let i = 0; i < 1e5; ++i) e = new Error('m', { cause: e }); throw e",
    "const e = new Error('m'); e.stack = 'x'.repeat(1 << 28); throw e",
    "throw new Error('x'.repeat(1 << 28))",
    "Object.defineProperty(Error.prototype, 'toString', { value() { ran = 1 } }); throw new Error('m')",
    "Object.defineProperty(Object.prototype, 'cause', { get() { ran = 1 } }); throw new Error('m')",
    "Object.defineProperty(Object.prototype, 'code', { get() { ran = 1; return 5 } }); throw new Error('m')",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_errors_run_nothing_and_cross_somehow(program: Any, source: str) -> None:
    code = """
      context.evalSync('const define = Object.defineProperty');
      const told = caught(() => context.evalSync($0, { timeout: 10000 }));
      const later = await rejected(() => context.eval('{' + $0 + '}', { timeout: 10000 }));
      return [told.slice(0, 300), later.slice(0, 300), isolate.isDisposed || context.evalSync('typeof ran')];
    """
    told, later, ran = program.child(code, source)
    assert told != "nothing was thrown"
    assert later != "nothing was rejected"
    if (
        "prepareStackTrace" not in source
    ):  # V8 calls it when the error is made: inside, under the call's timeout
        assert ran in ("undefined", True)


def test_pollution_of_the_own_isolate_is_not_run_while_errors_are_made(program: Any) -> None:
    program.context.eval_sync("""
      globalThis.ran = [];
      for (const name of ['cause', 'code', 'errors', 'stack', 'name', 'message', 'get', 'set', 'value',
          'enumerable',
                          'configurable', 'writable']) {
        const own = Object.getOwnPropertyDescriptor(Object.prototype, name);
        if (own) continue;
        Object.defineProperty(Object.prototype, name, {
          __proto__: null, configurable: true, get() { ran.push(name) }, set() { ran.push(name) } });
      }
    """)
    code = """
      const child = new ivm.Isolate().createContextSync();
      ran.length = 0;
      let error;
      try { child.evalSync('const e = new URIError("m", { cause: 1 }); e.code = 2; throw e') } catch (
          it) { error = it }
      const seen = ran.filter(name => name !== 'get' && name !== 'set');
      return [error.message, error.code, error.cause, error instanceof URIError, seen.join()].join('|');
    """
    # The descriptor of the options objects that the test itself makes runs nothing either.
    assert program.context.eval_closure(code, []).result(20) == "m|2|1|true|"
    program.context.eval_sync("""
      for (const name of Object.getOwnPropertyNames(Object.prototype)) {
        if (Object.getOwnPropertyDescriptor(Object.prototype,
            name).get && name !== '__proto__') delete Object.prototype[name];
      }
    """)


def test_errors_of_python_functions_cross_through_two_isolates(program: Any) -> None:
    def fail() -> None:
        raise ValueError("from Python")

    code = """
      const inner = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      const f = new ivm.Callback($0);
      try { context.evalClosureSync('$0()', [f]) } catch (error) { return [error.name, error.message,
          error.stack] }
    """
    name, message, stack = program.child(code, fail)
    assert (name, message) == ("ValueError", "from Python")
    assert ".py" not in stack


def test_python_gets_an_error_that_has_crossed_twice(program: Any) -> None:
    with pytest.raises(isolates.JSURIError, match=r"^deep$") as caught:
        program.child("context.evalSync('throw new URIError(\"deep\")')")
    assert "(<isolated-vm boundary>)" in (caught.value.stack or "")

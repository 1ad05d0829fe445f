"""Context in JavaScript: eval and evalClosure, options, global, release."""

from __future__ import annotations

from typing import Any

import pytest

import isolates


def test_the_constructor_is_private(program: Any) -> None:
    assert program.value("caught(() => new ivm.Context())") == "TypeError: `Context` constructor is private"
    assert program.value("caught(() => ivm.Context())") == "TypeError: `Context` constructor is private"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1.5", 1.5),
        ("'text \\ud800'", "text \ud800"),
        ("null", None),
        ("undefined", isolates.undefined),
        ("true", True),
        ("-0", -0.0),
        ("2n ** 70n", 2**70),
        ("let foo = 1; let bar = 2; bar = foo + bar", 3),
        ("({})", isolates.undefined),
        ("Symbol()", isolates.undefined),
        ("[1]", isolates.undefined),
        ("new Date", isolates.undefined),
        ("Promise.resolve(1)", isolates.undefined),
    ],
)
def test_eval_gives_the_last_value_if_it_is_transferable(program: Any, code: str, value: object) -> None:
    both = program.child("return [context.evalSync($0), await isolate.createContextSync().eval($0)]", code)
    assert both == [value, value]
    assert [type(it) for it in both] == [type(value)] * 2


def test_eval_closure_refuses_what_is_not_transferable(program: Any) -> None:
    refused = "TypeError: A non-transferable value was passed"
    for body in ("return {}", "return Symbol()", "return [1]", "return Promise.resolve(1)"):
        code = "[caught(() => context.evalClosureSync($0)), await rejected(() => context.evalClosure($0))]"
        assert program.child(f"return {code}", body) == [refused, refused]


def test_eval_closure_gives_arguments_by_number(program: Any) -> None:
    code = "return context.evalClosureSync('return [$0, $1, arguments.length].join()', [1, 'two', 3])"
    assert program.child(code) == "1,two,3"


@pytest.mark.parametrize("arguments_", ["", ", undefined", ", null", ", []"])
def test_no_arguments_are_none(program: Any, arguments_: str) -> None:
    assert program.child(f"return context.evalClosureSync('return arguments.length'{arguments_})") == 0


@pytest.mark.parametrize("value", ["{}", "Symbol()", "[[]]", "new Date", "Object(1)", "new Proxy({}, {})"])
def test_arguments_that_are_not_transferable_are_refused(program: Any, value: str) -> None:
    code = f"""
      const values = [{value}];
      return [caught(() => context.evalClosureSync('', values)),
          caught(() => context.evalClosureIgnored('', values)),
              await rejected(() => context.evalClosure('', values))];
    """
    refused = "TypeError: A non-transferable value was passed"
    assert program.child(code) == [refused] * 3


def test_arguments_and_results_have_options_of_their_own(program: Any) -> None:
    code = """
      const value = { list: [1, { deep: true }] };
      const give = (body, given, result) =>
          context.evalClosureSync(body, [value], { arguments: given, result });
      return [
          give('return $0', { copy: true }, { copy: true }),
          give('return $0.typeof', { reference: true }),
          give('return $0', { copy: true }, { reference: true }).getSync('list', { copy: true }),
          give('return $0.list.length', { copy: true }, {}),
          (await context.evalClosure('return $0', [value], { arguments: { copy: true },
              result: { copy: true } })).list[0]];
    """
    value = {"list": [1, {"deep": True}]}
    assert program.child(code) == [value, "object", value["list"], 2, 1]


def test_only_one_way_to_cross_may_be_chosen(program: Any) -> None:
    code = """
      const both = { copy: true, reference: true };
      return [
          caught(() => context.evalSync('1', both)), await rejected(() => context.eval('1', both)),
          caught(() => context.evalIgnored('1', both)),
          caught(() => context.evalClosureSync('', [], { arguments: both })),
          caught(() => context.evalClosureSync('', [], { result: { copy: true, externalCopy: true } }))];
    """
    message = "TypeError: Only one of `copy`, `externalCopy`, or `reference` may be set"
    assert program.child(code) == [message] * 5


@pytest.mark.parametrize("name", ["copy", "externalCopy", "reference", "promise"])
@pytest.mark.parametrize("value", ["1", "'true'", "null", "{}"])
def test_options_must_be_booleans(readme: Any, name: str, value: str) -> None:
    code = f"""[
      caught(() => context.evalSync('1', {{ {name}: {value} }})),
      await rejected(() => context.eval('1', {{ {name}: {value} }})),
      caught(() => context.evalClosureSync('', [], {{ result: {{ {name}: {value} }} }}))]"""
    assert readme.child(f"return {code}") == [
        f"TypeError: `Context.evalSync` requires `{name}` to be a boolean",
        f"TypeError: `Context.eval` requires `{name}` to be a boolean",
        f"TypeError: `Context.evalClosureSync` requires `{name}` to be a boolean",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("evalSync()", "`Context.evalSync` requires parameter 1 to be a string"),
        ("evalSync(5)", "`Context.evalSync` requires parameter 1 to be a string"),
        ("eval(Object('1'))", "`Context.eval` requires parameter 1 to be a string"),
        ("evalIgnored({})", "`Context.evalIgnored` requires parameter 1 to be a string"),
        ("eval('1', 5)", "`Context.eval` requires parameter 2 to be an object"),
        ("evalClosure('1', 5)", "`Context.evalClosure` requires parameter 2 to be an array"),
        ("evalClosure('1', { length: 1 })", "`Context.evalClosure` requires parameter 2 to be an array"),
        ("evalClosure('1', new Proxy([1], {}))", "`Context.evalClosure` requires parameter 2 to be an array"),
        ("evalClosureSync('1', [], 'x')", "`Context.evalClosureSync` requires parameter 3 to be an object"),
    ],
)
def test_parameters_of_a_wrong_type_throw_at_once(readme: Any, call: str, message: str) -> None:
    assert readme.child(f"return caught(() => context.{call})") == f"TypeError: {message}"


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("timeout: 'x'", "`timeout` to be a number of milliseconds"),
        ("timeout: -1", "`timeout` to be a number of milliseconds"),
        ("timeout: NaN", "`timeout` to be a number of milliseconds"),
        ("filename: 5", "`filename` to be a string"),
        ("lineOffset: 1.5", "`lineOffset` to be a 32-bit integer"),
        ("columnOffset: '1'", "`columnOffset` to be a 32-bit integer"),
    ],
)
def test_options_of_a_wrong_type_reject_asynchronous_calls(readme: Any, option: str, wanted: str) -> None:
    code = f"""return [
      caught(() => context.evalSync('1', {{ {option} }})), caught(() => context.evalIgnored('1',
          {{ {option} }})),
      await rejected(() => context.eval('1', {{ {option} }}))]"""
    assert readme.child(code) == [
        f"TypeError: `Context.{name}` requires {wanted}" for name in ("evalSync", "evalIgnored", "eval")
    ]


def test_promise_gives_a_promise_from_every_form(program: Any) -> None:
    code = """
      const sync = context.evalSync('Promise.resolve(5)', { promise: true });
      const plain = context.evalSync('6', { promise: true });
      const closure = context.evalClosureSync('return (async () => { await 0; return { a: 7 } })()', [],
                                              { result: { promise: true, copy: true } });
      const later = context.eval('new Promise(resolve => Promise.resolve().then(() => resolve(8)))',
                                 { promise: true });
      const all = [sync, plain, closure, later];
      return [all.every(it => it instanceof Promise), await Promise.all(all)];
    """
    assert program.child(code) == [True, [5, 6, {"a": 7}, 8]]


def test_a_rejection_and_a_throw_are_told_apart_in_a_synchronous_call(program: Any) -> None:
    code = """
      return [
          await rejected(() => context.evalSync('Promise.reject(new RangeError("r"))', { promise: true })),
          await rejected(() => context.evalSync('throw new RangeError("t")', { promise: true })),
          await rejected(() => context.evalSync('Promise.resolve(() => 1)', { promise: true, copy: true }))];
    """
    assert program.child(code) == [
        "RangeError: r",
        "thrown at once: RangeError: t",
        "TypeError: () => 1 could not be cloned.",
    ]


def test_a_promise_that_can_not_settle_is_abandoned(program: Any) -> None:
    code = """
      const sync = rejected(() => context.evalSync('new Promise(() => 0)', { promise: true }));
      const later = rejected(() => context.eval('new Promise(() => 0)', { promise: true }));
      await context.eval('1');
      isolate.dispose();
      return [await sync, await later];
    """
    assert program.child(code) == ["Error: Promise was abandoned"] * 2


def test_global_is_one_reference(program: Any) -> None:
    code = """
      return [context.global === context.global, context.global instanceof ivm.Reference,
              context.global.typeof, context.evalClosureSync('return $0 === globalThis',
                  [context.global.derefInto()])];
    """
    assert program.child(code) == [True, True, "object", True]


def test_a_released_global_stays_released(program: Any) -> None:
    code = """
      context.global.release();
      return [caught(() => context.global.getSync('x')), context.evalSync('1')];
    """
    assert program.child(code) == ["Error: Reference has been released", 1]


def test_release_ends_the_context_and_its_global(program: Any) -> None:
    code = """
      const global = context.global, script = isolate.compileScriptSync('1');
      context.release();
      return [
          caught(() => context.evalSync('1')), await rejected(() => context.eval('1')),
          caught(() => context.evalIgnored('1')), caught(() => context.global),
          caught(() => script.runSync(context)), await rejected(() => script.run(context)),
          caught(() => context.release()), caught(() => isolate.createContextSync().evalClosureSync('',
              [context])),
          caught(() => global.getSync('x'))];
    """
    assert program.child(code) == ["Error: Context is released"] * 8 + ["Error: Reference has been released"]


def test_release_leaves_copies_by_transfer(program: Any) -> None:
    code = """
      const other = isolate.createContextSync();
      other.global.setSync('given', context);
      context.evalSync('globalThis.n = 5');
      context.release();
      return [other.evalSync('given.evalSync("n")'), other.evalSync('given.global.typeof')];
    """
    assert program.child(code) == [5, "object"]


def test_names_and_offsets_of_sources_show_in_stacks(program: Any) -> None:
    code = """
      const at = options => {
        try { context.evalSync('throw new Error("here")', options) } catch (error) {
          return error.stack.split('\\n')[1].trim();
        }
      };
      return [at(), at({ filename: 'größe.js' }), at({ filename: 'a.js', lineOffset: 9, columnOffset: 4 })];
    """
    assert program.child(code) == ["at <isolated-vm>:1:7", "at größe.js:1:7", "at a.js:10:11"]


def test_contexts_share_nothing(program: Any) -> None:
    code = """
      const other = isolate.createContextSync();
      context.evalSync('Object.prototype.foo = 1; globalThis.bar = 2');
      return [context.evalSync('({}).foo + bar'), other.evalSync('typeof ({}).foo + typeof bar')];
    """
    assert program.child(code) == [3, "undefinedundefined"]


def test_create_context_is_asynchronous_too(program: Any) -> None:
    code = """
      const made = await isolate.createContext();
      return [made instanceof ivm.Context, made.evalSync('1'),
              await rejected(() => isolate.createContext({ inspector: 5 })),
                  caught(() => isolate.createContext(5))];
    """
    assert program.child(code) == [
        True,
        1,
        "TypeError: `Isolate.createContext` requires `inspector` to be a boolean",
        "TypeError: `Isolate.createContext` requires parameter 1 to be an object",
    ]

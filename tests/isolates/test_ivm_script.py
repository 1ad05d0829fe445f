"""Script in JavaScript: compiling, running, release."""

from __future__ import annotations

from typing import Any

import pytest

import isolates


def test_the_constructor_is_private(program: Any) -> None:
    assert program.value("caught(() => new ivm.Script())") == "TypeError: `Script` constructor is private"


def test_a_script_runs_in_every_context_of_its_isolate(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('globalThis.n = (globalThis.n ?? 0) + 1');
      const other = await isolate.createContext();
      return [script.runSync(context), script.runSync(context), await script.run(other)];
    """
    assert program.child(code) == [1, 2, 1]


def test_run_gives_the_last_value_if_it_is_transferable(program: Any) -> None:
    code = """
      const run = (source, options) => isolate.compileScriptSync(source).runSync(context, options);
      return [run('let foo = 1; let bar = 2; bar = foo + bar'), run('({})'), run('({ a: 1 })',
          { copy: true }),
              run('({})', { reference: true }).typeof, await run('Promise.resolve(5)', { promise: true })];
    """
    assert program.child(code) == [3, isolates.undefined, {"a": 1}, "object", 5]


@pytest.mark.parametrize("form", ["run", "runSync", "runIgnored"])
@pytest.mark.parametrize("given", ["", "{}", "isolate", "null", "context.global"])
def test_run_needs_a_context(readme: Any, form: str, given: str) -> None:
    code = f"return caught(() => isolate.compileScriptSync('1').{form}({given}))"
    assert readme.child(code) == f"TypeError: `Script.{form}` requires parameter 1 to be a Context"


def test_a_context_of_another_isolate_is_invalid(program: Any) -> None:
    code = """
      const foreign = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      const script = isolate.compileScriptSync('1');
      return [caught(() => script.runSync(foreign)), caught(() => script.runIgnored(foreign)),
              await rejected(() => script.run(foreign))];
    """
    assert program.child(code) == ["TypeError: Invalid context"] * 3


def test_a_released_script_is_gone(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('1');
      script.release();
      return [
          caught(() => script.runSync(context)), await rejected(() => script.run(context)),
          caught(() => script.runIgnored(context)), caught(() => script.release()),
          caught(() => context.evalClosureSync('', [script]))];
    """
    assert program.child(code) == ["Error: Script has been released"] * 5


@pytest.mark.parametrize("form", ["run", "runSync", "runIgnored"])
def test_run_can_release(program: Any, form: str) -> None:
    code = f"""
      const script = isolate.compileScriptSync('globalThis.done = 1');
      await script.{form}(context, {{ release: true }});
      await context.eval('1');
      return [context.evalSync('done'), caught(() => script.release())];
    """
    assert program.child(code) == [1, "Error: Script has been released"]


def test_a_released_script_leaves_what_it_has_made(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('globalThis.f = () => 5');
      script.runSync(context, { release: true });
      isolate.collectGarbageSync();
      return context.evalSync('f()');
    """
    assert program.child(code) == 5


@pytest.mark.parametrize("form", ["compileScript", "compileScriptSync"])
def test_code_must_be_a_string(readme: Any, form: str) -> None:
    code = f"return caught(() => isolate.{form}(Object('1')))"
    assert readme.child(code) == f"TypeError: `Isolate.{form}` requires parameter 1 to be a string"


def test_syntax_errors_say_where(program: Any) -> None:
    code = """
      const options = { filename: 'file:///a.js', lineOffset: 10, columnOffset: 3 };
      return [caught(() => isolate.compileScriptSync('{')), await rejected(() => isolate.compileScript('{')),
              caught(() => isolate.compileScriptSync('\\n  throw', options)),
              caught(() => isolate.compileScriptSync('x y', options))];
    """
    assert program.child(code) == [
        "SyntaxError: Unexpected end of input [<isolated-vm>:1:2]",
        "SyntaxError: Unexpected end of input [<isolated-vm>:1:2]",
        "SyntaxError: Unexpected end of input [file:///a.js:12:8]",
        "SyntaxError: Unexpected identifier 'y' [file:///a.js:11:6]",
    ]


def test_scripts_cross(program: Any) -> None:
    code = """
      const script = isolate.compileScriptSync('6 * 7');
      const other = new ivm.Isolate({ memoryLimit: 16 }).createContextSync();
      return other.evalClosureSync('return $0.runSync($1)', [script, context]);
    """
    assert program.child(code) == 42


def test_a_script_of_pythons_runs_in_javascript(isolate: Any, context: Any, program: Any) -> None:
    script = isolate.compile_script_sync("6 * 7")
    assert program.value("[$0.runSync($1), await $0.run($1)]", script, context) == [42, 42]
    script.release()

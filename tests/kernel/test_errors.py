"""How errors are told."""

from __future__ import annotations

import sys
from typing import Any

import pytest


def count_of(run: Any) -> int:
    return int(run.reply["execution_count"])


def test_a_thrown_error_shows_its_line_and_a_caret(kernel: Any) -> None:
    run = kernel.fails("function f(x) {\n  return x.y.z;\n}\nf({})")
    assert run.error["ename"] == "TypeError"
    assert run.error["evalue"] == "Cannot read properties of undefined (reading 'z')"
    place = f"In [{count_of(run)}]"
    assert run.traceback == (
        "TypeError: Cannot read properties of undefined (reading 'z')\n"
        f"{place}:2:14\n"
        "    return x.y.z;\n"
        "               ^\n"
        f"    at f ({place}:2:14)\n"
        f"    at {place}:4:1"
    )
    assert run.reply["traceback"] == run.error["traceback"]


def test_an_error_after_an_await_has_its_line(kernel: Any) -> None:
    run = kernel.fails("await 1;\nawait new Promise(r => setTimeout(r, 1));\n\nnope()")
    assert run.error["ename"] == "ReferenceError"
    assert f"In [{count_of(run)}]:4:1\n  nope()\n  ^" in run.traceback


@pytest.mark.parametrize(
    ("code", "line", "excerpt"),
    [
        ("let a = 1;\nlet b = ;\nlet c", 2, "  let b = ;\n          ^"),
        ("%%isolate syntax\n\nlet a = 1;\nlet b = ;", 4, "  let b = ;\n          ^"),
        ("# NBVAL_RAISES_EXCEPTION\nlet b = ;", 2, "  let b = ;\n          ^"),
    ],
)
def test_a_syntax_error_has_the_line_of_the_cell(kernel: Any, code: str, line: int, excerpt: str) -> None:
    run = kernel.fails(code)
    assert (run.error["ename"], run.error["evalue"]) == ("SyntaxError", "Unexpected token ';'")
    assert f"In [{count_of(run)}]:{line}:9\n{excerpt}" in run.traceback


def test_a_syntax_error_at_run_time_has_the_line_that_ran(kernel: Any) -> None:
    run = kernel.fails("1;\nJSON.parse('{bad')")
    assert run.error["ename"] == "SyntaxError"
    assert f"In [{count_of(run)}]:2:6\n  JSON.parse('{{bad')\n       ^" in run.traceback


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="places of what is no Error are known there")


@LINUX
@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("throw 5", 1, 1),
        ("let x = 1;\n  throw {x};\nMath.max(x)", 2, 3),
        ("function f() { throw 'text' }\nf();\nMath.max(1)", 1, 16),
        ("await 1;\nthrow 1.5", 2, 1),
        ("await (async () => {\n  await 1;\n  throw 8n\n})()", 3, 3),
        ("try { throw 1 } catch {}\nthrow 2", 2, 1),
        ("new Promise(() => { throw Symbol('s') })", 1, 21),
        ("%%isolate aside\n\nthrow 5", 3, 1),
        ("%%module thrower\nlet x = 1\nthrow x", 3, 1),
    ],
)
def test_what_is_thrown_and_no_error_has_its_line(kernel: Any, code: str, line: int, column: int) -> None:
    run = kernel.fails(code)
    place, source, caret = run.traceback.split("\n")[1:]
    assert place == f"In [{count_of(run)}]:{line}:{column}"
    assert (source, caret) == ("  " + code.split("\n")[line - 1], " " * (column + 1) + "^")


@LINUX
def test_rejections_and_timers_tell_where_no_error_was_thrown(kernel: Any) -> None:
    for code in ("(async () => { await 1; throw 7 })()", "setTimeout(() => { throw 7 })"):
        run = kernel.ok(f"{code}; await new Promise(r => setTimeout(r, 50))")
        assert f"\n  {code}" in run.stderr
        assert ":1:" in run.stderr


@pytest.mark.parametrize("code", ["await Promise.reject(5)", "try { throw 5 } catch {}\nPromise.reject(6)"])
def test_no_place_is_better_than_a_wrong_one(kernel: Any, code: str) -> None:
    assert kernel.fails(code).traceback.count("\n") == 0


def test_an_error_says_nothing_beside_itself(kernel: Any) -> None:
    for code in ("null.x", "throw 5", "await null.x", "JSON.parse('{')", "throw {}"):
        assert [message["msg_type"] for message in kernel.fails(code).messages] == ["error"]


def test_causes_are_told(kernel: Any) -> None:
    run = kernel.fails("try { null.x } catch (e) {\n  throw new Error('outer', {cause: e})\n}")
    assert "Error: outer" in run.traceback
    assert "Caused by TypeError: Cannot read properties of null (reading 'x')" in run.traceback


@pytest.mark.parametrize(
    ("thrown", "evalue"),
    [
        ("5", "5"),
        ("'text'", "'text'"),
        ("true", "true"),
        ("2n", "2n"),
        ("null", "null"),
        ("undefined", "undefined"),
    ],
)
def test_a_thrown_value_that_is_no_error(kernel: Any, thrown: str, evalue: str) -> None:
    error = kernel.fails(f"throw {thrown}").error
    assert error["ename"] == "Uncaught"
    assert error["evalue"] == evalue


def test_the_errors_of_an_aggregate_are_told(kernel: Any) -> None:
    rejected = "Promise.reject(new TypeError('first')), Promise.reject(new RangeError('second'))"
    run = kernel.fails(f"await Promise.any([{rejected}])")
    assert run.error["ename"] == "AggregateError"
    assert "One of its errors: TypeError: first" in run.traceback
    assert "One of its errors: RangeError: second" in run.traceback


def test_no_frame_is_the_preludes(kernel: Any) -> None:
    run = kernel.fails(
        "await new Promise((resolve, reject) => setTimeout(() => reject(new Error('late')), 1))"
    )
    assert "isolates:" not in run.traceback
    request = kernel.start(
        "setTimeout(() => { console.log(new Error('logged')); throw new TypeError('thrown') }, 1)"
    )
    kernel.finish(request)
    text = kernel.wait_for_text(request, "TypeError")
    assert "isolates:" not in text


def test_an_error_in_a_timer_is_told_to_its_cell(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => { missing() }, 5)")
    count = kernel.finish(request).reply["execution_count"]
    kernel.ok("await new Promise(r => setTimeout(r, 50))")
    text = kernel.wait_for_text(request, "Uncaught")
    assert "missing is not defined" in text
    assert f"In [{count}]:1:20" in text


def test_a_very_long_line_is_cut_around_the_caret(kernel: Any) -> None:
    run = kernel.fails(f"{'1;' * 5000}null.x;{'1;' * 5000}")
    excerpt, caret = run.traceback.split("\n")[2:4]
    assert len(excerpt) < 200
    assert excerpt[caret.index("^") - 5 :].startswith("null.x")


def test_an_overwritten_stack_harms_nothing(kernel: Any) -> None:
    run = kernel.fails("const bad = new Error('odd'); bad.stack = 5; throw bad")
    assert (run.error["ename"], run.error["evalue"]) == ("Error", "odd")


def test_a_stack_overflow_is_a_range_error(kernel: Any) -> None:
    assert kernel.fails("(function f() { f() })()").error["ename"] == "RangeError"


@pytest.mark.parametrize(
    ("thrown", "evalue"),
    [
        ("{code: 5, in: {deep: [1]}}", "{ code: 5, in: { deep: [ 1 ] } }"),
        ("Symbol('s')", "Symbol(s)"),
        ("() => 1", "[Function (anonymous)]"),
        (
            "new Proxy({}, {get() { throw 1 }, ownKeys() { throw 1 }, getPrototypeOf() { throw 1 }})",
            "Proxy({})",
        ),
        ("Object.create(Error.prototype)", "[Error]"),
        ("{get a() { while (true); }}", "{ a: [Getter] }"),
    ],
)
def test_a_thrown_object_that_is_no_error_is_shown(kernel: Any, thrown: str, evalue: str) -> None:
    run = kernel.fails(f"throw {thrown}")
    assert (run.error["ename"], run.error["evalue"]) == ("Uncaught", evalue)
    assert run.traceback.split("\nIn [")[0] == f"Uncaught: {evalue}"


def test_an_error_has_the_name_of_its_class(kernel: Any) -> None:
    code = "throw new (class ParseError extends SyntaxError {})('odd')"
    assert kernel.fails(code).error["ename"] == "ParseError"
    assert kernel.fails("throw Object.assign(new Error('odd'), {name: 'Own'})").error["ename"] == "Own"
    assert kernel.fails("throw Object.assign(new Error('odd'), {name: ''})").error["ename"] == "Error"
    getter = "throw new (class Named extends Error { get name() { while (true); } })('odd')"
    assert kernel.fails(getter).error["ename"] == "Named"


def test_the_properties_of_an_error_are_shown(kernel: Any) -> None:
    run = kernel.fails(
        "throw Object.assign(new Error('odd'), {code: 'E1', list: [1, 2], get bad() { return 1 }})"
    )
    assert run.traceback.endswith("\n  { code: 'E1', list: [ 1, 2 ], bad: 1 }")
    assert "{" not in kernel.fails("throw new Error('plain')").traceback.split("\n", 3)[-1]


def test_a_cause_that_is_no_error_is_shown(kernel: Any) -> None:
    def shown(options: str) -> list[str]:
        lines = kernel.fails(f"throw new Error('odd', {options})").traceback.split("\n")
        return [line for line in lines if "odd" not in line][3:]

    assert shown("{cause: {why: 1}}") == ["  [cause]: { why: 1 }"]
    assert shown("{cause: 'text'}") == ["  [cause]: 'text'"]
    for cause in ("null", "undefined", "0", "Symbol(s)", "[Function: f]"):
        code = {"Symbol(s)": "Symbol('s')", "[Function: f]": "function f() {}"}.get(cause, cause)
        assert shown(f"{{cause: {code}}}") == [f"  [cause]: {cause}"]
    assert shown("{}") == []
    inner = kernel.fails(
        "throw new AggregateError([new Error('inner', {cause: ['deep']})], 'all', {cause: 1})"
    )
    lines = inner.traceback.split("\n")
    assert lines[-1] == "  [cause]: [ 'deep' ]"
    assert lines.index("  [cause]: 1") < lines.index("One of its errors: Error: inner")


def test_a_cause_is_read_without_a_getter(kernel: Any) -> None:
    run = kernel.fails(
        "var ran = 0; throw Object.defineProperty(new Error('x'), 'cause', {get: () => ran++})"
    )
    assert "cause]" not in run.traceback
    assert kernel.ok("ran").result == "0"
    run = kernel.fails("throw Object.assign(new Error('many'), {errors: ['of a library']})")
    assert run.traceback.endswith("\n  { errors: [ 'of a library' ] }")


def test_causes_in_a_circle_end(kernel: Any) -> None:
    run = kernel.fails("const a = new Error('a'), b = new Error('b', {cause: a}); a.cause = b; throw a")
    assert run.traceback.count("Caused by") == 2
    assert run.traceback.endswith("\nCaused by Error: a, as above")
    assert kernel.fails("const own = new Error('own'); own.cause = own; throw own").traceback.endswith(
        "as above"
    )


def test_all_of_an_aggregate_is_told(kernel: Any) -> None:
    run = kernel.fails(
        "throw new AggregateError([1, {two: 2}, new Error('three', {cause: new Error('deep')})], 'all')"
    )
    heads = [line for line in run.traceback.split("\n") if line.startswith(("One of", "Caused"))]
    assert heads == [
        "One of its errors: 1",
        "One of its errors: { two: 2 }",
        "One of its errors: Error: three",
        "Caused by Error: deep",
    ]


@pytest.mark.parametrize("name", ["stack", "name", "cause", "errors", "code", "constructor"])
def test_hostile_getters_of_an_error_do_not_run(kernel: Any, name: str) -> None:
    getter = f"Object.defineProperty(e, '{name}', {{get() {{ while (true); }}}})"
    assert kernel.fails(f"const e = new Error('odd'); {getter}; throw e").error["ename"] == "Error"


def test_a_message_that_a_getter_gives_is_told(kernel: Any) -> None:
    # As zod's errors have it: of their own, enumerable, and made when it is asked for.
    own = "const e = new Error(); Object.defineProperty(e, 'message', {get: () => 'own', enumerable: true})"
    inherited = "const e = new (class Made extends Error { get message() { return 'of the class' } })()"
    for made, name, message in ((own, "Error", "own"), (inherited, "Made", "of the class")):
        run = kernel.fails(f"{made}; throw e")
        assert (run.error["ename"], run.error["evalue"]) == (name, message)
        assert run.traceback.startswith(f"{name}: {message}\n")
        assert "Getter" not in run.traceback
        text = kernel.ok(f"{made}; console.error(e)").stderr
        assert text.split("\n")[0].endswith(f": {message}")
        assert "Getter" not in text
    cause = f"{own}; throw new Error('outer', {{cause: e}})"
    assert "\nCaused by Error: own\n" in kernel.fails(cause).traceback


@pytest.mark.parametrize("body", ["throw 1", "return 5", "return {}", "null.x"])
def test_a_getter_of_a_message_may_fail(kernel: Any, body: str) -> None:
    made = f"const e = Object.defineProperty(new Error(), 'message', {{get() {{ {body} }}}})"
    error = kernel.fails(f"{made}; throw e").error
    assert (error["ename"], error["evalue"]) == ("Error", "")
    assert kernel.ok(f"{made}; console.error(e)").stderr.startswith("Error\n    at ")


def test_a_getter_of_a_message_is_part_of_the_run(kernel: Any) -> None:
    made = "const e = Object.defineProperty(new Error(), 'message', {get() { while (true); }})"
    assert (
        kernel.fails(f"%%isolate main --timeout 0.2\n{made}; throw e").error["ename"] == "ScriptTimeoutError"
    )
    request = kernel.start(f"console.log('on'); {made}; throw e")
    kernel.wait_for_text(request, "on")
    kernel.interrupt()
    assert kernel.finish(request).error["ename"] == "KeyboardInterrupt"
    long = "const e = Object.defineProperty(new Error(), 'message', {get: () => 'x'.repeat(1e8)}); throw e"
    assert len(kernel.fails(long).error["evalue"]) < 20_000
    assert kernel.ok("1 + 1").result == "2"


def test_a_hostile_stack_trace_hook_harms_nothing(kernel: Any) -> None:
    for hook in (
        "() => { throw new Error('hooked') }",
        "() => ({})",
        "(e, sites) => sites.map(String).join()",
    ):
        run = kernel.fails(f"Error.prepareStackTrace = {hook};\nnull.x")
        assert run.error["evalue"] == "Cannot read properties of null (reading 'x')"
        assert "\n  null.x\n       ^" in run.traceback
    kernel.ok("delete Error.prepareStackTrace")


def test_a_timer_that_throws_a_value_shows_it(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => { throw {odd: 1} }, 1); 0")
    text = kernel.finish(request).stderr or kernel.wait_for_text(request, "odd")
    assert text.startswith("Uncaught { odd: 1 }\n")


def test_an_error_of_another_isolate_shows_the_line_that_called_it(kernel: Any) -> None:
    code = "const ivm = require('isolated-vm');\nconst made = new ivm.Isolate().createContextSync();\n"
    run = kernel.fails(f"{code}made.evalSync('null.x', {{filename: 'child.js'}})")
    place = f"In [{count_of(run)}]:3:6"
    assert f"\n{place}\n  made.evalSync(" in run.traceback
    assert "at child.js:1:6" in run.traceback


def test_a_timeout_says_where_it_was_and_what_is_kept(kernel: Any) -> None:
    run = kernel.fails("%%isolate main --timeout 0.2\n\nfunction spin() {\n  while (true);\n}\nspin()")
    assert "lives on, with all that the cell has left in it" in run.error["evalue"]
    assert f"at spin (In [{count_of(run)}]:4:" in run.traceback


def test_an_interrupt_says_what_is_kept(kernel: Any) -> None:
    request = kernel.start("console.log('on'); for (;;);")
    kernel.wait_for_text(request, "on")
    kernel.interrupt()
    error = kernel.finish(request).error
    assert error["ename"] == "KeyboardInterrupt"
    assert "is kept" in error["evalue"]


@pytest.mark.parametrize(
    "code", ["// a comment\n%%isolate a\n1", "%%isolate a\n%%module m\n1", "1;\n%await on"]
)
def test_a_magic_that_comes_late_is_told_where_magics_stand(kernel: Any, code: str) -> None:
    assert "\nMagics come first in a cell" in kernel.fails(code).traceback
    assert "Magics" not in kernel.fails("1\n% 2 %").traceback


def test_integers_of_many_digits_are_thrown_as_any_value(kernel: Any) -> None:
    digits = "1" + "0" * 5000 + "n"
    run = kernel.fails("throw 10n ** 5000n")
    assert (run.error["ename"], run.error["evalue"]) == ("Uncaught", digits)
    assert digits in kernel.fails("throw new Error('x', {cause: 10n ** 5000n})").traceback
    request = kernel.start("setTimeout(() => { throw 10n ** 5000n }); Promise.reject(10n ** 5001n); 0")
    kernel.wait_for_text(request, f") {digits[:-1]}0n")
    kernel.wait_for_text(request, f"Uncaught {digits}")
    kernel.finish(request)

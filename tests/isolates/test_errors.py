"""How errors of JavaScript arrive in Python and Python's in JavaScript, and the tree that they form."""

from __future__ import annotations

import builtins
import inspect
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates import errors, undefined

NOT_AN_ERROR = (
    "An object was thrown from supplied code within isolated-vm, "
    "but that object was not an instance of `Error`."
)
CLASSES = {
    "Error": isolates.JSError,
    "EvalError": isolates.JSEvalError,
    "RangeError": isolates.JSRangeError,
    "ReferenceError": isolates.JSReferenceError,
    "SyntaxError": isolates.JSSyntaxError,
    "TypeError": isolates.JSTypeError,
    "URIError": isolates.JSURIError,
}
BUILTINS = {
    isolates.ScriptTimeoutError: TimeoutError,
    isolates.UnresponsiveError: TimeoutError,
    isolates.MemoryLimitError: MemoryError,
    isolates.HeapBudgetError: MemoryError,
    isolates.TransferError: TypeError,
}


def caught_by(ask: Any, context: isolates.Context, code: str, **options: Any) -> isolates.JSError:
    with pytest.raises(isolates.JSError) as caught:
        ask(context, "eval", code, **options)
    return caught.value


@pytest.mark.parametrize("name", CLASSES)
def test_a_standard_class_stays_what_it_is(ask: Any, context: isolates.Context, name: str) -> None:
    error = caught_by(ask, context, f"throw new {name}('why ☃')")
    assert type(error) is CLASSES[name]
    assert (error.name, error.message, str(error)) == (name, "why ☃", "why ☃")
    assert error.stack is not None
    assert error.stack.startswith(f"{name}: why ☃\n    at <isolated-vm>:1:")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("null.x", "TypeError"),
        ("missing", "ReferenceError"),
        ("decodeURIComponent('%')", "URIError"),
        ("new Array(-1)", "RangeError"),
        ("JSON.parse('{')", "SyntaxError"),
        ("1n + 1", "TypeError"),
    ],
)
def test_v8s_own_errors_have_their_class(ask: Any, context: isolates.Context, code: str, name: str) -> None:
    error = caught_by(ask, context, code)
    assert type(error) is CLASSES[name]
    assert error.line == 1


def test_an_error_of_the_codes_own_class_keeps_its_name(ask: Any, context: isolates.Context) -> None:
    code = "class OddError extends TypeError { get name() { return 'never run' } }; throw new OddError('x')"
    assert caught_by(ask, context, code).message == "x"
    code = "class Odd2 extends TypeError {}; Odd2.prototype.name = 'Odd2'; throw new Odd2('y')"
    error = caught_by(ask, context, code)
    assert (type(error), error.name, error.message) == (isolates.JSError, "Odd2", "y")


def test_the_stack_names_functions_files_and_lines(ask: Any, context: isolates.Context) -> None:
    code = "function inner() { throw new Error('deep') }\nfunction outer() { inner() }\nouter()"
    error = caught_by(ask, context, code, filename="é.js", line_offset=9, column_offset=4)
    assert error.stack == (
        "Error: deep\n    at inner (é.js:10:30)\n    at outer (é.js:11:20)\n    at é.js:12:1"
    )
    assert (error.filename, error.line, error.column) == ("é.js", 10, 24)
    assert error.source_line == "function inner() { throw new Error('deep') }"


def test_no_path_of_the_host_is_in_a_stack(context: isolates.Context) -> None:
    def fails() -> None:
        raise ValueError("no")

    code = "try { $0() } catch (error) { return [error.stack, error.message].join() }"
    stack = context.eval_closure_sync(code, [fails])
    assert "no" in stack
    for part in (".py", str(Path(__file__).parent), "/site-packages", "libmini_racer", "_native"):
        assert part not in stack
    assert all(part not in (caught_by_sync(context).stack or "") for part in (".py", "_native"))


def caught_by_sync(context: isolates.Context) -> isolates.JSError:
    with pytest.raises(isolates.JSError) as caught:
        context.eval_sync("throw new Error('x')")
    return caught.value


@pytest.mark.parametrize(
    ("code", "line", "column", "source_line"),
    [
        ("let let", 1, 5, "let let"),
        ("\n\n  a b", 3, 5, "  a b"),
        ("'open", 1, 1, "'open"),
        ("'\U0001f600é'; )", 1, 8, "'\U0001f600é'; )"),
        ("f(\n1,\n2", 3, 1, "2"),
        ("a\0b", 1, 2, "a\0b"),
        ("x = \ud800", 1, 5, "x = \ud800"),
        ("await 1", 1, 1, None),
        ("a\r\nb c", 2, 3, "b c"),
        ("a\u2028b c", 2, 3, None),
    ],
)
@pytest.mark.parametrize("method", ["eval", "compile_script"])
def test_a_syntax_error_says_where_it_is(
    ask: Any,
    isolate: isolates.Isolate,
    context: isolates.Context,
    method: str,
    code: str,
    line: int,
    column: int,
    source_line: str | None,
) -> None:
    target = context if method == "eval" else isolate
    with pytest.raises(isolates.JSSyntaxError) as caught:
        ask(target, method, code, filename="ünit.js")
    error = caught.value
    assert (error.filename, error.line, error.column) == ("ünit.js", line, column)
    assert str(error).endswith(f" [ünit.js:{line}:{column}]")
    if source_line is not None:
        assert error.source_line == source_line


def test_offsets_shift_where_a_syntax_error_is(ask: Any, isolate: isolates.Isolate) -> None:
    for code, place in [("  let let", "a.js:11:12"), ("\n  let let", "a.js:12:7")]:
        with pytest.raises(isolates.JSSyntaxError) as caught:
            ask(isolate, "compile_script", code, filename="a.js", line_offset=10, column_offset=5)
        assert str(caught.value).endswith(f" [{place}]")


def test_the_default_filename_is_isolated_vms(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSSyntaxError, match=r" \[<isolated-vm>:1:5\]$"):
        ask(context, "eval", "let let")


def test_a_closures_syntax_error_is_at_its_place_in_the_body(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSSyntaxError, match=r" \[f\.js:2:5\]$") as caught:
        ask(context, "eval_closure", "return 1\n  a b", [1, 2], filename="f.js")
    assert caught.value.line == 2


def test_an_error_of_a_syntax_made_at_run_time_has_no_place_appended(context: isolates.Context) -> None:
    with pytest.raises(isolates.JSSyntaxError) as caught:
        context.eval_sync("throw new SyntaxError('mine')")
    assert str(caught.value) == "mine"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("5", 5),
        ("'text'", "text"),
        ("null", None),
        ("undefined", undefined),
        ("2n ** 70n", 2**70),
        ("true", True),
    ],
)
def test_a_thrown_primitive_comes_out_unchanged(
    ask: Any, context: isolates.Context, code: str, value: object
) -> None:
    with pytest.raises(isolates.ThrownValueError) as caught:
        ask(context, "eval", f"throw {code}")
    assert caught.value.value == value
    assert type(caught.value.value) is type(value)


def test_an_integer_of_many_digits_is_thrown_as_any_value(context: isolates.Context) -> None:
    """Python makes no decimal number of more than 4300 digits."""
    with pytest.raises(isolates.ThrownValueError, match="an integer of 16610 bits") as caught:
        context.eval_sync("throw 10n ** 5000n")
    assert caught.value.value == 10**5000


def test_a_thrown_symbol_is_told_as_what_can_not_cross(ask: Any, context: isolates.Context) -> None:
    with pytest.raises(isolates.JSError, match="that object was not an instance of `Error`") as caught:
        ask(context, "eval", "throw Symbol('x')")
    assert not isinstance(caught.value, isolates.ThrownValueError)


@pytest.mark.parametrize(
    "code", ["({ a: 1 })", "[]", "() => 1", "new Proxy(new Error('x'), {})", "Object.create(null)"]
)
def test_a_thrown_object_that_is_no_error_is_told_so(ask: Any, context: isolates.Context, code: str) -> None:
    error = caught_by(ask, context, f"throw {code}")
    assert type(error) is isolates.JSError
    assert error.message == NOT_AN_ERROR


def test_cause_code_and_errors_come_along(ask: Any, context: isolates.Context) -> None:
    error = caught_by(
        ask,
        context,
        "const error = new AggregateError([new TypeError('one'), new Error('two', { cause: 3 })], 'all',"
        "  { cause: new RangeError('why', { cause: 'a string' }) });"
        "error.code = 'E_CODE'; throw error",
    )
    assert type(error) is isolates.JSAggregateError
    assert (error.message, error.code) == ("all", "E_CODE")
    assert [(type(e), e.message, e.cause) for e in error.errors] == [
        (isolates.JSTypeError, "one", None),
        (isolates.JSError, "two", 3),
    ]
    cause = error.cause
    assert type(cause) is isolates.JSRangeError
    assert error.__cause__ is cause
    assert (cause.message, cause.cause, cause.__cause__) == ("why", "a string", None)


@pytest.mark.parametrize(
    "code",
    [
        "const e = new Error('x'); e.cause = e; throw e",
        "let e = new Error('x'); for (let n = 0; n < 1e5; n++) e = new Error('x', { cause: e }); throw e",
        "throw new AggregateError(Array(1e5).fill(new Error('y')), 'x')",
        "const e = new AggregateError([], 'x'); e.errors.push(e, e, e); throw e",
        "const e = new Error('x'); e.code = Symbol(); throw e",
        "const e = new AggregateError([], 'x'); e.errors = { length: 2 ** 31 - 1 }; throw e",
        "const e = new AggregateError([], 'x'); e.errors = 5; e.cause = () => 1; throw e",
    ],
)
def test_hostile_errors_are_cut_and_arrive(ask: Any, context: isolates.Context, code: str) -> None:
    assert caught_by(ask, context, code).message == "x"


@pytest.mark.parametrize("key", ["name", "message", "stack", "cause", "code", "errors"])
def test_reading_an_error_runs_no_getter_and_no_proxy(ask: Any, context: isolates.Context, key: str) -> None:
    base = "globalThis.ran = 0; const e = new AggregateError([], 'x');"
    getter = f"Object.defineProperty(e, '{key}', {{ get() {{ ran++; for (;;); }} }}); throw e"
    assert isinstance(caught_by(ask, context, base + getter), isolates.JSError)
    trap = "new Proxy({}, { get() { ran++; for (;;); } })"
    proxy = f"e2 = new AggregateError([], 'x'); Object.setPrototypeOf(e2, {trap}); throw e2"
    assert isinstance(caught_by(ask, context, proxy), isolates.JSError)
    assert context.eval_sync("ran") == 0


def test_a_changed_prepare_stack_trace_runs_inside_only(context: isolates.Context) -> None:
    context.eval_sync("Error.prepareStackTrace = (error, frames) => 'mine: ' + frames.length")
    with pytest.raises(isolates.JSError) as caught:
        context.eval_sync("throw new Error('x')")
    assert caught.value.message == "x"
    context.eval_sync("Error.prepareStackTrace = () => { throw new Error('again') }")
    with pytest.raises(isolates.JSError):
        context.eval_sync("throw new Error('x')")


@pytest.mark.parametrize(
    ("error", "name", "text"),
    [
        (ValueError("bad ☃"), "Error", "bad ☃"),
        (TypeError("no"), "TypeError", "no"),
        (isolates.JSRangeError("far"), "RangeError", "far"),
        (isolates.JSSyntaxError("comma"), "SyntaxError", "comma"),
        (isolates.JSReferenceError("who"), "ReferenceError", "who"),
        (isolates.JSURIError("where"), "URIError", "where"),
        (isolates.JSEvalError("eval"), "EvalError", "eval"),
        (isolates.JSAggregateError("all"), "AggregateError", "all"),
        (KeyError("k"), "Error", "'k'"),
        (Exception(), "Error", ""),
        (ValueError("\ud800"), "Error", "\ud800"),
    ],
)
def test_an_exception_of_a_callable_is_an_error_in_javascript(
    ask: Any, context: isolates.Context, error: Exception, name: str, text: str
) -> None:
    def fails() -> None:
        raise error

    code = f"try {{ $0() }} catch (error) {{ return [error instanceof {name}, error.message] }}"
    assert ask(context, "eval_closure", code, [fails], copy=True) == [True, text]


def test_an_exception_goes_through_javascript_with_its_class(ask: Any, context: isolates.Context) -> None:
    def fails() -> None:
        raise isolates.JSRangeError("through")

    with pytest.raises(isolates.JSRangeError, match=r"^through$"):
        ask(context, "eval_closure", "$0()", [fails])


def test_an_errors_parts_go_in_with_it(ask: Any, context: isolates.Context) -> None:
    error = isolates.JSTypeError("what")
    error.code = "E_CODE"
    error.cause = isolates.JSRangeError("why")

    def fails() -> None:
        raise error

    code = "try { $0() } catch (e) { return [e.code, e.cause instanceof RangeError, e.cause.message] }"
    assert ask(context, "eval_closure", code, [fails], copy=True) == ["E_CODE", True, "why"]


def test_the_cause_of_an_exception_goes_in_with_it(ask: Any, context: isolates.Context) -> None:
    def fails() -> None:
        raise ValueError("what") from TypeError("why")

    code = "try { $0() } catch (e) { return [e.message, e.cause instanceof TypeError, e.cause.message] }"
    assert ask(context, "eval_closure", code, [fails], copy=True) == ["what", True, "why"]


def test_a_thrown_value_goes_through_python_unchanged(ask: Any, context: isolates.Context) -> None:
    def fails() -> None:
        raise isolates.ThrownValueError(5)

    assert ask(context, "eval_closure", "try { $0() } catch (value) { return value + 1 }", [fails]) == 6


def test_an_exception_whose_text_fails_still_arrives(ask: Any, context: isolates.Context) -> None:
    class Mute(Exception):  # noqa: N818 - what it is called does not matter here
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def fails() -> None:
        raise Mute

    with pytest.raises(isolates.JSError):
        ask(context, "eval_closure", "$0()", [fails])
    assert ask(context, "eval", "6 * 7") == 42


def test_an_argument_that_can_not_cross_is_told_by_its_place(ask: Any, context: isolates.Context) -> None:
    function = context.eval_sync("(f => f)", reference=True)
    for call in (
        lambda args: ask(context, "eval_closure", "return $0", args),
        lambda args: ask(function, "apply", None, args),
    ):
        with pytest.raises(isolates.TransferError, match=r"^args\[2\] is of type object, which can't"):
            call([1, 2, object()])
        with pytest.raises(isolates.TransferError, match=r"^args\[0\]\.list\[1\] is of type object"):
            call(({"list": [0, object()]},))
    function.release()
    with pytest.raises(isolates.TransferError, match=r"^\$ is of type object"):
        context.global_.set_sync("x", object())


def test_a_callable_whose_result_can_not_cross_throws_a_type_error(
    ask: Any, context: isolates.Context
) -> None:
    code = "try { $0() } catch (error) { return [error instanceof TypeError, error.message] }"
    is_type_error, message = ask(context, "eval_closure", code, [lambda: [1, object()]], copy=True)
    assert is_type_error is True
    assert "[1] is of type object" in message


@pytest.mark.parametrize(
    "error",
    [value for value in vars(errors).values() if inspect.isclass(value)],
    ids=lambda error: error.__name__,
)
def test_every_error_is_in_the_tree_exported_and_documented(error: type[Exception]) -> None:
    assert issubclass(error, isolates.IsolatesError)
    assert error.__name__.endswith("Error")
    assert getattr(isolates, error.__name__) is error
    assert error.__name__ in isolates.__all__
    assert error.__doc__
    assert errors.__doc__ is not None
    assert error.__name__ in errors.__doc__
    expected = BUILTINS.get(error)
    found = [
        base for base in error.__mro__ if base in (TimeoutError, MemoryError, TypeError, builtins.ValueError)
    ]
    assert found == ([expected] if expected else [])


def test_the_ways_to_be_stopped_and_to_die_are_told_apart() -> None:
    for stopped in (isolates.ScriptTimeoutError, isolates.TerminatedError):
        assert issubclass(stopped, isolates.StoppedError)
    died = (
        isolates.MemoryLimitError,
        isolates.HeapBudgetError,
        isolates.UnresponsiveError,
        isolates.CatastrophicError,
    )
    for one in died:
        assert issubclass(one, isolates.IsolateDiedError)
    assert not issubclass(isolates.DisposedError, isolates.IsolateDiedError)
    assert not issubclass(isolates.StoppedError, isolates.JSError)


def test_errors_of_errors_that_share_a_long_text_are_told_in_part() -> None:
    """64 times 64 copies of a megabyte would be 4 GB, made while nothing can stop it."""
    with isolates.Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        code = """
            const long = new Error('x'.repeat(1e6));
            const inner = new AggregateError(Array(64).fill(long), 'inner');
            throw new AggregateError(Array(64).fill(inner), 'outer');
        """
        with pytest.raises(isolates.JSAggregateError, match="outer") as told:
            context.eval_sync(code, timeout=5)
        inner = told.value.errors[0]
        assert str(inner) == "inner"
        assert len(str(inner.errors[0])) == 1_000_000
        assert sum(len(part.errors) for part in told.value.errors) < 300
        assert context.eval_sync("1") == 1

"""Every parameter of every method, given what it does not take: the error names both, and nothing happens."""

from __future__ import annotations

import contextlib
import inspect
import math
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

import isolates

HUGE = 10**400


class Target:
    """One of each class, and how to call each method with nothing but what it needs."""

    def __init__(self, isolate: isolates.Isolate, context: isolates.Context) -> None:
        self.Isolate = isolate
        self.Context = context
        self.Script = isolate.compile_script_sync("1")
        self.Reference = context.eval_sync("(() => 1)", reference=True)

    def required(self, method: str) -> dict[str, Any]:
        name = method.partition(".")[2].removesuffix("_sync").removesuffix("_ignored")
        if name == "run":
            return {"context": self.Context}
        if name in ("get", "set", "delete"):
            return {"property": "p", "value": 1} if name == "set" else {"property": "p"}
        if name == "create_snapshot":
            return {"scripts": []}
        if name.endswith("_cpu_profiler"):
            return {"title": "a profile"}
        if name == "compile_json_module":
            return {"json": "1"}
        if name == "set_import_resolver":
            return {"resolver": None}
        compiles = ("eval", "eval_closure", "compile_script", "compile_module")
        return {"code": "1"} if name in compiles else {}

    def call(self, method: str, *values: Any, **options: Any) -> Any:
        kind, _, name = method.partition(".")
        it = isolates.Reference(len) if name == "apply_sync_promise" else getattr(self, kind)
        answer = getattr(it, name)(*values, **options)
        return answer.result(10) if isinstance(answer, isolates.Future) else answer


@pytest.fixture
def target(isolate: isolates.Isolate, context: isolates.Context) -> Iterator[Target]:
    target = Target(isolate, context)
    yield target
    for handle in (target.Script, target.Reference):
        with contextlib.suppress(isolates.ReleasedError):
            handle.release()


def methods(*kinds: type) -> list[str]:
    return [
        f"{kind.__name__}.{name}"
        for kind in kinds
        for name, value in vars(kind).items()
        if not name.startswith("_") and callable(value)
    ]


METHODS = methods(isolates.Isolate, isolates.Context, isolates.Script, isolates.Reference)
LASTING = ("dispose", "terminate", "release")


def parameters(method: str) -> list[str]:
    kind, _, name = method.partition(".")
    text = getattr(getattr(isolates, kind), name).__text_signature__
    return re.findall(r"(\w+)(?==|,|\)|$)", re.sub(r"=[^,)]*(\(\))?", "=", text).replace("$self", ""))


NO_THIS = ("Reference.apply_sync_promise", "receiver")  # it calls Python's functions
EVERY = [(method, name) for method in METHODS for name in parameters(method) if (method, name) != NO_THIS]

# What a parameter does not take: the value, the error, and what the message must say.
Wrong: TypeAlias = tuple[Any, type[Exception], str]
WRONG_TEXT: list[Wrong] = [
    (5, TypeError, "to be a str, not int"),
    (b"1", TypeError, "to be a str, not bytes"),
]
WRONG_FLAG: list[Wrong] = [
    (1, TypeError, "to be a bool, not int"),
    (None, TypeError, "to be a bool, not NoneType"),
]
WRONG_OFFSET: list[Wrong] = [
    ("1", TypeError, "to be an int, not str"),
    (1.0, TypeError, "to be an int, not float"),
    (True, TypeError, "to be an int, not bool"),
    (-1, ValueError, "an int from 0 to 2^30, not -1"),
    (2**31, ValueError, "an int from 0 to 2^30, not 2147483648"),
    (HUGE, ValueError, "an int from 0 to 2^30"),
]
WRONG_LIST: list[Wrong] = [
    (5, TypeError, "to be a list or tuple, not int"),
    ("ab", TypeError, "to be a list or tuple, not str"),
    ({"a": 1}, TypeError, "to be a list or tuple, not dict"),
    (iter([1]), TypeError, "to be a list or tuple, not list_iterator"),
]
WRONG: dict[str, list[Wrong]] = {
    "code": [*WRONG_TEXT, (None, TypeError, "to be a str, not NoneType")],
    "filename": WRONG_TEXT,
    "line_offset": WRONG_OFFSET,
    "column_offset": WRONG_OFFSET,
    "timeout": [
        ("1", TypeError, "to be a number of seconds or None, not str"),
        (True, TypeError, "to be a number of seconds or None, not bool"),
        (1j, TypeError, "to be a number of seconds or None, not complex"),
        (-1, ValueError, "a positive number of seconds, not -1"),
        (-0.5, ValueError, "a positive number of seconds, not -0.5"),
        (0, ValueError, "a positive number of seconds, not 0"),
        (0.0, ValueError, "a positive number of seconds, not 0.0"),
        (math.nan, ValueError, "a positive number of seconds, not nan"),
        (-math.inf, ValueError, "a positive number of seconds, not -inf"),
        (-HUGE, ValueError, "a positive number of seconds"),
    ],
    "property": [
        (None, TypeError, "to be a str or an unsigned 32-bit int, not NoneType"),
        (True, TypeError, "to be a str or an unsigned 32-bit int, not bool"),
        (1.0, TypeError, "to be a str or an unsigned 32-bit int, not float"),
        (-1, ValueError, "to be a str or an unsigned 32-bit int, not -1"),
        (2**32, ValueError, "to be a str or an unsigned 32-bit int, not 4294967296"),
    ],
    "value": [(object(), TypeError, "object"), (1j, TypeError, "complex")],
    "unsafe_inherit": WRONG_FLAG,
    "accessors": WRONG_FLAG,
    "copy": WRONG_FLAG,
    "external_copy": WRONG_FLAG,
    "reference": WRONG_FLAG,
    "promise": WRONG_FLAG,
    "repl": WRONG_FLAG,
    "release": WRONG_FLAG,
    "inspector": WRONG_FLAG,
    "args": WRONG_LIST,
    "arguments": [
        (5, TypeError, "to be a dict or None, not int"),
        ([("copy", True)], TypeError, "to be a dict or None, not list"),
    ],
    "result": [("copy", TypeError, "to be a dict or None, not str")],
    "scripts": [*WRONG_LIST, (None, TypeError, "to be a list or tuple, not NoneType")],
    "produce_cached_data": WRONG_FLAG,
    "cached_data": [
        ("text", TypeError, "to be bytes, a buffer or None, not str"),
        (5, TypeError, "to be bytes, a buffer or None, not int"),
    ],
    "warmup_script": [
        (5, TypeError, "to be a str or None, not int"),
        (b"1", TypeError, "to be a str or None, not bytes"),
    ],
    "title": [*WRONG_TEXT, (None, TypeError, "to be a str, not NoneType")],
    "sampling_interval_us": [
        ("1", TypeError, "to be an int, not str"),
        (1.0, TypeError, "to be an int, not float"),
        (True, TypeError, "to be an int, not bool"),
        (49, ValueError, "an int from 50 to 1000000, not 49"),
        (HUGE, ValueError, "an int from 50 to 1000000"),
    ],
    "sampling_interval": [
        ("1", TypeError, "to be an int, not str"),
        (1024.0, TypeError, "to be an int, not float"),
        (True, TypeError, "to be an int, not bool"),
        (0, ValueError, "an int from 1 to 2^30, not 0"),
        (HUGE, ValueError, "an int from 1 to 2^30"),
    ],
    "stack_depth": [
        ("1", TypeError, "to be an int, not str"),
        (1.0, TypeError, "to be an int, not float"),
        (True, TypeError, "to be an int, not bool"),
        (0, ValueError, "an int from 1 to 200, not 0"),
        (201, ValueError, "an int from 1 to 200, not 201"),
        (HUGE, ValueError, "an int from 1 to 200"),
    ],
    "include_collected": WRONG_FLAG,
    "parts": WRONG_FLAG,
    "now": WRONG_FLAG,
    "path": [(5, TypeError, "to be a str, a path or None, not int")],
    "on_response": [(5, TypeError, "to be a callable or None, not int")],
    "on_notification": [(5, TypeError, "to be a callable or None, not int")],
    "memory_limit": [
        ("64", TypeError, "to be a number of megabytes, not str"),
        (True, TypeError, "to be a number of megabytes, not bool"),
        (None, TypeError, "to be a number of megabytes, not NoneType"),
    ],
    "context": [
        (None, TypeError, "to be a Context, not NoneType"),
        ("context", TypeError, "to be a Context, not str"),
        (isolates.undefined, TypeError, "to be a Context, not "),
    ],
    "receiver": [(object(), TypeError, "object"), (1j, TypeError, "complex")],
    "json": [*WRONG_TEXT, (None, TypeError, "to be a str, not NoneType")],
    "meta": [(5, TypeError, "to be a callable, a Reference to a function or None, not int")],
    "kind": [
        (5, TypeError, "to be a str or None, not int"),
        ("reference", ValueError, "'Reference', 'Callback', 'Context', 'Script' or 'Module', not "),
        ("Internal", ValueError, "'Reference', 'Callback', 'Context', 'Script' or 'Module', not "),
        ("\ud800", ValueError, "'Reference', 'Callback', 'Context', 'Script' or 'Module', not "),
    ],
    "type": [
        (5, TypeError, "to be a str or None, not int"),
        (int, TypeError, "to be a str or None, not type"),
    ],
    "holder": [
        (5, TypeError, "to be 'Python', an Isolate or None, not int"),
        ("python", ValueError, "to be 'Python', an Isolate or None, not "),
    ],
    "resolver": [(5, TypeError, "to be a callable or None, not int")],
}


def test_the_table_knows_every_parameter_of_every_method() -> None:
    assert {name for _, name in EVERY} == set(WRONG)
    assert len(EVERY) > 60


@pytest.mark.parametrize(("method", "name"), EVERY, ids=lambda part: part)
def test_a_wrong_argument_is_refused_by_name(target: Target, method: str, name: str) -> None:
    needed = target.required(method)
    for value, error, text in WRONG[name]:
        with pytest.raises(error) as caught:
            target.call(method, **{**needed, name: value})
        message = str(caught.value)
        assert text in message
        if name not in ("receiver", "value"):  # its items are named by the path to them
            assert message.startswith(f"`{method}` requires `{name}` to be")
    assert target.Context.eval_sync("6 * 7") == 42


@pytest.mark.parametrize("name", ["arguments", "result"])
@pytest.mark.parametrize("method", ["Reference.apply_sync", "Context.eval_closure"])
def test_a_wrong_option_inside_is_refused_by_its_path(target: Target, method: str, name: str) -> None:
    needed = target.required(method)
    with pytest.raises(TypeError, match=rf"^`{method}` requires `{name}\['copy'\]` to be a bool, not int$"):
        target.call(method, **needed, **{name: {"copy": 1}})
    with pytest.raises(TypeError, match=rf"^`{method}` has no option `{name}\['accessors'\]`$"):
        target.call(method, **needed, **{name: {"accessors": True}})
    with pytest.raises(isolates.TransferError, match=r"^Only one of `copy`, `externalCopy`, or `reference`"):
        target.call(method, **needed, **{name: {"copy": True, "reference": True}})


def test_a_wrong_type_throws_at_once_from_asynchronous_and_ignored_methods_too(target: Target) -> None:
    wrong: list[Any] = [target.Context.eval, target.Context.eval_ignored, target.Isolate.compile_script]
    for method in wrong:
        with pytest.raises(TypeError, match="requires `code` to be a str, not int"):
            method(5)


def test_what_can_not_be_built_rejects_the_asynchronous_form_and_throws_from_the_others(
    target: Target,
) -> None:
    context, function = target.Context, target.Reference
    for future in (
        context.eval_closure("", [object()]),
        function.apply(None, [object()]),
        function.apply(object()),
        context.eval("", copy=True, reference=True),
    ):
        assert isinstance(future, isolates.Future)
        assert isinstance(future.exception(10), TypeError)
    with pytest.raises(isolates.TransferError):
        context.eval_closure_ignored("", [object()])
    with pytest.raises(isolates.TransferError):
        function.apply_ignored(None, [object()])


@pytest.mark.parametrize("method", METHODS)
def test_a_parameter_that_does_not_exist_is_refused_by_name(target: Target, method: str) -> None:
    for name in ("tiemout", "externalCopy", "ünknown", "", "\ud800"):
        with pytest.raises(TypeError, match=f"^`{re.escape(method)}` has no parameter `"):
            target.call(method, **target.required(method), **{name: 1})


@pytest.mark.parametrize("method", METHODS)
def test_too_many_arguments_are_refused(target: Target, method: str) -> None:
    with pytest.raises(TypeError, match=f"^`{re.escape(method)}` takes at most [0-9]+ positional argument"):
        target.call(method, *range(20))


@pytest.mark.parametrize("method", [method for method, name in EVERY if name in ("code", "context")])
def test_a_missing_argument_is_refused_by_name(target: Target, method: str) -> None:
    with pytest.raises(TypeError, match=f"^`{re.escape(method)}` requires `(code|context)`$"):
        target.call(method)


@pytest.mark.parametrize("method", [method for method, name in EVERY if name in ("code", "context")])
def test_an_argument_given_twice_is_refused(target: Target, method: str) -> None:
    needed = target.required(method)
    with pytest.raises(
        TypeError, match=f"^`{re.escape(method)}` got `(code|context|property|json|resolver)` twice$"
    ):
        target.call(method, *needed.values(), **needed)


@pytest.mark.parametrize("method", [method for method, name in EVERY if name == "copy"])
def test_copy_and_reference_exclude_each_other(target: Target, method: str) -> None:
    with pytest.raises(TypeError, match=r"^Only one of `copy`, `externalCopy`, or `reference` may be set$"):
        target.call(method, **target.required(method), copy=True, reference=True)


@pytest.mark.parametrize(
    "method", [method for method, name in EVERY if name == "timeout" and "ignored" not in method]
)
@pytest.mark.parametrize("timeout", [None, 1, 2.5, 1e-12, 1e9, 1e300, math.inf], ids=repr)
def test_any_positive_timeout_is_taken(target: Target, method: str, timeout: float | None) -> None:
    if timeout == 1e-12:  # over before it has begun
        with pytest.raises(isolates.ScriptTimeoutError):
            target.Context.eval_sync("for (;;);", timeout=timeout)
    else:
        answer = target.call(method, **target.required(method), timeout=timeout)
        assert answer in (1, isolates.undefined) or "create_snapshot" in method


@pytest.mark.parametrize("method", METHODS)
def test_help_shows_the_signature_and_a_docstring(method: str) -> None:
    kind, _, name = method.partition(".")
    function = getattr(getattr(isolates, kind), name)
    shown = list(inspect.signature(function).parameters)
    is_static = isinstance(inspect.getattr_static(getattr(isolates, kind), name), staticmethod)
    assert shown[0 if is_static else 1 :] == parameters(method)
    assert function.__doc__


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"memory_limit": 4}, ValueError, "`memory_limit` must be at least 8, not 4"),
        ({"memory_limit": 7.99}, ValueError, "`memory_limit` must be at least 8, not 7.99"),
        ({"memory_limit": 0}, ValueError, "must be at least 8"),
        ({"memory_limit": -1}, ValueError, "must be at least 8"),
        ({"memory_limit": math.nan}, ValueError, "must be at least 8"),
        ({"memory_limit": -math.inf}, ValueError, "must be at least 8"),
        ({"memory_limit": -HUGE}, ValueError, "must be at least 8"),
        ({"memory_limit": math.inf}, ValueError, "`memory_limit` is in megabytes"),
        ({"memory_limit": 1e6 + 1}, ValueError, "`memory_limit` is in megabytes"),
        ({"memory_limit": 128 << 20}, ValueError, "`memory_limit` is in megabytes"),
        ({"memory_limit": HUGE}, ValueError, "`memory_limit` is in megabytes"),
        (
            {"memory_limit": "64"},
            TypeError,
            "`Isolate` requires `memory_limit` to be a number of megabytes, not str",
        ),
        ({"memory_limit": None}, TypeError, "to be a number of megabytes, not NoneType"),
        ({"memory_limit": True}, TypeError, "to be a number of megabytes, not bool"),
        ({"inspector": 1}, TypeError, "`Isolate` requires `inspector` to be a bool, not int"),
        (
            {"snapshot": "text"},
            TypeError,
            "`Isolate` requires `snapshot` to be bytes, a buffer or None, not str",
        ),
        ({"snapshot": b"no snapshot"}, ValueError, "`snapshot` is not a snapshot"),
        ({"snapshot": b""}, ValueError, "`snapshot` is not a snapshot"),
        (
            {"on_catastrophic_error": 5},
            TypeError,
            "`Isolate` requires `on_catastrophic_error` to be a callable or None",
        ),
        ({"memory": 64}, TypeError, "`Isolate` has no parameter `memory`"),
    ],
    ids=repr,
)
def test_isolate_refuses_wrong_arguments_by_name(options: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        isolates.Isolate(**options)
    assert text in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("memory_limit", [8, 8.5, 128, 1e4, 1_000_000])
def test_isolate_takes_limits_from_8_megabytes_to_a_terabyte(memory_limit: float) -> None:
    with isolates.Isolate(memory_limit) as isolate:
        context = isolate.create_context_sync()
        assert context.eval_sync("6 * 7") == 42


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("'a\0b'.length", 3),
        ("'\ud800'", "\ud800"),
        ("'\udc00\ud800'.length", 2),
        ("'\u2028'.length", 1),
        ("\ufeff5", 5),
        ("/* \0 \ud800 */ 5", 5),
        ("`\0`", "\0"),
    ],
)
def test_sources_may_hold_nul_and_lone_surrogates_in_text(
    ask: Any, context: isolates.Context, code: str, value: object
) -> None:
    assert ask(context, "eval", code) == value
    assert ask(context, "eval_closure", f"return {code}" if "*" not in code else "return 5") == value


@pytest.mark.parametrize("code", ["\0", "1\0+1", "a\ud800", "\ud800", "\udc00 = 1"])
def test_nul_and_lone_surrogates_outside_of_text_are_syntax_errors(
    ask: Any, context: isolates.Context, code: str
) -> None:
    with pytest.raises(isolates.JSSyntaxError, match=r"\[<isolated-vm>:1:[0-9]+\]$"):
        ask(context, "eval", code)


@pytest.mark.parametrize(
    "filename", ["", "é☃\U0001f600.js", "a\0b.js", "\ud800.js", "a b\n.js", "x" * 100_000]
)
def test_any_text_is_a_filename(ask: Any, context: isolates.Context, filename: str) -> None:
    with pytest.raises(isolates.JSSyntaxError) as caught:
        ask(context, "eval", "let let", filename=filename)
    assert caught.value.filename == (filename or "<isolated-vm>")
    assert str(caught.value).endswith(f" [{filename or '<isolated-vm>'}:1:5]")


@pytest.mark.parametrize(
    ("method", "letter", "count"),
    [
        ("Context.eval", "x", 100_000_000),
        ("Context.eval_closure_sync", "x", 100_000_000),
        ("Isolate.compile_script", "x", 100_000_000),
        ("Context.eval_sync", "\u0100", 50_000_000),
        ("Context.eval_sync", "\U0001f600", 25_000_000),
    ],
)
def test_a_source_of_100_megabytes_is_refused_with_its_size_and_the_limit(
    target: Target, method: str, letter: str, count: int
) -> None:
    code = "/*" + letter * count + "*/"
    with pytest.raises(
        ValueError, match=r"`code` of [0-9]+ bytes is longer than the 8388608 bytes"
    ) as caught:
        target.call(method, code)
    assert "memory_limit" in str(caught.value)
    assert target.Context.eval_sync("6 * 7") == 42


def test_a_source_of_100_megabytes_runs_where_it_fits() -> None:
    with isolates.Isolate(memory_limit=1000) as isolate:
        context = isolate.create_context_sync()
        assert context.eval_sync("/*" + "x" * 100_000_000 + "*/ 42") == 42


@pytest.mark.parametrize(
    "code", ["[" * 1_000_000, "(" * 1_000_000, "{" * 1_000_000, "!" * 1_000_000 + "1", "1+" * 1_000_000 + "1"]
)
def test_a_source_nested_too_deep_is_an_error_or_a_value(
    ask: Any, context: isolates.Context, code: str
) -> None:
    with contextlib.suppress(isolates.JSRangeError, isolates.JSSyntaxError):
        ask(context, "eval", code, timeout=10.0)
    assert ask(context, "eval", "6 * 7") == 42


def test_an_argument_that_changes_the_list_while_it_is_read_does_no_harm(context: isolates.Context) -> None:
    values: list[Any] = []

    class Grows(dict[str, int]):
        def items(self) -> Any:
            values.clear()
            return super().items()

    values.extend([Grows(a=1), "second"])
    assert context.eval_closure_sync("return $0.a + $1", values) == "1second"


@pytest.mark.parametrize("kind", ["Isolate", "Context", "Script", "Reference"])
def test_an_object_without_its_init_is_refused_and_does_not_crash(run_child: Any, kind: str) -> None:
    child = run_child(f"""
import isolates
with isolates.Isolate() as isolate:
    context = isolate.create_context_sync()
    script = isolate.compile_script_sync("1")
    empty = isolates.{kind}.__new__(isolates.{kind})
    names = [name for name in dir(empty) if not name.startswith("_")]
    uses = [lambda name=name: getattr(empty, name) for name in names]
    uses += [lambda name=name: getattr(empty, name)() for name in names]
    uses += [lambda name=name: getattr(empty, name)("1") for name in names]
    uses += [lambda: script.run_sync(empty), lambda: context.eval_closure_sync("return 1", [empty])]
    for use in uses:
        try:
            use()
        except TypeError:
            pass
    print(context.eval_sync("6 * 7"))
""")
    assert (child.returncode, child.stdout, child.stderr) == (0, "42\n", "")


@pytest.mark.parametrize("method", [method for method in METHODS if method.startswith("Context.")])
def test_a_method_is_not_for_objects_of_another_class(target: Target, method: str) -> None:
    function = getattr(isolates.Context, method.partition(".")[2])
    with pytest.raises(TypeError, match="doesn't apply to a"):
        function(target.Isolate, "1")

"""The table of values: what each kind becomes on the other side.

What copies do in detail is in test_clone_codec.py.
"""

from __future__ import annotations

import array
import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isolates
from isolates import TransferError, undefined

UTC = dt.UTC
SAFE = 2**53


def is_same(left: object, right: object) -> bool:
    """Equal, and of the same type, with the same zero."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or (left == right and str(left) == str(right))
    return left == right


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("undefined", undefined),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("1.0", 1),
        ("-0", -0.0),
        ("1.5", 1.5),
        ("2 ** 31", 2**31),
        ("-(2 ** 31) - 1", -(2**31) - 1),
        ("2 ** 53", SAFE),
        ("-(2 ** 53)", -SAFE),
        ("2 ** 53 + 2", float(SAFE + 2)),
        ("-(2 ** 53) - 2", float(-SAFE - 2)),
        ("1e300", 1e300),
        ("5e-324", 5e-324),
        ("NaN", math.nan),
        ("-Infinity", -math.inf),
        ("0n", 0),
        ("-1n", -1),
        ("2n ** 53n + 1n", SAFE + 1),
        ("2n ** 64n - 1n", 2**64 - 1),
        ("-(2n ** 64n)", -(2**64)),
        ("2n ** 5000n", 2**5000),
        ("''", ""),
        ("'a\\0b'", "a\0b"),
        ("'é'", "é"),
        ("'☃'", "☃"),
        ("'\\u{1f600}'", "\U0001f600"),
        ("'\\ud83d' + '\\ude00'", "\U0001f600"),
        ("'\\ud800'", "\ud800"),
        ("'\\ude00\\ud83d'", "\ude00\ud83d"),
        ("'a'.repeat(3000).concat('b').slice(1)", "a" * 2999 + "b"),
    ],
)
@pytest.mark.parametrize("copy", [False, True])
def test_a_primitive_comes_out_as(
    ask: Any, context: isolates.Context, code: str, value: object, copy: bool
) -> None:
    result = ask(context, "eval", code, copy=copy)
    assert is_same(result, value), result


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (undefined, "undefined"),
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (SAFE, "2 ** 53"),
        (-SAFE, "-(2 ** 53)"),
        (SAFE + 1, "2n ** 53n + 1n"),
        (-SAFE - 1, "-(2n ** 53n) - 1n"),
        (2**64, "2n ** 64n"),
        (-(2**3000), "-(2n ** 3000n)"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        ("", "''"),
        ("é\0☃\U0001f600", "'é\\0☃\\u{1f600}'"),
        ("\ude00\ud83d", "'\\ude00\\ud83d'"),
    ],
)
def test_a_primitive_goes_in_as(ask: Any, context: isolates.Context, value: object, code: str) -> None:
    assert ask(context, "eval_closure", f"return Object.is($0, {code})", [value]) is True


def test_an_integer_too_large_for_a_bigint_is_refused_and_the_isolate_lives(
    ask: Any, context: isolates.Context
) -> None:
    with pytest.raises((TransferError, isolates.JSRangeError)):
        ask(context, "eval_closure", "return typeof $0", [1 << (1 << 30)])
    assert ask(context, "eval", "6 * 7") == 42


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("new Date(0)", dt.datetime(1970, 1, 1, tzinfo=UTC)),
        ("new Date(2.5e12 + 1)", dt.datetime(2049, 3, 22, 4, 26, 40, 1000, tzinfo=UTC)),
        ("[1, , [null]]", [1, undefined, [None]]),
        ("({ a: { b: 1 } })", {"a": {"b": 1}}),
        ("new Map([[1, 'a'], ['1', 'b']])", {1: "a", "1": "b"}),
        ("new Set([1, 'a'])", {1, "a"}),
        ("new Uint8Array([1, 2, 3]).buffer", b"\1\2\3"),
        (
            "Object.create({ inherited: 1 }, { hidden: { value: 1 }, seen: { value: 2, enumerable: true } })",
            {"seen": 2},
        ),
        ("new (class Point { x = 1; get y() { return 2 } })", {"x": 1}),
    ],
)
def test_a_copied_object_comes_out_as(ask: Any, context: isolates.Context, code: str, value: object) -> None:
    assert is_same(ask(context, "eval", code, copy=True), value)


@pytest.mark.parametrize(
    ("value", "check"),
    [
        (dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "$0 instanceof Date && +$0 === 1000"),
        ([1, [2]], "Array.isArray($0) && $0[1][0] === 2"),
        ((1, 2), "Array.isArray($0) && $0.length === 2"),
        ({"a": {"b": 1}}, "$0.constructor === Object && $0.a.b === 1"),
        ({1: "a"}, "$0 instanceof Map && $0.get(1) === 'a'"),
        ({1, "a"}, "$0 instanceof Set && $0.has(1) && $0.has('a')"),
        (b"\1\2", "$0 instanceof Uint8Array && $0.length === 2 && $0[1] === 2"),
        (bytearray(b"\1"), "$0 instanceof Uint8Array && $0[0] === 1"),
        (array.array("d", [0.5]), "$0 instanceof Float64Array && $0[0] === 0.5"),
        (array.array("i", [-1]), "$0 instanceof Int32Array && $0[0] === -1"),
        (ValueError("why"), "$0 instanceof Error && $0.message === 'why'"),
        (len, "typeof $0 === 'function' && $0([1, 2, 3]) === 3"),
        (str.upper, "$0('a') === 'A'"),
        ({"deep": [len]}, "$0.deep[0]('four') === 4"),
    ],
)
def test_an_object_goes_in_as(ask: Any, context: isolates.Context, value: object, check: str) -> None:
    assert ask(context, "eval_closure", f"return {check}", [value]) is True


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "object"),
        (1j, "complex"),
        (dt.datetime(2000, 1, 1), "naive"),
        ([{"a": object()}], r"\[0\]\.a"),
        (range(3), "range"),
        (math, "module"),
    ],
)
def test_what_has_no_form_in_javascript_is_refused(
    ask: Any, context: isolates.Context, value: object, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        ask(context, "eval_closure", "return 1", [value])
    assert ask(context, "eval_closure", "return $0", ["still there"]) == "still there"


@pytest.mark.parametrize(
    "code", ["new WebAssembly.Memory({initial: 1})", "new WeakMap()", "new Proxy({}, {})", "globalThis"]
)
def test_what_has_no_form_in_python_is_refused_not_fatal(
    ask: Any, context: isolates.Context, code: str
) -> None:
    with pytest.raises(TransferError):
        ask(context, "eval", code, copy=True)
    assert ask(context, "eval", "6 * 7") == 42


def test_a_function_is_refused_as_a_result_even_if_it_was_pythons(context: isolates.Context) -> None:
    with pytest.raises(TransferError):
        context.eval_closure_sync("return $0", [len])


def test_bytes_are_copied_and_never_shared(ask: Any, context: isolates.Context) -> None:
    data = bytearray(b"\1\2\3")
    answer = ask(context, "eval_closure", "$0[0] = 9; return $0.buffer", [data], copy=True)
    assert (bytes(data), answer) == (b"\1\2\3", b"\x09\2\3")


def test_numpy_arrays_cross_with_their_type(ask: Any, context: isolates.Context) -> None:
    numpy = pytest.importorskip("numpy")
    grid = ask(context, "eval_closure", "return $0.map(x => x * 2)", [numpy.arange(4.0)], copy=True)
    assert (grid.dtype, grid.tolist()) == (numpy.dtype("f8"), [0, 2, 4, 6])


TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-SAFE - 2, SAFE + 2)
    | st.floats(allow_nan=False)
    | TEXT
    | st.just(undefined)
    | st.binary(max_size=20).map(lambda data: [data])
)
KEYS = TEXT.filter(lambda text: not text.isdecimal())  # JavaScript sorts keys that are indices
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def expected(value: Any) -> Any:
    """What a value is when it comes back: JavaScript has one kind of number, and bytes become an array."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE and str(value) != "-0.0":
        return int(value)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    return value


def flat(value: Any) -> Any:
    """Typed arrays as lists, with or without numpy."""
    if isinstance(value, list):
        return [flat(item) for item in value]
    if isinstance(value, dict):
        return {key: flat(item) for key, item in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def test_whatever_goes_in_comes_back_the_same() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()

        @settings(max_examples=150, deadline=None, database=None)
        @given(VALUES)
        def check(value: Any) -> None:
            answer = flat(context.eval_closure_sync("return $0", [value], copy=True))
            assert repr(answer) == repr(expected(value))

        check()
        context.release()


def test_undefined_is_the_only_one_of_its_type() -> None:
    assert isinstance(undefined, isolates.Undefined)
    assert undefined is isolates.undefined
    assert not undefined
    assert undefined is not None
    with pytest.raises(TypeError):
        isolates.Undefined()

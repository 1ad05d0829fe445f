"""What a copy makes of each kind of value, both ways, and what is refused with the path to it."""

from __future__ import annotations

import array
import collections
import copy
import ctypes
import dataclasses
import datetime as dt
import decimal
import enum
import math
import pathlib
import pickle
import subprocess
import sys
import typing
from typing import Any

import pytest

import isolates
from isolates import TransferError, undefined

UTC = dt.UTC

# Text that tells apart what JSON does not.
DESCRIBE = """
    function describe(x) {
        if (typeof x === 'bigint') return x + 'n';
        if (Object.is(x, -0)) return '-0';
        if (x instanceof Map) return 'Map' + describe([...x]);
        if (x instanceof Set) return 'Set' + describe([...x]);
        if (x instanceof Date) return x.toISOString();
        if (ArrayBuffer.isView(x)) return `${x.constructor.name}(${[...x]})`;
        if (Array.isArray(x)) return `[${x.map(describe)}]`;
        if (typeof x === 'string') return JSON.stringify(x);
        if (x === null || typeof x !== 'object') return String(x);
        return `{${Object.entries(x).map(([key, value]) => key + ':' + describe(value))}}`;
    }
    return describe($0);
"""


@dataclasses.dataclass
class Record:
    x: int


class Frame:
    """Like a table of pandas'."""

    def to_dict(self) -> dict[str, int]:
        return {}


class NaT(dt.datetime):
    """Like that of pandas."""

    def utcoffset(self) -> dt.timedelta | None:
        raise ValueError("NaTType does not support utcoffset")


def is_same(left: Any, right: Any) -> bool:
    if type(left) is not type(right) or left != right:
        return False
    return type(left) is not float or math.copysign(1, left) == math.copysign(1, right)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("undefined", undefined),
        ("null", None),
        ("true", True),
        ("-5", -5),
        ("-0", -0.0),
        ("2**31", 2**31),
        ("-(2**53)", -(2**53)),
        ("2**53+2", float(2**53 + 2)),
        ("Infinity", math.inf),
        ("0n", 0),
        ("-(2n**64n)", -(2**64)),
        ("2n**2000n+7n", 2**2000 + 7),
        ("'é'", "é"),
        ("'\\u0100b'", "\u0100b"),
        ("'\U0001f600x'", "\U0001f600x"),
        ("'x\\ud800'", "x\ud800"),
        ("'\\udc00\\ud800'", "\udc00\ud800"),
        ("'a\\0b'", "a\0b"),
        ("new Number(5)", 5),
        ("new Boolean(false)", False),
        ("new String('\u0100')", "\u0100"),
        ("Object(5n)", 5),
        ("new Date(-1)", dt.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("new Date('0001-01-01T00:00:00Z')", dt.datetime(1, 1, 1, tzinfo=UTC)),
        ("new Date('9999-12-31T23:59:59.999Z')", dt.datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("new RegExp('a/b','dgimsuy')", "/a\\/b/dgimsuy"),
        ("[1,'a',null,undefined]", [1, "a", None, undefined]),
        ("[1,,3]", [1, undefined, 3]),
        ("new Array(3)", [undefined] * 3),
        ("Object.assign([1], {3: 4, name: {}})", [1, undefined, undefined, 4]),
        ("({b: 1, 7: 2, '\\ud800': 3})", {"7": 2, "b": 1, "\ud800": 3}),
        ("({4294967295: 1, 4000000000: 2, [-1]: 3})", {"4000000000": 2, "4294967295": 1, "-1": 3}),
        ("new Map([[1, 2], ['a', new Map()], [null, 3]])", {1: 2, "a": {}, None: 3}),
        ("new Set([1, 'a', 2.5])", {1, "a", 2.5}),
        ("new Uint8Array([1, 2]).buffer", b"\1\2"),
        ("new ArrayBuffer(2, {maxByteLength: 9})", b"\0\0"),
    ],
)
def test_javascript_comes_out_as(context: isolates.Context, code: str, value: Any) -> None:
    result = context.eval_sync(f"({code})", copy=True)
    assert is_same(result, value), repr(result)
    if isinstance(value, dict):
        assert list(result) == list(value)


class Color(enum.Enum):
    RED = "r"


class Level(enum.IntEnum):
    HIGH = 7


class OddInt(int):
    def __index__(self) -> int:
        return 9

    def bit_length(self) -> int:
        return 1


class Point(typing.NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (undefined, "undefined"),
        (None, "null"),
        (2**31, "2147483648"),
        (-(2**53), "-9007199254740992"),
        (2**53 + 1, "9007199254740993n"),
        (-(2**1000), f"{-(2**1000)}n"),
        (-0.0, "-0"),
        (math.nan, "NaN"),
        ("\ud800\U0001f600", '"\\ud800\U0001f600"'),
        (OddInt(2**60), f"{2**60}n"),
        (Color.RED, '"r"'),
        (Level.HIGH, "7"),
        ([Point(1, 2), ()], "[[1,2],[]]"),
        ({"a": 1, "2": {"é": "\u0100"}}, '{2:{é:"\u0100"},a:1}'),
        ({}, "{}"),
        ({"a": 1, 2: 3, None: (4,)}, 'Map[["a",1],[2,3],[null,[4]]]'),
        (frozenset(["x"]), 'Set["x"]'),
        (collections.Counter("aab"), "{a:2,b:1}"),
        ({"__proto__": 1}, "{__proto__:1}"),
        (b"ab", "Uint8Array(97,98)"),
        (memoryview(b"abcd")[::2], "Uint8Array(97,99)"),
        (array.array("h", [1, -2]), "Int16Array(1,-2)"),
        (array.array("q", [-1]), "BigInt64Array(-1)"),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "1969-12-31T23:59:59.999Z"),
        (dt.datetime(2000, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), "1999-12-31T22:00:00.000Z"),
    ],
)
def test_python_goes_in_as(context: isolates.Context, value: Any, text: str) -> None:
    assert context.eval_closure_sync(DESCRIBE, [value]) == text


def test_the_order_of_an_ordered_dict_is_its_own(context: isolates.Context) -> None:
    value = collections.OrderedDict(a=1, b=2)
    value.move_to_end("a")
    assert context.eval_closure_sync("return Object.keys($0).join()", [value]) == "b,a"


@pytest.mark.parametrize("code", ["i1", "u1", "i2", "u2", "i4", "u4", "f2", "f4", "f8", "i8", "u8"])
def test_numpy_arrays_keep_their_type_both_ways(context: isolates.Context, code: str) -> None:
    numpy = pytest.importorskip("numpy")
    for dtype in (code, ">" + code):
        value = numpy.arange(10).astype(dtype)[::-3]
        result = context.eval_closure_sync("return $0", [value], copy=True)
        assert result.dtype == numpy.dtype(code)
        assert result.tolist() == [9, 6, 3, 0]
        assert result.flags.writeable


def test_numpy_scalars_are_numbers(context: isolates.Context) -> None:
    numpy = pytest.importorskip("numpy")
    values = [numpy.int64(5), numpy.float32(0.5), numpy.bool_(True), numpy.uint64(2**64 - 1)]
    assert context.eval_closure_sync(DESCRIBE, [values]) == f"[5,0.5,true,{2**64 - 1}n]"


def test_a_view_copies_its_window_alone(context: isolates.Context) -> None:
    pytest.importorskip("numpy")
    code = "new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).subarray(2, 4)"
    window = context.eval_sync(code, copy=True)
    assert window.tolist() == [2, 3]
    assert len(window.base) == 2


def test_views_on_one_buffer_share_memory_where_the_first_one_covers_the_others(
    context: isolates.Context,
) -> None:
    pytest.importorskip("numpy")
    code = "let b = new ArrayBuffer(4); [new Uint8Array(b), new Uint16Array(b, 2), new DataView(b, 1, 1), b]"
    octets, words, view, buffer = context.eval_sync(code, copy=True)
    octets[2] = 9
    assert words.tolist() == [9]
    assert view.tolist() == [0]
    assert buffer == bytes(4)


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # its import fails
import isolates
with isolates.Isolate() as isolate:
    context = isolate.create_context_sync()
    for name in "Int8 Uint8Clamped Uint16 Int32 Float32 Float64 Float16".split():
        view = context.eval_sync(f"new {name}Array([1, 2, 3]).subarray(1)", copy=True)
        print(type(view).__name__, view.format, view.tolist())
"""


def test_typed_arrays_are_memoryviews_without_numpy() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_NUMPY], capture_output=True, text=True, timeout=60)
    assert run.stderr == ""
    formats = [line.split()[:2] for line in run.stdout.splitlines()]
    # Of half floats memoryview can't show the items; they come as float32.
    assert formats == [["memoryview", code] for code in "bBHifdf"]


def test_cycles_and_shared_objects_come_out(context: isolates.Context) -> None:
    value = context.eval_sync(
        "let o = {list: [], map: new Map(), sparse: [, 1]}; o.self = o; o.list.push(o, o.list);"
        "o.map.set('m', o.map); o.sparse.push(o.sparse); o",
        copy=True,
    )
    assert value["self"] is value
    assert value["list"][0] is value
    assert value["list"][1] is value["list"]
    assert value["map"]["m"] is value["map"]
    assert value["sparse"][2] is value["sparse"]


def test_cycles_and_shared_objects_go_in(context: isolates.Context) -> None:
    shared: list[Any] = []
    cycle = (shared, {"data": b"x"})
    shared.append(cycle)
    code = "return [$0[0] === $0[1], $0[2][0][0] === $0[2], $0[3] === $0[4], $0[5] === $0[6]]"
    value = [shared, shared, cycle, (), (), b"ab", b"ab"]
    value[6] = value[5]
    # Python has one empty tuple; JavaScript would see that somebody else changed it.
    assert context.eval_closure_sync(code, [value], copy=True) == [True, True, False, True]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("({a: [1, {b: new Date(NaN)}]})", r"\$\.a\[1\]\.b is an invalid Date"),
        ("new Date(8.64e15)", r"\$ is an invalid Date"),
        ("({a: new Map([[{}, 1]])})", r"\$\.a has a Map key that is not hashable in Python: dict"),
        ("({'a b': new Set([1, []])})", r"\$\['a b'\]\[1\] is a Set member .* list"),
        ("new Set([1, true])", "equals another one"),
        ("new Map([[1, 0], [1n, 0]])", "equals another one"),
        ("({big: new Array(4e9)})", r"\$\.big is an array with more holes .* 4000000000"),
        ("Array.from({length: 100}, () => new Array(1e5))", "more holes"),
    ],
)
def test_what_python_can_not_hold_is_refused_with_its_path(
    context: isolates.Context, code: str, message: str
) -> None:
    with pytest.raises(TransferError, match=message):
        context.eval_sync(code, copy=True)
    assert context.eval_sync("6 * 7") == 42


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"users": [1, {"name": object()}]}, r"\.users\[1\]\.name is of type object"),
        ({"a b": {1: 1j}}, r"\['a b'\]\[1\] is of type complex"),
        ([dt.datetime(2000, 1, 1)], r"\[0\] is a naive datetime"),
        (dt.date(2000, 1, 1), "datetime.date"),
        (
            [array.array("u", "a")],
            r"\[0\] is of type array.array and has items that .* tolist\(\) returns may",
        ),
        (ctypes.c_int(5), "ctypes.c_int and has no dimension; what crosses is its value"),
        (decimal.Decimal(1), r"decimal.Decimal, which .*; float\(\) or str\(\) of it can"),
        (dt.timedelta(1), r"datetime.timedelta, which .*; its total_seconds\(\) is a number"),
        (dt.time(1), r"datetime.time, which .*; its isoformat\(\) is text"),
        (Record(1), r"Record, which .*; dataclasses.asdict\(\) makes a dict of it"),
        (pathlib.Path("a"), r"PosixPath, which .*; str\(\) of it can"),
        (range(3), "range, which .*; a list of its items may"),
        ((i for i in range(3)), "generator, which .*; a list of its items may"),
        (Frame(), r"Frame, which .*; what its to_dict\(\) returns may"),
        (NaT(2000, 1, 1), r"NaT, which has no time"),
    ],
)
def test_what_javascript_can_not_hold_is_a_type_error_with_its_path(
    context: isolates.Context, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        context.eval_closure_sync("return 1", [value])


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((2, 3), "[Int8Array(0,1,2),Int8Array(3,4,5)]"),
        ((1, 2, 3), "[[Int8Array(0,1,2),Int8Array(3,4,5)]]"),
        ((3, 2, 1), "[[Int8Array(0),Int8Array(1)],[Int8Array(2),Int8Array(3)],[Int8Array(4),Int8Array(5)]]"),
    ],
)
def test_an_array_of_several_dimensions_is_an_array_of_rows(
    context: isolates.Context, shape: tuple[int, ...], text: str
) -> None:
    rows = memoryview(bytes(range(6))).cast("b", shape)
    assert context.eval_closure_sync(DESCRIBE, [rows]) == text
    assert context.eval_closure_sync(DESCRIBE, [[rows, 7]]) == f"[{text},7]"
    same = "const flat = $0[1].flat(9);"
    same += " return $0[0] === $0[1] && flat.every((row) => row.buffer === flat[0].buffer)"
    assert context.eval_closure_sync(same, [[rows, rows]]) is True


def test_rows_come_back_as_they_went(context: isolates.Context) -> None:
    numpy = pytest.importorskip("numpy")
    for array_in in (
        numpy.arange(6.0).reshape(2, 3).T,
        numpy.ones((200, 300), "f4"),
        numpy.ones((2, 3), ">i2"),
    ):
        for back in (
            context.eval_closure_sync("return $0", [array_in], copy=True),
            isolates.ExternalCopy(array_in).copy(),
        ):
            assert isinstance(back, list)
            assert numpy.array_equal(numpy.array(back), array_in)
            assert back[0].dtype == array_in.dtype.newbyteorder("=")


@pytest.mark.parametrize(
    ("shape", "text"),
    [((0, 3), "[]"), ((2, 0), "[Float64Array(),Float64Array()]"), ((2, 0, 10**9), "[[],[]]")],
)
def test_rows_may_be_empty(context: isolates.Context, shape: tuple[int, ...], text: str) -> None:
    numpy = pytest.importorskip("numpy")
    assert context.eval_closure_sync(DESCRIBE, [numpy.zeros(shape)]) == text


def test_an_array_without_a_dimension_is_its_value(context: isolates.Context) -> None:
    numpy = pytest.importorskip("numpy")
    values = [numpy.array(1.5), numpy.array(2**60), numpy.array(True), numpy.array("x"), numpy.array(3, "u1")]
    assert context.eval_closure_sync(DESCRIBE, [values]) == '[1.5,1152921504606846976n,true,"x",3]'


def test_numpy_s_scalars_are_pythons(context: isolates.Context) -> None:
    numpy = pytest.importorskip("numpy")
    values = [numpy.float64(1), numpy.int64(5), numpy.int64(2**60), numpy.float16(0.5), numpy.bool_(False)]
    assert context.eval_closure_sync(DESCRIBE, [values]) == "[1,5,1152921504606846976n,0.5,false]"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            "array([1j])",
            r"numpy.ndarray and has the dtype complex128, which .*; its real and its imag can cross",
        ),
        ("array(['2020'], 'M8[D]')", r"the dtype datetime64\[D\], which .*; what its tolist\(\) returns may"),
        (
            "zeros(1, [('a', 'i4')])",
            r"dtype \[\('a', '<i4'\)\], which no typed array can hold; what its tolist",
        ),
        ("array([None])", r"the dtype object, which .*; what its tolist\(\) returns may"),
        ("array(['a'])", r"the dtype <U1, which .*; what its tolist\(\) returns may"),
        ("array(None)", "numpy.ndarray and the dtype object, which can't cross"),
        ("longdouble(1)", "numpy.longdouble and the dtype .*, which can't cross"),
        ("complex128(1)", "numpy.complex128 and the dtype complex128, which can't cross"),
        ("datetime64('2020')", r"numpy.datetime64 and the dtype datetime64\[Y\], which can't cross"),
        ("ma.array([1, 2], mask=[0, 1])", r"is a masked array, .* filled\(\) is an array without a mask"),
        ("ma.masked", "MaskedConstant and the dtype float64, which can't cross"),
        ("zeros((10**9, 0))", r"has more than 2\^20 rows \(ravel\(\) makes one of them\)"),
        ("zeros((2**30, 2**30, 0), 'u1')", r"has more than 2\^20 rows"),
        ("zeros((2**20 + 1, 1), 'u1')", r"has more than 2\^20 rows"),
    ],
)
def test_what_no_typed_array_holds_says_what_can_cross(
    context: isolates.Context, make: str, message: str
) -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TransferError, match=message):
        context.eval_closure_sync("return 1", [eval(f"numpy.{make}", {"numpy": numpy})])


def test_deep_nesting_ends_in_an_error_or_a_value_never_in_a_crash(context: isolates.Context) -> None:
    value: list[Any] | None = None
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RecursionError, match="1000 levels"):
        context.eval_closure_sync("return 1", [value])
    nested = context.eval_sync("let a = 0; for (let i = 0; i < 1500; i++) a = [a]; a", copy=True)
    depth = 0
    while nested != 0:
        (nested,) = nested
        depth += 1
    assert depth == 1500


def test_an_error_keeps_its_class_its_stack_and_a_cause_that_leads_back_to_it(
    context: isolates.Context,
) -> None:
    error = context.eval_sync("let e = new RangeError('x'); e.cause = {e}; e", copy=True)
    assert isinstance(error, isolates.JSRangeError)
    assert (str(error), error.name) == ("x", "RangeError")
    assert error.stack is not None
    assert error.stack.startswith("RangeError: x\n")
    assert isinstance(error.cause, dict)
    assert error.cause["e"] is error


def test_an_exception_becomes_an_error_without_a_traceback(context: isolates.Context) -> None:
    code = "return [$0 instanceof TypeError, $0.message, $0.stack, $0.cause.message]"
    error = TypeError("bad")
    error.__cause__ = ValueError("why")
    assert context.eval_closure_sync(code, [error], copy=True) == [True, "bad", "TypeError: bad", "why"]


def test_undefined_is_one_falsy_object() -> None:
    assert not undefined
    assert repr(undefined) == "undefined"
    assert copy.copy(undefined) is undefined
    assert copy.deepcopy([undefined])[0] is undefined
    assert pickle.loads(pickle.dumps(undefined)) is undefined

"""ExternalCopy: one value outside of all isolates."""

from __future__ import annotations

import datetime
import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isolates
from isolates import ExternalCopy, ReleasedError, TransferError

np = pytest.importorskip("numpy")

MB = 1 << 20
ADD = (
    "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, "
    "3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]))"
)


@pytest.fixture(autouse=True)
def no_copy_left() -> Iterator[None]:
    gc.collect()
    before = ExternalCopy.total_external_size
    yield
    gc.collect()
    assert ExternalCopy.total_external_size <= before, "memory of a copy was left"


@pytest.fixture
def other() -> Iterator[isolates.Context]:
    """A context of a second isolate."""
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate.create_context_sync()


def external(isolate: isolates.Isolate) -> int:
    return isolate.get_heap_statistics_sync()["externally_allocated_size"]


def describe(context: isolates.Context, value: object) -> Any:
    """What JavaScript sees of a buffer or view."""
    code = (
        "return [$0.constructor.name, $0.length, $0.byteLength, $0.byteOffset,"
        " ($0.buffer ?? $0).byteLength, ($0.buffer ?? $0).resizable]"
    )
    return context.eval_closure_sync(code, [value], copy=True)


# --- Values ---

VALUES: list[object] = [
    isolates.undefined, None, True, 0, -1.5, 2**70, "text", "\udc00lone", "x" * 5000, "\u263a" * 5000,
    [1, [2]], {"a": {"b": []}}, {1: 2}, {1, 2}, b"bytes", b"", b"x" * 100_000,
    datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{str(value)[:8]!a}")
def test_a_value_comes_back_as_it_went_in(context: isolates.Context, value: object) -> None:
    copy = ExternalCopy(value)
    by_javascript = context.eval_closure_sync("return $0", [copy.copy_into()], copy=True)
    if isinstance(value, bytes):
        assert bytes(copy.copy()) == bytes(by_javascript) == value
    else:
        assert copy.copy() == by_javascript == value
    assert copy.copy() is not copy


@pytest.mark.parametrize("code", ["5", "'text'", "null", "undefined", "true", "2n ** 70n", "[1, {a: 2}]"])
def test_a_result_by_external_copy_is_a_copy_of_anything(context: isolates.Context, code: str) -> None:
    copy = context.eval_sync(f"({code})", external_copy=True)
    assert isinstance(copy, ExternalCopy)
    assert copy.copy() == context.eval_sync(f"({code})", copy=True)


def test_the_settled_value_of_a_promise_is_copied(context: isolates.Context) -> None:
    copy = context.eval_sync("Promise.resolve([1])", external_copy=True, promise=True)
    assert copy.copy() == [1]


@pytest.mark.parametrize("options", [{"copy": True}, {"reference": True}, {"copy": True, "reference": True}])
def test_only_one_form_of_result_can_be_asked_for(context: isolates.Context, options: Any) -> None:
    with pytest.raises(TransferError, match="Only one of `copy`, `externalCopy`, or `reference` may be set"):
        context.eval_sync("1", external_copy=True, **options)


@pytest.mark.parametrize(
    "code", ["() => 1", "Symbol('s')", "Promise.resolve()", "new WeakMap()", "({f() {}})"]
)
def test_what_structured_clone_refuses_is_refused(ask: Any, context: isolates.Context, code: str) -> None:
    with pytest.raises(TransferError, match="could not be cloned"):
        ask(context, "eval", code, external_copy=True)
    assert ask(context, "eval", "6 * 7") == 42


def test_python_objects_without_a_form_are_refused() -> None:
    with pytest.raises(TransferError, match=r"\$.a\[1\]"):
        ExternalCopy({"a": [1, object()]})


def test_one_copy_goes_into_many_isolates(context: isolates.Context, other: isolates.Context) -> None:
    copy = ExternalCopy({"list": list(range(1000))})
    for target in (context, other) * 3:
        assert target.eval_closure_sync("return $0.list.length", [copy.copy_into()]) == 1000


def test_a_copy_outlives_its_isolate() -> None:
    with isolates.Isolate() as isolate:
        copies = [
            isolate.create_context_sync().eval_sync(code, external_copy=True)
            for code in ("({a: [1]})", "new Uint8Array(5000).fill(3)", "'z'.repeat(5000)")
        ]
    gc.collect()
    assert copies[0].copy() == {"a": [1]}
    assert copies[1].copy().sum() == 15000
    assert copies[2].copy() == "z" * 5000


def test_handles_inside_a_copy_cross_as_themselves(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    reference = context.eval_sync("(() => 5)", reference=True)
    copy = ExternalCopy({"inner": [reference, len], "copy": ExternalCopy([1]).copy_into()})
    back = copy.copy()
    assert back["inner"][0].apply_sync() == 5
    assert back["inner"][1]("four") == 4
    assert back["copy"] == [1]
    assert context.eval_closure_sync("return $0.inner[1]('four') + $0.copy[0]", [copy.copy_into()]) == 5
    for handle in (reference, back["inner"][0]):
        handle.release()
    copy.release()
    isolate.collect_garbage_sync()  # JavaScript has had it too


# --- Releasing, and using once ---


def test_a_released_copy_is_refused_everywhere(ask: Any, context: isolates.Context) -> None:
    copy = ExternalCopy([1])
    copy.release()
    uses: list[Callable[[], object]] = [
        copy.copy,
        copy.copy_into,
        copy.release,
        lambda: ask(context, "eval_closure", "return 1", [copy]),
        lambda: ask(context, "eval_closure", "return 1", [{"inside": copy}]),
        lambda: ExternalCopy(copy),
    ]
    for use in uses:
        with pytest.raises(ReleasedError, match="Copy has been released"):
            use()
    with pytest.raises(BufferError, match="Copy has been released"):
        memoryview(copy)
    assert ask(context, "eval", "6 * 7") == 42


def test_release_can_go_with_copy_and_copy_into(context: isolates.Context) -> None:
    copy = ExternalCopy([1])
    assert copy.copy(release=True) == [1]
    with pytest.raises(ReleasedError):
        copy.copy()
    second = ExternalCopy([2])
    into = second.copy_into(release=True)
    with pytest.raises(ReleasedError):
        second.copy()
    assert context.eval_closure_sync("return $0[0]", [into]) == 2


def test_copy_into_is_used_once(ask: Any, context: isolates.Context) -> None:
    into = ExternalCopy("once").copy_into()
    assert ask(context, "eval_closure", "return $0", [into]) == "once"
    with pytest.raises(TransferError, match=r"The return value of `copyInto\(\)` should only be used once"):
        ask(context, "eval_closure", "return $0", [into])


def test_a_released_handle_leaves_the_others_valid(context: isolates.Context) -> None:
    copy = ExternalCopy([1])
    into = copy.copy_into()
    copy.release()
    assert context.eval_closure_sync("return $0[0]", [into]) == 1


# --- Buffers ---


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("Int8Array", "i1"), ("Uint8Array", "u1"), ("Uint8ClampedArray", "u1"), ("Int16Array", "i2"),
        ("Uint16Array", "u2"), ("Int32Array", "i4"), ("Uint32Array", "u4"), ("Float16Array", "f2"),
        ("Float32Array", "f4"), ("Float64Array", "f8"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [0, 3, 5000])
def test_a_typed_array_keeps_its_kind(context: isolates.Context, kind: str, dtype: str, length: int) -> None:
    copy = context.eval_sync(f"new {kind}({length}).fill(7)", external_copy=True)
    values = copy.copy()
    assert (values.dtype.str[1:], len(values)) == (dtype, length)
    assert (values == 7).all()
    assert np.asarray(copy).tolist() == values.tolist()
    assert describe(context, copy.copy_into())[:2] == [kind, length]


def test_a_view_copies_its_window_alone(context: isolates.Context) -> None:
    before = ExternalCopy.total_external_size
    code = "new Float64Array(1e6).fill(2).subarray(10, 12)"
    copy = context.eval_sync(code, external_copy=True)
    assert ExternalCopy.total_external_size - before < 100
    assert memoryview(copy).tolist() == [2, 2]
    assert describe(context, copy.copy_into()) == ["Float64Array", 2, 16, 0, 16, False]
    assert len(context.eval_sync(code, copy=True).base) == 16


def test_a_copy_is_looked_at_without_a_copy_of_it(context: isolates.Context) -> None:
    copy = context.eval_sync("new Uint8Array(1e6).fill(9)", external_copy=True)
    first, second = memoryview(copy), memoryview(copy)
    address = [np.frombuffer(view, "u1").ctypes.data for view in (first, second)]
    assert address[0] == address[1]
    assert first.readonly
    assert (first.format, first.nbytes, first[999_999]) == ("B", 1_000_000, 9)
    with pytest.raises(TypeError):
        first[0] = 1
    buffer = context.eval_sync("new Uint8Array([1, 2, 3]).buffer", external_copy=True)
    assert bytes(buffer) == buffer.copy() == b"\1\2\3"


def test_what_is_no_buffer_has_no_buffer_protocol() -> None:
    for value in (5, "text", [1], {"a": b"1"}):
        with pytest.raises(BufferError, match="no ArrayBuffer"):
            memoryview(ExternalCopy(value))


def test_a_view_keeps_the_memory_of_a_released_copy(context: isolates.Context) -> None:
    copy = context.eval_sync("new Uint8Array(1e6).fill(9)", external_copy=True)
    view = memoryview(copy)
    copy.release()
    del copy
    gc.collect()
    assert bytes(view[-3:]) == b"\t\t\t"


def test_memory_in_use_by_python_is_not_transferred(context: isolates.Context) -> None:
    copy = context.eval_sync("new Uint8Array(5000).fill(9)", external_copy=True)
    view = memoryview(copy)
    with pytest.raises(TransferError, match="memoryview"):
        context.eval_closure_sync("return $0.length", [copy.copy_into(transfer_in=True)])
    assert view[4999] == 9
    view.release()
    assert context.eval_closure_sync("return $0.length", [copy.copy_into(transfer_in=True)]) == 5000


def test_transfer_in_takes_the_memory_and_leaves_nothing(
    isolate: isolates.Isolate, context: isolates.Context, other: isolates.Context
) -> None:
    copy = context.eval_sync("new Uint8Array(1e6).fill(9)", external_copy=True)
    size = ExternalCopy.total_external_size
    isolate.collect_garbage_sync()
    before = external(isolate)
    code = "globalThis.taken = $0; return taken[999999]"
    assert context.eval_closure_sync(code, [copy.copy_into(transfer_in=True)]) == 9
    assert external(isolate) == before + 1_000_000
    assert ExternalCopy.total_external_size < size - 999_000
    for use in (copy.copy, lambda: other.eval_closure_sync("return 1", [copy.copy_into()])):
        with pytest.raises(TransferError, match="Array buffer is invalid"):
            use()
    with pytest.raises(BufferError, match="Array buffer is invalid"):
        memoryview(copy)
    copy.release()
    context.eval_sync("taken = null")
    isolate.collect_garbage_sync()
    assert external(isolate) == before


def test_transfer_into_python_makes_no_copy(context: isolates.Context) -> None:
    copy = context.eval_sync("new Uint8Array(1e6).fill(9)", external_copy=True)
    address = np.asarray(copy).ctypes.data
    values = copy.copy(transfer_in=True)
    assert values.ctypes.data == address
    values[0] = 1
    with pytest.raises(TransferError, match="Array buffer is invalid"):
        copy.copy()
    del copy
    gc.collect()
    assert values[0] + values[1] == 10


def test_a_transfer_that_does_not_fit_leaves_the_copy_whole(other: isolates.Context) -> None:
    copy = ExternalCopy(bytes(80 * MB))
    with isolates.Isolate(memory_limit=16) as small:
        context = small.create_context_sync()
        with pytest.raises(isolates.JSRangeError, match="Array buffer allocation failed"):
            context.eval_closure_sync("return $0.length", [copy.copy_into(transfer_in=True)])
        assert context.eval_sync("6 * 7") == 42
        assert external(small) == 0
    assert len(memoryview(copy)) == 80 * MB
    with pytest.raises(isolates.JSRangeError):
        other.eval_closure_sync("return $0.length", [copy.copy_into()])


def test_an_isolate_is_charged_for_what_it_has_and_for_nothing_else(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    copy = ExternalCopy(bytes(5 * MB))
    for expected in (5 * MB, 10 * MB):
        context.eval_closure_sync("(globalThis.kept ??= []).push($0)", [copy.copy_into()])
        assert external(isolate) == expected
    copies = [context.eval_sync("kept[0]", external_copy=True) for _ in range(20)]
    assert external(isolate) == 10 * MB
    assert ExternalCopy.total_external_size >= 105 * MB
    context.eval_sync("kept = null")
    isolate.collect_garbage_sync()
    assert external(isolate) == 0
    del copies


def test_python_has_nothing_to_transfer() -> None:
    with pytest.raises(TransferError, match="Array buffer is invalid"):
        ExternalCopy(b"bytes", transfer_out=True)
    with pytest.raises(TransferError, match="Non-ArrayBuffer passed in `transferList`"):
        ExternalCopy(b"bytes", transfer_list=[b"bytes"])
    assert ExternalCopy(b"bytes", transfer_list=[]).copy().tolist() == list(b"bytes")


def test_a_buffer_that_python_changes_later_was_copied(context: isolates.Context) -> None:
    values = np.arange(10_000)
    copy = ExternalCopy(values)
    values[:] = 0
    assert context.eval_closure_sync("return Number($0[9999])", [copy.copy_into()]) == 9999


# --- Strings ---


def test_a_long_string_is_shared_and_paid_for_once(
    isolate: isolates.Isolate, context: isolates.Context, other: isolates.Context
) -> None:
    copy = ExternalCopy("x" * MB)
    assert ExternalCopy.total_external_size >= MB
    for _ in range(3):
        code = "(globalThis.kept ??= []).push($0); return $0.at(-1)"
        assert context.eval_closure_sync(code, [copy.copy_into()]) == "x"
        assert external(isolate) == MB
    copy.release()
    assert context.eval_sync("kept.every((it) => it === kept[0]) && kept[2].length") == MB
    context.eval_sync("kept = null")
    isolate.collect_garbage_sync()
    assert external(isolate) == 0


def test_strings_that_are_kept_stay_up_to_the_limit(other: isolates.Context) -> None:
    keep = other.eval_sync("(value) => (globalThis.kept ??= []).push(value)", reference=True)
    for count in range(1, 41):
        assert keep.apply_sync(None, [ExternalCopy("x" * MB).copy_into(release=True)]) == count
    assert other.eval_sync("kept.every((it) => it === kept[0]) && kept.length") == 40
    with pytest.raises(TransferError, match="does not fit"):
        keep.apply_sync(None, [ExternalCopy("x" * (30 * MB)).copy_into(release=True)])
    assert other.eval_sync("kept.length") == 40


def test_a_shared_string_is_like_any_other(context: isolates.Context) -> None:
    for text in ("abc" * 1000, "\u00e9\u263a" * 1000, "\ud800" * 1000):
        code = (
            "({[$0]: 1}); return [$0 + '!', $0.slice(1), JSON.parse(JSON.stringify($0)) === $0,"
            " new RegExp('^' + $0).test($0)]"
        )
        given = ExternalCopy(text).copy_into()
        assert context.eval_closure_sync(code, [given], copy=True) == [text + "!", text[1:], True, True]


def test_a_string_over_the_limit_is_refused(context: isolates.Context) -> None:
    copy = ExternalCopy("x" * (80 * MB))
    with pytest.raises(TransferError, match="does not fit"):
        context.eval_closure_sync("return 1", [copy.copy_into()])
    assert context.eval_sync("6 * 7") == 42


# --- WebAssembly ---


def test_a_wasm_module_is_shared(context: isolates.Context, other: isolates.Context) -> None:
    copy = context.eval_sync(ADD, external_copy=True)
    code = "return new WebAssembly.Instance($0.module).exports.add(20, 22)"
    for target in (context, other):
        assert target.eval_closure_sync(code, [{"module": copy.copy_into()}]) == 42
    with pytest.raises(TransferError, match=r"WebAssembly\.Module"):
        copy.copy()


def test_a_copy_of_a_wasm_module_at_exit(run_child: Any) -> None:
    child = run_child(f"""
import isolates
isolate = isolates.Isolate()
copy = isolate.create_context_sync().eval_sync({ADD!r}, external_copy=True)
shared = isolates.SharedArrayBuffer(1000)
text = isolates.ExternalCopy("x" * 5000)
isolate.create_context_sync().eval_closure_sync("globalThis.kept = [$0, $1]", [shared, text.copy_into()])
view = memoryview(shared)
print("end")
""")
    assert (child.returncode, child.stdout) == (0, "end\n")


def test_the_memory_of_webassembly_is_copied_but_never_given_away(
    ask: Any, context: isolates.Context
) -> None:
    memory = "new WebAssembly.Memory({initial: 1, maximum: 2, shared: %s}).buffer"
    assert len(memoryview(ask(context, "eval", memory % "false", external_copy=True))) == 65536
    with pytest.raises(TransferError, match="could not be cloned"):
        ask(context, "eval", memory % "true", external_copy=True)
    assert ask(context, "eval", "6 * 7") == 42


# --- Hostile ---


@pytest.mark.parametrize(
    "code",
    [
        "let b = new ArrayBuffer(8); b.transfer(); b",
        "let b = new ArrayBuffer(8000); let v = new Uint8Array(b); b.transfer(); v",
        "let b = new ArrayBuffer(8e3, {maxByteLength: 9e3}), v = new Uint8Array(b, 4000); b.resize(10); v",
        "let b = new ArrayBuffer(8000); ({b, get x() { b.transfer(); }, y: b, v: new Uint8Array(9)})",
    ],
)
def test_a_detached_or_shrunk_buffer_is_refused_or_copied(
    ask: Any, context: isolates.Context, code: str
) -> None:
    for option in ("copy", "external_copy"):
        try:
            ask(context, "eval", f"{{ {code} }}", **{option: True})
        except (TransferError, isolates.JSError):
            continue
    assert ask(context, "eval", "6 * 7") == 42


@pytest.mark.parametrize(
    "getter",
    ["b.resize(0)", "b.transfer(100)", "b.resize(60000)", "throw new Error('mine')", "o.list = null"],
)
def test_a_getter_may_do_anything_while_it_is_copied(context: isolates.Context, getter: str) -> None:
    code = (
        "var b = new ArrayBuffer(5000, {maxByteLength: 65536}); var v = new Uint8Array(b, 100);"
        f"var o = {{v, list: [1], get trap() {{ {getter}; return v; }}, w: v, b}}; o"
    )
    try:
        copied = context.eval_sync(code, external_copy=True)
        context.eval_closure_sync("return 1", [copied.copy_into()])
    except (TransferError, isolates.JSError):
        pass
    assert context.eval_sync("6 * 7") == 42


def test_reservations_of_hostile_size_do_no_harm(context: isolates.Context) -> None:
    for size in ("2 ** 30", "2 ** 33", "2 ** 35 - 1", "2 ** 40", "Number.MAX_SAFE_INTEGER"):
        code = f"new ArrayBuffer(10, {{maxByteLength: {size}}})"
        try:
            copies = [context.eval_sync(code, external_copy=True) for _ in range(3)]
        except isolates.JSError:
            continue
        for copy in copies:
            context.eval_closure_sync("return $0.maxByteLength", [copy.copy_into()])
    assert context.eval_sync("6 * 7") == 42


def use_at_once(copy: ExternalCopy, targets: list[tuple[isolates.Context | None, bool]]) -> list[object]:
    """What each target gets of the copy's last byte, or the message of what it raises."""
    start = threading.Barrier(len(targets))
    seen: list[object] = []

    def use(target: isolates.Context | None, transfer_in: bool) -> None:
        start.wait(10)
        try:
            if target is None:
                seen.append(int(copy.copy()[-1]))
            else:
                into = copy.copy_into(transfer_in=transfer_in)
                seen.append(target.eval_closure_sync("return $0.at(-1)", [into]))
        except isolates.IsolatesError as error:
            seen.append(str(error))

    threads = [threading.Thread(target=use, args=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return seen


def test_many_threads_copy_and_one_takes(context: isolates.Context, other: isolates.Context) -> None:
    allowed = {
        55,
        "Array buffer is invalid",
        "The copy can't be transferred while a memoryview of it is in use",
    }
    for _ in range(30):
        copy = ExternalCopy(b"7" * MB)
        seen = use_at_once(copy, [(context, False), (other, False), (context, True), (None, False)])
        assert len(seen) == 4
        assert set(seen) <= allowed


def test_copies_leak_nothing(isolate: isolates.Isolate, context: isolates.Context) -> None:
    resource = pytest.importorskip("resource")

    def round_trips(count: int) -> None:
        for _ in range(count):
            copy = context.eval_sync("new Uint8Array(1e6).fill(1)", external_copy=True)
            context.eval_closure_sync("return $0.length", [copy.copy_into(transfer_in=True)])
            context.eval_closure_sync("return $0.length", [ExternalCopy("y" * MB).copy_into()])
            assert len(context.eval_sync("new Uint8Array(1e6)", copy=True)) == 1_000_000

    round_trips(20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    round_trips(200)  # 600 MB
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 150_000
    isolate.collect_garbage_sync()
    assert external(isolate) == 0

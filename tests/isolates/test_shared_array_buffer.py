"""SharedArrayBuffer: memory that Python and isolates share."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import isolates
from isolates import ExternalCopy, SharedArrayBuffer, TransferError

np = pytest.importorskip("numpy")

MB = 1 << 20


@pytest.fixture
def other_isolate() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate


@pytest.fixture
def other(other_isolate: isolates.Isolate) -> isolates.Context:
    return other_isolate.create_context_sync()


def external(isolate: isolates.Isolate) -> int:
    return isolate.get_heap_statistics_sync()["externally_allocated_size"]


def give(context: isolates.Context, buffer: SharedArrayBuffer) -> None:
    context.eval_closure_sync("globalThis.memory = new Int32Array($0)", [buffer])


# --- As Python's object ---


def test_it_is_zeroed_writable_bytes() -> None:
    buffer = SharedArrayBuffer(10)
    assert len(buffer) == buffer.byte_length == buffer.max_byte_length == 10
    assert not buffer.growable
    assert bytes(buffer) == bytes(10)
    view = memoryview(buffer)
    view[3] = 7
    assert (view.readonly, view.format, view.shape) == (False, "B", (10,))
    assert np.frombuffer(buffer, "u1").tolist() == [0, 0, 0, 7, 0, 0, 0, 0, 0, 0]


def test_it_may_be_empty(context: isolates.Context) -> None:
    buffer = SharedArrayBuffer(0)
    assert bytes(buffer) == b""
    assert context.eval_closure_sync("return $0.byteLength", [buffer]) == 0
    assert len(context.eval_sync("new SharedArrayBuffer(0)", copy=True)) == 0


@pytest.mark.parametrize("length", ["8", 8.0, True, None])
def test_a_length_is_an_int(length: Any) -> None:
    with pytest.raises(TypeError, match="`SharedArrayBuffer` requires `byte_length` to be an int"):
        SharedArrayBuffer(length)


@pytest.mark.parametrize("length", [-1, 2**35, 2**70])
def test_a_length_beyond_v8s_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="`byte_length`"):
        SharedArrayBuffer(length)
    with pytest.raises(ValueError, match="byte_length`"):
        SharedArrayBuffer(8, max_byte_length=length)


def test_a_length_that_no_memory_has_is_a_memory_error_or_memory(run_child: Any) -> None:
    child = run_child("""
import resource
resource.setrlimit(resource.RLIMIT_AS, (2 ** 42, 2 ** 42))
import isolates
for _ in range(100):
    try:
        isolates.SharedArrayBuffer(2 ** 35 - 1)
    except MemoryError:
        pass
print("end")
""")
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


# --- Sharing ---


def test_javascript_and_numpy_see_each_others_writes(context: isolates.Context) -> None:
    buffer = SharedArrayBuffer(16)
    numbers = np.frombuffer(buffer, "i4")
    give(context, buffer)
    numbers[1] = 5
    assert context.eval_sync("memory[2] = memory[1] * 2; memory[1]") == 5
    assert numbers.tolist() == [0, 5, 10, 0]


def test_what_comes_out_is_the_same_memory(context: isolates.Context) -> None:
    buffer = context.eval_sync(
        "var memory = new Int32Array(new SharedArrayBuffer(16)); memory.buffer", copy=True
    )
    assert isinstance(buffer, SharedArrayBuffer)
    np.frombuffer(buffer, "i4")[3] = 9
    assert context.eval_sync("memory[3]") == 9
    again = context.eval_sync("memory.buffer", copy=True)
    assert np.frombuffer(again, "i4").ctypes.data == np.frombuffer(buffer, "i4").ctypes.data


def test_a_view_comes_out_as_an_array_on_the_memory(context: isolates.Context) -> None:
    context.eval_sync("var memory = new Int32Array(new SharedArrayBuffer(32))")
    part = context.eval_sync("memory.subarray(2, 5)", copy=True)
    assert isinstance(part.base, SharedArrayBuffer)
    part[:] = [1, 2, 3]
    assert context.eval_sync("[...memory]", copy=True) == [0, 0, 1, 2, 3, 0, 0, 0]


def test_it_crosses_inside_of_other_values(context: isolates.Context, other: isolates.Context) -> None:
    buffer = SharedArrayBuffer(8)
    code = "new Int32Array($0.a[0])[0] = 4; return {same: [$0.a[0] === $0.b, new Map([[1, $0.b]])]}"
    back = context.eval_closure_sync(code, [{"a": [buffer], "b": buffer}], copy=True)
    assert back["same"][0] is True
    np.frombuffer(back["same"][1][1], "i4")[1] = 6
    assert np.frombuffer(buffer, "i4").tolist() == [4, 6]
    given = other.eval_closure_sync("return [new Int32Array($0.x)[0], $0.x]", [{"x": buffer}], copy=True)
    assert given[0] == 4


def test_a_function_of_python_is_given_the_memory(context: isolates.Context) -> None:
    seen: list[SharedArrayBuffer] = []
    context.eval_closure_sync("$0(globalThis.it = new SharedArrayBuffer(8))", [seen.append])
    memoryview(seen[0])[0] = 3
    assert context.eval_sync("new Uint8Array(it)[0]") == 3


def test_it_outlives_its_isolate() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        numbers = context.eval_sync("new Float64Array(new SharedArrayBuffer(8e6)).fill(1.5)", copy=True)
    gc.collect()
    assert numbers.sum() == 1.5e6
    numbers[:] = 2
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        code = "return new Float64Array($0).reduce((sum, it) => sum + it)"
        assert context.eval_closure_sync(code, [numbers.base]) == 2e6


def test_an_isolate_keeps_what_python_has_forgotten(context: isolates.Context) -> None:
    buffer = SharedArrayBuffer(MB)
    np.frombuffer(buffer, "u1")[MB - 1] = 8
    context.eval_closure_sync("globalThis.kept = new Uint8Array($0)", [buffer])
    del buffer
    gc.collect()
    assert context.eval_sync("kept.at(-1)") == 8


def test_a_copy_of_shared_memory_is_shared(context: isolates.Context) -> None:
    before = ExternalCopy.total_external_size
    buffer = SharedArrayBuffer(MB)
    assert ExternalCopy.total_external_size == before
    copies = [ExternalCopy(buffer) for _ in range(3)]
    assert MB <= ExternalCopy.total_external_size - before < MB + 100
    memoryview(copies[0])[5] = 1
    assert bytes(buffer)[5] == 1
    assert (
        context.eval_closure_sync("return new Uint8Array($0)[5]", [copies[1].copy_into(transfer_in=True)])
        == 1
    )
    assert isinstance(copies[1].copy(transfer_in=True), SharedArrayBuffer)
    copies.clear()
    assert ExternalCopy.total_external_size == before


# --- Growing ---


@pytest.mark.parametrize("maker", ["Python", "JavaScript"])
def test_a_growable_one_grows_for_everybody(
    context: isolates.Context, other: isolates.Context, maker: str
) -> None:
    if maker == "Python":
        buffer = SharedArrayBuffer(8, max_byte_length=100_000)
    else:
        buffer = context.eval_sync("new SharedArrayBuffer(8, {maxByteLength: 100000})", copy=True)
    assert (len(buffer), buffer.max_byte_length, buffer.growable) == (8, 100_000, True)
    view = memoryview(buffer)
    for target in (context, other):
        target.eval_closure_sync("globalThis.it = $0", [buffer])
    context.eval_sync("it.grow(50000); new Uint8Array(it)[49999] = 6")
    assert (len(buffer), len(view)) == (50_000, 8)
    assert memoryview(buffer)[49_999] == 6
    assert other.eval_sync("new Uint8Array(it)[49999] + it.byteLength") == 50_006
    with pytest.raises(isolates.JSRangeError):
        other.eval_sync("it.grow(100001)")
    with pytest.raises(isolates.JSRangeError):
        other.eval_sync("it.grow(10)")


# --- Paying ---


def test_each_isolate_that_has_it_pays_once(
    isolate: isolates.Isolate,
    context: isolates.Context,
    other_isolate: isolates.Isolate,
    other: isolates.Context,
) -> None:
    buffer = SharedArrayBuffer(MB)
    for _ in range(3):
        for target in (context, other):
            target.eval_closure_sync("(globalThis.kept ??= []).push($0)", [buffer])
    assert external(isolate) == external(other_isolate) == MB
    other.eval_sync("kept.length = 1")
    other_isolate.collect_garbage_sync()
    assert external(other_isolate) == MB
    other.eval_sync("kept = null")
    other_isolate.collect_garbage_sync()
    assert (external(isolate), external(other_isolate)) == (MB, 0)
    context.eval_sync("kept = null")
    isolate.collect_garbage_sync()
    assert external(isolate) == 0
    assert len(bytes(buffer)) == MB


def test_the_isolate_that_made_it_stops_paying_too(
    isolate: isolates.Isolate,
    context: isolates.Context,
    other_isolate: isolates.Isolate,
    other: isolates.Context,
) -> None:
    buffer = context.eval_sync("globalThis.it = new SharedArrayBuffer(1e6)", copy=True)
    assert external(isolate) == 1_000_000
    other.eval_closure_sync("globalThis.it = $0", [buffer])
    context.eval_sync("it = null")
    isolate.collect_garbage_sync()
    assert (external(isolate), external(other_isolate)) == (0, 1_000_000)


def test_it_counts_against_the_limit(context: isolates.Context) -> None:
    buffer = SharedArrayBuffer(80 * MB)
    with pytest.raises(isolates.JSError, match="Array buffer allocation failed"):
        context.eval_closure_sync("return $0", [buffer])
    assert context.eval_sync("6 * 7") == 42
    small = SharedArrayBuffer(8, max_byte_length=100 * MB)
    context.eval_closure_sync("globalThis.it = $0", [small])
    with pytest.raises(isolates.JSRangeError):
        context.eval_sync("it.grow(90 * 1024 * 1024)")
    assert context.eval_sync("it.byteLength") == 8


def test_many_are_freed(isolate: isolates.Isolate, context: isolates.Context) -> None:
    resource = pytest.importorskip("resource")

    def round_trips(count: int) -> None:
        for _ in range(count):
            np.frombuffer(SharedArrayBuffer(MB), "u1")[:] = 1
            buffer = context.eval_sync("new SharedArrayBuffer(1e6)", copy=True)
            context.eval_closure_sync("new Uint8Array($0).fill(1)", [buffer])

    round_trips(30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    round_trips(300)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
    isolate.collect_garbage_sync()
    assert external(isolate) == 0


# --- At the same time ---


def test_atomics_of_two_isolates_and_numpy_work_on_one_memory(
    context: isolates.Context, other: isolates.Context
) -> None:
    """Two isolates count with Atomics, each waits for a number that Python writes through numpy."""
    buffer = SharedArrayBuffer(16)
    numbers = np.frombuffer(buffer, "i4")
    for target in (context, other):
        give(target, buffer)
    code = """
        while (Atomics.load(memory, 3) === 0);
        for (let n = 0; n < 50000; n++) Atomics.add(memory, 0, 1);
        Atomics.add(memory, 1, 1);
    """
    calls = [context.eval(code, timeout=25), other.eval(code, timeout=25)]
    numbers[2] = 17
    numbers[3] = 1  # go
    for call in calls:
        call.result(25)
    assert numbers.tolist() == [100_000, 2, 17, 1]


def test_an_isolate_waits_for_another_one(context: isolates.Context, other: isolates.Context) -> None:
    buffer = SharedArrayBuffer(8)
    for target in (context, other):
        give(target, buffer)
    done = threading.Event()
    waiting = context.eval(
        "while (Atomics.load(memory, 0) !== 1); Atomics.store(memory, 1, 2); 'saw it'", timeout=25
    )
    waiting.add_done_callback(lambda _: done.set())
    assert not done.is_set()
    other.eval_sync("Atomics.store(memory, 0, 1)")
    assert waiting.result(25) == "saw it"
    assert np.frombuffer(buffer, "i4")[1] == 2


def test_growing_and_reading_at_the_same_time(context: isolates.Context, other: isolates.Context) -> None:
    buffer = SharedArrayBuffer(8, max_byte_length=8 * MB)
    for target in (context, other):
        target.eval_closure_sync("globalThis.it = $0", [buffer])
    growing = context.eval(
        "for (let n = 8; n <= 8 * 1024 * 1024; n += 4096) it.grow(n); it.byteLength", timeout=25
    )
    reading = other.eval(
        "let last = 0; while (it.byteLength < 8e6) last = new Uint8Array(it).at(-1); last", timeout=25
    )
    while not growing.done():
        view = memoryview(buffer)
        assert view[-1] == 0
        del view
    assert growing.result(25) > 8e6
    assert reading.result(25) == 0


def test_no_wasm_memory_leaves(ask: Any, context: isolates.Context) -> None:
    code = "new WebAssembly.Memory({initial: 1, maximum: 2, shared: true}).buffer"
    for value in (code, f"({{inside: [{code}]}})", f"new Uint8Array({code})"):
        with pytest.raises(TransferError, match="could not be cloned"):
            ask(context, "eval", value, copy=True)
    assert ask(context, "eval", "6 * 7") == 42


def test_what_is_unshared_has_memory_of_its_own(context: isolates.Context, other: isolates.Context) -> None:
    code = "const s = new SharedArrayBuffer(8), g = new SharedArrayBuffer(4, {maxByteLength: 8});"
    code += "globalThis.all = [s, new Uint8Array(s, 2, 3), g, {a: new ArrayBuffer(9000)}]; return all"
    shared = context.eval_closure_sync(code, [], external_copy=True)
    own = isolates._native._unshared(shared)
    assert own.copy()[3] == {"a": bytes(9000)}
    other.eval_closure_sync("globalThis.all = $0", [own.copy_into()])
    context.eval_sync("all[1][0] = 7")
    shape = "[all[0].byteLength, all[1].buffer === all[0], all[1][0], all[2].growable].join()"
    assert context.eval_sync(shape) == "8,true,7,true"
    assert other.eval_sync(shape) == "8,true,0,true"
    other.eval_sync("all[2].grow(8)")
    assert context.eval_sync("all[2].byteLength") == 4


def test_of_a_view_only_the_window_is_unshared(context: isolates.Context) -> None:
    code = "globalThis.v = new Uint16Array(new SharedArrayBuffer(1 << 20), 2, 3); v[0] = 7; return v"
    shared = context.eval_closure_sync(code, [], external_copy=True)
    assert isolates._native._byte_counts(shared)[1] == 1 << 20
    own = isolates._native._unshared(shared)
    assert isolates._native._byte_counts(own)[1] == 6
    window = memoryview(own)
    assert list(window) == [7, 0, 0]
    window[0] = 8
    assert context.eval_sync("v[0]") == 7


def test_a_view_that_follows_its_growth_still_does(context: isolates.Context) -> None:
    code = "return new Uint8Array(new SharedArrayBuffer(4, {maxByteLength: 8}))"
    own = isolates._native._unshared(context.eval_closure_sync(code, [], external_copy=True))
    code = "$0.buffer.grow(8); return $0.length"
    assert context.eval_closure_sync(code, [own.copy_into()]) == 8


def test_what_stands_for_a_value_is_unshared_too() -> None:
    buffer = isolates.SharedArrayBuffer(1)
    copy = isolates.ExternalCopy(buffer)
    for value in (copy.copy_into(), {"a": copy.copy_into(), "b": copy}):
        own = isolates._native._unshared(isolates.ExternalCopy(value)).copy()
        memoryview(own if isinstance(own, isolates.SharedArrayBuffer) else own["a"])[0] = 5
        assert memoryview(buffer)[0] == 0


def test_what_shares_nothing_is_not_copied_again() -> None:
    copy = isolates.ExternalCopy(["a" * 10_000])
    before = isolates.ExternalCopy.total_external_size
    own = isolates._native._unshared(copy)
    assert isolates.ExternalCopy.total_external_size == before
    own.release()
    assert copy.copy() == ["a" * 10_000]
    copy.release()
    with pytest.raises(isolates.ReleasedError):
        isolates._native._unshared(copy)

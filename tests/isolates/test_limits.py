"""Memory: what an isolate may use, and what it gets when it wants more."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import isolates

MB = 1 << 20
LIMIT_MB = 64  # of the fixture `isolate`
LONG_S = 20.0  # that only a hang reaches


def external_bytes(isolate: isolates.Isolate) -> int:
    return isolate.get_heap_statistics_sync()["externally_allocated_size"]


# --- The heap ---


@pytest.mark.parametrize(
    "code",
    [
        "const all = []; for (;;) all.push({ a: [1, 2, 3] });",
        "const all = []; for (let n = 0; ; n++) all.push('text ' + n);",
        "const all = new Map(); for (let n = 0; ; n++) all.set(n, { n });",
        "(function deeper(all) { return deeper(new Array(1e5).fill(all)) })([])",
    ],
    ids=["objects", "strings", "map", "frames"],
)
def test_heap_beyond_the_limit_costs_the_isolate_its_life(
    isolate: isolates.Isolate, context: isolates.Context, code: str
) -> None:
    with pytest.raises(
        isolates.MemoryLimitError, match="Isolate was disposed during execution due to memory limit"
    ) as caught:
        context.eval_sync(code)
    assert isinstance(caught.value, MemoryError)
    assert isinstance(caught.value, isolates.IsolateDiedError)
    assert isolate.is_disposed
    with pytest.raises(isolates.DisposedError, match="Isolate is disposed"):
        context.eval_sync("1")


def test_heap_beyond_the_limit_is_not_catchable(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    with pytest.raises(isolates.MemoryLimitError):
        context.eval_sync(
            "let all = []; for (;;)"
            "  try { for (;;) all.push({ a: [] }); } catch { all = [] } finally { all = [] }"
        )


def test_heap_beyond_the_limit_in_a_queued_call_fails_those_that_wait(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    gate = threading.Event()
    bomb = context.eval_closure(
        "$0(); const all = []; for (;;) all.push({ a: [] })", [lambda: gate.wait(LONG_S) and None]
    )
    waiting = [context.eval("1") for _ in range(3)]
    gate.set()
    with pytest.raises(isolates.MemoryLimitError):
        bomb.result(LONG_S)
    for call in waiting:
        with pytest.raises(isolates.DisposedError, match="Isolate is disposed"):
            call.result(LONG_S)


def test_garbage_does_not_count(context: isolates.Context) -> None:
    code = "let sum = 0; for (let n = 0; n < 200; n++) sum += new Array(2e5).fill(n).length; sum"
    assert context.eval_sync(code) == 200 * 200_000


def test_other_isolates_keep_what_they_have(isolate: isolates.Isolate, context: isolates.Context) -> None:
    with isolates.Isolate(memory_limit=LIMIT_MB) as other:
        kept = other.create_context_sync()
        kept.eval_sync("globalThis.kept = new Array(1e5).fill(7)")
        with pytest.raises(isolates.MemoryLimitError):
            context.eval_sync("const all = []; for (;;) all.push([1, 2, 3]);")
        assert kept.eval_sync("kept.reduce((sum, one) => sum + one)") == 700_000


# --- Buffers ---


def test_readme_hostile_example_ends_in_a_range_error(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    hostile = """
        const storage = [];
        const twoMegabytes = 1024 * 1024 * 2;
        while (true) {
            const array = new Uint8Array(twoMegabytes);
            for (let ii = 0; ii < twoMegabytes; ii += 4096) array[ii] = 1;
            storage.push(array);
        }
    """
    with pytest.raises(isolates.JSRangeError, match=r"^Array buffer allocation failed$"):
        context.eval_sync(hostile)
    assert not isolate.is_disposed
    kept = context.eval_sync("storage.length")
    assert LIMIT_MB / 4 < kept <= LIMIT_MB / 2
    assert external_bytes(isolate) == kept * 2 * MB
    # What is let go can be had again.
    context.eval_sync("storage.length = 0")
    assert context.eval_sync("new Uint8Array(32 << 20).length") == 32 * MB


def test_one_buffer_counts_to_the_byte(isolate: isolates.Isolate, context: isolates.Context) -> None:
    assert external_bytes(isolate) == 0
    context.eval_sync("globalThis.one = new ArrayBuffer(1024)")
    assert external_bytes(isolate) == 1024
    context.eval_sync("delete globalThis.one")
    isolate.collect_garbage_sync()
    assert external_bytes(isolate) == 0


@pytest.mark.parametrize(
    "code",
    [
        "new ArrayBuffer(256 << 20)",
        "new SharedArrayBuffer(256 << 20)",
        "new Uint8Array(256 << 20)",
        "new Float64Array(32 << 20)",
        "new ArrayBuffer(256 << 20, { maxByteLength: 512 << 20 })",
        "new ArrayBuffer(8, { maxByteLength: 1 << 30 }).resize(1 << 29)",
        "new SharedArrayBuffer(8, { maxByteLength: 1 << 30 }).grow(1 << 29)",
        "new ArrayBuffer(40 << 20).transfer(256 << 20)",
        "new WebAssembly.Memory({ initial: 4096 })",
        "new WebAssembly.Memory({ initial: 16 }).grow(4096)",
        "new WebAssembly.Memory({ initial: 4096, maximum: 4096, shared: true })",
        "new WebAssembly.Memory({ initial: 16, maximum: 8192, shared: true }).grow(4096)",
    ],
)
def test_a_buffer_that_does_not_fit_is_a_catchable_range_error(
    isolate: isolates.Isolate, context: isolates.Context, code: str
) -> None:
    with pytest.raises(isolates.JSRangeError):
        context.eval_sync(code)
    assert context.eval_sync(f"try {{ {code}; 'fits' }} catch (error) {{ error.name }}") == "RangeError"
    assert not isolate.is_disposed
    isolate.collect_garbage_sync()
    assert external_bytes(isolate) == 0


def test_webassembly_memory_and_its_growth_count(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    context.eval_sync("const memory = new WebAssembly.Memory({ initial: 16 })")  # pages of 64 KB
    assert external_bytes(isolate) == MB
    context.eval_sync("memory.grow(16)")
    assert external_bytes(isolate) == 2 * MB
    assert context.eval_sync("new Uint8Array(memory.buffer).length") == 2 * MB


def test_growth_of_resizable_buffers_counts(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.eval_sync("const buffer = new ArrayBuffer(1 << 20, { maxByteLength: 32 << 20 })")
    assert external_bytes(isolate) == MB
    context.eval_sync("buffer.resize(8 << 20)")
    assert external_bytes(isolate) == 8 * MB
    context.eval_sync("buffer.resize(1 << 20)")
    assert external_bytes(isolate) == MB


def test_growing_webassembly_memories_without_end_spares_the_isolate(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    code = """
        const all = [];
        for (;;) { const one = new WebAssembly.Memory({ initial: 1 }); one.grow(31); all.push(one) }
    """
    with pytest.raises(isolates.JSRangeError):
        context.eval_sync(code)
    assert not isolate.is_disposed
    assert context.eval_sync("all.length") <= LIMIT_MB / 2
    assert external_bytes(isolate) <= LIMIT_MB * MB


def test_dropped_buffers_make_room_without_being_asked(context: isolates.Context) -> None:
    code = "let sum = 0; for (let n = 0; n < 100; n++) sum += new Uint8Array(20 << 20).length; sum"
    assert context.eval_sync(code) == 100 * 20 * MB


# --- Sources and texts ---


@pytest.mark.parametrize("how", ["eval(source)", "new Function(source)", "(0, eval)(source)"])
def test_eval_of_a_long_source_is_refused(context: isolates.Context, how: str) -> None:
    context.eval_sync(f"const source = '1//'.padEnd({LIMIT_MB} * (1 << 20) / 8 + 1, 'x')")
    with pytest.raises(
        isolates.JSEvalError, match="Code generation from strings disallowed for this context"
    ):
        context.eval_sync(how)
    assert context.eval_sync("eval('6 * 7')") == 42


def test_a_source_from_python_that_is_too_long_is_refused(context: isolates.Context) -> None:
    with pytest.raises(ValueError, match="memory_limit"):
        context.eval_sync("1" + " " * (100 * MB))
    assert context.eval_sync("1" + " " * (LIMIT_MB * MB // 16)) == 1


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("'x'.repeat(2 ** 28)", {}),
        ("'\\u263a'.repeat(2 ** 27)", {}),
        ("'x'.repeat(2 ** 28)", {"copy": True}),
        ("({ deep: ['x'.repeat(2 ** 28)] })", {"copy": True}),
        ("Promise.resolve('x'.repeat(2 ** 28))", {"promise": True}),
        ("'x'.repeat(2 ** 28)", {"timeout": LONG_S}),
    ],
)
def test_a_string_larger_than_the_limit_can_not_leave(
    isolate: isolates.Isolate, context: isolates.Context, code: str, options: dict[str, Any]
) -> None:
    with pytest.raises(isolates.TransferError, match="memory_limit"):
        context.eval_sync(code, **options)
    assert not isolate.is_disposed
    assert context.eval_sync("'x'.repeat(100)") == "x" * 100


def test_thrown_texts_larger_than_the_limit_still_are_errors(context: isolates.Context) -> None:
    with pytest.raises(isolates.JSError):
        context.eval_sync("throw new Error('x'.repeat(2 ** 28))")
    with pytest.raises(isolates.JSError, match="not an instance of"):  # it can't cross, as a symbol can't
        context.eval_sync("throw 'x'.repeat(2 ** 28)")
    assert context.eval_sync("1") == 1


def test_a_large_argument_of_a_callback_does_not_pass(context: isolates.Context) -> None:
    seen: list[object] = []
    with pytest.raises(isolates.JSTypeError, match="memory_limit"):
        context.eval_closure_sync("$0('x'.repeat(2 ** 28))", [seen.append])
    assert not seen

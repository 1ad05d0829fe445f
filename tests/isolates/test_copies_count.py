"""ExternalCopies that JavaScript holds count against the memory limit of its isolate."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

import isolates
from isolates import ExternalCopy
from tests.isolates.conftest import wait_until

LIMIT_MB = 32
MB = 1 << 20
RECORDS = 2000  # what the records of a few copies may count

# An isolate without `ivm` that was given one handle, which leads to the class.
PRELUDE = """
  var Copy = $0.constructor;
  function fill(make) {
    const all = [];
    try { for (;;) all.push(make(all.length)) }
    catch (error) {
      if (!/memory.limit|allocation failed/.test(error.message)) throw error;
      return all.length;
    }
  }
"""


def external(isolate: isolates.Isolate) -> int:
    isolate.collect_garbage_sync()
    isolate.collect_garbage_sync()
    return isolate.get_heap_statistics_sync()["externally_allocated_size"]


def prepare(isolate: isolates.Isolate) -> isolates.Context:
    context = isolate.create_context_sync()
    context.eval_closure_sync(f"{PRELUDE} Object.assign(globalThis, {{Copy, fill}})", [ExternalCopy(1)])
    return context


@pytest.fixture
def small() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=LIMIT_MB) as isolate:
        yield isolate


@pytest.fixture
def context(small: isolates.Isolate) -> isolates.Context:
    return prepare(small)


@pytest.mark.parametrize(
    "make",
    [
        "new Copy('x'.repeat(1e6))",
        "new Copy({text: 'x'.repeat(1e6)})",
        "new Copy(new ArrayBuffer(1e6))",
        "new Copy(new ArrayBuffer(1e6), {transferOut: true})",
        "new Copy([new ArrayBuffer(1e6, {maxByteLength: 2e6})])",
        "new Copy(new SharedArrayBuffer(1e6))",
        "new Copy(2n ** 8000000n)",
        "new Copy({inner: new Copy('x'.repeat(1e6))})",
        "new Copy(new Copy('x'.repeat(1e6)))",
        "new Copy('x'.repeat(1e6)).copyInto({release: true})",
    ],
)
def test_copies_that_are_held_count(small: isolates.Isolate, context: isolates.Context, make: str) -> None:
    context.eval_sync("new Copy(1)")
    before = external(small)
    host_before = ExternalCopy.total_external_size
    assert LIMIT_MB // 3 <= context.eval_sync(f"fill(() => {make})") <= LIMIT_MB * 1.1
    # Collected ones give back, and the isolate lives.
    wait_until(lambda: external(small) <= before + RECORDS, "the copies")
    assert context.eval_sync("6 * 7") == 42
    gc.collect()
    assert ExternalCopy.total_external_size <= host_before + 3 * MB


def test_small_copies_count_too(context: isolates.Context) -> None:
    assert context.eval_sync("fill(n => new Copy(n))") <= LIMIT_MB * MB / 256


@pytest.mark.parametrize(
    "make",
    ["new Copy('x'.repeat(1e6))", "new Copy(new ArrayBuffer(1e6))", "new Copy([{a: 'x'.repeat(1e6)}])"],
)
def test_garbage_is_collected_before_anything_is_refused(context: isolates.Context, make: str) -> None:
    most = context.eval_sync(f"""
        let most = 0;
        for (let n = 0; n < 300; ++n) {{
          {make};
          most = Math.max(most, Copy.totalExternalSize);
        }}
        most
    """)
    assert most < 3 * LIMIT_MB * MB
    assert context.eval_sync(f"for (let n = 0; n < 300; ++n) ({make}).release(); 1") == 1


def test_a_buffer_is_paid_for_once_wherever_it_is(small: isolates.Isolate, context: isolates.Context) -> None:
    before = external(small)
    size = 20 * MB  # twice would not fit
    context.eval_sync(f"let buffer = new ArrayBuffer({size}); let copy; 0")
    for _ in range(3):
        context.eval_sync("copy = new Copy(buffer, {transferOut: true}); 0")
        assert before + size <= external(small) <= before + size + RECORDS
        context.eval_sync("buffer = copy.copy({transferIn: true}); 0")
        assert before + size <= external(small) <= before + size + RECORDS
    context.eval_sync("copy.release(); 0")
    assert external(small) == before + size
    context.eval_sync("buffer = null; 0")
    assert external(small) == before


def test_a_string_and_its_copy_are_paid_for_once(small: isolates.Isolate, context: isolates.Context) -> None:
    before = external(small)
    context.eval_sync("let copy = new Copy('x'.repeat(10e6)), text = copy.copy(), more = copy.copy(); 0")
    assert before + 10_000_000 <= external(small) <= before + 10_000_000 + RECORDS
    context.eval_sync("copy.release(); 0")
    assert external(small) == before + 10_000_000


def test_who_has_a_copy_pays(small: isolates.Isolate, context: isolates.Context) -> None:
    before = external(small)
    with isolates.Isolate(memory_limit=LIMIT_MB) as other, isolates.Isolate(memory_limit=8) as tiny:
        there = prepare(other)
        there_before = external(other)
        context.global_.set_sync("there", there.global_)
        context.eval_sync("globalThis.copy = new Copy(new ArrayBuffer(20e6), {transferOut: true}); 0")
        context.eval_sync("there.setSync('copy', copy); 0")
        for isolate, had in ((small, before), (other, there_before)):
            assert had + 20_000_000 <= external(isolate) <= had + 20_000_000 + RECORDS
        # Both have it. Python, which holds it as well, has no limit.
        held = there.global_.get_sync("copy")
        assert isinstance(held, isolates.Reference)
        copy = there.eval_sync("copy")
        assert isinstance(copy, ExternalCopy)
        context.eval_sync("copy.release(); 0")
        assert external(small) <= before + RECORDS
        there.eval_sync("copy.release(); copy = null; 0")
        held.release()
        assert external(other) <= there_before + RECORDS
        assert len(memoryview(copy)) == 20_000_000
        # It does not fit into everybody.
        crowded = tiny.create_context_sync()
        with pytest.raises(isolates.TransferError, match="does not fit"):
            crowded.global_.set_sync("copy", copy)
        assert crowded.eval_sync("1") == 1
        # Taken by one, it counts no more for the other.
        context.global_.set_sync("copy", copy)
        there.eval_closure_sync("globalThis.taken = $0; 0", [copy.copy_into(transfer_in=True)])
        assert external(small) <= before + RECORDS
        assert external(other) >= there_before + 20_000_000
        there.global_.release()


def test_what_python_has_made_is_pythons(small: isolates.Isolate, context: isolates.Context) -> None:
    before = external(small)
    copy = ExternalCopy("x" * (LIMIT_MB * MB * 2))
    context.global_.set_sync("copy", copy)
    context.eval_sync("globalThis.nested = new Copy({copy}); 0")
    assert external(small) <= before + RECORDS


def test_copies_on_their_way_count(small: isolates.Isolate, context: isolates.Context) -> None:
    with isolates.Isolate() as other:
        there = other.create_context_sync()
        context.global_.set_sync("there", there.global_)
        running = there.eval("for (;;);")
        code = "fill(() => there.setIgnored('x', new Copy(new ArrayBuffer(1e6)).copyInto({release: true})))"
        assert context.eval_sync(code) <= LIMIT_MB * 1.1
        other.terminate()
        with pytest.raises(isolates.TerminatedError):
            running.result(10)
        there.eval("1").result(10)
        there.global_.release()
        # Sent and gone: others fit again.
        assert context.eval_sync("new Copy(new ArrayBuffer(10e6)); 1") == 1
        context.global_.delete_sync("there")


def test_copies_in_copies_have_a_depth(context: isolates.Context) -> None:
    """Destroying a chain is a recursion; three million deep it took the process with it."""
    depth, message = context.eval_sync(
        """
        let copy = new Copy(1), result;
        for (let n = 0; !result; ++n) {
          try { copy = n % 2 ? new Copy(copy) : new Copy([copy]) }
          catch (error) { result = [n, String(error)] }
        }
        result
        """,
        copy=True,
    )
    assert (depth, message) == (64, "TypeError: An ExternalCopy can't hold others more than 64 deep")
    made: Any = ExternalCopy(1)

    def deepen(times: int) -> None:
        nonlocal made
        for _ in range(times):
            made = ExternalCopy(made)

    deepen(64)
    with pytest.raises(isolates.TransferError, match="more than 64 deep"):
        deepen(1)


def test_a_tree_of_shared_copies_is_no_work(context: isolates.Context) -> None:
    """As many paths as 2 ** 60 lead to the innermost one."""
    deepest = context.eval_sync("""
        (() => {
          const twice = copy => { const box = new Copy(copy); return [box.copy(), box.copy()] };
          let copy = new Copy('x'.repeat(100));
          for (let n = 0; n < 30; ++n) {
            try { copy = new Copy(twice(copy)) } catch (error) {
              if (!/ fit /.test(error.message)) throw error;
              return n;
            }
          }
        })()
    """)
    assert 5 < deepest < 20

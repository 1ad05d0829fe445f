"""Deep recursion is a RangeError on every thread, whatever its stack."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import isolates

LONG_S = 20.0  # that only a hang reaches

RECURSIONS = {
    "plain": "(function f() { f() })()",
    "regexp": "let s = 'a'; s.replace(/a/, function f() { return 'a'.replace(/a/, f) })",
    "json": "let o = {}; o.toJSON = () => JSON.stringify(o); JSON.stringify(o)",
    "sort": "(function f() { [1, 2].sort(f) })()",
    "eval": "(function f() { eval('f()') })()",
    "proxy": "let p = new Proxy({}, { get: (t, k) => p[k] }); p.x",
    "parse": "eval('('.repeat(1e6))",
}


@pytest.mark.parametrize("code", RECURSIONS.values(), ids=RECURSIONS)
def test_recursion_without_end_is_a_range_error(context: isolates.Context, code: str) -> None:
    with pytest.raises(isolates.JSRangeError, match="Maximum call stack size exceeded"):
        context.eval_sync(code)
    assert context.eval_sync("1 + 1") == 2


DEPTH = "let depth = 0; (function f() { try { depth++; f() } catch {} })(); depth"
OVERFLOW = "(function f() { f() })()"


def test_stack_overflow_on_a_pool_thread(context: isolates.Context) -> None:
    with pytest.raises(isolates.JSRangeError, match="Maximum call stack size exceeded"):
        context.eval(OVERFLOW).result(LONG_S)
    assert context.eval(DEPTH).result(LONG_S) > 1000


def test_stack_overflow_on_a_thread_of_python(context: isolates.Context) -> None:
    assert _on_thread(context, 0) > 1000


def test_stack_overflow_on_a_thread_with_a_small_stack(context: isolates.Context) -> None:
    assert _on_thread(context, 512 << 10) > 100


def test_stack_overflow_on_a_thread_with_a_tiny_stack(context: isolates.Context) -> None:
    assert _on_thread(context, 256 << 10) >= 0


def _on_thread(context: isolates.Context, stack_bytes: int) -> int:
    """How deep it gets on such a thread, where it has overflown twice."""
    results: list[Any] = []

    def run() -> None:
        try:
            context.eval_sync(OVERFLOW)
        except isolates.JSRangeError as error:
            results.append(str(error))
        try:
            results.append(context.eval_sync(f"{{ {DEPTH} }}"))
        except isolates.JSRangeError:
            results.append(0)

    before = threading.stack_size(stack_bytes)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(LONG_S)
    assert not thread.is_alive()
    message, depth = results
    assert message == "Maximum call stack size exceeded"
    assert isinstance(depth, int)
    return depth


def test_an_isolate_moves_between_threads_with_different_stacks(context: isolates.Context) -> None:
    deep = context.eval_sync(f"{{ {DEPTH} }}")
    shallow = _on_thread(context, 512 << 10)
    assert shallow < deep
    assert context.eval_sync(f"{{ {DEPTH} }}") > shallow
    assert context.eval(f"{{ {DEPTH} }}").result(LONG_S) > shallow


def test_recursion_through_python_is_an_error_in_the_end(context: isolates.Context) -> None:
    def again() -> object:
        return context.eval_sync("again()")

    context.eval_closure_sync("globalThis.again = $0", [again])
    with pytest.raises((isolates.JSError, RecursionError)):
        context.eval_sync("again()")
    assert context.eval_sync("1 + 1") == 2

"""What an isolate tells its owner: that it has ended, and of rejections that nobody handled."""

from __future__ import annotations

import queue
import sys
from typing import Any

import pytest

import isolates


def test_on_dispose_tells_the_reason_once() -> None:
    told: queue.Queue[str] = queue.Queue()
    with isolates.Isolate(on_dispose=told.put) as isolate:
        isolate.create_context_sync()
    assert told.get(timeout=10) == "disposed"
    with pytest.raises(isolates.DisposedError, match=r"^Isolate is already disposed$"):
        isolate.dispose()
    assert told.empty()


def test_on_dispose_tells_of_the_memory_limit() -> None:
    told: queue.Queue[str] = queue.Queue()
    with isolates.Isolate(memory_limit=16, on_dispose=told.put) as isolate:
        with pytest.raises(isolates.MemoryLimitError):
            isolate.create_context_sync().eval_sync("const all = []; for (;;) all.push({ n: all.length })")
        assert told.get(timeout=10) == "memory limit"
    assert told.empty()


def test_an_unhandled_rejection_goes_to_the_hook() -> None:
    told: queue.Queue[Exception] = queue.Queue()
    with isolates.Isolate(on_unhandled_rejection=told.put) as isolate:
        context = isolate.create_context_sync()
        context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
        # The promise is rejected by a task that is no call's, when the call has long ended.
        context.eval_sync(
            "new ivm.Isolate({ memoryLimit: 8 }).createContextSync().eval('throw new RangeError()'); 1"
        )
        assert isinstance(told.get(timeout=10), isolates.JSRangeError)
        assert context.eval_sync("6 * 7") == 42


def test_a_flood_of_rejections_is_told_in_short() -> None:
    told: list[Exception] = []
    with isolates.Isolate(on_unhandled_rejection=told.append) as isolate:
        context = isolate.create_context_sync()
        for _ in range(2):
            with pytest.raises(isolates.JSRangeError, match=r"^0$"):
                context.eval_sync("for (let n = 0; n < 5000; ++n) Promise.reject(new RangeError(n)); 1")
            assert [str(error) for error in told[:-1]] == [str(n) for n in range(1, 101)]
            assert str(told[-1]) == "4899 more promises were rejected and nobody handled it"
            assert type(told[-1]) is isolates.JSError
            told.clear()
        with pytest.raises(isolates.JSError):
            context.eval_sync("for (let n = 0; n <= 100; ++n) Promise.reject(new RangeError(n)); 1")
        assert [str(error) for error in told] == [str(n) for n in range(1, 101)]


def test_a_rejection_of_a_calls_own_fails_that_call_and_is_not_told(ask: Any) -> None:
    told: queue.Queue[Exception] = queue.Queue()
    with isolates.Isolate(on_unhandled_rejection=told.put) as isolate:
        context = isolate.create_context_sync()
        with pytest.raises(isolates.JSRangeError, match=r"^own$"):
            ask(context, "eval", "Promise.reject(new RangeError('own')); 1")
        assert ask(context, "eval", "2") == 2
    assert told.empty()


@pytest.mark.parametrize("name", ["on_dispose", "on_unhandled_rejection", "on_catastrophic_error"])
def test_hooks_must_be_callable(name: str) -> None:
    options: Any = {name: 5}
    with pytest.raises(TypeError, match=f"`{name}` to be a callable or None"):
        isolates.Isolate(**options)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_hook_that_raises_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr(sys, "unraisablehook", lambda it: unraisable.put(str(it.exc_value)))

    def fail(reason: str) -> None:
        raise ValueError(f"told {reason}")

    with isolates.Isolate(on_dispose=fail):
        pass
    assert unraisable.get(timeout=10) == "told disposed"

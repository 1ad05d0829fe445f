"""Code that rejects promises without end costs its isolate a little, and ends like other code."""

from __future__ import annotations

import os
import queue
import re
from pathlib import Path
from typing import Any

import pytest

import isolates

HAS_PROC = Path("/proc/self/statm").exists()
FOR_EVER = "(async () => { for (;;) { for (let n = 0; n < 100; ++n) Promise.reject(n); await null } })(); 1"


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def more(error: Exception) -> tuple[str, int]:
    found = re.fullmatch(
        r"(about |)(\d+) more promises? (?:was|were) rejected and nobody handled it", str(error)
    )
    assert found, str(error)[:100]
    return found[1], int(found[2])


@pytest.mark.skipif(not HAS_PROC, reason="reads the memory from Linux's /proc")
@pytest.mark.parametrize("reason", ["n", "new Error(n)"])
def test_a_loop_of_rejections_is_stopped_in_time_and_takes_little(ask: Any, reason: str) -> None:
    told: list[Exception] = []
    with isolates.Isolate(on_unhandled_rejection=told.append) as isolate:
        context = isolate.create_context_sync()
        before = rss_mb()
        with pytest.raises(isolates.ScriptTimeoutError):
            ask(context, "eval", FOR_EVER.replace("(n)", f"({reason})"), timeout=2)
        assert rss_mb() - before < 100
        about, count = more(told[-1])
        assert (about, count > 10_000, len(told)) == ("", True, 101)
        assert ask(context, "eval", "6 * 7") == 42


def test_a_loop_of_rejections_can_be_terminated() -> None:
    begun: queue.Queue[None] = queue.Queue()
    with isolates.Isolate(on_unhandled_rejection=lambda _: None) as isolate:
        context = isolate.create_context_sync()
        context.global_.set_sync("begin", isolates.Callback(lambda: begun.put(None)))
        running = context.eval(
            "(async () => { for (let n = 0;; ++n) {"
            "  Promise.reject(n); await null; if (n == 5000) begin() } })(); 1"
        )
        begun.get(timeout=20)
        isolate.terminate()
        with pytest.raises(isolates.TerminatedError):
            running.result(20)
        assert context.eval_sync("6 * 7") == 42


def test_handlers_that_come_in_time_are_counted() -> None:
    told: list[Exception] = []
    with isolates.Isolate(on_unhandled_rejection=told.append) as isolate:
        context = isolate.create_context_sync()
        context.eval_sync(
            """
            var reject = count => Array.from({length: count}, (_, n) => Promise.reject(new RangeError(n)));
            var handle = promise => { promise.catch(() => {}) };
            """
        )
        assert context.eval_sync("reject(1e5).forEach(handle); 1") == 1
        assert context.eval_sync("reject(1e5).reverse().forEach(handle); 2") == 2
        assert context.eval_sync("for (let n = 0; n < 1e5; ++n) reject(1).forEach(handle); 3") == 3
        assert told == []
        # All that were watched have a handler, and others have none.
        with pytest.raises(isolates.JSError) as caught:
            context.eval_sync("reject(3000).slice(0, 1000).forEach(handle); 1")
        assert (more(caught.value), told) == (("", 2000), [])
        with pytest.raises(isolates.JSRangeError, match=r"^0$"):
            context.eval_sync("reject(3000).slice(-500).forEach(handle); 1")
        assert [str(error) for error in told[:-1]] == [str(n) for n in range(1, 101)]
        assert more(told[-1]) == ("about ", 3000 - 500 - 101)
        told.clear()
        # A place that is free again is used.
        with pytest.raises(isolates.JSRangeError, match=r"^0$"):
            context.eval_sync("reject(1000).forEach(handle); reject(2); 1")
        assert [str(error) for error in told] == ["1"]


def test_a_handler_is_found_whatever_the_promise_looks_like() -> None:
    told: list[Exception] = []
    with isolates.Isolate(on_unhandled_rejection=told.append) as isolate:
        context = isolate.create_context_sync()
        assert (
            context.eval_sync(
                """
            const all = Array.from({length: 500}, (_, n) => Promise.reject(n));
            const change = [
              promise => { for (let n = 0; n < 50; ++n) promise[`p${n}`] = n },
              promise => { for (let n = 0; n < 2000; ++n) promise[`p${n}`] = n; delete promise.p5 },
              promise => Object.freeze(promise),
              promise => Object.setPrototypeOf(promise, null),
              promise => new WeakMap([[promise, 1]]),
            ];
            all.forEach((promise, n) => change[n % change.length](promise));
            for (let n = 0; n < 20; ++n) new Array(1e6).fill(n);  // they are moved
            all.forEach(promise => { Promise.prototype.then.call(promise, () => {}, () => {}) });
            8
            """
            )
            == 8
        )
    assert told == []


def test_long_texts_of_rejections_are_few() -> None:
    told: list[Exception] = []
    with isolates.Isolate(on_unhandled_rejection=told.append, memory_limit=128) as isolate:
        context = isolate.create_context_sync()
        with pytest.raises(isolates.JSError):
            context.eval_sync(
                "const text = 'x'.repeat(4e6);for (let n = 0; n < 90; ++n) Promise.reject(new Error(text)); 1"
            )
        assert 1 < len(told) < 20
        assert [len(str(error)) for error in told[:-1]] == [4_000_000] * (len(told) - 1)
        assert more(told[-1]) == ("", 90 - len(told))
        assert context.eval_sync("6 * 7") == 42


@pytest.mark.skipif(not HAS_PROC, reason="reads the memory from Linux's /proc")
def test_what_a_slow_hook_is_still_to_be_told_counts_for_the_isolate() -> None:
    most = 0.0
    depth = 0

    def hook(_: Exception) -> None:
        nonlocal depth, most
        if depth < 30:
            depth += 1
            with pytest.raises(isolates.JSError):
                context.eval_sync(code)
        most = max(most, rss_mb())

    code = "for (let n = 0; n < 30; ++n) Promise.reject(new Error(text)); 1"
    with isolates.Isolate(on_unhandled_rejection=hook, memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        context.eval_sync("var text = 'x'.repeat(1e6); 1")
        before = rss_mb()
        with pytest.raises(isolates.JSError):
            context.eval_sync(code)
        assert depth == 30
        assert most - before < 600  # of 1800
        # It is free again.
        context.eval_sync("var buffer = new ArrayBuffer(40e6); 1")

"""Promises that are rejected while nobody looks: they fail nothing, and say which cell they are of."""

from __future__ import annotations

import re
from typing import Any

import pytest


def plain(text: str) -> str:
    for code in ("\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"):
        text = text.replace(code, "")
    return text


def test_a_rejection_is_told_on_stderr_and_the_cell_has_its_value(kernel: Any) -> None:
    run = kernel.ok("Promise.reject(new TypeError('nobody looks')); 1 + 1")
    assert run.result == "2"
    name = f"In [{run.reply['execution_count']}]"
    assert plain(run.stderr) == (
        f"Uncaught (in a promise of {name}) TypeError: nobody looks\n"
        f"{name}:1:16\n"
        "  Promise.reject(new TypeError('nobody looks')); 1 + 1\n"
        "                 ^\n"
        f"    at {name}:1:16\n"
    )


def test_a_late_rejection_is_told_in_its_own_cell(kernel: Any) -> None:
    request = kernel.start("(async () => { await new Promise(r => setTimeout(r, 30)); missing() })(); 0")
    count = kernel.finish(request).reply["execution_count"]
    assert kernel.ok("await new Promise(r => setTimeout(r, 100)); 5").stderr == ""
    text = plain(kernel.wait_for_text(request, "Uncaught"))
    assert text.startswith(
        f"Uncaught (in a promise of In [{count}]) ReferenceError: missing is not defined\nIn [{count}]:1:59\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "Promise.reject(1).catch(() => {}); 0",
        "var p = Promise.reject(1); p.then(() => {}, () => {}); 0",
        "try { await Promise.reject(1) } catch {} 0",
        "var q = Promise.reject(1); queueMicrotask(() => q.catch(() => {})); 0",
        "await Promise.allSettled([Promise.reject(1)]); 0",
    ],
)
def test_a_rejection_that_is_handled_says_nothing(kernel: Any, code: str) -> None:
    assert kernel.ok(code).messages[0]["msg_type"] == "execute_result"


def test_a_rejection_that_is_handled_too_late_was_told_once(kernel: Any) -> None:
    first = kernel.ok("var late = Promise.reject(new Error('early')); 0")
    assert first.stderr.count("Uncaught") == 1
    assert kernel.ok("late.catch(() => 'handled')").result == "'handled'"
    assert kernel.ok("0").stderr == ""


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("5", "5"),
        ("'text'", "'text'"),
        ("undefined", "undefined"),
        ("{code: 5}", "{ code: 5 }"),
        ("Symbol('s')", "Symbol(s)"),
    ],
)
def test_a_rejection_with_what_is_no_error_shows_it(kernel: Any, reason: str, text: str) -> None:
    run = kernel.ok(f"Promise.reject({reason}); 0")
    assert plain(run.stderr) == f"Uncaught (in a promise of In [{run.reply['execution_count']}]) {text}\n"


def test_rejections_in_named_isolates_and_timers(kernel: Any) -> None:
    run = kernel.ok("%%isolate rejecting\nPromise.reject(new Error('named')); 1")
    assert (run.result, "named" in run.stderr) == ("1", True)
    request = kernel.start("%%isolate rejecting\nsetTimeout(async () => { throw new Error('timed') }, 5); 0")
    kernel.finish(request)
    assert "timed" in kernel.wait_for_text(request, "timed")
    assert kernel.ok("%%isolate rejecting\n6 * 7").result == "42"


def test_what_a_cell_awaits_fails_it_and_is_not_told_twice(kernel: Any) -> None:
    for code in ("await Promise.reject(new Error('awaited'))", "Promise.reject(new Error('awaited'))"):
        run = kernel.fails(code)
        assert run.error["evalue"] == "awaited"
        assert run.stderr == ""


def test_many_rejections_harm_nothing(kernel: Any) -> None:
    run = kernel.ok("for (let i = 0; i < 1000; i++) Promise.reject(new Error(`no. ${i}`)); 'alive'")
    assert run.result == "'alive'"
    assert [f"Error: no. {i}\n" in plain(run.stderr) for i in range(1000)] == [True] * 1000


@pytest.mark.parametrize("reason", ["n", "new Error(`no. ${n}`)"])
def test_a_loop_of_rejections_ends_and_its_isolate_lives_on(kernel: Any, reason: str) -> None:
    request = kernel.start(
        "%%isolate rejecting --timeout 2\n"
        f"for (;;) {{ for (let n = 0; n < 100; n++) Promise.reject({reason}); await null }}"
    )
    run = kernel.finish(request)
    assert run.error["ename"] == "ScriptTimeoutError"
    # Some may be told when the cell has ended.
    last = "more promises were rejected"
    text = run.stderr if last in run.stderr else kernel.wait_for_text(request, last)
    assert re.search(r"Uncaught \(in a promise of In \[\d+\]\) Error: \d{4,} more promises were", plain(text))
    assert kernel.ok("%%isolate rejecting\n6 * 7").result == "42"

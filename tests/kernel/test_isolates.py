"""Cells in isolates of their own."""

from __future__ import annotations

from typing import Any

import pytest


def test_isolates_share_no_globals(kernel: Any) -> None:
    kernel.ok("var where = 'main'")
    kernel.ok("%%isolate a\nvar where = 'a'")
    assert kernel.ok("%%isolate a\nwhere").result == "'a'"
    assert kernel.ok("where").result == "'main'"
    assert kernel.ok("%%isolate b\ntypeof where").result == "'undefined'"


def test_contexts_of_an_isolate_share_no_globals(kernel: Any) -> None:
    kernel.ok("%%isolate a --context one\nvar only = 1")
    assert kernel.ok("%%isolate a --context two\ntypeof only").result == "'undefined'"
    assert kernel.ok("%%isolate a --context one\nonly").result == "1"


def test_main_can_be_named(kernel: Any) -> None:
    kernel.ok("var plain = 1")
    assert kernel.ok("%%isolate main\nplain").result == "1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%%isolate --context", ["--context"]),
        ("%%isolate 9lives", ["NAME", "'9lives'"]),
        ("%%isolate new --memory lots", ["--memory", "'lots'"]),
        ("%%isolate new --memory 4", ["--memory", "'4'"]),
        ("%%isolate new --memory nan", ["--memory", "'nan'"]),
        ("%%isolate new --timeout 0", ["--timeout", "'0'"]),
        ("%%isolate new --timeout -1", ["--timeout"]),
        ("%%isolate new --timeout soon", ["--timeout", "'soon'"]),
        ("%%isolate new --context 'a b'", ["--context", "'a b'"]),
        ("%%isolate new --colour red", ["--colour"]),
        ("%%isolate new 'unclosed", ["unclosed"]),
        ("%%isolatte", ["%%isolatte", "%%isolate"]),
    ],
)
def test_a_bad_magic_line_names_what_is_wrong_and_does_nothing(
    kernel: Any, line: str, words: list[str]
) -> None:
    run = kernel.fails(f"{line}\nvar made = 1")
    assert run.error["ename"] == "UsageError"
    for word in words:
        assert word in run.error["evalue"]
    assert kernel.ok("typeof made").result == "'undefined'"


def test_another_limit_for_an_isolate_that_lives_is_refused(kernel: Any) -> None:
    kernel.ok("%%isolate limited --memory 32\nvar there = 1")
    run = kernel.fails("%%isolate limited --memory 64\nthere = 2")
    assert run.error["ename"] == "UsageError"
    assert "--memory 64" in run.error["evalue"]
    assert "32 MB" in run.error["evalue"]
    assert kernel.ok("%%isolate limited --memory 32\nthere").result == "1"


def test_a_timeout_stops_the_cell_and_keeps_the_state(kernel: Any) -> None:
    kernel.ok("%%isolate slow\nvar kept = 1")
    run = kernel.fails("%%isolate slow --timeout 0.2\nkept = 2; for (;;);")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert "0.2" in run.error["evalue"]
    assert kernel.ok("%%isolate slow\nkept").result == "2"


def test_a_timeout_stops_a_cell_that_only_waits(kernel: Any) -> None:
    run = kernel.fails("%%isolate slow --timeout 0.2\nawait new Promise(() => {})")
    assert run.error["ename"] == "ScriptTimeoutError"
    assert kernel.ok("%%isolate slow\n1").result == "1"


def test_a_timer_may_take_as_long_as_its_cell(kernel: Any) -> None:
    code = "setInterval(() => { for (;;); }, 1); setTimeout(() => console.log('never'), 1); var kept = 3"
    request = kernel.start(f"%%isolate slow --timeout 0.2\n{code}")
    kernel.finish(request)
    kernel.wait_for_text(request, "took longer than --timeout 0.2 of its cell")
    own = "await new Promise((done) => { setTimeout(() => done(kept), 300) })"
    assert kernel.ok(f"%%isolate slow\n{own}").result == "3"
    text = kernel.wait_for_text(request, "took longer")
    assert text.count("took longer") == 1
    assert "\nnever" not in text


def test_an_isolate_that_wants_too_much_memory_dies_alone(kernel: Any) -> None:
    kernel.ok("var mine = 1")
    kernel.ok("%%isolate other\nvar theirs = 2")
    run = kernel.fails(
        "%%isolate hungry --memory 16\nconst all = []; for (;;) all.push(new Array(1000).fill({}))"
    )
    assert run.error["ename"] == "MemoryLimitError"
    assert "'hungry'" in run.error["evalue"]
    assert kernel.ok("mine").result == "1"
    assert kernel.ok("%%isolate other\ntheirs").result == "2"
    again = kernel.ok("%%isolate hungry\ntypeof all")
    assert again.result == "'undefined'"
    assert "new one" in again.stderr
    assert kernel.ok("%%isolate hungry\n1").stderr == ""


def test_an_isolate_of_a_magic_has_no_host_in_it(kernel: Any) -> None:
    names = "['require', 'process', 'ivm', 'isolates', 'jupyter', '$0', 'hostWrite', 'dispatch']"
    assert kernel.ok(f"%%isolate bare\n{names}.filter(name => name in globalThis)").result == "[]"


def test_timers_of_an_isolate_that_died_are_forgotten(kernel: Any) -> None:
    kernel.ok("%%isolate doomed --memory 16\nsetInterval(() => console.log('tick'), 5)")
    kernel.fails("%%isolate doomed\nconst all = []; for (;;) all.push(new Array(1000).fill({}))")
    assert kernel.ok("await new Promise(r => setTimeout(r, 50)); 'calm'").result == "'calm'"


def test_a_cell_that_waits_learns_that_its_isolate_is_gone(kernel: Any) -> None:
    grow = "const all = []; for (;;) all.push(new Array(1e6).fill(1.5))"
    code = f"setTimeout(() => {{ {grow} }}); await new Promise(() => {{}})"
    error = kernel.fails(f"%%isolate waiting --memory 32\n{code}").error
    assert error["ename"] == "IsolateDiedError"
    assert "'waiting' is gone" in error["evalue"]

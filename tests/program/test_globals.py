"""What a program finds around itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Prints = Callable[[str], list[str]]


@pytest.mark.parametrize(
    "program", ["globals.js", "text.js", "events.js", "url.js", "libraries.js", "modules/main.js"]
)
def test_programs_that_check_themselves(passes: Callable[[str], None], program: str) -> None:
    passes(program)


def test_signals_that_somebody_listens_to_are_not_collected(passes: Callable[..., None]) -> None:
    passes("events.js", "--expose-gc")


def test_arguments_are_those_after_the_file(run_code: Run, tmp_path: Path) -> None:
    completed = run_code("console.log(JSON.stringify(process.argv))", "a b", "--timeout", "-x", "\u20ac")
    assert json.loads(completed.stdout) == [
        sys.executable,
        str(tmp_path / "main.js"),
        "a b",
        "--timeout",
        "-x",
        "\u20ac",
    ]


def test_a_relative_file_is_made_absolute(run_code: Run, run: Run, tmp_path: Path) -> None:
    run_code("")
    (tmp_path / "main.js").write_text("console.log(process.argv[1], __filename, process.cwd())", "utf-8")
    completed = run("./main", cwd=tmp_path)
    assert completed.stdout.split() == [f"{tmp_path}/main", f"{tmp_path}/main.js", str(tmp_path)]


def test_the_environment_is_hidden_until_it_is_allowed(run_code: Run) -> None:
    code = "console.log(Object.keys(process.env).length, process.env.SECRET)"
    environment = {**os.environ, "SECRET": "s"}
    assert run_code(code, env=environment).stdout == "0 undefined\n"
    shown = run_code(code, options=("--allow-env",), env=environment).stdout
    assert shown.endswith(" s\n")


def test_gc_is_there_when_asked_for(run_code: Run) -> None:
    code = """
        console.log(typeof gc);
        if (typeof gc === 'function') {
            const weak = new WeakRef({});
            setTimeout(() => { gc(); console.log(weak.deref()); }, 1);
        }
    """
    assert run_code(code).stdout == "undefined\n"
    assert run_code(code, options=("--expose-gc",)).stdout == "function\nundefined\n"


def test_code_can_be_given_on_the_command_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "part.js").write_text("module.exports = __filename", "utf-8")
    code = "console.log(require('./part'), process.argv.slice(1), __filename)"
    completed = run("--eval", code, "a", "-b", cwd=tmp_path)
    assert completed.stdout == f"{tmp_path}/part.js [ 'a', '-b' ] [eval]\n"


def test_the_console_prints_as_in_node(run: Run) -> None:
    completed = run(Path(__file__).parent / "programs" / "console.js")
    # What node 20 prints.
    assert completed.stdout.splitlines() == [
        "one is 1 { a: [ 1, { b: 2 } ] }",
        "info",
        "debug",
        "{ a: [Object] }",
        "┌─────────┬───┬─────┐",
        "│ (index) │ a │ b   │",
        "├─────────┼───┼─────┤",
        "│ 0       │ 1 │ 'x' │",
        "│ 1       │ 2 │     │",
        "└─────────┴───┴─────┘",
        "group",
        "  inside",
        "  twice",
        "    deeper",
        "outside",
        "default: 1",
        "label: 1",
        "default: 2",
        "default: 1",
        "shown [ undefined, null, -0, 1n, Symbol(s) ] Map(1) { 1 => {} }",
        "Promise { 1 } [class A] [Function: named] B { x: 1 }",
        " styled",
        "",
        "no newline",
        "bytes €",
        "called",
        "lone \ufffd surrogate \U0001f600",
        "after the write",
    ]
    assert completed.stderr.splitlines() == [
        "warn",
        "error",
        "Assertion failed: shown so",
        "Warning: No such label 'never started' for console.timeEnd()",
        "to stderr",
    ]
    assert completed.returncode == 0


def test_console_trace_says_where_it_was_called(run_code: Run, tmp_path: Path) -> None:
    completed = run_code("function here() { console.trace('now'); } here();")
    assert completed.stderr.splitlines() == [
        "Trace: now",
        f"    at here ({tmp_path}/main.js:1:27)",
        f"    at Object.<anonymous> ({tmp_path}/main.js:1:43)",
    ]


def test_console_time_measures(run_code: Run) -> None:
    stdout = run_code("console.time('a'); console.timeLog('a', 'so far'); console.timeEnd('a')").stdout
    first, last = stdout.splitlines()
    assert first.startswith("a: ")
    assert first.endswith("ms so far")
    assert last.startswith("a: ")


def test_a_polluted_program_still_runs_and_reaches_no_host_function(prints: Prints) -> None:
    assert prints("hostile.js") == [
        "MODULE_NOT_FOUND",
        "42 text base",
        "{ a: [ 1 ] } true true",
        "true b c",
        "microtask",
        "immediate",
        "timer",
        "tick",
        "end 0 false",
    ]


@pytest.mark.parametrize("mode", ["each", "lies", "throws", "stack"])
def test_urls_use_nothing_that_can_be_replaced_and_give_nothing_of_their_realm_away(
    run: Run, mode: str
) -> None:
    completed = run(Path(__file__).parent / "programs" / "hostile_urls.js", mode)
    assert (completed.stdout, completed.stderr, completed.returncode) == ("pass\n", "", 0)

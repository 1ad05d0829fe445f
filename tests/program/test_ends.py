"""How programs end: exit codes, and what is said about errors."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[bytes]"]

SIGNATURE = re.compile(r"^isolates v\S+ \(V8 \d+\.\d+\.\d+\.\d+\)$")


def told(completed: subprocess.CompletedProcess[str]) -> list[str]:
    """What standard error says, without the last line, which says who we are."""
    lines = completed.stderr.rstrip("\n").split("\n")
    assert SIGNATURE.match(lines[-1]), completed.stderr
    assert lines[-2] == ""
    return lines[:-2]


# --- Exit codes ---


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", 0),
        ("process.exit()", 0),
        ("process.exit(7)", 7),
        ("process.exit('9')", 9),
        ("process.exit(-1)", 255),
        ("process.exitCode = 5", 5),
        ("process.exitCode = 5; process.exit()", 5),
        ("process.exitCode = 5; process.exit(6)", 6),
        ("setTimeout(() => process.exit(3), 1); setInterval(() => {}, 1)", 3),
        ("process.on('exit', () => { process.exitCode = 8; })", 8),
        ("process.on('exit', () => process.exit(4)); process.exit(2)", 4),
        ("throw new Error('x')", 1),
        ("Promise.reject(new Error('x'))", 1),
        ("process.on('uncaughtException', () => { throw new Error('again'); }); throw new Error('x')", 7),
        ("process.on('uncaughtException', () => {}); throw new Error('x')", 0),
        ("process.on('unhandledRejection', () => {}); Promise.reject(1)", 0),
        ("process.on('exit', () => { throw new Error('x'); })", 1),
        ("process.nextTick(() => process.exit(11)); Promise.reject(new Error('too late'))", 11),
    ],
)
def test_exit_codes(run_code: Run, code: str, expected: int) -> None:
    assert run_code(code).returncode == expected


def test_exit_is_at_once_and_runs_the_handlers_once(run_code: Run) -> None:
    completed = run_code(
        "process.on('exit', (code) => console.log('exit', code));"
        "process.on('exit', () => setTimeout(() => console.log('never'), 0));"
        "process.on('exit', (code) => { process.exit(code + 1); });"
        "try { process.exit(2); } finally { console.log('never'); }"
    )
    assert (completed.stdout, completed.returncode) == ("exit 2\n", 3)


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    completed = run(tmp_path / "nowhere.js")
    assert told(completed)[0] == f"Error: Cannot find module '{tmp_path}/nowhere.js' {{"
    assert completed.returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["--nonsense", "x.js"], ["--memory-limit", "0", "x.js"], ["--timeout", "soon", "x.js"], ["--eval"]],
)
def test_wrong_usage_is_told_and_ends_with_2(run: Run, arguments: list[str]) -> None:
    completed = run(*arguments)
    assert completed.returncode == 2
    assert completed.stderr.startswith("usage: isolates run [OPTIONS] FILE.js [ARGS]")
    assert "error: " in completed.stderr


def test_help_and_version(command: list[str]) -> None:
    def ask(*arguments: str) -> str:
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=True, timeout=30
        ).stdout

    assert "--allow-read" in ask("run", "--help")
    assert "run" in ask("--help")
    assert SIGNATURE.match(ask("--version").strip())


# --- Errors ---


def test_an_error_is_told_with_its_place(run_code: Run, tmp_path: Path) -> None:
    completed = run_code("function f() {\n\tthrow new TypeError('no');\n}\nf();\n")
    assert told(completed) == [
        f"{tmp_path}/main.js:2",
        "\tthrow new TypeError('no');",
        "\t^",
        "",
        "TypeError: no",
        f"    at f ({tmp_path}/main.js:2:8)",
        f"    at Object.<anonymous> ({tmp_path}/main.js:4:1)",
    ]
    assert completed.stdout == ""


def test_an_error_shows_its_properties_and_its_cause(run_code: Run) -> None:
    text = "\n".join(
        told(run_code("throw Object.assign(new Error('x', {cause: new RangeError('y')}), {code: 'C'})"))
    )
    assert "\n  code: 'C'" in text
    assert "[cause]: RangeError: y" in text


def test_a_syntax_error_is_told_with_its_place(run_code: Run, tmp_path: Path) -> None:
    completed = run_code("const a = 1;\nlet b = = 2;\n")
    assert told(completed) == [
        f"{tmp_path}/main.js:2",
        "let b = = 2;",
        "        ^",
        "",
        "SyntaxError: Unexpected token '='",
    ]
    assert completed.returncode == 1


def test_an_error_in_a_required_module_names_that_file(run_code: Run, tmp_path: Path) -> None:
    (tmp_path / "part.js").write_text("\n\n  null.x;", "utf-8")
    completed = run_code("require('./part')")
    assert told(completed)[:3] == [f"{tmp_path}/part.js:3", "  null.x;", "       ^"]


def test_an_error_of_a_module_of_ours_is_shown_where_the_program_called_it(
    run_code: Run, tmp_path: Path
) -> None:
    completed = run_code("const assert = require('assert');\nassert.strictEqual(1, 2);")
    lines = told(completed)
    assert lines[:3] == [f"{tmp_path}/main.js:2", "assert.strictEqual(1, 2);", "       ^"]
    assert lines[4] == "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:"
    assert "isolates:" not in completed.stderr


@pytest.mark.parametrize(
    ("thrown", "shown"),
    [
        ("'text'", "text"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("5n", "5"),
        ("Symbol('s')", "Symbol(s)"),
        ("{a: [1, {b: 2}]}", "{ a: [ 1, { b: 2 } ] }"),
    ],
)
def test_what_is_no_error_is_told_too(run_code: Run, tmp_path: Path, thrown: str, shown: str) -> None:
    completed = run_code(f"throw {thrown}")
    assert told(completed) == [f"{tmp_path}/main.js:1", f"throw {thrown}", "^", "", shown]
    assert completed.returncode == 1


def test_an_error_that_throws_when_it_is_looked_at_is_told_somehow(run_code: Run) -> None:
    completed = run_code(
        "throw new Proxy(new Error('x'), {get() { throw new Error('y'); }, getPrototypeOf() { throw 1; }})"
    )
    assert completed.returncode == 1
    told(completed)


def test_a_very_long_line_is_shown_in_part(run_code: Run) -> None:
    completed = run_code(f"/* {'x' * 5000} */ throw new Error('far'); /* {'y' * 5000} */")
    line, carets = told(completed)[1:3]
    assert len(line) <= 160
    assert line[carets.index("^") :].startswith("throw new Error('far')")


def test_an_unhandled_rejection_is_told_where_the_error_was_made(run_code: Run, tmp_path: Path) -> None:
    completed = run_code("async function f() {\n  throw new Error('boo');\n}\nf();")
    assert told(completed)[:5] == [
        f"{tmp_path}/main.js:2",
        "  throw new Error('boo');",
        "        ^",
        "",
        "Error: boo",
    ]
    assert completed.returncode == 1


def test_an_unhandled_rejection_with_something_else_is_wrapped(run_code: Run) -> None:
    completed = run_code("Promise.reject(5); setTimeout(() => console.log('never'), 1);")
    assert 'The promise rejected with the reason "5".' in completed.stderr
    assert "code: 'ERR_UNHANDLED_REJECTION'" in completed.stderr
    assert (completed.stdout, completed.returncode) == ("", 1)


@pytest.mark.parametrize(
    "handled",
    [
        "const p = Promise.reject(new Error('x')); p.catch(() => {})",
        "const p = Promise.reject(new Error('x')); process.nextTick(() => p.catch(() => {}))",
        "const p = Promise.reject(new Error('x')); queueMicrotask(() => p.catch(() => {}))",
        "(async () => { try { await Promise.reject(new Error('x')); } catch {} })()",
        "for (let i = 0; i < 1000; i++) Promise.reject(i).catch(() => {})",
    ],
)
def test_a_rejection_that_is_handled_in_time_is_none(run_code: Run, handled: str) -> None:
    completed = run_code(handled)
    assert (completed.stderr, completed.returncode) == ("", 0)


def test_handlers_get_the_values_themselves(run_code: Run) -> None:
    completed = run_code(
        """
        const reason = {a: 1};
        const promise = Promise.reject(reason);
        process.on('unhandledRejection', (r, p) => console.log(r === reason, p === promise));
        const error = new Error('x');
        process.on('uncaughtException', (e, origin) => console.log(e === error, origin));
        setTimeout(() => { throw error; }, 1);
        setTimeout(() => console.log('goes on'), 5);
        """
    )
    assert completed.stdout == "true true\ntrue uncaughtException\ngoes on\n"
    assert completed.returncode == 0


@pytest.mark.parametrize("place", ["setImmediate", "queueMicrotask", "process.nextTick", "setTimeout"])
def test_what_callbacks_throw_is_uncaught(run_code: Run, place: str) -> None:
    completed = run_code(
        f"process.on('exit', (c) => console.log('exit', c)); {place}(() => {{ throw new Error('late'); }})"
    )
    assert completed.stdout == "exit 1\n"
    assert "Error: late" in completed.stderr
    assert completed.returncode == 1


# --- Limits and signals ---


def test_the_memory_limit_ends_the_program_and_says_so(run_code: Run) -> None:
    completed = run_code(
        "const all = []; for (;;) all.push(new Array(1000).fill({}));", options=("--memory-limit", "32")
    )
    assert "FATAL ERROR" in completed.stderr
    assert "memory limit" in completed.stderr
    assert completed.returncode == 134


@pytest.mark.parametrize(
    "code", ["for (;;);", "setInterval(() => {}, 1000)", "[].indexOf.call({length: 2 ** 53 - 1}, 1)"]
)
def test_a_timeout_ends_whatever_runs(run_code: Run, code: str) -> None:
    completed = run_code(code, options=("--timeout", "0.5"))
    assert completed.stderr == "isolates: the program took longer than --timeout 0.5 s\n"
    assert completed.returncode == 124


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("code", ["for (;;);", "setInterval(() => {}, 1e6);"])
def test_signals_end_a_program_at_once(start: Start, number: signal.Signals, code: str) -> None:
    with start(f"console.log('ready'); {code}") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(number)
        assert child.wait(10) == -number
        assert child.stderr is not None
        assert child.stderr.read() == b""


def test_a_shell_sees_130_after_ctrl_c(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("for (;;);", "utf-8")
    script = '"$@" & trap : INT; child=$!; sleep 1; kill -INT $child; wait $child; echo $?'
    # Programs in the background of a shell that has no terminal ignore SIGINT, if they do not ask for it.
    completed = subprocess.run(
        ["bash", "-c", script, "bash", *command, "run", str(tmp_path / "main.js")],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert completed.stdout == "130\n"


# --- Output ---


def test_large_output_is_not_lost_when_exit_follows(run_code: Run) -> None:
    completed = run_code("console.log('x'.repeat(5e6)); console.error('y'.repeat(1e6)); process.exit(1)")
    assert completed.stdout == "x" * 5_000_000 + "\n"
    assert completed.stderr == "y" * 1_000_000 + "\n"
    assert completed.returncode == 1


def test_output_to_a_slow_pipe_that_does_not_block_is_whole(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("for (let i = 0; i < 300; i++) console.log('z'.repeat(1000));", "utf-8")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen([*command, "run", str(tmp_path / "main.js")], stdout=writing) as child:
        os.close(writing)
        time.sleep(0.5)  # until the pipe is full, most likely
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.read() == (b"z" * 1000 + b"\n") * 300
        assert child.wait(20) == 0


def test_a_reader_that_goes_away_ends_the_program_quietly(start: Start) -> None:
    with start("for (;;) console.log('line');") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"line\n"
        child.stdout.close()
        assert child.wait(10) == 128 + signal.SIGPIPE
        assert child.stderr.read() == b""


def test_output_of_both_streams_keeps_its_order(run_code: Run) -> None:
    code = "for (let i = 0; i < 100; i++) { console.log(i); console.error(i); }"
    completed = run_code(code, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, capture_output=False)
    assert completed.stdout.split() == [str(number) for number in range(100) for _ in range(2)]


def test_a_closed_standard_output_is_no_error(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(
        "console.log('x'); console.error('still here'); process.exit(6)", "utf-8"
    )
    completed = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", *command, "run", str(tmp_path / "main.js")],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    assert (completed.stderr, completed.returncode) == ("still here\n", 6)

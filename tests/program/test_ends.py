"""How programs end: exit codes, limits, signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[bytes]"]
Told = Callable[["subprocess.CompletedProcess[str]"], list[str]]

SIGNATURE = re.compile(r"^isolates v\S+ \(V8 \d+\.\d+\.\d+\.\d+\)$")


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


def test_a_file_that_is_not_there(told: Told, run: Run, tmp_path: Path) -> None:
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


# --- Limits and signals ---


def test_the_memory_limit_ends_the_program_and_says_so(run_code: Run) -> None:
    completed = run_code(
        "const all = []; for (;;) all.push(new Array(1000).fill({}));", options=("--memory-limit", "32")
    )
    fatal = "\nFATAL ERROR: Isolate was disposed during execution due to memory limit\n"
    assert completed.stderr.startswith(fatal)
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
    (tmp_path / "main.js").write_text("console.log(process.pid); for (;;);", "utf-8")
    whole = ["bash", "-c", '"$@"; echo $?', "bash", *command, "run", str(tmp_path / "main.js")]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        os.kill(int(shell.stdout.readline()), signal.SIGINT)
        assert shell.stdout.read() == "130\n"


def test_ctrl_c_stays_ignored_where_it_was(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(
        "console.log(process.pid); setTimeout(console.log, 200, 'end')", "utf-8"
    )
    whole = ["bash", "-c", 'trap "" INT; exec "$@"', "bash", *command, "run", str(tmp_path / "main.js")]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        os.kill(int(child.stdout.readline()), signal.SIGINT)
        assert child.stdout.read() == "end\n"
        assert child.wait(10) == 0


def test_a_timeout_ends_a_program_whose_output_nobody_reads(start: Start) -> None:
    with start("for (;;) console.log('x'.repeat(100000));", "--timeout", "0.5") as child:
        assert child.wait(20) == 124

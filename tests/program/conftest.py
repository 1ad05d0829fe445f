"""Programs are run by the real command, in child processes with a deadline."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"
DEADLINE_S = 30.0

Completed = subprocess.CompletedProcess[str]
Run = Callable[..., Completed]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-X", "faulthandler", "-m", "isolates"]


@pytest.fixture
def run(command: list[str]) -> Run:
    """Runs `isolates run ARGUMENTS`; settings are those of subprocess.run."""

    def run(*arguments: object, **settings: Any) -> Completed:
        settings = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": DEADLINE_S, **settings}
        whole = [*command, "run", *map(str, arguments)]
        return subprocess.run(whole, check=False, encoding="utf-8", errors="surrogateescape", **settings)

    return run


@pytest.fixture
def run_code(run: Run, tmp_path: Path) -> Run:
    """Runs a program given as text; it lies as main.js in the test's folder."""

    def run_code(code: str, *arguments: object, options: tuple[str, ...] = (), **settings: Any) -> Completed:
        file = tmp_path / "main.js"
        file.write_text(code, encoding="utf-8")
        return run(*options, file, *arguments, **settings)

    return run_code


@pytest.fixture
def start(command: list[str], tmp_path: Path) -> Start:
    """Starts a program given as text, and does not wait for it."""

    def start(code: str, *options: str) -> subprocess.Popen[bytes]:
        file = tmp_path / "main.js"
        file.write_text(code, encoding="utf-8")
        whole = [*command, "run", *options, str(file)]
        return subprocess.Popen(
            whole, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return start


@pytest.fixture
def told() -> Callable[[Completed], list[str]]:
    """What standard error says of an error, without the last line, which says who we are."""

    def told(completed: Completed) -> list[str]:
        lines = completed.stderr.rstrip("\n").split("\n")
        assert re.match(r"^isolates v\S+ \(V8 [\d.]+\)$", lines[-1]), completed.stderr
        assert lines[-2] == ""
        return lines[:-2]

    return told


@pytest.fixture
def passes(run: Run) -> Callable[..., None]:
    """Runs a program of programs/ that checks itself and then prints "pass"."""

    def passes(program: str, *options: str) -> None:
        completed = run(*options, PROGRAMS / program)
        assert completed.stderr == ""
        assert completed.stdout == "pass\n"
        assert completed.returncode == 0

    return passes


@pytest.fixture
def prints(run: Run) -> Callable[[str], list[str]]:
    """Runs a program of programs/; the lines that it printed."""

    def prints(program: str) -> list[str]:
        completed = run(PROGRAMS / program)
        assert (completed.stderr, completed.returncode) == ("", 0)
        return completed.stdout.splitlines()

    return prints

"""Options of the kernel: on the command line, in a file, from Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import Kernel, stop_kernel

BASE = [sys.executable, "-m", "isolates.kernel"]


def test_command_line(start_kernel: Callable[..., Any], tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as log:
        kernel = start_kernel(
            arguments=["--timeout", "0.3", "--memory=16", "--main-memory=200", "--log-level=INFO"], stderr=log
        )
        run = kernel.fails("for (;;);")
        assert (run.error["ename"], "0.3" in run.error["evalue"]) == ("ScriptTimeoutError", True)
        assert kernel.fails("await new Promise(() => {})").error["ename"] == "ScriptTimeoutError"
        long = "const until = Date.now() + 400; while (Date.now() < until); 'done'"
        assert kernel.ok(f"%%isolate main --timeout 20\n{long}").result == "'done'"
        assert kernel.ok("%%python\nmanager.get('main').memory_mb").result == "200.0"
        kernel.ok("%%isolate a\n1")
        kernel.ok("%%isolate b --memory 32\n1")
        memory = "manager.get('a').memory_mb, manager.get('b').memory_mb"
        assert kernel.ok(f"%%python\n{memory}").result == "(16.0, 32.0)"
        kernel.fails("%%isolate b --timeout 20\nconst all = []; for (;;) all.push(new Array(1000).fill({}))")
        stop_kernel(kernel)
    text = (tmp_path / "log").read_text()
    for line in (
        "isolate main: made, with 200 MB",
        "isolate a: made, with 16 MB",
        "isolate b: gone (memory limit)",
        "isolate a: gone (disposed)",
    ):
        assert line in text


def test_file(start_kernel: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    profile = tmp_path / "profile_default"
    profile.mkdir()
    lines = ("default_timeout = 0.25", "file_imports = ['main', 'l*']")
    text = "".join(f"c.IsolateKernel.{line}\n" for line in lines)
    (profile / "isolates_kernel_config.py").write_text(f"c = get_config()\n{text}")
    kernel = start_kernel()
    assert "0.25" in kernel.fails("for (;;);").error["evalue"]
    code = "get_ipython().kernel.runner.settings.may_import_files"
    assert (
        kernel.ok(f"%%python\n[{code}(name) for name in ('main', 'lib', 'a')]").result
        == "[True, True, False]"
    )
    stop_kernel(kernel)


def test_from_python(own_kernel: Kernel) -> None:
    own_kernel.ok(
        "%%python\n%config IsolateKernel.default_timeout = 0.2\n%config IsolateKernel.default_memory = 20"
    )
    assert "0.2" in own_kernel.fails("for (;;);").error["evalue"]
    own_kernel.ok("%%isolate a\n1")
    assert own_kernel.ok("%%python\nmanager.get('a').memory_mb").result == "20.0"
    own_kernel.ok("%await off")
    assert own_kernel.ok("%%python\n%config IsolateKernel.await_promises").result == "False"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--timeout", "soon"], ["default_timeout", "'soon'"]),
        (["--timeout", "0"], ["default_timeout", "0.0", "above 0"]),
        (["--memory", "4"], ["default_memory", "4.0", "between 8"]),
        (["--main-memory", "nan"], ["main_memory", "nan"]),
        (["--log-level", "LOUD"], ["log_level", "LOUD"]),
    ],
)
def test_what_is_wrong_is_named(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    done = subprocess.run([*BASE, *arguments], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr


def test_help() -> None:
    done = subprocess.run([*BASE, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for option in (
        "--timeout",
        "--memory",
        "--main-memory",
        "--file-imports",
        "--network",
        "--files",
        "--no-await",
        "--log-level",
    ):
        assert f"\n{option}" in done.stdout
    assert "pylab" not in done.stdout

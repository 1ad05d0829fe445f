"""Python kernels and terminals with `%load_ext isolates`: real ones, in processes of their own."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from jupyter_client.manager import KernelManager

DEADLINE_S = 30.0
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>]|\]0;[^\x07]*\x07)")
CONTROL_C = "\x03"


def kernel_tests() -> Any:
    """tests/kernel/conftest.py, whose client serves here too."""
    path = Path(__file__).parents[1] / "kernel" / "conftest.py"
    spec = importlib.util.spec_from_file_location("isolates_kernel_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = kernel_tests()


def running(manager: KernelManager, **options: Any) -> Any:
    """The kernel, started."""
    manager.client_factory = client.ValidatingClient
    manager.start_kernel(**options)
    channels = manager.client()
    channels.start_channels()
    channels.wait_for_ready(timeout=DEADLINE_S)
    return client.Kernel(manager, channels)


@pytest.fixture(scope="session", autouse=True)
def own_folders(jupyter_folders: Path) -> Path:
    return jupyter_folders


@pytest.fixture(scope="session")
def start_python() -> Callable[..., Any]:
    """Starts ipykernel."""

    def start(folder: Path | None = None) -> Any:
        manager = KernelManager(kernel_name="python3")
        return running(manager, cwd=None if folder is None else str(folder))

    return start


@pytest.fixture(scope="module")
def shared_notebook(start_python: Callable[..., Any]) -> Iterator[Any]:
    kernel = start_python()
    kernel.ok("%load_ext isolates")
    kernel.ok("%%isolate a\n1")
    yield kernel
    client.stop_kernel(kernel)


@pytest.fixture
def notebook(shared_notebook: Any) -> Iterator[Any]:
    """The module's notebook. Whatever a test did to it, it must still answer afterwards."""
    yield shared_notebook
    assert shared_notebook.ok("%%isolate main\n6 * 7").result == "42"
    shared_notebook.ok("%isolate main")


@pytest.fixture
def own_notebook(start_python: Callable[..., Any]) -> Iterator[Any]:
    """A Python kernel for one test, without the extension."""
    kernel = start_python()
    yield kernel
    if kernel.manager.has_kernel:
        client.stop_kernel(kernel)


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Starts what a KernelManager is for."""
    started: list[Any] = []

    def start(manager: KernelManager, **options: Any) -> Any:
        started.append(running(manager, **options))
        return started[-1]

    yield start
    for kernel in started:
        client.stop_kernel(kernel)


class Terminal:
    """IPython in a terminal: what a user types and sees, without colours."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=nocolor", *arguments],
            cwd=str(folder),
            env={**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            encoding="utf-8",
            timeout=DEADLINE_S,
            dimensions=(50, 200),
        )
        self.number = 0
        self.prompt()

    def prompt(self) -> str:
        """Waits for the next prompt; what came before it."""
        self.number += 1
        self.process.expect_exact(f"In [{self.number}]:")
        return ESCAPES.sub("", self.process.before).replace("\r", "")

    def type(self, text: str) -> None:
        self.process.send(text)

    def wait_for(self, text: str) -> str:
        """What came before the text."""
        self.process.expect_exact(text)
        return ESCAPES.sub("", self.process.before)

    def enter(self, code: str) -> None:
        """Sends a cell; two empty lines end a cell with a magic."""
        self.type(code.replace("\n", "\r") + ("\r\r\r" if "\n" in code else "\r"))
        self.process.expect_exact("\x1b[?2004l")  # The line editor has ended; what follows is output.

    def run(self, code: str) -> str:
        """What the cell has shown."""
        self.enter(code)
        return self.prompt().strip()

    def interrupt(self) -> float:
        """Ctrl-C; how long it took until the next prompt, whose text is in `process.before`."""
        before = time.monotonic()
        self.type(CONTROL_C)
        self.prompt()
        return time.monotonic() - before

    def leave(self) -> float:
        """How long it took to end."""
        before = time.monotonic()
        self.type("exit\r")
        self.process.expect(pexpect.EOF)
        self.process.close()
        assert self.process.exitstatus == 0
        return time.monotonic() - before


@pytest.fixture
def start_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    started = []

    def start(*arguments: str) -> Terminal:
        started.append(Terminal(tmp_path, *arguments))
        return started[-1]

    yield start
    for terminal in started:
        terminal.process.close(force=True)


@pytest.fixture
def terminal(start_terminal: Callable[..., Terminal]) -> Terminal:
    """IPython with the extension."""
    terminal = start_terminal()
    assert terminal.run("%load_ext isolates") == ""
    return terminal

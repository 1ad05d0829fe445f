"""`jupyter console`, in a terminal of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

DEADLINE_S = 60
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")
# As slow as the machine may be, the console asks the kernel whether a cell is complete.
PATIENCE = f"--ZMQTerminalInteractiveShell.kernel_is_complete_timeout={DEADLINE_S}"
ENTER, TAB, END_OF_FILE = "\r", "\t", "\x04"


class Console:
    """What a user sees and types. Prompts are found by their numbers, and texts without colours."""

    def __init__(self, folder: Path) -> None:
        environment = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = pexpect.spawn(
            "/usr/bin/env",
            [
                *(f"{name}={value}" for name, value in environment.items()),
                *(sys.executable, "-m", "jupyter_console", "--kernel", "isolates", PATIENCE),
            ],
            cwd=str(folder),
            encoding="utf-8",
            timeout=DEADLINE_S,
            dimensions=(50, 200),
        )
        self.banner = self.prompt(1)

    def prompt(self, number: int) -> str:
        """Waits for the prompt with this number; what came before it."""
        self.process.expect(rf"In \[(\x1b\[[0-9;]*m)*{number}(\x1b\[[0-9;]*m)*\]: ")
        return ESCAPES.sub("", self.process.before)

    def type(self, text: str) -> None:
        self.process.send(text)

    def wait_for(self, text: str) -> None:
        self.process.expect(text)

    def run(self, code: str, number: int, shows: str) -> None:
        """Runs a cell of one line, which shows a text, and waits for the prompt with this number.

        The console takes an "idle" that comes late, of whether the cell is complete, for the cell's end. Then
        the output comes below the prompt.
        """
        self.type(code + ENTER)
        self.wait_for(r"\x1b\[\?2004l")  # The line editor has ended; what follows is output.
        if shows not in self.prompt(number):
            self.wait_for(re.escape(shows))


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Callable[[], Console]]:
    started = []

    def start() -> Console:
        started.append(Console(tmp_path))
        return started[-1]

    yield start
    for one in started:
        one.process.close(force=True)


def test_a_session_in_the_console(console: Callable[[], Console]) -> None:
    terminal = console()
    assert "JavaScript on V8" in terminal.banner
    assert "%%isolate" in terminal.banner
    terminal.run("let n = 6; n * 7", 2, shows="42")
    terminal.run("console.log('a' + 'b')", 3, shows="ab")
    terminal.run("nowhere", 4, shows="ReferenceError")

    # Brackets that are open ask for more lines; what closes them runs the cell.
    terminal.type("function twice(n) {" + ENTER)
    terminal.wait_for(r"\.\.\.: ")
    terminal.type("return 2 * n }" + ENTER)
    terminal.prompt(5)
    terminal.run("twice(n)", 6, shows="12")

    terminal.type("twi" + TAB)
    terminal.wait_for("ce")
    terminal.run("(50)", 7, shows="100")

    terminal.type("console.log('g' + 'o'); for (;;);" + ENTER)
    terminal.wait_for("go\r")
    terminal.process.sendintr()
    terminal.wait_for("KeyboardInterrupt")
    terminal.prompt(8)
    terminal.run("n", 9, shows="6")  # The state is kept.

    # `exit` ends both, the console and its kernel.
    terminal.type("exit" + ENTER)
    terminal.wait_for(pexpect.EOF)
    terminal.process.wait()
    assert terminal.process.exitstatus == 0


def test_the_console_asks_before_it_ends(console: Callable[[], Console]) -> None:
    terminal = console()
    terminal.type(END_OF_FILE)
    terminal.wait_for("Do you really want to exit")
    terminal.type("y" + ENTER)
    terminal.wait_for(pexpect.EOF)

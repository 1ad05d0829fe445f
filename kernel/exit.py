"""How a user leaves the kernel: `exit` and `quit`, as a cell or as magics."""

from __future__ import annotations

import argparse
import re
from typing import Any

from isolates.magics.cell import Body
from isolates.magics.magic import Magic
from isolates.magics.parser import MagicParser

# What IPython and Node's REPL know. As JavaScript it would be an error, unless there is such a variable.
_EXIT = re.compile(r"\.exit|(exit|quit)\s*(?:\(\s*\)\s*)?;?")


def exit_word(code: str) -> str | None:
    """Which word the cell asks to leave with; None if it doesn't."""
    match = _EXIT.fullmatch(code.strip())
    return None if match is None else match[1] or ".exit"


def _make(name: str) -> Magic:
    parser = MagicParser(
        f"%{name}",
        "Leave the console, and end the kernel.\n\n"
        "All isolates end with it. In a notebook the server then starts a new kernel. A cell that is only "
        "`exit`, `quit`, `exit()` or `.exit` does the same, unless the word is a variable of yours.",
        f"%{name}\n%{name} --keep-kernel",
    )
    parser.add_argument(
        "--keep-kernel",
        action="store_true",
        help="leave the console only: jupyter console --existing returns",
    )
    return Magic(name, "line", parser, _exit)


async def _exit(host: Any, options: argparse.Namespace, body: Body) -> None:
    host.exit(options.keep_kernel)


EXITS = (_make("exit"), _make("quit"))

"""%%python and %python: Python beside the JavaScript."""

from __future__ import annotations

import argparse
from typing import Any

from isolates.magics.cell import Body
from isolates.magics.magic import HELP_WORDS, Magic
from isolates.magics.parser import MagicParser

_CELL_TEXT = """Run the cell as Python, in the kernel's own IPython.

All of IPython is there: display, await, widgets, its magics, `!` and `?`. So are `isolates` (the package),
`manager` (the isolates by name) and each isolate under its own name, unless one of your variables has it.

manager['a']['x'] is the variable x of the isolate a, manager['a'].context('c')['x'] that of another
context; both can be assigned to. Values are copied, functions arrive as functions; an
isolates.SharedArrayBuffer is the same memory on both sides, and numpy.frombuffer(buffer) an array in it.

manager['a'].eval_sync(code) waits for JavaScript, `await manager['a'].eval(code)` lets the kernel go on
meanwhile. The stop button ends both, and Python."""

_LINE_TEXT = "Run the rest of the line as Python, and show its value.\n\nThe same as a cell of %%python."


async def _run_line(host: Any, options: argparse.Namespace, body: Body) -> None:
    await host.run_python(options.code)


async def _run_cell(host: Any, options: argparse.Namespace, body: Body) -> None:
    raise AssertionError("the kernel gives the whole cell to IPython")


def _words(line: str) -> list[str]:
    """All of the line is one word, also if it begins as an option does."""
    return ["--", line] if line.startswith("-") and line not in HELP_WORDS else [line] if line else []


def _make_line() -> Magic:
    parser = MagicParser("%python", _LINE_TEXT, "%python x = manager['a']['x']\n%python x + 1")
    parser.add_argument("code", metavar="CODE", help="Python")
    return Magic("python", "line", parser, _run_line, _words)


def _make_cell() -> Magic:
    parser = MagicParser(
        "%%python",
        _CELL_TEXT,
        "%%python\nimport numpy as np\nmanager['a']['data'] = np.arange(10.0)\n"
        "manager['a'].eval_sync('data.reduce((sum, x) => sum + x)')",
    )
    return Magic("python", "cell", parser, _run_cell, language="python")


PYTHON = (_make_line(), _make_cell())

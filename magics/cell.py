"""What a cell asks for: its JavaScript, and the isolate, context and limits of its `%%isolate` line."""

from __future__ import annotations

import argparse
import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from IPython.core.error import UsageError

MAIN = "main"

_NAME = re.compile(r"[A-Za-z_$][\w$.-]*")
# nbval's markers are Python comments; in JavaScript a line that starts with # is a syntax error.
_NBVAL_MARKER = re.compile(r"\s*(#+|//)\s*NBVAL_[A-Z_]+\s*")
_MAGIC_LINE = re.compile(r"%{1,2}\s*([\w.]*)(.*)")


@dataclass(frozen=True)
class Cell:
    """A cell, taken apart. Line n of `source` is line n + `line_offset` of the cell."""

    source: str
    line_offset: int = 0
    isolate: str = MAIN
    context: str = MAIN
    memory_mb: float | None = None
    timeout_s: float | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # argparse would end the process.
        raise UsageError(f"%%isolate: {message}\n{self.format_usage().strip()}")


def _name(kind: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not _NAME.fullmatch(text):
            raise argparse.ArgumentTypeError(
                f"{text!r} is no name for {kind}: a letter, _ or $ comes first, then digits, . and - too"
            )
        return text

    return check


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def _memory(text: str) -> float:
    value = _number(text)
    if not 8 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 8 and 1000000 (megabytes)")
    return value


def _timeout(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 1000000 (seconds)")
    return value


def _make_parser() -> _Parser:
    parser = _Parser(
        prog="%%isolate",
        description="Run the cell in the isolate NAME, which is made on first use.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("isolate", metavar="NAME", type=_name("an isolate"), help="the isolate")
    parser.add_argument(
        "--context",
        metavar="C",
        type=_name("a context"),
        default=MAIN,
        help="one of its contexts, made on first use",
    )
    parser.add_argument(
        "--memory", metavar="MB", type=_memory, help="its memory limit; given when it is made"
    )
    parser.add_argument("--timeout", metavar="T", type=_timeout, help="seconds that this cell may take")
    return parser


_PARSER = _make_parser()


def parse_magic(line: str) -> dict[str, Any]:
    """The options of an `%%isolate` line, without the magic's name. Raises UsageError."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%isolate: {line.strip()!r}: {error}") from None
    options = _PARSER.parse_args(words)
    return {
        "isolate": options.isolate,
        "context": options.context,
        "memory_mb": options.memory,
        "timeout_s": options.timeout,
    }


def _skip(lines: list[str], start: int) -> int:
    """Where the lines go on behind nbval's markers; start if there are none."""
    end = start
    for number in range(start, len(lines)):
        if _NBVAL_MARKER.fullmatch(lines[number]):
            end = number + 1
        elif lines[number].strip():
            break
    return end


def parse_cell(text: str) -> Cell:
    """Takes a cell apart. Raises UsageError, which names the option and its value, for a wrong magic line."""
    lines = text.split("\n")
    start = _skip(lines, 0)
    first = next((number for number in range(start, len(lines)) if lines[number].strip()), start)
    options: dict[str, Any] = {}
    magic = _MAGIC_LINE.fullmatch(lines[first].strip()) if first < len(lines) else None
    if magic is not None:
        if not lines[first].strip().startswith("%%isolate") or magic[1] != "isolate":
            name = lines[first].split()[0]
            raise UsageError(f"There is no magic {name!r} in this kernel; there is %%isolate.")
        options = parse_magic(magic[2])
        start = _skip(lines, first + 1)
    return Cell(source="\n".join(lines[start:]), line_offset=start, **options)

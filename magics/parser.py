"""The options of a magic, by argparse. What is wrong is a UsageError that names the option and its value."""

from __future__ import annotations

import argparse
import difflib
import keyword
import math
import re
import textwrap
from collections.abc import Callable
from typing import NoReturn

from IPython.core.error import UsageError

_WIDTH = 88
_EXAMPLES = "examples:"
_OPTION = re.compile(r"(--[A-Za-z][\w-]*|-[A-Za-z])(\S*)")
_NAME = re.compile(r"[A-Za-z_$][\w$.-]*")


class MagicParser(argparse.ArgumentParser):
    """The parser of one magic. `name` is written as users do: `%put`, `%%isolate`."""

    def __init__(self, name: str, description: str, examples: str = "") -> None:
        """The description's first line says in a list what the magic does; the examples end the help."""
        super().__init__(
            prog=name,
            description=description,
            epilog=f"{_EXAMPLES}\n{textwrap.indent(examples, '  ')}" if examples else None,
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        # From Python 3.14 on help is coloured where the environment asks for it, as ipykernel does.
        self.color = False

    @property
    def summary(self) -> str:
        return (self.description or "").split("\n")[0]

    def parse(self, words: list[str]) -> argparse.Namespace:
        """The options. Raises UsageError."""
        self._check_options(words)
        options, rest = self.parse_known_args(words)
        if rest:
            self.error(f"{rest[0]!r} is one too many")
        return options

    def _check_options(self, words: list[str]) -> None:
        """Names the option that is not there: argparse would speak of the word behind it, as an argument."""
        options = self._option_string_actions
        for word in words:
            if word == "--":
                return
            match = _OPTION.fullmatch(word)
            if match is None or match[1] in options:
                continue
            near = difflib.get_close_matches(word.partition("=")[0], options, n=1, cutoff=0.7)
            written = f" ({word})" if match[2] else ""
            meant = f": is {near[0]} meant?" if near else ""
            self.error(f"there is no option {match[1]}{written}{meant}")

    def error(self, message: str) -> NoReturn:
        # argparse would end the process.
        raise UsageError(f"{self.prog}: {message}\n{self.format_usage().strip()}")


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        # The terminal that argparse would ask is not the one where this is read.
        super().__init__(prog, max_help_position=26, width=_WIDTH)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLES):
            return text
        return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in text.split("\n\n"))


def check_name(kind: str, text: str) -> str:
    """The text if it can name an isolate, a context or a module; `kind` is which. Raises ValueError."""
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name for {kind}: a letter, _ or $ comes first, then digits, . and - too"
        )
    return text


def name_of(kind: str) -> Callable[[str], str]:
    """The type of an argument that is such a name."""

    def check(text: str) -> str:
        try:
            return check_name(kind, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return check


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value


def megabytes(text: str) -> float:
    """The type of a memory limit."""
    value = _number(text)
    if not 8 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 8 and 1000000 (megabytes)")
    return value


def count_to(most: int) -> Callable[[str], int]:
    """The type of a number of things, 1 to `most`."""

    def check(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,20}", text) or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {most}")
        return int(text)

    return check


def delay(text: str) -> float:
    """The type of a time after which something happens."""
    value = _number(text)
    if not 0 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 1000000 (seconds)")
    return value


def variable(text: str) -> str:
    """The type of a name that is to be a variable of Python's."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name for a variable of Python")
    return text


def seconds(text: str) -> float:
    """The type of a timeout."""
    value = _number(text)
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 1000000 (seconds)")
    return value

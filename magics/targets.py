"""Isolates as the user of a magic names them: `a,b`, `work*`, `w[0:8]`, `all`. Never evaluated as code."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from IPython.core.error import UsageError

from isolates.magics.cell import MAIN
from isolates.magics.parser import check_name

ALL = "all"

_RANGE = re.compile(r"(?P<stem>[^\[\]]*)\[(?P<first>\d{0,9})(?::(?P<end>\d{0,9})(?::(?P<step>\d{0,9}))?)?\]")
_DIGITS = re.compile(r"(\d+)")
_MOST = 1000


class Targets(NamedTuple):
    """What was written. `names` says which isolates that are, when the cell runs.

    Names and ranges say isolates that may be new; globs and `all` those that live.
    """

    text: str

    def names(self, living: Iterable[str]) -> list[str]:
        """Each once, in the order of writing. Raises UsageError for what means none."""
        living = sorted(living, key=natural)
        found: dict[str, None] = {}
        for piece in self.text.split(","):
            expanded = _expanded(piece, living)
            if not expanded:
                there = ", ".join(living) or "none"
                raise UsageError(f"TARGETS {piece!r}: no isolate that lives is meant; there is {there}")
            found.update(dict.fromkeys(expanded))
        return list(found)

    @property
    def only(self) -> str | None:
        """The name, if one isolate is named and nothing has to be looked up."""
        is_name = self.text != ALL and not any(sign in self.text for sign in ",*?[")
        return self.text if is_name else None

    @property
    def example(self) -> str | None:
        """One of them, if that can be said without looking."""
        piece = self.text.split(",")[0]
        match = _RANGE.fullmatch(piece)
        if match is not None:
            return f"{match['stem']}{_numbers(match)[0]}"
        return None if piece == ALL or "*" in piece or "?" in piece else piece


def targets(text: str) -> Targets:
    """The type of an argument that names isolates."""
    for piece in text.split(","):
        try:
            _check(piece)
        except ValueError as error:
            told = str(error) if repr(text) in str(error) else f"{text!r}: {error}"
            raise argparse.ArgumentTypeError(told) from None
    return Targets(text)


def _check(piece: str) -> None:
    if not piece:
        raise ValueError("a name is empty; names are written a,b without blanks")
    if "[" not in piece and "]" not in piece:
        # A star stands for what a name may have.
        check_name("an isolate", re.sub(r"[*?]", "x", piece))
        return
    match = _RANGE.fullmatch(piece)
    if match is None:
        raise ValueError(f"{piece!r} is no range; one is written a[0:8], a[0:8:2] or a[3]")
    check_name("an isolate", match["stem"])
    count = len(_numbers(match))
    if not 0 < count <= _MOST:
        raise ValueError(f"{piece!r} names {count} isolates, not 1 to {_MOST}")


def _numbers(match: re.Match[str]) -> range:
    if match["end"] is None:
        if not match["first"]:
            raise ValueError(f"{match[0]!r} has no number")
        return range(int(match["first"]), int(match["first"]) + 1)
    if not match["end"]:
        raise ValueError(f"{match[0]!r} has no end, and the names have none either")
    step = int(match["step"] or 1)
    if step == 0:
        raise ValueError(f"{match[0]!r} has a step of 0")
    return range(int(match["first"] or 0), int(match["end"]), step)


def _expanded(piece: str, living: Collection[str]) -> list[str]:
    match = _RANGE.fullmatch(piece)
    if match is not None:
        return [f"{match['stem']}{number}" for number in _numbers(match)]
    if piece == ALL:
        return [name for name in living if name != MAIN]
    if "*" in piece or "?" in piece:
        return [name for name in living if fnmatchcase(name, piece)]
    return [piece]


def natural(name: str) -> list[tuple[int, str]]:
    """w2 comes before w10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name)]

"""Places in source text: read from JavaScript's stacks, and shown with a caret."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_FRAME_START = re.compile(r"\s+at ")
# The end of a frame. Stacks are what code has made of them, so no pattern may try ways through a text.
_POSITION = re.compile(r":(\d{1,9}):(\d{1,9})\)?$")
_LONGEST_POSITION = 22
_LONGEST_FRAME = 5000
_OWN = "isolates:"
_LONGEST_LINE = 160


class Place(NamedTuple):
    """Where in which source; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def is_own(self) -> bool:
        """In a prelude."""
        return self.file.startswith(_OWN)


def frames_of(stack: str) -> list[tuple[str, Place | None]]:
    """The stack's frames as text and place, without those of the preludes."""
    found: list[tuple[str, Place | None]] = []
    for line in stack.split("\n"):
        if not _FRAME_START.match(line):
            continue
        text = line.strip().removeprefix("at ")
        place = _place_of(text)
        if place is None or not place.is_own:
            found.append((text, place))
    return found


def _place_of(frame: str) -> Place | None:
    """Of "f (In [3]:2:7)", "In [3]:2:7", "async In [3]:2:7"."""
    position = _POSITION.search(frame, max(0, len(frame) - _LONGEST_POSITION))
    if position is None or len(frame) > _LONGEST_FRAME:
        return None
    file = frame[: position.start()].rpartition(" (")[2].removeprefix("async ")
    return Place(file, int(position[1]), int(position[2]))


def excerpt(line: str, column: int) -> tuple[str, str]:
    """What can be shown of a source line around the column, and the blanks that go before a caret."""
    at = _characters_before(line, column - 1)
    if len(line) > _LONGEST_LINE:
        start = max(0, min(at - _LONGEST_LINE // 2, len(line) - _LONGEST_LINE))
        line, at = line[start : start + _LONGEST_LINE], at - start
    return line, "".join(map(_blank_like, line[:at]))


def _characters_before(line: str, units: int) -> int:
    """How many characters so many units of UTF-16 are, in which JavaScript counts."""
    if line.isascii():
        return units
    return len(line.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "replace"))


def _blank_like(char: str) -> str:
    """As wide as the character is shown."""
    if char == "\t":
        return char  # The reader's tab width says where the column is.
    if unicodedata.east_asian_width(char) in "WF":
        return "\u3000" if char < "\U00010000" else "  "  # the space of Chinese writing
    return "" if unicodedata.combining(char) else " "

"""Places in source text: read from JavaScript's stacks, and shown with a caret."""

from __future__ import annotations

import re
from dataclasses import dataclass

# "    at f (In [3]:2:7)", "    at In [3]:2:7", "    at async In [3]:2:7"
_FRAME = re.compile(r"^\s+at (?:(?P<call>.*) \()?(?P<place>(?P<file>.*?):(?P<line>\d+):(?P<column>\d+))\)?$")
_FRAME_START = re.compile(r"^\s+at ")
_OWN = "isolates:"
_LONGEST_LINE = 160


@dataclass(frozen=True)
class Place:
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
        match = _FRAME.match(line)
        if match is None:
            found.append((text, None))
            continue
        place = Place(match["file"].removeprefix("async "), int(match["line"]), int(match["column"]))
        if not place.is_own:
            found.append((text, place))
    return found


def excerpt(line: str, column: int) -> tuple[str, str]:
    """What can be shown of a source line around the column, and the blanks that go before a caret."""
    at = column - 1
    if len(line) > _LONGEST_LINE:
        start = max(0, min(at - _LONGEST_LINE // 2, len(line) - _LONGEST_LINE))
        line, at = line[start : start + _LONGEST_LINE], at - start
    # Tabs stay tabs, so that the caret stands where the reader's tab width puts the column.
    return line, "".join("\t" if char == "\t" else " " for char in line[:at])

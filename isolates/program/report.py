"""What a program's end by an error looks like: as in Node."""

from __future__ import annotations

from collections.abc import Mapping

from isolates import V8_VERSION, __version__
from isolates.places import Place, excerpt, frames_of


def signature() -> str:
    """The last line, where Node says its version."""
    return f"isolates v{__version__} (V8 {V8_VERSION})"


def report(
    text: str,
    stack: str,
    place: Place | None,
    source_line: str | None,
    width: int,
    sources: Mapping[str, str],
) -> str:
    """The place with its source line and carets, the error's text, and who says so.

    An error that was made in a prelude is shown where the program had called it.
    """
    if place is None or place.is_own:
        place = next((place for _, place in frames_of(stack) if place and place.file in sources), None)
        source_line, width = None, 1
    if place is not None and source_line is None:
        lines = sources.get(place.file, "").split("\n")
        source_line = lines[place.line - 1] if place.line <= len(lines) else None
    parts = [text, "", signature(), ""]
    if place is not None and source_line is not None:
        shown, blank = excerpt(source_line.rstrip("\r"), place.column)
        carets = "^" * max(1, min(width, len(shown) - len(blank)))
        parts = [f"{place.file}:{place.line}", shown, blank + carets, "", *parts]
    return "\n".join(parts)

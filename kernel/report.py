"""An error as a notebook shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isolates import JSError, JSSyntaxError, ThrownValueError, undefined
from isolates.places import Place, excerpt, frames_of
from isolates.text import well_formed

_SYNTAX_PLACE = re.compile(r" \[(?P<file>[^\[\]]*(?:\[[^\]]*\])?[^\[\]]*):(?P<line>\d+):(?P<column>\d+)\]$")
_BOUNDARY = "(<isolated-vm boundary>)"
_MOST_PARTS = 8

_RED = "\x1b[31m"
_DIM = "\x1b[2m"
_BOLD = "\x1b[1m"
_RESET = "\x1b[0m"


@dataclass(frozen=True)
class ErrorReport:
    """The content of an `error` message."""

    ename: str
    evalue: str
    traceback: list[str]

    def content(self) -> dict[str, object]:
        return {"ename": self.ename, "evalue": self.evalue, "traceback": self.traceback}

    def text(self) -> str:
        return "\n".join(self.traceback)


class ReportedError(Exception):
    """An error of another language, with its own report."""

    def __init__(self, report: ErrorReport) -> None:
        super().__init__(report.evalue)
        self.report = report


Sources = Mapping[str, Sequence[str]]


def make_report(error: BaseException, sources: Sources, name: str | None = None) -> ErrorReport:
    """The report of an error; `sources` has the lines of each cell by its file name."""
    ename = name if name is not None else _name(error)
    evalue = _message(error)
    head = f"{_RED}{ename}{_RESET}: {evalue}" if evalue else f"{_RED}{ename}{_RESET}"
    lines = [head, *_details(error, sources)]
    seen = {id(error)}
    while isinstance(error, JSError) and len(seen) <= _MOST_PARTS:
        for part in error.errors[:_MOST_PARTS]:
            lines.append(f"One of its errors: {_RED}{_name(part)}{_RESET}: {_message(part)}")
            lines.extend(_details(part, sources))
        cause = error.cause
        if isinstance(cause, BaseException):
            if id(cause) in seen:
                break
            seen.add(id(cause))
            lines.append(f"Caused by {_RED}{_name(cause)}{_RESET}: {_message(cause)}")
            lines.extend(_details(cause, sources))
            error = cause
        else:
            if cause is not None and cause is not undefined:
                lines.append(f"Caused by {_literal(cause)}")
            break
    return ErrorReport(well_formed(ename), well_formed(evalue), [well_formed(line) for line in lines])


def _name(error: BaseException) -> str:
    if isinstance(error, ThrownValueError):
        return "Uncaught"
    name = getattr(error, "name", None)
    return name if isinstance(name, str) and name else type(error).__name__


def _message(error: BaseException) -> str:
    if isinstance(error, ThrownValueError):
        return _literal(error.value)
    text = str(error)
    # The place is shown with its source line.
    return _SYNTAX_PLACE.sub("", text) if isinstance(error, JSSyntaxError) else text


def _literal(value: object) -> str:
    """A primitive as JavaScript writes it."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool):
        return str(value).lower()
    return "undefined" if value is undefined else "null" if value is None else str(value)


def _details(error: BaseException, sources: Sources) -> list[str]:
    stack = getattr(error, "stack", None)
    frames = frames_of(stack) if isinstance(stack, str) else []
    if frames and frames[0][0] == _BOUNDARY:
        del frames[0]  # an error that the host has made, and no JavaScript
    # A syntax error has no frame of its own. Where others were thrown says less than their first frame does,
    # since what an await throws was made elsewhere.
    places = [_thrown_at(error)] if isinstance(error, JSSyntaxError) else []
    places += [place for _, place in frames]
    places.append(_thrown_at(error))
    shown = next((place for place in places if place is not None and place.file in sources), None)
    lines = _excerpt(shown, sources) if shown is not None else []
    lines.extend(f"{_DIM}    at {text}{_RESET}" for text, _ in frames)
    return lines


def _thrown_at(error: BaseException) -> Place | None:
    if isinstance(error, JSSyntaxError) and error.filename is None:
        # One that has come through JavaScript: what a compiler of ours said to an import().
        match = _SYNTAX_PLACE.search(str(error))
        return Place(match["file"], int(match["line"]), int(match["column"])) if match is not None else None
    if not isinstance(error, JSError) or error.filename is None or error.line is None:
        return None
    return Place(error.filename, error.line, error.column or 1)


def _excerpt(place: Place, sources: Sources) -> list[str]:
    """The source line with a caret below the column."""
    source = sources.get(place.file, ())
    if not 1 <= place.line <= len(source):
        return [f"{_BOLD}{place}{_RESET}"]
    line, blank = excerpt(source[place.line - 1], place.column)
    return [f"{_BOLD}{place}{_RESET}", f"  {line}", f"  {blank}{_RED}^{_RESET}"]

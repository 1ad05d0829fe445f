"""An error as a notebook shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from isolates import JSError, JSSyntaxError, ThrownValueError, undefined
from isolates.kernel.hints import hint_for, hint_for_syntax
from isolates.places import Place, excerpt, frames_of
from isolates.text import literal, without_controls

_POSITION = re.compile(r":(\d{1,9}):(\d{1,9})\]$")
_LONGEST_POSITION = 22
_BOUNDARY = "(<isolated-vm boundary>)"
_MOST_PARTS = 16
# In characters. A page lays all of it out at once.
_LONGEST_MESSAGE = 100_000
_LONGEST_STACK = 100_000
_LONGEST_HINTED = 200
_MAGIC = re.compile(r"\s*%{1,2}[A-Za-z_]")
_ABOUT_MAGICS = (
    "Magics come first in a cell, before code and comments, and one that begins with %% comes alone."
)

_RED = "\x1b[31m"
_DIM = "\x1b[2m"
_BOLD = "\x1b[1m"
_RESET = "\x1b[0m"


class ErrorReport(NamedTuple):
    """The content of an `error` message."""

    ename: str
    evalue: str
    traceback: list[str]

    def content(self) -> dict[str, object]:
        return {"ename": self.ename, "evalue": self.evalue, "traceback": self.traceback}

    def text(self) -> str:
        return "\n".join(self.traceback)


class ReportedError(Exception):
    """An error of another language, or `error`, with its own report."""

    def __init__(self, report: ErrorReport, error: BaseException | None = None) -> None:
        super().__init__(report.evalue)
        self.report = report
        self.error = error


Sources = Mapping[str, Sequence[str]]


def make_report(error: BaseException, sources: Sources, name: str | None = None) -> ErrorReport:
    """The report of an error; `sources` has the lines of each cell by its file name."""
    ename = name if name is not None else _name(error)
    evalue = _message(error)
    lines = [_head_of(ename, evalue), *_body(error, sources, set())]
    return ErrorReport(
        without_controls(ename), without_controls(evalue), [without_controls(line) for line in lines]
    )


def name_and_message(error: BaseException) -> tuple[str, str]:
    """As in its report; `Uncaught` is the name of what is no Error."""
    return without_controls(_name(error)), without_controls(_message(error))


def uncaught_text(error: BaseException, sources: Sources, where: str = "") -> str:
    """What stderr says of an error that no cell waits for, as Node does; `where` it was thrown."""
    lines = [f"Uncaught {where}{_head(error)}", *_body(error, sources, set())]
    return without_controls("\n".join(lines) + "\n")


def _body(error: BaseException, sources: Sources, told: set[tuple[object, ...]]) -> list[str]:
    """Where it was thrown, its errors and its causes. `told`: the errors so far."""
    lines = _details(error, sources)
    told.add(_key(error))
    if not isinstance(error, JSError) or len(told) > _MOST_PARTS:
        return lines
    for part in error.errors[:_MOST_PARTS]:
        lines += [f"One of its errors: {_head(part)}", *_body(part, sources, told)]
    if len(error.errors) > _MOST_PARTS:
        lines.append(f"... and {len(error.errors) - _MOST_PARTS} more errors")
    cause = error.cause
    if isinstance(cause, BaseException):
        if _key(cause) in told:
            lines.append(f"Caused by {_head(cause)}, as above")
        else:
            lines += [f"Caused by {_head(cause)}", *_body(cause, sources, told)]
    elif cause is not None and cause is not undefined and error._label is None:  # else a detail
        lines.append(f"Caused by {_literal(cause)}")
    return lines


def _head(error: BaseException) -> str:
    return _message(error) if _is_value(error) else _head_of(_name(error), _message(error))


def _head_of(name: str, message: str) -> str:
    return f"{_RED}{name}{_RESET}: {message}" if message else f"{_RED}{name}{_RESET}"


def _key(error: BaseException) -> tuple[object, ...]:
    # Of an error that is its own cause there is a copy for each time that it was met.
    return type(error), str(error), getattr(error, "stack", None)


def _is_value(error: BaseException) -> bool:
    """Whether JavaScript threw something that is no Error."""
    if isinstance(error, JSError) and error._label is None and error._details is not None:
        return True
    return isinstance(error, ThrownValueError)


def _name(error: BaseException) -> str:
    if _is_value(error):
        return "Uncaught"
    if isinstance(error, JSError) and error._label is not None:
        return _cut(error._label)
    name = getattr(error, "name", None)
    return _cut(name) if isinstance(name, str) and name else type(error).__name__


def _message(error: BaseException) -> str:
    if _is_value(error):
        details = getattr(error, "_details", None)
        return details if isinstance(details, str) else _cut(_literal(getattr(error, "value", None)))
    text = str(error)
    if isinstance(error, JSSyntaxError):
        # The place is shown with its source line.
        text, _ = _split_place(text)
    return _cut(text)


def _split_place(text: str) -> tuple[str, Place | None]:
    """The message of a syntax error without the place in brackets that it ends with, and that."""
    position = _POSITION.search(text, max(0, len(text) - _LONGEST_POSITION))
    if position is None:
        return text, None
    head = text[: position.start()]
    start = head.rfind(" [")
    if start >= 0 and "]" in head[start:]:
        start = head.rfind(" [", 0, start)  # the name of the file has brackets too: "In [3]"
    if start < 0:
        return text, None
    return head[:start], Place(head[start + 2 :], int(position[1]), int(position[2]))


def _cut(text: str) -> str:
    left_out = len(text) - _LONGEST_MESSAGE
    return text if left_out <= 0 else f"{text[:_LONGEST_MESSAGE]}... {left_out} more characters"


def _literal(value: object) -> str:
    """A primitive as JavaScript writes it."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool):
        return str(value).lower()
    return "undefined" if value is undefined else "null" if value is None else literal(value)


def _details(error: BaseException, sources: Sources) -> list[str]:
    stack = getattr(error, "stack", None)
    frames = frames_of(stack[:_LONGEST_STACK]) if isinstance(stack, str) else []
    if frames and frames[0][0] == _BOUNDARY:
        del frames[0]  # an error that the host has made, and no JavaScript
    # A syntax error has no frame of its own. Where others were thrown says less than their first frame does,
    # since what an await throws was made elsewhere.
    thrown_at = _thrown_at(error)
    places = [thrown_at] if isinstance(error, JSSyntaxError) else []
    places += [place for _, place in frames]
    lines = next((found for place in places if place is not None and (found := _excerpt(place, sources))), [])
    if not lines and thrown_at is not None and not thrown_at.is_own:
        known = getattr(error, "source_line", None)
        lines = _excerpt(thrown_at, sources) or (_marked(thrown_at, known) if known else [])
    hint = None
    if isinstance(error, JSSyntaxError) and thrown_at is not None:
        source_line = _source_line(thrown_at, sources) or ""
        hint = _ABOUT_MAGICS if _MAGIC.match(source_line) else hint_for_syntax(source_line, thrown_at.column)
    if hint is None and isinstance(error, JSError):
        hint = hint_for(str(error)[:_LONGEST_HINTED])
    if hint is not None:
        lines.append(hint)
    lines.extend(f"{_DIM}    at {text}{_RESET}" for text, _ in frames)
    if isinstance(error, JSError) and error._details is not None and not _is_value(error):
        lines.extend(f"  {line}" for line in error._details.split("\n"))
    return lines


def _thrown_at(error: BaseException) -> Place | None:
    if isinstance(error, JSSyntaxError) and error.filename is None:
        # One that has come through JavaScript: what a compiler of ours said to an import().
        return _split_place(str(error))[1]
    if not isinstance(error, JSError) or error.filename is None or error.line is None:
        return None
    return Place(error.filename, error.line, error.column or 1)


def _excerpt(place: Place, sources: Sources) -> list[str]:
    """The source line with a caret below the column; nothing if there is no such line."""
    line = _source_line(place, sources)
    return _marked(place, line) if line is not None else []


def _source_line(place: Place, sources: Sources) -> str | None:
    lines = sources.get(place.file, ())
    return lines[place.line - 1] if 1 <= place.line <= len(lines) else None


def _marked(place: Place, source_line: str) -> list[str]:
    line, blank = excerpt(source_line.rstrip("\r"), place.column)
    return [f"{_BOLD}{place}{_RESET}", f"  {line}", f"  {blank}{_RED}^{_RESET}"]

"""Completion and inspection in `%%python` cells, by an IPython that sees other text than the frontend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isolates.kernel.python_cells import python_of

Reply = dict[str, Any]


def complete_python(ask: Callable[[str, int], Reply], code: str, position: int) -> Reply:
    """The content of a complete_reply. `ask` is IPython's answer for a text and a position."""
    python = python_of(code)
    # What stands before the body is not as long there.
    shift = len(python) - len(code)
    reply = ask(python, max(0, position + shift))
    types = reply["metadata"].get("_jupyter_types_experimental", [])
    for place in (*types, reply):
        for key in ("start", "end", "cursor_start", "cursor_end"):
            if key in place:
                place[key] -= shift
    return reply


def inspect_python(ask: Callable[[str, int], Reply], code: str, position: int) -> Reply:
    """The content of an inspect_reply."""
    python = python_of(code)
    return ask(python, max(0, position + len(python) - len(code)))

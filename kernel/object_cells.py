"""Cells that are nothing but an object literal, which JavaScript would take for a block."""

from __future__ import annotations

import re
from dataclasses import replace

from isolates import JSSyntaxError
from isolates.kernel.tools import Tools
from isolates.magics.cell import Cell

# Comments may stand before. A semicolon at the end says that it is a block, as in Node's REPL.
_MAY_BE = re.compile(r"\s*(?:(?://[^\n]*\n|/\*.*?\*/)\s*)*\{.*\}\s*", re.DOTALL)
_MOST_CHARACTERS = 1 << 20


def may_be_object(source: str) -> bool:
    """Whether `object_cell` is worth asking."""
    return len(source) <= _MOST_CHARACTERS and _MAY_BE.fullmatch(source) is not None


def object_cell(tools: Tools, cell: Cell) -> Cell:
    """The cell in parentheses if that makes it an object literal, as Node's REPL has it. Blocks.

    The parentheses have lines of their own, so the places of errors stay.
    """
    wrapped = f"(\n{cell.source}\n)"
    try:
        if not tools.is_object(wrapped):
            return cell
    except JSSyntaxError:
        return cell
    return replace(cell, source=wrapped, line_offset=cell.line_offset - 1)

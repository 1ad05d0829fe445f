"""`import` declarations in cells, which V8 takes in modules only."""

from __future__ import annotations

import asyncio
import re

from isolates import JSSyntaxError
from isolates.kernel.cells import OpenCell
from isolates.kernel.session import Session
from isolates.kernel.tools import Tools
from isolates.magics.cell import Cell

# So that cells without imports pay nothing. Strings and comments may match too. Each line is looked at alone,
# or many empty ones would take for ever.
_MAY_HAVE = re.compile(r"\bimport\b\s*[^\s(.:,)}=;]|^[^\S\n]*export\b\s*[{*\w]", re.MULTILINE)
_DECLARATION = re.compile(r"(?:^|[;}])[^\S\n]*(?:import|export)\b", re.MULTILINE)


class CellImports:
    """Takes the declarations out of a cell.

    They are compiled as a module of their own, at their places, so that V8 links and reports them; what they
    declare becomes constants of the session, before the rest of the cell runs.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def take(self, session: Session, cell: Cell, opened: OpenCell) -> str:
        """The cell without its import declarations, which have been carried out. Lines and columns stay."""
        if _MAY_HAVE.search(cell.source) is None:
            return cell.source
        filename = opened.origin.name
        try:
            parts = await asyncio.to_thread(self._tools.split_cell, cell.source)
        except JSSyntaxError:
            # V8's own words for what is wrong; unless V8 knows more of the language.
            if _DECLARATION.search(cell.source):
                await asyncio.to_thread(self._tools.check_module, cell.source, filename, cell.line_offset)
            return cell.source
        if "export" in parts:
            raise _no_export(parts["export"], cell, filename)
        if not parts["count"]:
            return cell.source
        specifier = await session.cells_as_modules.declare(
            parts["module"], filename, cell.line_offset, cell.timeout_s
        )
        names = parts["names"]
        try:
            await session.bind_imports(names, specifier, opened)
        except JSSyntaxError as error:
            place = parts["places"].get(next((name for name in names if f"'{name}'" in str(error)), ""))
            if place is not None:
                error.filename, error.line = filename, place["line"] + cell.line_offset
                error.column = place["column"] + 1
            raise
        return str(parts["rest"])


def _no_export(place: dict[str, int], cell: Cell, filename: str) -> JSSyntaxError:
    error = JSSyntaxError(
        "A cell has nothing to export to. A cell that begins with %%module NAME is a module, from which "
        "others can import"
    )
    error.filename, error.line = filename, place["line"] + cell.line_offset
    error.column = place["column"] + 1
    return error

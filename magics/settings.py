"""What holds for all cells of a session that say nothing else."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from traitlets import Bool, Float, HasTraits, List, Unicode

from isolates.magics.cell import MAIN, Cell


class Settings(HasTraits):
    """Changed by the user at any time; read when a cell starts."""

    timeout_s = Float(None, allow_none=True)
    await_promises = Bool(True)
    file_imports = List(Unicode(), [MAIN])
    trusted_display = List(Unicode(), [MAIN])

    def applied(self, cell: Cell) -> Cell:
        """The cell, with what it left to the settings."""
        return replace(
            cell,
            timeout_s=self.timeout_s if cell.timeout_s is None else cell.timeout_s,
            await_promises=self.await_promises if cell.await_promises is None else cell.await_promises,
        )

    def may_import_files(self, isolate: str) -> bool:
        """Whether cells of the isolate of that name can import files and packages."""
        return any(fnmatchcase(isolate, pattern) for pattern in self.file_imports)

    def may_display(self, isolate: str) -> bool:
        """Whether what the isolate of that name shows may run in the page: HTML, SVG, Markdown ..."""
        return any(fnmatchcase(isolate, pattern) for pattern in self.trusted_display)

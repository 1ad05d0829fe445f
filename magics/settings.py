"""What holds for all cells of a session that say nothing else."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from traitlets import Bool, Dict, Enum, Float, HasTraits, List, TraitError, Unicode, observe, validate

from isolates.magics.cell import MAIN, Cell, Place
from isolates.magics.named_isolate import DEFAULT_MEMORY_MB
from isolates.magics.parser import check_name


class Settings(HasTraits):
    """Changed by the user at any time; read when a cell starts."""

    isolate = Unicode(MAIN)
    context = Unicode(MAIN)
    timeout_s = Float(None, allow_none=True)
    timeouts = Dict(value_trait=Float(allow_none=True), key_trait=Unicode())  # of isolates by name
    memory_mb = Float(DEFAULT_MEMORY_MB)
    await_promises = Bool(True)
    block = Bool(True)
    group_outputs = Enum(["type", "target", "order"], "type")
    progress_after_s = Float(5.0)
    file_imports = List(Unicode(), [MAIN])
    trusted_display = List(Unicode(), [MAIN])
    network = List(Unicode(), [MAIN])
    files = List(Unicode(), [MAIN])

    @property
    def current(self) -> Place:
        """Where cells run, and options look, that say nothing else."""
        return Place(self.isolate, self.context)

    def move(self, place: Place) -> None:
        """Makes the place the current one."""
        self.isolate, self.context = place

    def applied(self, cell: Cell) -> Cell:
        """The cell, with what it left to the settings."""
        return cell._replace(
            timeout_s=self.timeout_of(cell.isolate) if cell.timeout_s is None else cell.timeout_s,
            await_promises=self.await_promises if cell.await_promises is None else cell.await_promises,
        )

    def timeout_of(self, isolate: str) -> float | None:
        """How many seconds a cell of that isolate may take; None for no limit."""
        return self.timeouts.get(isolate, self.timeout_s)

    def forget(self, isolate: str) -> None:
        """What was set for the isolate of that name is set no more."""
        self.timeouts = {name: value for name, value in self.timeouts.items() if name != isolate}

    def may_import_files(self, isolate: str) -> bool:
        """Whether cells of the isolate of that name can import files and packages."""
        return any(fnmatchcase(isolate, pattern) for pattern in self.file_imports)

    def may_display(self, isolate: str) -> bool:
        """Whether what the isolate of that name shows may run in the page: HTML, SVG, Markdown ...

        And whether a terminal may obey what it prints.
        """
        patterns = self.trusted_display
        # Asked for each line that is printed.
        return isolate in patterns or any(fnmatchcase(isolate, pattern) for pattern in patterns)

    def may_fetch(self, isolate: str) -> bool:
        """Whether the isolate of that name has fetch()."""
        return any(fnmatchcase(isolate, pattern) for pattern in self.network)

    def may_use_files(self, isolate: str) -> bool:
        """Whether the isolate of that name has fs: reads, writes and removes what its user may."""
        return any(fnmatchcase(isolate, pattern) for pattern in self.files)

    @observe("isolate")
    def _start_in_main(self, change: object) -> None:
        self.context = MAIN

    @validate("isolate", "context")
    def _check_name(self, proposal: dict[str, Any]) -> str:
        kind = "an isolate" if proposal["trait"].name == "isolate" else "a context"
        try:
            return check_name(kind, proposal["value"])
        except ValueError as error:
            raise TraitError(str(error)) from None

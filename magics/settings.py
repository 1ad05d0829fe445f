"""What holds for all cells of a session that say nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isolates.magics.cell import Cell


@dataclass
class Settings:
    """Changed by the user at any time; read when a cell starts."""

    timeout_s: float | None = None
    await_promises: bool = True

    def applied(self, cell: Cell) -> Cell:
        """The cell, with what it left to the settings."""
        return replace(
            cell,
            timeout_s=self.timeout_s if cell.timeout_s is None else cell.timeout_s,
            await_promises=self.await_promises if cell.await_promises is None else cell.await_promises,
        )

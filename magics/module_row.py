"""A module, as a kernel tells of it."""

from __future__ import annotations

from typing import NamedTuple


class ModuleRow(NamedTuple):
    """A module of a context. `kind` is ES, CommonJS, JSON, cell, data or built-in."""

    name: str
    file: str
    kind: str
    state: str

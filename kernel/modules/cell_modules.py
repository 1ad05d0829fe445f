"""The cells that %%module has named, for all isolates of the kernel."""

from __future__ import annotations

import itertools
import threading
from typing import NamedTuple

PREFIX = "cell:"


class CellModule(NamedTuple):
    """A cell as a module. `version` is another one each time that a cell is given the name."""

    name: str
    source: str
    filename: str
    line_offset: int
    version: int

    @property
    def key(self) -> str:
        return PREFIX + self.name


class CellModules:
    """By name; the last cell of a name counts. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._modules: dict[str, CellModule] = {}
        self._keys: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def define(self, name: str, source: str, filename: str, line_offset: int) -> CellModule:
        """From now on the name means this cell; `filename` is what errors call it."""
        with self._lock:
            module = CellModule(name, source, filename, line_offset, next(self._numbers))
            self._modules[name] = module
            self._keys[filename] = module.key
            return module

    def get(self, name: str) -> CellModule | None:
        """The newest cell of the name."""
        with self._lock:
            return self._modules.get(name)

    def key_of(self, filename: str) -> str | None:
        """Which module the cell with this file name was."""
        with self._lock:
            return self._keys.get(filename)

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._modules)

    def versions(self) -> dict[str, int]:
        with self._lock:
            return {module.key: module.version for module in self._modules.values()}

"""What the modules of all isolates of the kernel share, and which of them may read files."""

from __future__ import annotations

from pathlib import Path

from isolates import Isolate
from isolates.kernel.cell_modules import CellModules
from isolates.kernel.modules import ContextModules
from isolates.kernel.sources import Sources
from isolates.kernel.tools import Tools
from isolates.magics.cell import MAIN
from isolates.packages import Resolver
from isolates.prelude import BUILTINS, LIBRARIES
from isolates.reading import Reader, ReadPolicy


class ModuleSpace:
    """One for a kernel. `folder` is the notebook's, where relative specifiers of cells begin."""

    def __init__(self, folder: str, sources: Sources) -> None:
        self.tools = Tools()
        self._cells = CellModules()
        self._folder = folder
        self._sources = sources
        self._resolvers: dict[bool, Resolver] = {}  # for main, and for others

    def context(self, name: str, isolate: Isolate, may_import_files: bool) -> ContextModules:
        """The modules of a new context of the isolate of that name.

        `main` may import all files, since it is the user's own; others, where the user lets them, those in
        the notebook's folder and the packages that are found from there.
        """
        resolver = self._resolver(name == MAIN) if may_import_files else None
        refusal = (
            f"the isolate {name!r} imports cells named by %%module only. "
            f"c.IsolateKernel.file_imports = ['main', {name!r}] lets it import files too"
        )
        return ContextModules(isolate, self._cells, self.tools, self._folder, resolver, refusal)

    def cell_names(self) -> list[str]:
        """The names of the cells that are modules."""
        return self._cells.names()

    def _resolver(self, is_main: bool) -> Resolver:
        if is_main not in self._resolvers:
            reader = Reader(ReadPolicy(None) if is_main else _below(self._folder))
            self._sources.add_reader(reader)
            self._resolvers[is_main] = Resolver(reader, (*BUILTINS, *(LIBRARIES if is_main else ())))
        return self._resolvers[is_main]

    def close(self) -> None:
        self.tools.close()


def _below(folder: str) -> ReadPolicy:
    """The folder, and the packages that a module there finds."""
    packages = [str(place / "node_modules") for place in (Path(folder), *Path(folder).parents)]
    return ReadPolicy([folder, *packages], f"only files below {folder} can be imported here, and packages")

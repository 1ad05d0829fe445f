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

    def context(self, name: str, isolate: Isolate, may_import_files: bool) -> ContextModules:
        """The modules of a new context of the isolate of that name.

        `main` may import all files, since it is the user's own; others, where the user lets them, those in
        the notebook's folder and the packages that are found from there.
        """
        resolver: Resolver | None = None
        if may_import_files:
            reader = Reader(ReadPolicy(None) if name == MAIN else _below(self._folder))
            self._sources.add_reader(reader)
            resolver = Resolver(reader, (*BUILTINS, *(LIBRARIES if name == MAIN else ())))
        refusal = (
            f"the isolate {name!r} imports cells named by %%module only. "
            f"c.IsolateKernel.file_imports = ['main', {name!r}] lets it import files too"
        )
        return ContextModules(isolate, self._cells, self.tools, self._folder, resolver, refusal)

    def close(self) -> None:
        self.tools.close()


def _below(folder: str) -> ReadPolicy:
    """The folder, and the packages that a module there finds."""
    packages = [str(place / "node_modules") for place in (Path(folder), *Path(folder).parents)]
    return ReadPolicy([folder, *packages], f"only files below {folder} can be imported here, and packages")

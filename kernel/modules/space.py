"""What the modules of all isolates of the kernel share, and which of them may read files."""

from __future__ import annotations

from pathlib import Path

from isolates import Isolate
from isolates.kernel.files.host import MODULES as FILE_MODULES
from isolates.kernel.modules.cell_modules import CellModules
from isolates.kernel.modules.context_modules import ContextModules
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
        self._readers: dict[bool, Reader] = {}  # for main, and for others
        self._resolvers: dict[tuple[bool, tuple[str, ...]], Resolver] = {}

    def context(
        self, name: str, isolate: Isolate, may_import_files: bool, may_use_files: bool
    ) -> ContextModules:
        """The modules of a new context of the isolate of that name.

        `main` may import all files, since it is the user's own; others, where the user lets them, those in
        the notebook's folder and the packages that are found from there. Who may use files has modules for
        that.
        """
        builtins = (*BUILTINS, *(FILE_MODULES if may_use_files else ()), *(LIBRARIES if name == MAIN else ()))
        resolver = self._resolver(name == MAIN, builtins) if may_import_files else None
        refusal = (
            f"the isolate {name!r} imports cells named by %%module only. "
            f"c.IsolateKernel.file_imports = ['main', {name!r}] lets it import files too"
        )
        return ContextModules(isolate, self._cells, self.tools, self._folder, resolver, builtins, refusal)

    def cell_names(self) -> list[str]:
        """The names of the cells that are modules."""
        return self._cells.names()

    def _resolver(self, is_main: bool, builtins: tuple[str, ...]) -> Resolver:
        if is_main not in self._readers:
            self._readers[is_main] = Reader(ReadPolicy(None) if is_main else _below(self._folder))
            self._sources.add_reader(self._readers[is_main])
        key = (is_main, builtins)
        if key not in self._resolvers:
            self._resolvers[key] = Resolver(self._readers[is_main], builtins)
        return self._resolvers[key]

    def close(self) -> None:
        self.tools.close()


def _below(folder: str) -> ReadPolicy:
    """The folder, and the packages that a module there finds."""
    packages = [str(place / "node_modules") for place in (Path(folder), *Path(folder).parents)]
    return ReadPolicy([folder, *packages], f"only files below {folder} can be imported here, and packages")

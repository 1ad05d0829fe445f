"""The modules of a context, as %modules and %require tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from isolates import JSError
from isolates.kernel.modules import data_urls
from isolates.kernel.modules.cell_modules import PREFIX, CellModules
from isolates.kernel.modules.compiler import NODE, key_of
from isolates.kernel.modules.context_modules import DECLARATIONS, ContextModules
from isolates.kernel.modules.sources import FileSources
from isolates.magics.module_row import ModuleRow
from isolates.packages import Target
from isolates.reading import LoadError

_PACKAGES = "/node_modules/"
_LONGEST = 60
_KINDS = {"module": "ES", "commonjs": "CommonJS", "json": "JSON"}


def loaded_modules(modules: ContextModules, states: Mapping[str, str]) -> list[ModuleRow]:
    """Sorted by name; `states`: of module_states. Reads the files that may be of two kinds. Any thread."""
    changed = modules.graph.changed(modules.cells.versions())
    rows = []
    for key in {*states, *modules.graph.keys()}:
        if not key.startswith(DECLARATIONS):
            state = "changed" if key in changed else states.get(key, "loading")
            rows.append(module_row(modules, Target(key), state))
    return sorted(rows)


def found_module(modules: ContextModules, specifier: str) -> ModuleRow:
    """What a cell means by the specifier. Raises LoadError, OSError."""
    target = modules.target_of(specifier, "<python>")
    return module_row(modules, Target(key_of(target)), "")


def module_row(modules: ContextModules, target: Target, state: str) -> ModuleRow:
    """What is told of one module; `state`: as module_states has it. Reads a file that may be of two kinds."""
    key = target.path
    if key.startswith(NODE):
        return ModuleRow(key.removeprefix(NODE), "", "built-in", state)
    if key.startswith(PREFIX):
        return ModuleRow(key.removeprefix(PREFIX), _cell_file(modules.cells, key), "cell", state)
    if data_urls.is_data_url(key):
        return ModuleRow(key[:_LONGEST], "", "JSON" if data_urls.is_json(key) else "data", state)
    return ModuleRow(_name(key, modules.folder), key, _kind(modules.files, key.partition("?")[0]), state)


def _cell_file(cells: CellModules, key: str) -> str:
    cell = cells.get(key.removeprefix(PREFIX))
    return "" if cell is None else cell.filename


def _name(path: str, folder: str) -> str:
    if _PACKAGES in path:
        return path.rpartition(_PACKAGES)[2]
    try:
        return f"./{PurePath(path).relative_to(folder)}"
    except ValueError:
        return path


def _kind(files: FileSources | None, path: str) -> str:
    if files is None:
        return ""
    try:
        return _KINDS.get(files.read_for_require(path)[1], "")
    except (LoadError, OSError, JSError):
        return ""  # It is gone, or can't be read any more.

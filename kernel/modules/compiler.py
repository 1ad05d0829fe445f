"""Modules from their targets: what is read, compiled and given to `import.meta`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from isolates import Isolate, Module, Reference
from isolates.kernel.modules import data_urls
from isolates.kernel.modules.cell_modules import PREFIX, CellModules
from isolates.kernel.modules.errors import js_error, os_load_error
from isolates.kernel.modules.graph import ModuleGraph
from isolates.kernel.modules.sources import FileSources, ModuleSource, url_of, wrapper
from isolates.packages import Target
from isolates.reading import LoadError

NODE = "node:"
_OWN = "isolates:"


class ModuleCompiler:
    """For one context. Errors are JSErrors, as the code that imports gets them. Any thread."""

    def __init__(
        self,
        isolate: Isolate,
        cells: CellModules,
        files: FileSources | None,
        graph: ModuleGraph,
        dispatch: Reference,
        find: Callable[[str, str], Target],
    ) -> None:
        """`dispatch` calls the prelude; `find` says what a specifier means in a module, for import.meta."""
        self._isolate = isolate
        self._cells = cells
        self._files = files
        self._graph = graph
        self._dispatch = dispatch
        self._find = find

    async def compile(self, target: Target) -> Module:
        """A module of the isolate that is not linked yet. Reads files aside of the loop. Raises JSError."""
        if self._wants_lexer(target):
            source = await asyncio.to_thread(self._source, target)  # it may take its time
        else:
            source = self._source(target)
        if source.kind == "builtin":
            names = await self._dispatch.apply(None, ["builtinNames", source.filename], copy=True)
            source = ModuleSource("builtin", "", source.filename, names=tuple(names))
        if source.kind == "json":
            return await self._isolate.compile_json_module(source.text, filename=source.filename)
        return await self._isolate.compile_module(*self._text(source), **self._options(source, target))

    def compile_sync(self, target: Target) -> Module:
        """The same, on the thread that runs the JavaScript."""
        source = self._source(target)
        if source.kind == "builtin":
            names = self._dispatch.apply_sync(None, ["builtinNames", source.filename], copy=True)
            source = ModuleSource("builtin", "", source.filename, names=tuple(names))
        if source.kind == "json":
            return self._isolate.compile_json_module_sync(source.text, filename=source.filename)
        return self._isolate.compile_module_sync(*self._text(source), **self._options(source, target))

    def _wants_lexer(self, target: Target) -> bool:
        if target.is_builtin or not target.path.startswith("/") or self._files is None:
            return False
        return not self._files.is_module_file(target.path)

    def _source(self, target: Target) -> ModuleSource:
        """Raises JSError."""
        try:
            if target.is_builtin:
                return ModuleSource("builtin", "", target.path)
            if target.path.startswith(PREFIX):
                return self._cell_source(target.path.removeprefix(PREFIX))
            if data_urls.is_data_url(target.path):
                return data_urls.load(target.path)
            assert self._files is not None
            self._graph.add_file(key_of(target), target.path)
            return self._files.load(target)
        except OSError as error:
            raise js_error(os_load_error(error)) from None
        except LoadError as error:
            raise js_error(error) from None

    def _cell_source(self, name: str) -> ModuleSource:
        cell = self._cells.get(name)
        if cell is None:
            there = ", ".join(self._cells.names()) or "none"
            how = f"a cell that begins with %%module {name} makes it. There is {there}"
            raise LoadError("ERR_MODULE_NOT_FOUND", f"There is no cell module '{name}': {how}")
        self._graph.add_cell(cell.key, cell.version)
        return ModuleSource("module", cell.source, cell.filename, cell.line_offset)

    def _text(self, source: ModuleSource) -> tuple[str]:
        return (wrapper(source) if source.kind in ("commonjs", "builtin") else source.text,)

    def _options(self, source: ModuleSource, target: Target) -> dict[str, Any]:
        if source.kind in ("commonjs", "builtin"):
            return {
                "filename": f"{_OWN}{source.kind}",
                "meta": lambda _: {"dispatch": self._dispatch.deref_into()},
            }
        meta = self._meta_of_file(target) if target.path.startswith("/") else self.meta_of_text(target.path)
        return {"filename": source.filename, "line_offset": source.line_offset, "meta": meta}

    def meta_of_text(self, url: str) -> Callable[[Module], dict[str, Any]]:
        """The properties of `import.meta` in what is no file: a cell, a data URL."""
        return lambda module: {"main": False, "resolve": self._meta_resolve(module.filename), "url": url}

    def _meta_of_file(self, target: Target) -> Callable[[Module], dict[str, Any]]:
        return lambda module: {
            "dirname": str(PurePath(target.path).parent),
            "filename": target.path,
            "main": False,
            "resolve": self._meta_resolve(module.filename),
            "url": url_of(target),
        }

    def _meta_resolve(self, filename: str) -> Callable[..., str]:
        def resolve(specifier: object = None, *_: object) -> str:
            target = self._find(str(specifier), filename)
            if target.is_builtin:
                return NODE + target.path
            return url_of(target)

        return resolve


def key_of(target: Target) -> str:
    """What the modules of a context are known by."""
    return NODE + target.path if target.is_builtin else target.path + target.query

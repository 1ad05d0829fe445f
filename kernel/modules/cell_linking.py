"""Cells as modules: their import declarations, and those that %%module names."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import Callable, Coroutine
from typing import Any

from isolates import JSError, JSSyntaxError, Module
from isolates.kernel.modules.cell_modules import PREFIX
from isolates.kernel.modules.context_modules import (
    DECLARATIONS,
    Attributes,
    ContextModules,
    Referrer,
    filename_of,
    in_background,
    settled,
)
from isolates.kernel.modules.errors import point_at
from isolates.reading import LoadError

_NO_EXPORT = re.compile(r"The requested module '(?P<specifier>.*)' does not provide .* named '(?P<name>.*)'")


_Resolve = Callable[[str, Referrer, Attributes], Coroutine[Any, Any, Module]]


class CellLinker:
    """Compiles, links and evaluates texts of cells in one context; errors point at the cells' lines."""

    def __init__(self, modules: ContextModules) -> None:
        self._modules = modules
        self._numbers = itertools.count(1)

    async def declare(self, source: str, filename: str, line_offset: int, timeout_s: float | None) -> str:
        """Imports for a cell: `source` has its declarations alone. The name that import() has them by."""
        return await in_background(self._declare(source, filename, line_offset, timeout_s))

    async def define(
        self, name: str, source: str, filename: str, line_offset: int, timeout_s: float | None
    ) -> None:
        """Makes a cell the module of that name, and evaluates it here."""
        await in_background(self._define(name, source, filename, line_offset, timeout_s))

    async def _declare(self, source: str, filename: str, line_offset: int, timeout_s: float | None) -> str:
        modules = self._modules
        await modules.refresh()
        module = await modules.isolate.compile_module(source, filename=filename, line_offset=line_offset)
        try:
            await self._link(module, source, line_offset, timeout_s)
        except JSSyntaxError as error:
            await asyncio.to_thread(self._explain, error, filename)
            raise
        await module.evaluate(promise=True, timeout=timeout_s)
        key = f"{DECLARATIONS}{next(self._numbers)}"
        modules.put(key, module)
        return key

    async def _define(
        self, name: str, source: str, filename: str, line_offset: int, timeout_s: float | None
    ) -> None:
        modules = self._modules
        key = PREFIX + name
        module = await modules.isolate.compile_module(
            source, filename=filename, line_offset=line_offset, meta=modules.compiler.meta_of_text(key)
        )
        cell = modules.cells.define(name, source, filename, line_offset)
        await modules.refresh()
        modules.graph.add_cell(key, cell.version)
        modules.put(key, module)
        await self._link(module, source, line_offset, timeout_s)
        await module.evaluate(promise=True, timeout=timeout_s)

    async def _link(self, module: Module, source: str, line_offset: int, timeout_s: float | None) -> None:
        resolver = self._resolver([""] * line_offset + source.split("\n"))
        await module.instantiate(self._modules.context, resolver, timeout=timeout_s)

    def _resolver(self, lines: list[str]) -> _Resolve:
        """Answers for the whole graph; `lines` are the cell's, a file's are known."""

        async def resolve(specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
            try:
                return await settled(self._modules.resolve(specifier, referrer, attributes))
            except JSError as error:
                filename = filename_of(referrer)
                point_at(error, filename, self._modules.lines_of(filename) or lines, specifier)
                raise

        return resolve

    def _explain(self, error: JSSyntaxError, filename: str) -> None:
        """Says of a name that is not there why it may be there for require()."""
        match = _NO_EXPORT.fullmatch(str(error))
        files = self._modules.files
        if match is None or files is None:
            return
        with contextlib.suppress(LoadError, OSError):
            target = self._modules.target_of(match["specifier"], filename)
            if not target.is_builtin and files.load(target).kind == "commonjs":
                what = "It is a CommonJS module, whose text does not tell all of its names"
                how = f"import all from '{match['specifier']}', then all.{match['name']}"
                error.args = (f"{error}. {what}: {how}",)

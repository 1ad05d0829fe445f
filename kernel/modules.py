"""The modules of one context: what its imports and requires find, and when it is loaded again."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
from collections.abc import Callable, Coroutine
from pathlib import PurePath
from typing import Any, TypeVar

from isolates import Context, Isolate, JSError, Module, Reference
from isolates.background import background_loop
from isolates.kernel.cell_modules import PREFIX, CellModules
from isolates.kernel.module_errors import js_error, os_load_error, point_at
from isolates.kernel.module_graph import ModuleGraph
from isolates.kernel.module_sources import FileSources, ModuleSource, check_attributes, url_of, wrapper
from isolates.kernel.require_host import RequireHost
from isolates.kernel.tools import Tools
from isolates.packages import Resolver, Target
from isolates.prelude import BUILTINS
from isolates.reading import LoadError

T = TypeVar("T")
Referrer = Module | str
Attributes = dict[str, str]

# The name of the module that stands for a cell's import declarations, until the cell has taken their values.
DECLARATIONS = "isolates:declarations/"
_OWN = "isolates:"
_NODE = "node:"


class ContextModules:
    """Resolvers and a cache for one context.

    A module is loaded once, until a cell imports something after its text has changed, or that of a module
    that it imports. What waits runs on a loop in the background, so that neither a cell of Python's nor the
    kernel's work holds it up; `require` and what it needs run on the thread that runs the JavaScript.
    """

    def __init__(
        self,
        isolate: Isolate,
        cells: CellModules,
        tools: Tools,
        folder: str,
        resolver: Resolver | None,
        refusal: str,
    ) -> None:
        """`resolver` is None where files can't be imported; `refusal` then says why, and what would help."""
        self._isolate = isolate
        self._cells = cells
        self._folder = folder
        self.resolver = resolver
        self._refusal = refusal
        self.files = None if resolver is None else FileSources(resolver, tools)
        self.graph = ModuleGraph()
        self._modules: dict[str, concurrent.futures.Future[Module]] = {}
        self._declarations: dict[str, Module] = {}
        self._numbers = itertools.count(1)
        self._context: Context | None = None
        self._dispatch: Reference | None = None

    # --- What the kernel does with it ---

    def hosts(self) -> dict[str, object]:
        """What the prelude gets for require()."""
        if self.resolver is None or self.files is None:
            return {}
        return RequireHost(self, self.resolver, self.files, self._folder).functions()

    async def open(self, context: Context, dispatch: Reference) -> None:
        """To be awaited once; `dispatch` calls the prelude's operations."""
        self._context = context
        self._dispatch = dispatch
        await in_background(self._listen(context))

    async def _listen(self, context: Context) -> None:
        # The resolver is called on the loop where it was given.
        await context.set_import_resolver(self._import)

    async def declare(self, source: str, filename: str, line_offset: int, timeout_s: float | None) -> str:
        """Imports for a cell: `source` has its declarations alone. The name that import() has them by."""
        return await in_background(self._declare(source, filename, line_offset, timeout_s))

    async def define(
        self, name: str, source: str, filename: str, line_offset: int, timeout_s: float | None
    ) -> None:
        """Makes a cell the module of that name, and evaluates it here."""
        await in_background(self._define(name, source, filename, line_offset, timeout_s))

    async def _declare(self, source: str, filename: str, line_offset: int, timeout_s: float | None) -> str:
        await self._refresh()
        module = await self._isolate.compile_module(source, filename=filename, line_offset=line_offset)
        await module.instantiate(self.context, self._on_link_of(source, line_offset), timeout=timeout_s)
        await module.evaluate(promise=True, timeout=timeout_s)
        key = f"{DECLARATIONS}{next(self._numbers)}"
        self._declarations[key] = module
        return key

    async def _define(
        self, name: str, source: str, filename: str, line_offset: int, timeout_s: float | None
    ) -> None:
        key = PREFIX + name
        module = await self._isolate.compile_module(
            source, filename=filename, line_offset=line_offset, meta=self._meta_of_cell(key)
        )
        cell = self._cells.define(name, source, filename, line_offset)
        await self._refresh()
        self.graph.add_cell(key, cell.version)
        self._modules[key] = _done(module)
        await module.instantiate(self.context, self._on_link_of(source, line_offset), timeout=timeout_s)
        await module.evaluate(promise=True, timeout=timeout_s)

    # --- What V8 asks ---

    def _on_link_of(
        self, source: str, line_offset: int
    ) -> Callable[[str, Referrer, Attributes], Coroutine[Any, Any, Module]]:
        """For what a cell imports: errors point at its line."""
        lines = [""] * line_offset + source.split("\n")

        async def resolve(specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
            try:
                return await self._resolve(specifier, referrer, attributes)
            except JSError as error:
                point_at(error, _filename(referrer), lines, specifier)
                raise

        return resolve

    async def _import(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """import(); what it gives is linked already, V8 evaluates it."""
        if specifier.startswith(DECLARATIONS) and specifier in self._declarations:
            return self._declarations.pop(specifier)
        if isinstance(referrer, str):
            await self._refresh()
        module = await self._resolve(specifier, referrer, attributes)
        await module.instantiate(self.context, self._resolve)
        return module

    async def _resolve(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        target = self._find(specifier, referrer, attributes)
        key = _key(target)
        future = self._modules.get(key)
        if future is None or _has_failed(future):
            # A failure is for those who wait for it now; the next one tries again.
            future = self._modules[key] = _start(self._load(target))
        # Shielded: who gives up waiting must not cancel it for the others.
        return await asyncio.shield(asyncio.wrap_future(future))

    def resolve_sync(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """For require() of ES modules, on the thread that runs the JavaScript."""
        target = self._find(specifier, referrer, attributes)
        return self.load_sync(target)

    def load_sync(self, target: Target) -> Module:
        key = _key(target)
        future = self._modules.get(key)
        if future is not None and future.done() and not _has_failed(future):
            return future.result()
        # One that is being loaded for an import() can't be waited for, since it needs this thread's isolate.
        module = self._compile_sync(target)
        self._modules[key] = _done(module)
        return module

    # --- Finding ---

    def _find(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Target:
        try:
            target = self._target(specifier, referrer)
            check_attributes(attributes, target.path.endswith(".json"), url_of(target))
        except LoadError as error:
            raise js_error(error) from None
        importer = self._importer(referrer)
        if importer is not None:
            self.graph.add_import(importer, _key(target))
        return target

    def _target(self, specifier: str, referrer: Referrer) -> Target:
        """What a specifier means to the referrer. Raises LoadError."""
        importer = self._importer(referrer)
        in_file = importer is not None and not importer.startswith(PREFIX)
        if specifier.startswith(PREFIX) or (not in_file and self._cells.get(specifier) is not None):
            return Target(PREFIX + specifier.removeprefix(PREFIX))
        base = _filename(referrer)
        if self.resolver is None:
            name = specifier.removeprefix(_NODE)
            if name in BUILTINS:
                return Target(name, is_builtin=True)
            raise LoadError("ERR_ACCESS_DENIED", f"Cannot import '{specifier}': {self._refusal}")
        folder = str(PurePath(base.partition("?")[0]).parent) if in_file else self._folder
        return self.resolver.resolve_import(specifier, folder, base)

    def _importer(self, referrer: Referrer) -> str | None:
        """The key of the module that asks; None for a cell."""
        filename = _filename(referrer)
        if filename.startswith("/"):
            return filename
        return self._cells.key_of(filename) if isinstance(referrer, Module) else None

    # --- Loading ---

    async def _load(self, target: Target) -> Module:
        source = await asyncio.to_thread(self._source, target)
        if source.kind == "builtin":
            names = await self._ready.apply(None, ["builtinNames", source.filename], copy=True)
            source = ModuleSource("builtin", "", source.filename, names=tuple(names))
        if source.kind == "json":
            return await self._isolate.compile_json_module(source.text, filename=source.filename)
        return await self._isolate.compile_module(*self._text(source), **self._options(source, target))

    def _compile_sync(self, target: Target) -> Module:
        source = self._source(target)
        if source.kind == "builtin":
            names = self._ready.apply_sync(None, ["builtinNames", source.filename], copy=True)
            source = ModuleSource("builtin", "", source.filename, names=tuple(names))
        if source.kind == "json":
            return self._isolate.compile_json_module_sync(source.text, filename=source.filename)
        return self._isolate.compile_module_sync(*self._text(source), **self._options(source, target))

    def _source(self, target: Target) -> ModuleSource:
        """Raises JSError."""
        try:
            if target.is_builtin:
                return ModuleSource("builtin", "", target.path)
            if target.path.startswith(PREFIX):
                return self._cell_source(target.path.removeprefix(PREFIX))
            assert self.files is not None
            self.graph.add_file(_key(target), target.path)
            return self.files.load(target)
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
        self.graph.add_cell(cell.key, cell.version)
        return ModuleSource("module", cell.source, cell.filename, cell.line_offset)

    def _text(self, source: ModuleSource) -> tuple[str]:
        return (wrapper(source) if source.kind in ("commonjs", "builtin") else source.text,)

    def _options(self, source: ModuleSource, target: Target) -> dict[str, Any]:
        if source.kind in ("commonjs", "builtin"):
            return {
                "filename": f"{_OWN}{source.kind}",
                "meta": lambda _: {"dispatch": self._ready.deref_into()},
            }
        if target.path.startswith(PREFIX):
            meta = self._meta_of_cell(target.path)
        else:
            meta = self._meta_of_file(target)
        return {"filename": source.filename, "line_offset": source.line_offset, "meta": meta}

    def _meta_of_cell(self, key: str) -> Callable[[Module], dict[str, Any]]:
        return lambda module: {"url": key, "resolve": self._meta_resolve(module.filename, key)}

    def _meta_of_file(self, target: Target) -> Callable[[Module], dict[str, Any]]:
        return lambda module: {
            "dirname": str(PurePath(target.path).parent),
            "filename": target.path,
            "resolve": self._meta_resolve(module.filename, None),
            "url": url_of(target),
        }

    def _meta_resolve(self, filename: str, cell: str | None) -> Callable[..., str]:
        def resolve(specifier: object = None, *_: object) -> str:
            try:
                target = self._target(str(specifier), filename)
            except LoadError as error:
                raise js_error(error) from None
            if target.is_builtin:
                return _NODE + target.path
            return target.path if target.path.startswith(PREFIX) else url_of(target)

        return resolve

    # --- What has changed ---

    async def _refresh(self) -> None:
        stale = self.forget()
        if stale:
            await self._ready.apply(None, ["forget", list(stale)], copy=False)

    def forget(self) -> list[str]:
        changed = self.graph.take_changed(self._cells.versions())
        for key in changed:
            self._modules.pop(key, None)
        return [key for key in changed if key.startswith("/")]

    @property
    def context(self) -> Context:
        assert self._context is not None, "ContextModules.open comes first"
        return self._context

    @property
    def _ready(self) -> Reference:
        assert self._dispatch is not None, "ContextModules.open comes first"
        return self._dispatch


async def in_background(work: Coroutine[Any, Any, T]) -> T:
    return await asyncio.wrap_future(_start(work))


def _start(work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    return asyncio.run_coroutine_threadsafe(work, background_loop())


def _done(module: Module) -> concurrent.futures.Future[Module]:
    future: concurrent.futures.Future[Module] = concurrent.futures.Future()
    future.set_result(module)
    return future


def _has_failed(future: concurrent.futures.Future[Module]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


def _key(target: Target) -> str:
    return _NODE + target.path if target.is_builtin else target.path + target.query


def _filename(referrer: Referrer) -> str:
    return referrer if isinstance(referrer, str) else referrer.filename

"""The modules of one context: what its imports and requires find, and when it is loaded again."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import re
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import PurePath
from typing import Any, TypeVar

from isolates import Context, Isolate, JSError, JSSyntaxError, Module, Reference
from isolates.background import background_loop
from isolates.kernel.cell_modules import PREFIX, CellModules
from isolates.kernel.module_compiler import NODE, ModuleCompiler, key_of
from isolates.kernel.module_errors import js_error, point_at
from isolates.kernel.module_graph import ModuleGraph, is_in_package
from isolates.kernel.module_sources import FileSources, check_attributes, url_of
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
_NO_EXPORT = re.compile(r"The requested module '(?P<specifier>.*)' does not provide .* named '(?P<name>.*)'")


class ContextModules:
    """Resolvers and a cache for one context.

    A module is loaded once, until a cell imports something after its text has changed, or that of a module
    that it imports. What waits runs on a loop in the background, so that neither a cell of Python's nor the
    kernel's work holds it up; `require` and what it needs run on the thread that runs the JavaScript. `_lock`
    guards that nothing is begun twice.
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
        self._tasks: set[asyncio.Task[None]] = set()
        self._declarations: dict[str, Module] = {}
        self._in_packages: dict[tuple[str, str], Target] = {}  # (folder, specifier), which stay what they are
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._opened: tuple[Context, Reference, ModuleCompiler] | None = None

    # --- What the kernel does with it ---

    def hosts(self) -> dict[str, object]:
        """What the prelude gets for require()."""
        if self.resolver is None or self.files is None:
            return {}
        return RequireHost(self, self.resolver, self.files, self._folder).functions()

    async def open(self, context: Context, dispatch: Reference) -> None:
        """To be awaited once; `dispatch` calls the prelude's operations."""
        compiler = ModuleCompiler(
            self._isolate, self._cells, self.files, self.graph, dispatch, self._find_for_meta
        )
        self._opened = (context, dispatch, compiler)
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
        try:
            await module.instantiate(self.context, self._on_link_of(source, line_offset), timeout=timeout_s)
        except JSSyntaxError as error:
            await asyncio.to_thread(self._explain, error, filename)
            raise
        await module.evaluate(promise=True, timeout=timeout_s)
        key = f"{DECLARATIONS}{next(self._numbers)}"
        self._declarations[key] = module
        return key

    async def _define(
        self, name: str, source: str, filename: str, line_offset: int, timeout_s: float | None
    ) -> None:
        key = PREFIX + name
        module = await self._isolate.compile_module(
            source, filename=filename, line_offset=line_offset, meta=self._compiler.meta_of_cell(key)
        )
        cell = self._cells.define(name, source, filename, line_offset)
        await self._refresh()
        self.graph.add_cell(key, cell.version)
        self._modules[key] = _done(module)
        await module.instantiate(self.context, self._on_link_of(source, line_offset), timeout=timeout_s)
        await module.evaluate(promise=True, timeout=timeout_s)

    def _explain(self, error: JSSyntaxError, filename: str) -> None:
        """Says of a name that is not there why it may be there for require()."""
        match = _NO_EXPORT.fullmatch(str(error))
        if match is None or self.files is None:
            return
        with contextlib.suppress(LoadError, OSError):
            target = self._target(match["specifier"], filename)
            if not target.is_builtin and self.files.load(target).kind == "commonjs":
                what = "It is a CommonJS module, whose text does not tell all of its names"
                how = f"import all from '{match['specifier']}', then all.{match['name']}"
                error.args = (f"{error}. {what}: {how}",)

    # --- What V8 asks ---

    def _on_link_of(
        self, source: str, line_offset: int
    ) -> Callable[[str, Referrer, Attributes], Coroutine[Any, Any, Module]]:
        """For what a cell imports: errors point at its line."""
        lines = [""] * line_offset + source.split("\n")

        async def resolve(specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
            try:
                return await _settled(self._resolve(specifier, referrer, attributes))
            except JSError as error:
                point_at(error, _filename(referrer), lines, specifier)
                raise

        return resolve

    async def _import(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """import(); what it gives is linked already, V8 evaluates it."""
        if specifier.startswith(DECLARATIONS) and specifier in self._declarations:
            return self._declarations.pop(specifier)
        if isinstance(referrer, str) and not referrer.startswith("/"):
            await self._refresh()  # a cell asks, and no CommonJS file
        module = await _settled(self._resolve(specifier, referrer, attributes))
        await module.instantiate(self.context, self._resolve)
        return module

    def _resolve(
        self, specifier: str, referrer: Referrer, attributes: Attributes
    ) -> Module | Awaitable[Module]:
        """To be called on a loop; at once if the module is there, as it mostly is in large graphs."""
        target = self._find(specifier, referrer, attributes)
        with self._lock:
            future = self._modules.get(key_of(target))
            if future is None or _has_failed(future):
                # A failure is for those who wait for it now; the next one tries again.
                future = self._modules[key_of(target)] = concurrent.futures.Future()
                task = asyncio.get_running_loop().create_task(self._fill(future, target))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if future.done():
            return future.result()
        # Shielded: who gives up waiting must not cancel it for the others.
        return asyncio.shield(asyncio.wrap_future(future))

    async def _fill(self, future: concurrent.futures.Future[Module], target: Target) -> None:
        try:
            future.set_result(await self._compiler.compile(target))
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception | asyncio.CancelledError):
                raise

    def resolve_sync(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """For require() of ES modules, on the thread that runs the JavaScript."""
        target = self._find(specifier, referrer, attributes)
        return self.load_sync(target)

    def load_sync(self, target: Target) -> Module:
        key = key_of(target)
        future = self._modules.get(key)
        if future is not None and future.done() and not _has_failed(future):
            return future.result()
        # One that is being loaded for an import() can't be waited for, since it needs this thread's isolate.
        module = self._compiler.compile_sync(target)
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
            self.graph.add_import(importer, key_of(target))
        return target

    def _find_for_meta(self, specifier: str, filename: str) -> Target:
        try:
            return self._target(specifier, filename)
        except LoadError as error:
            raise js_error(error) from None

    def _target(self, specifier: str, referrer: Referrer) -> Target:
        """What a specifier means to the referrer. Raises LoadError."""
        importer = self._importer(referrer)
        in_file = importer is not None and not importer.startswith(PREFIX)
        if specifier.startswith(PREFIX) or (not in_file and self._cells.get(specifier) is not None):
            return Target(PREFIX + specifier.removeprefix(PREFIX))
        base = _filename(referrer)
        if self.resolver is None:
            name = specifier.removeprefix(NODE)
            if name in BUILTINS:
                return Target(name, is_builtin=True)
            raise LoadError("ERR_ACCESS_DENIED", f"Cannot import '{specifier}': {self._refusal}")
        folder = str(PurePath(base.partition("?")[0]).parent) if in_file else self._folder
        known = self._in_packages.get((folder, specifier))
        if known is None:
            known = self.resolver.resolve_import(specifier, folder, base)
            if is_in_package(folder):
                self._in_packages[folder, specifier] = known
        return known

    def _importer(self, referrer: Referrer) -> str | None:
        """The key of the module that asks; None for a cell."""
        filename = _filename(referrer)
        if filename.startswith("/"):
            return filename
        return self._cells.key_of(filename) if isinstance(referrer, Module) else None

    # --- What has changed ---

    async def _refresh(self) -> None:
        stale = self.forget()
        if stale:
            await self._parts[1].apply(None, ["forget", stale])

    def forget(self) -> list[str]:
        changed = self.graph.take_changed(self._cells.versions())
        for key in changed:
            self._modules.pop(key, None)
        return [key for key in changed if key.startswith("/")]

    @property
    def context(self) -> Context:
        return self._parts[0]

    @property
    def _compiler(self) -> ModuleCompiler:
        return self._parts[2]

    @property
    def _parts(self) -> tuple[Context, Reference, ModuleCompiler]:
        assert self._opened is not None, "ContextModules.open comes first"
        return self._opened


async def in_background(work: Coroutine[Any, Any, T]) -> T:
    return await asyncio.wrap_future(_start(work))


def _start(work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    return asyncio.run_coroutine_threadsafe(work, background_loop())


async def _settled(module: Module | Awaitable[Module]) -> Module:
    return module if isinstance(module, Module) else await module


def _done(module: Module) -> concurrent.futures.Future[Module]:
    future: concurrent.futures.Future[Module] = concurrent.futures.Future()
    future.set_result(module)
    return future


def _has_failed(future: concurrent.futures.Future[Module]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


def _filename(referrer: Referrer) -> str:
    return referrer if isinstance(referrer, str) else referrer.filename

"""The modules of one context: what its imports and requires find, and when it is loaded again."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Awaitable, Coroutine, Sequence
from pathlib import PurePath
from typing import Any, TypeVar

from isolates import Context, Future, Isolate, Module, Reference
from isolates.background import background_loop
from isolates.kernel.files.host import MODULES as FILE_MODULES
from isolates.kernel.modules import data_urls
from isolates.kernel.modules.cell_modules import PREFIX, CellModules
from isolates.kernel.modules.compiler import NODE, ModuleCompiler, key_of
from isolates.kernel.modules.errors import js_error
from isolates.kernel.modules.failures import ModuleFailures
from isolates.kernel.modules.graph import ModuleGraph, is_in_package
from isolates.kernel.modules.require_host import RequireHost
from isolates.kernel.modules.sources import FileSources, check_attributes, url_of
from isolates.kernel.tools import Tools
from isolates.packages import Resolver, Target
from isolates.reading import LoadError

T = TypeVar("T")
Referrer = Module | str
Attributes = dict[str, str]

# The name of the module that stands for a cell's import declarations, until the cell has taken their values.
DECLARATIONS = "isolates:declarations/"
# Paths are shorter; with its query it is a key that is kept, also of what can't be compiled.
_LONGEST_SPECIFIER = 5000
_NO_FILES = "this isolate may not use files"


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
        builtins: Sequence[str],
        refusal: str,
    ) -> None:
        """`builtins` are the modules that are there without a file. `resolver` is None where files can't be
        imported; `refusal` then says why, and what would help."""
        self.isolate = isolate
        self.cells = cells
        self.folder = folder
        self.resolver = resolver
        self.builtins = builtins
        self._refusal = refusal
        self.files = None if resolver is None else FileSources(resolver, tools)
        self.graph = ModuleGraph()
        self.failures = ModuleFailures()
        self._modules: dict[str, concurrent.futures.Future[Module]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._paths: dict[str, str] = {}  # of what has a query in its file name
        self._in_packages: dict[tuple[str, str], Target] = {}  # (folder, specifier), which stay what they are
        self._lock = threading.Lock()
        self._opened: tuple[Context, Reference, ModuleCompiler] | None = None

    def hosts(self) -> dict[str, object]:
        """What the prelude gets for require()."""
        if self.resolver is None or self.files is None:
            return {}
        return RequireHost(self, self.resolver, self.files, self.folder).functions()

    async def open(self, context: Context, dispatch: Reference) -> None:
        """To be awaited once; `dispatch` calls the prelude's operations."""
        compiler = ModuleCompiler(
            self.isolate, self.cells, self.files, self.graph, dispatch, self._find_for_meta
        )
        self._opened = (context, dispatch, compiler)
        await in_background(self._listen(context))

    def close(self) -> None:
        """Lets go of the modules that have been loaded: their context is given up."""
        with self._lock:
            loaded, self._modules = self._modules, {}
        for future in loaded.values():
            if future.done() and not _has_failed(future):
                future.result().release()

    def states(self) -> dict[str, str]:
        """What imports have asked for, by key: loaded, loading or failed."""
        return {key: _state(future) for key, future in list(self._modules.items())}

    def loaded(self) -> dict[str, Module]:
        """What imports have found, by key; whether it has run is another question."""
        known = list(self._modules.items())
        return {key: future.result() for key, future in known if future.done() and not _has_failed(future)}

    def cached(self, filenames: list[str]) -> Future[Any]:
        """Those of the files that are in the cache of require()."""
        return self._parts[1].apply(None, ["cached", filenames], copy=True)

    async def _listen(self, context: Context) -> None:
        # The resolver is called on the loop where it was given.
        await context.set_import_resolver(self._import)

    # --- What V8 asks ---

    async def _import(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """import(); what it gives is linked already, V8 evaluates it."""
        if specifier.startswith(DECLARATIONS) and specifier in self._modules:
            return self._modules.pop(specifier).result()
        if isinstance(referrer, str) and not referrer.startswith("/"):
            await self.refresh()  # a cell asks, and no CommonJS file
        module = await settled(self.resolve(specifier, referrer, attributes))
        await module.instantiate(self.context, self.resolve)
        return module

    def resolve(
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
            module = await self.compiler.compile(target)
            # A require() may not have waited for it.
            instead = self._modules.get(key_of(target))
            if instead is not None and instead.done() and not _has_failed(instead):
                module = instead.result()
            future.set_result(module)
            self.failures.forget(key_of(target))
        except BaseException as error:
            if isinstance(error, Exception):
                self.failures.add(key_of(target), error)
            with self._lock:
                if self._modules.get(key_of(target)) is future:
                    del self._modules[key_of(target)]
            future.set_exception(error)
            if not isinstance(error, Exception | asyncio.CancelledError):
                raise

    def put(self, key: str, module: Module) -> None:
        """What imports of the key find from now on."""
        self._modules[key] = _done(module)

    def resolve_sync(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Module:
        """For require() of ES modules, on the thread that runs the JavaScript."""
        target = self._find(specifier, referrer, attributes)
        return self.load_sync(target)

    def load_sync(self, target: Target) -> Module:
        """The module of a target, linked or not; on the thread that runs the JavaScript. Raises JSError."""
        key = key_of(target)
        future = self._modules.get(key)
        if future is not None and future.done() and not _has_failed(future):
            return future.result()
        # One that is being loaded for an import() can't be waited for, since it needs this thread's isolate.
        try:
            module = self.compiler.compile_sync(target)
        except Exception as error:
            self.failures.add(key, error)
            raise
        self.failures.forget(key)
        self._modules[key] = _done(module)
        return module

    # --- Finding ---

    def _find(self, specifier: str, referrer: Referrer, attributes: Attributes) -> Target:
        try:
            target = self.target_of(specifier, referrer)
            is_data = data_urls.is_data_url(target.path)
            is_json = data_urls.is_json(target.path) if is_data else target.path.endswith(".json")
            check_attributes(
                attributes, is_json, data_urls.shown(url_of(target)) if is_data else url_of(target)
            )
        except LoadError as error:
            raise js_error(error) from None
        importer = self._importer(referrer)
        if importer is not None:
            self.graph.add_import(importer, key_of(target))
        if target.query:
            self._paths[key_of(target)] = target.path
        return target

    def _find_for_meta(self, specifier: str, filename: str) -> Target:
        try:
            return self.target_of(specifier, filename)
        except LoadError as error:
            raise js_error(error) from None

    def target_of(self, specifier: str, referrer: Referrer) -> Target:
        """What a specifier means to the referrer. Raises LoadError."""
        importer = self._importer(referrer)
        in_file = importer is not None and not importer.startswith(PREFIX)
        if specifier.startswith(PREFIX) or (not in_file and self.cells.get(specifier) is not None):
            return Target(PREFIX + specifier.removeprefix(PREFIX))
        if data_urls.is_data_url(specifier):
            return Target(data_urls.normalized(specifier))
        if len(specifier) > _LONGEST_SPECIFIER:
            message = f"A specifier of {len(specifier)} characters: '{specifier[:80]}\u2026'"
            raise LoadError("ERR_INVALID_MODULE_SPECIFIER", message, "TypeError")
        base = filename_of(referrer)
        is_in_data = isinstance(referrer, Module) and data_urls.is_data_url(base)
        if self.resolver is None or is_in_data:
            name = specifier.removeprefix(NODE)
            if name in self.builtins:
                return Target(name, is_builtin=True)
            if is_in_data:
                raise data_urls.refusal(specifier, base)
            refusal = _NO_FILES if name in FILE_MODULES else self._refusal
            raise LoadError("ERR_ACCESS_DENIED", f"Cannot import '{specifier}': {refusal}")
        folder = str(PurePath(self._paths.get(base, base)).parent) if in_file else self.folder
        known = self._in_packages.get((folder, specifier))
        if known is None:
            known = self.resolver.resolve_import(specifier, folder, base)
            if is_in_package(folder):
                self._in_packages[folder, specifier] = known
        return known

    def _importer(self, referrer: Referrer) -> str | None:
        """The key of the module that asks; None for a cell."""
        filename = filename_of(referrer)
        if filename.startswith("/"):
            return filename
        return self.cells.key_of(filename) if isinstance(referrer, Module) else None

    def lines_of(self, filename: str) -> list[str]:
        """The lines of a file that a module was made of; none if it is no file's."""
        if self.resolver is None:
            return []
        text = self.resolver.reader.sources.get(self._paths.get(filename, filename))
        return [] if text is None else text.split("\n")

    # --- What has changed ---

    async def refresh(self) -> None:
        """Forgets what has changed on disk or as a cell, here and in the cache of require()."""
        stale = self.forget()
        if stale:
            await self._parts[1].apply(None, ["forget", stale])

    def forget(self) -> list[str]:
        """The same without require(): the files that its cache has to forget."""
        changed = self.graph.take_changed(self.cells.versions())
        for key in changed:
            self._modules.pop(key, None)
            self.failures.forget(key)
        return [key for key in changed if key.startswith("/")]

    @property
    def context(self) -> Context:
        return self._parts[0]

    @property
    def compiler(self) -> ModuleCompiler:
        return self._parts[2]

    @property
    def _parts(self) -> tuple[Context, Reference, ModuleCompiler]:
        assert self._opened is not None, "ContextModules.open comes first"
        return self._opened


async def in_background(work: Coroutine[Any, Any, T]) -> T:
    """Awaits work that runs in the loop in the background, from any loop."""
    return await asyncio.wrap_future(_start(work))


def _start(work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    return asyncio.run_coroutine_threadsafe(work, background_loop())


async def settled(module: Module | Awaitable[Module]) -> Module:
    """For what `resolve` gives."""
    return module if isinstance(module, Module) else await module


def _done(module: Module) -> concurrent.futures.Future[Module]:
    future: concurrent.futures.Future[Module] = concurrent.futures.Future()
    future.set_result(module)
    return future


def _state(future: concurrent.futures.Future[Module]) -> str:
    return "failed" if _has_failed(future) else "loaded" if future.done() else "loading"


def _has_failed(future: concurrent.futures.Future[Module]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


def filename_of(referrer: Referrer) -> str:
    """What V8 calls the module or the script that asks."""
    return referrer if isinstance(referrer, str) else referrer.filename

"""What require() asks of the kernel, on the thread that runs the JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from isolates import JSError
from isolates.kernel.modules.errors import os_load_error
from isolates.kernel.modules.graph import ModuleGraph
from isolates.kernel.modules.sources import FileSources
from isolates.packages import Resolver, Target
from isolates.reading import LoadError

if TYPE_CHECKING:
    from isolates.kernel.modules.context_modules import ContextModules


class RequireHost:
    """The functions of `host` in prelude/require.js, for a context that may read files."""

    def __init__(self, modules: ContextModules, resolver: Resolver, files: FileSources, folder: str) -> None:
        self._modules = modules
        self._resolver = resolver
        self._files = files
        self._folder = folder

    @property
    def _graph(self) -> ModuleGraph:
        return self._modules.graph

    def functions(self) -> dict[str, object]:
        return {
            "folder": self._folder,
            "resolve": self._resolve,
            "read": self._read,
            "requireModule": self._require_module,
            "refresh": self._modules.forget,
        }

    def _resolve(self, request: object, folder: object, importer: object) -> dict[str, str]:
        try:
            target = self._resolver.resolve_require(str(request), str(folder))
        except LoadError as error:
            return _told(error)
        if target.is_builtin:
            return {"builtin": target.path}
        if importer:
            self._graph.add_import(str(importer), target.path)
        return {"filename": target.path}

    def _read(self, filename: object) -> dict[str, str]:
        path = str(filename)
        self._graph.add_file(path, path)
        try:
            text, format_ = self._files.read_for_require(path)
        except LoadError as error:
            return _told(error)
        except OSError as error:
            return _told(os_load_error(error))
        return {"text": text, "format": format_}

    def _require_module(self, filename: object) -> Mapping[str, object]:
        """The namespace of an ES module whose graph has nothing to wait for."""
        try:
            module = self._modules.load_sync(Target(str(filename)))
            module.instantiate_sync(self._modules.context, self._modules.resolve_sync)
            module.evaluate_sync()
        except RuntimeError as error:
            return _told(_not_now(error, str(filename)))
        except JSError as error:
            told: dict[str, object] = {"name": error.name, "message": str(error), "stack": error.stack or ""}
            return told | ({"code": error.code} if isinstance(error.code, str) else {})
        return {"namespace": module.namespace.deref_into()}


def _not_now(error: RuntimeError, filename: str) -> LoadError:
    """What the engine says of modules that can't be evaluated at once, as Node words it."""
    if "promise" in str(error):
        message = f"require() can't be used on ES modules with top-level await ({filename}). Use import()"
        return LoadError("ERR_REQUIRE_ASYNC_MODULE", message)
    message = f"Cannot require() ES Module {filename} in a cycle: {error}"
    return LoadError("ERR_REQUIRE_CYCLE_MODULE", message)


def _told(error: LoadError) -> dict[str, str]:
    return {"code": error.code, "name": error.name, "message": str(error)}

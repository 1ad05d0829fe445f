"""Loads ES modules from files: imports, cycles, JSON, import.meta, `import()` and top-level await.

    python examples/module_loader.py [FILE.js]

A module may import what lies below the folder of FILE, and nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from isolates import Context, Isolate, Module

EXAMPLE = Path(__file__).parent / "modules" / "main.js"


class ModuleLoader:
    """The modules of one context, each loaded once: two that import the same file share it."""

    def __init__(self, isolate: Isolate, context: Context, root: Path) -> None:
        self._isolate = isolate
        self._context = context
        self._root = root.resolve()
        self._modules: dict[Path, asyncio.Task[Module]] = {}

    async def run(self, file: Path) -> Module:
        """Loads the file with all that it imports, and evaluates it. Its top-level await is waited for."""
        await self._context.set_import_resolver(self._import)
        module = await self._load(file.resolve(), {})
        await module.instantiate(self._context, self._resolve)
        await module.evaluate(promise=True)
        return module

    async def _resolve(self, specifier: str, referrer: Module | str, attributes: dict[str, str]) -> Module:
        """Called for each import of each module that is not linked yet; several may wait at the same time."""
        if not specifier.startswith(("./", "../")):
            raise ImportError(f"{specifier!r} is neither './...' nor '../...'")
        importer = Path(referrer if isinstance(referrer, str) else referrer.filename)
        path = (importer.parent / specifier).resolve()
        if not path.is_relative_to(self._root):
            raise ImportError(f"{specifier!r} leads out of {self._root}")
        return await self._load(path, attributes)

    async def _import(self, specifier: str, referrer: Module | str, attributes: dict[str, str]) -> Module:
        """`import()`: what comes back is linked already, V8 evaluates it."""
        module = await self._resolve(specifier, referrer, attributes)
        await module.instantiate(self._context, self._resolve)
        return module

    async def _load(self, path: Path, attributes: dict[str, str]) -> Module:
        if path not in self._modules:
            self._modules[path] = asyncio.create_task(self._compile(path, attributes))
        return await self._modules[path]

    async def _compile(self, path: Path, attributes: dict[str, str]) -> Module:
        text = await asyncio.to_thread(path.read_text, "utf-8")
        if attributes.get("type") == "json":
            return await self._isolate.compile_json_module(text, filename=str(path))
        return await self._isolate.compile_module(text, filename=str(path), meta=_meta)


def _meta(module: Module) -> dict[str, object]:
    """The properties of import.meta."""
    return {"url": Path(module.filename).as_uri(), "filename": module.filename}


async def main(file: Path) -> None:
    with Isolate(memory_limit=64) as isolate:
        context = await isolate.create_context()
        await context.eval_closure("globalThis.print = (...parts) => $0(parts.join(' '))", [print])
        await ModuleLoader(isolate, context, file.parent).run(file)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE))

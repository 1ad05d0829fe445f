"""What is compiled for a module: a file's text, a cell's, or a text made here that loads something else."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, NamedTuple
from urllib.parse import quote

from isolates.kernel.tools import Tools
from isolates.packages import Resolver, Target
from isolates.reading import LoadError

# What an ES module may have and nothing else: a hint, so that parsers are asked about few files.
_MODULE_SYNTAX = re.compile(r"\b(?:import|export)\b")
_AWAIT = re.compile(r"\bawait\b")
_MOST_REEXPORTS = 1000


class ModuleSource(NamedTuple):
    """`kind` says what is to be compiled. `names` is set for what wraps something else."""

    kind: Literal["module", "json", "commonjs", "builtin"]
    text: str
    filename: str
    line_offset: int = 0
    names: tuple[str, ...] = ()


class FileSources:
    """Reads files by the rules of a resolver. Blocks; any thread."""

    def __init__(self, resolver: Resolver, tools: Tools) -> None:
        self._resolver = resolver
        self._tools = tools

    def load(self, target: Target) -> ModuleSource:
        """What an import of the file compiles. Raises LoadError, OSError."""
        path = target.path
        format_ = self._resolver.format_of(path)
        if format_ == "addon":
            raise LoadError("ERR_UNSUPPORTED_MODULE", f"Native addons can't be loaded: {path}")
        text = self._resolver.reader.read(path)
        if format_ == "json":
            return ModuleSource("json", text, path)
        if format_ == "unclear":
            format_ = "module" if self.is_module(text) else "commonjs"
        if format_ == "module":
            return ModuleSource("module", text, path + target.query)
        return ModuleSource("commonjs", "", path, names=tuple(self._exported(path, text)))

    def is_module_file(self, path: str) -> bool:
        """Whether the file is an ES module or JSON whatever its text is."""
        with contextlib.suppress(LoadError):
            return self._resolver.format_of(path) in ("module", "json")
        return False

    def read_for_require(self, path: str) -> tuple[str, str]:
        """The text and the format. Raises LoadError, OSError."""
        text = self._resolver.reader.read(path)
        format_ = self._resolver.format_for_require(path)
        if format_ == "unclear":
            format_ = "module" if self.is_module(text) else "commonjs"
        return text, format_

    def is_module(self, text: str) -> bool:
        """Whether a text that may be either has the syntax of ES modules alone."""
        if _MODULE_SYNTAX.search(text) and self._tools.lex_exports(text).get("isModule"):
            return True
        return _AWAIT.search(text) is not None and self._tools.is_module_alone(text)

    def _exported(self, path: str, text: str) -> list[str]:
        """The names that a CommonJS module exports, as far as its text says, and those it passes on."""
        names: dict[str, None] = {}
        waiting = [(path, text)]
        seen = {path}
        while waiting:
            at, content = waiting.pop()
            found = self._tools.lex_exports(content)
            names.update(dict.fromkeys(found["exports"]))
            for request in found["reexports"]:
                try:
                    target = self._resolver.resolve_require(request, str(PurePath(at).parent))
                    if target.is_builtin or target.path in seen or len(seen) > _MOST_REEXPORTS:
                        continue
                    seen.add(target.path)
                    content, format_ = self.read_for_require(target.path)
                except (LoadError, OSError):
                    continue
                if format_ == "commonjs":
                    waiting.append((target.path, content))
        return [name for name in names if name != "default" and _is_well_formed(name)]


def wrapper(source: ModuleSource) -> str:
    """The text of a module that exports what CommonJS or a built-in module has, loaded by its evaluation."""
    operation = "importCommonJs" if source.kind == "commonjs" else "importBuiltin"
    arguments = f"{json.dumps(operation)}, {json.dumps([source.filename, source.names])}"
    lines = [f"const all = import.meta.dispatch({arguments});", "export default all[0];"]
    for number, name in enumerate(source.names, 1):
        lines.append(f"const v{number} = all[{number}]; export {{v{number} as {json.dumps(name)}}};")
    return "\n".join(lines)


def url_of(target: Target) -> str:
    """What `import.meta.url` says."""
    if not target.path.startswith("/"):  # of a cell, or a data URL
        return target.path
    return f"file://{quote(target.path, errors='surrogateescape')}{target.query}"


def check_attributes(attributes: Mapping[str, str], is_json: bool, url: str) -> None:
    """Raises LoadError, as Node does."""
    for name, value in attributes.items():
        if (name, value) != ("type", "json"):
            message = f'Import attribute "{name}" with value "{value}" is not supported'
            raise LoadError("ERR_IMPORT_ATTRIBUTE_UNSUPPORTED", message, "TypeError")
    if is_json and not attributes:
        message = f'Module "{url}" needs an import attribute of "type: json"'
        raise LoadError("ERR_IMPORT_ATTRIBUTE_MISSING", message, "TypeError")
    if attributes and not is_json:
        message = f'Module "{url}" is not of type "json"'
        raise LoadError("ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE", message, "TypeError")


def _is_well_formed(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)

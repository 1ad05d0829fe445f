"""Which file an import or a require() means: Node's rules, for packages in node_modules too.

After Node's documentation: "Modules: Packages", "ECMAScript modules: Resolution algorithm specification" and
"CommonJS modules: All together". The codes and words of errors are Node's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote

from isolates.package_targets import Entry, quoted
from isolates.reading import Description, LoadError, Reader

# What packages may find of Node here is little, so an entry that is not for Node alone goes first. Both sets
# are tried, in this order: a package that has entries for Node only is loaded all the same.
PORTABLE: tuple[AbstractSet[str], ...] = (frozenset(), frozenset({"node"}))
NODE_ONLY: tuple[AbstractSet[str], ...] = (frozenset({"node"}),)

_BUILTINS = """assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram
diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector
inspector/promises module net os path path/posix path/win32 perf_hooks process punycode querystring readline
readline/promises repl stream stream/consumers stream/promises stream/web string_decoder sys timers
timers/promises tls trace_events tty url util util/types v8 vm wasi worker_threads zlib"""
BUILTINS = frozenset(_BUILTINS.split())
"""The modules that are built into Node. One of them that is not here may be a package of the same name."""

Format = Literal["module", "commonjs", "json", "addon", "unclear"]

_EXTENSIONS = (".js", ".json", ".node")
_RELATIVE = re.compile(r"\.{0,2}(/|$)")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_QUERY = re.compile(r"[?#]")
_ENCODED_SLASH = re.compile(r"%2f|%5c", re.IGNORECASE)
_PACKAGE = re.compile(r"((?:@[^/\\%]+/)?[^./\\%][^/\\%]*)(/.*)?", re.DOTALL)


class Target(NamedTuple):
    """A file by its real path, with the query that makes another instance of it; or a module of Node's."""

    path: str
    query: str = ""
    is_builtin: bool = False


class Resolver:
    """Any thread. `conditions`: sets for `exports` and `imports`; the first that leads somewhere counts."""

    def __init__(
        self,
        reader: Reader,
        builtins: Sequence[str] = (),
        conditions: tuple[AbstractSet[str], ...] = PORTABLE,
    ) -> None:
        """`builtins`: the modules that are there without a file; `node:` may stand before those of Node."""
        self.reader = reader
        self._builtins = builtins
        self._conditions = conditions

    # --- import ---

    def resolve_import(self, specifier: str, folder: str, importer: str) -> Target:
        """What `import` of the specifier means in a module that lies in `folder`. Raises LoadError.

        `importer` is what messages call the module.
        """
        base = f" imported from {importer}"
        if self._is_builtin(specifier):
            return Target(specifier.removeprefix("node:"), is_builtin=True)
        scheme = _URL.match(specifier)
        if scheme is not None:
            return self._url(specifier, scheme[1].lower(), base)
        if _RELATIVE.match(specifier) and specifier != "":
            path, query = _split_query(specifier, folder)
            return self._bundled(path, query, folder) or self._existing(path, query, base)
        if specifier.startswith("#"):
            return self._imports(specifier, folder, "import", base)
        return self._package_import(specifier, folder, base)

    def _url(self, specifier: str, scheme: str, base: str) -> Target:
        if scheme == "node":
            raise self._unknown_builtin(specifier)
        if scheme != "file":
            raise LoadError(
                "ERR_UNSUPPORTED_ESM_URL_SCHEME",
                f"Only URLs with a scheme in: file and node are supported. Received protocol '{scheme}:'",
            )
        rest = specifier[5:]
        if rest.startswith("//"):
            host, slash, rest = rest[2:].partition("/")
            if host not in ("", "localhost"):
                message = f'File URL host must be "localhost" or empty on {os.uname().sysname.lower()}'
                raise LoadError("ERR_INVALID_FILE_URL_HOST", message, "TypeError")
            rest = slash + rest
        return self._existing(*_split_query(rest, "/"), base)

    def _bundled(self, path: str, query: str, folder: str) -> Target | None:
        """What a bundler takes for a path of a package that is no file: one without extension, a folder.

        The entry that is not for Node may be one for bundlers (that of rxjs is).
        """
        is_lenient = PORTABLE[0] in self._conditions and "node_modules" in Path(folder).parts
        if not is_lenient or path.endswith("/") or self.reader.is_file(_unquoted(path, "")):
            return None
        found = self._file_or_folder(_unquoted(path, ""), False)
        return Target(found, query) if found is not None else None

    def _existing(self, path: str, query: str, base: str) -> Target:
        path = _unquoted(path, base)
        if path.endswith("/") or self.reader.is_folder(path):
            raise LoadError(
                "ERR_UNSUPPORTED_DIR_IMPORT",
                f"Directory import '{path}' is not supported resolving ES modules{base}",
            )
        if not self.reader.is_file(path):
            found = self._file_or_folder(path, False)
            hint = f"\nDid you mean '{found}'?" if found is not None else ""
            raise LoadError("ERR_MODULE_NOT_FOUND", f"Cannot find module '{path}'{base}{hint}")
        return Target(self.reader.real(path), query)

    def _package_import(self, specifier: str, folder: str, base: str) -> Target:
        if self._is_builtin(specifier):
            return Target(specifier.removeprefix("node:"), is_builtin=True)
        match = _PACKAGE.fullmatch(specifier)
        if match is None or (specifier.startswith("@") and "/" not in specifier):
            message = f'Invalid module "{specifier}" is not a valid package name{base}'
            raise LoadError("ERR_INVALID_MODULE_SPECIFIER", message, "TypeError")
        name, subpath = match[1], "." + (match[2] or "")
        own = self._self(name, subpath, folder, "import", base)
        if own is not None:
            return self._existing(own, "", base)
        for modules in self._node_modules(folder):
            place = f"{modules}/{name}"
            if not self.reader.is_folder(place):
                continue
            package = self.reader.description(place)
            if package is not None and package.exports is not None:
                return self._existing(self._exports(package, subpath, "import", base), "", base)
            if subpath == ".":
                return self._legacy_main(place, package, base)
            return self._existing(f"{place}/{subpath[2:]}", "", base)
        hint = self._about_builtins() if specifier in BUILTINS else ""
        raise LoadError("ERR_MODULE_NOT_FOUND", f"Cannot find package '{name}'{base}{hint}")

    def _legacy_main(self, folder: str, package: Description | None, base: str) -> Target:
        tried: list[str] = []
        if package is not None and package.main:
            main = package.main.removeprefix("./")
            tried = [
                main,
                *(f"{main}{end}" for end in _EXTENSIONS),
                *(f"{main}/index{end}" for end in _EXTENSIONS),
            ]
        for name in (*tried, *(f"index{end}" for end in _EXTENSIONS)):
            path = os.path.normpath(f"{folder}/{name}")
            if self.reader.is_file(path):
                return Target(self.reader.real(path))
        raise LoadError("ERR_MODULE_NOT_FOUND", f"Cannot find package '{folder}'{base}")

    # --- require ---

    def resolve_require(self, request: str, folder: str) -> Target:
        """What `require(request)` means in a module that lies in `folder`. Raises LoadError."""
        if self._is_builtin(request):
            return Target(request.removeprefix("node:"), is_builtin=True)
        if request.startswith("node:"):
            raise self._unknown_builtin(request)
        found: str | None = None
        if request.startswith(("./", "../", "/")) or request in (".", ".."):
            found = self._file_or_folder(os.path.normpath(Path(folder, request)), _means_folder(request))
        elif request.startswith("#"):
            scope = self.reader.scope(folder)
            if scope is not None and scope.imports:
                return self._imports(request, folder, "require", "")
        elif request:
            found = self._package_require(request, folder)
        if found is None:
            raise _not_found(request, self._about_builtins() if request in BUILTINS else "")
        return Target(found)

    def _package_require(self, request: str, folder: str) -> str | None:
        match = _PACKAGE.fullmatch(request)
        subpath = "." if match is None else "." + (match[2] or "")
        if match is not None:
            own = self._self(match[1], subpath, folder, "require", "")
            if own is not None:
                return self._target_file(own)
        for modules in self._node_modules(folder):
            if not self.reader.is_folder(modules):
                continue
            if match is not None:
                package = self.reader.description(f"{modules}/{match[1]}")
                if package is not None and package.exports is not None:
                    return self._target_file(self._exports(package, subpath, "require", ""))
            found = self._file_or_folder(os.path.normpath(Path(modules, request)), _means_folder(request))
            if found is not None:
                return found
        return None

    def _target_file(self, url_path: str) -> str:
        path = _unquoted(url_path, "")
        if not self.reader.is_file(path):
            raise _not_found(path)
        return self.reader.real(path)

    def _file_or_folder(self, path: str, is_folder: bool) -> str | None:
        if not is_folder:
            found = self._file(path)
            if found is not None:
                return found
        return self._folder(path) if self.reader.is_folder(path) else None

    def _file(self, path: str) -> str | None:
        """The file itself, or with an extension added."""
        for extension in ("", *_EXTENSIONS):
            if self.reader.is_file(path + extension):
                return self.reader.real(path + extension)
        return None

    def _folder(self, path: str) -> str | None:
        package = self.reader.description(path)
        if package is None or not package.main:
            return self._file(f"{path}/index")
        target = os.path.normpath(Path(path, package.main))
        found = self._file(target) or self._file(f"{target}/index") or self._file(f"{path}/index")
        if found is None:
            raise _not_found(target, '. Please verify that the package.json has a valid "main" entry')
        return found

    def format_for_require(self, path: str) -> Format:
        """format_of, for which every file with another extension is CommonJS."""
        try:
            return self.format_of(path)
        except LoadError as error:
            if error.code != "ERR_UNKNOWN_FILE_EXTENSION":
                raise
            return "commonjs"

    # --- both ---

    def format_of(self, path: str) -> Format:
        """How a file is to be loaded; "unclear" is what only its text can say. Raises LoadError."""
        extension = os.path.splitext(path)[1]  # noqa: PTH122 - Path.suffix is "" for "a."
        if extension == ".mjs":
            return "module"
        if extension == ".cjs":
            return "commonjs"
        if extension == ".json":
            return "json"
        if extension == ".node":
            return "addon"
        if extension not in ("", ".js"):
            message = f'Unknown file extension "{extension}" for {path}'
            raise LoadError("ERR_UNKNOWN_FILE_EXTENSION", message, "TypeError")
        scope = self.reader.scope(os.path.dirname(path))  # noqa: PTH120 - a string is wanted
        if scope is None or scope.type is None:
            return "unclear"
        return "module" if scope.type == "module" else "commonjs"

    def _exports(self, package: Description, subpath: str, kind: str, base: str) -> str:
        for conditions in self._conditions:
            found = Entry(package, "exports", conditions | {kind}, base).find(subpath)
            if found is not None:
                return found
        if subpath == ".":
            message = f'No "exports" main defined in {package.path}{base}'
        else:
            message = f"Package subpath '{subpath}' is not defined by \"exports\" in {package.path}{base}"
        raise LoadError("ERR_PACKAGE_PATH_NOT_EXPORTED", message)

    def _imports(self, specifier: str, folder: str, kind: str, base: str) -> Target:
        if specifier == "#" or specifier.startswith("#/") or specifier.endswith("/"):
            message = f'Invalid module "{specifier}" is not a valid internal imports specifier name{base}'
            raise LoadError("ERR_INVALID_MODULE_SPECIFIER", message, "TypeError")
        package = self.reader.scope(folder)
        for conditions in self._conditions if package is not None else ():
            assert package is not None
            found = Entry(package, "imports", conditions | {kind}, base).find(specifier)
            if found is None:
                continue
            if not found.startswith("/"):
                return self._package_import(found, package.folder, base)
            return self._existing(found, "", base) if base else Target(self._target_file(found))
        where = "" if package is None else f" in package {package.path}"
        message = f'Package import specifier "{specifier}" is not defined{where}{base}'
        raise LoadError("ERR_PACKAGE_IMPORT_NOT_DEFINED", message, "TypeError")

    def _self(self, name: str, subpath: str, folder: str, kind: str, base: str) -> str | None:
        scope = self.reader.scope(folder)
        if scope is None or scope.exports is None or scope.name != name:
            return None
        return self._exports(scope, subpath, kind, base)

    def _is_builtin(self, specifier: str) -> bool:
        if specifier in self._builtins:
            return True
        return specifier.startswith("node:") and specifier[5:] in BUILTINS and specifier[5:] in self._builtins

    def _unknown_builtin(self, specifier: str) -> LoadError:
        message = f"No such built-in module: {specifier}{self._about_builtins()}"
        return LoadError("ERR_UNKNOWN_BUILTIN_MODULE", message)

    def _about_builtins(self) -> str:
        *most, last = self._builtins or ("none",)
        there = f"{', '.join(most)} and {last}" if most else last
        return f". This is not Node: of the modules that are built in there are {there}"

    def _node_modules(self, folder: str) -> Iterator[str]:
        """Here and above, as far up as the policy goes."""
        for place in (Path(folder), *Path(folder).parents):
            modules = str(place / "node_modules")
            if place.name != "node_modules" and self.reader.policy.allows(modules):
                yield modules


def _split_query(specifier: str, folder: str) -> tuple[str, str]:
    at = _QUERY.search(specifier)
    path, query = (specifier, "") if at is None else (specifier[: at.start()], specifier[at.start() :])
    ends = "/" if path.endswith("/") and path.strip("/") else ""
    return os.path.normpath(f"{quoted(folder)}/{path}" if not path.startswith("/") else path) + ends, query


def _unquoted(url_path: str, base: str) -> str:
    if _ENCODED_SLASH.search(url_path):
        message = f'Invalid module "{url_path}" must not include encoded "/" or "\\" characters{base}'
        raise LoadError("ERR_INVALID_MODULE_SPECIFIER", message, "TypeError")
    return unquote(url_path)


def _means_folder(request: str) -> bool:
    return request.endswith(("/", "/.", "/..")) or request in (".", "..")


def _not_found(request: str, hint: str = "") -> LoadError:
    return LoadError("MODULE_NOT_FOUND", f"Cannot find module '{request}'{hint}")

"""What the `exports` and `imports` of a package.json say about one name.

After Node's PACKAGE_IMPORTS_EXPORTS_RESOLVE and PACKAGE_TARGET_RESOLVE ("ECMAScript modules: Resolution
algorithm specification"). No file is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set as AbstractSet
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from isolates.reading import Description, LoadError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_INDEX = re.compile(r"0|[1-9][0-9]*")
_FORBIDDEN = (".", "..", "node_modules")
_DEEPEST = 100


class _NoTarget:
    """None of the conditions applies; None means that the package says there is nothing."""


_NO_TARGET = _NoTarget()
_Found = str | None | _NoTarget


class Entry(NamedTuple):
    """One lookup: in which map of which package, on whose behalf."""

    package: Description
    kind: Literal["exports", "imports"]
    conditions: AbstractSet[str]
    base: str
    """" imported from ...", the end of messages; empty for require."""

    def find(self, name: str) -> str | None:
        """The file as path of a URL, for imports also the name of a package; None if it is not defined."""
        if name.endswith("/"):
            return None
        targets = self._exports() if self.kind == "exports" else self.package.imports
        if name in targets and "*" not in name:
            return _or_none(self._target(targets[name], None, name, 0))
        patterns = [key for key in targets if key.count("*") == 1]
        for key in sorted(patterns, key=lambda key: (-key.index("*"), -len(key))):
            before, after = key.split("*")
            if name.startswith(before) and name != before and name.endswith(after) and len(name) >= len(key):
                match = name[len(before) : len(name) - len(after)]
                return _or_none(self._target(targets[key], match, key, 0))
        return None

    def _exports(self) -> dict[str, Any]:
        exports = self.package.exports
        if isinstance(exports, str | list):
            return {".": exports}
        if not isinstance(exports, dict):
            return {}
        dotted = [key.startswith(".") for key in exports]
        if any(dotted) and not all(dotted):
            raise self._invalid_config(
                "\"exports\" cannot contain some keys starting with '.' and some not. The exports object "
                "must either be an object of package subpath keys or an object of main entry condition name "
                "keys only."
            )
        return exports if any(dotted) else {".": exports}

    def _target(self, target: Any, match: str | None, key: str, depth: int) -> _Found:
        if depth > _DEEPEST:
            raise self._invalid_config(f'the "{self.kind}" are nested too deeply')
        if isinstance(target, str):
            return self._path(target, match, key)
        if isinstance(target, list):
            return self._first(target, match, key, depth)
        if isinstance(target, dict):
            if any(_INDEX.fullmatch(name) for name in target):
                raise self._invalid_config(f'"{self.kind}" cannot contain numeric property keys.')
            for condition, value in target.items():
                if condition == "default" or condition in self.conditions:
                    found = self._target(value, match, key, depth + 1)
                    if found is not _NO_TARGET:
                        return found
            return _NO_TARGET
        if target is None:
            return None
        raise self._invalid_target(target, key)

    def _first(self, targets: list[Any], match: str | None, key: str, depth: int) -> _Found:
        last: LoadError | None = None
        found: _Found = None if not targets else _NO_TARGET
        for target in targets:
            try:
                found = self._target(target, match, key, depth + 1)
            except LoadError as error:
                if error.code != "ERR_INVALID_PACKAGE_TARGET":
                    raise
                last = error
                continue
            if isinstance(found, str):
                return found
            last = None if found is None else last
        if last is not None:
            raise last
        return found

    def _path(self, target: str, match: str | None, key: str) -> str:
        if not target.startswith("./"):
            if self.kind == "exports" or target.startswith(("../", "/")) or _URL.match(target):
                raise self._invalid_target(target, key)
            return target if match is None else target.replace("*", match)
        if _has_forbidden_part(target[2:]):
            raise self._invalid_target(target, key)
        if match is not None and _has_forbidden_part(match):
            request = key.replace("*", match)
            raise LoadError(
                "ERR_INVALID_MODULE_SPECIFIER",
                f'Invalid module "{request}" request is not a valid match in pattern "{key}" for the '
                f'"{self.kind}" resolution of {self.package.path}{self.base}',
                "TypeError",
            )
        path = target[2:] if match is None else target[2:].replace("*", match)
        return f"{quoted(self.package.folder).rstrip('/')}/{path}"

    def _invalid_target(self, target: Any, key: str) -> LoadError:
        shown = json.dumps(target, ensure_ascii=False, separators=(",", ":"))
        relative = self.kind == "exports" and isinstance(target, str) and target != ""
        hint = '; targets must start with "./"' if relative and not target.startswith("./") else ""
        what = (
            f'Invalid "exports" main target {shown} defined in'
            if key == "."
            else f"Invalid \"{self.kind}\" target {shown} defined for '{key}' in"
        )
        return LoadError(
            "ERR_INVALID_PACKAGE_TARGET", f"{what} the package config {self.package.path}{self.base}{hint}"
        )

    def _invalid_config(self, message: str) -> LoadError:
        base = self.base.replace(" imported from ", " while importing ")
        return LoadError(
            "ERR_INVALID_PACKAGE_CONFIG", f"Invalid package config {self.package.path}{base}. {message}"
        )


def quoted(path: str) -> str:
    """A path as the path of a URL."""
    return path.replace("%", "%25")


def _or_none(found: _Found) -> str | None:
    return found if isinstance(found, str) else None


def _has_forbidden_part(path: str) -> bool:
    return any(unquote(part).lower() in _FORBIDDEN for part in re.split(r"[\\/]", path))

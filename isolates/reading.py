"""Which files JavaScript's modules may be read from, and reading them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from isolates.source_texts import SourceTexts

# More than any isolate takes as source text.
_LARGEST_FILE_BYTES = 256 << 20


class LoadError(Exception):
    """A module can't be found or read; as Node's error it has a class, a `code` and a message."""

    def __init__(self, code: str, message: str, name: str = "Error") -> None:
        super().__init__(message)
        self.code = code
        self.name = name


class AccessDeniedError(LoadError):
    """The code may not read there."""

    def __init__(self, message: str) -> None:
        super().__init__("ERR_ACCESS_DENIED", message)


class ReadPolicy:
    """The folders and files that can be read. Compared as real paths: without links and `..`."""

    def __init__(self, allowed: Iterable[str] | None, way_out: str = "") -> None:
        """`allowed`: None is everything. `way_out` ends the message of a refusal."""
        self._allowed = None if allowed is None else [os.path.realpath(path) for path in allowed]
        self._way_out = way_out

    def allows(self, path: str) -> bool:
        """Whether this path, and what it leads to, is allowed."""
        if self._allowed is None:
            return True
        real = os.path.realpath(path)
        return any(real == folder or real.startswith(folder.rstrip("/") + "/") for folder in self._allowed)

    def guard(self, path: str) -> None:
        """Raises AccessDeniedError, whether or not there is something."""
        if self._allowed is not None:
            self.check(path)

    def check(self, path: str) -> str:
        """The real path. Raises AccessDeniedError, whether or not there is something."""
        if not self.allows(path):
            raise AccessDeniedError(f"Access to '{path}' is denied: {self._way_out}")
        return os.path.realpath(path)


class Description(NamedTuple):
    """What a package.json says, as far as it has the right types."""

    folder: str
    imports: dict[str, Any]
    name: str | None = None
    main: str | None = None
    type: str | None = None
    exports: Any = None

    @property
    def path(self) -> str:
        return f"{self.folder.rstrip('/')}/package.json"


class Reader:
    """Looks at and reads files as far as the policy allows. Any thread."""

    def __init__(self, policy: ReadPolicy) -> None:
        self.policy = policy
        self.sources = SourceTexts()
        self._descriptions: dict[str, tuple[tuple[int, int], Description]] = {}

    def real(self, path: str) -> str:
        """Raises AccessDeniedError."""
        return self.policy.check(path)

    def is_file(self, path: str) -> bool:
        """Raises AccessDeniedError, whether or not there is something."""
        return stat.S_ISREG(self._mode(path))

    def is_folder(self, path: str) -> bool:
        """Raises AccessDeniedError, whether or not there is something."""
        return stat.S_ISDIR(self._mode(path))

    def read(self, path: str) -> str:
        """The text of a module's file. Raises AccessDeniedError and OSError."""
        real = self.policy.check(path)
        text = self._text(real)
        self.sources.add(real, text)
        return text

    def description(self, folder: str) -> Description | None:
        """The package.json in this folder; None if there is none, or none that may be read.

        Raises LoadError if it can't be understood.
        """
        path = f"{folder.rstrip('/')}/package.json"
        if not is_path(path) or not self.policy.allows(path):
            return None
        try:
            found = Path(path).stat()
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        known = self._descriptions.get(path)
        if known is None or known[0] != stamp:
            known = self._descriptions[path] = (stamp, self._parse(folder, path))
        return known[1]

    def scope(self, folder: str) -> Description | None:
        """The package.json of the package that the folder belongs to."""
        for place in (Path(folder), *Path(folder).parents):
            if place.name == "node_modules":
                return None
            found = self.description(str(place))
            if found is not None:
                return found
        return None

    def _mode(self, path: str) -> int:
        if not is_path(path):
            return 0
        self.policy.guard(path)
        try:
            return os.stat(path).st_mode  # noqa: PTH116 - asked very often; names may be too long
        except OSError:
            return 0

    def _parse(self, folder: str, path: str) -> Description:
        try:
            content = json.loads(self._text(os.path.realpath(path)))
        except (ValueError, RecursionError, OSError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise LoadError(
                "ERR_INVALID_PACKAGE_CONFIG", f"Invalid package config {path}. {reason}"
            ) from None
        if not isinstance(content, dict):
            return Description(folder, {})
        imports = content.get("imports")
        return Description(
            folder,
            imports if isinstance(imports, dict) else {},
            name=_text_of(content, "name"),
            main=_text_of(content, "main"),
            type=content.get("type") if content.get("type") in ("module", "commonjs") else None,
            exports=content.get("exports"),
        )

    def _text(self, real: str) -> str:
        # Not blocking: the folder may have a pipe in it that nobody writes to.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(f"'{real}' is no file")
            if found.st_size > _LARGEST_FILE_BYTES:
                raise OSError(f"'{real}' is too large: {found.st_size} bytes")
            return file.read().decode("utf-8", "replace").removeprefix("\ufeff")


def is_path(text: str) -> bool:
    """Whether the system can have a file of this name."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _text_of(content: dict[str, Any], key: str) -> str | None:
    value = content.get(key)
    return value if isinstance(value, str) else None

"""Which files a program may read, and which file `require` means."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

_EXTENSIONS = (".js", ".json", ".node")
_OPTION = "--allow-read"


class AccessDeniedError(Exception):
    """The program may not read there."""

    code = "ERR_ACCESS_DENIED"


class NotFoundError(Exception):
    """There is no such module."""

    code = "MODULE_NOT_FOUND"


class ReadPolicy:
    """The folders and files that can be read. Compared as real paths: without links and `..`."""

    def __init__(self, allowed: Iterable[str] | None) -> None:
        """`allowed`: None is everything."""
        self._allowed = None if allowed is None else [os.path.realpath(path) for path in allowed]

    def allows(self, path: str) -> bool:
        """Whether this path, and what it leads to, is allowed."""
        if self._allowed is None:
            return True
        real = os.path.realpath(path)
        return any(real == folder or real.startswith(folder.rstrip("/") + "/") for folder in self._allowed)

    def check(self, path: str) -> str:
        """The real path. Raises AccessDeniedError, whether or not there is something."""
        if not self.allows(path):
            raise AccessDeniedError(
                f"Access to '{path}' is denied: a program reads files below its own folder only. "
                f"{_OPTION}=PATH allows more"
            )
        return os.path.realpath(path)


class Loader:
    """Finds and reads files by Node's rules for CommonJS, as far as the policy allows."""

    def __init__(self, policy: ReadPolicy) -> None:
        self._policy = policy
        self.sources: dict[str, str] = {}
        """What was read, by its real path: to show lines of it in error messages."""

    def resolve(self, request: str, folder: str) -> str:
        """The real path of the file that `require(request)` means in a module in `folder`.

        Raises NotFoundError and AccessDeniedError.
        """
        if "\0" in request or "\0" in folder:
            raise NotFoundError(f"Cannot find module '{request}'")
        if request.startswith(("./", "../", "/")) or request in (".", ".."):
            found = self._file_or_folder(os.path.normpath(Path(folder, request)), request.endswith("/"))
        else:
            found = self._package(request, folder)
        if found is None:
            raise NotFoundError(f"Cannot find module '{request}'")
        return found

    def read(self, path: str) -> str:
        """The text of a file. Raises AccessDeniedError and OSError."""
        real = self._policy.check(path)
        # Not blocking: the folder may have a pipe in it that nobody writes to.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(f"'{path}' is no file")
            text = file.read().decode("utf-8", "replace").removeprefix("\ufeff")
        self.sources[real] = text
        return text

    def _file_or_folder(self, path: str, is_folder: bool = False) -> str | None:
        real = self._policy.check(path)
        if not is_folder:
            found = self._file(path)
            if found is not None:
                return found
        return self._folder(path) if Path(real).is_dir() else None

    def _file(self, path: str) -> str | None:
        """The file itself, or with an extension added."""
        for extension in ("", *_EXTENSIONS):
            candidate = path + extension
            if Path(candidate).is_file():
                return self._policy.check(candidate)
        return None

    def _folder(self, path: str) -> str | None:
        main = self._main_of(path)
        if main is not None:
            target = os.path.normpath(Path(path, main))
            self._policy.check(target)
            found = self._file(target) or self._file(f"{target}/index")
            if found is not None:
                return found
        found = self._file(f"{path}/index")
        if found is None and main is not None:
            raise NotFoundError(
                f"Cannot find module '{target}'. "
                'Please verify that the package.json has a valid "main" entry'
            )
        return found

    def _main_of(self, folder: str) -> str | None:
        description = f"{folder}/package.json"
        if not Path(description).is_file():
            return None
        try:
            main = json.loads(self.read(description)).get("main")
        except (ValueError, AttributeError) as error:
            raise NotFoundError(f"Error parsing '{description}': {error}") from error
        return main if isinstance(main, str) and "\0" not in main else None

    def _package(self, name: str, folder: str) -> str | None:
        """Looks into node_modules here and above, as far up as the policy goes."""
        for place in (Path(folder), *Path(folder).parents):
            modules = str(place / "node_modules")
            if place.name == "node_modules" or not self._policy.allows(modules):
                continue
            if Path(modules).is_dir():
                found = self._file_or_folder(os.path.normpath(Path(modules, name)), name.endswith("/"))
                if found is not None:
                    return found
        return None

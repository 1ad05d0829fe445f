"""Which modules a context has loaded, what they import, and which of them have changed since."""

from __future__ import annotations

import threading
from pathlib import Path

_PACKAGES = "/node_modules/"

Stamp = tuple[int, ...]


class ModuleGraph:
    """Modules by their keys: the real path of a file, or `cell:NAME`.

    Files of packages are taken to stay as they are. Any thread may call the methods.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamps: dict[str, tuple[str | None, Stamp | None]] = {}
        self._importers: dict[str, set[str]] = {}

    def add_file(self, key: str, path: str) -> None:
        """To be called before the file is read, so that no change is missed."""
        stamp = None if is_in_package(path) else file_stamp(path)
        with self._lock:
            self._stamps[key] = (path, stamp)

    def add_cell(self, key: str, version: int) -> None:
        """`version`: CellModule.version."""
        with self._lock:
            self._stamps[key] = (None, (version,))

    def add_import(self, importer: str, key: str) -> None:
        """Both are keys; what an importer imports makes it out of date too."""
        with self._lock:
            self._importers.setdefault(key, set()).add(importer)

    def keys(self) -> list[str]:
        """The modules whose texts have been taken."""
        with self._lock:
            return list(self._stamps)

    def changed(self, cell_versions: dict[str, int]) -> list[str]:
        """The modules whose text is another one now."""
        with self._lock:
            known = list(self._stamps.items())
        return [
            key
            for key, (path, stamp) in known
            if stamp is not None
            and stamp != ((cell_versions.get(key, 0),) if path is None else file_stamp(path))
        ]

    def take_changed(self, cell_versions: dict[str, int]) -> set[str]:
        """The modules whose text is another one now, and all that import them; they are forgotten."""
        changed = self.changed(cell_versions)
        with self._lock:
            found: set[str] = set()
            while changed:
                key = changed.pop()
                if key not in found:
                    found.add(key)
                    changed.extend(self._importers.pop(key, ()))
            for key in found:
                self._stamps.pop(key, None)
            return found


def is_in_package(path: str) -> bool:
    """Whether a file or folder belongs to a package that was installed."""
    return _PACKAGES in f"{path}/"


def file_stamp(path: str) -> Stamp:
    """Another one when the file has been written; () if there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino)

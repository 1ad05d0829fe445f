"""Whole folders: listed, made and removed. Links are never followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from isolates.kernel.files.failures import FileError, failing_as
from isolates.kernel.files.place import Place
from isolates.kernel.files.task import Task

# As Node counts them: UV_DIRENT_...
_KINDS = {
    stat.S_IFREG: 1,
    stat.S_IFDIR: 2,
    stat.S_IFLNK: 3,
    stat.S_IFIFO: 4,
    stat.S_IFSOCK: 5,
    stat.S_IFCHR: 6,
    stat.S_IFBLK: 7,
}
_FOLDER = _KINDS[stat.S_IFDIR]
# What an entry takes in the isolate beside its name, and how many there may be before one looks for room.
_ENTRY_BYTES = 100
_ROOM_EVERY = 10_000


def entries(task: Task, top: Place, is_recursive: bool) -> Iterator[tuple[bytes, bytes, int]]:
    """(the folder below the top, the name, the kind) of each, sorted as in Node: the deeper ones later."""
    count = size = 0
    level = [b""]
    while level:
        below: list[bytes] = []
        for inner in level:
            for name, kind in _listed(task, top.inner(inner)):
                if is_recursive and kind == _FOLDER:
                    below.append(os.path.join(inner, name))
                count += 1
                size += len(inner) + len(name) + _ENTRY_BYTES
                if count % _ROOM_EVERY == 0:
                    task.require_room(size)
                yield inner, name, kind
        level = below


def _listed(task: Task, folder: Place) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    with failing_as("scandir", folder), os.scandir(folder.full) as listing:
        for entry in listing:
            task.check()
            found.append((entry.name, _kind(entry)))
    return sorted(found)


def _kind(entry: os.DirEntry[bytes]) -> int:
    """Folders tell the common ones, without a look at the file."""
    if entry.is_symlink():
        return _KINDS[stat.S_IFLNK]
    if entry.is_dir(follow_symlinks=False):
        return _FOLDER
    if entry.is_file(follow_symlinks=False):
        return _KINDS[stat.S_IFREG]
    try:
        return _KINDS.get(stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode), 0)
    except OSError:  # it is gone by now
        return 0


def make_folders(task: Task, place: Place, mode: int) -> Place | None:
    """The first one that was made. Raises FileError."""
    missing: list[Place] = []
    first: Place | None = None
    at = place
    with failing_as("mkdir", place):
        while True:
            task.check()
            try:
                os.mkdir(at.full, mode)
                first = first or at
            except FileNotFoundError:
                above = at.above()
                if above is None or first is not None:
                    raise
                missing.append(at)
                at = above
                continue
            except FileExistsError:  # `x/..` is there once x is
                if not os.path.isdir(at.full):
                    raise (
                        NotADirectoryError(errno.ENOTDIR, "")
                        if missing
                        else FileExistsError(errno.EEXIST, "")
                    ) from None
            if not missing:
                return first
            at = missing.pop()


def remove(task: Task, place: Place, is_recursive: bool, is_forced: bool) -> None:
    """As `rm`. Raises FileError."""
    try:
        with failing_as("lstat", place):
            found = os.lstat(place.full)
    except FileError as error:
        if is_forced and error.code == "ENOENT":
            return
        raise
    if not stat.S_ISDIR(found.st_mode):
        with failing_as("unlink", place):
            os.unlink(place.full)
    elif is_recursive:
        _remove_tree(task, place)
    else:
        message = f"Path is a directory: rm returned EISDIR (is a directory) {place.shown}"
        number = errno.EISDIR
        raise FileError(
            "ERR_FS_EISDIR", message, "SystemError", number=number, syscall="rm", path=place.shown
        )


def _remove_tree(task: Task, top: Place) -> None:
    # A list and no recursion, as a path may have two thousand parts.
    waiting = [top]
    while waiting:
        folder = waiting[-1]
        inner = _remove_files(task, folder)
        if inner:
            waiting += inner
        else:
            with failing_as("rmdir", folder):
                os.rmdir(folder.full)
            waiting.pop()


def _remove_files(task: Task, folder: Place) -> list[Place]:
    """The folders in it, which have to go first."""
    inner: list[Place] = []
    for name, kind in _listed(task, folder):
        if kind == _FOLDER:
            inner.append(folder.inner(name))
            continue
        task.check()
        with failing_as("unlink", folder.inner(name)):
            os.unlink(folder.inner(name).full)
    return inner

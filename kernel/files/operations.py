"""What fs of the prelude (prelude/fs) asks of the host, by name. Blocks; any thread."""

from __future__ import annotations

import errno
import os
import random
import string
from collections.abc import Callable
from typing import Any

from isolates.kernel.files import contents, trees
from isolates.kernel.files.failures import failing_as, system_error
from isolates.kernel.files.task import Task
from isolates.kernel.files.texts import decode

_NAME_SIGNS = string.ascii_letters + string.digits
_TRIES = 100

Answer = str | bytes | bytearray | bool | list[Any] | None
"""What JavaScript gets."""


def perform(task: Task, name: object, arguments: tuple[Any, ...]) -> Answer:
    """Raises FileError, StoppedError, and whatever arguments that the prelude does not give lead to."""
    operation = _OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        raise ValueError("no such operation")
    return operation(task, *arguments)


def _read_file(task: Task, path: object, flags: int, encoding: str) -> Answer:
    return contents.read(task, task.place(path), flags, encoding)


def _write_file(task: Task, path: object, data: str | bytes, encoding: str, flags: int, mode: int) -> None:
    contents.write(task, task.place(path), data, encoding, flags, mode)


def _truncate(task: Task, path: object, size: int) -> None:
    contents.truncate(task.place(path), size)


def _copy(task: Task, source: object, target: object, mode: int) -> None:
    contents.copy(task, task.place(source), task.place(target), mode)


def _stat(task: Task, path: object, follows: bool) -> Answer:
    place = task.place(path)
    with failing_as("stat" if follows else "lstat", place):
        found = os.stat(place.full, follow_symlinks=follows)
    born_ns = round(getattr(found, "st_birthtime", 0) * 1e9) or found.st_ctime_ns
    places = (found.st_dev, found.st_mode, found.st_nlink, found.st_uid, found.st_gid, found.st_rdev)
    sizes = (found.st_blksize, found.st_ino, found.st_size, found.st_blocks)
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns, born_ns)
    return [str(number) for number in (*places, *sizes, *times)]


def _exists(task: Task, path: object) -> bool:
    return os.path.exists(task.place(path).full)


def _access(task: Task, path: object, mode: int) -> None:
    place = task.place(path)
    if not os.access(place.full, mode):
        with failing_as("access", place):
            os.stat(place.full)
        raise system_error(errno.EACCES, "access", place)


def _list(task: Task, path: object, encoding: str, is_recursive: bool) -> Answer:
    """The names, with the folders below the path that they are in."""
    found = trees.entries(task, task.place(path), is_recursive)
    return [_named(os.path.join(inner, name), encoding) for inner, name, _ in found]


def _list_kinds(task: Task, path: object, encoding: str, is_recursive: bool) -> Answer:
    """[name, kind, folder], one after the other."""
    top = task.place(path)
    told: list[Any] = []
    for inner, name, kind in trees.entries(task, top, is_recursive):
        told += (_named(name, encoding), kind, top.inner(inner).shown)
    return told


def _named(name: bytes, encoding: str) -> str | bytes:
    """A name of a file; without an encoding as it is."""
    return decode(name, encoding) if encoding else name


def _make_folder(task: Task, path: object, is_recursive: bool, mode: int) -> Answer:
    place = task.place(path)
    if is_recursive:
        first = trees.make_folders(task, place, mode)
        return None if first is None else first.shown
    with failing_as("mkdir", place):
        os.mkdir(place.full, mode)
    return None


def _make_temporary_folder(task: Task, prefix: object, encoding: str) -> Answer:
    start = task.place(prefix)
    chance = random.SystemRandom()
    with failing_as("mkdtemp", start._replace(given=start.given + b"XXXXXX")):
        for _ in range(_TRIES):
            made = task.place(start.given + "".join(chance.choices(_NAME_SIGNS, k=6)).encode())
            try:
                os.mkdir(made.full, 0o700)
            except FileExistsError:
                continue
            return _named(made.given, encoding)
        raise FileExistsError(errno.EEXIST, "")


def _remove(task: Task, path: object, is_recursive: bool, is_forced: bool) -> None:
    trees.remove(task, task.place(path), is_recursive, is_forced)


def _unlink(task: Task, path: object) -> None:
    place = task.place(path)
    with failing_as("unlink", place):
        os.unlink(place.full)


def _remove_folder(task: Task, path: object) -> None:
    place = task.place(path)
    with failing_as("rmdir", place):
        os.rmdir(place.full)


def _rename(task: Task, old: object, new: object) -> None:
    source, target = task.place(old), task.place(new)
    with failing_as("rename", source, target):
        os.rename(source.full, target.full)


def _real_path(task: Task, path: object, encoding: str, is_native: bool) -> Answer:
    place = task.place(path)
    # As in Node, whose own function resolves `..` before it looks.
    full = place.full if is_native else os.path.normpath(os.path.join(task.folder, place.full))
    try:
        return _named(os.path.realpath(full, strict=True), encoding)
    except OSError as error:
        number = error.errno or errno.EIO
        if is_native or not isinstance(error.filename, bytes):
            raise system_error(number, "realpath", place) from None
        at = place._replace(given=error.filename)
        raise system_error(number, "stat" if number == errno.ELOOP else "lstat", at) from None


def _read_link(task: Task, path: object, encoding: str) -> Answer:
    place = task.place(path)
    with failing_as("readlink", place):
        return _named(os.readlink(place.full), encoding)


def _symlink(task: Task, target: object, path: object) -> None:
    goal, place = task.place(target), task.place(path)
    with failing_as("symlink", goal, place):
        os.symlink(goal.given, place.full)


def _link(task: Task, path: object, new: object) -> None:
    source, target = task.place(path), task.place(new)
    with failing_as("link", source, target):
        os.link(source.full, target.full, follow_symlinks=False)


def _change_mode(task: Task, path: object, mode: int) -> None:
    place = task.place(path)
    with failing_as("chmod", place):
        os.chmod(place.full, mode & 0o7777)


def _set_times(task: Task, path: object, accessed_s: float, modified_s: float) -> None:
    place = task.place(path)
    with failing_as("utime", place):
        os.utime(place.full, (accessed_s, modified_s))


_OPERATIONS: dict[str, Callable[..., Answer]] = {
    "access": _access,
    "chmod": _change_mode,
    "copyFile": _copy,
    "exists": _exists,
    "link": _link,
    "mkdir": _make_folder,
    "mkdtemp": _make_temporary_folder,
    "readFile": _read_file,
    "readdir": _list,
    "readdirKinds": _list_kinds,
    "readlink": _read_link,
    "realpath": _real_path,
    "rename": _rename,
    "rm": _remove,
    "rmdir": _remove_folder,
    "stat": _stat,
    "symlink": _symlink,
    "truncate": _truncate,
    "unlink": _unlink,
    "utimes": _set_times,
    "writeFile": _write_file,
}

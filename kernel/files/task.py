"""What an operation on files needs besides its arguments: where it is, room for what it brings, an end."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

from isolates.kernel.files.failures import FileError, StoppedError, failing_as, system_error
from isolates.kernel.files.place import Place, place_of

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# Given to no child, waiting for no other end, and no terminal of ours.
_ALWAYS = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class Task(NamedTuple):
    """One call. `folder` is where relative paths begin."""

    folder: bytes
    is_stopped: Callable[[], bool]
    require_room: Callable[[int], None]
    """Raises FileError if so many bytes do not fit into the isolate."""

    def check(self) -> None:
        """To be called now and then by what may take long. Raises StoppedError."""
        if self.is_stopped():
            raise StoppedError

    def place(self, path: object) -> Place:
        """Raises TypeError, ValueError."""
        return place_of(path, self.folder)


@contextlib.contextmanager
def opened(place: Place, flags: int, mode: int = 0o666) -> Iterator[int]:
    """The descriptor of a regular file, or of what swallows everything. Raises FileError."""
    with failing_as("open", place):
        descriptor = os.open(place.full, flags | _ALWAYS, mode)
    try:
        check_kind(os.fstat(descriptor), place, "read" if flags & os.O_ACCMODE == os.O_RDONLY else "write")
        yield descriptor
    finally:
        os.close(descriptor)


def check_kind(found: os.stat_result, place: Place, syscall: str) -> None:
    """Raises FileError for what can't be read or written as a whole: it has no end, or none yet."""
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        raise system_error(errno.EISDIR, syscall)
    if kind in _KINDS and not (kind == stat.S_IFCHR and found.st_rdev == os.stat(os.devnull).st_rdev):
        what = f"'{place.shown}' is {_KINDS[kind]}. Only regular files are read and written here"
        message = f"ENOTSUP: {what}, {syscall}"
        raise FileError("ENOTSUP", message, number=-errno.ENOTSUP, syscall=syscall, path=place.shown)

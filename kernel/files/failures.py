"""What went wrong with a file, in Node's words."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from isolates.kernel.files.place import Place

# libuv's, where they are not the system's.
_WORDS = {
    errno.E2BIG: "argument list too long",
    errno.EACCES: "permission denied",
    errno.EAGAIN: "resource temporarily unavailable",
    errno.EBUSY: "resource busy or locked",
    errno.EEXIST: "file already exists",
    errno.EFBIG: "file too large",
    errno.EINVAL: "invalid argument",
    errno.EIO: "i/o error",
    errno.EISDIR: "illegal operation on a directory",
    errno.ELOOP: "too many symbolic links encountered",
    errno.EMFILE: "too many open files",
    errno.ENAMETOOLONG: "name too long",
    errno.ENFILE: "file table overflow",
    errno.ENODEV: "no such device",
    errno.ENOENT: "no such file or directory",
    errno.ENOMEM: "not enough memory",
    errno.ENOSPC: "no space left on device",
    errno.ENOTDIR: "not a directory",
    errno.ENOTEMPTY: "directory not empty",
    errno.ENXIO: "no such device or address",
    errno.EPERM: "operation not permitted",
    errno.EROFS: "read-only file system",
    errno.ETXTBSY: "text file is busy",
    errno.EXDEV: "cross-device link not permitted",
}


class FileError(Exception):
    """As Node's error it has a code and what else is not None; `name` is the class."""

    def __init__(
        self,
        code: str,
        message: str,
        name: str = "Error",
        *,
        number: int | None = None,
        syscall: str | None = None,
        path: str | None = None,
        dest: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self._told: dict[str, object] = {"name": name, "message": message, "code": code}
        fields = {"errno": number, "syscall": syscall, "path": path, "dest": dest}
        self._told |= {key: value for key, value in fields.items() if value is not None}

    def told(self) -> dict[str, object]:
        """What the prelude makes an error of."""
        return self._told


class StoppedError(Exception):
    """Whoever wanted the work has been stopped."""


def system_error(
    number: int, syscall: str, place: Place | None = None, dest: Place | None = None
) -> FileError:
    """What a system call has failed with."""
    code = errno.errorcode.get(number, "UNKNOWN")
    words = _WORDS.get(number) or os.strerror(number).lower()
    message = f"{code}: {words}, {syscall}"
    shown = None if place is None else place.shown
    target = None if dest is None else dest.shown
    if shown is not None:
        message += f" '{shown}'" if target is None else f" '{shown}' -> '{target}'"
    return FileError(code, message, number=-number, syscall=syscall, path=shown, dest=target)


@contextlib.contextmanager
def failing_as(syscall: str, place: Place | None = None, dest: Place | None = None) -> Iterator[None]:
    """Makes a FileError of an OSError."""
    try:
        yield
    except OSError as error:
        raise system_error(error.errno or errno.EIO, syscall, place, dest) from None

"""Files as a whole: read, written and copied."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from isolates.kernel.files.failures import FileError, failing_as, system_error
from isolates.kernel.files.place import Place
from isolates.kernel.files.task import Task, opened
from isolates.kernel.files.texts import decode, encode, string_bytes

# Between two looks whether anybody waits still.
_PORTION = 16 << 20
_FIRST_PORTION = 64 << 10  # of what does not tell its size, as files of /proc
# Node's, whatever there is room for.
_LARGEST_FILE = (1 << 31) - 1
_LONGEST_STRING = 0x1FFFFFE8
_EXCLUSIVE, _CLONE_OR_FAIL, _ALL_MODES = 1, 4, 7


def read(task: Task, place: Place, flags: int, encoding: str) -> str | bytearray:
    """The text, or the bytes if there is no encoding. Raises FileError."""
    with opened(place, flags) as descriptor, failing_as("read"):
        size = os.fstat(descriptor).st_size
        if size > _LARGEST_FILE:
            message = f"File size ({size}) is greater than 2 GiB"
            raise FileError("ERR_FS_FILE_TOO_LARGE", message, "RangeError")
        task.require_room(size)
        data = _content(task, descriptor, size)
    if not encoding:
        return data
    text = decode(data, encoding, task.check)
    if len(text) > _LONGEST_STRING:
        message = f"Cannot create a string longer than 0x{_LONGEST_STRING:x} characters"
        raise FileError("ERR_STRING_TOO_LONG", message)
    task.require_room(string_bytes(text))
    return text


def _content(task: Task, descriptor: int, size: int) -> bytearray:
    data = bytearray(size)
    length = 0
    while True:
        task.check()
        if length == len(data):  # the end, or it has grown, or it has told no size
            more = os.read(descriptor, _FIRST_PORTION)
            if not more:
                return data
            data += more
            length = len(data)
            task.require_room(length)
            continue
        with memoryview(data)[length : length + _PORTION] as portion:
            count = os.readv(descriptor, [portion])
        length += count
        if count == 0:  # it is shorter by now
            del data[length:]
            return data


def write(task: Task, place: Place, data: str | bytes, encoding: str, flags: int, mode: int) -> None:
    """Raises FileError."""
    content = encode(data, encoding) if isinstance(data, str) else data
    with opened(place, flags, mode) as descriptor:
        _write_all(task, descriptor, content)


def _write_all(task: Task, descriptor: int, data: bytes) -> None:
    with failing_as("write"), memoryview(data) as view:
        written = 0
        while written < len(view):
            task.check()
            written += os.write(descriptor, view[written : written + _PORTION])


def truncate(place: Place, size: int) -> None:
    """Raises FileError."""
    with opened(place, os.O_RDWR) as descriptor, failing_as("ftruncate"):
        os.ftruncate(descriptor, size)


def copy(task: Task, source: Place, target: Place, mode: int) -> None:
    """Raises FileError."""
    with _failing_as_copy(source, target), contextlib.ExitStack() as stack:
        if mode & _CLONE_OR_FAIL:
            raise system_error(errno.ENOSYS, "copyfile", source, target)
        start = stack.enter_context(opened(source, os.O_RDONLY))
        found = os.fstat(start)
        exclusive = os.O_EXCL if mode & _EXCLUSIVE else 0
        end = stack.enter_context(opened(target, os.O_WRONLY | os.O_CREAT | exclusive, found.st_mode))
        if os.path.sameopenfile(start, end):
            return
        os.ftruncate(end, 0)
        os.fchmod(end, found.st_mode)
        while portion := os.read(start, _PORTION):
            _write_all(task, end, portion)


@contextlib.contextmanager
def _failing_as_copy(source: Place, target: Place) -> Iterator[None]:
    with failing_as("copyfile", source, target):
        try:
            yield
        except FileError as error:
            number = error.told().get("errno")
            if isinstance(number, int) and error.code != "ENOTSUP":
                raise system_error(-number, "copyfile", source, target) from None
            raise

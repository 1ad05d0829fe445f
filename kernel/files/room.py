"""What fits into an isolate still, before it gets it: V8 would end the isolate, and not the call."""

from __future__ import annotations

import contextlib
import threading

from isolates import DisposedError, Isolate, StoppedError, TerminatedError, sample
from isolates.kernel.files.failures import FileError

# What an isolate needs beside a file, so that code can look at it.
_SPARE_BYTES = 4 << 20


class Room:
    """Of one isolate. Any thread. `_lock` guards what is reserved."""

    def __init__(self, isolate: Isolate) -> None:
        self._isolate = isolate
        self._lock = threading.Lock()
        self._reserved: dict[int, int] = {}  # bytes by the number of the call

    def require(self, size: int) -> None:
        """Raises FileError. What is not used any more counts until it is collected."""
        self._require(size, None)

    def reserve(self, number: int, size: int) -> None:
        """The same; and nobody else has that room until the call of this number frees it."""
        self.free(number)
        self._require(size, number)

    def free(self, number: int) -> None:
        with self._lock:
            self._reserved.pop(number, None)

    def _require(self, size: int, number: int | None) -> None:
        if self._has(size, number):
            return
        with contextlib.suppress(DisposedError, StoppedError, TerminatedError):
            self._isolate.collect_garbage_sync()
        if not self._has(size, number):
            with self._lock:
                left = max(0, self._left())
            message = (
                f"File size ({size}) is greater than what the isolate's memory limit leaves ({left} bytes)"
            )
            raise FileError("ERR_FS_FILE_TOO_LARGE", message, "RangeError")

    def _has(self, size: int, number: int | None) -> bool:
        with self._lock:
            if size > self._left():
                return False
            if number is not None:
                self._reserved[number] = size
            return True

    def _left(self) -> int:
        (found,) = sample([self._isolate])
        used = found.used_heap_size + found.externally_allocated_size + sum(self._reserved.values())
        return found.memory_limit - used - _SPARE_BYTES

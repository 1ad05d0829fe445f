"""The program's standard output and error: written at once, by whatever thread."""

from __future__ import annotations

import errno
import os
import select
import signal
import threading
from typing import NoReturn

from isolates.text import well_formed

# As of a process that SIGPIPE has ended, which is what tools expect of `program | head`.
_EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE


class Output:
    """Unbuffered, so that nothing is lost when the process ends, and no `flush` has to be remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def write(self, fd: int, text: str | bytes) -> None:
        """Writes all of it. Ends the process if nobody reads any more."""
        data = well_formed(text).encode() if isinstance(text, str) else text
        with self._lock:
            try:
                _write_all(fd, data)
                return
            except BrokenPipeError:
                pass
            except OSError as error:
                # A terminal that has gone, or a closed descriptor: there is nobody to tell.
                if error.errno not in (errno.EIO, errno.EBADF):
                    raise
                return
        self.exit(_EXIT_BROKEN_PIPE)

    def exit(self, code: int) -> NoReturn:
        """Ends the process at once, but not in the middle of what another thread writes.

        Not by an exception: JavaScript may be running on several threads, and isolates need no tidying up.
        """
        with self._lock:
            os._exit(code)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            select.select((), (fd,), ())

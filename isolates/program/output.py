"""The program's standard output and error: written at once, by whatever thread."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import threading
from typing import NoReturn

from isolates.text import well_formed

# As of a process that SIGPIPE has ended, which is what tools expect of `program | head`.
_EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE
_PATIENCE_S = 0.2


class Output:
    """Unbuffered, so that nothing is lost when the process ends, and no `flush` has to be remembered."""

    def __init__(self) -> None:
        self._locks = {1: threading.Lock(), 2: threading.Lock()}

    def write(self, fd: int, text: str | bytes) -> None:
        """Writes all of it. Ends the process if nobody reads any more."""
        data = well_formed(text).encode() if isinstance(text, str) else text
        with self._locks[fd]:
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
        with self._locks[1], self._locks[2]:
            os._exit(code)

    def abort(self, code: int, text: str) -> NoReturn:
        """Ends the process also where nobody reads what another thread is writing. Says why, if it can."""
        if self._locks[2].acquire(timeout=_PATIENCE_S) and select.select((), (2,), (), 0)[1]:
            with contextlib.suppress(OSError):
                os.write(2, text.encode())
        os._exit(code)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            select.select((), (fd,), ())

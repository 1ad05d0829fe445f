"""What pages say to widgets, heard on a thread of its own: also while a cell keeps the main thread busy.

ipykernel hands a comm's messages to the thread that the comm was made on, which is the main one, whatever
subshell the page has asked for; and some pages ask for none. So those of our widgets go to a subshell that is
there for them alone. Where there are no subshells, a button is heard when the cell has ended.
"""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

from IPython import get_ipython

# Pages keep a message until it is said to be done. Of a cell that runs for a day some are left to them.
_MOST_OWED = 10_000

_log = logging.getLogger(__name__)
_lock = threading.Lock()  # for _asides
_asides: WeakKeyDictionary[Any, Aside] = WeakKeyDictionary()


def hear_aside(comm: Any) -> None:
    """From now on the comm's messages come on that thread."""
    kernel = getattr(get_ipython(), "kernel", None)
    if getattr(kernel, "shell_channel_thread", None) is None or not hasattr(comm, "_reply_subshell_for"):
        return
    with _lock:
        aside = _asides.get(kernel) or _asides.setdefault(kernel, Aside(kernel))
    comm._reply_subshell_for = aside.route


class Aside:
    """The subshell of one kernel, whose messages come from the thread that receives for the kernel.

    What a subshell does with a message otherwise would make it the parent of what other threads print, tell
    the page that the kernel is idle while a cell runs, and call what the user wants to happen after each
    cell: matplotlib shows figures then, also those that the cell is at. So the messages are taken here.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._manager = kernel.shell_channel_thread.manager
        self._subshell: str | None = None
        self._owed: deque[dict[str, Any]] = deque(maxlen=_MOST_OWED)
        self._loop: Any = None
        self._is_waiting = False  # for the cell's end
        kernel.shell_channel_thread.io_loop.add_callback(self._open)

    def route(self, data: object, default: str | None) -> str | None:
        """For ipykernel: the subshell that a message goes to. On the thread that receives."""
        return self._subshell if self._subshell in self._manager.list_subshell() else default

    def _open(self) -> None:
        """On the thread that receives."""
        try:
            subshell = self._manager._create_subshell()
            stream = self._manager.get_shell_channel_to_subshell_pair(subshell).to_stream
            self._loop = stream.io_loop
            self._loop.add_callback(stream.on_recv, self._receive, copy=False)
            self._subshell = subshell
        except Exception as error:
            _log.warning("Buttons of widgets have to wait for cells: %s", error)

    def _receive(self, frames: list[Any]) -> None:
        """On the subshell's thread."""
        kernel = self._kernel
        try:
            _, rest = kernel.session.feed_identities(frames, copy=False)
            message = kernel.session.deserialize(rest, copy=False)
        except Exception:
            _log.exception("A message of a widget can't be read")
            return
        try:
            self._take(message)
        except Exception:
            _log.exception("A message of a widget has no effect")
        self._owed.append({"header": message["header"]})
        self._settle()

    def _settle(self) -> None:
        """Says that messages are done, if no cell runs: else when it has ended. On the subshell's thread."""
        kernel = self._kernel
        while self._owed and not kernel._main_asyncio_lock.locked():
            kernel._publish_status("idle", "shell", parent=self._owed.popleft())
        if self._owed and not self._is_waiting:
            self._is_waiting = True
            kernel.io_loop.add_callback(self._wait)

    async def _wait(self) -> None:
        """On the main thread, which holds the lock while a cell runs."""
        async with self._kernel._main_asyncio_lock:
            pass
        self._is_waiting = False
        self._loop.add_callback(self._settle)

    def _take(self, message: dict[str, Any]) -> None:
        comm = self._kernel.comm_manager.get_comm(message["content"]["comm_id"])
        if message["msg_type"] == "comm_close":
            self._kernel.comm_manager.comm_close(None, [], message)
        elif comm is not None and comm._msg_callback is not None:
            comm._msg_callback(message)

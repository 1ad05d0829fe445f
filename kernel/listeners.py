"""The kernel's ports, open before there is a kernel."""

from __future__ import annotations

import json
import socket
from pathlib import Path

_CHANNELS = ("shell", "control", "stdin", "iopub")
_BACKLOG = 100  # ZeroMQ's own


class Listeners:
    """Sockets that listen at the ports of a connection file, until ZeroMQ takes them over.

    A client tries to connect as soon as it has started the kernel, and if nobody listens then, again after
    100 to 200 ms each time. So one that finds the kernel's ports by its second look, when most of the kernel
    is still to be imported, hears of it the moment it is ready, and not at some later look. The system
    accepts the connections meanwhile; what is sent waits at the client until ZeroMQ greets it.

    Whatever is odd here (no file, a port that is taken) is left to ipykernel, which will find it too.
    """

    def __init__(self) -> None:
        self._sockets: dict[int, tuple[str, socket.socket]] = {}

    def open(self, arguments: list[str]) -> None:
        """Opens those that `-f FILE` asks for; a kernel that is started by Jupyter has it."""
        if "-f" not in arguments[:-1]:
            return
        try:
            file = Path(arguments[arguments.index("-f") + 1])
            connection = json.loads(file.read_text("utf-8"))
            ip = connection["ip"]
            if connection["transport"] != "tcp":
                return
            socket.inet_pton(socket.AF_INET, ip)  # Names are not the same to ZeroMQ.
            for channel in _CHANNELS:
                self._open(ip, connection[f"{channel}_port"])
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            pass

    def _open(self, ip: str, port: int) -> None:
        if port > 0:
            listener = socket.create_server((ip, port), backlog=_BACKLOG)
            listener.setblocking(False)
            self._sockets[port] = (ip, listener)

    def take(self, ip: str, port: int) -> int | None:
        """The descriptor of the socket that listens there: the caller's now. Without it the port is free."""
        listens_at, listener = self._sockets.pop(port, ("", None))
        if listener is None:
            return None
        if listens_at != ip:
            listener.close()
            return None
        return listener.detach()

    def close(self) -> None:
        """Closes those that nobody took."""
        while self._sockets:
            _, (_, listener) = self._sockets.popitem()
            listener.close()

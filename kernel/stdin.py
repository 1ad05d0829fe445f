"""Questions to the user: input() of Python and prompt() of JavaScript, one at a time."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import zmq

from isolates.kernel.origin import Origin
from isolates.kernel.output import Message
from isolates.text import well_formed

_END_OF_INPUT = "\x04"


class CannotAskError(Exception):
    """There is nobody who could answer."""


class Stdin:
    """The stdin channel. It is not safe for threads: who asks holds `_turn` until the answer is there.

    Waiting for an answer ends with the cell that asks, however that ends: a byte in a pipe tells it, as
    ZeroMQ's poll waits for both. Python's input() is ended by signals. `_lock` guards `_open`.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._open: dict[str, bytes] = {}  # cells that run and may ask: the id of the request, who sent it
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)

    @contextlib.contextmanager
    def open_for(self, parent: Message | None, is_allowed: bool, ident: Any) -> Iterator[None]:
        """While that cell runs, its code may ask, if the frontend allows it; its end ends the waiting."""
        key = None if parent is None or not is_allowed else str(parent["header"]["msg_id"])
        if key is not None:
            with self._lock:
                self._open[key] = ident
        try:
            yield
        finally:
            if key is not None:
                with self._lock:
                    self._open.pop(key, None)
                with contextlib.suppress(BlockingIOError):  # it is full: whoever waits is woken anyway
                    os.write(self._wake_write, b"!")

    def ask_for(self, origin: Origin | None, question: str) -> str | None:
        """The answer to a cell's code on any thread; None for the end of input.

        Raises CannotAskError, InterruptedError.
        """
        parent = None if origin is None else origin.parent
        if parent is None:
            raise CannotAskError("a silent cell can't ask")
        key = str(parent["header"]["msg_id"])
        with self._lock:
            ident = self._open.get(key)
        if ident is None:
            raise CannotAskError(
                "nobody can be asked: the cell has ended, or it runs where no user is (allow_stdin is off)"
            )
        try:
            return self.ask(well_formed(question), ident, parent, key=key)
        except EOFError:
            return None

    def ask(
        self, question: str, ident: Any, parent: Message, password: bool = False, key: str | None = None
    ) -> str:
        """Sends an input_request and waits for its reply; only while the cell of `key` runs, if one is given.

        Raises EOFError, InterruptedError, and KeyboardInterrupt on the main thread.
        """
        while not self._turn.acquire(timeout=0.05):
            self._check(key)
        try:
            self._drain()
            self._check(key)
            session, socket = self._kernel.session, self._kernel.stdin_socket
            content = {"prompt": question, "password": password}
            session.send(socket, "input_request", content, parent, ident=ident)
            return self._answer(key)
        finally:
            self._turn.release()

    def _answer(self, key: str | None) -> str:
        socket = self._kernel.stdin_socket
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._wake_read, zmq.POLLIN)
        while True:
            self._check(key)
            ready = dict(poller.poll())
            if self._wake_read in ready:
                self._empty_pipe()
            if socket in ready:
                _, reply = self._kernel.session.recv(socket)
                if reply is not None:
                    value = reply["content"].get("value", "")
                    if value == _END_OF_INPUT:
                        raise EOFError
                    return str(value)

    def _check(self, key: str | None) -> None:
        with self._lock:
            if key is not None and key not in self._open:
                raise InterruptedError("the cell has ended while the user was asked")

    def _drain(self) -> None:
        """Drops answers to questions that nobody waits for any more."""
        with contextlib.suppress(zmq.Again):
            while True:
                self._kernel.stdin_socket.recv_multipart(zmq.NOBLOCK)

    def _empty_pipe(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 1 << 16)

"""Comms that JavaScript opens or answers: jupyter.comm."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import comm
from comm.base_comm import BaseComm
from ipykernel.comm.comm import BaseComm as KernelComm

from isolates.kernel.json_values import TOO_DEEP, TooDeepError, well_formed_json
from isolates.kernel.output import Message

_LONGEST_SHOWN = 100


class Publish(Protocol):
    """Sends a message for the cell of that number."""

    def __call__(
        self,
        cell: int,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None,
        buffers: list[bytes | memoryview[bytes]] | None,
    ) -> None: ...


class _CellComm(KernelComm):
    """A comm whose messages belong to the cell that sends them, in order with its other output."""

    def __init__(self, publish: Publish, cell: int, **options: Any) -> None:
        self._publish = publish
        self.cell = cell
        super().__init__(**options)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: dict[str, Any] | None = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        content = {"data": {} if data is None else data, "comm_id": self.comm_id, **keys}
        self._publish(self.cell, msg_type, content, metadata, buffers)


class Comms:
    """The comms of one context. The manager of all comms is ipykernel's.

    JavaScript calls `call` on the threads that run it; messages come on threads of a shell.
    """

    def __init__(self, publish: Publish, deliver: Callable[[list[object]], None]) -> None:
        """`deliver` hands what comes to operations.comm of the prelude."""
        self._publish = publish
        self._deliver = deliver
        self._comms: dict[str, BaseComm] = {}
        self._targets: dict[str, Callable[[BaseComm, Message], None]] = {}

    def call(
        self, cell: int, name: str, request: str, data: str | None, metadata: str | None, *buffers: bytes
    ) -> str | None:
        """What prelude/comms.js asks for; the comm's id for `create`. Raises TypeError, ValueError."""
        asked = well_formed_json(json.loads(request))
        parts = {part: _read(name, part, text) for part, text in (("data", data), ("metadata", metadata))}
        given: dict[str, Any] = {**parts, "buffers": [bytes(buffer) for buffer in buffers]}
        match name:
            case "create":
                self._check_free(name, asked["id"])
                return str(asked["id"] or uuid.uuid4().hex)
            case "open":
                self._check_free(name, asked["id"])
                made = _CellComm(
                    self._publish, cell, target_name=asked["target"], comm_id=asked["id"], **given
                )
                comm.get_comm_manager().register_comm(made)
                self._adopt(made)
            case "send":
                found = self._comms.get(asked["id"])
                if found is None:
                    raise ValueError(f"comm.send: the comm {asked['id']!r} is closed")
                self._from(cell, found).send(**given)
            case "close":
                found = self._comms.pop(asked["id"], None)
                if found is not None:  # else the frontend has closed it just now
                    self._from(cell, found).close(**given)
            case "register":
                self._register(asked["target"])
            case "unregister":
                self._unregister(asked["target"])
        return None

    @staticmethod
    def _check_free(name: str, identifier: str) -> None:
        if identifier in comm.get_comm_manager().comms:
            raise ValueError(f"comm.{name}: commId {identifier!r} is that of another comm")

    @staticmethod
    def _from(cell: int, found: BaseComm) -> BaseComm:
        if isinstance(found, _CellComm):
            found.cell = cell
        return found

    def close(self) -> None:
        """The context is gone: the frontend is told, and nobody else is answered in its name. Any thread."""
        for target in tuple(self._targets):
            self._unregister(target)
        while self._comms:
            _, made = self._comms.popitem()
            made.close()

    def _register(self, target: str) -> None:
        def opened(made: BaseComm, message: Message) -> None:
            self._adopt(made)
            self._hand("open", made, message)

        self._targets[target] = opened
        comm.get_comm_manager().register_target(target, opened)

    def _unregister(self, target: str) -> None:
        opened, manager = self._targets.pop(target, None), comm.get_comm_manager()
        # Another context may have registered the name since.
        if opened is not None and manager.targets.get(target) is opened:
            manager.unregister_target(target, opened)

    def _adopt(self, made: BaseComm) -> None:
        self._comms[made.comm_id] = made
        made.on_msg(lambda message: self._hand("msg", made, message))
        made.on_close(lambda message: self._closed(made, message))

    def _closed(self, made: BaseComm, message: Message) -> None:
        self._comms.pop(made.comm_id, None)
        self._hand("close", made, message)

    def _hand(self, kind: str, made: BaseComm, message: Message) -> None:
        parts = {key: message.get(key, {}) for key in ("header", "parent_header", "content", "metadata")}
        text = json.dumps(parts, default=str)
        buffers: Sequence[Any] = message.get("buffers") or ()
        self._deliver([kind, made.comm_id, made.target_name, text, *(bytes(buffer) for buffer in buffers)])


def _read(name: str, part: str, text: str | None) -> dict[str, Any] | None:
    """What goes into a message, of its JSON. Raises TypeError, ValueError."""
    if text is None:
        return None
    try:
        value = well_formed_json(json.loads(text))
    except (RecursionError, TooDeepError):
        raise TooDeepError(f"comm.{name}: {part} is {TOO_DEEP}") from None
    if not isinstance(value, dict):  # what toJSON has made of it
        raise TypeError(f"comm.{name}: {part} must be an object, not {text[:_LONGEST_SHOWN]}")
    return value

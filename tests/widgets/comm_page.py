"""A page that looks at a widget of a real kernel, by its comm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

DEADLINE_S = 20.0


class CommPage:
    """The view of the last widget that a cell has made. `kernel` and `run` are of tests/kernel/conftest.py.

    No subshell is asked for, as by frontends that know none.
    """

    def __init__(self, kernel: Any, run: Any) -> None:
        self._kernel = kernel
        opened = [m["content"] for m in run.messages if m["msg_type"] == "comm_open"]
        made = [one for one in opened if "_anywidget_id" in one["data"]["state"]]
        self.comm_id = made[-1]["comm_id"]
        self.state: dict[str, Any] = made[-1]["data"]["state"]
        self.messages: list[dict[str, Any]] = []
        self._last = 0

    def say(self, **content: Any) -> None:
        data = {"method": "custom", "content": content}
        message = self._kernel.client.session.msg("comm_msg", {"comm_id": self.comm_id, "data": data})
        self._kernel.client.shell_channel.send(message)

    def look(self) -> None:
        self.say(do="look", view="v", has=0)

    def leave(self) -> None:
        self.say(do="leave", view="v")

    def _new(self) -> Iterator[dict[str, Any]]:
        """What comes, frames drawn at once; other messages are the kernel's to keep."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            message = self._kernel.next_message(until - time.monotonic())
            content = message["content"]
            if message["msg_type"] != "comm_msg" or content.get("comm_id") != self.comm_id:
                self._kernel._keep(message)
                continue
            told = content["data"].get("content")
            if told is None:
                continue  # ipywidgets' own
            self.messages.append({**told, "buffers": message["buffers"]})
            if told["is"] == "frame":
                self.say(do="drawn", frame=told["frame"])
            yield self.messages[-1]
        raise AssertionError(f"it never came: {self.messages[-2:]}")

    def frame(self, is_it: Callable[[dict[str, Any]], object] = bool) -> dict[str, Any]:
        """The next frame that is like that."""
        return next(one for one in self._new() if one["is"] == "frame" and is_it(one))

    def act(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Presses a button; the last answer, with `seconds` until the first one came."""
        self._last += 1
        begun = time.monotonic()
        self.say(do="act", id=self._last, action=action, **arguments)
        seconds = None
        for one in self._new():
            if one["is"] == "answer" and one["id"] == self._last:
                seconds = time.monotonic() - begun if seconds is None else seconds
                if one["state"] != "begun":
                    return {**one, "seconds": seconds}
        raise AssertionError

    def finish(self, request: str) -> dict[str, Any]:
        """Waits until the kernel is idle after a cell, which it may have been before; the cell's reply."""

        def is_idle() -> bool:
            kept = self._kernel.late.get(request, [])
            return any(
                m["content"].get("execution_state") == "idle" for m in kept if m["msg_type"] == "status"
            )

        until = time.monotonic() + DEADLINE_S
        while not is_idle():
            self._kernel._keep(self._kernel.next_message(until - time.monotonic()))
        reply: dict[str, Any] = self._kernel.reply(request)
        return reply

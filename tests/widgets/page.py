"""A page as the kernel hears it: what it says, and what comes to it."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable
from typing import Any

from isolates.widgets.live import LiveWidget

DEADLINE_S = 30.0


class Page:
    """One view of a widget. It draws each frame at once, if it `draws`."""

    def __init__(self, widget: LiveWidget, name: str = "view") -> None:
        self.widget = widget
        self.name = name
        self.draws = True
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._heard = threading.Condition()
        self._last = 0
        widget.send = self._hear

    def _hear(self, content: dict[str, Any], buffers: Any = ()) -> None:
        with self._heard:
            self.messages.append((content, [bytes(buffer) for buffer in buffers]))
            self._heard.notify_all()
        if content["is"] == "frame" and self.draws:
            self.say(do="drawn", frame=content["frame"])

    def say(self, **content: Any) -> None:
        self.widget._hear(self.widget, content, [])

    def look(self, has: int = 0) -> None:
        self.say(do="look", view=self.name, has=has)

    def leave(self) -> None:
        self.say(do="leave", view=self.name)

    def frames(self) -> list[tuple[dict[str, Any], list[bytes]]]:
        return [one for one in list(self.messages) if one[0]["is"] == "frame"]

    def frame(self, is_it: Callable[[dict[str, Any]], object] = bool) -> tuple[dict[str, Any], list[bytes]]:
        """The newest frame that is like that; waits for one."""

        def find() -> Any:
            return next((one for one in reversed(self.frames()) if is_it(one[0])), None)

        with self._heard:
            assert self._heard.wait_for(find, DEADLINE_S), self.messages[-3:]
            return find()

    def next_frame(self) -> tuple[dict[str, Any], list[bytes]]:
        """One that has not been there before."""
        count = len(self.frames())
        return self.frame(lambda _: len(self.frames()) > count)

    def act(self, action: str, **arguments: Any) -> int:
        """Presses a button; the number of the request."""
        self._last += 1
        self.say(do="act", id=self._last, action=action, **arguments)
        return self._last

    def answers(self, number: int) -> list[tuple[dict[str, Any], list[bytes]]]:
        return [one for one in list(self.messages) if one[0]["is"] == "answer" and one[0]["id"] == number]

    def answer(self, number: int, deadline_s: float = DEADLINE_S) -> dict[str, Any]:
        """The last one: done or failed."""

        def find() -> Any:
            found = self.answers(number)
            return found[-1][0] if found and found[-1][0]["state"] != "begun" else None

        with self._heard:
            assert self._heard.wait_for(find, deadline_s), self.answers(number)
            return find()

    def file(self, number: int) -> bytes:
        """What came in pieces, with all answers."""
        return b"".join(piece for _, buffers in self.answers(number) for piece in buffers)


def floats(buffer: bytes, width: int) -> list[list[float]]:
    """Rows of float64."""
    numbers = array("d", buffer)
    assert len(numbers) % width == 0
    return [list(numbers[at : at + width]) for at in range(0, len(numbers), width)]

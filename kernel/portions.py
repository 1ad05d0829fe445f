"""Text cut into messages that a page can take."""

from __future__ import annotations

import math
import time
from collections import deque

# In bytes of JSON. A page pays for each message as much as the whole output of the cell: few large ones.
LARGEST = 1 << 20
TAIL = 1 << 16
# Jupyter's server (ZMQChannelsWebsocketConnection) drops text beyond its limit, and from then on everything
# but the state of the kernel, until less than four fifths of the limit are left in its window.
_WINDOW_S = 3.0
_LIMIT = 3_000_000
_RESUMES = 2_400_000
# So that the end of a cell, and its result, still have room: nothing more goes into a window that holds so
# much, except what is small, and messages so large that the server drops all of them.
_FULL = 2_080_000
_ALMOST_RESUMES = 2_300_000
_SMALLEST = 120_000
_HEADERS = 600
_LONG_LINE = 2000
# What is small has room again when so long nothing large has come.
_FLOOD_S = 0.5


class Portions:
    """Says how much of a text is sent at once, with a model of what Jupyter's server lets through by default.

    A cell that prints more is seen from its start, up to 2 MB in 3 s, and with its last lines, its result or
    its error: the server's own notice stands for what lies between. Other clients get all of it.
    """

    def __init__(self) -> None:
        self._passed: deque[tuple[float, float]] = deque()
        self._total = 0.0
        self._drops = False
        self._flooded_at = -math.inf

    def idle(self) -> None:
        """The server counts anew when it hears that the kernel is idle."""
        self._passed.clear()
        self._total, self._drops = 0.0, False
        self._flooded_at = -math.inf

    def take(self, text: str, *, may_wait: bool) -> tuple[list[str], str]:
        """The messages to be sent now, and what waits for more text or a window with more room."""
        density = _encoded_size(text) / max(len(text), 1)
        portions: list[str] = []
        start = 0
        while start < len(text):
            left = (len(text) - start) * density
            size = self._next_size(left, may_wait)
            if not size or (portions and may_wait and left < LARGEST):
                break
            end = len(text)
            if size < left:
                end = start + max(int(size / density), 1)
                # At the end of a line, if there is one near: what follows may be the next that is seen.
                end = text.rfind("\n", max(end - _LONG_LINE, start), end) + 1 or end
            self._note((end - start) * density + _HEADERS)
            portions.append(text[start:end])
            start = end
        return portions, text[start:]

    def _next_size(self, left: float, may_wait: bool) -> float:
        total = self._in_window()
        is_full = total > _FULL - _SMALLEST
        floods = is_full and time.monotonic() < self._flooded_at + _FLOOD_S
        if left <= min(_ALMOST_RESUMES - total, LARGEST) and not (may_wait and floods):
            return left
        if not is_full:
            return min(_FULL - total, LARGEST)
        if left >= LARGEST + TAIL:
            self._flooded_at = time.monotonic()
            return LARGEST
        if may_wait:
            return 0
        # The end. What comes before the tail must be dropped, lest it take the tail's room.
        tail = TAIL if self._drops else min(TAIL, total + left - _LIMIT - _LONG_LINE)
        return min(left, LARGEST) if left <= TAIL + _LONG_LINE or tail < 0 else left - tail

    def _in_window(self) -> float:
        now = time.monotonic()
        while self._passed and self._passed[0][0] <= now:
            self._total -= self._passed.popleft()[1]
        return self._total

    def _note(self, size: float) -> None:
        total = self._in_window() + size
        if total > _LIMIT:
            self._drops = True
        elif total < _RESUMES:
            self._drops = False
        if not self._drops:
            self._passed.append((time.monotonic() + _WINDOW_S, size))
            self._total = total


def _encoded_size(text: str) -> int:
    """The bytes of the text in JSON, where ANSI's colours and ends of lines take more."""
    size = len(text) if text.isascii() else len(text.encode())
    return size + sum(map(text.count, '\n"\\\t\r')) + 5 * text.count("\x1b")

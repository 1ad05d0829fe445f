"""The cells behind one that has failed.

ipykernel drops those that have already come. A notebook that runs all its cells sends them one by one,
though, and an error of JavaScript is answered in 3 ms, before most of them are on their way.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from isolates.kernel.output import Message


class FailedRun:
    """Says which cells belong to a run of many that has ended with an error.

    Those that the same notebook sends before it has been silent for a while, which nobody does by hand.
    Programs may send a cell as soon as the one before is answered; they give it no cell's id.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._session: str | None = None
        self._until = 0.0
        self._silence_s = 0.0

    def begin(self, request: Message, silence_s: float) -> None:
        """The cell of this request has failed."""
        self._session = _notebook(request)
        self._silence_s = silence_s
        self._until = self._clock() + silence_s

    def has(self, request: Message) -> bool:
        """Whether the request came with the one that has failed; then more may come behind it."""
        if self._session is None or _notebook(request) != self._session:
            return False
        if self._clock() >= self._until:
            self._session = None
            return False
        self._until = self._clock() + self._silence_s
        return True


def _notebook(request: Message) -> str | None:
    """The session of the notebook that has sent the cell; None if it was none."""
    if request["header"]["msg_type"] != "execute_request" or "cellId" not in request["metadata"]:
        return None
    session: str = request["header"]["session"]
    return session

"""The cells behind one that has failed.

ipykernel drops those that have already come. A notebook that runs all its cells sends them one by one,
though, and an error of JavaScript is answered in 3 ms, before most of them are on their way.
"""

from __future__ import annotations

from datetime import datetime

from isolates.kernel.output import Message


class FailedRun:
    """Says which cells belong to a run of many that has ended with an error.

    Those that the same notebook has sent one right after the other, by its own clock: a page that runs all
    sends them in one go, within milliseconds, whenever they arrive, and a person only after the answer has
    been shown. Programs may send a cell as soon as the one before is answered; they give it no cell's id.
    """

    def __init__(self) -> None:
        self._session: str | None = None
        self._sent: datetime | None = None
        self._pause_s = 0.0

    def begin(self, request: Message, pause_s: float) -> None:
        """The cell of this request has failed; behind a pause this long, nothing belongs to its run."""
        self._session = _notebook(request)
        self._sent = _date(request)
        self._pause_s = pause_s

    def has(self, request: Message) -> bool:
        """Whether it was sent right after the last one that is known to belong to the run."""
        sent = _date(request)
        if self._session is None or _notebook(request) != self._session or sent is None or self._sent is None:
            return False
        return 0 <= (sent - self._sent).total_seconds() < self._pause_s

    def add(self, request: Message) -> None:
        """The request belongs to the run; ipykernel may have found that out."""
        if _notebook(request) == self._session:
            self._sent = _date(request)


def _notebook(request: Message) -> str | None:
    """The session of the notebook that has sent the cell; None if it was none."""
    if request["header"]["msg_type"] != "execute_request" or "cellId" not in request["metadata"]:
        return None
    session: str = request["header"]["session"]
    return session


def _date(request: Message) -> datetime | None:
    """None if the sender's text is none; always with a time zone."""
    date = request["header"].get("date")
    return date.astimezone() if isinstance(date, datetime) else None

"""IPython's history: what history_request asks of it, and when it is written."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import asyncio
from typing import Any

# Until then a crash loses the cells since.
_SAVE_AFTER_S = 0.5

Entry = tuple[int, int, Any]


def history_entries(manager: Any, kind: str, *, output: bool, raw: bool, **options: Any) -> list[Entry]:
    """The content of a history_reply: (session, line, input), or (session, line, (input, output)).

    `manager` is IPython's; the options are those of the request. Unlike ipykernel's this names the current
    session by its number, as all requests do, and gives the outputs of its cells.
    """
    current: int = manager.session_number
    given = {name: value for name, value in options.items() if value is not None}
    found: Any
    if kind == "tail":
        found = manager.get_tail(given.get("n"), raw=raw, output=output, include_latest=True)
    elif kind == "range":
        # 0 is the current session, -1 the one before.
        session, start = given.get("session") or 0, given.get("start") or 0
        found = manager.get_range(session, start, given.get("stop"), raw=raw, output=output)
    elif kind == "search":
        pattern, n = given.get("pattern", "*"), given.get("n")
        unique = bool(given.get("unique", False))
        found = manager.search(pattern, raw=raw, output=output, n=n, unique=unique)
    else:
        found = []
    entries = [(session or current, line, entry) for session, line, entry in found if line > 0]
    return [_with_output(manager, entry) for entry in entries] if output else entries


class HistorySaver:
    """Lets IPython write its history a moment after a cell: a write costs as much as a short cell."""

    def __init__(self, manager: Any) -> None:
        """`manager` is IPython's."""
        self._manager = manager
        self._timer: asyncio.TimerHandle | None = None

    def save_soon(self) -> None:
        """To be called in an event loop."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SAVE_AFTER_S, self._save)

    def _save(self) -> None:
        self._timer = None
        flag = self._manager.save_flag
        if flag is not None:  # None: history is off
            flag.set()


def _with_output(manager: Any, entry: Entry) -> Entry:
    session, line, (source, result) = entry
    if session == manager.session_number:
        result = manager.output_hist_reprs.get(line, result)
    return session, line, (source, None if result is None else str(result))

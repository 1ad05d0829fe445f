"""What history_request asks of IPython's history."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

from typing import Any

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


def _with_output(manager: Any, entry: Entry) -> Entry:
    session, line, (source, result) = entry
    if session == manager.session_number:
        result = manager.output_hist_reprs.get(line, result)
    return session, line, (source, None if result is None else str(result))

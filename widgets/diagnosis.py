"""What is worth a look, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from isolates.magics.tables import growth_text, size_text, time_text
from isolates.widgets.one_line import one_line
from isolates.widgets.track import Row

Level = Literal["info", "warn", "error"]

NEAR_LIMIT = 0.75
AT_LIMIT = 0.9

_LEVELS: tuple[Level, ...] = ("error", "warn", "info")
_GROWS_S = 10.0
_RUNS_S = 10.0
_SILENT_S = 5.0
# Whoever is at its limit later than that may never be.
_SOON_S = 600.0
_MOST = 6


class Finding(NamedTuple):
    """A sentence about the isolate of that key; of several, if there is none."""

    key: str
    level: Level
    text: str


def diagnose(rows: Sequence[Row]) -> list[Finding]:
    """The worst first, and not more than a few."""
    found = [finding for row in rows for finding in _findings(row)]
    found.sort(key=lambda finding: _LEVELS.index(finding.level))
    if len(found) > _MOST:
        rest = found[_MOST - 1 :]
        found[_MOST - 1 :] = [Finding("", rest[0].level, f"and {len(rest)} more")]
    return found


def _findings(row: Row) -> Iterator[Finding]:
    name = one_line(row.entry.name)
    if row.state == "gone":
        if row.entry.end.reason not in ("", "disposed"):
            yield Finding(row.key, "error", f"{name} is gone: {row.entry.end.reason}")
        return
    limit = row.point.limit
    if limit and row.held >= NEAR_LIMIT * limit:
        level: Level = "error" if row.held >= AT_LIMIT * limit else "warn"
        text = f"{name}: {row.held / limit:.0%} of its limit of {size_text(limit)}".replace("%", " %")
        yield Finding(row.key, level, text)
    if row.grows_s >= _GROWS_S:
        left_s = (limit - row.held) / row.growth_per_s
        when = f"; at its limit in {time_text(left_s)}" if 0 < left_s < _SOON_S else ""
        text = f"{name}: {growth_text(row.growth_per_s)}/s for {time_text(row.grows_s)}{when}"
        yield Finding(row.key, "warn", text)
    yield from _of_what_runs(row)
    if row.sample.age_s >= _SILENT_S and row.state == "running":
        text = f"{name} does not answer: its sizes are {time_text(row.sample.age_s)} old"
        yield Finding(row.key, "info", text)


def _of_what_runs(row: Row) -> Iterator[Finding]:
    if row.state != "running":
        return
    name, now = one_line(row.entry.name), time.monotonic()
    work = next(iter(tuple(row.entry.work)), None)
    if work is not None and now - work.started_s >= _RUNS_S:
        yield Finding(row.key, "info", f"{name} has run for {time_text(now - work.started_s)}: {work.name}")
    elif work is None and row.busy_s >= _RUNS_S:
        yield Finding(row.key, "info", f"{name} has been busy for {time_text(row.busy_s)}")

"""All isolates in one widget: charts, a table, and what stops them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from isolates.magics.jobs import summary
from isolates.magics.overview import runs_text
from isolates.magics.tables import Table, growth_text, size_text, time_text
from isolates.widgets import picture
from isolates.widgets.actions import Actions
from isolates.widgets.diagnosis import diagnose
from isolates.widgets.history import Point
from isolates.widgets.live import STATIC, Buffers, LiveWidget, RefusalError, Request
from isolates.widgets.memory_chart import memory_chart
from isolates.widgets.one_line import one_line
from isolates.widgets.period import USUAL_S, checked
from isolates.widgets.roster import Entry, Source
from isolates.widgets.sampler import Moment, Sampler, Watch
from isolates.widgets.track import Row

_MOST_CONTEXTS = 50
_LONGEST_NAME = 1000
_MOST_BARS = 40
_SHORTEST_CHART_S = 3.0
_HEADS = (
    *("isolate", "contexts", "state", "used", "total", "limit", "external", "growth/s", "most"),
    *("wall", "CPU", "CPU %", "references", "runs"),
)


class Dashboard(LiveWidget):
    """A live view of isolates: what they hold, have used and do, with buttons that act on them.

    `source` is an IsolateManager, which has all isolates of a kernel, or a mapping of names to Isolates,
    which may change. They are looked at each `period_s` seconds while the widget is to be seen, and not else;
    nobody waits for a busy isolate. Raises TypeError, ValueError.
    """

    _esm = STATIC / "dashboard.js"
    _css = STATIC / "dashboard.css"

    def __init__(self, source: Source, *, period_s: float = USUAL_S) -> None:
        self._sampler = Sampler.of(source)
        self._period_s = checked(period_s)
        self._watch: Watch | None = None
        super().__init__()

    def actions(self) -> Mapping[str, Callable[[Request], object]]:
        return {**Actions(self._sampler.roster).by_name(), "history": self._tell_history}

    def begin(self) -> None:
        self._watch = self._sampler.watch(self.refresh, self._period_s)

    def end(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        moment = self._sampler.latest
        if moment is None:
            return None
        numbers = array("d")
        for row in moment.rows:
            numbers.extend(_numbers(row))
        buffers = [numbers.tobytes()]
        if whole:
            buffers.append(self._sampler.total_history().tobytes())
        content = {
            "time_s": moment.time_s,
            "period_s": self._period_s,
            "rows": [_told(row) for row in moment.rows],
            "diagnosis": [finding._asdict() for finding in diagnose(moment.rows)],
        }
        return content, buffers

    def text(self) -> str:
        entries = self._sampler.roster.entries().values()
        rows = [[one_line(entry.name), _contexts(entry), f"{entry.memory_mb:g} MB"] for entry in entries]
        return Table(["isolate", "contexts", "limit"], rows).text if rows else "no isolates"

    def picture(self) -> str:
        moment = self._sampler.moment()
        if not moment.rows:
            return "<p>no isolates</p>"
        return f"<p>{_chart(self._sampler) or _bars(moment)}</p>{_table(moment).html}"

    def _tell_history(self, request: Request) -> None:
        history = self._sampler.history(request.text("key"))
        if history is None:
            raise RefusalError("nothing is known of that isolate any more")
        request.answer("done", buffers=[history.tobytes()])


def _numbers(row: Row) -> tuple[float, ...]:
    """The fields of a row in a frame (front/dashboard.js)."""
    point, sample = row.point, row.sample
    is_gone = row.state == "gone"
    return (
        point.used,
        point.total,
        point.limit,
        point.external,
        sample.wall_time_ns,
        sample.cpu_time_ns,
        math.nan if is_gone else sample.reference_count,
        sample.age_s,
        point.cpu_percent,
        row.growth_per_s,
        row.high_water,
        math.nan if is_gone else sample.number_of_native_contexts,
    )


def _told(row: Row) -> dict[str, object]:
    entry = row.entry
    is_gone = row.state == "gone"
    return {
        "key": row.key,
        "name": entry.name[:_LONGEST_NAME],
        "state": row.state,
        "stale": row.is_stale,
        "contexts": [name[:_LONGEST_NAME] for name in list(entry.contexts)[:_MOST_CONTEXTS]],
        "runs": "" if is_gone else runs_text(entry),
        "end": entry.end.reason if is_gone else "",
    }


def _chart(sampler: Sampler) -> str:
    points = sampler.total_history().points()
    is_long = bool(points) and points[-1].time_s - points[0].time_s >= _SHORTEST_CHART_S
    return memory_chart(points, "Memory of all isolates over time") if is_long else ""


def _bars(moment: Moment) -> str:
    """What each holds of its limit, where nobody has looked for long enough to see a course."""
    living = [row for row in moment.rows if row.state != "gone"]
    bars = [_Bar(one_line(row.entry.name, 22), row.point.limit, row.held) for row in living[:_MOST_BARS]]
    return picture.image(picture.bars(bars), "What isolates hold of their limits") if bars else ""


class _Bar(NamedTuple):
    name: str
    size: float
    used: float


def _table(moment: Moment) -> Table:
    rows = [_cells(row) for row in moment.rows]
    living = [row for row in moment.rows if row.state != "gone"]
    total = moment.total
    references = sum(row.sample.reference_count for row in living)
    growth = [row.growth_per_s for row in living if not math.isnan(row.growth_per_s)]
    sums = _figures(total, math.fsum(growth) if growth else math.nan, math.nan, references)
    return Table(_HEADS, [*rows, ["total", "", "", *sums, ""]])


def _cells(row: Row) -> list[str]:
    entry = row.entry
    if row.state == "gone":
        state, runs = f"gone ({entry.end.reason})" if entry.end.reason else "gone", ""
        references: float = math.nan
    else:
        state, runs, references = row.state, runs_text(entry), row.sample.reference_count
    figures = _figures(row.point, row.growth_per_s, row.high_water, references)
    if row.is_stale:
        figures[:4] = [f"~{text}" for text in figures[:4]]
    return [one_line(entry.name), _contexts(entry), state, *figures, runs]


def _contexts(entry: Entry) -> str:
    return summary([one_line(name) for name in list(entry.contexts)])


def _figures(point: Point, growth_per_s: float, high_water: float, references: float) -> list[str]:
    """From used to references."""
    return [
        *(_known(size_text, size) for size in (point.used, point.total, point.limit, point.external)),
        _known(growth_text, growth_per_s),
        _known(size_text, high_water),
        _known(time_text, point.wall_s),
        _known(time_text, point.cpu_s),
        _known("{:.0f}".format, point.cpu_percent),
        _known("{:.0f}".format, references),
    ]


def _known(text_of: Callable[[float], str], value: float) -> str:
    return "" if math.isnan(value) else text_of(value)

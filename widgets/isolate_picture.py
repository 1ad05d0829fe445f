"""One isolate as a picture and tables, for where no widget lives."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence

from isolates.magics.tables import Table, size_text, time_text
from isolates.widgets import picture
from isolates.widgets.heap_spaces import Known
from isolates.widgets.history import History
from isolates.widgets.isolate_details import contexts_of, errors_of, limits_of, work_of
from isolates.widgets.memory_chart import memory_chart
from isolates.widgets.one_line import one_line
from isolates.widgets.reference_groups import ReferenceRow
from isolates.widgets.track import Row

_MOST_ERRORS = 5


def picture_of(row: Row, spaces: Known, references: Sequence[ReferenceRow], history: History | None) -> str:
    """HTML; what is not ours is escaped."""
    parts = [f"<p><strong>{html.escape(one_line(row.entry.name))}</strong>: {html.escape(_state(row))}</p>"]
    if row.state != "gone":
        if history is not None:
            parts.append(_chart(history))
        parts.append(_limits(row))
        if spaces.spaces:
            svg = picture.bars([space for space in spaces.spaces if space.size])
            image = picture.image(svg, "V8's heap spaces")
            parts.append(f"<p>{image}</p>{_spaces(spaces)}")
        parts += [_contexts(row), _work(row), _references(references)]
    parts.append(_errors(row))
    return "".join(parts)


def _state(row: Row) -> str:
    if row.state != "gone":
        return row.state
    reason = row.entry.end.reason
    return f"gone ({reason})" if reason else "gone"


def _chart(history: History) -> str:
    chart = memory_chart(history.points(), "Memory over time")
    return f"<p>{chart}</p>" if chart else ""


def _limits(row: Row) -> str:
    about = "~" if row.is_stale else ""
    rows = [
        [limit.name, f"{about}{size_text(limit.used)}", size_text(limit.of), limit.words]
        for limit in limits_of(row.sample)
    ]
    return Table(["limit", "used", "of", ""], rows).html


def _spaces(known: Known) -> str:
    about = "~" if known.is_stale else ""
    rows = [
        [space.name, *(f"{about}{size_text(size)}" for size in space[1:])]
        for space in known.spaces
        if space.size
    ]
    notes = ["~ what was known before: the isolate is busy"] if known.is_stale else []
    return Table(["heap space", "size", "used", "available", "physical"], rows, notes).html


def _contexts(row: Row) -> str:
    rows = [[one_line(context.name), context.state] for context in contexts_of(row.entry)]
    return Table(["context", "state"], rows).html if rows else ""


def _work(row: Row) -> str:
    rows = [[one_line(one.cell), one_line(one.context), time_text(one.seconds)] for one in work_of(row.entry)]
    return Table(["runs", "context", "for"], rows).html if rows else ""


def _references(references: Sequence[ReferenceRow]) -> str:
    rows = [[one.kind, one.type, one_line(one.holder), str(one.handles)] for one in references]
    return Table(["references", "type", "held by", "count"], rows).html if rows else ""


def _errors(row: Row) -> str:
    rows = [
        [
            time.strftime("%H:%M:%S", time.localtime(error.time_s)),
            error.kind,
            one_line(error.cell),
            one_line(error.context),
            one_line(f"{error.name}: {error.message}", 200),
        ]
        for error in errors_of(row.entry.errors)[:_MOST_ERRORS]
    ]
    return Table(["last errors", "of a", "cell", "context", "what"], rows).html if rows else ""

"""Jobs as they are now, for saved notebooks: HTML without scripts, and text."""

from __future__ import annotations

import base64
import html
from collections import Counter
from collections.abc import Sequence

from isolates.magics.jobs import Job, summary
from isolates.magics.tables import Table, time_text
from isolates.widgets.job_rows import code_line, counts_text, error_text, seconds, shown_parts, tail_text
from isolates.widgets.one_line import one_line

_COLOURS = {"done": "#3aa66f", "failed": "#d0604c", "cancelled": "#8a8a8a", "running": "#4c8dd8"}
_WIDTH, _HEIGHT = 240, 12
_MOST_LINES = 30


def job_text(job: Job) -> str:
    """A table that says the same again, however fast the job is: only ends are told."""
    rows = [[one_line(part.name), part.state if job.done() else "not ended"] for part in shown_parts(job)]
    return f"{job.label}: {code_line(job)}\n{Table(('isolate', 'state'), rows).text}"


def job_html(job: Job) -> str:
    rows = [
        [one_line(part.name), part.state, _time(seconds(part)), error_text(part)] for part in shown_parts(job)
    ]
    words = f"{counts_text(job)}; {time_text(job.duration_s)}"
    tail = "\n".join(tail_text(job).split("\n")[-_MOST_LINES:])
    return (
        f"<p><b>{html.escape(job.label)}</b>: {html.escape(words)}</p><p>{_bar(job)}</p>"
        f"<pre><code>{html.escape(code_line(job))}</code></pre>"
        f"{Table(('isolate', 'state', 'time', 'error'), rows).html}"
        f"{f'<p>Output</p><pre><code>{html.escape(tail)}</code></pre>' if tail else ''}"
    )


def jobs_text(jobs: Sequence[Job]) -> str:
    lines = [f"{job.label} in {_isolates(job)}: {code_line(job)}" for job in jobs]
    return "\n".join(lines) or "No job"


def jobs_html(jobs: Sequence[Job]) -> str:
    rows = [
        [job.label, _isolates(job), counts_text(job), time_text(job.duration_s), code_line(job)]
        for job in jobs
    ]
    return Table(("job", "isolates", "state", "time", "code"), rows).html if rows else "<p>No job</p>"


def _isolates(job: Job) -> str:
    return summary([one_line(name) for name in job.names])


def _time(value: float | None) -> str:
    return "" if value is None else time_text(value)


def _bar(job: Job) -> str:
    """How many of its isolates are in which state, as colours."""
    counts = Counter[str](part.state for part in job.parts.values())
    pieces, left = [], 0.0
    for state, colour in _COLOURS.items():
        width = _WIDTH * counts[state] / len(job.parts)
        pieces.append(f'<rect x="{left:.1f}" width="{width:.1f}" height="{_HEIGHT}" fill="{colour}"/>')
        left += width
    frame = f'<rect x=".5" y=".5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" fill="none" stroke="#8a8a8a"/>'
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(pieces)}{frame}</svg>'
    data = base64.b64encode(picture.encode()).decode()
    return f'<img alt="{html.escape(counts_text(job))}" {size} src="data:image/svg+xml;base64,{data}">'

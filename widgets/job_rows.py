"""What a JobView says of jobs. Names, code, errors and output are texts that anybody may have written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from isolates import JSError
from isolates.magics.jobs import ENDED, Job, Part, summary
from isolates.widgets.plain_text import plain_text

_MOST_PARTS = 300
_LONGEST_CODE, _LONGEST_LINE, _LONGEST_ERROR = 2000, 60, 500
_TAIL_LENGTH = 4096  # of magics/jobs.py


def runs(jobs: Sequence[Job]) -> bool:
    """Whether one of them has not ended."""
    return any(not job.done() for job in jobs)


def counts_text(job: Job) -> str:
    """ "3 of 10 have ended, 1 failed"."""
    counts = Counter[str](part.state for part in job.parts.values())
    if len(job.parts) == 1:
        return job.state
    ended = sum(counts[state] for state in ENDED)
    rest = [f"{counts[state]} {state}" for state in ("failed", "cancelled", "queued") if counts[state]]
    return ", ".join([f"{ended} of {len(job.parts)} have ended", *rest])


def code_line(job: Job) -> str:
    """The code as one line, or the beginning of that."""
    return _cut(" ".join(plain_text(job.code[:_LONGEST_CODE]).split()), _LONGEST_LINE)


def error_text(part: Part) -> str:
    """What went wrong, and where. Who was stopped has no error."""
    error = part.error
    if error is None or part.state != "failed":
        return ""
    name = error.name if isinstance(error, JSError) else type(error).__name__
    where = ""
    if isinstance(error, JSError) and error.filename is not None and error.line is not None:
        where = f" ({error.filename}:{error.line}:{error.column})"
    return plain_text(f"{_cut(f'{name}: {error}', _LONGEST_ERROR)}{_cut(where, _LONGEST_ERROR)}")


def tail_text(job: Job) -> str:
    tail = job.tail
    return plain_text(tail, is_cut=len(tail) >= _TAIL_LENGTH)


def shown_parts(job: Job) -> list[Part]:
    """Those that are worth a line: of very many those that are done come last."""
    parts = list(job.parts.values())
    if len(parts) > _MOST_PARTS:
        parts.sort(key=lambda part: part.state == "done")
    return parts[:_MOST_PARTS]


def seconds(part: Part) -> float | None:
    """How long it has run; None if it never did."""
    if part.started_s is None:
        return None
    end_s = part.ended_s if part.ended_s is not None else time.time()
    return max(0.0, end_s - part.started_s)


def row(job: Job) -> dict[str, Any]:
    """The job as JSON."""
    return {
        "job": job.number or 0,
        "label": job.label,
        "isolates": summary(job.names),
        "state": job.state,
        "hasEnded": job.done(),
        "seconds": job.duration_s,
        "ended": sum(part.is_ended for part in job.parts.values()),
        "of": len(job.parts),
        "states": dict(Counter(part.state for part in job.parts.values())),
        "counts": counts_text(job),
        "code": code_line(job),
    }


def details(job: Job) -> dict[str, Any]:
    """What more there is to see of one job, as JSON."""
    parts = shown_parts(job)
    return {
        **row(job),
        "code": _cut(plain_text(job.code[: _LONGEST_CODE + 1]), _LONGEST_CODE),
        "parts": [
            {"name": part.name, "state": part.state, "seconds": seconds(part), "error": error_text(part)}
            for part in parts
        ],
        "more": len(job.parts) - len(parts),
        "tail": tail_text(job),
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"

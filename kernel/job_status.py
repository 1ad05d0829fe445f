"""How far a job is: a line with a bar, in the output of its cell."""

from __future__ import annotations

import asyncio
import html
from typing import Any
from uuid import uuid4

from isolates.kernel.origin import Sink
from isolates.kernel.publication import Publication
from isolates.magics.jobs import Job, summary

_INTERVAL_S = 0.5


class JobStatus:
    """Shows the state of a job, and brings it up to date while that changes.

    A job in the background says at once that it has started. Another one only when it takes long.
    """

    def __init__(self, sink: Sink, job: Job, after_s: float | None) -> None:
        """`after_s`: when to begin; None for never."""
        self._sink = sink
        self._job = job
        self._id = f"isolates-job-{uuid4()}"
        self._shown: dict[str, str] | None = None
        if job.is_background:
            self._show(_bundle(job, f"{job.label} started in {summary(job.names)}"))
            after_s = _INTERVAL_S
        self._after_s = after_s
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The job begins, in the event loop of now."""
        if self._after_s is not None:
            self._task = asyncio.create_task(self._follow(self._after_s))

    def end(self) -> None:
        """The job has ended. What was shown is brought up to date, soon if the job is very young."""
        if self._task is not None and self._shown is None:
            self._task.cancel()

    async def _follow(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        # One for all looks: each would stay with the job until that ends.
        ended = asyncio.ensure_future(self._job.ended())
        while not ended.done():
            self._show(_bundle(self._job, _state(self._job)))
            await asyncio.wait({ended}, timeout=_INTERVAL_S)
        self._show(_bundle(self._job, _state(self._job)))

    def _show(self, data: dict[str, str]) -> None:
        if data == self._shown:
            return
        kind = "display_data" if self._shown is None else "update_display_data"
        content: dict[str, Any] = {"data": data, "metadata": {}, "transient": {"display_id": self._id}}
        self._sink.publish(Publication(kind, content))
        self._shown = data


def _state(job: Job) -> str:
    if len(job.parts) == 1 or job.done():
        return f"{job.label} in {summary(job.names)}: {job.state}"
    waits = [part.name for part in job.parts.values() if not part.is_ended]
    ended = len(job.parts) - len(waits)
    return f"{job.label}: {ended} of {len(job.parts)} isolates have ended; it runs in {summary(waits)}"


def _bundle(job: Job, text: str) -> dict[str, str]:
    shown = html.escape(text)
    if not job.done():
        ended = sum(part.is_ended for part in job.parts.values())
        # Without a value the bar says only that something is at work.
        value = f' value="{ended}" max="{len(job.parts)}"' if len(job.parts) > 1 else ""
        shown = f'<progress{value} aria-label="{shown}"></progress> {shown}'
    return {"text/plain": text, "text/html": shown}

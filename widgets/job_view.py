"""JobView: cells that go on in the background, how far they are, and a button that ends them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from isolates.magics.jobs import Job, Jobs
from isolates.widgets.job_picture import job_html, job_text, jobs_html, jobs_text
from isolates.widgets.job_rows import details, row, runs
from isolates.widgets.live import STATIC, Buffers, LiveWidget, RefusalError, Request
from isolates.widgets.ticker import Tick, every

_PERIOD_S = 0.5
# What ends at once is shown at once, but many that end one after the other are not shown one by one.
_PAUSE_S = 0.1


class JobView(LiveWidget):
    """Shows a job, or all jobs of a manager: `JobView(manager.jobs[3])`, `JobView(manager.jobs)`.

    How far it is in each of its isolates, for how long, what went wrong, and the end of what it has printed.
    Buttons end it, in all isolates or in one. It costs something only while somebody looks and a job runs.
    """

    _esm = STATIC / "job_view.js"
    _css = STATIC / "job_view.css"

    def __init__(self, jobs: Job | Jobs) -> None:
        """Raises TypeError."""
        if not isinstance(jobs, (Job, Jobs)):
            raise TypeError(f"JobView: jobs: {jobs!r} is neither a job (manager.jobs[3]) nor manager.jobs")
        self._jobs = jobs
        self._chosen = jobs if isinstance(jobs, Job) else None
        self._tick: Tick | None = None
        self._unwatch: Callable[[], None] | None = None
        self._sent_s = 0.0
        self._waiting: list[tuple[Request, Callable[[], bool], str]] = []
        super().__init__()

    def actions(self) -> Mapping[str, Callable[[Request], object]]:
        return {"cancel": self._cancel, "stop": self._stop, "choose": self._choose}

    def begin(self) -> None:
        self._unwatch = self._jobs.watch(self._changed)
        self._answer_ended()  # while nobody looked
        self._follow()

    def end(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
        self._rest()

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        self._sent_s = time.monotonic()
        jobs = self._all()
        chosen = self._chosen or (jobs[0] if jobs else None)
        content: dict[str, Any] = {
            "jobs": [row(job) for job in jobs],
            "chosen": None if chosen is None else details(chosen),
            "isList": isinstance(self._jobs, Jobs),
        }
        return content, ()

    def text(self) -> str:
        return job_text(self._jobs) if isinstance(self._jobs, Job) else jobs_text(self._all())

    def picture(self) -> str:
        if isinstance(self._jobs, Job):
            return job_html(self._jobs)
        jobs = self._all()
        return jobs_html(jobs) + (job_html(self._chosen or jobs[0]) if jobs else "")

    def __repr__(self) -> str:
        return f"<JobView of {self._jobs.label.lower() if isinstance(self._jobs, Job) else 'all jobs'}>"

    def _all(self) -> list[Job]:
        """The newest first."""
        return [self._jobs] if isinstance(self._jobs, Job) else list(self._jobs)[::-1]

    # What follows may happen on any thread.

    def _changed(self) -> None:
        """A job has begun or ended somewhere, or there is a new one."""
        with self._lock:
            self._follow()
        self._answer_ended()
        has_ended_all = not runs(self._all())
        if has_ended_all or time.monotonic() - self._sent_s > _PAUSE_S:
            self.refresh()

    def _answer_ended(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                request, has_ended, text = one
                if has_ended():
                    request.answer("done", text)
                else:
                    self._waiting.append(one)

    def _follow(self) -> None:
        """Looks again and again while something runs."""
        if self.is_looked_at and self._tick is None and runs(self._all()):
            self._tick = every(_PERIOD_S, self._look_at_jobs)

    def _rest(self) -> None:
        if self._tick is not None:
            self._tick.stop()
            self._tick = None

    def _look_at_jobs(self) -> None:
        with self._lock:
            if not runs(self._all()):
                self._rest()
        self.refresh()

    # Buttons.

    def _job(self, request: Request) -> Job:
        number = request.arguments.get("job")
        for job in self._all():
            if (job.number or 0) == number:
                return job
        raise RefusalError(f"There is no job {number!r}")

    def _cancel(self, request: Request) -> None:
        job = self._job(request)
        self._answer_at_end(request, job.done, "cancelled")
        if not job.cancel():
            self._changed()

    def _stop(self, request: Request) -> None:
        job, name = self._job(request), request.text("isolate")
        part = job.parts.get(name)
        if part is None:
            raise RefusalError(f"{job.label} does not run in {name!r}")
        self._answer_at_end(request, lambda: part.is_ended, f"stopped in {name}")
        job.stop(name)
        if part.is_ended:
            self._changed()

    def _answer_at_end(self, request: Request, has_ended: Callable[[], bool], text: str) -> None:
        request.answer("begun", "stopping")
        with self._lock:
            self._waiting.append((request, has_ended, text))

    def _choose(self, request: Request) -> None:
        self._chosen = self._job(request)
        request.answer("done")
        self.refresh()

"""Cells as jobs: in one isolate or in many at once, waited for or in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from isolates import TerminatedError
from isolates.kernel.accounting import Usage
from isolates.kernel.composite import composite_report
from isolates.kernel.display import Bundle, text_bundle
from isolates.kernel.grouping import OutputGroup
from isolates.kernel.job_status import JobStatus
from isolates.kernel.origin import Origin, Sink
from isolates.kernel.publication import Publication
from isolates.kernel.report import ErrorReport, ReportedError, make_report
from isolates.kernel.runner import CellRunner
from isolates.kernel.tail import TailSink
from isolates.magics.cell import Cell
from isolates.magics.jobs import CompositeError, Job, Part, Wishes
from isolates.magics.variables import Received


class CellJob:
    """One cell at work: its parts, their output, their results. The job runs in the manager's event loop."""

    def __init__(self, runner: CellRunner, cells: Sequence[Cell], origin: Origin, wishes: Wishes) -> None:
        """`cells`: the same one for each isolate. Nothing runs before `start`."""
        self._runner = runner
        self._cells = {cell.isolate: cell for cell in cells}
        self._is_labelled = len(cells) > 1
        self._wishes = wishes
        self._origin = origin
        self._loop = runner.isolates.loop()
        names = list(self._cells)
        self.job = _job(runner, cells[0].source, names, wishes)
        self._sink: Sink = TailSink(origin.sink, self.job.printed) if wishes.is_background else origin.sink
        self._group = OutputGroup(self._sink, wishes.grouping, names, _later(self._loop))
        self._usages = {name: Usage() for name in names}
        self._results: dict[str, Bundle] = {}

    def start(self) -> Job:
        self.job.present = self._present
        self._status = JobStatus(self._sink, self.job, self._wishes.progress_after_s)
        self.job._start(self._loop, self._run)
        return self.job

    @property
    def usage(self) -> Usage:
        """What it has cost in all its isolates."""
        return Usage.total(self._usages.values())

    def _present(self) -> Bundle | None:
        """What a cell shows that has waited for the end.

        Raises the error of its only isolate, or ReportedError; asyncio.CancelledError if it was cancelled and
        some cell has waited from the start.
        """
        error = self.job.exception()
        if self.job.state == "cancelled":
            if self.job.is_background:
                text = f"{self.job.label} was cancelled"
                raise ReportedError(ErrorReport("CancelledError", text, [f"CancelledError: {text}"]))
            raise asyncio.CancelledError
        if isinstance(error, CompositeError):
            self._show_results()
            raise ReportedError(composite_report(error, self._runner.sources), error)
        if error is not None:
            raise error
        if self._wishes.is_background:
            # Its own cell has shown it all; here is the cell that has waited.
            return self._whole_result() or self._texts()
        whole = self._whole_result()
        if whole is None:
            self._show_results()
        return whole

    async def _run(self, job: Job) -> None:
        self._status.begin()
        try:
            await asyncio.gather(*(self._run_part(job.parts[name]) for name in self._cells))
        finally:
            self._group.close()
            self._status.end()
            if job.is_background:
                self._tell()

    async def _run_part(self, part: Part) -> None:
        cell, runner = self._cells[part.name], self._runner
        sink = self._group.sink_of(part.name) if self._is_labelled else self._sink
        origin = Origin(self._origin.name, self._origin.parent, sink)
        part.begin(asyncio.current_task())
        result: Bundle | None = None
        try:
            if part.is_stopped:
                raise asyncio.CancelledError
            usage = self._usages[part.name]
            kept = await runner.evaluate_kept(cell, origin, usage, self._wishes.is_background)
            part.receive = Received(runner.isolates, kept.entry, cell.context, kept.value)
            result = kept.bundle
            part.end("done")
        except (asyncio.CancelledError, TerminatedError) as error:
            part.end("cancelled", error)
        except Exception as error:
            part.end("failed", error)
        if result is not None:
            self._results[part.name] = result
        self._group.end(part.name, None if self._wishes.grouping == "type" else result)

    def _tell(self) -> None:
        """What the cell would show as its result, after its end."""
        whole = self._whole_result()
        if whole is not None:
            self._sink.publish(Publication("display_data", whole.content()))
        else:
            self._show_results()
        error = self.job.exception()
        if error is None or self.job.state == "cancelled":
            return
        sources = self._runner.sources
        if isinstance(error, CompositeError):
            report = composite_report(error, sources)
        else:
            report = make_report(error, sources)
        self._sink.write("stderr", f"{self.job.label}: {report.text()}\n")

    def _whole_result(self) -> Bundle | None:
        """All that is not shown yet as one bundle, if there is something and it can be one."""
        if not self._is_labelled:
            return next(iter(self._results.values()), None)
        ordered = [name for name in self._cells if name in self._results]
        if self._wishes.grouping != "type" or not ordered:
            return None
        if any(set(self._results[name].data) != {"text/plain"} for name in ordered):
            return None
        return self._texts()

    def _texts(self) -> Bundle | None:
        texts = [_labelled(name, self._results[name].text) for name in self._cells if name in self._results]
        return text_bundle("\n".join(texts)) if texts else None

    def _show_results(self) -> None:
        """Each by itself, if they have waited for the end."""
        if self._is_labelled and self._wishes.grouping == "type":
            for name in self._cells:
                if name in self._results:
                    self._group.show(name, self._results[name])


def _job(runner: CellRunner, code: str, names: list[str], wishes: Wishes) -> Job:
    if wishes.is_background:
        return runner.isolates.jobs.make(code, names)
    return Job(code, names)


def _later(loop: asyncio.AbstractEventLoop) -> Callable[[float, Callable[[], None]], object]:
    """call_later for any thread. No method: the sinks of the group outlive the job and its values."""

    def call_later(delay_s: float, function: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(partial(loop.call_later, delay_s, function))

    return call_later


def _labelled(name: str, text: str) -> str:
    return f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"

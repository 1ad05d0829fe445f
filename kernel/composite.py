"""The report of what has gone wrong in several isolates."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from isolates import TerminatedError
from isolates.kernel.report import ErrorReport, Sources, make_report
from isolates.magics.jobs import CompositeError, summary

_MOST_REPORTS = 8
_STOPPED = ErrorReport("KeyboardInterrupt", "stopped", ["KeyboardInterrupt: stopped"])


def composite_report(error: CompositeError, sources: Sources) -> ErrorReport:
    """One `error` message: each different error once, with the isolates that it is from."""
    groups: dict[tuple[str, ...], list[str]] = {}
    reports: dict[tuple[str, ...], ErrorReport] = {}
    for name, part in error.errors.items():
        report = _report(part, sources)
        key = tuple(report.traceback)
        reports.setdefault(key, report)
        groups.setdefault(key, []).append(name)
    told: Sequence[tuple[tuple[str, ...], list[str]]] = list(groups.items())[:_MOST_REPORTS]
    kinds = "; ".join(
        f"[{summary(names)}] {reports[key].ename}: {reports[key].evalue}" for key, names in told
    )
    head = f"{len(error.errors)} of {error.of} isolates failed"
    lines = [f"\x1b[31mCompositeError\x1b[0m: {head}"]
    for key, names in told:
        first, *rest = reports[key].traceback
        lines += ["", f"[{summary(names)}] {first}", *rest]
    if len(groups) > len(told):
        lines += ["", f"... and {len(groups) - len(told)} different errors more"]
    return ErrorReport("CompositeError", f"{head}: {kinds}", lines)


def _report(error: BaseException, sources: Mapping[str, Sequence[str]]) -> ErrorReport:
    is_stopped = isinstance(error, asyncio.CancelledError | TerminatedError)
    return _STOPPED if is_stopped else make_report(error, sources)

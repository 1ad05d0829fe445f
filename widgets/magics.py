"""%dashboard and %jobview: isolates and jobs in widgets."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.job_control import found_jobs, job_number
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser
from isolates.widgets.period import LONGEST_S, SHORTEST_S, USUAL_S, checked


def _seconds(text: str) -> float:
    try:
        return checked(float(text))
    except ValueError:
        what = f"{text!r} is no number of seconds from {SHORTEST_S} to {LONGEST_S:g}"
        raise argparse.ArgumentTypeError(what) from None


def _make_dashboard() -> Magic:
    parser = MagicParser(
        "%dashboard",
        "Show all isolates in a live widget: what they hold, have used and do.\n\n"
        "Above are charts, with one pointer for all lines, below is a table with a row for each isolate. Its "
        "buttons collect garbage, interrupt and dispose, and save heap snapshots and CPU profiles for Chrome "
        "DevTools. They work while cells run, and nobody waits for a busy isolate. Isolates are looked at "
        "only while the widget is to be seen. A saved notebook keeps a picture and a table.\n\n"
        "In Python it is isolates.widgets.Dashboard(manager).",
        "%dashboard\n%dashboard --period 0.5",
    )
    parser.add_argument(
        "--period", metavar="S", type=_seconds, default=USUAL_S, help="seconds between two looks (default: 1)"
    )
    return Magic("dashboard", "line", parser, _show_dashboard)


async def _show_dashboard(host: Host, options: argparse.Namespace, body: Body) -> object:
    # Imported only now: it takes a while, and who needs no widget need not have it installed.
    with _needed("%dashboard"):
        from isolates.widgets.dashboard import Dashboard
    return host.shown(Dashboard(host.manager, period_s=options.period))


def _make_jobview() -> Magic:
    parser = MagicParser(
        "%jobview",
        "Show a job, or all jobs, in a live widget: how far it is, and what it prints.\n\n"
        "There is a line for each isolate, with what went wrong there, the end of the output, and buttons "
        "that end the job, in all its isolates or in one. A job that has ended can be shown too. A saved "
        "notebook keeps a picture and a table.\n\n"
        "In Python it is isolates.widgets.JobView(manager.jobs[3]), and JobView(manager.jobs) for all.",
        "%jobview 3\n%jobview",
    )
    what = "the number of a job (default: all jobs)"
    parser.add_argument("job", metavar="JOB", nargs="?", type=job_number, help=what)
    return Magic("jobview", "line", parser, _show_jobs)


async def _show_jobs(host: Host, options: argparse.Namespace, body: Body) -> object:
    jobs = host.manager.jobs
    shown = jobs if options.job is None else found_jobs("%jobview", jobs, [options.job])[0]
    with _needed("%jobview"):
        from isolates.widgets.job_view import JobView
    return host.shown(JobView(shown))


@contextlib.contextmanager
def _needed(magic: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UsageError(f"{magic} needs anywidget and ipywidgets: {error}") from None


WIDGETS = (_make_dashboard(), _make_jobview())

"""%jobs, %await and %cancel: cells that go on in the background."""

from __future__ import annotations

import argparse

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.jobs import Job, Jobs, summary
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser
from isolates.magics.tables import Table, time_text

_HEADS = ("job", "isolates", "state", "time", "code")
_MOST_CODE, _SHOWN_CODE = 1000, 40
_SWITCH = {"on": True, "off": False}


def job_number(text: str) -> int:
    """The type of a job's number."""
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a job; %jobs lists them")
    return int(text)


def _switch_or_job(text: str) -> bool | int:
    return _SWITCH[text] if text in _SWITCH else job_number(text)


def found_jobs(magic: str, jobs: Jobs, numbers: list[int]) -> list[Job]:
    try:
        return [jobs[number] for number in numbers]
    except KeyError as error:
        raise UsageError(f"{magic}: JOB: {error.args[0]}") from None


def _make_jobs() -> Magic:
    parser = MagicParser(
        "%jobs",
        "List the cells that run as jobs, and the last of those that have ended.\n\n"
        "A job is made by %%isolate -a, or for several isolates. In Python manager.jobs[3] is job 3: "
        "`await job` gives its value, job.cancel() ends it.",
        "%jobs",
    )
    return Magic("jobs", "line", parser, _list)


async def _list(host: Host, options: argparse.Namespace, body: Body) -> None:
    jobs = list(host.manager.jobs)
    if not jobs:
        host.write("There is no job; %%isolate NAME -a makes one.\n")
        return
    host.display(Table(_HEADS, [_row(job) for job in jobs]).bundle())


def _row(job: Job) -> list[str]:
    code = " ".join(job.code[:_MOST_CODE].split())
    short = code if len(code) <= _SHOWN_CODE else f"{code[: _SHOWN_CODE - 1]}…"
    return [str(job.number), summary(job.names), job.state, time_text(job.duration_s), short]


def _make_await() -> Magic:
    parser = MagicParser(
        "%await",
        "Wait for jobs and show what they bring; or say whether cells wait for promises.\n\n"
        "JOB: the cell waits for its end, then shows its result or its error. The stop button ends the "
        "waiting; the job goes on.\n\n"
        "on: a cell whose value is a promise waits for it and shows what it brings. off: it shows the "
        "promise. `await` in the code waits in any case, and %%isolate --no-await is for one cell only.",
        "%await 3\n%await off",
    )
    what = "numbers of jobs, or on or off"
    parser.add_argument("jobs", metavar="JOB|on|off", nargs="+", type=_switch_or_job, help=what)
    return Magic("await", "line", parser, _await)


async def _await(host: Host, options: argparse.Namespace, body: Body) -> object:
    switches = [word for word in options.jobs if isinstance(word, bool)]
    if switches and len(options.jobs) > 1:
        raise UsageError("%await: on and off stand alone")
    if switches:
        host.settings.await_promises = switches[0]
        return None
    result: object = None
    for job in found_jobs("%await", host.manager.jobs, options.jobs):
        await job.ended()
        result = job.present()
    return result


def _make_cancel() -> Magic:
    parser = MagicParser(
        "%cancel",
        "End jobs.\n\nWhat they run is stopped; their isolates live on, with all that is in them, and what "
        "else is to run there runs. Without a number all jobs are ended.",
        "%cancel 3\n%cancel",
    )
    parser.add_argument("jobs", metavar="JOB", nargs="*", type=job_number, help="the number of a job")
    return Magic("cancel", "line", parser, _cancel)


async def _cancel(host: Host, options: argparse.Namespace, body: Body) -> None:
    jobs = host.manager.jobs
    chosen = found_jobs("%cancel", jobs, options.jobs) if options.jobs else jobs.running()
    for job, was_running in [(job, job.cancel()) for job in chosen]:
        await job.ended()
        what = "is cancelled" if was_running else f"had ended before: {job.state}"
        host.write(f"{job.label} {what}\n")
    if not chosen:
        host.write("No job runs.\n")


JOBS = _make_jobs()
AWAIT = _make_await()
CANCEL = _make_cancel()

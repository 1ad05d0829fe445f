"""%isolateconfig: what holds for cells that say nothing else."""

from __future__ import annotations

import argparse

from isolates.magics.cell import Body
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser, delay, megabytes, seconds
from isolates.magics.settings import Settings
from isolates.magics.tables import Table


def _timeout(text: str) -> float | str:
    return text if text == "none" else seconds(text)


def _make_config() -> Magic:
    parser = MagicParser(
        "%isolateconfig",
        "Change the defaults of the options of %%isolate, or show them.\n\n"
        "For the rest of the session. --timeout is for plain cells too. --memory is for isolates that are "
        "made from now on; main has a limit of its own.",
        "%isolateconfig --timeout 10 --group-outputs target\n%isolateconfig",
    )
    parser.add_argument(
        "--timeout", metavar="S|none", type=_timeout, help="seconds that a cell may take, or no limit"
    )
    parser.add_argument("--memory", metavar="MB", type=megabytes, help="the memory limit of a new isolate")
    parser.add_argument(
        "--group-outputs",
        metavar="HOW",
        choices=["type", "target", "order"],
        help="how the output of several isolates is shown",
    )
    block = parser.add_mutually_exclusive_group()
    block.add_argument(
        "-a", "--noblock", dest="block", action="store_false", default=None, help="cells go on as jobs"
    )
    block.add_argument(
        "-b", "--block", dest="block", action="store_true", help="cells wait for their end (the default)"
    )
    parser.add_argument(
        "--progress-after",
        metavar="S",
        type=delay,
        help="seconds after which a cell in several isolates shows a progress bar",
    )
    return Magic("isolateconfig", "line", parser, _configure)


async def _configure(host: Host, options: argparse.Namespace, body: Body) -> None:
    settings = host.settings
    given = {name: value for name, value in vars(options).items() if value is not None}
    if not given:
        host.display(_table(settings).bundle())
        return
    if "timeout" in given:
        settings.timeout_s = None if given["timeout"] == "none" else given["timeout"]
    if "memory" in given:
        settings.memory_mb = given["memory"]
    if "group_outputs" in given:
        settings.group_outputs = given["group_outputs"]
    if "block" in given:
        settings.block = given["block"]
    if "progress_after" in given:
        settings.progress_after_s = given["progress_after"]


def _table(settings: Settings) -> Table:
    timeout = "none" if settings.timeout_s is None else f"{settings.timeout_s:g} s"
    rows = [
        ["--timeout", timeout],
        ["--memory", f"{settings.memory_mb:g} MB"],
        ["--group-outputs", settings.group_outputs],
        ["--block or --noblock", "--block" if settings.block else "--noblock"],
        ["--progress-after", f"{settings.progress_after_s:g} s"],
    ]
    return Table(["option", "default"], rows)


CONFIG = _make_config()

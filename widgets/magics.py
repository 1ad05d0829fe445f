"""%dashboard: the isolates in a widget."""

from __future__ import annotations

import argparse

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser
from isolates.widgets.period import LONGEST_S, SHORTEST_S, USUAL_S, checked


def _seconds(text: str) -> float:
    try:
        return checked(float(text))
    except ValueError:
        what = f"{text!r} is no number of seconds from {SHORTEST_S} to {LONGEST_S:g}"
        raise argparse.ArgumentTypeError(what) from None


def _make() -> Magic:
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
    return Magic("dashboard", "line", parser, _show)


async def _show(host: Host, options: argparse.Namespace, body: Body) -> object:
    try:
        # Only now: it takes a while, and who needs no widget need not have it installed.
        from isolates.widgets.dashboard import Dashboard
    except ImportError as error:
        raise UsageError(f"%dashboard needs anywidget and ipywidgets: {error}") from None
    return host.shown(Dashboard(host.manager, period_s=options.period))


DASHBOARD = _make()

"""%interrupt and %terminate: what runs is stopped."""

from __future__ import annotations

import argparse

from isolates.magics.cell import Body
from isolates.magics.chosen import add_targets, names_at_work
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser


def _make_interrupt() -> Magic:
    parser = MagicParser(
        "%interrupt",
        "Stop what runs in isolates, or in all.\n\n"
        "They keep all that is in them. The cell that was stopped ends with a KeyboardInterrupt. While a "
        "cell runs, most frontends hold back the next one: there Python's manager.interrupt('a') does the "
        "same from a thread or a widget, and the stop button stops all.",
        "%interrupt\n%interrupt a b\n%interrupt w*",
    )
    add_targets(parser, "*")
    return Magic("interrupt", "line", parser, _interrupt)


async def _interrupt(host: Host, options: argparse.Namespace, body: Body) -> None:
    host.manager.interrupt(*names_at_work("%interrupt", host, options))


def _make_terminate() -> Magic:
    parser = MagicParser(
        "%terminate",
        "Stop what runs in isolates: %interrupt by the name that it has in the API.\n\n"
        "The isolates live on with all that is in them; %dispose ends them. Unlike %interrupt it has to be "
        "told which ones.",
        "%terminate a\n%terminate a b\n%terminate all",
    )
    add_targets(parser, "+")
    return Magic("terminate", "line", parser, _terminate)


async def _terminate(host: Host, options: argparse.Namespace, body: Body) -> None:
    host.manager.interrupt(*names_at_work("%terminate", host, options))


INTERRUPT = _make_interrupt()
TERMINATE = _make_terminate()

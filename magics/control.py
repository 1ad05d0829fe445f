"""%interrupt: stops what runs."""

from __future__ import annotations

import argparse

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser, name_of


def _make_interrupt() -> Magic:
    parser = MagicParser(
        "%interrupt",
        "Stop what runs in the named isolates, or in all.\n\n"
        "They keep all that is in them. The cell that was stopped ends with a KeyboardInterrupt. While a "
        "cell runs, most frontends hold back the next one: there Python's manager.interrupt('a') does the "
        "same from a thread or a widget, and the stop button stops all.",
        "%interrupt\n%interrupt a b",
    )
    parser.add_argument("isolates", metavar="NAME", nargs="*", type=name_of("an isolate"), help="an isolate")
    return Magic("interrupt", "line", parser, _interrupt)


async def _interrupt(host: Host, options: argparse.Namespace, body: Body) -> None:
    known = host.manager.names()
    for name in options.isolates:
        if name not in known:
            raise UsageError(f"%interrupt: NAME {name!r}: there is {', '.join(sorted(known)) or 'none'}")
    host.manager.interrupt(*options.isolates or known)


INTERRUPT = _make_interrupt()

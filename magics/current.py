"""%isolate and %context: where plain cells run from now on."""

from __future__ import annotations

import argparse

from IPython.core.error import UsageError

from isolates.magics.cell import Body, Place
from isolates.magics.isolate import add_context
from isolates.magics.magic import Host, Magic
from isolates.magics.making import making
from isolates.magics.parser import MagicParser, megabytes, name_of


def _make_isolate() -> Magic:
    parser = MagicParser(
        "%isolate",
        "Make an isolate the current one, or say which it is.\n\n"
        "For the rest of the session, or until the next %isolate, JavaScript that names no isolate runs "
        "there, and other magics mean it where --isolate is left out. It is made if there is none of that "
        "name. Unless --context says another, the current context is its context main.",
        "%isolate a\n%isolate a --context tests\n%isolate\n%isolate main",
    )
    parser.add_argument("isolate", metavar="NAME", nargs="?", type=name_of("an isolate"), help="the isolate")
    add_context(parser)
    parser.add_argument(
        "--memory", metavar="MB", type=megabytes, help="its memory limit; given when it is made"
    )
    return Magic("isolate", "line", parser, _go, moves=True)


def _make_context() -> Magic:
    parser = MagicParser(
        "%context",
        "Make a context of the current isolate the current one, or say which it is.\n\n"
        "It is made if there is none of that name. %%isolate NAME and --isolate NAME without --context mean "
        "the context main of NAME, whatever is current.",
        "%context tests\n%context\n%context main",
    )
    parser.add_argument("context", metavar="NAME", nargs="?", type=name_of("a context"), help="the context")
    return Magic("context", "line", parser, _go, moves=True)


async def _go(host: Host, options: argparse.Namespace, body: Body) -> None:
    magic = "%isolate" if "isolate" in options else "%context"
    isolate, memory = getattr(options, "isolate", None), getattr(options, "memory", None)
    place = host.settings.current.named(isolate, options.context)
    note = ""
    if isolate or options.context or memory:
        try:
            note = _make(host, place, memory)
        except UsageError as error:
            raise UsageError(f"{magic}: {error}") from None
        host.settings.move(place)
    host.write(f"The current isolate is {place.isolate!r}, its context {place.context!r}{note}.\n")


def _make(host: Host, place: Place, memory_mb: float | None) -> str:
    """Makes what is not there; what to say of the context."""
    before = host.manager.get(place.isolate)
    with making(host, [place.isolate]):
        entry = host.manager.isolate(place.isolate, memory_mb)
        is_new = place.context not in entry.contexts
        host.manager.open(entry, place.context)
    return " (new)" if is_new and entry is before else ""


CURRENT = _make_isolate()
CONTEXT = _make_context()

"""%copy: values from one isolate to others."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from IPython.core.error import UsageError

from isolates.magics.cell import Body, Place
from isolates.magics.data import check_goals, deliver
from isolates.magics.magic import Host, Magic
from isolates.magics.making import making
from isolates.magics.parcels import add_mode, check_goal, from_isolate
from isolates.magics.parser import MagicParser, check_name
from isolates.magics.variables import is_name


class _Variable(NamedTuple):
    """`x`, `a.x` or `a:tests.x`, as it was written."""

    text: str
    isolate: str | None
    context: str | None
    name: str

    def place(self, current: Place) -> Place:
        return current.named(self.isolate, self.context)


def _variable(text: str) -> _Variable:
    """The type of SOURCE and TARGET. Names of isolates may have dots, so the last one counts."""
    place, _, name = text.rpartition(".")
    isolate, has_context, context = place.partition(":")
    try:
        if not is_name(name):
            raise ValueError(f"{name!r} is no name for a variable of JavaScript")
        if isolate:
            check_name("an isolate", isolate)
        if has_context:
            check_name("a context", context)
        if not place and "." in text:
            raise ValueError("an isolate's name is empty")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    return _Variable(text, isolate or None, context or None, name)


def _make_copy() -> Magic:
    parser = MagicParser(
        "%copy",
        "Copy a variable of an isolate into variables of others.\n\n"
        "A variable is written a.x, or a:tests.x for one of the context tests; x alone, or :tests.x, is one "
        "of the current isolate. What stands behind the last dot is the variable's name. TARGETS are made "
        "on first use, isolates and contexts too. A line says how much has crossed, and in what time.",
        "%copy a.x b.y\n%copy table a.table b.table\n%copy a:tests.pixels b.pixels --transfer",
    )
    parser.add_argument("source", metavar="SOURCE", type=_variable, help="the variable")
    parser.add_argument(
        "goals", metavar="TARGET", nargs="+", type=_variable, help="a variable that gets its value"
    )
    add_mode(parser)
    return Magic("copy", "line", parser, _copy)


async def _copy(host: Host, options: argparse.Namespace, body: Body) -> None:
    current, source = host.settings.current, options.source
    goals = [(goal.place(current), goal.name) for goal in options.goals]
    isolate, context = source.place(current)
    try:
        for place, _ in goals:
            check_goal(place, options.mode)
        if options.mode == "transfer" and len(goals) > 1:
            raise UsageError("--transfer: it takes one TARGET, as the memory can be in one place only")
        await check_goals(host, goals)
        variables = host.manager[isolate].context(context)
        parcel = await from_isolate(host, variables, source.name, options.mode)
    except KeyError as error:
        raise UsageError(f"%copy: SOURCE {source.text!r}: {error.args[0]}") from None
    except UsageError as error:
        raise UsageError(f"%copy: {error}") from None
    with making(host, (place.isolate for place, _ in goals)):
        await deliver(host, parcel, goals)
    host.write(parcel.told(f"{source.text} to {', '.join(goal.text for goal in options.goals)}"))


COPY = _make_copy()

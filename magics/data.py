"""%put and %get: values between Python's variables and those of JavaScript."""

from __future__ import annotations

import argparse
import keyword
import re
import time

from IPython.core.error import UsageError

from isolates.magics.cell import Body, Place
from isolates.magics.isolate import add_context, add_isolate
from isolates.magics.magic import Host, Magic
from isolates.magics.making import making
from isolates.magics.parcels import Parcel, add_mode, check_goal, from_isolate, from_python
from isolates.magics.parser import MagicParser
from isolates.magics.targets import targets
from isolates.magics.variables import is_name

_OPTION = r"--(?:(?:isolate|context)(?:=|\s+)\S+|copy|transfer|share|reference)"
_HEAD = re.compile(rf"((?:{_OPTION}\s+)*)(.*)", re.DOTALL)
_TAIL = re.compile(rf"(.*?)((?:\s+{_OPTION})*)", re.DOTALL)


def _split_assignment(line: str) -> list[str]:
    """The options, which come first or last, and one word of all between: Python has quotes of its own."""
    head = _HEAD.fullmatch(line)
    assert head is not None
    tail = _TAIL.fullmatch(head[2])
    assert tail is not None
    middle = [tail[1]] if tail[1] else []
    return [*head[1].split(), *tail[2].split(), *middle]


def _assignment(text: str) -> tuple[str, str]:
    """The type of NAME=expression."""
    name, separator, expression = text.partition("=")
    name = name.strip()
    if not is_name(name):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with a variable's name")
    expression = expression.strip() if separator else name
    try:
        compile(expression, "<%put>", "eval")
    except (SyntaxError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{expression!r} is no expression of Python: {error}") from None
    return name, expression


def _variable(text: str) -> str:
    if not is_name(text) or not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name for a variable of both languages")
    return text


def _make_put() -> Magic:
    parser = MagicParser(
        "%put",
        "Copy a value of Python into a variable of JavaScript.\n\n"
        "The expression is Python's; NAME alone stands for NAME=NAME. Functions arrive as functions, "
        "coroutine functions as ones that return a promise, arrays of NumPy as typed arrays, or as Arrays of "
        "their rows. All is copied, unless an option says else. A line says how much has crossed, and in "
        "what time.",
        "%put x=[1, 2, 3]\n%put frame=df.to_dict('list') --isolate a --context tests\n"
        "%put table --isolate w[0:4]\n%put area=lambda r: 3.14 * r ** 2",
    )
    parser.add_argument(
        "assignment", metavar="NAME[=expression]", type=_assignment, help="the variable, and its value"
    )
    parser.add_argument(
        "--isolate",
        metavar="TARGETS",
        dest="targets",
        type=targets,
        help="the isolates, each made on first use (default: the current one)",
    )
    add_context(parser)
    add_mode(parser)
    return Magic("put", "line", parser, _put, _split_assignment)


async def _put(host: Host, options: argparse.Namespace, body: Body) -> None:
    name, expression = options.assignment
    try:
        places = _goals(host, options)
        value = await host.python(expression)
        parcel = from_python(host, name, value, options.mode, time.monotonic())
    except UsageError as error:
        raise UsageError(f"%put: {error}") from None
    goals = [(place, name) for place in places]
    await check_goals(host, goals)
    with making(host, (place.isolate for place in places)):
        await deliver(host, parcel, goals)
    to = f" to {', '.join(place.isolate for place in places)}" if len(places) > 1 else ""
    host.write(parcel.told(f"{name}{to}"))


def _goals(host: Host, options: argparse.Namespace) -> list[Place]:
    current = host.settings.current
    names = [None] if options.targets is None else options.targets.names(host.manager.names())
    places = [current.named(name, options.context) for name in names]
    for place in places:
        check_goal(place, options.mode)
    return places


async def check_goals(host: Host, goals: list[tuple[Place, str]]) -> None:
    """Raises JSTypeError if one of the variables is a constant, before anything has moved."""
    for place, name in goals:
        await host.manager[place.isolate].context(place.context).check(name)


async def deliver(host: Host, parcel: Parcel, goals: list[tuple[Place, str]]) -> None:
    """Assigns what is in the parcel to variables of JavaScript."""
    for number, (place, name) in enumerate(goals, 1):
        value = parcel.for_isolate(host, is_last=number == len(goals))
        await host.manager[place.isolate].context(place.context).put(name, value)


def _make_get() -> Magic:
    parser = MagicParser(
        "%get",
        "Copy variables of JavaScript into Python's variables of the same names.\n\n"
        "Functions arrive as functions, which run in their isolate; what can't be copied arrives as an "
        "isolates.Reference. All else is copied, unless an option says else. When one of the names is "
        "missing, nothing is copied. A line for each says how much has crossed, and in what time.",
        "%get x y\n%get result --isolate a\n%get pixels --transfer\n%get table --reference",
    )
    parser.add_argument("names", metavar="NAME", nargs="+", type=_variable, help="a variable")
    add_isolate(parser, makes=False)
    add_mode(parser)
    return Magic("get", "line", parser, _get)


async def _get(host: Host, options: argparse.Namespace, body: Body) -> None:
    isolate, context = host.settings.current.named(options.isolate, options.context)
    variables = host.manager[isolate].context(context)
    if options.mode == "transfer" and len(options.names) > 1:
        raise UsageError("%get: --transfer: it takes one NAME, or what is wrong with one would come too late")
    parcels = {}
    for name in options.names:
        try:
            parcels[name] = await from_isolate(host, variables, name, options.mode, for_python=True)
        except KeyError as error:
            raise UsageError(f"%get: NAME {name!r}: {error.args[0]}") from None
        except UsageError as error:
            raise UsageError(f"%get: {error}") from None
    host.namespace.update({name: parcel.for_python() for name, parcel in parcels.items()})
    for name, parcel in parcels.items():
        host.write(parcel.told(name))


PUT = _make_put()
GET = _make_get()

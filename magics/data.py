"""%put and %get: values between Python's variables and those of JavaScript."""

from __future__ import annotations

import argparse
import keyword
import re

from IPython.core.error import UsageError

from isolates.magics.cell import Body
from isolates.magics.isolate import add_isolate
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser
from isolates.magics.variables import Variables, is_name

_OPTION = r"--(?:isolate|context)(?:=|\s+)\S+"
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
        "coroutine functions as ones that return a promise, arrays of NumPy as typed arrays. All else is "
        "copied, except for an isolates.SharedArrayBuffer, whose memory both sides see.",
        "%put x=[1, 2, 3]\n%put frame=df.to_dict('list') --isolate a --context tests\n"
        "%put area=lambda r: 3.14 * r ** 2",
    )
    parser.add_argument(
        "assignment", metavar="NAME[=expression]", type=_assignment, help="the variable, and its value"
    )
    add_isolate(parser)
    return Magic("put", "line", parser, _put, _split_assignment)


async def _put(host: Host, options: argparse.Namespace, body: Body) -> None:
    name, expression = options.assignment
    value = await host.python(expression)
    await _variables(host, options).put(name, value)


def _make_get() -> Magic:
    parser = MagicParser(
        "%get",
        "Copy variables of JavaScript into Python's variables of the same names.\n\n"
        "Functions arrive as functions, which run in their isolate; what can't be copied arrives as an "
        "isolates.Reference. When one of the names is missing, nothing is copied.",
        "%get x y\n%get result --isolate a",
    )
    parser.add_argument("names", metavar="NAME", nargs="+", type=_variable, help="a variable")
    add_isolate(parser)
    return Magic("get", "line", parser, _get)


async def _get(host: Host, options: argparse.Namespace, body: Body) -> None:
    variables = _variables(host, options)
    values = {}
    for name in options.names:
        try:
            values[name] = await variables.get(name)
        except KeyError as error:
            raise UsageError(f"%get: NAME {name!r}: {error.args[0]}") from None
    host.namespace.update(values)


def _variables(host: Host, options: argparse.Namespace) -> Variables:
    isolate, context = host.settings.current.named(options.isolate, options.context)
    return host.manager[isolate].context(context)


PUT = _make_put()
GET = _make_get()

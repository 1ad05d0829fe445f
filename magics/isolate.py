"""%%isolate and %%module: JavaScript in an isolate chosen by name."""

from __future__ import annotations

import argparse
from typing import Any

from isolates.magics.cell import Body, Cell
from isolates.magics.magic import Host, Magic
from isolates.magics.parser import MagicParser, megabytes, name_of, seconds


def add_context(parser: MagicParser) -> None:
    parser.add_argument(
        "--context",
        metavar="C",
        type=name_of("a context"),
        help="one of its contexts, made on first use",
    )


def add_isolate(parser: MagicParser) -> None:
    """--isolate and --context."""
    parser.add_argument(
        "--isolate",
        metavar="NAME",
        type=name_of("an isolate"),
        help="the isolate, which is made on first use (default: the current one)",
    )
    add_context(parser)


def add_timeout(parser: MagicParser) -> None:
    parser.add_argument("--timeout", metavar="T", type=seconds, help="seconds that this cell may take")


def _make_isolate() -> Magic:
    parser = MagicParser(
        "%%isolate",
        "Run the cell in the isolate NAME, which is made on first use.\n\n"
        "An isolate has its own heap, globals and limits. It shares nothing with the others, and when it "
        "runs out of memory or is stopped, they go on.",
        "%%isolate a\n%%isolate a --context tests --timeout 2.5\n%%isolate small --memory 16",
    )
    parser.add_argument("isolate", metavar="NAME", type=name_of("an isolate"), help="the isolate")
    add_context(parser)
    parser.add_argument(
        "--memory", metavar="MB", type=megabytes, help="its memory limit; given when it is made"
    )
    add_timeout(parser)
    parser.add_argument(
        "--no-await",
        dest="await_promises",
        action="store_false",
        default=None,
        help="show a promise as it is, instead of waiting for its value",
    )
    return Magic("isolate", "cell", parser, _run_isolate)


async def _run_isolate(host: Host, options: argparse.Namespace, body: Body) -> object:
    limits = {"memory_mb": options.memory, "await_promises": options.await_promises}
    return await host.evaluate(_cell(host, options, body, **limits))


def _make_module() -> Magic:
    parser = MagicParser(
        "%%module",
        "Name the cell as a module, which other cells can import.\n\n"
        "The cell is an ES module of its own scope; what it exports is there for `import ... from 'NAME'`.",
        "%%module shapes\nexport const area = (r) => Math.PI * r ** 2",
    )
    parser.add_argument("module", metavar="NAME", type=name_of("a module"), help="what others import")
    add_isolate(parser)
    add_timeout(parser)
    return Magic("module", "cell", parser, _run_module)


async def _run_module(host: Host, options: argparse.Namespace, body: Body) -> object:
    return await host.evaluate(_cell(host, options, body, module=options.module))


def _cell(host: Host, options: argparse.Namespace, body: Body, **rest: Any) -> Cell:
    place = host.settings.current.named(options.isolate, options.context)
    return Cell(body.text, body.line_offset, *place, timeout_s=options.timeout, **rest)


ISOLATE = _make_isolate()
MODULE = _make_module()

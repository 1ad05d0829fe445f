"""%lsmagic and %quickref: which magics there are."""

from __future__ import annotations

import argparse

from isolates.magics.cell import Body
from isolates.magics.magic import Host, Magic, Registry
from isolates.magics.parser import MagicParser


def table(registry: Registry) -> str:
    """Each magic, and what it does in a line."""
    rows = [(str(magic), magic.parser.summary) for magic in registry]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}}  {summary}\n" for name, summary in rows)


async def _list(host: Host, options: argparse.Namespace, body: Body) -> None:
    host.write(f"{table(host.registry)}\n%NAME? shows the help of one.\n")


async def _show_reference(host: Host, options: argparse.Namespace, body: Body) -> None:
    helps = "\n\n".join(magic.parser.format_help().strip() for magic in host.registry)
    host.page(f"{table(host.registry)}\n\n{helps}\n")


def listing(names: str, helps: str) -> tuple[Magic, Magic]:
    """The two magics, under these names: the one that lists all, and the one that shows the help of all."""
    return (
        Magic(names, "line", MagicParser(f"%{names}", "List the magics, a line each."), _list),
        Magic(
            helps,
            "line",
            MagicParser(f"%{helps}", "Show the help of all magics in one page."),
            _show_reference,
        ),
    )


LSMAGIC, QUICKREF = listing("lsmagic", "quickref")

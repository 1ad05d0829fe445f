"""%%trace: the calls of a cell's functions, as they happen."""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path

from isolates import Isolate, JSSyntaxError
from isolates.magics.cell import Body, Cell, Evaluate
from isolates.magics.magic import Host, Magic
from isolates.magics.measuring import add_where, cells_of, finished, finished_after, run_cells
from isolates.magics.parser import MagicParser, count_to

_MAGIC = "%%trace"
_CALLS = 200
_MOST_CALLS = 100_000


def _make() -> Magic:
    parser = MagicParser(
        _MAGIC,
        "Run the cell, and show the calls of the functions that it declares.\n\n"
        "There is a line for each call with its arguments, and one for its end with what it gave or threw, "
        "and the time that it took, if that is half a millisecond or more; they come among what the cell "
        "prints, indented as deep as the call. A generator is called when it is asked for its first value, "
        "and has a line for each. For that the cell is changed before it runs: its functions tell of "
        "themselves, here and in later traced cells, until they are declared anew; in plain cells they keep "
        "silent. Functions of other cells and V8's own are not shown. Columns in errors may be off.",
        "%%trace\n%%trace --calls 1000\n%%trace a,b --timeout 10",
    )
    add_where(parser)
    parser.add_argument(
        "--calls",
        metavar="N",
        type=count_to(_MOST_CALLS),
        default=_CALLS,
        help=f"how many calls are shown at most (default: {_CALLS})",
    )
    return Magic("trace", "cell", parser, _run)


async def _run(host: Host, options: argparse.Namespace, body: Body) -> object:
    cells = cells_of(host, _MAGIC, options, body)
    try:
        about = await host.ask_parser("traced", body.text)
    except JSSyntaxError:
        # V8 says what is wrong, and where.
        return await run_cells(host, cells)
    if not about["count"]:
        host.write("The cell declares no function that could be traced.\n")
    traced = [_traced(host, cell, about["source"], options.calls) for cell in cells]
    return await run_cells(host, traced)


def _traced(host: Host, cell: Cell, source: str, calls: int) -> Cell:
    variables = host.manager[cell.isolate].context(cell.context)

    async def begin() -> None:
        await variables.eval_closure(_helper(), [calls])

    async def end(isolate: Isolate) -> None:
        # By its name a new one would be made.
        if not isolate.is_disposed:
            await variables.eval_closure("$$trace.end()", [])

    async def run(isolate: Isolate, evaluate: Evaluate) -> object:
        await finished(begin())
        try:
            value = await evaluate()
        except BaseException as error:
            await finished_after(error, end(isolate))
            raise
        await finished(end(isolate))
        return value

    return cell._replace(source=source, logged=cell.source, around=run)


@cache
def _helper() -> str:
    return Path(__file__).with_suffix(".js").read_text("utf-8")


TRACE = _make()

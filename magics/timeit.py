"""%timeit and %%timeit: how long JavaScript takes in a loop, once V8 has optimised it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from IPython.core.error import UsageError

from isolates import Isolate, IsolatesError, JSSyntaxError, TerminatedError
from isolates.magics.cell import Around, Body, Cell, Evaluate
from isolates.magics.isolate import add_context, add_timeout
from isolates.magics.jobs import CompositeError
from isolates.magics.loop import Loop, TimeitResult, loop_source, plural
from isolates.magics.magic import Host, Magic
from isolates.magics.measuring import cells_of
from isolates.magics.parser import MagicParser, count_to, variable
from isolates.magics.tables import Table, duration_text
from isolates.magics.targets import targets

_MOST_LOOPS = 10**12
_MOST_RUNS = 1000
_RUNS = 7
_TOO_FAST_S = 1e-9
_DISTURBED = 0.8

_WORD = re.compile(r"\s*(\S+)")
_SHORT = re.compile(r"-[nr]\d\S*")

_ABOUT = (
    "The code becomes the body of a loop in a function of the isolate, so what is measured is the code and "
    "the loop around it, and no call from Python. Its last expression is kept until the end, so that V8 "
    "can't drop it as useless; what is the same each time V8 may still compute once, and what takes less "
    "than 1 ns is told to be suspicious. First it runs until it gets no faster, as V8 optimises what is "
    "hot: these loops don't count (warm after ...). A run is as many loops as take a tenth of a second. "
    "Code that awaits is measured from its start to its end, with all waiting. Other work in the same "
    "isolate disturbs; several isolates are measured one after the other, each in peace."
)


def _make(kind: Literal["line", "cell"]) -> Magic:
    if kind == "line":
        parser = MagicParser(
            "%timeit",
            f"Measure how long a line of JavaScript takes.\n\n{_ABOUT} Options come before the code; -- ends "
            "them.",
            "%timeit [3, 1, 2].sort()\n%timeit -n 1000 -r 5 JSON.stringify(data)\n"
            "%timeit --isolate a,b fib(20)\n%timeit --out times fib(20)\n%timeit -- --x",
        )
    else:
        parser = MagicParser(
            "%%timeit",
            "Measure how long the cell takes, as the body of a loop.\n\n"
            "SETUP runs before each run of the loop and does not count; the cell sees what it declares. "
            f"{_ABOUT}",
            "%%timeit\n%%timeit const list = Array.from({length: 1000}, Math.random)\n"
            "%%timeit -r 3 --isolate a,b",
        )
    parser.add_argument(
        "-n",
        "--number",
        metavar="N",
        type=count_to(_MOST_LOOPS),
        help="how many loops are one run (default: as many as take 0.1 s)",
    )
    parser.add_argument(
        "-r",
        "--repeat",
        metavar="R",
        type=count_to(_MOST_RUNS),
        default=_RUNS,
        help=f"how many runs are measured (default: {_RUNS})",
    )
    parser.add_argument(
        "--isolate",
        dest="targets",
        metavar="TARGETS",
        type=targets,
        help="the isolates (default: the current one)",
    )
    parser.add_argument(
        "-o",
        dest="gives_result",
        action="store_true",
        help="give the result, as IPython's: its timings, average, stdev, best, worst ...",
    )
    parser.add_argument("--out", metavar="NAME", type=variable, help="Python's variable that gets the result")
    add_context(parser)
    add_timeout(parser)
    if kind == "line":
        parser.add_argument("code", metavar="CODE", help="JavaScript")
    else:
        parser.add_argument("setup", metavar="SETUP", nargs="?", default="", help="JavaScript, run before")
    return Magic("timeit", kind, parser, _run_line if kind == "line" else _run_cell, _splitter(parser))


def _splitter(parser: MagicParser) -> Callable[[str], list[str]]:
    """Options, and one word of all that follows, which is JavaScript."""
    options = parser._option_string_actions

    def split(line: str) -> list[str]:
        words: list[str] = []
        at, awaited = 0, False
        while (match := _WORD.match(line, at)) is not None:
            word = match[1]
            name, is_assigned, _ = word.partition("=")
            if not awaited and word == "--":
                at = match.end()
                break
            is_option = name in options or _SHORT.fullmatch(word) or re.fullmatch(r"--[a-z][a-z-]*", name)
            if not awaited and not is_option:
                break
            words.append(word)
            awaited = not awaited and name in options and options[name].nargs != 0 and not is_assigned
            at = match.end()
        code = line[at:].strip()
        if not words and code in ("-h", "?"):
            return [code]
        return [*words, "--", code] if code else words

    return split


async def _run_line(host: Host, options: argparse.Namespace, body: Body) -> object:
    return await _measure(host, "%timeit", options, "", Body(options.code))


async def _run_cell(host: Host, options: argparse.Namespace, body: Body) -> object:
    if not body.text.strip():
        raise UsageError("%%timeit: the cell has no code below it; %timeit measures a line")
    return await _measure(host, "%%timeit", options, options.setup, body)


async def _measure(host: Host, magic: str, options: argparse.Namespace, setup: str, body: Body) -> object:
    """What -o shows."""
    about = await _parsed(host, magic, "the code", body)
    if (await _parsed(host, magic, "SETUP", Body(setup)))["isAsync"]:
        raise UsageError(f"{magic}: SETUP {setup!r}: it can't await; a cell before can")
    source = loop_source(setup, body, about["value"], about["isAsync"])
    found: dict[str, TimeitResult] = {}
    errors: dict[str, BaseException] = {}
    cells = cells_of(host, magic, options, source)
    for cell in cells:
        loop = Loop(options.number, options.repeat, about["isAsync"], host.known_bytes)
        try:
            await host.evaluate(cell._replace(around=_around(loop), logged=""))
        except TerminatedError:
            raise
        except IsolatesError as error:
            errors[cell.isolate] = error
        else:
            assert loop.times is not None
            found[cell.isolate] = loop.times
    if found:
        _tell(host, found, len(cells) > 1)
    if errors:
        raise next(iter(errors.values())) if len(cells) == 1 else CompositeError(errors, len(cells))
    result = found if len(cells) > 1 else next(iter(found.values()))
    if options.out is not None:
        host.namespace[options.out] = result
    return host.shown(result) if options.gives_result else None


async def _parsed(host: Host, magic: str, what: str, body: Body) -> Mapping[str, Any]:
    try:
        about = await host.ask_parser("loopBody", body.text)
    except JSSyntaxError as error:
        # V8 says what is wrong and where, and runs none of it.
        guard = f"throw new SyntaxError({json.dumps(str(error))})\n{body.text}"
        await host.evaluate(Cell(guard, body.line_offset - 1, *host.settings.current))
        raise
    if about["isModule"]:
        raise UsageError(f"{magic}: {what} can't import or export; a cell before can")
    return about


def _around(loop: Loop) -> Around:
    async def run(isolate: Isolate, evaluate: Evaluate) -> object:
        return await loop.run(isolate, await evaluate())

    return run


def _tell(host: Host, found: dict[str, TimeitResult], is_table: bool) -> None:
    if is_table:
        heads = ["isolate", "mean", "std. dev.", "best", "median", "quartiles", "loops", "warm after"]
        rows = [[name, *_row(times)] for name, times in found.items()]
        runs = plural(next(iter(found.values())).repeat, "run")
        notes = [f"times per loop, of {runs}; loops are those of one run"]
        notes += [f"{name}: {note}" for name, times in found.items() for note in _notes(times)]
        host.display(Table(heads, rows, notes).bundle())
        return
    (times,) = found.values()
    _, _, best, median, quartiles, *_ = _row(times)
    text = f"{times}\nbest {best}, median {median}, quartiles {quartiles}; {_warmth(times)}\n"
    host.write(text + "".join(f"{note}\n" for note in _notes(times)))


def _row(times: TimeitResult) -> list[str]:
    low, high = times.quartiles
    return [
        *(duration_text(value) for value in (times.average, times.stdev, times.best, times.median)),
        f"{duration_text(low)} to {duration_text(high)}",
        f"{times.loops:,}",
        f"{times.warm_loops:,} loops" if times.is_steady else "not steady",
    ]


def _warmth(times: TimeitResult) -> str:
    loops, spent = plural(times.warm_loops, "loop"), duration_text(times.warm_s)
    first = "" if times.first_s is None else f", the first took {duration_text(times.first_s)}"
    if times.is_steady:
        return f"warm after {loops} in {spent}{first}"
    return f"not steady yet after {loops} in {spent}{first}"


def _notes(times: TimeitResult) -> list[str]:
    notes = []
    if times.best < _TOO_FAST_S:
        notes.append("Less than 1 ns: V8 has most likely computed it once, or seen that nothing needs it.")
    if times.gives_promise:
        notes.append("It gives a promise, which nobody waited for: write await to measure until it settles.")
    if times.has_collected:
        notes.append("Garbage was collected during the runs, which is a part of their times.")
    if times.cpu_s is not None and times.cpu_s < _DISTURBED * times.average:
        share, cpu = f"{times.cpu_s / times.average:.0%}", duration_text(times.cpu_s)
        notes.append(f"The loops had {share} of a core: other work has disturbed them. CPU {cpu} per loop.")
    return notes


TIMEIT_LINE = _make("line")
TIMEIT_CELL = _make("cell")

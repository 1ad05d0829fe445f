"""The command `isolates`: `isolates run [OPTIONS] FILE.js [ARGS]`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from isolates.program.program import DEFAULT_MEMORY_MB, EXIT_TIMEOUT, Program, Settings
from isolates.program.report import signature

_WITH_VALUE = ("-e", "--eval", "--memory-limit", "--timeout")


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Does not return."""
    # As in Node, Ctrl-C ends the process at once, whatever runs; the shell sees 130. Where it is ignored, in
    # the background of a script, it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    own, rest = _split(sys.argv[1:] if arguments is None else arguments)
    options, unknown = _parser().parse_known_args(own)
    if unknown:
        options.refuse(f"there is no option {unknown[0]}")
    if options.eval is None and not rest:
        options.refuse("there is no FILE to run")
    settings = Settings(
        file=rest[0] if options.eval is None else None,
        arguments=rest[1:] if options.eval is None else rest,
        eval_source=options.eval,
        memory_mb=options.memory_limit,
        allow_read=[path for part in options.allow_read for path in part.split(",") if path],
        allow_read_all="" in options.allow_read,
        environment=dict(os.environ) if options.allow_env else {},
        expose_gc=options.expose_gc,
        options=own[1:],
    )
    program = Program(settings)
    if options.timeout is not None:
        _stop_after(options.timeout, program)
    program.run()


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        sys.stdout.write(f"{signature()}\n")
        parser.exit()


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The command and its options, and then the file with its arguments, which may look like options."""
    at = 1
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        if arguments[at] == "--":
            return list(arguments[:at]), list(arguments[at + 1 :])
        at += 2 if arguments[at] in _WITH_VALUE else 1
    return list(arguments[:at]), list(arguments[at:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="isolates", description="JavaScript in V8 isolates.", allow_abbrev=False
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say the versions of isolates and V8")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        usage="isolates run [OPTIONS] FILE.js [ARGS]",
        help="run a CommonJS program that may require('isolated-vm')",
        description="Runs a CommonJS program in an isolate of its own, with an event loop, until nothing is "
        "left to wait for. It may require('isolated-vm'), 'isolated-vm@5', 'assert', 'events', 'path', "
        "'url' and 'util', and .js and .json files below the folder of FILE. It can't write files, use the "
        "network or start processes.",
        allow_abbrev=False,
    )
    run.add_argument("-e", "--eval", metavar="CODE", help="run this code instead of a file")
    run.add_argument(
        "--allow-read",
        metavar="PATH,...",
        action="append",
        nargs="?",
        const="",
        default=[],
        help="as --allow-read=PATH,...: let it read these files and folders too; without PATH, all",
    )
    run.add_argument("--allow-env", action="store_true", help="show it the environment in process.env")
    run.add_argument("--expose-gc", action="store_true", help="define gc() in all isolates")
    run.add_argument(
        "--memory-limit",
        metavar="MB",
        type=_megabytes,
        default=DEFAULT_MEMORY_MB,
        help=f"of the program's own isolate (default: {DEFAULT_MEMORY_MB:g})",
    )
    run.add_argument(
        "--timeout", metavar="S", type=_seconds, help=f"end it after so many seconds, with {EXIT_TIMEOUT}"
    )
    run.set_defaults(refuse=run.error)
    return parser


def _megabytes(text: str) -> float:
    value = float(text)
    if not 8 <= value <= 4096:
        raise argparse.ArgumentTypeError(f"{text} is not between 8 and 4096 megabytes")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text} is no time")
    return value


def _stop_after(seconds: float, program: Program) -> None:
    def stop() -> None:
        program.output.abort(
            EXIT_TIMEOUT, f"isolates: the program took longer than --timeout {seconds:g} s\n"
        )

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()

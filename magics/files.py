"""Files that a magic writes because the user has named them."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from IPython.core.error import UsageError

from isolates.magics.magic import Host
from isolates.magics.parser import MagicParser
from isolates.magics.tables import size_text


class OutputFile(NamedTuple):
    """The value of --file. Of several isolates each has a file of its own: NAME.a.cpuprofile for a."""

    path: Path

    def of(self, isolate: str, is_only: bool) -> Path:
        name = f"{self.path.stem}.{isolate}{self.path.suffix}"
        return self.path if is_only else self.path.with_name(name)

    def check(self, magic: str, isolates: Sequence[str]) -> None:
        """Raises UsageError if it can't be written for these isolates."""
        for isolate in isolates:
            path = self.of(isolate, len(isolates) == 1)
            try:
                reason = _obstacle(path)
            except OSError as error:
                reason = error.strerror or str(error)
            if reason is not None:
                raise UsageError(f"{magic}: --file {str(path)!r}: {reason}")


def _obstacle(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    if path.is_dir():
        return "it is a folder"
    # Only who tries knows: permissions say nothing of /proc, or of a disk that is mounted to be read.
    path = path.resolve()
    is_new = not path.exists()
    # A pipe that nobody reads would be waited for.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666))
    if is_new:
        path.unlink()
    return None


def add_file(parser: MagicParser, suffix: str, reader: str) -> None:
    """--file, for a file of that kind."""
    parser.add_argument(
        "--file",
        metavar="NAME",
        type=_file(suffix),
        help=f"write NAME{suffix} too, below the kernel's folder if it is no full path, for {reader}; "
        f"several isolates have a file each, NAME.ISOLATE{suffix}",
    )


async def write_all(host: Host, file: OutputFile, profiles: Mapping[str, Any], is_only: bool) -> None:
    """Writes them as JSON, over what was there, and tells of each; also if the disk is full by now."""
    for name, profile in profiles.items():
        path = file.of(name, is_only)
        text = await asyncio.to_thread(json.dumps, profile, separators=(",", ":"))
        try:
            size = await asyncio.to_thread(path.write_text, text, "utf-8")
        except OSError as error:
            host.write(f"Not written: {path}: {error.strerror or error}\n", "stderr")
        else:
            host.write(f"Written: {path} ({size_text(size)})\n")


def _file(suffix: str) -> Callable[[str], OutputFile]:
    def make(text: str) -> OutputFile:
        try:
            path = Path(text).expanduser()
            is_folder = path.is_dir()
        except (OSError, RuntimeError) as error:
            # The name is too long, or ~ is of nobody.
            reason = getattr(error, "strerror", None) or error
            raise argparse.ArgumentTypeError(f"{text!r}: {reason}") from None
        if not path.name or "\0" in text:
            raise argparse.ArgumentTypeError(f"{text!r} is no name for a file")
        if is_folder:
            raise argparse.ArgumentTypeError(f"{text!r} is a folder")
        return OutputFile(path if path.suffix == suffix else path.with_name(path.name + suffix))

    return make

"""Files that a magic writes because the user has named them."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from IPython.core.error import UsageError

from isolates.magics.parser import MagicParser
from isolates.magics.tables import size_text


@dataclass(frozen=True)
class OutputFile:
    """The value of --file. Of several isolates each has a file of its own: NAME.a.cpuprofile for a."""

    path: Path

    def of(self, isolate: str, is_only: bool) -> Path:
        name = f"{self.path.stem}.{isolate}{self.path.suffix}"
        return self.path if is_only else self.path.with_name(name)

    def check(self, magic: str) -> None:
        """Raises UsageError if it can't be written, as far as that can be seen before."""
        try:
            reason = self._obstacle()
        except OSError as error:
            # A name that is too long, say.
            reason = error.strerror or str(error)
        if reason is not None:
            raise UsageError(f"{magic}: --file {str(self.path)!r}: {reason}")

    def _obstacle(self) -> str | None:
        folder = self.path.parent
        if not folder.is_dir():
            return f"there is no folder {str(folder)!r}"
        if self.path.is_dir():
            return "it is a folder"
        if not os.access(self.path if self.path.exists() else folder, os.W_OK):
            return "it may not be written"
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


async def write(magic: str, path: Path, text: str) -> str:
    """Writes it, over what was there; what to tell of it. Raises UsageError."""
    try:
        size = await asyncio.to_thread(path.write_text, text, "utf-8")
    except OSError as error:
        raise UsageError(f"{magic}: --file {str(path)!r}: {error.strerror or error}") from None
    return f"Written: {path} ({size_text(size)})\n"


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

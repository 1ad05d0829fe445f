"""Output for an IPython without Jupyter's messages: a terminal, or a cell whose output is captured."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any, TextIO

from isolates.kernel.publication import Publication
from isolates.text import well_formed


def current_stream(name: str) -> TextIO:
    """sys.stdout or sys.stderr as they are now: a terminal's are others while it shows its prompt."""
    stream: TextIO = sys.stdout if name == "stdout" else sys.stderr
    return stream


class ShellSink:
    """A cell's output (isolates.kernel.origin.Sink): streams, and IPython's display publisher."""

    def __init__(self, publisher: Any, stream: Callable[[str], TextIO] = current_stream) -> None:
        self._publisher = publisher
        self._stream = stream

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        target = self._stream(stream)
        text = well_formed(text)
        with contextlib.suppress(ValueError):  # It is closed: Python is ending.
            try:
                target.write(text)
            except UnicodeEncodeError:
                encoding = target.encoding or "ascii"
                target.write(text.encode(encoding, "backslashreplace").decode(encoding))
            target.flush()

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        """Comms have nobody to talk to here."""
        content = publication.content
        match publication.kind:
            case "display_data" | "update_display_data" | "execute_result":
                self._publisher.publish(
                    data=content["data"],
                    metadata=content["metadata"],
                    transient=content.get("transient"),
                    update=publication.kind == "update_display_data",
                )
            case "clear_output":
                self._publisher.clear_output(wait=content["wait"])
            case "error":
                self.write("stderr", "\n".join([*content["traceback"], ""]))

    def wait_for_room(self, size: int) -> None:
        """There always is."""

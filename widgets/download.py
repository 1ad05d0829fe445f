"""Files for the page to save: in pieces, so that nothing else has to wait for a large one."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

from isolates.magics.tables import size_text
from isolates.widgets.live import Request

JSON = "application/json"

_PIECE_BYTES = 4 << 20
# A page takes about 40 MB in a second; what it has not taken lies in memory, its own or a server's.
_PAUSE_S = 0.1
_UNSAFE = re.compile(r"[^\w.-]+")


def file_name(isolate: str, suffix: str) -> str:
    """A name for a file about an isolate, which may have any name itself."""
    stem = _UNSAFE.sub("_", isolate).strip("._")[:60] or "isolate"
    return f"{stem}-{time.strftime('%Y%m%dT%H%M%S')}{suffix}"


def send_text(request: Request, name: str, text: str, words: str) -> None:
    """A file that is small. `words` are shown beside the button."""
    request.answer("done", words, buffers=[text.encode()], file=name, type=JSON)


def send_file(request: Request, name: str, path: Path) -> None:
    """A file that may be large: its pieces come with answers before the last one. Blocks."""
    size = path.stat().st_size
    paused = threading.Event()
    sent = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE_BYTES)
            sent += len(piece)
            if sent >= size:
                break
            request.answer("begun", f"{size_text(sent)} of {size_text(size)}", buffers=[piece])
            paused.wait(_PAUSE_S)
    request.answer("done", size_text(size), buffers=[piece], file=name, type=JSON, size=size)

"""Loads V8 and the native core, in the one order that works."""

from __future__ import annotations

import sys
import threading

_lock = threading.Lock()

# No background threads in V8: an isolate that V8 gives up in must not leave a compiler or collector thread
# behind that waits for it (engine/rescue.h), and with many isolates the cores are busy anyway.
V8_FLAGS = ("--single-threaded",)


def load() -> None:
    """Initialises mini-racer's V8 once and imports `isolates._native`.

    Raises ImportError in one sentence where that can't work: on Windows, with another mini-racer, or if V8 is
    not the one that the core was written for.
    """
    if sys.platform == "win32":
        raise ImportError(
            "isolates needs Linux or macOS: mini-racer's library for Windows hides V8. "
            "Use WSL (Windows Subsystem for Linux)"
        )
    # PyMiniRacer's first use from two threads at once can kill the process.
    with _lock:
        try:
            from py_mini_racer import init_mini_racer
        except ImportError as error:
            raise ImportError("isolates needs mini-racer: pip install mini-racer==0.14.1") from error
        init_mini_racer(flags=V8_FLAGS, ignore_duplicate_init=True)
        import isolates._native  # noqa: F401

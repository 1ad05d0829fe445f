"""What is remembered of modules that could not be compiled: texts alone, and not more than a page of them."""

from __future__ import annotations

import threading
from collections import OrderedDict

from isolates.kernel.report import name_and_message

_MOST = 100
_LONGEST_KEY = 5000  # a data URL may be as long as the isolate's memory allows
_LONGEST = 100


class ModuleFailures:
    """Of one context, by the modules' keys; the newest. Any thread.

    The errors themselves would keep what their tracebacks have.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def add(self, key: str, error: Exception) -> None:
        """`error`: what whoever imports the module was told."""
        if len(key) > _LONGEST_KEY:
            return
        text = first_line(error)
        with self._lock:
            self._texts[key] = text
            self._texts.move_to_end(key)
            if len(self._texts) > _MOST:
                self._texts.popitem(last=False)

    def forget(self, key: str) -> None:
        """The module is there now, or its text is another one."""
        with self._lock:
            self._texts.pop(key, None)

    def items(self) -> dict[str, str]:
        """What was wrong, in one line each."""
        with self._lock:
            return dict(self._texts)


def first_line(error: BaseException) -> str:
    """The name and the message of an error, as far as a table has room."""
    line = ": ".join(name_and_message(error)).split("\n")[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}\u2026"

"""Texts of modules that were read, to show lines of them in errors."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping

# In characters. Data that is imported may be of any size, and nobody limits what the host has of it.
_MOST = 32_000_000
_LONGEST = 8_000_000


class SourceTexts(Mapping[str, str]):
    """By the real path; the newest, as far as they are not too long. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def add(self, path: str, text: str) -> None:
        with self._lock:
            self._size -= len(self._texts.pop(path, ""))
            if len(text) > _LONGEST:
                return
            self._texts[path] = text
            self._size += len(text)
            while self._size > _MOST:
                self._size -= len(self._texts.popitem(last=False)[1])

    def __getitem__(self, path: str) -> str:
        return self._texts[path]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._texts))

    def __len__(self) -> int:
        return len(self._texts)

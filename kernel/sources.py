"""The lines of cells and of imported files, for errors that name them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from isolates.reading import Reader

_QUERY = re.compile(r"[?#]")
_REMEMBERED_CELLS = 1000
_LONGEST_NAME = 5000  # code gives itself names (sourceURL)


class Sources(Mapping[str, list[str]]):
    """By the file name that stacks have. Of cells the newest are kept, of files those that were read."""

    def __init__(self) -> None:
        self._cells: OrderedDict[str, list[str]] = OrderedDict()
        self._readers: list[Reader] = []

    def add_cell(self, filename: str, code: str) -> None:
        """`filename`: what stacks call the cell."""
        self._cells[filename] = code.split("\n")
        if len(self._cells) > _REMEMBERED_CELLS:
            self._cells.popitem(last=False)

    def add_reader(self, reader: Reader) -> None:
        """What it has read is known from now on."""
        self._readers.append(reader)

    def newest_cells(self) -> list[str]:
        """The texts of the cells, the newest first."""
        return ["\n".join(lines) for lines in reversed(self._cells.values())]

    def __getitem__(self, filename: str) -> list[str]:
        if filename in self._cells:
            return self._cells[filename]
        text = self._file(filename)
        if text is None:
            raise KeyError(filename)
        return _lines(text)

    def __contains__(self, filename: object) -> bool:
        return filename in self._cells or (isinstance(filename, str) and self._file(filename) is not None)

    def __iter__(self) -> Iterator[str]:
        yield from self._cells
        for reader in self._readers:
            yield from reader.sources

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _file(self, filename: str) -> str | None:
        if len(filename) > _LONGEST_NAME:
            return None
        # Names of files may have such marks too.
        for path in (filename, *(filename[: mark.start()] for mark in _QUERY.finditer(filename))):
            for reader in reversed(self._readers):
                text = reader.sources.get(path)
                if text is not None:
                    return text
        return None


@lru_cache(maxsize=16)
def _lines(text: str) -> list[str]:
    return text.split("\n")

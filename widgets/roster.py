"""The isolates that a widget is about: a manager's, or those of a mapping."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from isolates import Isolate, sample
from isolates.magics.manager import IsolateManager
from isolates.magics.named_isolate import NamedIsolate
from isolates.text import well_formed

Entry: TypeAlias = NamedIsolate[Any]
Source: TypeAlias = "IsolateManager[Any] | Mapping[str, Isolate]"


# Keys are in each frame, names may be of any length.
_LONGEST_NAME = 80
_MOST_GONE = 1000


class Roster:
    """What isolates there are at a time, and what ends them. Any thread; `_lock` guards who had which name.

    An isolate has a key, which no later one of the same name gets. Those of a mapping have no contexts or
    cells that are known here. The mapping may change meanwhile.
    """

    def __init__(self, source: Source) -> None:
        """Raises TypeError if it is neither."""
        if not isinstance(source, IsolateManager):
            _check(source)
        self.source = source
        self._lock = threading.RLock()
        self._named: dict[str, Entry] = {}
        self._keys: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._used = 0

    def entries(self) -> dict[str, Entry]:
        """All that have a name, dead or alive, by their keys, in the order in which they got the name."""
        with self._lock:
            before, self._named = self._named, {}
            keys, self._keys = self._keys, {}
            for entry in self._listed(before):
                is_same = before.get(entry.name) is entry
                self._keys[entry.name] = keys[entry.name] if is_same else self._make_key(entry.name)
                self._named[entry.name] = entry
            return {self._keys[name]: entry for name, entry in self._named.items()}

    def find(self, key: str) -> Entry | None:
        """The isolate of that key; None if it is not there any more."""
        return self.entries().get(key)

    def interrupt(self, entry: Entry) -> None:
        """Stops what runs there."""
        if isinstance(self.source, IsolateManager):
            self.source.interrupt(entry.name)
        else:
            entry.isolate.terminate()

    def dispose(self, entry: Entry) -> None:
        """Ends it; a manager forgets it too. Nothing if it is gone."""
        if isinstance(self.source, IsolateManager) and self.source.get(entry.name) is entry:
            self.source.dispose(entry.name)
        elif not entry.isolate.is_disposed:
            entry.isolate.dispose()

    def _make_key(self, name: str) -> str:
        told = well_formed(name[:_LONGEST_NAME])  # A page tells it as it has heard it.
        if len(self._numbers) > len(self._named) + _MOST_GONE:
            # All begin anew, with a number that none has had.
            self._used = max(self._numbers.values())
            self._numbers.clear()
        self._numbers[told] = max(self._numbers[told], self._used) + 1
        return f"{told}#{self._numbers[told]}"

    def _listed(self, before: Mapping[str, Entry]) -> list[Entry]:
        if isinstance(self.source, IsolateManager):
            return self.source.entries()
        entries = []
        # A copy: another thread may add to it, and what is no isolate too.
        for name, isolate in dict(self.source).items():
            if not _is_named(name, isolate):
                continue
            entry = before.get(name)
            if entry is None or entry.isolate is not isolate:
                entry = NamedIsolate(name, isolate, _limit_mb(isolate), 1)
            entries.append(entry)
        return entries


def _limit_mb(isolate: Isolate) -> float:
    (told,) = sample([isolate])
    return told.memory_limit / 1024**2


def _check(source: object) -> None:
    what = f"{source!r} is no IsolateManager and no mapping of names to isolates"
    if not isinstance(source, Mapping):
        raise TypeError(what)
    for name, isolate in source.items():
        if not _is_named(name, isolate):
            raise TypeError(f"{what}: {name!r}: {isolate!r}")


def _is_named(name: object, isolate: object) -> bool:
    return isinstance(name, str) and isinstance(isolate, Isolate)

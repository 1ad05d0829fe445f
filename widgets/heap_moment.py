"""HeapMoment: the heap of an isolate as it was at a moment, to be compared with another one."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path

from isolates import Isolate
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.variables import IsolateVariables
from isolates.widgets.subject import What


class HeapMoment:
    """A heap snapshot of an isolate, taken now, in a temporary file that is gone with this object.

    `isolate` is an isolates.Isolate, `manager["a"]` or `manager.get("a")`. Garbage is collected first, so
    what is in it is still held by something. A busy isolate takes it at its next safe point, in the middle
    of what runs. `path` is for tools that open .heapsnapshot files, as Chrome's DevTools do.

    Blocks until it is there; for an isolate that waits for this very thread use another one (`await
    asyncio.to_thread(HeapMoment, isolate)`). Raises TypeError, ValueError for a name that no isolate has, and
    what `Isolate.heap_snapshot` raises.
    """

    def __init__(self, isolate: What) -> None:
        found = _isolate_of(isolate)
        descriptor, name = tempfile.mkstemp(prefix="isolates-", suffix=".heapsnapshot")
        os.close(descriptor)
        self.path = Path(name)
        self._remove = weakref.finalize(self, self.path.unlink, missing_ok=True)
        self._isolate = weakref.ref(found)
        try:
            found.heap_snapshot(self.path, now=True).result()
        except BaseException:
            self._remove()
            raise

    def is_of_same_isolate(self, other: HeapMoment) -> bool:
        """Whether ids of the one mean something in the other. One that is gone is not known any more."""
        isolate = self._isolate()
        return isolate is not None and isolate == other._isolate()

    def is_of_another_isolate(self, other: HeapMoment) -> bool:
        one, two = self._isolate(), other._isolate()
        return one is not None and two is not None and one != two


def _isolate_of(what: What) -> Isolate:
    if isinstance(what, Isolate):
        return what
    if isinstance(what, NamedIsolate):
        return what.isolate
    if not isinstance(what, IsolateVariables):
        raise TypeError(f"{what!r} is no isolates.Isolate, no manager['name'] and no manager.get('name')")
    entry = what.manager.get(what.name)
    if entry is None:
        raise ValueError(f"isolate: there is no isolate {what.name!r}")
    return entry.isolate

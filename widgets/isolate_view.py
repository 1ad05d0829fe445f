"""One isolate in detail."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import Any

from isolates.magics.jobs import summary
from isolates.magics.tables import Table
from isolates.widgets.actions import Actions
from isolates.widgets.diagnosis import diagnose
from isolates.widgets.heap_spaces import HeapSpaces
from isolates.widgets.isolate_details import as_json, contexts_of, errors_of, limits_of, work_of
from isolates.widgets.isolate_picture import picture_of
from isolates.widgets.live import STATIC, Buffers, LiveWidget, RefusalError, Request
from isolates.widgets.period import USUAL_S, checked
from isolates.widgets.reference_groups import ReferenceGroups, ReferenceRow
from isolates.widgets.roster import Entry
from isolates.widgets.sampler import Watch
from isolates.widgets.subject import Subject, What
from isolates.widgets.track import Row

# For the first answer, when nobody has looked yet; nobody feels it as waiting.
_PATIENCE_S = 0.1


class IsolateView(LiveWidget):
    """A live view of one isolate: V8's heap spaces, contexts, what runs, references, limits, last errors.

    `isolate` is an isolates.Isolate, or, as `manager["a"]` or `manager.get("a")`, an isolate by its name:
    then its contexts, cells and errors are known too, and another isolate that gets the name is shown next.
    It is looked at each `period_s` seconds while the widget is to be seen, and not else; nobody waits for a
    busy isolate: what is not new is marked as such. Raises TypeError, ValueError.
    """

    _esm = STATIC / "isolate_view.js"
    _css = STATIC / "isolate_view.css"

    def __init__(self, isolate: What, *, period_s: float = USUAL_S) -> None:
        self._period_s = checked(period_s)
        self._subject = Subject(isolate)
        self._spaces = HeapSpaces(self.refresh)
        self._references = ReferenceGroups(self._subject.name_of)
        self._references_lock = threading.Lock()
        self._watch: Watch | None = None
        self._key = ""
        self._sent_errors = -1
        super().__init__()

    def actions(self) -> Mapping[str, Callable[[Request], object]]:
        return {**Actions(self._subject.sampler.roster).by_name(), "release": self._release}

    def begin(self) -> None:
        self._watch = self._subject.sampler.watch(self._see, self._period_s)

    def end(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._spaces.forget()

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        moment = self._subject.sampler.latest
        if moment is None:
            return None
        row = self._subject.row(moment)
        content: dict[str, Any] = {"name": self._subject.name, "named": self._subject.is_named}
        content |= {"time_s": moment.time_s, "state": "none"}
        if row is None:
            self._key = ""
            return content, []
        content |= self._told(row)
        buffers = []
        if whole or row.key != self._key:
            # The page begins the chart anew.
            history = self._subject.sampler.history(row.key)
            buffers.append(history.tobytes() if history is not None else b"")
        self._key = row.key
        errors = row.entry.errors
        if whole or errors.count != self._sent_errors:
            self._sent_errors = errors.count
            content["errors"] = as_json(errors_of(errors))
        return content, buffers

    def text(self) -> str:
        entry = self._subject.entry()
        if entry is None:
            return f"there is no isolate {self._subject.name!r}"
        limit = f"{entry.memory_mb:g} MB"
        if not self._subject.is_named:
            return Table(["isolate", "limit"], [["(no name)", limit]]).text
        snapshot = f"the snapshot {entry.snapshot.name}" if entry.snapshot is not None else "nothing"
        cells = [entry.name, summary(list(entry.contexts)), limit, snapshot]
        return Table(["isolate", "contexts", "limit", "made from"], [cells]).text

    def picture(self) -> str:
        row = self._subject.row(self._subject.sampler.moment())
        if row is None:
            return "<p>there is no such isolate</p>"
        if row.state != "gone" and self._spaces.known().age_s is None:
            self._spaces.ask(row.entry.isolate)
            self._spaces.wait(_PATIENCE_S)
        history = self._subject.sampler.history(row.key)
        return picture_of(row, self._spaces.known(), self._reference_rows(row.entry), history)

    def _see(self) -> None:
        """On the widgets' thread, once in a period."""
        entry = self._subject.entry()
        if entry is not None and not entry.isolate.is_disposed:
            self._spaces.ask(entry.isolate)
        self.refresh()

    def _told(self, row: Row) -> dict[str, Any]:
        entry, sample, is_gone = row.entry, row.sample, row.state == "gone"
        spaces = self._spaces.known()
        return {
            "key": row.key,
            "generation": entry.generation,
            "state": row.state,
            "end": entry.end.reason,
            "stale": row.is_stale,
            "age_s": sample.age_s,
            "point": {name: _known(value) for name, value in row.point._asdict().items()},
            "growth_per_s": _known(row.growth_per_s),
            "high_water": _known(row.high_water),
            "physical": sample.total_physical_size,
            "malloced": sample.malloced_memory,
            "references": sample.reference_count,
            "native_contexts": sample.number_of_native_contexts,
            "limits": []
            if is_gone
            else [{**limit._asdict(), "text": limit.text} for limit in limits_of(sample)],
            "spaces": {
                "rows": [] if is_gone else spaces.spaces,
                "stale": spaces.is_stale,
                "age_s": spaces.age_s,
            },
            "contexts": [] if is_gone else as_json(contexts_of(entry)),
            "work": [] if is_gone else as_json(work_of(entry)),
            "groups": [] if is_gone else as_json(self._reference_rows(entry)),
            "diagnosis": [finding._asdict() for finding in diagnose([row])],
        }

    def _reference_rows(self, entry: Entry) -> list[ReferenceRow]:
        with self._references_lock:
            return [] if entry.isolate.is_disposed else self._references.rows(entry.isolate)

    def _release(self, request: Request) -> None:
        entry = self._subject.sampler.roster.find(request.text("key"))
        if entry is None or entry.isolate.is_disposed:
            raise RefusalError("the isolate is gone")
        with self._references_lock:
            count = self._references.release(entry.isolate, request.text("group"))
        request.answer("done", f"{count} released")
        self.refresh()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._subject!r}>"


def _known(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else value

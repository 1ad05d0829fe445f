"""What the buttons of an isolate do. Nobody waits for a busy one: it is told at once what has begun."""

from __future__ import annotations

import gc
import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from isolates import IsolatesError, sample
from isolates.magics.tables import size_text, time_text
from isolates.widgets.download import file_name, send_file, send_text
from isolates.widgets.live import RefusalError, Request
from isolates.widgets.roster import Entry, Roster

Work = Callable[[Request, Entry], None]

_SHORTEST_S, _LONGEST_S = 0.1, 600.0

_TOLD_S = 0.05

_titles = count(1)


class Actions:
    """The actions of the isolates of a roster, for LiveWidget.actions; each is told the `key` of one.

    What takes time is done on a thread of its own, once at a time for each isolate. `_lock` guards which is
    under way.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._lock = threading.Lock()
        self._under_way: set[tuple[Work, str]] = set()

    def by_name(self) -> Mapping[str, Callable[[Request], object]]:
        return {
            "gc": self._collect,
            "interrupt": self._interrupt,
            "dispose": self._dispose,
            "heap_snapshot": self._take_snapshot,
            "cpu_profile": self._profile,
        }

    def _interrupt(self, request: Request) -> None:
        entry = self._living(request)
        is_at_work = _state(entry) != "idle" or bool(entry.work)
        self._roster.interrupt(entry)
        request.answer("done", "interrupted" if is_at_work else "nothing ran")

    def _dispose(self, request: Request) -> None:
        self._roster.dispose(self._living(request))
        request.answer("done", "disposed")

    def _collect(self, request: Request) -> None:
        self._begin(request, _collect_garbage, "collects")

    def _take_snapshot(self, request: Request) -> None:
        self._begin(request, _send_snapshot, "takes a snapshot")

    def _profile(self, request: Request) -> None:
        self._begin(request, _send_profile, f"records {time_text(_seconds(request))}")

    def _begin(self, request: Request, work: Work, words: str) -> None:
        entry, this = self._living(request), (work, request.text("key"))
        with self._lock:
            if this in self._under_way:
                raise RefusalError("that is under way")
            self._under_way.add(this)
        request.answer("begun", words)

        def run() -> None:
            try:
                work(request, entry)
            except Exception as error:
                request.answer("failed", _reason(entry, error))
            finally:
                with self._lock:
                    self._under_way.discard(this)

        threading.Thread(target=run, name=f"isolates-{work.__name__}", daemon=True).start()

    def _living(self, request: Request) -> Entry:
        key = request.text("key")
        entry = self._roster.find(key)
        if entry is None or entry.isolate.is_disposed:
            raise RefusalError(f"the isolate {key.rpartition('#')[0]!r} is gone")
        return entry


def _collect_garbage(request: Request, entry: Entry) -> None:
    # Python's garbage may hold values of JavaScript. It stops all of Python's threads, so not before the page
    # has been told that something has begun.
    threading.Event().wait(_TOLD_S)
    gc.collect()
    isolate = entry.isolate
    before = isolate.get_heap_statistics(now=True)
    isolate.collect_garbage(now=True).result()
    after = isolate.get_heap_statistics(now=True)
    request.answer("done", f"{_held(before.result())} -> {_held(after.result())}")


def _held(told: Mapping[str, int]) -> str:
    return size_text(told["used_heap_size"] + told["externally_allocated_size"])


def _send_snapshot(request: Request, entry: Entry) -> None:
    # It may be larger than the heap, and than what Python should hold at once.
    with tempfile.TemporaryDirectory(prefix="isolates-") as folder:
        path = Path(folder) / "snapshot"
        entry.isolate.heap_snapshot(path, now=True).result()
        send_file(request, file_name(entry.name, ".heapsnapshot"), path)


def _send_profile(request: Request, entry: Entry) -> None:
    seconds, title = _seconds(request), f"isolates.widgets {next(_titles)}"
    isolate = entry.isolate
    isolate.start_cpu_profiler(title)
    threading.Event().wait(seconds)
    profile = isolate.stop_cpu_profiler(title, now=True).result()
    samples = len(profile["samples"])
    words = f"{samples:,} samples" if samples else "nothing ran"
    send_text(
        request, file_name(entry.name, ".cpuprofile"), json.dumps(profile, separators=(",", ":")), words
    )


def _seconds(request: Request) -> float:
    value = request.arguments.get("seconds", 5.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusalError(f"seconds: {value!r} is no number")
    if not _SHORTEST_S <= value <= _LONGEST_S:
        raise RefusalError(f"seconds: {value!r} is not from {_SHORTEST_S} to {_LONGEST_S:g}")
    return float(value)


def _state(entry: Entry) -> str:
    (told,) = sample([entry.isolate])
    return told.state


def _reason(entry: Entry, error: Exception) -> str:
    if entry.isolate.is_disposed:
        return "the isolate is gone"
    return str(error) if isinstance(error, IsolatesError) else f"{type(error).__name__}: {error}"

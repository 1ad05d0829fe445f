"""Looks at isolates again and again while somebody wants to see them."""

from __future__ import annotations

import logging
import math
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import NamedTuple

import isolates
from isolates.widgets.history import History, Point
from isolates.widgets.period import USUAL_S
from isolates.widgets.roster import Roster, Source
from isolates.widgets.ticker import Tick, every
from isolates.widgets.track import Row, Track

# What was of an isolate that nobody names any more is kept so long.
_KEEP_GONE_S = 60.0

# Figures that are older are marked: what runs tells them at its next safe point, for the next look.
_STALE_PERIODS = 1.5


_log = logging.getLogger(__name__)


class Moment(NamedTuple):
    """All isolates at one time, in the order of the roster."""

    time_s: float
    """Of the day."""
    rows: Sequence[Row]
    total: Point
    """The sums."""


class Watch:
    """That somebody wants to see samples, until `stop`."""

    def __init__(self, sampler: Sampler, function: Callable[[], object], period_s: float) -> None:
        self.function = function
        self.period_s = period_s
        self.next_s = 0.0
        self._sampler = sampler

    def stop(self) -> None:
        self._sampler.remove(self)


class Sampler:
    """One for each source of isolates, shared by all widgets that show it.

    It samples only while there is a watch, on the widgets' thread (ticker.py). Any thread may call. `_lock`
    guards all; under it no watch is called and nothing waits, for isolates neither.
    """

    def __init__(self, source: Source) -> None:
        """Raises TypeError if it is no manager and no mapping. `of` gives the one that all share."""
        self.roster = Roster(source)
        self.latest: Moment | None = None
        """None until there is one that is new: what was seen when somebody last looked does not count."""
        self._lock = threading.RLock()
        self._watches: list[Watch] = []
        self._tick: Tick | None = None
        self._period_s = math.inf
        self._sampled_s = -math.inf
        self._tracks: dict[str, Track] = {}
        self._total = History()

    @staticmethod
    def of(source: Source) -> Sampler:
        """The one of that manager or mapping, as long as anybody has it. Raises TypeError."""
        with _samplers_lock:
            # By identity: a sampler keeps its source, so no other one can have it meanwhile.
            sampler = _samplers.get(id(source))
            if sampler is None:
                sampler = _samplers[id(source)] = Sampler(source)
            return sampler

    def watch(self, function: Callable[[], object], period_s: float = USUAL_S) -> Watch:
        """Calls the function after each new sample: now, and then about each `period_s` seconds."""
        watch = Watch(self, function, period_s)
        with self._lock:
            if not self._watches:
                self._pause()
            self._watches.append(watch)
            self._begin()
        return watch

    def remove(self, watch: Watch) -> None:
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)
                self._begin()

    def moment(self) -> Moment:
        """The latest sample; one that is taken for this call if nobody watches."""
        with self._lock:
            if self.latest is None or not self._watches:
                self.latest = self._sample()
            return self.latest

    def history(self, key: str) -> History | None:
        """What is known of the isolate of that key over time; None for nothing."""
        with self._lock:
            track = self._tracks.get(key)
            return None if track is None else track.history.copy()

    def total_history(self) -> History:
        """The same of the sums of all."""
        with self._lock:
            return self._total.copy()

    def _begin(self) -> None:
        """Samples as often as the most eager one wants it."""
        if self._tick is not None:
            self._tick.stop()
        self._period_s = min((watch.period_s for watch in self._watches), default=math.inf)
        self._tick = every(self._period_s, self._look) if self._watches else None

    def _pause(self) -> None:
        self.latest = None
        for track in self._tracks.values():
            track.pause()

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            if not self._watches:
                return  # the last one went when this call had begun
            if now - self._sampled_s >= self._period_s / 2 or self.latest is None:
                self._sampled_s = now
                self.latest = self._sample()
            # A tick may come a little early or late.
            due = [watch for watch in self._watches if watch.next_s <= now + self._period_s / 4]
            for watch in due:
                watch.next_s = now + watch.period_s
        for watch in due:
            try:
                watch.function()
            except Exception:
                _log.exception("A widget could not show what was sampled")

    def _sample(self) -> Moment:
        entries = self.roster.entries()
        samples = isolates.sample([entry.isolate for entry in entries.values()])
        clock_s, time_s = time.monotonic(), time.time()
        stale_s = _STALE_PERIODS * (self._period_s if self._watches else USUAL_S)
        before, self._tracks = self._tracks, {}
        rows = []
        for (key, entry), sample in zip(entries.items(), samples, strict=True):
            track = self._tracks[key] = before.get(key) or Track(entry, key)
            rows.append(track.add(sample, clock_s, time_s, sample.age_s > stale_s))
        self._keep_gone(before, clock_s)
        total = _sum(rows, time_s)
        self._total.add(total)
        return Moment(time_s, rows, total)

    def _keep_gone(self, before: dict[str, Track], clock_s: float) -> None:
        for key, track in before.items():
            if key not in self._tracks:
                track.leave(clock_s)
                if track.gone_s(clock_s) < _KEEP_GONE_S:
                    self._tracks[key] = track
        for track in self._tracks.values():
            if track.gone_s(clock_s) >= _KEEP_GONE_S:
                track.history.clear()


def _sum(rows: Sequence[Row], time_s: float) -> Point:
    """What is unknown counts nothing: of isolates that are gone only the time that they have used."""
    sums = [math.nan] * len(Point._fields)
    for row in rows:
        for place, value in enumerate(row.point):
            if value == value:
                before = sums[place]
                sums[place] = before + value if before == before else value
    return Point(*sums)._replace(time_s=time_s)


_samplers: weakref.WeakValueDictionary[int, Sampler] = weakref.WeakValueDictionary()
_samplers_lock = threading.Lock()

"""Profiles of V8 as trees of calls, and by function. What a call costs is time, or what it has allocated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from isolates.magics.tables import duration_text, size_text
from isolates.text import well_formed

ROOT, IDLE, ANONYMOUS, TOP_LEVEL = "(root)", "(idle)", "(anonymous)", "(top level)"
_LONGEST_NAME = 100


class Unit(Enum):
    """What costs are counted in."""

    SECONDS = "s"
    BYTES = "bytes"

    @property
    def noun(self) -> str:
        return "time" if self is Unit.SECONDS else "bytes"

    def text(self, cost: float) -> str:
        return duration_text(cost) if self is Unit.SECONDS else size_text(cost)


class Place(NamedTuple):
    """A function: its name, and where its text begins (lines and columns from 1; none for what V8 does)."""

    name: str
    url: str
    line: int
    column: int

    @property
    def where(self) -> str:
        return f"{self.url}:{self.line}:{self.column}" if self.url else ""


@dataclass
class Call:
    """A function, called from where its parent says, and what all such calls cost: by itself, and in all."""

    place: Place
    own: float = 0.0
    total: float = 0.0
    children: dict[Place, Call] = field(default_factory=dict)


class CallTree(NamedTuple):
    """`root` is not a call: it holds those that nobody has called. Waiting is in `idle_s` alone."""

    root: Call
    idle_s: float
    samples: int
    unit: Unit = Unit.SECONDS


class Function(NamedTuple):
    """The cost of a function, whoever has called it. What calls itself is counted once."""

    place: Place
    own: float
    total: float


def call_tree(profile: Mapping[str, Any]) -> CallTree:
    """Of a profile as Isolate.stop_cpu_profiler gives it."""
    times = _times_s(profile)
    nodes = {node["id"]: node for node in profile["nodes"]}
    root = Call(Place(ROOT, "", 0, 0))
    idle_s = 0.0
    top = profile["nodes"][0]
    order: list[tuple[Call, Call]] = []
    left = [(root, child) for child in reversed(top.get("children", []))]
    while left:
        parent, number = left.pop()
        node = nodes[number]
        place = place_of(node["callFrame"], parent is root)
        if place.name == IDLE and not place.url:
            idle_s += times[number]
            continue
        call = _called(parent, place, order)
        call.own += times[number]
        left += [(call, child) for child in reversed(node.get("children", []))]
    _add_up(order)
    return CallTree(root, idle_s, len(profile["samples"]))


def heap_tree(profile: Mapping[str, Any]) -> CallTree:
    """Of a profile as Isolate.stop_heap_sampling gives it: who has allocated what is kept."""
    root = Call(Place(ROOT, "", 0, 0))
    order: list[tuple[Call, Call]] = []
    left = [(root, child) for child in reversed(profile["head"]["children"])]
    while left:
        parent, node = left.pop()
        call = _called(parent, place_of(node["callFrame"], parent is root), order)
        call.own += node["selfSize"]
        left += [(call, child) for child in reversed(node["children"])]
    _add_up(order)
    return CallTree(root, 0.0, len(profile.get("samples", ())), Unit.BYTES)


def _called(parent: Call, place: Place, order: list[tuple[Call, Call]]) -> Call:
    call = parent.children.get(place)
    if call is None:
        call = parent.children[place] = Call(place)
        order.append((parent, call))
    return call


def _add_up(order: Sequence[tuple[Call, Call]]) -> None:
    """`order`: all calls with their parents, which come first."""
    for parent, call in reversed(order):
        call.total += call.own
        parent.total += call.total


def functions(tree: CallTree) -> list[Function]:
    """Those that have taken most by themselves come first."""
    own: defaultdict[Place, float] = defaultdict(float)
    total: defaultdict[Place, float] = defaultdict(float)
    active: Counter[Place] = Counter()
    left: list[tuple[Call, bool]] = [(call, True) for call in tree.root.children.values()]
    while left:
        call, is_begin = left.pop()
        if not is_begin:
            active[call.place] -= 1
            continue
        own[call.place] += call.own
        if not active[call.place]:
            total[call.place] += call.total
        active[call.place] += 1
        left.append((call, False))
        left += [(child, True) for child in call.children.values()]
    found = [Function(place, own[place], total[place]) for place in own]
    return sorted(found, key=lambda one: (-one.own, -one.total, one.place))


def place_of(frame: Mapping[str, Any], is_outermost: bool = False) -> Place:
    """Of a frame of V8's profiles. `is_outermost`: nobody of the user's has called it."""
    name, url = clean(frame["functionName"]), clean(frame["url"])
    line, column = frame["lineNumber"] + 1, frame["columnNumber"] + 1
    if not name:
        name = TOP_LEVEL if is_outermost and column <= 1 else ANONYMOUS
    return Place(name, url, line, column) if url else Place(name, "", 0, 0)


def clean(text: str) -> str:
    """A name that its author has chosen: on one line, not too long, without signs that nobody sees."""
    shown = "".join(
        sign if sign.isprintable() else "\ufffd" for sign in well_formed(text[: _LONGEST_NAME + 1])
    )
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}\u2026"


def _times_s(profile: Mapping[str, Any]) -> defaultdict[int, float]:
    """The time of each node by itself: a sample lasts until the next."""
    times: defaultdict[int, float] = defaultdict(float)
    deltas = profile["timeDeltas"]
    rest = max(0, profile["endTime"] - profile["startTime"] - sum(deltas))
    for number, sample in enumerate(profile["samples"]):
        # V8's clock may be read twice out of order.
        times[sample] += max(0, deltas[number + 1] if number + 1 < len(deltas) else rest) / 1e6
    return times

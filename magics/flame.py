"""CPU profiles as a tree of calls, and as a flame graph: an SVG image without scripts."""

from __future__ import annotations

import html
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from isolates.magics.tables import duration_text
from isolates.text import well_formed

ROOT, IDLE, ANONYMOUS, TOP_LEVEL = "(root)", "(idle)", "(anonymous)", "(top level)"
_LONGEST_NAME = 100
_ROW_PX = 18
_MOST_ROWS = 80
_MOST_FRAMES = 1500
_LEAST_SHARE = 0.001


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
    """A function, called from where its parent says, with the time of all such calls, in seconds."""

    place: Place
    self_s: float = 0.0
    total_s: float = 0.0
    children: dict[Place, Call] = field(default_factory=dict)


@dataclass(frozen=True)
class CallTree:
    """`root` is not a call: it holds those that nobody has called. Waiting is in `idle_s` alone."""

    root: Call
    idle_s: float
    samples: int


class Function(NamedTuple):
    """The time of a function, whoever has called it. What calls itself is counted once."""

    place: Place
    self_s: float
    total_s: float


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
        call = parent.children.get(place)
        if call is None:
            call = parent.children[place] = Call(place)
            order.append((parent, call))
        call.self_s += times[number]
        left += [(call, child) for child in reversed(node.get("children", []))]
    for parent, call in reversed(order):
        call.total_s += call.self_s
        parent.total_s += call.total_s
    return CallTree(root, idle_s, len(profile["samples"]))


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
        own[call.place] += call.self_s
        if not active[call.place]:
            total[call.place] += call.total_s
        active[call.place] += 1
        left.append((call, False))
        left += [(child, True) for child in call.children.values()]
    found = [Function(place, own[place], total[place]) for place in own]
    return sorted(found, key=lambda one: (-one.self_s, -one.total_s, one.place))


@dataclass(frozen=True)
class FlameGraph:
    """`notes` say what is not in the image."""

    svg: str
    notes: Sequence[str]


def flame_graph(tree: CallTree) -> FlameGraph:
    """Below each call what it has called, the longest first, as wide as it has taken."""
    whole = tree.root.total_s
    frames: list[str] = []
    rows, left_out, is_too_deep, is_too_many = 0, 0, False, False
    for call, start_s, row in _placed(tree.root):
        if call.total_s < whole * _LEAST_SHARE:
            left_out += 1
        elif row >= _MOST_ROWS:
            is_too_deep = True
        elif len(frames) >= _MOST_FRAMES:
            is_too_many = True
        else:
            frames.append(_frame(call, start_s / whole, call.total_s / whole, row))
            rows = max(rows, row + 1)
    notes = []
    if left_out:
        notes.append(f"calls with less than {_LEAST_SHARE:.1%} of the time are not drawn")
    if is_too_deep:
        notes.append(f"calls deeper than {_MOST_ROWS} are not drawn")
    if is_too_many:
        notes.append(f"more than {_MOST_FRAMES} calls are not drawn")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{rows * _ROW_PX}" role="img" '
        'aria-label="Flame graph" font-family="sans-serif" font-size="11">'
        f"{''.join(frames)}</svg>"
    )
    return FlameGraph(svg, notes)


def _placed(root: Call) -> Iterator[tuple[Call, float, int]]:
    """All calls, row by row, with the time at which each is drawn to begin."""
    row, level = 0, [(root, 0.0)]
    while level:
        below: list[tuple[Call, float]] = []
        for parent, start_s in level:
            for call in sorted(parent.children.values(), key=lambda one: (-one.total_s, one.place)):
                below.append((call, start_s))
                yield call, start_s, row
                start_s += call.total_s
        row, level = row + 1, below


def _frame(call: Call, start: float, share: float, row: int) -> str:
    place = call.place
    about = f"{place.name}\n{place.where}\n" if place.where else f"{place.name}\n"
    title = f"{about}total {duration_text(call.total_s)} ({share:.1%}), self {duration_text(call.self_s)}"
    # The name ends with its box: an inner svg cuts off what stands out.
    return (
        f'<svg x="{start:.4%}" y="{row * _ROW_PX}" width="{share:.4%}" height="{_ROW_PX - 1}" '
        f'overflow="hidden"><title>{html.escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="{_colour(place)}" stroke="#fff" stroke-opacity="0.4"/>'
        f'<text x="3" y="12" fill="#1a1a1a">{html.escape(place.name)}</text></svg>'
    )


def _colour(place: Place) -> str:
    """Light enough for dark text in either theme. What V8 does by itself is grey; files differ in hue."""
    if not place.url:
        return "#c8c8c8"
    seed = zlib.crc32(repr(place).encode("utf-8", "replace"))
    return f"hsl({20 + seed % 36}, {70 + (seed >> 8) % 25}%, {62 + (seed >> 16) % 16}%)"


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
        times[sample] += (deltas[number + 1] if number + 1 < len(deltas) else rest) / 1e6
    return times

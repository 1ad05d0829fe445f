"""A tree of calls as a flame graph: an SVG image without scripts."""

from __future__ import annotations

import html
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isolates.magics.calls import Call, CallTree, Place, Unit

_ROW_PX = 18
_MOST_ROWS = 80
_MOST_FRAMES = 1500
_LEAST_SHARE = 0.001


class FlameGraph(NamedTuple):
    """`notes` say what is not in the image, which is as wide as it may be."""

    svg: str
    height_px: int
    notes: Sequence[str]


def flame_graph(tree: CallTree, *, has_titles: bool = True) -> FlameGraph:
    """Below each call what it has called, the longest first, as wide as it has taken.

    `has_titles`: with more about each call, which pages show under the pointer, unless the SVG is an <img>.
    """
    whole = tree.root.total
    frames: list[str] = []
    rows, left_out, is_too_deep, is_too_many = 0, 0, False, False
    for call, start, row in _placed(tree.root):
        if call.total < whole * _LEAST_SHARE:
            left_out += 1
        elif row >= _MOST_ROWS:
            is_too_deep = True
        elif len(frames) >= _MOST_FRAMES:
            is_too_many = True
        else:
            title = _title(call, call.total / whole, tree.unit) if has_titles else ""
            frames.append(_frame(call, start / whole, call.total / whole, row, title))
            rows = max(rows, row + 1)
    notes = []
    if left_out:
        notes.append(f"calls with less than {_LEAST_SHARE:.1%} of the {tree.unit.noun} are not drawn")
    if is_too_deep:
        notes.append(f"calls deeper than {_MOST_ROWS} are not drawn")
    if is_too_many:
        notes.append(f"more than {_MOST_FRAMES} calls are not drawn")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{rows * _ROW_PX}" role="img" '
        'aria-label="Flame graph" font-family="sans-serif" font-size="11">'
        f"{''.join(frames)}</svg>"
    )
    return FlameGraph(svg, rows * _ROW_PX, notes)


def _placed(root: Call) -> Iterator[tuple[Call, float, int]]:
    """All calls, row by row, with the cost at which each is drawn to begin."""
    row, level = 0, [(root, 0.0)]
    while level:
        below: list[tuple[Call, float]] = []
        for parent, start in level:
            for call in sorted(parent.children.values(), key=lambda one: (-one.total, one.place)):
                below.append((call, start))
                yield call, start, row
                start += call.total
        row, level = row + 1, below


def _title(call: Call, share: float, unit: Unit) -> str:
    place = call.place
    about = f"{place.name}\n{place.where}\n" if place.where else f"{place.name}\n"
    title = f"{about}total {unit.text(call.total)} ({share:.1%}), self {unit.text(call.own)}"
    return f"<title>{html.escape(title)}</title>"


def _frame(call: Call, start: float, share: float, row: int, title: str) -> str:
    place = call.place
    # The name ends with its box: an inner svg cuts off what stands out.
    return (
        f'<svg x="{start:.4%}" y="{row * _ROW_PX}" width="{share:.4%}" height="{_ROW_PX - 1}" '
        f'overflow="hidden">{title}'
        f'<rect width="100%" height="100%" fill="{colour(place)}" stroke="#fff" stroke-opacity="0.4"/>'
        f'<text x="3" y="12" fill="#1a1a1a">{html.escape(place.name)}</text></svg>'
    )


def colour(place: Place) -> str:
    """Light enough for dark text in either theme. What V8 does by itself is grey; files differ in hue."""
    if not place.url:
        return "#c8c8c8"
    seed = zlib.crc32(repr(place).encode("utf-8", "replace"))
    return f"hsl({20 + seed % 36}, {70 + (seed >> 8) % 25}%, {62 + (seed >> 16) % 16}%)"

"""Charts as pictures, for where no widget lives: saved notebooks, nbviewer, nbconvert."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from isolates.magics.tables import size_text

_WIDTH, _HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 12, 30, 24
_MOST_POINTS = 240
# A line that is so much above all others would make them flat.
_FAR = 3.0
# A picture does not know the page's theme: this is to be read on white and on black.
GREY = "#7a7a7a"
_BLUE = "#4c8dd8"
_ROW, _NAMES, _LONGEST = 20, 150, 400


@dataclass(frozen=True)
class Line:
    """Values at the chart's times; NaN where there is none. One that `may_leave` does not set the scale."""

    name: str
    values: Sequence[float]
    colour: str
    dashes: str = ""
    may_leave: bool = False


def image(svg: str, label: str, *, height_px: int | None = None) -> str:
    """HTML that shows a picture, where pages allow no SVG of a notebook's too.

    `height_px`: of one that is as wide as there is room.
    """
    data = base64.b64encode(svg.encode("utf-8", "replace")).decode()
    size = "" if height_px is None else f' width="100%" height="{height_px}"'
    return f'<img alt="{html.escape(label)}"{size} src="data:image/svg+xml;base64,{data}">'


def chart(times_s: Sequence[float], lines: Sequence[Line], text_of: Callable[[float], str]) -> str:
    """Lines over time as SVG, or "" for fewer than two times. `text_of` writes values."""
    if len(times_s) < 2:
        return ""
    frame = _Frame(times_s, _highest(lines))
    parts = [
        _head(_HEIGHT),
        *_grid(frame, text_of),
        *_legend(lines, text_of),
        *(_path(frame, line) for line in lines),
        "</svg>",
    ]
    return "".join(parts)


class Bar(Protocol):
    """So many bytes, of which some are used."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def used(self) -> float: ...


def bars(items: Sequence[Bar]) -> str:
    """Each as long as it is large, and within it what of it is used. SVG."""
    largest = max((item.size for item in items), default=1) or 1
    height = _ROW * len(items) + 4
    return "".join(
        [
            _head(height),
            *(part for place, item in enumerate(items) for part in _bar(item, place * _ROW, largest)),
            "</svg>",
        ]
    )


def _head(height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="{GREY}">'
    )


def _bar(item: Bar, top: int, largest: float) -> Iterator[str]:
    size, used = (_LONGEST * part / largest for part in (item.size, item.used))
    yield f'<text x="{_NAMES - 8}" y="{top + 14}" text-anchor="end">{html.escape(item.name)}</text>'
    for width, opacity in ((size, 0.3), (used, 1.0)):
        yield (
            f'<rect x="{_NAMES}" y="{top + 4}" width="{width:.1f}" height="12" fill="{_BLUE}" '
            f'fill-opacity="{opacity}"/>'
        )
    text = f"{size_text(item.used)} of {size_text(item.size)}"
    yield f'<text x="{_NAMES + size + 8:.1f}" y="{top + 14}">{text}</text>'


class _Frame:
    """Where values and times are in the picture."""

    def __init__(self, times_s: Sequence[float], highest: float) -> None:
        self.times_s = times_s
        self.step = _nice(highest / 4)
        self.top = self.step * max(1, math.ceil(highest / self.step))
        self.seconds = max(times_s[-1] - times_s[0], 1e-3)

    def x(self, time_s: float) -> float:
        share = (time_s - self.times_s[0]) / self.seconds
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / self.top


def _highest(lines: Sequence[Line]) -> float:
    def most(line: Line) -> float:
        return max((value for value in line.values if not math.isnan(value)), default=0.0)

    highest = max((most(line) for line in lines if not line.may_leave), default=0.0) or 1.0
    return max([highest, *(most(line) for line in lines if most(line) <= _FAR * highest)])


def _nice(step: float) -> float:
    """The next larger step that people can count in; sizes are counted in powers of two."""
    return float(2 ** math.ceil(math.log2(step)))


def _grid(frame: _Frame, text_of: Callable[[float], str]) -> Iterator[str]:
    right = _WIDTH - _RIGHT
    value = 0.0
    while value <= frame.top:
        y = frame.y(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="{GREY}" stroke-opacity="0.3"/>'
        text = html.escape(text_of(value))
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
        value += frame.step
    y = _HEIGHT - 8
    yield f'<text x="{_LEFT}" y="{y}">{frame.seconds:.0f} s before</text>'
    yield f'<text x="{right}" y="{y}" text-anchor="end">the last look</text>'


def _legend(lines: Sequence[Line], text_of: Callable[[float], str]) -> Iterator[str]:
    x = float(_LEFT)
    for line in lines:
        text = f"{line.name} {text_of(line.values[-1])}"
        stroke = f'stroke="{line.colour}" stroke-width="2" stroke-dasharray="{line.dashes}"'
        yield f'<path d="M{x:.0f} 14h18" {stroke}/>'
        yield f'<text x="{x + 24:.0f}" y="18">{html.escape(text)}</text>'
        x += 44 + 6.5 * len(text)


def _path(frame: _Frame, line: Line) -> str:
    every = -(-len(line.values) // _MOST_POINTS)
    last = len(line.values) - 1
    points = []
    is_new = True
    for place, (time_s, value) in enumerate(zip(frame.times_s, line.values, strict=True)):
        if place % every and place != last:
            continue
        is_there = not math.isnan(value) and value <= frame.top
        if is_there:
            points.append(f"{'M' if is_new else 'L'}{frame.x(time_s):.1f} {frame.y(value):.1f}")
        is_new = not is_there
    style = f'fill="none" stroke="{line.colour}" stroke-width="1.5" stroke-dasharray="{line.dashes}"'
    return f'<path d="{"".join(points)}" {style}/>'

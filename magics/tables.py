"""Tables, as magics show them: aligned text, and HTML for pages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

# With what MathJax looks for: a page would make a formula of all between two prices in dollars.
OPEN = '<table class="tex2jax_ignore mathjax_ignore">'


class Table(NamedTuple):
    """Rows of texts below their heads. Columns whose texts begin with digits are aligned right.

    A ? may stand for a number. `notes` are lines below the table.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    @property
    def text(self) -> str:
        columns = [list(map(_line, column)) for column in zip(self.heads, *self.rows, strict=True)]
        aligned = [_aligned(column, self._is_numeric(place)) for place, column in enumerate(columns)]
        lines = ["  ".join(line).rstrip() for line in zip(*aligned, strict=True)]
        return "\n".join([*lines, *self.notes])

    @property
    def html(self) -> str:
        # Pages align to the right what is not told, and break "1.2 MB" into two lines.
        styles = [
            "text-align: right; white-space: nowrap" if self._is_numeric(place) else "text-align: left"
            for place in range(len(self.heads))
        ]
        head = _cells('th scope="col"', self.heads, styles)
        rows = "".join(f"<tr>{_cells('td', row, styles)}</tr>" for row in self.rows)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"{OPEN}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"

    def bundle(self) -> dict[str, str]:
        """For a display_data message."""
        return {"text/plain": self.text, "text/html": self.html}

    def _is_numeric(self, column: int) -> bool:
        texts = [row[column] for row in self.rows if row[column] not in ("", "?")]
        return bool(texts) and all(text.lstrip("~-+")[:1].isdigit() for text in texts)


def _line(text: str) -> str:
    """Names may be a guest's, and must not look like rows of their own, or move a terminal's cursor."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _aligned(column: Sequence[str], is_numeric: bool) -> list[str]:
    width = max(map(len, column))
    return [text.rjust(width) if is_numeric else text.ljust(width) for text in column]


def _cells(tag: str, texts: Sequence[str], styles: Sequence[str]) -> str:
    parts = zip(texts, styles, strict=True)
    return "".join(f'<{tag} style="{style}">{html.escape(_line(text))}</{tag[:2]}>' for text, style in parts)


def size_text(size: float) -> str:
    """Bytes for people: MB are 1024 * 1024 of them, as in limits."""
    if abs(size) < 1000 * 1024:
        return f"{round(size / 1024)} KB"  # an int has no -0
    return f"{size / 1024**2:.1f} MB"


def growth_text(size: float) -> str:
    told = size_text(abs(size))
    return told if told == "0 KB" else f"{'-' if size < 0 else '+'}{told}"


def duration_text(seconds: float) -> str:
    """A measured duration, with three digits."""
    if not seconds:
        return "0 s"
    for unit, scale in (("ns", 1e9), ("\u00b5s", 1e6), ("ms", 1e3)):
        if abs(seconds) * scale < 999.5:
            return f"{_three_digits(seconds * scale)} {unit}"
    return f"{_three_digits(seconds)} s" if seconds < 99.95 else time_text(seconds)


def _three_digits(value: float) -> str:
    size = abs(value)
    return f"{value:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"


def time_text(seconds: float) -> str:
    """A duration for people."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"

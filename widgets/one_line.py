"""Texts that are not ours, on one line."""

from __future__ import annotations

from isolates.text import well_formed


def one_line(text: str, most: int = 80) -> str:
    """The text without what is not to be seen or turns the direction of what follows; cut."""
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in well_formed(cut))

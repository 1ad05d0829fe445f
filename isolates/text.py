"""Text of JavaScript on its way out."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """The text with lone surrogates, which JavaScript's strings may have and files may not, replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

"""Text of JavaScript on its way out."""

from __future__ import annotations

import re

# What a terminal obeys, but for tabs, ends of lines and, below, colours; C1 is the same in 8 bits.
_C0 = {chr(code): chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r\x1b"} | {
    "\x7f": "\u2421"
}
_C1 = {chr(code): "\ufffd" for code in range(0x80, 0xA0)}
_ESCAPE = re.compile(r"\x1b(?!\[[0-9;:]{0,40}m)")


def well_formed(text: str) -> str:
    """The text with lone surrogates, which JavaScript's strings may have and files may not, replaced."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def literal(value: object) -> str:
    """`repr(value)`, also of an integer that is so large that Python makes no decimal number of it."""
    try:
        return repr(value)
    except ValueError:
        return f"<an integer of {value.bit_length()} bits>" if isinstance(value, int) else "<a value>"


def without_controls(text: str) -> str:
    """The text, well-formed, with whatever a terminal would obey as a sign that can be seen.

    Colours, tabs and ends of lines stay. Movements of the cursor forge what others have written; titles,
    the clipboard and questions whose answer is typed into the shell are a terminal's as well.
    """
    text = well_formed(text)
    # Each of these is a search in C; one pattern for all of them would take five times as long.
    for signs in (_C0,) if text.isascii() else (_C0, _C1):
        for sign, picture in signs.items():
            if sign in text:
                text = text.replace(sign, picture)
    return _ESCAPE.sub("\u241b", text) if "\x1b" in text else text

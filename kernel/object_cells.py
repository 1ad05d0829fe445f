"""Cells that are nothing but an object literal, which JavaScript would take for a block."""

from __future__ import annotations

import re

from isolates import JSSyntaxError
from isolates.kernel.tools import Tools

# Comments may stand around it. A semicolon at the end says that it is a block, as in Node's REPL.
_START = re.compile(r"\s*(?:(?://[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)\s*)*\{")
_MOST_CHARACTERS = 1 << 20


def may_be_object(source: str) -> bool:
    """Whether `in_parentheses` is worth asking."""
    behind = source[source.rfind("}") + 1 :].lstrip()
    is_last = not behind or behind.startswith(("//", "/*"))
    return len(source) <= _MOST_CHARACTERS and is_last and bool(_START.match(source))


def in_parentheses(tools: Tools, source: str) -> str | None:
    """The source in parentheses if that makes it an object literal, as Node's REPL has it. Blocks.

    They have lines of their own, one of them before the source, so columns stay.
    """
    wrapped = f"(\n{source}\n)"
    try:
        return wrapped if tools.is_object(wrapped) else None
    except JSSyntaxError:
        return None

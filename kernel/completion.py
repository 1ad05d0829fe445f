"""complete_request: what may come at the cursor, in the isolate and context that the cell names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from isolates.kernel.cell_cursor import CellCursor
from isolates.kernel.introspection import Deadline, Introspection, Name
from isolates.kernel.magic_completion import Names, complete_magic
from isolates.kernel.modules.completion import complete_module
from isolates.kernel.runner import CellRunner
from isolates.magics.cell import Cell, Place
from isolates.magics.magic import Registry

_MOST_MATCHES = 1000
# Declarations of cells are 0, the global object's own properties 1.
_OWN_RANK = 1
_IDENTIFIER = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_NAMES_VARIABLES = re.compile(r"\s*%\s*(get|copy)\s")
_PLACE = re.compile(r"--(isolate|context)[\s=]+(\S+)(?=\s)")
_PREFIX = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*$")
# Those with which something begins; the others stand where a name can't, but are not told apart here.
_KEYWORDS = """
async await break case catch class const continue debugger default delete do else export extends false
finally for from function if import in instanceof let new null of return static super switch this throw true
try typeof var void while with yield
"""
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

Match = tuple[str, str]
"""The text, and its type in the words of _jupyter_types_experimental."""


class Completer:
    """Answers in time, with what is known by then."""

    def __init__(
        self,
        registry: Registry,
        runner: CellRunner,
        introspection: Introspection,
        python_variables: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._registry = registry
        self._python_variables = python_variables
        self._runner = runner
        self._introspection = introspection

    async def complete(self, code: str, position: int) -> dict[str, Any]:
        """The content of a complete_reply."""
        current = self._runner.settings.current
        cursor = CellCursor(self._registry, code, position, current)
        if cursor.is_in_magic:
            variables = await self._variables(cursor.line_before, current)
            names = Names(self._runner.isolates, current, variables, self._python_variables())
            start, matches = complete_magic(self._registry, names, cursor.line_before, cursor.is_first_line)
            return _reply(matches, position - len(cursor.line_before) + start, position)
        start, matches = await self._javascript(cursor)
        return _reply(matches, start, position)

    async def _variables(self, line: str, current: Place) -> list[str]:
        """What `%get` and `%copy` may name, the declarations of cells first."""
        if _NAMES_VARIABLES.match(line) is None:
            return []
        options = dict(_PLACE.findall(line))
        cell = Cell("", 0, *current.named(options.get("isolate"), options.get("context")))
        if self._introspection.session(cell) is None:
            return []
        found = await self._introspection.globals(cell, Deadline())
        return [name for name, _ in _ranked([one for one in found if one[2] <= _OWN_RANK], "")]

    async def _javascript(self, cursor: CellCursor) -> tuple[int, list[Match]]:
        cell = cursor.cell
        deadline = Deadline()
        argument = {"source": cursor.source, "offset": cursor.offset}
        place = await deadline.wait(self._runner.modules.tools.ask("completeAt", argument))
        if place is None:
            place = _rough_place(cursor.source, cursor.offset)
        start = cursor.position_of(place.get("start", cursor.offset))
        if place["kind"] == "name":
            return start, await self._names(cell, place, deadline)
        if place["kind"] == "member":
            found = await self._members(cell, place, deadline)
            return start, _ranked([one for one in found if _IDENTIFIER.fullmatch(one[0])], place["prefix"])
        if place["kind"] == "key":
            keys = _ranked(await self._members(cell, place, deadline), place["prefix"])
            return start, [(_quoted(name, place["quote"]) + "]", kind) for name, kind in keys]
        if place["kind"] == "module":
            session = self._introspection.session(cell)
            return complete_module(session, self._runner.modules.cell_names(), place, start)
        return start, []

    async def _names(self, cell: Cell, place: dict[str, Any], deadline: Deadline) -> list[Match]:
        prefix = place["prefix"]
        names: list[Name] = [(name, "instance", 0) for name in place["names"]]
        names += await self._introspection.globals(cell, deadline)
        if prefix:
            names += [(word, "keyword", 1) for word in _KEYWORDS.split()]
        return _ranked([name for name in names if _IDENTIFIER.fullmatch(name[0])], prefix)

    async def _members(self, cell: Cell, place: dict[str, Any], deadline: Deadline) -> list[Name]:
        target = {**place["target"], "prefix": place["prefix"].lower()}
        answer = await self._introspection.look(cell, "members", target, deadline)
        return [(str(name), str(kind), int(rank)) for name, kind, rank in answer or ()]


def _ranked(names: list[Name], prefix: str) -> list[Match]:
    """Those that begin with the prefix, if need be in another case; each once, the nearest first."""
    fitting = [name for name in names if name[0].startswith(prefix)]
    if not fitting:
        fitting = [name for name in names if name[0].lower().startswith(prefix.lower())]
    best: dict[str, Name] = {}
    for name in fitting:
        known = best.get(name[0])
        # A name that is only known as a word gets its kind from where it is known better.
        kind = known[1] if known is not None and name[1] == "instance" else name[1]
        rank = min(name[2], known[2]) if known is not None else name[2]
        best[name[0]] = (name[0], kind, rank)
    order = sorted(
        best.values(), key=lambda name: (name[2], name[0].startswith("_"), name[0].lower(), name[0])
    )
    return [(name, kind) for name, kind, _ in order[:_MOST_MATCHES]]


def _rough_place(source: str, offset: int) -> dict[str, Any]:
    """Where the parsers have no answer in time."""
    before = source.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "replace")[-200:]
    match = _PREFIX.search(before)
    prefix = match[0] if match is not None else ""
    if before[: len(before) - len(prefix)].rstrip().endswith("."):
        return {"kind": "none"}
    return {"kind": "name", "start": offset - len(prefix), "prefix": prefix, "names": []}


def _quoted(name: str, quote: str) -> str:
    escaped = name.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    signs = (
        sign if sign.isprintable() else _ESCAPES.get(sign) or f"\\u{{{ord(sign):x}}}" for sign in escaped
    )
    return f"{quote}{escaped if escaped.isprintable() else ''.join(signs)}{quote}"


def _reply(matches: list[Match], start: int, end: int) -> dict[str, Any]:
    types = [{"start": start, "end": end, "text": text, "type": kind} for text, kind in matches]
    return {
        "status": "ok",
        "matches": [text for text, _ in matches],
        "cursor_start": start,
        "cursor_end": end,
        "metadata": {"_jupyter_types_experimental": types},
    }

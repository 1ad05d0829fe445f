"""inspect_request, and cells like `name?`: what stands at the cursor, without running anything of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from isolates.kernel.builtin_signatures import PARAMETERS
from isolates.kernel.cell_cursor import CellCursor
from isolates.kernel.introspection import Deadline, Introspection
from isolates.kernel.own_signatures import OWN_SIGNATURES, PRELUDE, OwnSignature
from isolates.kernel.runner import CellRunner
from isolates.magics.magic import Registry
from isolates.text import without_controls

_MAGIC = re.compile(r"\s*(?:\?{1,2}\s*)?(%{1,2})\s*([\w.]+)")
# No two ways through white space, or a line of it would take for ever.
_ASKED = re.compile(r"(?:(?P<before>\?{1,2})\s*)?(?P<name>[\w$][\w$.]*)(?:\s*(?P<after>\?{1,2}))?(?:\s*;)?")
# What may stand between a comment and the function that it is about.
_DECLARATION = re.compile(
    r"\s*(?:export\s+)?(?:default\s+)?(?:static\s+)?(?:(?:const|let|var)\s+[\w$]+\s*=\s*|[\w$.]+\s*[=:]\s*)?\(?"
)
_WITH_PAGE = """
AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean
DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array
Function Int16Array Int32Array Int8Array Intl Iterator JSON Map Math Number Object Promise Proxy RangeError
ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TypedArray TypeError URIError
Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent
encodeURI encodeURIComponent escape eval isFinite isNaN parseFloat parseInt unescape
"""
_FS = "isolates:fs/fs.js"  # what the prelude calls it
_FS_PAGE = "https://nodejs.org/api/fs.html"
_BUILTINS = frozenset(_WITH_PAGE.split())
_MDN = "https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/"
_LONGEST_TEXT = 100_000
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Inspector:
    """Answers in time, or that nothing was found."""

    def __init__(self, registry: Registry, runner: CellRunner, introspection: Introspection) -> None:
        self._registry = registry
        self._runner = runner
        self._introspection = introspection

    async def inspect(self, code: str, position: int, detail_level: int = 0) -> dict[str, Any]:
        """The content of an inspect_reply."""
        text = await self.describe(code, position, detail_level)
        data = {} if text is None else {"text/plain": text}
        return {"status": "ok", "found": text is not None, "data": data, "metadata": {}}

    async def asked(self, code: str) -> str | None:
        """What `name?` asks for, or `name??` with the source, if the cell is that and nothing else."""
        if "\n" in code.strip() or "?" not in code:
            return None
        match = _ASKED.fullmatch(code.strip())
        if match is None or (match["before"] is None) == (match["after"] is None):
            return None
        marks = match["before"] or match["after"]
        text = await self.describe(match["name"], len(match["name"]), len(marks) - 1)
        return text if text is not None else f"{match['name']} is not there, or only running it could tell."

    async def describe(self, code: str, position: int, detail_level: int) -> str | None:
        """The text for what stands there; None if nothing is known of it."""
        cursor = CellCursor(self._registry, code, position, self._runner.settings.current)
        if cursor.is_in_magic:
            match = _MAGIC.match(code.split("\n")[code[:position].count("\n")])
            if match is None:
                return None
            return self._registry.help(match[2], "cell" if match[1] == "%%" else "line") or None
        deadline = Deadline()
        argument = {"source": cursor.source, "offset": cursor.offset}
        places = await deadline.wait(self._runner.modules.tools.ask("inspectAt", argument))
        for target in places["targets"] if places is not None else ():
            found = await self._introspection.look(cursor.cell, "inspect", target, deadline)
            if found is not None and found["type"]:
                text = await self._text(target["text"], found, detail_level, deadline)
                return without_controls(text[:_LONGEST_TEXT])
        return None

    async def _text(self, name: str, found: Mapping[str, Any], detail_level: int, deadline: Deadline) -> str:
        if found["type"] != "function" or "source" not in found:
            return "\n".join([_head(name, found), found["text"]])
        lines = [await self._signature(name, found, deadline)]
        place = found["place"]
        source: Sequence[str] = ()
        if place is not None and place[0] in self._runner.sources:
            source = self._runner.sources[place[0]]
        about = comment_above(source, found["source"], int(place[1])) if place is not None else ""
        own = _own(found)
        if own is not None:
            about = own.text
        if about:
            lines += ["", about]
        link = _FS_PAGE if place is not None and place[0] == _FS else mdn_link(found)
        if link:
            lines += ["", link]
        if place is not None and not place[0].startswith("isolates:"):
            lines += ["", f"{_DIM}{place[0]}:{int(place[1]) + 1}:{int(place[2]) + 1}{_RESET}"]
            if detail_level > 0:
                lines += ["", found["source"]]
        return "\n".join(lines)

    async def _signature(self, name: str, found: Mapping[str, Any], deadline: Deadline) -> str:
        known = None
        if found["place"] is not None:
            argument = {"source": found["source"]}
            known = await deadline.wait(self._runner.modules.tools.ask("signatureOf", argument))
        parameters = known.get("parameters") if known is not None else None
        if known is None or parameters is None:
            count = int(found["length"])
            kind = "class" if found["isClass"] else "function"
            wanted = ", ".join(f"arg{number}" for number in range(1, count + 1))
            if mdn_link(found):
                owner = "" if found["name"] in _BUILTINS else found["owner"]
                wanted = PARAMETERS.get((owner, found["name"]), wanted)
            return f"{_BOLD}{kind} {name}({wanted}){_RESET}"
        if found["place"][0] == _FS:
            from isolates.kernel.files.signatures import file_parameters

            parameters = file_parameters(found["name"], "async" in known["prefix"]) or parameters
        own = _own(found)
        if own is not None:
            parameters = own.parameters
        kind = "class" if known["isClass"] else f"{known['prefix']}function".replace("*function", "function*")
        above = f" extends {known['superClass']}" if known["superClass"] else ""
        return f"{_BOLD}{kind} {name}({', '.join(parameters)}){_RESET}{above}"


def _head(name: str, found: Mapping[str, Any]) -> str:
    kind = found["type"] if found["type"] != "object" else found["className"] or "object"
    return f"{_BOLD}{name}{_RESET}: {kind}"


def _own(found: Mapping[str, Any]) -> OwnSignature | None:
    if found["place"] is None or found["place"][0] != PRELUDE:
        return None
    return OWN_SIGNATURES.get((found["owner"], found["name"]))


def comment_above(lines: Sequence[str], source: str, line: int) -> str:
    """The text of the JSDoc comment above the function whose text is `source`, and which is at `line`."""
    # The place that V8 tells is that of the parameters, so the text begins there or before.
    text = "\n".join(lines)
    end = sum(len(one) + 1 for one in lines[: line + 1])
    start = text.rfind(source, 0, end + len(source))
    while start > end:
        start = text.rfind(source, 0, start + len(source) - 1)
    close = text.rfind("*/", 0, start) if start >= 0 else -1
    if close < 0 or not _DECLARATION.fullmatch(text, close + 2, start):
        return ""
    begin = text.rfind("/**", 0, close)
    if begin < 0 or "*/" in text[begin:close]:
        return ""
    body = [re.sub(r"^\s*\*? ?", "", one).rstrip() for one in text[begin + 3 : close].split("\n")]
    return "\n".join(body).strip()


def mdn_link(found: Mapping[str, Any]) -> str:
    """The page about a builtin; empty for what has none."""
    if found["place"] is not None or "[native code]" not in found["source"]:
        return ""
    owner, name = found["owner"], found["name"]
    if owner in _BUILTINS and name.isidentifier():
        return f"{_MDN}{owner}/{name}"
    return f"{_MDN}{name}" if name in _BUILTINS and owner in ("", "Object") else ""

"""Whether a cell is complete, by V8's own parser. Nothing is run, and nothing that runs is waited for."""

from __future__ import annotations

import asyncio
import re

from IPython.core.error import UsageError

from isolates import IsolatesError, JSSyntaxError
from isolates.kernel.magics import MAGICS
from isolates.kernel.object_cells import in_parentheses, may_be_object
from isolates.kernel.tools import Tools

# Longer than any parser needs.
_PATIENCE_S = 1.0
_OPENERS = "({["
_DECLARATION = re.compile(r"^[^\S\n]*(?:import|export)\b\s*[^\s(.]", re.MULTILINE)
_NAME = re.compile(r"\s*(?:\?{1,2}\s*[\w$][\w$.]*|[\w$][\w$.]*\s*\?{1,2})\s*")


async def completeness(tools: Tools, code: str) -> dict[str, str]:
    """The content of an is_complete_reply. Not for cells of Python."""
    try:
        plan = MAGICS.plan(code)
    except UsageError:
        return {"status": "invalid"}
    body = plan.body.text
    if not body.strip() and plan.lines:
        return {"status": "complete"}
    if not body.strip():
        return {"status": "incomplete", "indent": ""} if code.strip() else {"status": "complete"}
    if _NAME.fullmatch(code):
        return {"status": "complete"}
    try:
        work = asyncio.to_thread(_status, tools, body)
        status = await asyncio.wait_for(work, _PATIENCE_S)
    except (TimeoutError, IsolatesError, RuntimeError):
        return {"status": "unknown"}
    return {"status": status, "indent": _indent(body)} if status == "incomplete" else {"status": status}


def _status(tools: Tools, source: str) -> str:
    error = tools.syntax_error(source)
    if error is None:
        return "complete"
    if may_be_object(source) and in_parentheses(tools, source):
        return "complete"
    last_line = source.count("\n") + 1
    if _DECLARATION.search(source):
        error = _module_error(tools, source)
        if error is None:
            return "complete"
        return "incomplete" if _goes_on(source, error, last_line, column_end=True) else "invalid"
    # Inside a function it would be what ends it.
    if "Unexpected token '}'" in str(error):
        return "invalid"
    # Inside an async function `await` is right, and code that goes on is only wrong where the function ends.
    wrapped = tools.syntax_error(f"(async () => {{\n{source}\n}})")
    if wrapped is None:
        return "complete" if "await" in str(error) else "invalid"
    return "incomplete" if _goes_on(source, wrapped, last_line + 1) else "invalid"


def _module_error(tools: Tools, source: str) -> JSSyntaxError | None:
    try:
        tools.check_module(source, "", 0)
    except JSSyntaxError as error:
        return error
    return None


def _goes_on(source: str, error: JSSyntaxError, last_line: int, column_end: bool = False) -> bool:
    """Whether it is the end of the source that is wrong."""
    # An open template literal or comment runs beyond the end, and V8 reports where it began.
    if "Unterminated template" in str(error) or source.rfind("/*") > source.rfind("*/"):
        return True
    return (error.line or 0) > last_line or (column_end and "Unexpected end of input" in str(error))


def _indent(code: str) -> str:
    last = code.rstrip("\n").rsplit("\n", 1)[-1]
    indent = last[: len(last) - len(last.lstrip())]
    return indent + "  " if last.rstrip().endswith(tuple(_OPENERS)) else indent

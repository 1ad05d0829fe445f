"""Whether a cell is complete, by V8's own parser. Nothing is run."""

from __future__ import annotations

import asyncio

from IPython.core.error import UsageError

from isolates import Isolate, IsolatesError, JSSyntaxError
from isolates.kernel.magics import MAGICS

# Longer than any parser needs; the isolate may be busy.
_PATIENCE_S = 1.0
_OPENERS = "({["


async def completeness(isolate: Isolate, code: str) -> dict[str, str]:
    """The content of an is_complete_reply."""
    try:
        plan = MAGICS.plan(code)
    except UsageError:
        return {"status": "invalid"}
    if not plan.body.text.strip() and plan.lines:
        return {"status": "complete"}
    if not plan.body.text.strip():
        return {"status": "incomplete", "indent": ""} if code.strip() else {"status": "complete"}
    try:
        status = await asyncio.wait_for(_status(isolate, plan.body.text), _PATIENCE_S)
    except (asyncio.TimeoutError, IsolatesError):
        return {"status": "unknown"}
    return {"status": status, "indent": _indent(code)} if status == "incomplete" else {"status": status}


async def _status(isolate: Isolate, source: str) -> str:
    error = await _syntax_error(isolate, source)
    if error is None:
        return "complete"
    # Inside an async function `await` is right, and code that goes on is only wrong where the function ends.
    head = "(async () => {\n"
    wrapped = await _syntax_error(isolate, f"{head}{source}\n}})")
    if wrapped is None:
        return "complete" if "await" in str(error) else "invalid"
    last_line = source.count("\n") + 2
    # An open template literal or comment runs beyond the end, and V8 reports where it began.
    is_open = "Unterminated template" in str(wrapped) or _has_open_comment(source)
    return "incomplete" if is_open or (wrapped.line or 0) > last_line else "invalid"


async def _syntax_error(isolate: Isolate, source: str) -> JSSyntaxError | None:
    try:
        script = await isolate.compile_script(source)
    except JSSyntaxError as error:
        return error
    script.release()
    return None


def _has_open_comment(source: str) -> bool:
    return source.rfind("/*") > source.rfind("*/")


def _indent(code: str) -> str:
    last = code.rstrip("\n").rsplit("\n", 1)[-1]
    indent = last[: len(last) - len(last.lstrip())]
    return indent + "  " if last.rstrip().endswith(tuple(_OPENERS)) else indent

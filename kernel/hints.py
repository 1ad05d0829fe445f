"""What to do where a name of Node, Deno or a page is missing."""

from __future__ import annotations

import re

_MISSING_NAME = re.compile(r"(\w{1,30}) is not defined")
_MISSING_MODULE = re.compile(
    r"(?:Cannot find (?:module|package) '|No such built-in module: )(?:node:)?([\w/]{1,30})(?:'|\.)"
)
_NETWORK = (
    "There is no network in here. Cells of Python have it, and %put NAME copies what they have fetched."
)
_FILES = "There are no files in here. Cells of Python read them, and %put NAME copies what they have read."
_PROGRAMS = "Cells of Python run programs, and %put NAME copies what these have said."
_ISOLATES = (
    "%%isolate NAME runs a cell in an isolate of its own, beside others; require('isolated-vm') makes them."
)
_PAGE = "This is not a page. display.html() shows HTML in the notebook, and the scripts in it run there."
_WEB = "It is no part of JavaScript, and not in here; packages of npm may have it."
_OTHERS = "There is neither Deno nor Bun in here, nor their files and network, which cells of Python have."
_MODULE = "A cell is no CommonJS module: %%module NAME makes a cell a module that others import."
_WHO_MAY_READ = "The isolate main has it, and those that c.IsolateKernel.file_imports names."
_MAIN = "Only the isolate main has it."


def _by_name(names: dict[str, str]) -> dict[str, str]:
    return {name: hint for hint, some in names.items() for name in some.split()}


_NAMES = _by_name(
    {
        _NETWORK: "fetch Headers Request Response WebSocket XMLHttpRequest EventSource",
        _FILES: "fs",
        _PAGE: "document window navigator localStorage sessionStorage location HTMLElement",
        _WEB: "URL URLSearchParams AbortController AbortSignal Event EventTarget DOMException Blob File"
        " FormData MessageChannel ReadableStream WritableStream TransformStream",
        _ISOLATES: "Worker",
        _OTHERS: "Deno Bun",
        _MODULE: "module exports __dirname __filename",
        _WHO_MAY_READ: "require process Buffer global",
        _MAIN: "jupyter",
    }
)
_MODULES = _by_name(
    {
        _NETWORK: "http https http2 net dgram dns tls",
        _FILES: "fs fs/promises",
        _PROGRAMS: "child_process",
        _ISOLATES: "worker_threads cluster vm",
    }
)


def hint_for(message: str) -> str | None:
    """What to say below an error with this message, if anything."""
    missing = _MISSING_NAME.fullmatch(message)
    if missing is not None:
        return _NAMES.get(missing[1])
    missing = _MISSING_MODULE.match(message)
    return None if missing is None else _MODULES.get(missing[1])

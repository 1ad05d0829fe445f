"""What to do instead where somebody writes for Node, Deno, TypeScript or a page."""

from __future__ import annotations

import re

from isolates.kernel.typescript import is_typescript

_MISSING_NAME = re.compile(r"([\w$]{1,30}) is not defined$")
_MISSING_MODULE = re.compile(
    r"(?:Cannot find (?:module|package) '|Cannot import '|No such built-in module: )"
    r"(?:node:)?([\w/]{1,30})(?:'|\.)"
)
_PROTOCOL = re.compile(r"Only URLs with a scheme in: .{1,40} Received protocol '(\w{1,10}):'")
_REPL_COMMAND = re.compile(r"\.(?:break|clear|editor|help|load|save)\b")
_SHELL_COMMAND = re.compile(
    r"\s{0,99}(?:!\s{0,9}[A-Za-z][\w.-]{0,30}|npm|npx|yarn|pnpm|pip|node)\s{1,9}[\w./~@-]"
)
_FETCH = (
    "The isolate main has it, and those that c.IsolateKernel.network names. Cells of Python have the network "
    "too, and %put NAME copies what they have fetched."
)
_NETWORK = (
    "Of the network there is fetch(), in the isolate main and those that c.IsolateKernel.network names. "
    "Cells of Python have all of it, and %put NAME copies what they have fetched."
)
_HTTP = f"{_NETWORK} Builds of packages for browsers do without: require('axios/dist/browser/axios.cjs')"
_FILES = (
    "The isolate main has it, and those that c.IsolateKernel.files names. Cells of Python have files too, "
    "and %put NAME copies what they have read."
)
_FS = "import fs from 'node:fs' gives it to the isolate main and to those that c.IsolateKernel.files names."
_NO_STREAMS = "There are no streams of files here: require('fs') reads and writes them as a whole."
_STREAMS = (
    f"{_NO_STREAMS} Packages that want the classes have them after `npm install stream@npm:readable-stream`."
)
_BUILTIN_STREAMS = f"{_NO_STREAMS} Builds of packages for browsers do without."
_LINES = "prompt() asks the user, and require('fs') reads files as a whole."
_PROGRAMS = "Cells of Python run programs, and %put NAME copies what these have said."
_SHELL = "Cells of Python run programs: %python !npm install NAME"
_ISOLATES = (
    "%%isolate NAME runs a cell in an isolate of its own, beside others; require('isolated-vm') makes them."
)
_PAGE = (
    "This is not a page. display.html() shows HTML in the notebook; the package linkedom has a document for "
    "code that draws."
)
_WEB = "It is no part of JavaScript, and not in here; packages of npm may have it."
_OTHERS = "It is not in here. display(), display.html() and the like show what its notebooks show."
_MODULE = "A cell is no CommonJS module: %%module NAME makes a cell a module that others import."
_WHO_MAY_READ = "The isolate main has it, and those that c.IsolateKernel.file_imports names."
_MAIN = "Only the isolate main has it."
_PACKAGE = "Packages come from node_modules beside the notebook: npm install NAME, then import 'NAME'."
_ADDRESS = (
    "Imports do not use the network. Packages come from node_modules, and files from beside the notebook."
)
_TYPESCRIPT = "Cells are JavaScript, without the types of TypeScript."
_NO_COMMAND = (
    "Of the commands of Node's REPL there is .exit. %quickref and %lsmagic say what there is besides."
)


def _by_name(names: dict[str, str]) -> dict[str, str]:
    return {name: hint for hint, some in names.items() for name in some.split()}


_NAMES = _by_name(
    {
        _FETCH: "fetch Headers Request Response",
        _NETWORK: "WebSocket XMLHttpRequest EventSource",
        _FS: "fs",
        _PAGE: "document window self navigator localStorage sessionStorage location HTMLElement",
        _WEB: "Blob File FormData MessageChannel ReadableStream WritableStream TransformStream",
        _ISOLATES: "Worker",
        _OTHERS: "Deno Bun $$ tslab",
        _MODULE: "module exports __dirname __filename",
        _WHO_MAY_READ: "require process Buffer global",
        _MAIN: "jupyter",
    }
)
_MODULES = _by_name(
    {
        _HTTP: "http https http2",
        _NETWORK: "net dgram dns tls",
        _FILES: "fs fs/promises os",
        _STREAMS: "stream",
        _LINES: "readline readline/promises",
        _PROGRAMS: "child_process",
        _ISOLATES: "worker_threads cluster vm",
        _OTHERS: "tslab",
    }
)
_PROTOCOLS = _by_name({_PACKAGE: "npm jsr", _ADDRESS: "http https"})


def hint_for(message: str) -> str | None:
    """What to say below an error with this message, if anything."""
    for pattern, hints in ((_MISSING_NAME, _NAMES), (_MISSING_MODULE, _MODULES), (_PROTOCOL, _PROTOCOLS)):
        found = pattern.match(message)
        if found is not None:
            hint = hints.get(found[1])
            # What npm installs has no name that begins so.
            return _BUILTIN_STREAMS if hint is _STREAMS and ":stream" in message else hint
    return None


def hint_for_syntax(line: str, column: int) -> str | None:
    """The same for a syntax error in this column, counted from 1, of a line."""
    if _REPL_COMMAND.match(line, column - 1):
        return _NO_COMMAND
    if _SHELL_COMMAND.match(line):
        return _SHELL
    return _TYPESCRIPT if is_typescript(line, column) else None

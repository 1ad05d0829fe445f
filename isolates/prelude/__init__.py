"""JavaScript that gives a context its console, structuredClone and so on: for the kernel and programs.

A prelude is the body of one function, put together of the files here and of its user's own.
"""

from __future__ import annotations

from pathlib import Path

BUILTINS = ("assert", "assert/strict", "events", "path", "path/posix", "process", "util")
"""The modules of Node's that builtins.js has."""
LIBRARIES = ("isolated-vm", "isolated-vm@5")
"""What is there in privileged contexts besides."""

_FOLDER = Path(__file__).parent


def source(*parts: str | Path) -> str:
    """The prelude made of these parts: names of files in this folder (without ".js"), or paths.

    It wants, in the files that come first: `natives`, print(stream, text) and hostNow() in milliseconds.
    """
    texts = [(_FOLDER / f"{part}.js" if isinstance(part, str) else part).read_text("utf-8") for part in parts]
    inspector = (_FOLDER / "vendor" / "inspect.js").read_text("utf-8")
    return "'use strict';\n" + "\n".join(texts).replace("/* vendor/inspect.js */", inspector)


def node_bundle() -> str:
    """The source of npm's assert, util, events and path."""
    return (_FOLDER / "node" / "node.js").read_text("utf-8")

"""JavaScript that gives a context its console, structuredClone and so on: for the kernel and programs.

A prelude is the body of one function, put together of the files here and of its user's own.
"""

from __future__ import annotations

import os
from pathlib import Path

BUILTINS = (
    "assert",
    "assert/strict",
    "buffer",
    "crypto",
    "events",
    "path",
    "path/posix",
    "perf_hooks",
    "process",
    "timers",
    "timers/promises",
    "url",
    "util",
)
"""The modules of Node's that are in preludes; all of them in those of the kernel and of programs."""
LIBRARIES = ("isolated-vm", "isolated-vm@5")
"""What is there in privileged contexts besides."""

# Of node: npm's assert, util, events, path and buffer. The last one is ours.
_BUNDLES = ("node/node", "whatwg_url/idna", "whatwg_url/parser", "old_urls")
_MOST_RANDOM_BYTES = 1 << 16
_FOLDER = Path(__file__).parent


def source(*parts: str | Path) -> str:
    """The prelude made of these parts: names of files in this folder (without ".js"), or paths.

    It wants, in the files that come first: `natives`, print(stream, text), hostNow() in milliseconds and
    hostRandom(count).
    """
    texts = [(_FOLDER / f"{part}.js" if isinstance(part, str) else part).read_text("utf-8") for part in parts]
    inspector = (_FOLDER / "vendor" / "inspect.js").read_text("utf-8")
    return "'use strict';\n" + "\n".join(texts).replace("/* vendor/inspect.js */", inspector)


def bundle_source(name: object) -> str:
    """The source of what a prelude evaluates on its first use of it: packages of npm, mostly."""
    if name not in _BUNDLES:
        raise ValueError("no such bundle")
    return (_FOLDER / f"{name}.js").read_text("utf-8")


def random_hex(count: object) -> str:
    """Random bytes for crypto.js, which asks for 64 KiB at most."""
    if not isinstance(count, int) or not 0 <= count <= _MOST_RANDOM_BYTES:
        raise ValueError(f"not {count!r} bytes")
    return os.urandom(count).hex()

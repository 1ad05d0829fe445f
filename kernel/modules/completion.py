"""Completion of what is imported: files, packages, builtin modules, and cells that are modules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from isolates.kernel.session import Session
from isolates.prelude import LIBRARIES
from isolates.reading import ReadPolicy

_MOST_ENTRIES = 2000
_NODE = "node:"
_MODULES = (".js", ".mjs", ".cjs", ".json")

Match = tuple[str, str]


def complete_module(
    session: Session | None, cells: Iterable[str], place: dict[str, Any], start: int
) -> tuple[int, list[Match]]:
    """Where the matches begin, and they: the last part of a path. `start` is that of the string."""
    prefix: str = place["prefix"]
    resolver = session.modules.resolver if session is not None else None
    folder, slash, last = prefix.rpartition("/")
    is_path = prefix.startswith((".", "/"))
    begin = start + 1 + len(folder + slash)
    found: list[Match] = []
    if resolver is not None:
        policy = resolver.reader.policy
        if is_path and slash:
            found += _files(policy, str(Path.cwd() / (folder + slash)), last)
        elif is_path:
            found += [(text, "path") for text in ("./", "../") if text.startswith(last)]
        else:
            for packages in _package_folders(policy):
                found += [match for match in _files(policy, f"{packages}/{folder}", last, slash) if match[0]]
    if session is not None and not is_path and (resolver is not None or place["by"] == "import"):
        found += _builtins(session.modules.builtins, prefix, len(folder + slash))
    if place["by"] == "import" and not slash:
        found += [(name, "module") for name in cells if name.startswith(prefix)]
    return begin, sorted(set(found), key=lambda match: (match[0].startswith("_"), match[0]))


def _builtins(names: Iterable[str], prefix: str, start: int) -> Iterator[Match]:
    """What comes behind `start`. `node:` may stand before those of Node, and is offered where it begins."""
    known = list(names)
    if prefix and _NODE.startswith(prefix[: len(_NODE)]):
        known += [_NODE + name for name in known if name not in LIBRARIES]
    return ((name[start:], "module") for name in known if name.startswith(prefix))


def _files(policy: ReadPolicy, folder: str, prefix: str, within: str | None = None) -> Iterator[Match]:
    """`within` is not None in a folder of packages: empty at its top, where packages are."""
    try:
        if not policy.allows(folder):
            return
        with os.scandir(folder) as entries:
            for _, entry in zip(range(_MOST_ENTRIES), entries, strict=False):
                if not entry.name.startswith(prefix) or (entry.name.startswith(".") and not prefix):
                    continue
                if within == "" and not entry.name.startswith("."):
                    yield entry.name + ("/" if entry.name.startswith("@") else ""), "module"
                elif entry.is_dir():
                    yield f"{entry.name}/", "path"
                elif entry.name.endswith(_MODULES):
                    yield entry.name, "path"
    except OSError:
        return


def _package_folders(policy: ReadPolicy) -> Iterator[str]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        packages = str(folder / "node_modules")
        if policy.allows(packages):
            yield packages

"""Profiles of V8, from wherever they come: a file may have anything in it, and is checked before its use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from isolates import Future
from isolates.magics.calls import CallTree, Unit, call_tree, heap_tree

ProfileLike: TypeAlias = "Mapping[str, Any] | str | bytes | os.PathLike[str]"

_LARGEST = 2**53


@dataclass(frozen=True)
class Profile:
    """`source` is what it was made of, for a download."""

    tree: CallTree
    source: Mapping[str, Any]

    @property
    def suffix(self) -> str:
        """Of files that Chrome's DevTools open."""
        return ".cpuprofile" if self.tree.unit is Unit.SECONDS else ".heapprofile"

    def text(self) -> str:
        return json.dumps(self.source, separators=(",", ":"))


def read_profile(profile: ProfileLike) -> Profile:
    """A profile as Isolate.stop_cpu_profiler or stop_heap_sampling gives it, its JSON, or a file's path.

    Raises TypeError, ValueError if it is broken, and OSError if the file can't be read.
    """
    label, value = _loaded(profile)
    try:
        return Profile(_tree(value), value)
    except _BrokenError as error:
        raise ValueError(f"{label} is no profile of V8, or a broken one: {error}") from None


class _BrokenError(Exception):
    """Says what is wrong."""


def _loaded(profile: ProfileLike) -> tuple[str, Any]:
    label, text = "profile", profile
    if isinstance(profile, str | os.PathLike) and not str(profile).lstrip().startswith("{"):
        label, text = f"profile: {str(Path(profile))!r}", Path(profile).read_bytes()
    if isinstance(text, Mapping):
        return label, text
    if not isinstance(text, str | bytes):
        raise TypeError(
            "profile must be what Isolate.stop_cpu_profiler or Isolate.stop_heap_sampling gives, its JSON or "
            f"the path of a file, not {type(profile).__name__}"
            f"{'; await it, or ask its result()' if isinstance(profile, Future) else ''}"
        )
    try:
        return label, json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{label} is no JSON: {error}") from None


def _tree(profile: Any) -> CallTree:
    match profile:
        case {"nodes": [_, *_] as nodes}:
            _check_time(profile, _check_nodes(nodes))
            return call_tree(profile)
        case {"head": Mapping() as head}:
            _check_heads(head)
            return heap_tree(profile)
    raise _BrokenError("it has neither nodes (of time) nor a head (of memory)")


def _check_nodes(nodes: list[Any]) -> set[int]:
    """Their ids. They have to be a tree whose root is the first one."""
    ids: set[int] = set()
    has_parent: set[int] = set()
    for place, node in enumerate(nodes):
        if not isinstance(node, Mapping) or not _is_whole(node.get("id")) or node["id"] in ids:
            raise _BrokenError(f"nodes[{place}] has no id of its own")
        ids.add(node["id"])
        _check_frame(node, f"nodes[{place}]")
    for place, node in enumerate(nodes):
        for child in _children(node, f"nodes[{place}]"):
            if not _is_whole(child) or child not in ids or child in has_parent or child == nodes[0]["id"]:
                raise _BrokenError(f"nodes[{place}] has the child {child!r}, which can't be its own")
            has_parent.add(child)
    return ids


def _check_time(profile: Mapping[str, Any], ids: set[int]) -> None:
    samples, deltas = profile.get("samples"), profile.get("timeDeltas")
    if not isinstance(samples, list) or not all(_is_whole(one) and one in ids for one in samples):
        raise _BrokenError("its samples are no list of ids of nodes")
    if not isinstance(deltas, list) or len(deltas) != len(samples) or not all(map(_is_number, deltas)):
        raise _BrokenError(f"its timeDeltas are no list of {len(samples)} numbers, one for each sample")
    for name in ("startTime", "endTime"):
        if not _is_number(profile.get(name)):
            raise _BrokenError(f"its {name} is no number")


def _check_heads(head: Mapping[str, Any]) -> None:
    left: list[Any] = [head]
    while left:
        node = left.pop()
        if not isinstance(node, Mapping) or not _is_number(node.get("selfSize")) or node["selfSize"] < 0:
            raise _BrokenError("a node has no selfSize")
        _check_frame(node, "a node")
        left += _children(node, "a node")
        if not isinstance(node.get("children"), list):
            raise _BrokenError("a node has no children")


def _check_frame(node: Mapping[str, Any], label: str) -> None:
    match node.get("callFrame"):
        case {"functionName": str(), "url": str(), "lineNumber": line, "columnNumber": column} if _is_whole(
            line
        ) and _is_whole(column):
            return
    raise _BrokenError(f"{label} has no callFrame with functionName, url, lineNumber and columnNumber")


def _children(node: Mapping[str, Any], label: str) -> list[Any]:
    children = node.get("children", [])
    if not isinstance(children, list):
        raise _BrokenError(f"the children of {label} are no list")
    return children


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < _LARGEST


def _is_number(value: Any) -> bool:
    """NaN is not less than anything."""
    return type(value) in (int, float) and abs(value) < _LARGEST

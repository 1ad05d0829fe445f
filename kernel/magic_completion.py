"""Completion in the line of a magic: its name, its options and what they take."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from isolates.magics.cell import MAIN, Place
from isolates.magics.magic import Magic, Registry
from isolates.magics.manager import IsolateManager

_NAME = re.compile(r"\s*(?P<help>(?:\?{1,2}\s*)?)(?P<start>%{1,2})\s*(?P<name>[\w.]*)$")
_CALL = re.compile(r"\s*(?P<start>%{1,2})\s*(?P<name>[\w.]+)\s+(?P<rest>.*)$")
_WORDS = re.compile(r"[^\s=]*$")

Match = tuple[str, str]


class Names(NamedTuple):
    """What a magic may name."""

    manager: IsolateManager[Any]
    current: Place
    variables: Sequence[str] = ()
    """JavaScript's, for %get and %copy."""
    python_variables: Sequence[str] = ()

    @property
    def isolates(self) -> list[str]:
        return sorted({MAIN, self.current.isolate, *self.manager.names()})

    def contexts(self, isolate: str | None) -> list[str]:
        """Of an isolate, which is the current one if none is named."""
        entry = self.manager.get(isolate or self.current.isolate)
        return sorted({MAIN, *(entry.contexts if entry is not None else ())})


def complete_magic(registry: Registry, names: Names, line: str, is_first: bool) -> tuple[int, list[Match]]:
    """Where in the line the matches begin, and they. `line` ends at the cursor."""
    name = _NAME.match(line)
    if name is not None:
        typed = name["start"] + name["name"]
        magics = [str(magic) for magic in registry if is_first or name["help"] or magic.kind == "line"]
        if name["start"] == "%" and name["name"]:
            # Whoever writes %iso means %%isolate as well.
            matches = [text for text in magics if text.lstrip("%").startswith(name["name"])]
        else:
            matches = [text for text in magics if text.startswith(typed)]
        return name.start("start"), [(text, "magic") for text in matches]
    call = _CALL.match(line)
    magic = None
    if call is not None:
        magic = registry.find(call["name"], "cell" if call["start"] == "%%" else "line")
    if call is None or magic is None:
        return len(line), []
    words = call["rest"].replace("=", " ").split()
    last = _WORDS.search(call["rest"])
    prefix = last[0] if last is not None else ""
    before = words[:-1] if prefix else words
    found = _values(magic, names, before, prefix)
    listed, comma, start = prefix.rpartition(",")
    if comma:
        # Isolates are what a comma stands between.
        found = [match for match in found if match[1] == "isolate" and match[0] not in listed.split(",")]
    return len(line) - len(start), [match for match in found if match[0].startswith(start)]


def _values(magic: Magic, names: Names, words: list[str], prefix: str) -> list[Match]:
    actions = [action for action in magic.parser._actions if action.help != argparse.SUPPRESS]
    options = {option: action for action in actions for option in action.option_strings}
    positional = [action for action in actions if not action.option_strings]
    given: list[str] = []
    values: dict[str, str] = {}
    awaited: argparse.Action | None = None
    for word in words:
        if awaited is not None:
            values[awaited.dest] = word
            awaited = None
        elif word in options:
            awaited = options[word] if options[word].nargs != 0 else None
            values.setdefault(options[word].dest, "")
        else:
            if len(given) < len(positional):
                values[positional[len(given)].dest] = word
            given.append(word)
    if awaited is not None:
        return _values_of(awaited, names, values)
    found: list[Match] = []
    if not prefix.startswith("-") and positional:
        last = positional[min(len(given), len(positional) - 1)]
        if len(given) < len(positional) or last.nargs in ("*", "+"):
            found += [match for match in _values_of(last, names, values) if match[0] not in given]
    if prefix.startswith("-") or not prefix:
        unused = [option for option, action in options.items() if action.dest not in values]
        found += [(option, "option") for option in sorted(unused)]
    return found


def _values_of(action: argparse.Action, names: Names, values: dict[str, str]) -> list[Match]:
    if action.choices:
        return [(str(choice), "option") for choice in action.choices]
    if action.dest == "jobs":
        switches = [word for word in ("on", "off") if word in str(action.metavar)]
        numbers = [(str(job.number), "job") for job in names.manager.jobs]
        return [(word, "option") for word in switches] + numbers
    if action.dest in ("isolate", "isolates", "targets"):
        return [(name, "isolate") for name in names.isolates]
    if action.dest == "names":
        return [(name, "instance") for name in names.variables]
    if action.dest in ("source", "goals"):
        places = [(f"{name}.", "isolate") for name in names.isolates]
        return [(name, "instance") for name in names.variables] + places
    if action.dest == "snapshot":
        return [(name, "snapshot") for name in sorted(names.manager.snapshots)]
    if action.dest == "assignment":
        return [(name, "instance") for name in names.python_variables]
    if action.dest == "context":
        return [(name, "context") for name in names.contexts(values.get("isolate") or values.get("targets"))]
    return []

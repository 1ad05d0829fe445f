"""Writes docs/magics.md, the page of all magics, from their own help: python docs/magics.py, or make docs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from isolates.kernel.extension.loading import MAGICS as IPYTHON
from isolates.kernel.magics import MAGICS as KERNEL
from isolates.magics.magic import Magic

PAGE = Path(__file__).with_suffix(".md")

INTRODUCTION = PAGE.with_name("magics-introduction.md")

# What has a meaning in Markdown; < begins HTML.
_CODE = re.compile(r"(`[^`]*`)")
_SIGNS = re.compile(r"([\\*_{}\[\]<>|#])")


def page() -> str:
    """The text of docs/magics.md."""
    magics = {(magic.kind, magic.name): magic for magic in (*KERNEL, *IPYTHON)}
    known = sorted(magics.values(), key=lambda magic: (magic.name, magic.kind != "cell"))
    parts = [_introduction(), _table(known), *map(_section, known)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _introduction() -> str:
    from IPython.core.interactiveshell import InteractiveShell

    python = InteractiveShell().magics_manager.magics
    shared = [f"`{magic}`" for magic in IPYTHON if magic.name in python[magic.kind]]
    return INTRODUCTION.read_text(encoding="utf-8").replace("{shared}", ", ".join(shared))


def _table(magics: Iterable[Magic]) -> str:
    rows = [
        f"| [`{magic}`](#{_anchor(magic)}) | {_escaped(magic.parser.summary)} | {_where(magic)} |"
        for magic in magics
    ]
    return "\n".join(["## All of them", "", "| magic | what it does | where |", "|---|---|---|", *rows, ""])


def _where(magic: Magic) -> str:
    in_kernel, in_ipython = (
        registry.find(magic.name, magic.kind) is not None for registry in (KERNEL, IPYTHON)
    )
    return "both" if in_kernel and in_ipython else "the kernel" if in_kernel else "IPython"


def _anchor(magic: Magic) -> str:
    return f"{magic.kind}-{magic.name}"


def _section(magic: Magic) -> str:
    parser = magic.parser
    lines = [f'<a id="{_anchor(magic)}"></a>', "", f"### `{magic}`", "", "```", _usage(magic), "```", ""]
    for paragraph in (parser.description or "").split("\n\n"):
        lines += [_escaped(" ".join(paragraph.split("\n"))), ""]
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    if actions:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| {_names(action)} | {_escaped(_help(action))} |" for action in actions]
        lines.append("")
    if parser.epilog:
        examples = [line[2:] for line in parser.epilog.split("\n")[1:]]
        lines += ["```", *examples, "```", ""]
    return "\n".join(lines)


def _names(action: argparse.Action) -> str:
    value = _value(action)
    names = [f"`{option} {value}`" if value else f"`{option}`" for option in action.option_strings]
    return (", ".join(names) or f"`{value}`").replace("|", r"\|")


def _value(action: argparse.Action) -> str:
    """What stands behind an option, or the positional argument."""
    if action.nargs == 0:
        return ""
    named = action.metavar if isinstance(action.metavar, str) else None
    choices = "|".join(map(str, action.choices)) if action.choices is not None else None
    return named if named is not None and named != "HOW" else choices or named or action.dest


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")


def _usage(magic: Magic) -> str:
    # argparse's own differs from one Python to the next.
    words = [str(magic)]
    actions = [action for action in magic.parser._actions if action.help != argparse.SUPPRESS]
    for action in sorted(actions, key=lambda action: not action.option_strings):
        value = _value(action)
        if action.option_strings:
            words.append(f"[{' '.join(filter(None, [action.option_strings[0], value]))}]")
        else:
            form = {"?": "[{}]", "*": "[{} ...]", "+": "{} [{} ...]"}.get(str(action.nargs), "{}")
            words.append(form.replace("{}", value))
    return " ".join(words)


def _escaped(text: str) -> str:
    """The text as Markdown shows it; what stands between backquotes is code there too."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _SIGNS.sub(r"\\\1", part) for part in parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

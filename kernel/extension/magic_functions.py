"""Magics as functions that IPython can register, beside its own of the same names."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.magic import MAGIC_NO_VAR_EXPAND_ATTR, MAGIC_OUTPUT_CAN_BE_SILENCED, no_var_expand

from isolates.magics.magic import Magic

Run = Callable[[Magic, str, "str | None"], object]
"""Runs a magic: its line, and the cell below it if it has one."""

_SHARED_NAME = """IPython has a magic of this name too. Which of them runs, the line tells: with an option of
those above, with --help{names} it is this one, else IPython's, whose help follows.

"""


def function_of(magic: Magic, run: Run) -> Callable[..., object]:
    """The function for `register_magic_function`. `$x` and `{}` in the line are JavaScript's."""

    def call_line(line: str) -> object:
        __tracebackhide__ = True
        return run(magic, line, None)

    def call_cell(line: str, cell: str) -> object:
        __tracebackhide__ = True
        return run(magic, line, cell)

    function: Callable[..., object] = call_cell if magic.kind == "cell" else call_line
    return _named(function, magic, magic.parser.format_help())


def shared_function_of(
    magic: Magic, run: Run, shell: Any, other: Callable[..., Any], means_isolates: Callable[[str], bool]
) -> Callable[..., object]:
    """The same for a name that IPython has: the line tells which of the two is meant."""

    def call(line: str, *cell: str, **scope: Any) -> object:
        __tracebackhide__ = True
        if _is_ours(magic, line, means_isolates):
            return run(magic, line, cell[0] if cell else None)
        if not getattr(other, MAGIC_NO_VAR_EXPAND_ATTR, False):
            # As IPython does before it calls a magic: the variables of the frame that called it.
            line = shell.var_expand(line, 2)
        result = other(line, *cell, **scope)
        is_silent = DisplayHook.semicolon_at_end_of_expression(cell[0] if cell else line)
        return None if is_silent and getattr(other, MAGIC_OUTPUT_CAN_BE_SILENCED, False) else result

    names = " or isolates' names alone" if _takes_names(magic) else ""
    about = _SHARED_NAME.format(names=names) + (other.__doc__ or "")
    function = _named(call, magic, f"{magic.parser.format_help()}\n{about}")
    if getattr(other, "needs_local_scope", False):
        function.needs_local_scope = True  # type: ignore[attr-defined]  # IPython's mark
    return function


def _is_ours(magic: Magic, line: str, means_isolates: Callable[[str], bool]) -> bool:
    words = line.split()
    if words == ["--help"]:
        return True
    options = {option for action in magic.parser._actions for option in action.option_strings}
    if any(word.startswith("--") and word.split("=")[0] in options for word in words):
        return True
    return bool(words) and _takes_names(magic) and all(map(means_isolates, words))


def _takes_names(magic: Magic) -> bool:
    positional = [action for action in magic.parser._actions if not action.option_strings]
    return bool(positional) and positional[0].dest in ("isolate", "isolates", "targets")


def _named(function: Callable[..., object], magic: Magic, about: str) -> Callable[..., object]:
    function.__name__ = function.__qualname__ = magic.name
    function.__module__ = "isolates"
    function.__doc__ = about
    marked: Callable[..., object] = no_var_expand(function)
    return marked

"""Completion in an IPython: in the lines of the magics, and of the JavaScript below them."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import asyncio
import concurrent.futures
import re
from typing import Any, Literal

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError

from isolates.background import background_loop
from isolates.kernel.completion import Completer
from isolates.kernel.introspection import Introspection
from isolates.kernel.magic_completion import Names, complete_magic
from isolates.kernel.runner import CellRunner
from isolates.magics.cell import split_cell
from isolates.magics.magic import Registry

# IPython's magics may stand behind an assignment, and anywhere in a cell.
_CALL = re.compile(r"(?:.*=)?\s*(?P<call>%{1,2}\s*(?P<name>[\w.]+)\s.*)$")
_PATIENCE_S = 0.5


class _OnlyThese(list[SimpleCompletion]):
    """Matches that keep IPython's own away, even if there are none: those would be Python's."""

    def __len__(self) -> int:
        return max(1, super().__len__())


class ShellMatcher:
    """For `Completer.custom_matchers`. It runs on IPython's thread, which may wait for it."""

    def __init__(self, registry: Registry, runner: CellRunner) -> None:
        self._registry = registry
        self._runner = runner
        self._completer = Completer(registry, runner, Introspection(runner))
        self.shared: set[tuple[str, str]] = set()
        """Kinds and names of magics that IPython has too."""

    def matcher(self) -> Any:
        decorate: Any = context_matcher(identifier="isolates", priority=1000)
        return decorate(lambda context: self.match(context))

    def match(self, context: CompletionContext) -> SimpleMatcherResult:
        before = context.text_until_cursor
        call = _CALL.match(before)
        if call is not None:
            kind: Literal["line", "cell"] = "cell" if call["call"].startswith("%%") else "line"
            if self._registry.find(call["name"], kind) is not None and not self._is_javascript(context):
                line = call["call"]
                names = Names(self._runner.isolates, self._runner.settings.current)
                start, matches = complete_magic(self._registry, names, line, True)
                only = (kind, call["name"]) not in self.shared
                return _result(line[start:], [(text, kind) for text, kind in matches], only)
        if self._is_javascript(context):
            return self._javascript(context)
        return _result("", [], only=False)

    def _is_javascript(self, context: CompletionContext) -> bool:
        try:
            magics, body = split_cell(context.full_text)
        except UsageError:
            return False
        if not magics or not magics[0].is_cell or context.cursor_line < max(1, body.line_offset):
            return False
        magic = self._registry.find(magics[0].name, "cell")
        return magic is not None and magic.language == "javascript"

    def _javascript(self, context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")
        position = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
        work = self._completer.complete(context.full_text, position)
        future = asyncio.run_coroutine_threadsafe(work, background_loop())
        try:
            reply = future.result(_PATIENCE_S)
        except concurrent.futures.TimeoutError:
            future.cancel()
            return _result("", [])
        types = reply["metadata"]["_jupyter_types_experimental"]
        fragment = context.full_text[reply["cursor_start"] : position]
        return _result(fragment, [(one["text"], one["type"]) for one in types])


def _result(fragment: str, matches: list[tuple[str, str]], only: bool = True) -> SimpleMatcherResult:
    found = [SimpleCompletion(text=text, type=kind) for text, kind in matches]
    return {
        "completions": _OnlyThese(found) if only else found,
        "matched_fragment": fragment,
        "ordered": True,
        "suppress": only,
        "do_not_suppress": set(),
    }

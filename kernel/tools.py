"""Parsers in an isolate of the kernel's own, which never waits for a cell."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from isolates import Context, Isolate, JSError, JSSyntaxError, Reference

_FOLDER = Path(__file__).parent
_MEMORY_MB = 512.0
_TIMEOUT_S = 10.0
# Nobody waits longer for a completion.
_ASKING_TIMEOUT_S = 0.5


class Tools:
    """Made when it is first used, and again if a text has brought it down. It gets texts and nothing else.

    Any thread may call the methods; `_lock` guards what is there, and is not held while a text is looked at.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._isolate: Isolate | None = None
        self._context: Context | None = None
        self._function: Reference | None = None
        self._is_closed = False

    def split_cell(self, source: str) -> dict[str, Any]:
        """What tools.js says of the cell's import declarations. Blocks, as all of these do.

        Raises JSSyntaxError if the cell can't be parsed.
        """
        return self._call("splitCell", source)

    def is_object(self, source: str) -> bool:
        """Whether the text is an object literal. Raises JSSyntaxError if it can't be parsed."""
        return bool(self._call("isObject", source)["value"])

    def lex_exports(self, source: str) -> dict[str, Any]:
        """What a CommonJS module `exports` and `reexports`, and `isModule` if its text is an ES module's."""
        return self._call("lexExports", source)

    def parse(self, question: str, source: str) -> dict[str, Any]:
        """The same for what magics ask: any function of tools.js that takes a text."""
        return self._call(question, source)

    def check_module(self, source: str, filename: str, line_offset: int) -> None:
        """Raises the JSSyntaxError that V8 has for the text as a module."""
        isolate, _ = self._ready()
        isolate.compile_module_sync(source, filename=filename, line_offset=line_offset).release()

    def is_module_alone(self, source: str) -> bool:
        """Whether V8 takes the text as a module, and not as the body of a function: for top-level await."""
        if self.syntax_error(f"(function () {{{source}\n}})") is None:
            return False
        try:
            self.check_module(source, "", 0)
        except JSSyntaxError:
            return False
        return True

    def syntax_error(self, source: str) -> JSSyntaxError | None:
        """What V8 says of the text as a script. Nothing is run."""
        isolate, _ = self._ready()
        try:
            isolate.compile_script_sync(source).release()
        except JSSyntaxError as error:
            return error
        return None

    async def ask(self, name: str, argument: dict[str, Any]) -> dict[str, Any]:
        """What a function of tools.js answers, without holding up the loop."""
        _, function = self._ready()
        answer = await function.apply(None, [name, json.dumps(argument)], timeout=_ASKING_TIMEOUT_S)
        result: dict[str, Any] = json.loads(str(answer))
        return result

    def isolates(self) -> list[Isolate]:
        """The isolate, if it is there. Takes no lock: handlers of signals ask."""
        isolate = self._isolate
        return [isolate] if isolate is not None else []

    def close(self) -> None:
        """Disposes the isolate; whoever asks from now on gets a RuntimeError. Any thread."""
        with self._lock:
            self._is_closed = True
            isolate, self._isolate = self._isolate, None
        if isolate is not None and not isolate.is_disposed:
            isolate.dispose()

    def _call(self, name: str, text: str) -> dict[str, Any]:
        _, function = self._ready()
        try:
            answer = function.apply_sync(None, [name, text], timeout=_TIMEOUT_S)
        except JSSyntaxError:
            raise
        except JSError as error:
            # A text that is nested too deeply for a parser in JavaScript.
            raise JSSyntaxError(f"The text can't be parsed: {error}") from error
        result: dict[str, Any] = json.loads(str(answer))
        return result

    def _ready(self) -> tuple[Isolate, Reference]:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the kernel has ended")
            if self._isolate is None or self._isolate.is_disposed or self._function is None:
                isolate = Isolate(memory_limit=_MEMORY_MB)
                self._context = isolate.create_context_sync()
                for file in (
                    "vendor/parsers.js",
                    "cursor.js",
                    "signature.js",
                    "loop.js",
                    "trace.js",
                    "tools.js",
                ):
                    made = self._context.eval_sync(
                        (_FOLDER / file).read_text("utf-8"), filename=f"isolates:{file}", reference=True
                    )
                assert isinstance(made, Reference)
                self._isolate, self._function = isolate, made
            return self._isolate, self._function

"""Cells and lines of Python, in IPython's own shell."""

# mypy: no-disallow-untyped-calls
# IPython's and ipykernel's functions are half typed.

from __future__ import annotations

import asyncio
import builtins
import contextlib
import keyword
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import UsageError
from traitlets import Type

import isolates
from isolates.kernel.exit import exit_word
from isolates.kernel.report import ErrorReport, ReportedError
from isolates.magics.cell import split_cell
from isolates.magics.manager import IsolateManager
from isolates.magics.variables import IsolateVariables

INTERRUPTED = "the cell was interrupted"


class DisplayHook(ZMQShellDisplayHook):
    """IPython's, for a line that is a part of a cell: it has the cell's number, and a `;` of its own."""

    @property
    def _line(self) -> str | None:
        assert isinstance(self.shell, PythonShell)
        return self.shell.line

    @property
    def prompt_count(self) -> int:
        # A cell of JavaScript is counted when it has ended, one of Python before it runs.
        return int(super().prompt_count) + (self._line is not None)

    def quiet(self) -> bool:
        is_quiet = self.semicolon_at_end_of_expression
        return bool(super().quiet() if self._line is None else is_quiet(self._line))


class PythonShell(ZMQInteractiveShell):
    """IPython's shell, which sees the `%%python` of a cell as a comment."""

    displayhook_class = Type(DisplayHook)

    line: str | None = None
    """The line of Python that runs as a part of a cell, which reports its errors itself."""

    main_thread: MainThread

    def transform_cell(self, raw_cell: str) -> str:
        return str(super().transform_cell(python_of(raw_cell)))

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        found = super()._get_exc_info(exc_tuple)
        _cut_handler(found[2])
        return found

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        if issubclass(etype, asyncio.CancelledError) and self.main_thread.was_interrupted:
            etype, evalue = KeyboardInterrupt, KeyboardInterrupt(INTERRUPTED)
            stb = [f"KeyboardInterrupt: {INTERRUPTED}"]
        if self.line is not None:
            self._last_traceback = stb
            return
        super()._showtraceback(etype, evalue, stb)

    def value_of(self, expression: str) -> object:
        """The value of an expression of the user's. Raises ReportedError."""
        try:
            return self.ev(expression)
        except Exception as error:
            name, text = type(error).__name__, str(error)
            raise ReportedError(ErrorReport(name, text, [f"{name}: {text}"])) from None

    async def run_line(self, code: str, silent: bool = False) -> None:
        """Runs Python as part of a cell; its value is shown, unless `silent`. Raises ReportedError."""
        python = self.line = super().transform_cell(code)
        try:
            result = await self.run_cell_async(code, silent=silent, transformed_cell=python)
        finally:
            self.line = None
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, asyncio.CancelledError):
            raise error
        if error is not None:
            raise ReportedError(ErrorReport(type(error).__name__, str(error), self._last_traceback or []))


def is_python(code: str) -> bool:
    """Whether the cell is one of Python, and not a request for help."""
    try:
        magics, _ = split_cell(code)
    except UsageError:
        return False
    return (
        bool(magics)
        and (magics[0].name, magics[0].is_cell) == ("python", True)
        and not magics[0].rest.strip()
    )


def python_of(code: str) -> str:
    """The Python of a `%%python` cell, its lines where they were; other code as it is."""
    if not is_python(code):
        return code
    _, body = split_cell(code)
    # What IPython knows only as the first or the only line: its magics for cells, and `exit`.
    if body.text.lstrip().startswith("%%") or exit_word(body.text) is not None:
        return body.text.strip()
    # IPython drops empty lines at the head of a cell.
    return "# %%python\n" * body.line_offset + body.text


def offer(namespace: dict[str, Any], hidden: dict[str, Any], manager: IsolateManager[Any]) -> None:
    """Gives Python the module, the manager and the isolates by name, unless a name is taken.

    `hidden`: the names that IPython doesn't list as the user's.
    """
    offered: dict[str, object] = {"isolates": isolates, "manager": manager}
    for name in manager.names():
        # IPython gives names with _ a meaning.
        is_free = not (keyword.iskeyword(name) or hasattr(builtins, name) or name.startswith("_"))
        if name.isidentifier() and is_free:
            offered.setdefault(name, manager[name])
    for name, value in list(namespace.items()):
        if name not in offered and isinstance(value, IsolateVariables) and hidden.get(name) is value:
            del namespace[name], hidden[name]
    for name, value in offered.items():
        if name not in namespace:
            namespace[name] = hidden[name] = value


def _cut_handler(traceback: TracebackType | None) -> None:
    """Ends the traceback of an interrupt where the user's code was, and not in the signal's handler."""
    while traceback is not None:
        following = traceback.tb_next
        if following is not None and following.tb_frame.f_code.co_name == "_handle_sigint":
            traceback.tb_next = None
        traceback = traceback.tb_next


class MainThread:
    """The user's Python on the main thread, and how a signal stops it.

    Python on other threads (subshells) can't be stopped, as in ipykernel. `_lock` guards `_ended`, so that no
    signal is sent to a cell that has ended. One that was on its way finds no task that it may stop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended: Future[None] | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._is_asked = False  # by `interrupt`, and not handled yet
        self._is_echo = False  # the next signal is meant for others
        self.was_interrupted = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While the user's Python runs in the task of now."""
        task = asyncio.current_task()
        if threading.current_thread() is not threading.main_thread() or task is None:
            yield
            return
        if self._ended is not None:  # a widget's message while a cell awaits
            with self.stopping(task):
                yield
            return
        self.was_interrupted = False
        ended: Future[None] = Future()
        with self._lock:
            self._ended = ended
        try:
            with self.stopping(task):
                yield
        finally:
            with self._lock:
                self._ended = None
            ended.set_result(None)

    @contextlib.contextmanager
    def stopping(self, task: asyncio.Task[Any]) -> Iterator[None]:
        """While signals stop this task: by a cancellation if it waits, by a KeyboardInterrupt if it runs."""
        self._tasks.append(task)
        try:
            yield
        finally:
            self._tasks.remove(task)

    def interrupt(self) -> Future[None] | None:
        """Sends the signal if there is something to stop; the future tells when it has ended. Any thread."""
        with self._lock:
            if self._ended is not None:
                self._is_asked, self._is_echo = True, False
                # To this thread: a system call that it waits in must return.
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return self._ended

    def signal_children(self, send: Callable[[], None]) -> None:
        """Calls `send`, which signals all of the process group: Python is not to be interrupted twice."""
        self._is_echo = True
        send()

    def handle(self) -> None:
        """In the handler of SIGINT."""
        is_echo, self._is_echo = self._is_echo and not self._is_asked, False
        self._is_asked = False
        if not self._tasks or is_echo:
            return
        self.was_interrupted = True
        loop = self._tasks[-1].get_loop()
        if asyncio.current_task(loop) in self._tasks:
            raise KeyboardInterrupt(INTERRUPTED)
        loop.call_soon_threadsafe(self._tasks[-1].cancel)

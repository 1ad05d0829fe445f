"""`%load_ext isolates`: the magics in any IPython, a Python notebook's or a terminal's."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import functools
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from IPython.core.error import StdinNotImplementedError, UsageError
from traitlets.config import Configurable

from isolates.background import background_loop
from isolates.kernel.configuration import Configuration
from isolates.kernel.display import Bundle
from isolates.kernel.extension.completion import ShellMatcher
from isolates.kernel.extension.host import ExtensionHost, PythonError
from isolates.kernel.extension.magic_functions import function_of, shared_function_of
from isolates.kernel.extension.raw_cells import RawCells
from isolates.kernel.extension.shown import CellValue, with_report
from isolates.kernel.extension.streams import Streams, streams_of
from isolates.kernel.extension.waiting import NobodyWaitsError, WaitingThread
from isolates.kernel.origin import Origin
from isolates.kernel.output import Message
from isolates.kernel.python_calls import PythonCalls
from isolates.kernel.python_cells import PythonShell, offer
from isolates.kernel.report import ReportedError, make_report
from isolates.kernel.runner import CellRunner, Outcome
from isolates.kernel.stdin import CannotAskError
from isolates.magics.cell import Body
from isolates.magics.listing import listing
from isolates.magics.magic import Magic, Registry
from isolates.magics.shared import SHARED
from isolates.magics.targets import Targets
from isolates.magics.variables import IsolateVariables
from isolates.text import well_formed
from isolates.widgets.magics import WIDGETS

# IPython has a %lsmagic and a %quickref.
MAGICS = Registry([*SHARED, *WIDGETS, *listing("jsmagic", "jsref")])

_LOOK_S = 0.1


class IsolateMagics(Configuration, Configurable):
    """The options, as `c.IsolateMagics` in ipython_config.py and for %config."""


_log = logging.getLogger("isolates")
_log.addHandler(logging.NullHandler())
_extensions: WeakKeyDictionary[Any, Extension] = WeakKeyDictionary()


def load(shell: Any) -> None:
    """Gives an IPython the magics; nothing if it has them. This project's own kernel always has them."""
    if shell not in _extensions and not isinstance(shell, PythonShell):
        _extensions[shell] = Extension(shell)


def unload(shell: Any) -> None:
    """Disposes all isolates, and takes back what `load` has changed."""
    extension = _extensions.pop(shell, None)
    if extension is not None:
        extension.close()


class _Calls(PythonCalls):
    """Python's functions print in order with the JavaScript that calls them."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(streams, streams.parent)
        self._streams = streams

    def adapt(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function, updated=())
        def call(*args: Any) -> Any:
            self._streams.end()
            try:
                return function(*args)
            finally:
                self._streams.begin()

        return super().adapt(call)


class Extension:
    """The magics of one IPython, and the isolates that they make.

    IPython calls a magic as a function on a thread of its own and can't await it. So a magic runs in an event
    loop in the background, and the thread waits for it (WaitingThread).
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._process = os.getpid()
        self._cells = RawCells(shell)
        self._streams = streams_of(shell, self._cells)
        self._asking: dict[int, WaitingThread] = {}  # by the identity of the request
        calls = _Calls(self._streams)
        self.runner = CellRunner(_log, self._python_origin, calls, self._ask, self._streams.release)
        self._configuration = IsolateMagics(parent=shell)
        self._configuration.apply_to(self.runner)
        self._matcher = ShellMatcher(MAGICS, self.runner)
        self._match = self._matcher.matcher()
        self._undo = contextlib.ExitStack()
        self._open()

    def run(self, magic: Magic, line: str, cell: str | None) -> object:
        """Runs a magic and waits for it; what IPython shows of it. Any thread."""
        __tracebackhide__ = True
        loop = self._loop_for(magic)
        call = f"{magic} {line}"
        plan = MAGICS.plan(call if cell is None else f"{call}\n{cell}")
        if cell is not None:
            text, line_offset = self._cells.find(call, plan.body.text)
            plan = plan._replace(body=Body(plan.body.text, line_offset))
            self.runner.remember(self._cells.name, text)
        parent = self._streams.parent()
        origin = Origin(self._cells.name, parent, self._streams.sink(parent))
        waiting = WaitingThread(self.runner.interrupt)
        host = ExtensionHost(self._shell, MAGICS, waiting, self.runner, origin)
        self._streams.begin()
        try:
            with self._answering(parent, waiting):
                outcome = waiting.wait(
                    lambda: asyncio.run_coroutine_threadsafe(self.runner.run(host.run(plan)), loop)
                )
        except KeyboardInterrupt as error:
            outcome = Outcome(error=make_report(error, {}))
        finally:
            self._streams.end()
            self._offer()
        return self._shown(outcome, host.error)

    def close(self) -> None:
        """Disposes the isolates. IPython has its own magics again."""
        if os.getpid() == self._process:
            self._undo.close()

    def _open(self) -> None:
        undo, shell = self._undo, self._shell
        undo.callback(self._streams.close)
        undo.callback(self._withdraw)
        undo.callback(self.runner.close)
        atexit.register(self.close)
        undo.callback(atexit.unregister, self.close)
        for event, function in (("pre_run_cell", self._begin_cell), ("post_execute", self._streams.end)):
            shell.events.register(event, function)
            undo.callback(shell.events.unregister, event, function)
        shell.configurables.append(self._configuration)
        undo.callback(shell.configurables.remove, self._configuration)
        for magic in MAGICS:
            undo.callback(self._register(magic))
        completer = getattr(shell, "Completer", None)
        if completer is not None:
            completer.custom_matchers.append(self._match)
            undo.callback(completer.custom_matchers.remove, self._match)
        self._offer()

    def _register(self, magic: Magic) -> Callable[[], None]:
        """What is returned takes it back."""
        other = self._shell.find_magic(magic.name, magic.kind)
        if other is None:
            function = function_of(magic, self.run)
        else:
            self._matcher.shared.add((magic.kind, magic.name))
            function = shared_function_of(magic, self.run, self._shell, other, self._means_isolates)
        self._shell.register_magic_function(function, magic.kind, magic.name)
        known = self._shell.magics_manager.magics[magic.kind]

        def take_back() -> None:
            if known.get(magic.name) is function:
                del known[magic.name]
                if other is not None:
                    known[magic.name] = other

        return take_back

    def _shown(self, outcome: Outcome, error: BaseException | None) -> object:
        """What the magic returns for IPython to show. Raises what the cell has raised."""
        __tracebackhide__ = True
        if outcome.error is None:
            result: object = outcome.result
            return CellValue(result) if isinstance(result, Bundle) else result
        if isinstance(error, UsageError):
            # IPython knows exactly this class.
            raise UsageError(str(error)) from None
        if isinstance(error, PythonError) and error.error is not None:
            raise error.error from None
        if isinstance(error, ReportedError) and error.error is not None:
            error = error.error
        if error is None or outcome.error.ename == KeyboardInterrupt.__name__:
            error = KeyboardInterrupt(outcome.error.evalue)
        has_colours = str(self._shell.colors).lower() != "nocolor"
        raise with_report(error, outcome.error, has_colours) from None

    def _means_isolates(self, word: str) -> bool:
        # Plain cells' isolate is made by its first use.
        living = [*self.runner.isolates.names(), self.runner.settings.isolate]
        with contextlib.suppress(UsageError):
            return set(Targets(word).names(living)) <= set(living)
        return False

    def _loop_for(self, magic: Magic) -> asyncio.AbstractEventLoop:
        if os.getpid() != self._process:
            raise UsageError(f"{magic}: this process is a fork, and isolates stay in the one that made them")
        loop = background_loop()
        with contextlib.suppress(RuntimeError):
            if asyncio.get_running_loop() is loop:
                raise UsageError(
                    f"{magic}: a coroutine that JavaScript has called can't wait for a magic; "
                    "await manager['a'].eval(code) there"
                )
        return loop

    def _begin_cell(self, info: Any) -> None:
        self._cells.begin(info)
        self._offer()

    def _offer(self) -> None:
        offer(self._shell.user_ns, self._shell.user_ns_hidden, self.runner.isolates)

    def _withdraw(self) -> None:
        names, hidden = self._shell.user_ns, self._shell.user_ns_hidden
        for name, value in list(names.items()):
            is_ours = value is self.runner.isolates or isinstance(value, IsolateVariables)
            if is_ours and hidden.get(name) is value:
                del names[name], hidden[name]

    def _python_origin(self) -> Origin:
        """For what Python evaluates in isolates."""
        self._streams.begin()
        parent = self._streams.parent()
        return Origin("Python", parent, self._streams.sink(parent))

    @contextlib.contextmanager
    def _answering(self, parent: Message, waiting: WaitingThread) -> Iterator[None]:
        """While that cell's code may ask the user."""
        before = self._asking.get(id(parent))
        self._asking[id(parent)] = waiting
        try:
            yield
        finally:
            if before is None:
                del self._asking[id(parent)]
            else:
                self._asking[id(parent)] = before

    def _ask(self, origin: Origin | None, question: str) -> str | None:
        """The answer to JavaScript on any thread: the cell's own thread asks. None for the end of input."""
        waiting = None if origin is None else self._asking.get(id(origin.parent))
        if waiting is None:
            raise CannotAskError("nobody can be asked: no magic waits for this code")

        def answer() -> str | None:
            self._streams.end()
            try:
                return input(well_formed(question))
            except EOFError:
                return None

        try:
            future = waiting.call(answer)
            while not waiting.is_over:
                with contextlib.suppress(concurrent.futures.TimeoutError):
                    return future.result(_LOOK_S)
        except StdinNotImplementedError as error:
            raise CannotAskError(f"nobody can be asked: {error}") from None
        except (NobodyWaitsError, asyncio.CancelledError):
            pass
        raise InterruptedError("the cell has ended while the user was asked")

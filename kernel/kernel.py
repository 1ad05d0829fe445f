"""The kernel: cells are JavaScript in isolates; comms, widgets and history are ipykernel's."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import _GeneratorContextManager, nullcontext
from contextvars import ContextVar
from functools import partial
from itertools import count as numbers
from types import FrameType
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from tornado.platform.asyncio import BaseAsyncIOLoop
from traitlets import Float, Type, default

from isolates import __version__, _native
from isolates.kernel.aborting import FailedRun
from isolates.kernel.accounting import CellMeter, Usage
from isolates.kernel.cell_cursor import CellCursor
from isolates.kernel.completeness import completeness
from isolates.kernel.completion import Completer
from isolates.kernel.configuration import Configuration
from isolates.kernel.counts import CellCounts
from isolates.kernel.display import text_bundle
from isolates.kernel.history import HistorySaver, history_entries
from isolates.kernel.info import BANNER, HELP_LINKS, LANGUAGE
from isolates.kernel.inspection import Inspector
from isolates.kernel.introspection import Introspection
from isolates.kernel.iopub import IOPubQueue
from isolates.kernel.magics import MAGICS, CellHost
from isolates.kernel.origin import Origin, RequestSink
from isolates.kernel.output import Message, Output
from isolates.kernel.publication import Publication
from isolates.kernel.python_calls import PythonCalls
from isolates.kernel.python_cells import INTERRUPTED, MainThread, PythonShell, is_python, offer, python_of
from isolates.kernel.python_editing import complete_python, inspect_python
from isolates.kernel.questions import QuestionsKernel
from isolates.kernel.report import make_report
from isolates.kernel.runner import CellRunner, Outcome
from isolates.kernel.stdin import Stdin
from isolates.magics.cell import Cell, split_cell

# How long a cell of Python has to end before everything else is stopped too.
_PATIENCE_S = 0.09

_meter: ContextVar[CellMeter] = ContextVar("meter")


class IsolateKernel(Configuration, QuestionsKernel, IPythonKernel):
    """The messages of the shell and control channels; what cells do is the runner's.

    The control thread interrupts and shuts down; all else happens on a thread of a shell.
    """

    implementation = "isolates"
    implementation_version = __version__
    language_info = LANGUAGE
    banner = BANNER

    shell_class = Type(PythonShell)

    # ipykernel has it for the same purpose, but gives it up where there are subshells.
    stop_on_error_timeout = Float(
        0.1,
        help="Seconds between two cells that a notebook sends: if it takes less, and the first one fails, "
        "the second is of the same run of many and is not run.",
    ).tag(config=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.help_links = list(HELP_LINKS)
        self._is_warm = False
        assert self.session is not None
        self._messages = self.session
        app: Any = self.parent
        self._sends: IOPubQueue = app.iopub_queue
        self._output = Output(self._messages, self.iopub_thread)
        shell: Any = self.shell
        self._saver = HistorySaver(shell.history_manager)
        self._newest_cell: Message = {}
        self._failed_run = FailedRun()
        self._counts = CellCounts(shell)
        self._unnumbered = numbers(1)
        calls = PythonCalls(shell, self._python_parent)
        self._stdin = Stdin(self)
        self.runner = CellRunner(
            self.log, self._python_origin, calls, self._stdin.ask_for, self._output.release
        )
        introspection = Introspection(self.runner)
        self._completer = Completer(MAGICS, self.runner, introspection, self._python_variables)
        self._inspector = Inspector(MAGICS, self.runner, introspection)
        self.apply_to(self.runner)
        self._main_thread = MainThread()
        shell.main_thread = self._main_thread
        shell.configurables.append(self)  # for %config in Python
        for kind in ("comm_open", "comm_msg", "comm_close"):
            self.shell_handlers[kind] = self._stoppable(self.shell_handlers[kind])

    def _stoppable(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler of a message that calls Python of the user's."""

        def handle(*message: Any) -> Any:
            with self._main_thread.running():
                return handler(*message)

        return handle

    def _python_parent(self) -> Message:
        """The cell that Python runs for on this thread; on the engine's, the newest one."""
        is_control = threading.current_thread() is self.control_thread
        parent: Message = self.get_parent("control") if is_control else self._shell_parent.get({})
        return parent or self._newest_cell

    def _python_origin(self) -> Origin:
        parent = self._python_parent()
        return Origin("Python", parent, RequestSink(self._output, parent))

    def _python_variables(self) -> list[str]:
        shell = self.shell
        hidden = shell.user_ns_hidden if shell is not None else {}
        names = shell.user_ns if shell is not None else {}
        return sorted(name for name in names if name not in hidden and not name.startswith("_"))

    @default("_execute_sleep")
    def _default_execute_sleep(self) -> float:
        # ipykernel sleeps before each reply, lest output come after it; frontends wait for "idle" instead.
        return 0.0

    @property
    def kernel_info(self) -> dict[str, Any]:
        info: dict[str, Any] = dict(super().kernel_info)
        # ipykernel's debugger is for Python.
        info["supported_features"] = [name for name in info["supported_features"] if name != "debugger"]
        return info

    @property
    def execution_count(self) -> int:
        # The base class publishes it with a cell's text, before do_execute.
        return self._counts.next

    @execution_count.setter
    def execution_count(self, value: int) -> None:
        pass  # The base class counts up, as its own base does.

    async def do_debug_request(self, msg: dict[str, Any]) -> dict[str, Any]:
        answer = {"type": "response", "request_seq": msg.get("seq", 0), "command": msg.get("command", "")}
        return {**answer, "success": False, "message": "this kernel has no debugger", "body": {}}

    async def kernel_info_request(self, *message: Any) -> None:
        await super().kernel_info_request(*message)
        # Not before: the first question of every client is whether the kernel is there.
        if not self._is_warm:
            self._is_warm = True
            self.io_loop.add_callback(self.runner.warm_up)

    def _publish_status(self, status: str, channel: str, parent: Message | None = None) -> None:
        if status == "busy" and channel == "shell" and self._starts_javascript():
            # Until the loop has handed the cell to its isolate.
            self._sends.hold_for(turns=2)
        super()._publish_status(status, channel, parent)
        if status == "idle":
            self._output.idle()
            if threading.current_thread() is threading.main_thread():
                self._sends.release()

    def _starts_javascript(self) -> bool:
        """Whether the message is a cell that surely leaves this thread alone while it runs."""
        if threading.current_thread() is not threading.main_thread():
            return False
        request = self.get_parent()
        if request["header"]["msg_type"] != "execute_request":
            return False
        try:
            magics, _ = split_cell(request["content"]["code"])
        except Exception:
            return False  # The base class tells of it.
        return not magics

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        super()._abort_queues(subshell_id)
        if subshell_id is None:
            self._failed_run.begin(self.get_parent(), self.stop_on_error_timeout)

    def should_handle(self, stream: Any, msg: Message, idents: list[bytes]) -> bool:
        if msg["header"]["msg_type"] == "execute_request" and self._failed_run.has(msg):
            self._send_abort_reply(stream, msg, idents)
            return False
        return bool(super().should_handle(stream, msg, idents))

    def _send_abort_reply(self, stream: Any, msg: Message, idents: list[bytes]) -> None:
        self._failed_run.add(msg)
        super()._send_abort_reply(stream, msg, idents)

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: object = None,
        cell_id: object = None,
    ) -> dict[str, Any]:
        shell: Any = self.shell
        self._newest_cell = self.get_parent()
        meter = CellMeter()
        _meter.set(meter)
        if is_python(code):
            options = {
                "silent": silent,
                "store_history": store_history,
                "user_expressions": user_expressions,
                "allow_stdin": allow_stdin,
                "cell_meta": cell_meta,
                "cell_id": cell_id,
            }
            return await self._run_python(code, options)
        parent: Message | None = None if silent else self.get_parent()
        is_stored = store_history and not silent
        with self._counts.taken() if is_stored else nullcontext(self._counts.next) as count:
            # The next cell gets the number of one that is not stored, and errors must not show its lines.
            name = f"In [{count}]" if is_stored else f"<cell {next(self._unnumbered)}>"
            origin = Origin(name, parent, RequestSink(self._output, parent))
            self.runner.remember(name, code)
            if is_stored:
                shell.history_manager.store_inputs(count, code)
            host = CellHost(shell, self._main_thread, self.runner, origin, meter.usage)
            ident = self._get_shell_context_var(self._shell_parent_ident)
            with self._stdin.open_for(parent, allow_stdin, ident):
                outcome = await self.runner.run(self._run_cell(host, code))
            if is_stored:
                if outcome.result is not None:
                    shell.history_manager.output_hist_reprs[count] = outcome.result.text
                    shell.history_manager.store_output(count)
                self._saver.save_soon()
        return await self._reply(outcome, count, origin, user_expressions or {})

    async def _reply(
        self, outcome: Outcome, count: int, origin: Origin, user_expressions: dict[str, str]
    ) -> dict[str, Any]:
        """Sends what came of a cell; the content of its execute_reply."""
        shell: Any = self.shell
        payload = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        reply: dict[str, Any] = {"execution_count": count, "payload": payload, "user_expressions": {}}
        if not user_expressions and threading.current_thread() is threading.main_thread():
            self._sends.hold_for(turns=1)  # until "idle"
        if outcome.error is not None:
            content = outcome.error.content()
            origin.sink.publish(Publication("error", content))
            self._output.flush()
            return {"status": "error", **content, **reply}
        if outcome.result is not None:
            result = {
                "execution_count": count,
                "data": outcome.result.data,
                "metadata": outcome.result.metadata,
            }
            origin.sink.publish(Publication("execute_result", result))
        self._output.flush()
        for name, expression in user_expressions.items():
            reply["user_expressions"][name] = await self._user_expression(expression, origin.name)
        return {"status": "ok", **reply}

    async def _run_cell(self, host: CellHost, code: str) -> Any:
        asked = await self._inspector.asked(code)
        if asked is None:
            return await host.run(code)
        host.page(asked)
        return None

    def finish_metadata(
        self, parent: Message, metadata: dict[str, Any], reply_content: dict[str, Any]
    ) -> dict[str, Any]:
        finished: dict[str, Any] = super().finish_metadata(parent, metadata, reply_content)
        # In the task that has awaited do_execute; nowhere if the cell has not run.
        meter = None if reply_content["status"] == "aborted" else _meter.get(None)
        return finished | vars(Usage() if meter is None else meter.read())

    async def _user_expression(self, expression: str, filename: str) -> dict[str, Any]:
        origin = Origin(f"{filename} expression", None, RequestSink(self._output, None))
        work = self.runner.evaluate(Cell(expression, 0, *self.runner.settings.current), origin)
        outcome = await self.runner.run(work)
        if outcome.error is not None:
            return {"status": "error", **outcome.error.content()}
        result = outcome.result or text_bundle("undefined")
        return {"status": "ok", "data": result.data, "metadata": result.metadata}

    def _offer_while_editing(self) -> None:
        """On the main thread, where no code of Python can be looking at its names meanwhile."""
        assert isinstance(self.shell, PythonShell)
        if threading.current_thread() is threading.main_thread():
            offer(self.shell.user_ns, self.shell.user_ns_hidden, self.runner.isolates)

    async def _run_python(self, code: str, options: dict[str, Any]) -> dict[str, Any]:
        """A cell of Python: ipykernel runs it."""
        assert isinstance(self.shell, PythonShell)
        offer(self.shell.user_ns, self.shell.user_ns_hidden, self.runner.isolates)
        reply: dict[str, Any]
        try:
            with self._main_thread.running():
                self.shell.execution_count = self._counts.next
                reply = await super().do_execute(code, **options)
        except KeyboardInterrupt as error:
            # It came when the user's code had ended.
            report = make_report(error, {})
            self._output.publish(self.get_parent(), Publication("error", report.content()))
            rest = {"execution_count": self.shell.execution_count - 1, "payload": [], "user_expressions": {}}
            reply = {"status": "error", **report.content(), **rest}
        if reply.get("ename") == "CancelledError" and self._main_thread.was_interrupted:
            reply |= make_report(KeyboardInterrupt(INTERRUPTED), {}).content()
        _native._set_mark(0)  # Session.enter_sync has set it
        self._output.flush()
        return reply

    def _input_request(self, prompt: str, ident: Any, parent: Message, password: bool = False) -> str:
        # Python's input() and getpass(), taking turns with JavaScript.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return self._stdin.ask(prompt, ident, parent, password)

    def _cancel_on_sigint(self, future: asyncio.Task[Any]) -> _GeneratorContextManager[Any, None, None]:
        # ipykernel's own handler could not stop what doesn't await.
        return self._main_thread.stopping(future)

    async def interrupt_request(self, stream: Any, ident: Any, parent: Message) -> None:
        ended = self._main_thread.interrupt()
        if ended is not None:
            # The handler of the signal does the rest, unless the main thread is somewhere in C.
            await asyncio.wait({asyncio.wrap_future(ended)}, timeout=_PATIENCE_S)
            if not ended.done():
                # Maybe it waits for a program.
                self._main_thread.signal_children(self._send_interrupt_children)
        self.runner.interrupt()
        self._messages.send(stream, "interrupt_reply", {"status": "ok"}, parent, ident=ident)

    def pre_handler_hook(self) -> None:
        # For a SIGINT from a terminal, or from a client that sends no interrupt_request. Python's own handler
        # would raise in the kernel's event loop.
        self.saved_sigint_handler = signal.signal(signal.SIGINT, self._handle_sigint)

    def _handle_sigint(self, number: int, frame: FrameType | None) -> None:
        try:
            self._main_thread.handle()
        except KeyboardInterrupt:
            # What Python waits for is stopped by the exception; the rest when Python has ended.
            assert isinstance(self.io_loop, BaseAsyncIOLoop)
            self.io_loop.asyncio_loop.call_soon_threadsafe(self.runner.interrupt)
            raise
        self.runner.interrupt()

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        self._main_thread.interrupt()  # the loop that is to end waits for a cell of Python
        self.runner.close()
        if self.shell is not None:
            self.shell.exit_now = True
        return {"status": "ok", "restart": restart}

    async def do_is_complete(self, code: str) -> dict[str, str]:
        if is_python(code):
            python: dict[str, str] = super().do_is_complete(python_of(code))
            return python
        return await completeness(self.runner.modules.tools, code)

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        cursor = CellCursor(MAGICS, code, cursor_pos, self.runner.settings.current)
        if is_python(code) and not cursor.is_in_magic:
            self._offer_while_editing()
            return complete_python(super().do_complete, code, cursor_pos)
        return await self._completer.complete(code, cursor_pos)

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        cursor = CellCursor(MAGICS, code, cursor_pos, self.runner.settings.current)
        if is_python(code) and not cursor.is_in_magic:
            self._offer_while_editing()
            options = {"detail_level": detail_level, "omit_sections": omit_sections}
            return inspect_python(partial(super().do_inspect, **options), code, cursor_pos)
        return await self._inspector.inspect(code, cursor_pos, detail_level)

    async def do_history(
        self,
        hist_access_type: str,
        output: bool,
        raw: bool,
        session: int | None = 0,
        start: int | None = 0,
        stop: int | None = None,
        n: int | None = None,
        pattern: str | None = None,
        unique: bool = False,
    ) -> dict[str, Any]:
        shell: Any = self.shell
        options = {"session": session, "start": start, "stop": stop, "n": n, "pattern": pattern}
        manager = shell.history_manager
        found = history_entries(manager, hist_access_type, output=output, raw=raw, unique=unique, **options)
        return {"status": "ok", "history": found}

"""The kernel: cells are JavaScript in isolates; comms, widgets and history are ipykernel's."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import signal
from importlib.metadata import version
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from tornado.platform.asyncio import BaseAsyncIOLoop

from isolates._native import V8_VERSION
from isolates.kernel.completeness import completeness
from isolates.kernel.magics import CellHost
from isolates.kernel.output import Message, Output
from isolates.kernel.runner import CellRunner
from isolates.magics.cell import MAIN, Cell


class IsolateKernel(IPythonKernel):
    """The messages of the shell and control channels; what cells do is the runner's.

    The control thread interrupts and shuts down; all else happens on a thread of a shell.
    """

    implementation = "isolates"
    implementation_version = version("isolates")
    language_info = {  # noqa: RUF012 - the base class declares it so.
        "name": "javascript",
        "version": V8_VERSION,
        "mimetype": "text/javascript",
        "file_extension": ".js",
        "codemirror_mode": "javascript",
        "pygments_lexer": "javascript",
        "nbconvert_exporter": "script",
    }
    banner = (
        f"isolates {implementation_version}: JavaScript on V8 {V8_VERSION}. "
        "A cell that starts with %%isolate NAME runs in an isolate of its own."
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.help_links = [
            {"text": "JavaScript", "url": "https://developer.mozilla.org/docs/Web/JavaScript"},
            {"text": "isolated-vm", "url": "https://github.com/laverdet/isolated-vm"},
        ]
        assert self.session is not None
        self._messages = self.session
        self._output = Output(self._messages, self.iopub_thread)
        self.runner = CellRunner(self._output, self.log)

    @property
    def kernel_info(self) -> dict[str, Any]:
        info: dict[str, Any] = dict(super().kernel_info)
        # ipykernel's debugger is for Python.
        info["supported_features"] = [name for name in info["supported_features"] if name != "debugger"]
        return info

    def start(self) -> None:
        super().start()
        assert isinstance(self.io_loop, BaseAsyncIOLoop)
        self.runner.loop = self.io_loop.asyncio_loop
        self.io_loop.add_callback(self.runner.warm_up)

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
        assert self.shell is not None
        history = self.shell.history_manager
        count: int = self.shell.execution_count
        filename = f"In [{count}]"
        parent: Message | None = None if silent else self.get_parent("shell")
        is_stored = store_history and not silent
        if is_stored:
            history.store_inputs(count, code)
        self.runner.remember(filename, code)
        host = CellHost(self.shell, self.runner, self._output, filename, parent)
        outcome = await self.runner.run(host.run(code))
        if is_stored:
            if outcome.text is not None:
                history.output_hist_reprs[count] = outcome.text
                history.store_output(count)
            self.shell.execution_count += 1
        payload = self.shell.payload_manager.read_payload()
        self.shell.payload_manager.clear_payload()
        reply: dict[str, Any] = {"execution_count": count, "payload": payload, "user_expressions": {}}
        if outcome.error is not None:
            content = outcome.error.content()
            self._output.send(parent, "error", content)
            self._output.flush()
            return {"status": "error", **content, **reply}
        if outcome.text is not None:
            result = {"execution_count": count, "data": {"text/plain": outcome.text}, "metadata": {}}
            self._output.send(parent, "execute_result", result)
        self._output.flush()
        for name, expression in (user_expressions or {}).items():
            reply["user_expressions"][name] = await self._user_expression(expression, filename)
        return {"status": "ok", **reply}

    async def _user_expression(self, expression: str, filename: str) -> dict[str, Any]:
        work = self.runner.evaluate(Cell(expression), f"{filename} expression", None)
        outcome = await self.runner.run(work)
        if outcome.error is not None:
            return {"status": "error", **outcome.error.content()}
        text = outcome.text if outcome.text is not None else "undefined"
        return {"status": "ok", "data": {"text/plain": text}, "metadata": {}}

    async def interrupt_request(self, stream: Any, ident: Any, parent: Message) -> None:
        self.runner.interrupt()
        self._messages.send(stream, "interrupt_reply", {"status": "ok"}, parent, ident=ident)

    def pre_handler_hook(self) -> None:
        # For a SIGINT from a terminal, or from a client that sends no interrupt_request. Python's own handler
        # would raise in the kernel's event loop.
        self.saved_sigint_handler = signal.signal(
            signal.SIGINT, lambda number, frame: self.runner.interrupt()
        )

    async def do_shutdown(self, restart: bool) -> dict[str, Any]:
        self.runner.close()
        if self.shell is not None:
            self.shell.exit_now = True
        return {"status": "ok", "restart": restart}

    async def do_is_complete(self, code: str) -> dict[str, str]:
        return await completeness(self.runner.isolates.isolate(MAIN).isolate, code)

    async def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:
        return {
            "status": "ok",
            "matches": [],
            "cursor_start": cursor_pos,
            "cursor_end": cursor_pos,
            "metadata": {},
        }

    async def do_inspect(
        self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()
    ) -> dict[str, Any]:
        return {"status": "ok", "found": False, "data": {}, "metadata": {}}

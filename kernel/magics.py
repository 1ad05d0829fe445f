"""The magics of this kernel, and what it does for them while a cell runs."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from IPython import get_ipython

from isolates import IsolatesError
from isolates.kernel.accounting import Usage
from isolates.kernel.display import Bundle
from isolates.kernel.exit import EXITS, exit_word
from isolates.kernel.host import RunnerHost
from isolates.kernel.origin import Origin
from isolates.kernel.python_cells import MainThread, PythonShell, offer
from isolates.kernel.python_magics import PYTHON
from isolates.kernel.runner import CellRunner
from isolates.magics.cell import MagicLine
from isolates.magics.listing import LSMAGIC, QUICKREF
from isolates.magics.magic import Registry
from isolates.magics.shared import SHARED
from isolates.widgets.magics import WIDGETS


def _hint(line: MagicLine) -> str | None:
    shell = get_ipython()
    if shell is None or shell.find_magic(line.name, "cell" if line.is_cell else "line") is None:
        return None
    how = f"a line %%python above {line}" if line.is_cell else f"%python {line} ..."
    return f"IPython has it: {how} calls that one."


MAGICS = Registry([*SHARED, *WIDGETS, *PYTHON, *EXITS, LSMAGIC, QUICKREF], _hint)

# How long `exit` waits to hear whether it is a variable.
_PATIENCE_S = 1.0


class CellHost(RunnerHost):
    """The host of one cell's magics (isolates.magics.magic.Host)."""

    registry = MAGICS

    def __init__(
        self,
        shell: PythonShell,
        main_thread: MainThread,
        runner: CellRunner,
        origin: Origin,
        usage: Usage,
    ) -> None:
        """`shell` keeps Python's variables and the payloads of the reply. `usage` is added to."""
        super().__init__(runner, origin, usage)
        self._shell = shell
        self._main_thread = main_thread

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    def shown(self, value: object) -> object:
        formatter = self._shell.display_formatter
        if value is None or formatter is None:
            return None
        data, metadata = formatter.format(value)
        # Empty if it has shown itself, as widgets do.
        return Bundle(data, metadata) if data else None

    async def python(self, expression: str) -> object:
        self._offer()
        with self._main_thread.running():
            try:
                return self._shell.value_of(expression)
            except KeyboardInterrupt:
                # A task that raises it would end the event loop.
                raise asyncio.CancelledError from None

    async def run_python(self, code: str) -> None:
        """Runs a line of Python and shows its value. Raises ReportedError."""
        self._offer()
        with self._main_thread.running():
            await self._shell.run_line(code, silent=self._origin.parent is None)

    def _offer(self) -> None:
        offer(self._shell.user_ns, self._shell.user_ns_hidden, self.manager)

    async def _has_variable(self, name: str) -> bool:
        """Whether plain cells have it. While something keeps them from running: no."""
        isolate, context = self.settings.current
        look = asyncio.to_thread(self.manager[isolate].context(context).__contains__, name)
        try:
            return await asyncio.wait_for(look, _PATIENCE_S)
        except (TimeoutError, IsolatesError):
            return False

    def page(self, text: str) -> None:
        data = {"text/plain": text}
        assert self._shell.payload_manager is not None
        self._shell.payload_manager.write_payload({"source": "page", "data": data, "start": 0})

    def exit(self, keep_kernel: bool = False) -> None:
        """Asks the frontend to leave, and the kernel to end with the reply on its way."""
        shell: Any = self._shell
        shell.keepkernel_on_exit = keep_kernel
        shell.ask_exit()

    async def run(self, code: str) -> Any:
        """Runs a whole cell, magics and all; what CellRunner.evaluate returned, or None."""
        word = exit_word(code)
        if word is not None and not await self._has_variable(word):
            self.exit()
            return None
        return await self.registry.plan(code).run(self)

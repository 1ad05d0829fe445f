"""What the magics of one cell may ask in any IPython."""

# mypy: no-disallow-untyped-calls
# IPython's functions are half typed.

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from IPython.core import page

from isolates.kernel.accounting import Usage
from isolates.kernel.extension.waiting import NobodyWaitsError, WaitingThread
from isolates.kernel.host import RunnerHost
from isolates.kernel.origin import Origin
from isolates.kernel.report import ReportedError, make_report
from isolates.kernel.runner import CellRunner
from isolates.magics.magic import Plan, Registry


class PythonError(ReportedError):
    """Python of the user's, run for a magic, has raised the error."""


class ExtensionHost(RunnerHost):
    """The host of one magic (isolates.magics.magic.Host), while a thread of IPython's waits for it."""

    def __init__(
        self, shell: Any, registry: Registry, waiting: WaitingThread, runner: CellRunner, origin: Origin
    ) -> None:
        super().__init__(runner, origin, Usage())
        self.registry = registry
        self._shell = shell
        self._waiting = waiting
        self.error: BaseException | None = None
        """What `run` has raised."""

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    async def python(self, expression: str) -> object:
        def evaluate() -> object:
            __tracebackhide__ = True
            try:
                return self._shell.ev(expression)
            except Exception as error:
                raise PythonError(make_report(error, {}), error) from None

        return await self._waiting.call_soon(evaluate)

    def shown(self, value: object) -> object:
        return value

    def page(self, text: str) -> None:
        try:
            self._waiting.call(lambda: page.page(text))
        except NobodyWaitsError:
            self.write(text)

    async def run(self, plan: Plan) -> Any:
        """The magic's result; what it raises is remembered."""
        try:
            if self._waiting.was_interrupted:
                # There was no task yet that the interrupt could have ended.
                raise asyncio.CancelledError
            return await plan.run(self)
        except BaseException as error:
            self.error = error
            raise

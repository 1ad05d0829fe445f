"""What the magics of one cell get from a CellRunner, in this kernel and in any IPython."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from IPython.core.error import UsageError

from isolates import ExternalCopy, Isolate, JSError, _native
from isolates.kernel.accounting import Usage
from isolates.kernel.display import Bundle
from isolates.kernel.many import CellJob
from isolates.kernel.modules.listing import found_module, loaded_modules
from isolates.kernel.modules.states import module_states
from isolates.kernel.origin import Origin
from isolates.kernel.publication import Publication
from isolates.kernel.runner import CellRunner
from isolates.kernel.session import Session
from isolates.magics.cell import MAIN, Cell, Place
from isolates.magics.jobs import Job, Wishes
from isolates.magics.manager import IsolateManager
from isolates.magics.module_row import ModuleRow
from isolates.magics.settings import Settings
from isolates.reading import LoadError


class RunnerHost:
    """The half of isolates.magics.magic.Host that does not depend on whose cell it is."""

    def __init__(self, runner: CellRunner, origin: Origin, usage: Usage) -> None:
        """`usage` is added to."""
        self._runner = runner
        self._origin = origin
        self._usage = usage

    @property
    def manager(self) -> IsolateManager[Session]:
        return self._runner.isolates

    @property
    def settings(self) -> Settings:
        return self._runner.settings

    async def evaluate(self, cell: Cell, name: str | None = None) -> object:
        origin = self._origin if name is None else self._origin._replace(name=name)
        return await self._runner.evaluate(cell, origin, self._usage)

    async def snapshot_script(self, source: str) -> str:
        try:
            told = await self._runner.modules.tools.ask("snapshotScript", {"source": source})
        except JSError:
            return source  # V8 has its own words for what is wrong.
        return str(told["script"])

    def start(self, cells: Sequence[Cell], wishes: Wishes) -> Job:
        work = CellJob(self._runner, cells, self._origin, wishes)
        if not wishes.is_background:
            work.job.add_done_callback(lambda _: self._usage.add(work.usage))
        return work.start()

    async def ask_parser(self, question: str, source: str) -> Mapping[str, Any]:
        return await asyncio.to_thread(self._runner.modules.tools.parse, question, source)

    def display(self, data: Mapping[str, str]) -> None:
        self._origin.sink.publish(Publication("display_data", Bundle(dict(data), {}).content()))

    def known_bytes(self, isolate: Isolate) -> int:
        return _native._known_bytes(isolate)

    async def modules(self, place: Place) -> list[ModuleRow]:
        session = await self.manager.context(self.manager.isolate(place.isolate), place.context)
        states = await module_states(session.modules)
        return await asyncio.to_thread(loaded_modules, session.modules, states)

    async def find_module(self, place: Place, name: str) -> ModuleRow:
        runner = self._runner
        # One that only looks, so that nothing is made for it.
        isolate = self.manager.isolate(MAIN).isolate
        settings = runner.settings
        may_import_files = settings.may_import_files(place.isolate)
        may_use_files = settings.may_use_files(place.isolate)
        looking = runner.modules.context(place.isolate, isolate, may_import_files, may_use_files)
        try:
            return await asyncio.to_thread(found_module, looking, name)
        except (LoadError, OSError) as error:
            raise UsageError(str(error)) from None

    async def track_heap(self, isolate: Isolate) -> int:
        return await _native._track_heap(isolate)

    async def heap_classes(self, isolate: Isolate, since: int) -> list[tuple[str, int, int]]:
        return await _native._heap_classes(isolate, since)

    def byte_counts(self, copy: ExternalCopy) -> tuple[int, int]:
        return _native._byte_counts(copy)

    def unshared(self, copy: ExternalCopy) -> ExternalCopy:
        return _native._unshared(copy)

    def write(self, text: str, stream: Literal["stdout", "stderr"] = "stdout") -> None:
        self._origin.sink.write(stream, text)

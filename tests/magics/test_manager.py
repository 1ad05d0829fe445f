"""Isolates and contexts by name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from IPython.core.error import UsageError

from isolates import Context, DisposedError, Isolate, TerminatedError
from isolates.magics.manager import IsolateManager, NamedIsolate


async def prepare(entry: NamedIsolate[Context], context: Context) -> Context:
    await context.eval("globalThis.prepared = (globalThis.prepared ?? 0) + 1")
    return context


@pytest.fixture
def manager() -> Iterator[IsolateManager[Context]]:
    manager = IsolateManager(prepare, {"main": 256})
    yield manager
    manager.close()


def test_a_name_is_one_isolate(manager: IsolateManager[Context]) -> None:
    first = manager.isolate("a")
    assert manager.isolate("a") is first
    assert manager.isolate("b") is not first
    assert sorted(manager.names()) == ["a", "b"]
    assert manager.get("c") is None


def test_limits_are_given_once(manager: IsolateManager[Context]) -> None:
    assert manager.isolate("a").memory_mb == 128
    assert manager.isolate("main").memory_mb == 256
    assert manager.isolate("b", 32).memory_mb == 32
    assert manager.isolate("b", 32).memory_mb == 32
    with pytest.raises(UsageError, match="--memory 64: the isolate 'b' already has a limit of 32 MB"):
        manager.isolate("b", 64)


def test_a_dead_isolate_is_replaced_with_its_limit(manager: IsolateManager[Context]) -> None:
    first = manager.isolate("a", 32)
    first.isolate.dispose()
    assert manager.names() == []
    second = manager.isolate("a")
    assert (second.generation, second.memory_mb) == (2, 32)
    second.isolate.dispose()
    assert manager.isolate("a", 64).memory_mb == 64


def test_an_interrupt_of_the_one_who_prepares_a_context_does_not_end_those_who_wait() -> None:
    times = 0

    async def prepare_late(entry: NamedIsolate[Context], context: Context) -> Context:
        nonlocal times
        times += 1
        if times == 1:
            entry.isolate.terminate()
            raise TerminatedError("Execution was terminated")
        return context

    interrupted = IsolateManager(prepare_late)
    try:
        entry = interrupted.isolate("a")
        assert isinstance(asyncio.run(interrupted.context(entry, "c")), Context)
        assert times == 2
    finally:
        interrupted.close()


class Hasty(IsolateManager[Context]):
    """Its contexts are prepared, or have failed, before anybody can wait for them."""

    def open(self, entry: NamedIsolate[Context], name: str) -> Future[Context]:
        opened = super().open(entry, name)
        opened.exception()
        return opened


def test_an_interrupt_before_anybody_waits_does_not_end_those_who_ask() -> None:
    times = 0

    async def prepare_late(entry: NamedIsolate[Context], context: Context) -> Context:
        nonlocal times
        times += 1
        if times == 1:
            raise TerminatedError("Execution was terminated")
        return context

    interrupted = Hasty(prepare_late)
    try:
        entry = interrupted.isolate("a")
        assert isinstance(asyncio.run(interrupted.context(entry, "c")), Context)
        assert times == 2
    finally:
        interrupted.close()


def test_a_context_is_prepared_once_however_many_wait(manager: IsolateManager[Context]) -> None:
    async def many() -> list[Context]:
        entry = manager.isolate("a")
        return await asyncio.gather(*(manager.context(entry, "c") for _ in range(5)))

    contexts = asyncio.run(many())
    assert all(context is contexts[0] for context in contexts)
    assert contexts[0].eval_sync("prepared") == 1


def test_a_context_that_could_not_be_prepared_is_tried_again() -> None:
    attempts: list[str] = []

    async def fail_once(entry: NamedIsolate[Context], context: Context) -> Context:
        attempts.append(entry.name)
        if len(attempts) == 1:
            raise ValueError("not yet")
        return context

    manager = IsolateManager(fail_once)
    entry = manager.isolate("a")
    with pytest.raises(ValueError, match="not yet"):
        asyncio.run(manager.context(entry, "c"))
    assert asyncio.run(manager.context(entry, "c")).eval_sync("1 + 1") == 2
    manager.close()


def test_close_disposes_all_for_good(manager: IsolateManager[Context]) -> None:
    isolates: list[Isolate] = [manager.isolate(name).isolate for name in "abc"]
    manager.close()
    assert all(isolate.is_disposed for isolate in isolates)
    with pytest.raises(RuntimeError, match="disposed"):
        manager.isolate("a")
    with pytest.raises(DisposedError):
        isolates[0].create_context_sync()


def test_interrupt_loses_nothing(manager: IsolateManager[Context]) -> None:
    entry = manager.isolate("a")
    context = asyncio.run(manager.context(entry, "c"))
    manager.interrupt()
    assert context.eval_sync("prepared") == 1

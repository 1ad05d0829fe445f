"""How far the modules of a context have come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from isolates import JSError, _native
from isolates.kernel.modules.context_modules import ContextModules
from isolates.kernel.modules.failures import first_line

# What a user does not feel as waiting.
_PATIENCE_S = 0.1


async def module_states(modules: ContextModules) -> dict[str, str]:
    """By key: loaded, loading, not run, failed and with which error; busy if the isolate can't be asked now.

    A module may have been loaded and not run: one before it has failed.
    """
    states = modules.states()
    states |= {key: f"failed: {line}" for key, line in modules.failures.items().items()}
    read = modules.graph.keys()
    required = [key for key in read if key not in states]
    asked = {key: _ask(_native._has_evaluated(module)) for key, module in modules.loaded().items()}
    cached = _ask(modules.cached(required)) if required else None
    waiting = [*asked.values(), *([] if cached is None else [cached])]
    if waiting:
        await asyncio.wait(waiting, timeout=_PATIENCE_S)
    for one in waiting:
        one.cancel()  # it would lie in the queue of a busy isolate
    states |= {key: _evaluated(answer) for key, answer in asked.items()}
    if cached is not None:
        states |= _required(required, cached)
    return states


def _ask(question: Any) -> asyncio.Future[Any]:
    return asyncio.wrap_future(question)


def _evaluated(answer: asyncio.Future[bool]) -> str:
    if not answer.done() or answer.cancelled():
        return "busy"
    error = answer.exception()
    if error is not None:
        return f"failed: {first_line(error)}" if isinstance(error, JSError) else "busy"
    return "loaded" if answer.result() else "not run"


def _required(keys: Iterable[str], cached: asyncio.Future[list[str]]) -> dict[str, str]:
    """Of what require() has read: what throws is taken out of its cache, as in Node."""
    if not cached.done() or cached.cancelled() or cached.exception() is not None:
        return dict.fromkeys(keys, "busy")
    there = set(cached.result())
    return {key: "loaded" if key in there else "failed" for key in keys}

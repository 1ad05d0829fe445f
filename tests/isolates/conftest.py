"""Each test has a deadline and leaves nothing behind: no isolate, no thread, no handle."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates import _native

HERE = Path(__file__).parent
DEADLINE_S = 30.0
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)

FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE not in item.path.parents:
            continue
        if item.get_closest_marker("timeout") is None:
            # By a thread, which ends the process: a call that hangs in native code hears no signal.
            item.add_marker(pytest.mark.timeout(DEADLINE_S, method="thread"))
        # A forgotten isolate fails the test that forgot it.
        item.add_marker(pytest.mark.filterwarnings("error::ResourceWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def has_failed(request: pytest.FixtureRequest) -> bool:
    """A failed test's traceback keeps its objects alive, which is no second failure."""
    failed: bool = request.node.stash.get(FAILED, True)
    return failed


def wait_until(is_true: Callable[[], bool], what: str, deadline_s: float = 5.0) -> None:
    """For what other threads do after a test's last call, such as to free an isolate."""
    if is_true():
        return
    gc.collect()
    end = time.monotonic() + deadline_s
    while not is_true():
        assert time.monotonic() < end, what
        time.sleep(0.001)


@pytest.fixture(name="wait_until")
def give_wait_until() -> Callable[..., None]:
    return wait_until


def python_threads() -> set[threading.Thread]:
    """Without those that `threading` makes up for the pool's threads when they run Python code, and without
    the one of the background loop, which stays."""
    made_up = {thread for thread in threading.enumerate() if isinstance(thread, threading._DummyThread)}
    return {thread for thread in threading.enumerate() if thread.name != "isolates-asyncio"} - made_up


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    isolates_before = _native._live_isolates()
    threads_before = python_threads()
    yield
    if has_failed(request):
        return
    wait_until(lambda: _native._live_isolates() <= isolates_before, "an isolate was left")
    wait_until(lambda: _native._pool_threads() <= CORES + 1, "threads of the pool were left")
    wait_until(lambda: python_threads() <= threads_before, "a Python thread was left")


@pytest.fixture
def isolate(request: pytest.FixtureRequest) -> Iterator[isolates.Isolate]:
    """An isolate for one test. What the test got out of it must be gone when the test is over."""
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate
        if not has_failed(request) and not isolate.is_disposed:
            if isolate.reference_count:
                isolate.collect_garbage_sync()  # those that its own JavaScript has held
            wait_until(lambda: isolate.reference_count == 0, "a handle was left")


@pytest.fixture
def context(isolate: isolates.Isolate) -> Iterator[isolates.Context]:
    context = isolate.create_context_sync()
    yield context
    # pytest holds on to it, so it would be counted.
    with contextlib.suppress(isolates.ReleasedError):
        context.release()


PRELUDE = """
globalThis.tell = error => {
  const is_error = Object.prototype.toString.call(error) === '[object Error]';
  return is_error ? `${error.constructor.name}: ${error.message}` : `${typeof error}: ${String(error)}`;
};
globalThis.caught = action => {
  try { action() } catch (error) { return tell(error) }
  return 'nothing was thrown';
};
globalThis.rejected = async action => {
  let promise;
  try { promise = action() } catch (error) { return 'thrown at once: ' + tell(error) }
  try { await promise } catch (error) { return tell(error) }
  return 'nothing was rejected';
};
"""


class Program:
    """An isolate that has `ivm`, as a program of JavaScript sees it."""

    def __init__(self, profile: str) -> None:
        self.isolate = isolates.Isolate(memory_limit=256)
        self.context = self.isolate.create_context_sync()
        self.context.eval_sync(PRELUDE)
        self.context.global_.set_sync("ivm", isolates.isolated_vm(profile))

    def run(self, body: str, *values: object) -> Any:
        """What the body of an async function returns, by copy; `values` are $0, $1, ... in it."""
        code = f"return (async () => {{ {body} }})()"
        return self.context.eval_closure(code, values, promise=True, copy=True).result(DEADLINE_S - 5)

    def value(self, expression: str, *values: object) -> Any:
        return self.run(f"return ({expression})", *values)

    def child(self, body: str, *values: object) -> Any:
        """The same with `isolate`, a new one, and `context`, in it."""
        code = f"""
          const isolate = new ivm.Isolate({{ memoryLimit: 32 }}), context = isolate.createContextSync();
          try {{
            return await (async () => {{ {body} }})();
          }} finally {{
            // One that holds a handle to itself is not freed by being forgotten.
            if (!isolate.isDisposed) isolate.dispose();
          }}"""
        return self.run(code, *values)


@pytest.fixture
def make_program() -> Iterator[Callable[[str], Program]]:
    programs: list[Program] = []

    def make(profile: str) -> Program:
        programs.append(Program(profile))
        return programs[-1]

    yield make
    for program in programs:
        program.isolate.dispose()


@pytest.fixture(params=["isolated-vm", "isolated-vm@5"])
def program(request: pytest.FixtureRequest, make_program: Callable[[str], Program]) -> Program:
    """For what holds in both profiles."""
    return make_program(request.param)


@pytest.fixture
def readme(make_program: Callable[[str], Program]) -> Program:
    return make_program("isolated-vm")


@pytest.fixture
def version5(make_program: Callable[[str], Program]) -> Program:
    return make_program("isolated-vm@5")


class Gate:
    """A callable for JavaScript that waits inside Python until the test opens it: forces interleavings."""

    def __init__(self) -> None:
        self._entered = threading.Semaphore(0)
        self._opened = threading.Event()

    def __call__(self, *_: object) -> None:
        self._entered.release()
        assert self._opened.wait(DEADLINE_S), "nobody opened the gate"

    def wait_entered(self, times: int = 1) -> None:
        """Until JavaScript has come to the gate."""
        for _ in range(times):
            assert self._entered.acquire(timeout=10), "nobody came to the gate"

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def make_gate() -> Iterator[Callable[[], Gate]]:
    gates: list[Gate] = []

    def make() -> Gate:
        gates.append(Gate())
        return gates[-1]

    yield make
    for gate in gates:
        gate.open()


@pytest.fixture
def gate(make_gate: Callable[[], Gate]) -> Gate:
    return make_gate()


class ChildHungError(AssertionError):
    """A child process did not end before its deadline, and was killed."""


@pytest.fixture
def run_child() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python code in a process of its own: what may hang or crash. All that it printed comes back."""

    def run(code: str, deadline_s: float = 20.0, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "faulthandler", "-c", code]
        try:
            return subprocess.run(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="backslashreplace",
                check=False,
                timeout=deadline_s,
            )
        except subprocess.TimeoutExpired as expired:
            printed = b"".join(part for part in (expired.stdout, expired.stderr) if isinstance(part, bytes))
            raise ChildHungError(
                f"the child did not end within {deadline_s} s; it printed: {printed.decode(errors='replace')}"
            ) from None

    return run


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls a method in one of the forms that answer: `ask(context, "eval", "1 + 1")`. Tests run in both."""

    def ask(target: object, method: str, *values: object, **options: object) -> Any:
        if request.param == "sync":
            return getattr(target, f"{method}_sync")(*values, **options)
        return getattr(target, method)(*values, **options).result(DEADLINE_S)

    return ask

"""Resolvers: who is asked for what, on which thread, how they answer, and what ends their waiting."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

import isolates
from isolates import DisposedError, ScriptTimeoutError, TransferError

GRAPH = {
    "root": "import { a } from 'a'; import { b } from 'b'; globalThis.sum = a + b",
    "a": "import { c } from 'c'; export let a = 1 + c",
    "b": "import { c } from 'c'; import 'root'; export let b = 10 + c",
    "c": "import { a } from 'a'; export let c = 100",
}


class Loader:
    """Compiles each file once, as a real loader does."""

    def __init__(self, isolate: isolates.Isolate, files: dict[str, str] = GRAPH) -> None:
        self.isolate = isolate
        self.files = files
        self.modules: dict[str, isolates.Module] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, specifier: str, referrer: Any, attributes: dict[str, str]) -> isolates.Module:
        name = referrer if isinstance(referrer, str) else referrer.filename
        self.asked.append((name, specifier, attributes))
        if specifier not in self.modules:
            code = self.files[specifier]
            self.modules[specifier] = self.isolate.compile_module_sync(code, filename=specifier)
        return self.modules[specifier]

    async def later(self, *question: Any) -> isolates.Module:
        await asyncio.sleep(0)
        return self(*question)

    def root(self) -> isolates.Module:
        return self("root", "", {})


EDGES = [("root", "a"), ("root", "b"), ("a", "c"), ("b", "c"), ("b", "root"), ("c", "a")]


def test_each_import_of_each_module_is_asked_for_once_breadth_first(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    loader = Loader(isolate)
    root = loader.root()
    loader.asked.clear()
    assert ask(root, "instantiate", context, loader) is None
    assert [edge[:2] for edge in loader.asked] == EDGES
    ask(root, "evaluate")
    assert context.eval_sync("sum") == 211
    ask(root, "instantiate", context, loader)
    assert len(loader.asked) == len(EDGES)


def test_a_coroutine_function_on_the_running_loop(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    loader = Loader(isolate)
    threads = set()

    async def resolve(*question: Any) -> isolates.Module:
        threads.add(threading.current_thread())
        return await loader.later(*question)

    async def main() -> None:
        # Compiled before: while the loop waits for a synchronous call, questions are asked in the background.
        for name in GRAPH:
            loader(name, "", {})
        root = loader.root()
        await root.instantiate(context, resolve)
        await root.evaluate()

    asyncio.run(main())
    assert threads == {threading.current_thread()}
    assert context.eval_sync("sum") == 211


def test_a_coroutine_function_without_a_loop(isolate: isolates.Isolate, context: isolates.Context) -> None:
    loader = Loader(isolate)
    root = loader.root()
    root.instantiate(context, loader.later).result(10)
    root.evaluate_sync()
    assert context.eval_sync("sum") == 211


@pytest.mark.parametrize("kind", ["isolates", "concurrent", "asyncio", "awaitable"])
def test_a_function_that_returns_something_to_await(
    isolate: isolates.Isolate, context: isolates.Context, kind: str
) -> None:
    class Own:
        def __await__(self) -> Any:
            yield from asyncio.sleep(0).__await__()
            return isolate.compile_module_sync("export default 5")

    def resolve(*_: object) -> Any:
        if kind == "isolates":
            return isolate.compile_module("export default 5")
        if kind == "awaitable":
            return Own()
        future: Any = concurrent.futures.Future() if kind == "concurrent" else asyncio.Future()
        future.set_result(isolate.compile_module_sync("export default 5"))
        return future

    async def main() -> None:
        module = isolate.compile_module_sync("import x from 'x'; globalThis.x = x")
        await module.instantiate(context, resolve)
        await module.evaluate()

    asyncio.run(main())
    assert context.eval_sync("x") == 5


def test_imports_of_one_module_are_asked_for_at_the_same_time(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    async def main() -> None:
        waiting: dict[str, asyncio.Future[isolates.Module]] = {}

        async def resolve(specifier: str, *_: object) -> isolates.Module:
            waiting[specifier] = asyncio.get_running_loop().create_future()
            if len(waiting) == 3:
                for future in waiting.values():
                    future.set_result(isolate.compile_module_sync(""))
            return await waiting[specifier]

        module = isolate.compile_module_sync("import 'a'; import 'b'; import 'c'")
        await asyncio.wait_for(module.instantiate(context, resolve), 10)

    asyncio.run(main())


def test_a_waiting_resolver_blocks_neither_the_isolate_nor_a_thread(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    async def main() -> None:
        opened = asyncio.Event()

        async def resolve(*_: object) -> isolates.Module:
            await opened.wait()
            return await isolate.compile_module("")

        modules = [isolate.compile_module_sync(f"import 'x'; globalThis.m{i} = {i}") for i in range(50)]
        linking = [module.instantiate(context, resolve) for module in modules]
        assert await context.eval("6 * 7") == 42
        assert not any(future.done() for future in linking)
        opened.set()
        await asyncio.gather(*linking)

    asyncio.run(main())


@pytest.mark.parametrize("wrong", [None, 5, "code", {}, [], lambda: None])
def test_a_wrong_return(ask: Any, isolate: isolates.Isolate, context: isolates.Context, wrong: Any) -> None:
    module = isolate.compile_module_sync("import 'x'")
    with pytest.raises(TransferError, match=r"^Resolved dependency was not `Module`$"):
        ask(module, "instantiate", context, lambda *_: wrong)

    async def later(*_: object) -> Any:
        return wrong

    with pytest.raises(TypeError, match=r"^Resolved dependency was not `Module`$"):
        module.instantiate(context, later).result(10)


@pytest.mark.filterwarnings("error")
def test_a_synchronous_call_can_not_await(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import 'x'")
    loader: Any = Loader(isolate, {"x": ""})
    with pytest.raises(TransferError, match=r"^Resolved dependency was not `Module`$"):
        module.instantiate_sync(context, loader.later)
    gc.collect()


def test_a_released_module_is_refused(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    module, released = isolate.compile_module_sync("import 'x'"), isolate.compile_module_sync("")
    released.release()
    with pytest.raises(isolates.ReleasedError, match=r"^Module has been released$"):
        ask(module, "instantiate", context, lambda *_: released)


def test_what_a_resolver_raises_is_raised(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = isolate.compile_module_sync("import 'x'")
    own = FileNotFoundError("no such module")

    def fail(*_: object) -> isolates.Module:
        raise own

    with pytest.raises(FileNotFoundError) as caught:
        ask(module, "instantiate", context, fail)
    assert caught.value is own

    async def later(*_: object) -> isolates.Module:
        await asyncio.sleep(0)
        raise own

    with pytest.raises(FileNotFoundError) as caught:
        module.instantiate(context, later).result(10)
    assert caught.value is own


def test_a_failure_leaves_no_links_and_a_success_is_permanent(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    root = isolate.compile_module_sync("import a from 'a'; import b from 'b'; globalThis.ab = a + b")

    def first(specifier: str, *_: object) -> Any:
        return isolate.compile_module_sync("export default 'first '") if specifier == "a" else None

    with pytest.raises(TransferError):
        ask(root, "instantiate", context, first)
    with pytest.raises(RuntimeError, match=r"^Module has not been instantiated\.$"):
        ask(root, "evaluate")
    ask(
        root, "instantiate", context, lambda name, *_: isolate.compile_module_sync(f"export default '{name}'")
    )
    ask(root, "instantiate", context, lambda *_: pytest.fail("it is linked"))
    ask(root, "evaluate")
    assert context.eval_sync("ab") == "ab"


def test_set_dependency_comes_before_the_resolver(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    root = isolate.compile_module_sync("import a from 'a'; import b from 'b'; globalThis.ab = a + b")
    root.set_dependency("a", isolate.compile_module_sync("export default 'set '"))
    ask(root, "instantiate", context, lambda *_: isolate.compile_module_sync("export default 'resolved'"))
    ask(root, "evaluate")
    assert context.eval_sync("ab") == "set resolved"


def test_two_importers_link_one_module_at_the_same_time(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    async def main() -> None:
        shared = isolate.compile_module_sync("import leaf from 'leaf'; export default leaf")
        opened = asyncio.Event()
        both_wait = asyncio.Event()
        waiting: list[str] = []

        async def resolve(name: str, *_: object) -> isolates.Module:
            if name == "shared":
                return shared
            waiting.append(name)
            if len(waiting) == 2:
                both_wait.set()
            await opened.wait()
            return await isolate.compile_module(f"export default {len(waiting)}")

        importers = [
            isolate.compile_module_sync(f"import x from 'shared'; globalThis.x{i} = x") for i in range(2)
        ]
        linking = [module.instantiate(context, resolve) for module in importers]
        await asyncio.wait_for(both_wait.wait(), 10)
        opened.set()
        await asyncio.gather(*linking)
        for module in importers:
            await module.evaluate()
        assert context.eval_sync("x0 === x1") is True

    asyncio.run(main())


def test_a_module_is_instantiated_twice_at_once(isolate: isolates.Isolate, context: isolates.Context) -> None:
    loader = Loader(isolate)
    root = loader.root()
    for future in [root.instantiate(context, loader.later) for _ in range(5)]:
        future.result(10)
    root.evaluate_sync()
    assert context.eval_sync("sum") == 211


def test_a_synchronous_resolver_may_use_the_isolate_below_javascript(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    """JavaScript calls Python, which loads a module by a resolver that compiles and evaluates."""
    loader = Loader(isolate)
    thread = threading.current_thread()

    def load() -> Any:
        root = loader.root()

        def resolve(*question: Any) -> isolates.Module:
            assert threading.current_thread() is thread
            assert context.eval_sync("1 + 1") == 2
            return loader(*question)

        root.instantiate_sync(context, resolve)
        root.evaluate_sync()
        return context.eval_sync("sum")

    assert context.eval_closure_sync("return $0()", [load]) == 211
    loader.modules.clear()


def test_timeouts(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import 'x'")
    never: concurrent.futures.Future[isolates.Module] = concurrent.futures.Future()
    with pytest.raises(ScriptTimeoutError, match=r"^Script execution timed out\.$"):
        module.instantiate(context, lambda *_: never, timeout=0.05).result(10)
    assert not never.cancelled()  # it may be others' too
    waited = threading.Event()

    def slow(*_: object) -> isolates.Module:
        waited.wait(0.1)
        return isolate.compile_module_sync("")

    with pytest.raises(ScriptTimeoutError, match=r"^Script execution timed out\.$"):
        module.instantiate_sync(context, slow, timeout=0.01)
    module.instantiate_sync(context, slow, timeout=10)


@pytest.mark.parametrize("how", ["cancel", "timeout", "dispose", "failure of another"])
def test_what_a_resolver_awaits_is_cancelled_when_nobody_waits(
    isolate: isolates.Isolate, context: isolates.Context, how: str
) -> None:
    async def main() -> None:
        started, cancelled = asyncio.Event(), asyncio.Event()

        async def resolve(specifier: str, *_: object) -> isolates.Module:
            if specifier == "bad":
                await started.wait()
                raise LookupError("bad")
            started.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                cancelled.set()
            raise AssertionError

        module = isolate.compile_module_sync(
            "import 'x'; import 'bad'" if how.startswith("failure") else "import 'x'"
        )
        future = module.instantiate(context, resolve, timeout=0.2 if how == "timeout" else None)
        await asyncio.wait_for(started.wait(), 10)
        if how == "cancel":
            assert future.cancel()
        elif how == "dispose":
            isolate.dispose()
        errors = {
            "cancel": asyncio.CancelledError,
            "timeout": ScriptTimeoutError,
            "dispose": DisposedError,
            "failure of another": LookupError,
        }
        with pytest.raises(errors[how]):
            await future
        await asyncio.wait_for(cancelled.wait(), 10)

    asyncio.run(main())


def test_a_dropped_answer_ends_the_call(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import 'x'")
    future = module.instantiate(context, lambda *_: concurrent.futures.Future())
    while not future.done():
        gc.collect()
    with pytest.raises(isolates.AbandonedError, match="can't answer any more"):
        future.result(0)


def test_dispose_while_an_asynchronous_resolver_waits(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = isolate.compile_module_sync("import 'x'")
    asked = threading.Event()
    never: concurrent.futures.Future[isolates.Module] = concurrent.futures.Future()

    def resolve(*_: object) -> Any:
        asked.set()
        return never

    future = module.instantiate(context, resolve)
    assert asked.wait(10)
    isolate.dispose()
    with pytest.raises(DisposedError, match=r"^Isolate was disposed during execution$"):
        future.result(10)
    never.set_result(module)  # too late, and harmless


@pytest.mark.parametrize("where", ["in the resolver", "on another thread"])
def test_dispose_in_the_middle_of_a_running_resolver(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context, where: str
) -> None:
    module = isolate.compile_module_sync("import 'x'; import 'y'")
    other = isolate.compile_module_sync("")

    def resolve(*_: object) -> isolates.Module:
        if where == "in the resolver":
            isolate.dispose()
        else:
            thread = threading.Thread(target=isolate.dispose)
            thread.start()
            thread.join()
        return other

    with pytest.raises(DisposedError, match=r"^Isolate was disposed during execution$"):
        ask(module, "instantiate", context, resolve)


def test_an_interrupt_of_a_synchronous_resolver(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def resolve(*_: object) -> isolates.Module:
        raise KeyboardInterrupt

    module = isolate.compile_module_sync("import 'x'")
    with pytest.raises(KeyboardInterrupt):
        module.instantiate_sync(context, resolve)
    assert context.eval_sync("1") == 1


def test_a_resolver_is_not_kept_without_import_calls(
    isolate: isolates.Isolate, context: isolates.Context, make_gate: Callable[[], Any]
) -> None:
    """What it holds on to may hold on to modules in turn: here it does, and is freed all the same."""
    loader = Loader(isolate)
    root = loader.root()
    root.instantiate_sync(context, loader)
    root.release()
    del loader
    gc.collect()
    context.release()
    assert isolate.reference_count == 0


def test_non_ascii_specifiers_and_attributes(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = isolate.compile_module_sync(
        "import x from './мо☺.js' with { тип: 'ü😀' }; import y from './\\ud800'; globalThis.xy = x + y",
        filename="ф.mjs",
    )
    asked = []

    def resolve(specifier: str, referrer: Any, attributes: dict[str, str]) -> isolates.Module:
        asked.append((specifier, referrer.filename, attributes))
        return isolate.compile_module_sync("export default 1")

    ask(module, "instantiate", context, resolve)
    ask(module, "evaluate")
    assert asked == [
        ("./мо☺.js", "ф.mjs", {"тип": "ü😀"}),
        ("./\ud800", "ф.mjs", {}),
    ]

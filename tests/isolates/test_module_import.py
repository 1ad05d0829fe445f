"""import(), import.meta and JSON modules."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import threading
import warnings
from typing import Any

import pytest

import isolates
from isolates import TransferError, undefined


class Source:
    """A resolver that compiles what it is asked for."""

    def __init__(self, isolate: isolates.Isolate, code: str = "export default 'found'") -> None:
        self.isolate = isolate
        self.code = code
        self.asked: list[Any] = []

    def __call__(self, *question: Any) -> isolates.Module:
        self.asked.append(question)
        return self.isolate.compile_module_sync(self.code)

    async def later(self, *question: Any) -> isolates.Module:
        await asyncio.sleep(0)
        return self(*question)


@pytest.fixture
def source(isolate: isolates.Isolate) -> Source:
    return Source(isolate)


def test_import_in_a_module(ask: Any, source: Source, context: isolates.Context) -> None:
    module = source.isolate.compile_module_sync(
        "let { default: it } = await import('./☺', { with: { type: 'x' } }); globalThis.it = it"
    )
    ask(module, "instantiate", context, source)
    ask(module, "evaluate")
    assert context.eval_sync("it") == "found"
    assert source.asked == [("./☺", module, {"type": "x"})]
    source.asked.clear()
    module.release()
    context.release()


def test_import_in_a_dependency_and_in_its_functions_later(source: Source, context: isolates.Context) -> None:
    inner = source.isolate.compile_module_sync("export let load = name => import(name)")
    root = source.isolate.compile_module_sync("import { load } from 'inner'; globalThis.load = load")
    root.instantiate_sync(context, lambda name, *rest: inner if name == "inner" else source(name, *rest))
    root.evaluate_sync()
    assert context.eval_sync("load('late').then(it => it.default)", promise=True) == "found"
    assert [question[:2] for question in source.asked] == [("late", inner)]
    source.asked.clear()
    context.eval_sync("delete globalThis.load")
    root.release()
    inner.release()


def test_import_in_a_module_that_the_host_has_forgotten(source: Source, context: isolates.Context) -> None:
    module = source.isolate.compile_module_sync("globalThis.load = () => import('x')", filename="gone")
    module.instantiate_sync(context, source)
    module.evaluate_sync()
    module.release()
    gc.collect()
    source.isolate.collect_garbage_sync()
    assert context.eval_sync("load().then(it => it.default)", promise=True) == "found"
    _, referrer, _ = source.asked.pop()
    assert isinstance(referrer, isolates.Module)
    assert referrer.filename == "gone"


@pytest.mark.parametrize("code", ["eval(\"import('x')\")", "new Function(\"return import('x')\")()"])
def test_import_in_code_from_strings(source: Source, context: isolates.Context, code: str) -> None:
    module = source.isolate.compile_module_sync(f"globalThis.it = (await {code}).default")
    module.instantiate_sync(context, source)
    module.evaluate_sync()
    assert context.eval_sync("it") == "found"
    assert source.asked.pop()[1] == module


def test_import_in_a_script(ask: Any, source: Source, context: isolates.Context) -> None:
    ask(context, "set_import_resolver", source)
    code = "import('x').then(it => it.default)"
    assert ask(context, "eval", code, promise=True, filename="ü.js") == "found"
    assert source.asked == [("x", "ü.js", {})]
    script = source.isolate.compile_script_sync(code)
    assert ask(script, "run", context, promise=True) == "found"
    assert source.asked[1][1] == "<isolated-vm>"
    assert context.eval_sync("(await import('x')).default", repl=True) == "found"
    assert ask(context, "eval_closure", f"return {code}", promise=True) == "found"


def test_the_resolver_of_a_context_serves_modules_without_one(
    source: Source, context: isolates.Context
) -> None:
    context.set_import_resolver_sync(source)
    module = source.isolate.compile_module_sync("globalThis.it = (await import('x')).default")
    module.instantiate_sync(context)
    module.evaluate_sync()
    assert context.eval_sync("it") == "found"
    assert source.asked.pop()[1] == module


def test_each_context_has_its_own_resolver(isolate: isolates.Isolate) -> None:
    contexts = [isolate.create_context_sync() for _ in range(3)]
    for name, context in zip("ab", contexts, strict=False):
        context.set_import_resolver_sync(Source(isolate, f"export default '{name}'"))
    code = "import('x').then(it => it.default)"
    assert [context.eval_sync(code, promise=True) for context in contexts[:2]] == ["a", "b"]
    with pytest.raises(isolates.JSTypeError, match="there is no resolver"):
        contexts[2].eval_sync(code, promise=True)
    contexts[0].set_import_resolver_sync(Source(isolate, "export default 'new'"))
    assert contexts[0].eval_sync(code, promise=True) == "new"
    contexts[0].set_import_resolver_sync(None)
    with pytest.raises(isolates.JSTypeError, match="there is no resolver"):
        contexts[0].eval_sync(code, promise=True)


def test_a_resolver_goes_with_its_context(isolate: isolates.Isolate) -> None:
    gone = threading.Event()

    class Resolver:
        def __call__(self, *_: object) -> isolates.Module:
            raise AssertionError

        def __del__(self) -> None:
            gone.set()

    context = isolate.create_context_sync()
    context.set_import_resolver_sync(Resolver())
    context.release()
    isolate.collect_garbage_sync()
    isolate.collect_garbage_sync()
    assert gone.wait(10)


def test_an_asynchronous_resolver_on_the_running_loop(source: Source, context: isolates.Context) -> None:
    async def main() -> None:
        threads = set()

        async def resolve(*question: Any) -> isolates.Module:
            threads.add(threading.current_thread())
            return await source.later(*question)

        await context.set_import_resolver(resolve)
        assert await context.eval("import('x').then(it => it.default)", promise=True) == "found"
        assert threads == {threading.current_thread()}
        # The loop can't run now: this very call blocks it.
        assert context.eval_sync("import('y').then(it => it.default)", promise=True) == "found"

    asyncio.run(main())


def test_the_same_module_is_evaluated_once(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("globalThis.times = (globalThis.times ?? 0) + 1")
    context.set_import_resolver_sync(lambda *_: module)
    code = "Promise.all([import('a'), import('b')]).then(([a, b]) => a === b)"
    assert context.eval_sync(code, promise=True) is True
    assert context.eval_sync("times") == 1
    context.set_import_resolver_sync(None)
    module.release()


def test_import_waits_for_top_level_await(isolate: isolates.Isolate, context: isolates.Context) -> None:
    context.set_import_resolver_sync(Source(isolate, "await 0; await 0; export default 'awaited'"))
    assert context.eval_sync("import('x').then(it => it.default)", promise=True) == "awaited"


def test_a_failing_import_leaves_others_alone(isolate: isolates.Isolate, context: isolates.Context) -> None:
    async def main() -> None:
        opened = asyncio.Event()

        async def resolve(specifier: str, *_: object) -> isolates.Module:
            if specifier == "bad":
                raise LookupError("bad")
            await opened.wait()
            return await isolate.compile_module("export default 'good'")

        await context.set_import_resolver(resolve)
        good = context.eval("import('good').then(it => it.default)", promise=True)
        bad = context.eval("import('bad')", promise=True)
        with pytest.raises(isolates.JSError, match="bad"):
            await bad
        opened.set()
        assert await good == "good"

    asyncio.run(main())


def test_failures_reject_the_promise(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def resolve(specifier: str, *_: object) -> Any:
        if specifier == "raise":
            raise FileNotFoundError("not there")
        if specifier == "nothing":
            return None
        return isolate.compile_module_sync(specifier)

    context.set_import_resolver_sync(resolve)
    tell = ".catch(error => `${error.constructor.name} ${error.name}: ${error.message}`)"
    for specifier, told in [
        ("raise", "Error FileNotFoundError: not there"),
        ("nothing", "TypeError TypeError: Resolved dependency was not `Module`"),
        ("throw new RangeError(1)", "RangeError RangeError: 1"),
        ("await 0; throw new EvalError(2)", "EvalError EvalError: 2"),
        ("let {", "SyntaxError SyntaxError: Unexpected end of input [<isolated-vm>:1:6]"),
        ("import 'nothing'", "TypeError TypeError: Resolved dependency was not `Module`"),
    ]:
        code = f"import({specifier!r}){tell}"
        assert context.eval_sync(code, promise=True) == told
    code = "import('import { no } from \"let x\"')" + tell
    assert "does not provide an export named 'no'" in context.eval_sync(code, promise=True)
    same = "import('x = y').catch(a => import('x = y').catch(b => a.constructor === ReferenceError))"
    assert context.eval_sync(same, promise=True) is True


def test_a_rejected_import_that_nobody_handles_is_told(context: isolates.Context) -> None:
    def resolve(*_: object) -> isolates.Module:
        raise LookupError("nobody listens")

    context.set_import_resolver_sync(resolve)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        context.eval_sync("import('x'); 1")
        while not told:
            context.eval_sync("1")
    assert "nobody listens" in str(told[0].message)


@pytest.mark.filterwarnings("ignore:a promise was rejected")
def test_hostile_specifiers(source: Source, context: isolates.Context) -> None:
    context.set_import_resolver_sync(source)
    with pytest.raises(isolates.JSRangeError, match="mine"):
        context.eval_sync("import({ toString() { throw new RangeError('mine') } })", promise=True)
    assert context.eval_sync("import('\\ud800').then(() => 1)", promise=True) == 1
    assert source.asked.pop()[0] == "\ud800"
    huge = "import('x'.repeat(2 ** 28)).catch(error => error.message)"
    assert "does not fit" in context.eval_sync(huge, promise=True)
    context.eval_sync(
        "Object.defineProperty(Promise.prototype, 'then', { get() { throw 1 } });"
        "globalThis.p = import('x'); 1"
    )
    assert context.eval_sync("1") == 1


def test_an_import_that_is_never_answered_goes_with_the_isolate(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    never: concurrent.futures.Future[isolates.Module] = concurrent.futures.Future()
    asked = threading.Event()

    def resolve(*_: object) -> Any:
        asked.set()
        return never

    context.set_import_resolver_sync(resolve)
    waiting = context.eval("import('x')", promise=True)
    assert asked.wait(10)
    with pytest.raises(isolates.ScriptTimeoutError):
        context.eval_sync("import('x')", promise=True, timeout=0.05)
    isolate.dispose()
    with pytest.raises(isolates.AbandonedError):
        waiting.result(10)
    never.set_exception(LookupError("too late"))


# --- import.meta ---


def test_meta_is_made_once_and_copied(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    made = []

    def meta(module: isolates.Module) -> dict[str, Any]:
        made.append(module)
        return {"url": "file:" + module.filename, "list": [1, {"deep": "☺"}]}

    module = ask(
        isolate,
        "compile_module",
        "globalThis.meta = import.meta; globalThis.same = import.meta === meta",
        filename="ü.mjs",
        meta=meta,
    )
    module.instantiate_sync(context)
    assert made == []
    ask(module, "evaluate")
    assert made == [module]
    assert context.eval_sync("[same, meta.url, meta.list[1].deep, Object.getPrototypeOf(meta)].join()") == (
        "true,file:ü.mjs,☺,"
    )
    made.clear()
    module.release()
    context.eval_sync("delete globalThis.meta")


def test_meta_without_a_callback_is_empty(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("globalThis.keys = Object.keys(import.meta).length")
    module.instantiate_sync(context)
    module.evaluate_sync()
    assert context.eval_sync("keys") == 0


def test_meta_by_a_function_of_the_isolate(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    function = context.eval_sync("(meta => { meta.own = () => 'JavaScript' })", reference=True)
    module = ask(isolate, "compile_module", "globalThis.told = import.meta.own()", meta=function)
    module.instantiate_sync(context)
    module.evaluate_sync()
    assert context.eval_sync("told") == "JavaScript"
    throws = context.eval_sync("(() => { throw new RangeError('no meta') })", reference=True)
    module = ask(isolate, "compile_module", "import.meta", meta=throws)
    module.instantiate_sync(context)
    with pytest.raises(isolates.JSRangeError, match="no meta"):
        module.evaluate_sync()


def test_a_wrong_meta_is_refused_when_compiling(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    with isolates.Isolate(memory_limit=32) as other:
        foreign = other.create_context_sync().eval_sync("() => 1", reference=True)
        with pytest.raises(TransferError, match="function of the isolate that compiles"):
            ask(isolate, "compile_module", "1", meta=foreign)
    with pytest.raises(TransferError, match="function of the isolate that compiles"):
        ask(isolate, "compile_module", "1", meta=context.eval_sync("({})", reference=True))
    with pytest.raises(TypeError, match="requires `meta` to be a callable"):
        ask(isolate, "compile_module", "1", meta=5)


def test_a_meta_that_fails(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def fail(_: object) -> dict[str, Any]:
        raise LookupError("no meta")

    def evaluate(meta: Any) -> None:
        module = isolate.compile_module_sync("import.meta", meta=meta)
        module.instantiate_sync(context)
        module.evaluate_sync()

    with pytest.raises(isolates.JSError, match="no meta") as caught:
        evaluate(fail)
    assert caught.value.name == "LookupError"
    with pytest.raises(isolates.JSTypeError, match="`meta` must return a dict"):
        evaluate(lambda _: 5)


def test_dispose_in_meta(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import.meta; for (;;);", meta=lambda _: isolate.dispose() or {})
    module.instantiate_sync(context)
    with pytest.raises(isolates.DisposedError, match="during execution"):
        module.evaluate_sync()


# --- JSON ---


def test_json_modules(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    json = ask(isolate, "compile_json_module", '{"list": [1, 2.5, null, "☺"], "__proto__": 5}')
    assert json.dependency_specifiers == []
    module = isolate.compile_module_sync(
        "import data from './a.json' with { type: 'json' }; import * as all from './a.json';"
        "globalThis.data = data; globalThis.plain = data instanceof Object && data.list instanceof Array;"
        "globalThis.names = Object.keys(all).join()"
    )
    ask(module, "instantiate", context, lambda *_: json)
    ask(module, "evaluate")
    assert context.eval_sync("data", copy=True) == {"list": [1, 2.5, None, "☺"], "__proto__": 5}
    assert context.eval_sync("plain") is True
    assert context.eval_sync("names") == "default"
    assert ask(json, "evaluate") is undefined


def test_json_is_imported_by_calls(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def resolve(specifier: str, _: object, attributes: dict[str, str]) -> Any:
        if attributes == {"type": "json"}:
            return isolate.compile_json_module(f'"{specifier}"')
        return isolate.compile_module("export default 'code'")

    context.set_import_resolver_sync(resolve)
    code = "import('./a', { with: { type: 'json' } }).then(it => it.default)"
    assert context.eval_sync(code, promise=True) == "./a"
    assert context.eval_sync("import('./a').then(it => it.default)", promise=True) == "code"


def test_code_is_no_json(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import data from 'x' with { type: 'json' }")
    with pytest.raises(TransferError, match="takes a JSON module only"):
        ask(module, "instantiate", context, lambda *_: isolate.compile_module_sync("globalThis.evil = 1"))
    assert context.eval_sync("typeof evil") == "undefined"


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "undefined", "[1,]"])
def test_wrong_json_is_a_syntax_error_when_compiled(ask: Any, isolate: isolates.Isolate, text: str) -> None:
    with pytest.raises(isolates.JSSyntaxError, match="JSON"):
        ask(isolate, "compile_json_module", text)


def test_no_warning_comes_of_all_this(source: Source, context: isolates.Context) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        context.set_import_resolver_sync(source.later)
        assert context.eval_sync("import('x').then(it => it.default)", promise=True) == "found"

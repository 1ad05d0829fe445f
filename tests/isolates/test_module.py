"""Modules: compiled, linked by hand, evaluated, released."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import JSRangeError, ReleasedError, ScriptTimeoutError, TransferError, _native, undefined


def ready(isolate: isolates.Isolate, context: isolates.Context, code: str) -> isolates.Module:
    module = isolate.compile_module_sync(code)
    module.instantiate_sync(context)
    return module


def test_dependencies_are_told_in_the_order_of_the_source_and_once(
    ask: Any, isolate: isolates.Isolate
) -> None:
    module = ask(
        isolate,
        "compile_module",
        "import z from './z'; export * from './a'; import { b } from './z'; import './☺/ü.js'; import 'a'",
    )
    assert module.dependency_specifiers == ["./z", "./a", "./☺/ü.js", "a"]
    assert ask(isolate, "compile_module", "1").dependency_specifiers == []


def test_attributes_are_told_for_each_import(isolate: isolates.Isolate) -> None:
    module = isolate.compile_module_sync(
        "import a from 'a' with { type: 'json' }; import b from 'b';"
        "import c from 'a' with { type: 'x', k: '☺' }"
    )
    assert module.dependency_attributes == [
        ("a", {"type": "json"}),
        ("b", {}),
        ("a", {"type": "x", "k": "☺"}),
    ]
    assert module.dependency_specifiers == ["a", "b"]


def test_the_readmes_example(context: isolates.Context, isolate: isolates.Isolate) -> None:
    add = isolate.compile_module_sync("export default (a, b) => a + b")
    program = isolate.compile_module_sync(
        "import add from './add'; export default add(2, 4); globalThis.sum = add(40, 2)"
    )
    program.set_dependency("./add", add)
    assert program.instantiate_sync(context) is None
    assert program.evaluate_sync() is undefined
    assert context.eval_sync("sum") == 42
    namespace = program.namespace
    assert namespace.typeof == "object"
    assert context.eval_closure_sync("return $0.default", [namespace.deref_into()]) == 6


def test_both_forms(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = ask(isolate, "compile_module", "globalThis.ran = (globalThis.ran ?? 0) + 1; await 0; 5")
    assert ask(module, "instantiate", context) is None
    assert ask(module, "instantiate", context) is None
    assert ask(module, "evaluate") is undefined
    assert ask(module, "evaluate") is undefined
    assert context.eval_sync("ran") == 1


@pytest.mark.parametrize(
    ("code", "where"),
    [("import {", "a ü.mjs:1:9"), ("\n  let x = 1; let x", "a ü.mjs:2:18"), ("await = 1", "a ü.mjs:1:7")],
)
def test_a_syntax_error_says_where(ask: Any, isolate: isolates.Isolate, code: str, where: str) -> None:
    with pytest.raises(isolates.JSSyntaxError) as caught:
        ask(isolate, "compile_module", code, filename="a ü.mjs")
    assert str(caught.value).endswith(f" [{where}]")


def test_offsets_and_the_default_file_name(isolate: isolates.Isolate) -> None:
    with pytest.raises(isolates.JSSyntaxError, match=r" \[<isolated-vm>:11:9\]$"):
        isolate.compile_module_sync("import {", line_offset=10)
    assert isolate.compile_module_sync("").filename == "<isolated-vm>"
    assert isolate.compile_module_sync("", filename="☺").filename == "☺"


def test_too_early(ask: Any, isolate: isolates.Isolate) -> None:
    module = isolate.compile_module_sync("1")
    with pytest.raises(RuntimeError, match=r"^Module has not been instantiated\.$"):
        ask(module, "evaluate")
    with pytest.raises(RuntimeError, match=r"^Module has not been instantiated\.$"):
        _ = module.namespace


def test_after_release(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    module, other = isolate.compile_module_sync("import 'x'"), isolate.compile_module_sync("")
    module.release()
    released = pytest.raises(ReleasedError, match=r"^Module has been released$")
    for use in (
        lambda: module.release(),
        lambda: ask(module, "instantiate", context),
        lambda: ask(module, "evaluate"),
        lambda: module.namespace,
        lambda: module.dependency_specifiers,
        lambda: module.filename,
        lambda: module.set_dependency("x", other),
        lambda: other.set_dependency("x", module),
    ):
        with released:
            use()
    assert module != other


def test_what_a_released_module_has_made_lives_on(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    inner = isolate.compile_module_sync("export let count = 0; export const up = () => ++count")
    outer = isolate.compile_module_sync("import { up } from 'i'; globalThis.up = up")
    outer.set_dependency("i", inner)
    inner.release()
    outer.instantiate_sync(context)
    outer.evaluate_sync()
    outer.release()
    isolate.collect_garbage_sync()
    assert context.eval_sync("up(); up()") == 2


def test_errors_keep_their_class_each_time(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = ready(isolate, context, "throw Object.assign(new RangeError('far'), { code: 'E' })")
    for _ in range(2):
        with pytest.raises(isolates.JSRangeError, match=r"^far$") as caught:
            ask(module, "evaluate")
        assert caught.value.code == "E"
    late = ready(isolate, context, "await 0; throw new TypeError('late')")
    for _ in range(2):
        with pytest.raises(isolates.JSTypeError, match=r"^late$"):
            ask(late, "evaluate")
    with pytest.raises(isolates.ThrownValueError) as thrown:
        ask(ready(isolate, context, "throw 5"), "evaluate")
    assert thrown.value.value == 5


def test_an_error_of_a_dependency_is_the_importers(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    inner = isolate.compile_module_sync("throw new RangeError('inner')")
    outer = isolate.compile_module_sync("import 'i'; globalThis.reached = true")
    outer.set_dependency("i", inner)
    outer.instantiate_sync(context)
    with pytest.raises(isolates.JSRangeError, match="inner"):
        outer.evaluate_sync()
    assert context.eval_sync("typeof reached") == "undefined"


def test_an_import_of_what_is_not_exported(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = isolate.compile_module_sync("import { missing } from 'x'")
    module.set_dependency("x", isolate.compile_module_sync("export let other = 1"))
    with pytest.raises(isolates.JSSyntaxError, match="does not provide an export named 'missing'"):
        ask(module, "instantiate", context)
    module.set_dependency("x", isolate.compile_module_sync("export let missing = 1"))
    ask(module, "instantiate", context)


def test_a_missing_dependency(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import './x'")
    with pytest.raises(RuntimeError, match=r'^The dependency "\./x" is not there'):
        ask(module, "instantiate", context)


def test_set_dependency_refuses(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("import 'x'; import 'j' with { type: 'json' }")
    code = isolate.compile_module_sync("")
    with pytest.raises(ValueError, match=r"^`specifier` is not among the dependencies of the module$"):
        module.set_dependency("y", code)
    with pytest.raises(TransferError, match="takes a JSON module only"):
        module.set_dependency("j", code)
    with pytest.raises(
        TypeError, match=r"`Module\.set_dependency` requires `module` to be a Module, not str"
    ):
        module.set_dependency("x", "code")  # type: ignore[arg-type]  # the point
    module.set_dependency("x", code)
    module.set_dependency("j", isolate.compile_json_module_sync("1"))
    module.instantiate_sync(context)
    with pytest.raises(RuntimeError, match="already been instantiated"):
        module.set_dependency("x", code)


def test_modules_and_contexts_of_another_isolate_are_refused(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = isolate.compile_module_sync("import 'x'")
    with isolates.Isolate(memory_limit=32) as other:
        there = other.compile_module_sync("")
        with pytest.raises(TransferError, match="another isolate"):
            module.set_dependency("x", there)
        with pytest.raises(TransferError, match="another isolate"):
            ask(module, "instantiate", context, lambda *_: there)
        with pytest.raises(TransferError, match=r"^Invalid context$"):
            ask(module, "instantiate", other.create_context_sync())


def test_a_module_stays_in_its_context(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    inner = ready(isolate, context, "export let x = 1")
    outer = isolate.compile_module_sync("import { x } from 'i'")
    outer.set_dependency("i", inner)
    elsewhere = isolate.create_context_sync()
    for module in (inner, outer):
        with pytest.raises(TransferError, match=r"^Invalid context$"):
            ask(module, "instantiate", elsewhere)
    ask(outer, "instantiate", context)


def test_a_released_context(ask: Any, isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    module = isolate.compile_module_sync("1")
    context.release()
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        ask(module, "instantiate", context)


def test_cycles(isolate: isolates.Isolate, context: isolates.Context) -> None:
    even = isolate.compile_module_sync("import { odd } from 'o'; export let even = n => !n || odd(n - 1)")
    odd = isolate.compile_module_sync("import { even } from 'e'; export let odd = n => !!n && even(n - 1)")
    odd.set_dependency("e", even)
    even.set_dependency("o", odd)
    odd.instantiate_sync(context)
    odd.evaluate_sync()
    even.evaluate_sync()
    assert context.eval_closure_sync("return $0.even(10)", [even.namespace.deref_into()]) is True
    self = isolate.compile_module_sync("import * as me from 'me'; export let x = 1; globalThis.own = me.x")
    self.set_dependency("me", self)
    self.instantiate_sync(context)
    self.evaluate_sync()
    assert context.eval_sync("own") == 1


def test_top_level_await_is_waited_for(
    ask: Any, isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = ready(
        isolate, context, "await new Promise(done => { globalThis.done = done }); export let x = 1"
    )
    first, second = module.evaluate(), module.evaluate(promise=True)
    assert context.eval("typeof done").result(10) == "function"
    assert not first.done()
    context.eval_sync("done()")
    assert first.result(10) is undefined
    assert second.result(10) is undefined
    assert ask(module, "evaluate", copy=True) is undefined
    assert ask(module, "evaluate", reference=True).typeof == "undefined"


def test_a_timeout_of_the_evaluation(ask: Any, isolate: isolates.Isolate, context: isolates.Context) -> None:
    for code in ("for (;;);", "await 0; for (;;);", "await new Promise(keep => { globalThis.keep = keep })"):
        module = ready(isolate, context, code)
        with pytest.raises(ScriptTimeoutError, match=r"^Script execution timed out\.$"):
            ask(module, "evaluate", timeout=0.05)
    assert context.eval_sync("1 + 1") == 2


def test_a_module_can_not_be_evaluated_inside_itself(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    module = ready(isolate, context, "again()")
    told: list[str] = []

    def again() -> None:
        try:
            module.evaluate_sync()
        except RuntimeError as error:
            told.append(str(error))

    context.eval_closure_sync("globalThis.again = $0", [again])
    module.evaluate_sync()
    assert told == ["Module is being evaluated"]
    module.release()  # the function holds it, and the context the function


def test_another_module_can_be_evaluated_inside_one(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    def require(code: str) -> Any:
        return ready(isolate, context, code).evaluate_sync()

    context.eval_closure_sync("globalThis.require = $0", [require])
    ready(isolate, context, "require('globalThis.order = [1]'); order.push(2)").evaluate_sync()
    assert context.eval_sync("order.join()") == "1,2"


def test_unknown_options_and_wrong_types(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module: Any = isolate.compile_module_sync("1")
    with pytest.raises(TypeError, match=r"`Module\.instantiate` requires `context` to be a Context, not str"):
        module.instantiate("context")
    with pytest.raises(TypeError, match=r"requires `resolver` to be a callable or None, not int"):
        module.instantiate(context, 5)
    with pytest.raises(TypeError, match=r"`Isolate\.compile_module` requires `code` to be a str, not bytes"):
        isolate.compile_module(b"")  # type: ignore[arg-type]  # the point
    module.instantiate_sync(context)
    with pytest.raises(TransferError, match="Only one of"):
        module.evaluate_sync(copy=True, reference=True)


def test_a_source_that_is_too_long(ask: Any, isolate: isolates.Isolate) -> None:
    with pytest.raises(ValueError, match="an eighth of it"):
        ask(isolate, "compile_module", " " * (9 << 20))


def test_handles_to_one_module_are_equal(isolate: isolates.Isolate, context: isolates.Context) -> None:
    seen = []
    module = isolate.compile_module_sync("import 'a'; import 'b'")
    module.instantiate_sync(
        context, lambda _, referrer, __: seen.append(referrer) or isolate.compile_module_sync("")
    )
    assert seen == [module, module]
    assert {module: 1}[seen[0]] == 1
    assert module != isolate.compile_module_sync("")
    assert module != 5


def test_a_module_crosses_as_itself(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = isolate.compile_module_sync("")
    returned = context.eval_closure_sync("return $0($1)", [lambda given: given, module])
    assert returned == module
    del returned
    module.release()
    isolate.collect_garbage_sync()  # JavaScript had it too


def test_two_modules_of_one_source_are_two(isolate: isolates.Isolate, context: isolates.Context) -> None:
    code = "globalThis.count = (globalThis.count ?? 0) + 1; export default import.meta.who"
    modules = [
        isolate.compile_module_sync(code, filename="same", meta=lambda _, who=who: {"who": who})
        for who in ("a", "b")
    ]
    for module in modules:
        module.instantiate_sync(context)
        module.evaluate_sync()
    assert context.eval_sync("count") == 2
    names = [context.eval_closure_sync("return $0.default", [it.namespace.deref_into()]) for it in modules]
    assert names == ["a", "b"]


def test_disposed(isolate: isolates.Isolate, context: isolates.Context) -> None:
    module = ready(isolate, context, "await new Promise(keep => { globalThis.keep = keep })")
    waiting = module.evaluate()
    context.eval("1").result(10)
    isolate.dispose()
    with pytest.raises(isolates.AbandonedError):
        waiting.result(10)
    for use in (
        lambda: module.evaluate_sync(),
        lambda: module.instantiate_sync(context),
        lambda: module.instantiate(context).result(10),
        lambda: module.namespace,
        lambda: isolate.compile_module_sync(""),
    ):
        with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
            use()
    assert module.dependency_specifiers == []
    module.release()


def test_a_forgotten_chain_of_modules_is_freed_without_recursion(isolate: isolates.Isolate) -> None:
    last = isolate.compile_module_sync("")
    for _ in range(3000):
        module = isolate.compile_module_sync("import 'p'")
        module.set_dependency("p", last)
        last = module
    last.release()
    del module, last


def test_a_deep_graph_is_a_range_error(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def graph(depth: int, last: str) -> isolates.Module:
        def resolve(specifier: str, *_: object) -> isolates.Module:
            below = int(specifier) - 1
            return isolate.compile_module_sync(f"import '{below}'" if below else last)

        root = isolate.compile_module_sync(f"import '{depth}'")
        root.instantiate_sync(context, resolve)
        return root

    graph(1000, "globalThis.depth = 1000").evaluate_sync()
    assert context.eval_sync("depth") == 1000
    for depth in (2500, 12000):
        with pytest.raises(isolates.JSRangeError, match="levels deep"):
            graph(depth, "")


def test_a_long_cycle_counts_as_deep(isolate: isolates.Isolate, context: isolates.Context) -> None:
    def cycle(length: int) -> isolates.Module:
        modules = [isolate.compile_module_sync("import 'next'") for _ in range(length)]
        for module, following in zip(modules, modules[1:] + modules[:1], strict=True):
            module.set_dependency("next", following)
        modules[0].instantiate_sync(context)
        return modules[0]

    cycle(1000).evaluate_sync()
    with pytest.raises(isolates.JSRangeError, match="levels deep"):
        cycle(2001)
    isolate.dispose()  # nobody else breaks such a cycle


def test_a_chain_that_is_built_from_its_end_is_no_deeper(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    """V8 links each in one step; the rejection goes up the whole chain, by recursion."""
    last = ready(isolate, context, "await new Promise((_, fail) => { globalThis.fail = fail })")
    ends = [last.evaluate()]

    def above(module: isolates.Module) -> isolates.Module:
        importer = isolate.compile_module_sync("import 'p'")
        importer.set_dependency("p", module)
        importer.instantiate_sync(context)
        return importer

    while len(ends) < 2000:
        last = above(last)
        ends.append(last.evaluate())
    with pytest.raises(isolates.JSRangeError, match="levels deep"):
        above(last)
    context.eval_sync("fail(new RangeError('all the way'))")
    with pytest.raises(isolates.JSRangeError, match="all the way"):
        ends[-1].result(20)


def test_a_wide_graph(isolate: isolates.Isolate, context: isolates.Context) -> None:
    names = range(1500)
    root = isolate.compile_module_sync("\n".join(f"import '{name}'" for name in names))
    asked: list[str] = []
    root.instantiate_sync(
        context, lambda specifier, *_: asked.append(specifier) or isolate.compile_module_sync("")
    )
    root.evaluate_sync()
    assert asked == [str(name) for name in names] == root.dependency_specifiers


def test_how_far_an_evaluation_has_come_is_known_from_outside(
    context: isolates.Context, isolate: isolates.Isolate
) -> None:
    thrown = isolate.compile_module_sync("throw new RangeError('inside')")
    assert _native._has_evaluated(thrown).result() is False
    thrown.instantiate_sync(context)
    assert _native._has_evaluated(thrown).result() is False
    with pytest.raises(JSRangeError):
        thrown.evaluate_sync()
    with pytest.raises(JSRangeError, match="inside"):
        _native._has_evaluated(thrown).result()
    waits = ready(isolate, context, "await new Promise(() => {})")
    pending = waits.evaluate()
    assert _native._has_evaluated(waits).result() is True
    assert not pending.done()
    waits.release()
    with pytest.raises(ReleasedError):
        _native._has_evaluated(waits).result()

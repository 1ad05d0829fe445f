"""Modules on the JavaScript face: `ivm.Module`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isolates

Run = Callable[..., Any]

PRELUDE = """
const isolate = new ivm.Isolate({ memoryLimit: 32 });
const context = isolate.createContextSync();
const compile = (code, options) => isolate.compileModuleSync(code, options);
const tell = error => `${error.constructor.name}: ${error.message}`;
const caught = action => { try { action(); return 'nothing' } catch (error) { return tell(error) } };
const late = promise => promise.then(() => 'nothing', tell);
"""


@pytest.fixture(params=["isolated-vm", "isolated-vm@5"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs a program in an isolate that has `ivm`: the body of an async function, whose result is copied."""
    with isolates.Isolate(memory_limit=64) as main:
        context = main.create_context_sync()
        context.global_.set_sync("ivm", isolates.isolated_vm(request.param))
        context.eval_sync(PRELUDE)

        def run(code: str, forms: bool = True) -> Any:
            results = [context.eval_sync(f"(() => {{ {code} }})()", promise=True, copy=True)]
            if forms:
                wrapped = f"(async () => {{ {code} }})()"
                results.append(context.eval_sync(wrapped, promise=True, copy=True))
                assert results[0] == results[1]
            return results[0]

        yield run
        context.eval_sync("isolate.isDisposed || isolate.dispose()")


@pytest.fixture
def readme(request: pytest.FixtureRequest, run: Run) -> Run:
    if request.node.callspec.params["run"] != "isolated-vm":
        pytest.skip("not in this profile")
    return run


def test_the_readmes_example(run: Run) -> None:
    assert run(
        "const specifiers = compile(`import something from './something'; import 'b'; import './something'`)"
        "  .dependencySpecifiers; return [...specifiers, Object.isFrozen(specifiers)]"
    ) == ["./something", "b", True]


def test_set_dependency_links_by_hand(readme: Run) -> None:
    assert readme(
        "const add = compile('export default (a, b) => a + b');"
        "const program = compile(`import add from './add'; globalThis.sum = add(2, 4)`);"
        "const nothing = [program.setDependency('./add', add), program.instantiateSync(context),"
        "  program.evaluateSync()];"
        "return [nothing.every(it => it === undefined), context.global.getSync('sum').copySync()]"
    ) == [True, 6]
    assert "`Module.setDependency` requires parameter 2 to be a Module" in readme(
        "return caught(() => compile(`import 'x'`).setDependency('x', 5))"
    )
    assert "`specifier` is not among the dependencies of the module" in readme(
        "return caught(() => compile(`import 'x'`).setDependency('y', compile('')))"
    )


def test_set_dependency_is_the_readmes_alone(run: Run, request: pytest.FixtureRequest) -> None:
    has = run("return 'setDependency' in compile('')")
    assert has is (request.node.callspec.params["run"] == "isolated-vm")


def test_instantiate_sync_asks_a_function(run: Run) -> None:
    assert run(
        """
        const asked = [], modules = new Map();
        const load = (name, code) => { const made = compile(code); modules.set(made, name); return made };
        const root = load('root', `import { a } from './a' with { kind: 'x' }; globalThis.a = a`);
        const resolve = (specifier, referrer, attributes) => {
          asked.push([specifier, modules.get(referrer), JSON.stringify(attributes)].join(' '));
          return load(specifier, specifier === './a' ? `export { b as a } from './b'` : 'export let b = 5');
        };
        const nothing = root.instantiateSync(context, resolve);
        root.evaluateSync();
        return [nothing === undefined, ...asked, context.evalSync('a')];
        """
    ) == [True, './a root {"kind":"x"}', "./b ./a {}", 5]


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_instantiate_asks_a_function(run: Run, kind: str) -> None:
    prefix = "async" if kind == "async" else ""
    assert run(
        f"""
        return (async () => {{
          const asked = [], modules = new Map();
          const load = async name => {{
            const code = name === 'c' ? 'export let c = 7' : `export {{ c }} from 'c'`;
            const made = await isolate.compileModule(code);
            modules.set(made, name);
            return made;
          }};
          const root = await isolate.compileModule(`import {{ c }} from 'b'; globalThis.c = c`);
          modules.set(root, 'root');
          const nothing = await root.instantiate(context, {prefix} (specifier, referrer) => {{
            asked.push(specifier + ' ' + modules.get(referrer));
            return load(specifier);
          }});
          const undefined_ = await root.evaluate();
          return [nothing === undefined, undefined_ === undefined, ...asked, await context.eval('c')];
        }})();
        """
    ) == [True, True, "b root", "c b", 7]


def test_a_wrong_return(run: Run) -> None:
    wrong = "TypeError: Resolved dependency was not `Module`"
    assert run("return caught(() => compile(`import 'x'`).instantiateSync(context, () => 5))") == wrong
    assert run("return late(compile(`import 'x'`).instantiate(context, () => 5))") == wrong
    assert run("return late(compile(`import 'x'`).instantiate(context, async () => {}))") == wrong
    sync = "return caught(() => compile(`import 'x'`).instantiateSync(context, async () => compile('')))"
    assert run(sync) == wrong


def test_what_a_resolver_throws(run: Run) -> None:
    throws = "() => { throw new RangeError('mine') }"
    assert run(f"return caught(() => compile(`import 'x'`).instantiateSync(context, {throws}))") == (
        "RangeError: mine"
    )
    assert run(f"return late(compile(`import 'x'`).instantiate(context, {throws}))") == "RangeError: mine"
    assert run(f"return late(compile(`import 'x'`).instantiate(context, async {throws}))") == (
        "RangeError: mine"
    )


def test_without_a_resolver(run: Run) -> None:
    message = 'Error: The dependency "x" is not there: it was not set, and there is no resolver'
    assert run("return caught(() => compile(`import 'x'`).instantiateSync(context))") == message
    assert run("return late(compile(`import 'x'`).instantiate(context))") == message


def test_too_early_and_released(run: Run) -> None:
    early = "Error: Module has not been instantiated."
    assert run("return caught(() => compile('').evaluateSync())") == early
    assert run("return late(compile('').evaluate())") == early
    assert run("return caught(() => compile('').namespace)") == early
    released = "Error: Module has been released"
    assert run("const it = compile(''); it.release(); return caught(() => it.release())") == released
    assert run("const it = compile(''); it.release(); return late(it.instantiate(context))") == released
    assert (
        run("const it = compile(''); it.release(); return caught(() => it.dependencySpecifiers)") == released
    )


def test_wrong_arguments_throw_at_once(run: Run) -> None:
    assert run("return caught(() => compile('').instantiate(5))") == (
        "TypeError: `Module.instantiate` requires parameter 1 to be a Context"
    )
    assert run("return caught(() => compile('').instantiate(context, 5))") == (
        "TypeError: `Module.instantiate` requires parameter 2 to be a function"
    )
    assert run("return caught(() => isolate.compileModule(5))") == (
        "TypeError: `Isolate.compileModule` requires parameter 1 to be a string"
    )
    assert run("return caught(() => new ivm.Module())") == "TypeError: `Module` constructor is private"


def test_a_context_or_module_of_another_isolate(run: Run) -> None:
    assert run(
        """
        const other = new ivm.Isolate({ memoryLimit: 8 });
        const told = [
          caught(() => compile('').instantiateSync(other.createContextSync())),
          caught(() => compile(`import 'x'`).instantiateSync(context, () => other.compileModuleSync(''))),
        ];
        other.dispose();
        return told;
        """
    ) == ["TypeError: Invalid context", "TypeError: Invalid module: it belongs to another isolate"]


def test_the_namespace_is_a_reference(run: Run) -> None:
    assert run(
        """
        const module = compile('export let a = 5; export default function () {}');
        module.instantiateSync(context);
        module.evaluateSync();
        const namespace = module.namespace;
        return [namespace instanceof ivm.Reference, namespace.typeof,
          context.evalClosureSync('return Object.keys($0).join()', [namespace.derefInto()])];
        """
    ) == [True, "object", "a,default"]


def test_errors_keep_their_class(run: Run) -> None:
    code = "const it = compile(`throw new RangeError('far')`); it.instantiateSync(context);"
    assert run(code + "return caught(() => it.evaluateSync())") == "RangeError: far"
    assert run(code + "return late(it.evaluate())") == "RangeError: far"
    assert run("return caught(() => compile('let {', { filename: 'ü.mjs' }))") == (
        "SyntaxError: Unexpected end of input [ü.mjs:1:6]"
    )


def test_top_level_await(run: Run) -> None:
    code = "const it = compile('await 0; throw new TypeError(2)'); it.instantiateSync(context);"
    assert run(code + "return late(it.evaluate())") == "TypeError: 2"
    assert run(
        "const it = compile('await 0'); it.instantiateSync(context); return it.evaluateSync() ?? 'at once'"
    ) == ("at once")


def test_timeouts(run: Run) -> None:
    code = "const it = compile('for (;;);'); it.instantiateSync(context);"
    message = "Error: Script execution timed out."
    assert run(code + "return caught(() => it.evaluateSync({ timeout: 20 }))") == message
    assert run(code + "return late(it.evaluate({ timeout: 20 }))") == message


def test_import_calls_ask_the_resolver(run: Run) -> None:
    assert (
        run(
            """
        return (async () => {
          const root = compile(`globalThis.late = (await import('./late')).default`);
          await root.instantiate(context, async (specifier, referrer) =>
            isolate.compileModule(`export default '${specifier} ' + ${referrer === root}`));
          await root.evaluate();
          return context.eval('late');
        })();
        """
        )
        == "./late true"
    )


def test_meta_is_a_function_of_the_isolate_that_compiles(run: Run) -> None:
    assert run("return caught(() => isolate.compileModuleSync('', { meta() {} }))") == (
        "TypeError: `Isolate.compileModuleSync` requires `meta` to be a function of the isolate that compiles"
    )
    assert run("return late(isolate.compileModule('', { meta() {} }))") == (
        "TypeError: `Isolate.compileModule` requires `meta` to be a function of the isolate that compiles"
    )


def test_a_module_crosses_as_itself(run: Run) -> None:
    assert run(
        """
        const module = compile('export default 1');
        const same = context.evalClosureSync('return $0', [module]);
        return [same instanceof ivm.Module, same.dependencySpecifiers.length];
        """
    ) == [True, 0]


def test_dispose_in_a_resolver(run: Run) -> None:
    assert (
        run(
            """
        const doomed = new ivm.Isolate({ memoryLimit: 8 });
        const place = doomed.createContextSync();
        const module = doomed.compileModuleSync(`import 'x'`), other = doomed.compileModuleSync('');
        return caught(() => module.instantiateSync(place, () => { doomed.dispose(); return other }));
        """
        )
        == "Error: Isolate was disposed during execution"
    )
    assert (
        run(
            """
        const doomed = new ivm.Isolate({ memoryLimit: 8 });
        const place = doomed.createContextSync();
        const module = doomed.compileModuleSync(`import 'x'`);
        return late(module.instantiate(place, () => { doomed.dispose(); return new Promise(() => {}) }));
        """
        )
        == "Error: Isolate was disposed during execution"
    )

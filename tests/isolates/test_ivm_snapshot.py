"""ivm.Isolate.createSnapshot and code caches, as JavaScript sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import isolates

Run = Callable[..., Any]

PRELUDE = """
var { Isolate, ExternalCopy } = ivm;
function message(what) {
  try { what(); return 'nothing was thrown' } catch (error) { return String(error) }
}
function from(snapshot, code) {
  const isolate = new Isolate({ snapshot });
  try { return isolate.createContextSync().evalSync(code) } finally { isolate.dispose() }
}
"""


@pytest.fixture(params=[False, True], ids=["README", "version 5"])
def run(
    isolate: isolates.Isolate, context: isolates.Context, request: pytest.FixtureRequest
) -> Iterator[Run]:
    """Runs JavaScript as the body of an async function in a privileged isolate; the result is copied."""
    ivm = isolates.isolated_vm("isolated-vm@5") if request.param else isolates.isolated_vm()
    context.eval_closure_sync("globalThis.ivm = $0", [ivm])
    context.eval_sync(PRELUDE)
    yield lambda code: context.eval_sync(f"(async () => {{ {code} }})()", promise=True, copy=True)
    context.eval_sync("for (const name of Object.keys(globalThis)) delete globalThis[name]")
    isolate.collect_garbage_sync()


def test_an_isolate_starts_from_a_snapshot(run: Run) -> None:
    code = """
    const snapshot = Isolate.createSnapshot([
      { code: "var lib = { f: () => 'made before' }" }, { code: "let n = lib.f().length" }]);
    return [snapshot instanceof ExternalCopy, snapshot.copy() instanceof ArrayBuffer,
            from(snapshot, 'lib.f() + n++ + n'), from(snapshot, 'n')];
    """
    assert run(code) == [True, True, "made before1112", 11]


def test_a_warmup_script_compiles_and_leaves_nothing_else(run: Run) -> None:
    code = """
    const code = "var calls = 0; function f() { calls++; return [1, 2].map(n => n * 2).join() }";
    const scripts = [{ code }];
    const cold = Isolate.createSnapshot(scripts), warm = Isolate.createSnapshot(scripts, "f()");
    return [warm.copy().byteLength > cold.copy().byteLength, from(warm, 'f() + calls')];
    """
    assert run(code) == [True, "2,41"]


def test_errors_of_scripts_are_those_of_javascript(run: Run) -> None:
    code = """
    try {
      Isolate.createSnapshot([{ code: '1' }, { code: '\\n null.x', filename: 'lib.js', lineOffset: 4 }]);
    } catch (error) { return [error instanceof TypeError, error.message, error.stack.includes('lib.js:6:7')] }
    """
    assert run(code) == [True, "Cannot read properties of null (reading 'x')", True]
    assert run("return message(() => Isolate.createSnapshot([{ code: 'let a = ;', filename: 'f.js' }]))") == (
        "SyntaxError: Unexpected token ';' [f.js:1:9]"
    )


def test_limits_hold(run: Run) -> None:
    spin = "Isolate.createSnapshot([{ code: 'for (;;);' }], undefined, { timeout: 50 })"
    assert run(f"return message(() => {spin})") == "Error: Script execution timed out."
    bomb = (
        "Isolate.createSnapshot([{ code: 'const a = []; for (;;) a.push({ a })' }], '1', { memoryLimit: 16 })"
    )
    expected = "Error: Isolate was disposed during execution due to memory limit"
    assert run(f"return message(() => {bomb})") == expected
    assert run("return from(Isolate.createSnapshot([]), '6 * 7')") == 42


WRONG = [
    ("Isolate.createSnapshot()", "`Isolate.createSnapshot` requires parameter 1 to be an array"),
    ("Isolate.createSnapshot('1')", "`Isolate.createSnapshot` requires parameter 1 to be an array"),
    ("Isolate.createSnapshot(['1'])", "`Isolate.createSnapshot` requires `scripts[0]` to be an object"),
    (
        "Isolate.createSnapshot([{ code: '1' }, {}])",
        "`Isolate.createSnapshot` requires `scripts[1].code` to be a string",
    ),
    (
        "Isolate.createSnapshot([{ code: '1', filename: 1 }])",
        "`Isolate.createSnapshot` requires `scripts[0].filename` to be a string",
    ),
    (
        "Isolate.createSnapshot([{ code: '1', columnOffset: 'x' }])",
        "`Isolate.createSnapshot` requires `scripts[0].columnOffset` to be a 32-bit integer",
    ),
    ("Isolate.createSnapshot([], 1)", "`Isolate.createSnapshot` requires parameter 2 to be a string"),
    ("Isolate.createSnapshot([], '', { memoryLimit: 7 })", "`memoryLimit` must be at least 8"),
    ("new Isolate({ snapshot: 1 })", "`Isolate` requires `snapshot` to be an ExternalCopy of an ArrayBuffer"),
    (
        "new Isolate({ snapshot: new ExternalCopy({}) })",
        "`Isolate` requires `snapshot` to be an ExternalCopy of an ArrayBuffer",
    ),
    (
        "new Isolate({ snapshot: new ExternalCopy(new ArrayBuffer(1000)) })",
        "`snapshot` is not a snapshot that `Isolate.create_snapshot` has made with this V8, or it is damaged",
    ),
]


@pytest.mark.parametrize(("code", "message"), WRONG, ids=[code for code, _ in WRONG])
def test_wrong_arguments_are_named(run: Run, code: str, message: str) -> None:
    assert run(f"return message(() => {code})") == f"TypeError: {message}"


def test_a_snapshot_that_was_released_or_taken_is_refused(run: Run) -> None:
    code = """
    const snapshot = Isolate.createSnapshot([]);
    const other = Isolate.createSnapshot([]);
    other.copy({ transferIn: true });
    snapshot.release();
    return [message(() => from(snapshot, '1')), message(() => from(other, '1'))];
    """
    assert run(code) == [
        "Error: Copy has been released",
        "TypeError: `Isolate` requires `snapshot` to be an ExternalCopy of an ArrayBuffer",
    ]


def test_snapshots_cross_between_python_and_javascript(run: Run, context: isolates.Context) -> None:
    snapshot = isolates.Isolate.create_snapshot_sync(["var a = 5"])
    assert context.eval_closure_sync("return from($0, 'a')", [snapshot]) == 5
    made = context.eval_closure_sync("return Isolate.createSnapshot([{ code: 'var b = 6' }])")
    with isolates.Isolate(snapshot=made) as other:
        assert other.create_context_sync().eval_sync("b") == 6


def test_an_isolate_without_ivm_makes_no_snapshots(run: Run) -> None:
    code = """
    const isolate = new Isolate(), context = isolate.createContextSync();
    const attempt = () => context.evalClosureSync('return $0.constructor.createSnapshot([])', [isolate]);
    const seen = message(attempt);
    isolate.dispose();
    return seen;
    """
    assert run(code) == (
        "TypeError: `Isolate.createSnapshot` needs the `ivm` object, which this context was not given"
    )


def test_a_script_has_cached_data_where_it_was_asked_for(run: Run) -> None:
    code = """
    const isolate = new Isolate(), context = isolate.createContextSync(), code = '(() => 42)()';
    const plain = isolate.compileScriptSync(code);
    const made = await isolate.compileScript(code, { produceCachedData: true });
    const used = isolate.compileScriptSync(code, { cachedData: made.cachedData });
    const wrong = isolate.compileScriptSync(code, { cachedData: new ExternalCopy(new ArrayBuffer(500)) });
    const seen = [plain, made, used, wrong].map(script =>
      ['cachedData' in script, 'cachedDataRejected' in script, script.cachedDataRejected,
       script.runSync(context)]);
    isolate.dispose();
    return [seen.map(each => each.join(' ')), made.cachedData instanceof ExternalCopy];
    """
    seen = ["false false  42", "true false  42", "false true false 42", "false true true 42"]
    assert run(code) == [seen, True]


def test_wrong_options_of_code_caches_are_named(run: Run) -> None:
    code = """
    const isolate = new Isolate();
    const data = isolate.compileScriptSync('1', { produceCachedData: true }).cachedData;
    const seen = [{ cachedData: 1 }, { produceCachedData: 1 }, { produceCachedData: true, cachedData: data }]
      .map(options => message(() => isolate.compileScriptSync('1', options)));
    isolate.dispose();
    return seen;
    """
    method = "TypeError: `Isolate.compileScriptSync`"
    assert run(code) == [
        f"{method} requires `cachedData` to be an ExternalCopy of an ArrayBuffer",
        f"{method} requires `produceCachedData` to be a boolean",
        f"{method}: `produceCachedData` and `cachedData` can't be used at the same time",
    ]

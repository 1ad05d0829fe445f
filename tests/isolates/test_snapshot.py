"""Snapshots: heaps that isolates start from, made under limits, in an isolate that nobody else sees."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import isolates
from isolates import ExternalCopy, Isolate, TransferError, _native
from isolates.future import Future


@pytest.fixture(params=["sync", "async"])
def create(request: pytest.FixtureRequest) -> Callable[..., ExternalCopy]:
    """Isolate.create_snapshot in both forms."""
    if request.param == "sync":
        return Isolate.create_snapshot_sync
    return lambda *values, **options: Isolate.create_snapshot(*values, **options).result(20)


def eval_from(snapshot: Any, *codes: str, **options: Any) -> Any:
    """What the last code evaluates to in a context that starts from the snapshot."""
    with Isolate(snapshot=snapshot, **options) as isolate:
        context = isolate.create_context_sync()
        return [context.eval_sync(code) for code in codes][-1]


def resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def test_contexts_start_with_what_the_scripts_made(create: Any) -> None:
    snapshot = create(["var lib = { f: () => 'made before' }", {"code": "let n = lib.f().length"}])
    with Isolate(snapshot=snapshot) as isolate:
        first, second = (isolate.create_context_sync() for _ in range(2))
        assert first.eval_sync("lib.f() + n++ + n") == "made before1112"
        assert second.eval_sync("n") == 11


def test_a_snapshot_without_scripts_is_an_empty_context(create: Any) -> None:
    assert eval_from(create([]), "typeof lib") == "undefined"
    assert eval_from(create(()), "6 * 7") == 42


def test_all_kinds_of_values_survive(create: Any) -> None:
    snapshot = create(
        [
            """
            const key = {}, map = new Map([['a', 1], [key, 2], [1.5, 3], [Symbol.for('s'), 4]]);
            const weak = new WeakMap([[key, 5]]), set = new Set(['x', key]), big = 2n ** 70n;
            const dict = {}; for (let i = 0; i < 3000; i++) dict['k' + i] = i; delete dict.k7;
            class A { #x = 6; get() { return this.#x } }
            const a = new A(), when = new Date(7), regexp = /a(b+)c/, error = new RangeError('old');
            const proxy = new Proxy({}, { get: () => 8 });
            function* numbers() { yield 9; yield 10 }
            const generator = numbers(); generator.next();
            const next = (() => { let n = 10; return () => ++n })(); next();
            let resolve, later = new Promise(r => { resolve = r }).then(n => n + 1);
            """
        ]
    )
    read = """
        [map.get('a'), map.get(key), map.get(1.5), map.get(Symbol.for('s')), weak.get(key), set.has(key),
         big === 2n ** 70n, dict.k2999, 'k7' in dict, a.get(), +when, regexp.exec('abbc')[1], error.message,
         error.stack, proxy.x, generator.next().value, next()].join()
    """
    assert eval_from(snapshot, read) == "1,2,3,4,5,true,true,2999,false,6,7,bb,old,,8,10,12"
    with Isolate(snapshot=snapshot) as isolate:
        assert isolate.create_context_sync().eval_sync("resolve(12); later", promise=True) == 13


def test_buffers_survive_and_count(create: Any) -> None:
    snapshot = create(
        ["const bytes = new Uint8Array(1e6).fill(7); const view = new Float64Array(bytes.buffer, 8, 2)"]
    )
    with Isolate(snapshot=snapshot) as isolate:
        first, second = (isolate.create_context_sync() for _ in range(2))
        first.eval_sync("view[0] = 1.5; bytes[0] = 1")
        assert first.eval_sync("[bytes[0], view[0], bytes[999999], bytes[8]].join()") == "1,1.5,7,0"
        assert second.eval_sync("[bytes[0], bytes[8]].join()") == "7,7"
        assert isolate.get_heap_statistics_sync()["externally_allocated_size"] == 2_000_000
        with pytest.raises(isolates.JSRangeError, match="Array buffer allocation failed"):
            first.eval_sync("new ArrayBuffer(2 ** 30)")


def test_what_v8_leaves_out_of_snapshots_is_there_in_their_contexts(create: Any) -> None:
    with pytest.raises(isolates.JSReferenceError, match="WebAssembly is not defined"):
        create(["new WebAssembly.Memory({ initial: 1 })"])
    module = "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))"
    seen = f"{module}; [typeof SharedArrayBuffer, typeof Float16Array, typeof new Intl.Collator()].join()"
    assert eval_from(create(["1"]), seen) == "function,function,object"


def test_the_scripts_are_named_in_errors(create: Any) -> None:
    with pytest.raises(isolates.JSTypeError) as caught:
        create(["1", {"code": "\n null.x", "filename": "lib.js", "line_offset": 4, "column_offset": 9}])
    assert (caught.value.filename, caught.value.line, caught.value.column) == ("lib.js", 6, 7)
    assert caught.value.message == "Cannot read properties of null (reading 'x')"
    assert "lib.js:6:7" in (caught.value.stack or "")
    with pytest.raises(isolates.JSSyntaxError, match=r"Unexpected token ';' \[lib.js:1:9\]$"):
        create([{"code": "let a = ;", "filename": "lib.js"}])
    with pytest.raises(isolates.JSRangeError, match=r"^warm$") as caught_in_warmup:
        create(["1"], "throw new RangeError('warm')")
    assert caught_in_warmup.value.line == 1
    with pytest.raises(isolates.ThrownValueError) as caught_value:
        create(["throw 5"])
    assert caught_value.value.value == 5
    with pytest.raises(isolates.JSRangeError, match=r"^later$"):
        create(["Promise.reject(new RangeError('later'))"])


def test_functions_keep_the_place_that_they_came_from(create: Any) -> None:
    snapshot = create([{"code": "\nfunction fail() { throw new Error('x') }", "filename": "lib.js"}])
    with Isolate(snapshot=snapshot) as isolate:
        context = isolate.create_context_sync()
        with pytest.raises(isolates.JSError) as caught:
            context.eval_sync("fail()", filename="user.js")
    assert "lib.js:2:" in (caught.value.stack or "")
    assert "user.js:1:" in (caught.value.stack or "")


def test_the_effects_of_the_warmup_script_are_not_in_the_snapshot(create: Any) -> None:
    snapshot = create(
        ["var calls = 0; let state = 1; function f() { calls++; return state }"],
        "f(); state = 2; globalThis.warm = true; Array.prototype.push = null; f.called = true",
    )
    seen = "[calls, f(), typeof warm, typeof [].push, 'called' in f].join()"
    assert eval_from(snapshot, seen) == "0,1,undefined,function,false"


def test_a_warmup_script_puts_compiled_functions_into_the_snapshot(create: Any) -> None:
    lib = "const lib = {};" + "".join(
        f"lib.f{n} = a => {{ let r = {n}; r += a; return r }};" for n in range(500)
    )
    cold = create([lib])
    warm = create([lib], "for (const name in lib) lib[name](1)")
    # Bytecode of 500 functions: about 120 bytes each, seen.
    assert len(bytes(warm)) > len(bytes(cold)) + 500 * 50
    assert eval_from(warm, "lib.f7(1)") == 8


def test_any_buffer_is_a_snapshot(create: Any) -> None:
    snapshot = create(["var a = 1"])
    for given in (snapshot, bytes(snapshot), bytearray(snapshot), memoryview(snapshot)):
        assert eval_from(given, "a") == 1


def test_an_external_copy_of_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="`snapshot` is not a snapshot"):
        Isolate(snapshot=ExternalCopy(b"bytes"))
    wrong: Any = ExternalCopy({"a": 1})
    with pytest.raises(
        TypeError, match=r"`Isolate` requires `snapshot` to be bytes or another buffer: .* no ArrayBuffer"
    ):
        Isolate(snapshot=wrong)
    released = Isolate.create_snapshot_sync([])
    released.release()
    with pytest.raises(isolates.ReleasedError, match=r"^Copy has been released$"):
        Isolate(snapshot=released)


def test_the_memory_of_a_snapshot_counts_as_that_of_any_copy(create: Any) -> None:
    gc.collect()
    before = ExternalCopy.total_external_size
    snapshot = create([])
    size = len(bytes(snapshot))
    assert ExternalCopy.total_external_size >= before + size
    snapshot.release()
    assert ExternalCopy.total_external_size < before + size


def test_a_buffer_may_change_after_the_isolate_was_made(create: Any) -> None:
    given = bytearray(create(["var a = [1, 2, 3]"]))
    with Isolate(snapshot=given) as isolate:
        given[:] = bytes(len(given))
        assert isolate.create_context_sync().eval_sync("a.length") == 3


def test_a_snapshot_works_in_another_process(create: Any, tmp_path: Path) -> None:
    file = tmp_path / "snapshot"
    file.write_bytes(
        create(["const map = new Map([['a', 1], [Symbol.for('s'), 2]]); const o = { k1: 3 }"], "o.k1")
    )
    code = (
        "import sys, pathlib, isolates\n"
        "with isolates.Isolate(snapshot=pathlib.Path(sys.argv[1]).read_bytes()) as isolate:\n"
        "    context = isolate.create_context_sync()\n"
        '    print(context.eval_sync(\'[map.get("a"), map.get(Symbol.for("s")), o["k" + 1]].join()\'))\n'
    )
    child = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, text=True, check=True, timeout=20
    )
    assert child.stdout == "1,2,3\n"


def damaged(snapshot: bytes) -> list[bytes]:
    """Every header byte and some of the content changed, cut, padded; and what never was a snapshot."""
    random_number = random.Random(5)
    flips = [*range(64), *(random_number.randrange(64, len(snapshot)) for _ in range(200))]
    changed = [snapshot[:at] + bytes([snapshot[at] ^ 0x10]) + snapshot[at + 1 :] for at in flips]
    cut = [snapshot[:size] for size in (1, 63, 64, 65, 1000, len(snapshot) - 1)]
    return [
        *changed,
        *cut,
        snapshot + b"\0",
        b"",
        b"\0" * 64,
        bytes(100_000),
        random_number.randbytes(100_000),
    ]


def test_what_is_no_snapshot_of_this_v8_is_refused() -> None:
    for given in damaged(bytes(Isolate.create_snapshot_sync(["var a = 1"]))):
        with pytest.raises(ValueError, match=r"^`snapshot` is not a snapshot that `Isolate.create_snapshot`"):
            Isolate(snapshot=given)


@pytest.mark.parametrize(
    ("scripts", "options", "message"),
    [
        ("1", {}, "`Isolate.create_snapshot` requires `scripts` to be a list or tuple, not str"),
        ([1], {}, 'requires `scripts[0]` to be a str or a dict with the key "code", not int'),
        (["1", {"code": 1}], {}, "requires `scripts[1].code` to be a str, not int"),
        ([{}], {}, "requires `scripts[0].code`"),
        ([{"code": "1", "filename": 1}], {}, "requires `scripts[0].filename` to be a str, not int"),
        ([{"code": "1", "line_offset": "1"}], {}, "requires `scripts[0].line_offset` to be an int, not str"),
        ([{"code": "1", "columnOffset": 1}], {}, "`scripts[0]` has no key `columnOffset`"),
        (["1"], {"warmup_script": 1}, "requires `warmup_script` to be a str or None, not int"),
        (["1"], {"memory_limit": "1"}, "requires `memory_limit` to be a number of megabytes, not str"),
    ],
)
def test_wrong_types_are_named(scripts: Any, options: Any, message: str) -> None:
    for method in (Isolate.create_snapshot, Isolate.create_snapshot_sync):
        call: Any = method
        with pytest.raises(TypeError) as caught:
            call(scripts, **options)
        assert message in str(caught.value).replace("create_snapshot_sync", "create_snapshot")


def test_wrong_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"`scripts\[1\].column_offset` to be an int from 0"):
        Isolate.create_snapshot_sync(["1", {"code": "1", "column_offset": -1}])
    with pytest.raises(ValueError, match="`memory_limit` must be at least 8, not 7"):
        Isolate.create_snapshot_sync(["1"], memory_limit=7)
    with pytest.raises(ValueError, match="requires `timeout` to be a positive number of seconds, not 0"):
        Isolate.create_snapshot_sync(["1"], timeout=0)
    with pytest.raises(
        TypeError, match=r"`Isolate` requires `snapshot` to be bytes, a buffer or None, not str"
    ):
        Isolate(snapshot="x")  # type: ignore[arg-type] # the point of the test


def test_a_script_that_is_too_long_is_named(create: Any) -> None:
    with pytest.raises(ValueError, match=r"`scripts\[1\].code` of 2000000 bytes is longer than the 1048576"):
        create(["1", "1;" * 1_000_000], memory_limit=8)
    with pytest.raises(ValueError, match="`warmup_script` of 2000000 bytes"):
        create(["1"], "1;" * 1_000_000, memory_limit=8)


HOSTILE = [
    ("for (;;);", isolates.ScriptTimeoutError),
    ("Promise.resolve().then(() => { for (;;); })", isolates.ScriptTimeoutError),
    ("const all = []; for (;;) all.push({ all })", isolates.MemoryLimitError),
    ("const all = []; for (;;) all.push(new Uint8Array(1e6))", isolates.JSRangeError),
    ("'x'.padEnd(5e8).split('')", isolates.IsolatesError),
    ("(function f() { f() })()", isolates.JSRangeError),
    ("var kept = new Intl.Collator()", TransferError),
    ("var kept = new FinalizationRegistry(() => {}); kept.register({}, 1)", TransferError),
    ("Object.freeze(globalThis)", TransferError),
    ("Object.freeze(Error)", TransferError),
]


@pytest.mark.parametrize(("code", "error"), HOSTILE, ids=[code[:40] for code, _ in HOSTILE])
def test_a_hostile_script_costs_an_error_of_its_own_type(create: Any, code: str, error: Any) -> None:
    with pytest.raises(error):
        create(["1", code], timeout=2 if error is not isolates.ScriptTimeoutError else 0.1, memory_limit=16)
    assert eval_from(create(["var a = 1"]), "a") == 1


def test_a_hostile_warmup_costs_the_same(create: Any) -> None:
    with pytest.raises(isolates.ScriptTimeoutError):
        create(["var a = 1"], "for (;;);", timeout=0.2)
    with pytest.raises(isolates.MemoryLimitError):
        create(["var a = 1"], "const all = []; for (;;) all.push({ all })", memory_limit=16)


HOSTILE_HEAPS = [
    "Object.defineProperty(globalThis, 'WebAssembly', { get() { throw 1 }, set() { throw 2 } })",
    "Object.defineProperty(globalThis, 'SharedArrayBuffer', { value: 1 })",
    "Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Function.prototype)",
    "Object.setPrototypeOf(globalThis, null); delete globalThis.Object; delete globalThis.Function",
    "Object.setPrototypeOf(globalThis, new Proxy({}, { set() { throw 1 }, get() { throw 1 } }))",
    "Object.defineProperty(Object.prototype, 'x', { set(v) { throw v } }); Symbol.prototype.description = 1",
    "for (const name of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[name] } catch {}",
    "for (const name of Object.getOwnPropertyNames(globalThis)) try { globalThis[name] = null } catch {}",
    "Object.preventExtensions(Iterator.prototype); Object.freeze(Intl); Object.freeze(Atomics)",
    "Error.prepareStackTrace = () => { throw 1 }; Error.stackTraceLimit = -1",
    "var deep = null; for (let i = 0; i < 3e5; i++) deep = { deep }",
    "globalThis.then = 1; Promise.prototype.then = null; Function.prototype.call = null",
]


@pytest.mark.parametrize("code", HOSTILE_HEAPS, ids=[code[:40] for code in HOSTILE_HEAPS])
def test_a_hostile_heap_is_refused_or_works(run_child: Any, code: str) -> None:
    child = run_child(
        "import isolates\n"
        "try:\n"
        f"    snapshot = isolates.Isolate.create_snapshot_sync([{code!r}], memory_limit=64)\n"
        "except isolates.IsolatesError as error:\n"
        "    print('refused', type(error).__name__)\n"
        "else:\n"
        "    with isolates.Isolate(snapshot=snapshot, memory_limit=64) as isolate:\n"
        "        for _ in range(3):\n"
        "            context = isolate.create_context_sync()\n"
        "            assert context.eval_sync('6 * 7') == 42\n"
        "            script = isolate.compile_script_sync('1 + 1')\n"
        "            assert script.run_sync(context) == 2\n"
        "            isolate.collect_garbage_sync()\n"
        "    print('works')\n"
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.splitlines()[-1] in ("works", "refused TransferError")


def test_error_classes_are_those_from_before_the_scripts(create: Any) -> None:
    def fail() -> None:
        raise isolates.JSEvalError("from the host")

    snapshot = create(["const Real = EvalError; EvalError = function () { throw 'fooled' }"], "1")
    with Isolate(snapshot=snapshot) as isolate:
        context = isolate.create_context_sync()
        code = "try { $0() } catch (error) { return error instanceof Real && error.message }"
        assert context.eval_closure_sync(code, [fail]) == "from the host"


# An expression for each own property of each object that can be reached from the global one.
WALK = """
(() => {
  const seen = new Set(), found = [], waiting = [[globalThis, 'globalThis']];
  const async = async function* () {};
  waiting.push([Object.getPrototypeOf(Object.getPrototypeOf(async.prototype)),
                'Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype))']);
  while (waiting.length) {
    const [object, path] = waiting.shift();
    if (seen.has(object)) continue;
    seen.add(object);
    for (const key of Reflect.ownKeys(object)) {
      const name = `${path}[${typeof key === 'symbol' ? key.description : JSON.stringify(key)}]`;
      found.push(name);
      const value = Object.getOwnPropertyDescriptor(object, key).value;
      if (Object(value) === value) waiting.push([value, name]);
    }
    const prototype = Object.getPrototypeOf(object);
    if (prototype) waiting.push([prototype, `Object.getPrototypeOf(${path})`]);
  }
  return found.join('\\n');
})()
"""


def test_what_v8_adds_to_contexts_from_snapshots_takes_the_place_of_polyfills() -> None:
    before = eval_from(Isolate.create_snapshot_sync([f"const before = {WALK}"]), "before").split("\n")
    with Isolate() as isolate:
        everything = isolate.create_context_sync().eval_sync(WALK).split("\n")
    added = [name for name in everything if name not in set(before)]
    added = [name for name in added if not any(name.startswith(other + "[") for other in added)]
    assert 'globalThis["WebAssembly"]' in added
    assert any("asyncDispose" in name for name in added)
    polyfills = "".join(
        f"Object.defineProperty({name[: name.rindex('[')]}, "
        f"{name[name.rindex('[') + 1 : -1]}, {{ value: 'mine', configurable: true }});"
        for name in added
    )
    snapshot = Isolate.create_snapshot_sync([polyfills])
    seen = f"[{','.join(f'typeof {name}' for name in added)}].join()"
    assert "string" not in eval_from(snapshot, seen)
    assert "undefined" not in eval_from(snapshot, seen)


def test_the_stack_trace_limit_of_the_scripts_holds_in_contexts(create: Any) -> None:
    deep = "(function f(n) { return n ? f(n - 1) : new Error('x').stack.split('at f').length - 1 })(30)"
    assert eval_from(create(["1"]), deep) == 10
    assert eval_from(create(["Error.stackTraceLimit = 20"]), deep) == 20
    assert eval_from(create(["Error.stackTraceLimit = 20"], "Error.stackTraceLimit = 5"), deep) == 20
    assert eval_from(create(["delete Error.stackTraceLimit"]), deep) == 10


NOTED = [
    "Error.stackTraceLimit = 10; var kept = new Error('x')",
    "Object.defineProperty(Error, 'stackTraceLimit', { value: 10 })",
    "Reflect.deleteProperty(Error, 'stackTraceLimit'); Error.stackTraceLimit = 10; var kept = new Error('x')",
    "Error.stackTraceLimit = 10; var kept = {}; Error.captureStackTrace(kept)",
    "Function.prototype.stackTraceLimit = 10; var kept = new Error('x')",
    "Object.setPrototypeOf(Error, { stackTraceLimit: 10 }); var kept = new Error('x')",
]


@pytest.mark.parametrize("code", NOTED)
def test_no_error_in_a_snapshot_has_a_stack_that_was_noted_and_not_read(create: Any, code: str) -> None:
    # V8 can't read such a snapshot, and then writes no others: see snapshot_globals.h.
    try:
        snapshot = create([code])
    except isolates.JSTypeError as error:
        assert "Cannot redefine property: stackTraceLimit" in str(error)  # noqa: PT017 - either is fine
    else:
        assert eval_from(snapshot, "typeof kept?.stack") == "undefined"
    assert eval_from(create(["var a = 1"]), "a") == 1


def test_an_isolate_from_a_snapshot_has_the_limits_of_any(create: Any) -> None:
    snapshot = create(["function bomb() { const all = []; for (;;) all.push({ all }) }"], "1")
    with Isolate(snapshot=snapshot, memory_limit=16) as isolate:
        context = isolate.create_context_sync()
        with pytest.raises(isolates.ScriptTimeoutError):
            context.eval_sync("for (;;);", timeout=0.05)
        with pytest.raises(isolates.JSError, match="Code generation from strings disallowed"):
            context.eval_sync("eval('1;'.repeat(2e6))")
        assert context.eval_sync("eval('1 + 1')") == 2
        assert context.eval_sync("var done = 0; Promise.resolve().then(() => { done = 1 }); done") == 0
        assert context.eval_sync("done") == 1
        with pytest.raises(isolates.MemoryLimitError):
            context.eval_sync("bomb()")


def test_v8_giving_up_costs_only_the_isolate_from_the_snapshot(create: Any) -> None:
    snapshot = create(["var a = 1"])
    with Isolate(snapshot=snapshot, memory_limit=16) as isolate, Isolate(snapshot=snapshot) as other:
        contexts = [each.create_context_sync() for each in (isolate, other)]
        with pytest.raises(isolates.IsolateDiedError):
            contexts[0].eval_sync("'x'.padEnd(5e8).split('')")
        assert contexts[1].eval_sync("a") == 1


def test_a_timeout_covers_scripts_and_warmup_together() -> None:
    spin = "for (const end = Date.now() + 150; Date.now() < end;);"
    with pytest.raises(isolates.ScriptTimeoutError, match=r"^Script execution timed out.$"):
        Isolate.create_snapshot_sync([spin, spin], spin, timeout=0.4)


def test_cancel_stops_the_scripts() -> None:
    future: Future[ExternalCopy] = Isolate.create_snapshot(["for (;;);"])
    while _native._live_isolates() == 0:
        pass
    assert future.cancel()
    assert future.cancelled()


def test_snapshots_are_made_in_parallel() -> None:
    futures = [Isolate.create_snapshot([f"var a = {n}"], "a" if n % 2 else None) for n in range(20)]
    assert [eval_from(future.result(20), "a") for future in futures] == list(range(20))


def test_threads_may_share_a_snapshot() -> None:
    snapshot = Isolate.create_snapshot_sync(["const all = Array.from({ length: 1000 }, (_, n) => ({ n }))"])
    seen: list[int] = []

    def work() -> None:
        seen.extend(eval_from(snapshot, "all.reduce((sum, { n }) => sum + n, 0)") for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [499500] * 40


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_fifty_snapshots_leave_nothing(run_child: Any) -> None:
    child = run_child(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import gc, isolates\n"
        "from isolates import Isolate, _native\n"
        "from test_snapshot import resident_kb\n"
        "def make(code):\n"
        "    try:\n"
        "        snapshot = Isolate.create_snapshot_sync([code], 'var b = 1', memory_limit=16)\n"
        "        with Isolate(snapshot=snapshot) as isolate:\n"
        "            isolate.create_context_sync().eval_sync('b = data.length')\n"
        "    except isolates.IsolatesError:\n"
        "        pass\n"
        "codes = ['var data = new Uint8Array(1e6)', 'throw 1', 'var data = new Intl.Collator()']\n"
        "for _ in range(20): [make(code) for code in codes]\n"
        "gc.collect(); before = resident_kb()\n"
        "for _ in range(50): [make(code) for code in codes]\n"
        "gc.collect(); print(_native._live_isolates(), resident_kb() - before)\n",
        deadline_s=60,
    )
    assert child.returncode == 0, child.stderr
    live, grown_kb = map(int, child.stdout.split())
    assert live == 0
    assert grown_kb < 10_000  # 150 snapshots of 1.3 MB, or their isolates, would be a lot more


def test_an_isolate_keeps_its_snapshot() -> None:
    with Isolate(snapshot=Isolate.create_snapshot_sync(["var a = 1"])) as isolate:
        gc.collect()
        assert [isolate.create_context_sync().eval_sync("a") for _ in range(3)] == [1, 1, 1]

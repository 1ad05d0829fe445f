"""Compiled modules that are kept: taken for the same module alone, and anything else costs nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import isolates
from tests.isolates.conftest import wait_until

CODE = "export default function twice(n) { return n * 2 } globalThis.it = twice(21)"


def raw(data: Any) -> bytes:
    return bytes(memoryview(data))


@pytest.fixture
def other() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate


def produce(isolate: isolates.Isolate, code: str = CODE) -> bytes:
    return raw(isolate.compile_module_sync(code, produce_cached_data=True).cached_data)


def run(module: isolates.Module, isolate: isolates.Isolate) -> Any:
    context = isolate.create_context_sync()
    module.instantiate_sync(context)
    module.evaluate_sync()
    return context.eval_sync("it")


def test_a_module_has_what_was_asked_for_and_no_more(ask: Any, isolate: isolates.Isolate) -> None:
    plain = ask(isolate, "compile_module", CODE)
    assert (plain.cached_data, plain.cached_data_rejected) == (None, None)
    made = ask(isolate, "compile_module", CODE, produce_cached_data=True)
    assert isinstance(made.cached_data, isolates.ExternalCopy)
    assert made.cached_data is made.cached_data
    assert len(raw(made.cached_data)) > 100
    assert made.cached_data_rejected is None
    used = ask(isolate, "compile_module", CODE, cached_data=made.cached_data)
    assert (used.cached_data, used.cached_data_rejected) == (None, False)
    assert run(used, isolate) == run(made, isolate) == 42
    made.release()
    assert len(raw(made.cached_data)) > 100
    json = ask(isolate, "compile_json_module", "1")
    assert (json.cached_data, json.cached_data_rejected) == (None, None)


def test_cached_data_works_in_another_isolate(
    ask: Any, isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    data = produce(isolate)
    for given in (data, bytearray(data), memoryview(data)):
        module = ask(other, "compile_module", CODE, cached_data=given)
        assert module.cached_data_rejected is False
        assert run(module, other) == 42


def test_cached_data_works_in_another_process(isolate: isolates.Isolate, tmp_path: Path) -> None:
    file = tmp_path / "cache"
    file.write_bytes(produce(isolate))
    code = (
        "import sys, pathlib, isolates\n"
        "with isolates.Isolate() as isolate:\n"
        "    data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "    module = isolate.compile_module_sync(sys.argv[2], cached_data=data)\n"
        "    module.instantiate_sync(isolate.create_context_sync())\n"
        "    module.evaluate_sync()\n"
        "    twice = module.namespace.get_sync('default')\n"
        "    print(module.cached_data_rejected, twice.apply_sync(None, [21]))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, file, CODE], capture_output=True, text=True, check=True, timeout=20
    )
    assert child.stdout == "False 42\n"


def test_imports_import_and_meta_work_out_of_cached_data(
    isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    code = (
        "import { five } from './five' with { kind: 'x' };"
        "export let load = async () => (await import('./late')).default;"
        "globalThis.it = [five, await load(), import.meta.name].join()"
    )
    data = produce(isolate, code)
    for target in (isolate, other, other):
        asked: list[Any] = []

        def resolve(
            specifier: str,
            referrer: object,
            attributes: dict[str, str],
            target: isolates.Isolate = target,
            asked: list[Any] = asked,
        ) -> isolates.Module:
            asked.append((specifier, referrer, attributes))
            five = specifier == "./five"
            return target.compile_module_sync("export let five = 5" if five else "export default 'late'")

        module = target.compile_module_sync(
            code, cached_data=data, filename="ü.mjs", meta=lambda it: {"name": it.filename}
        )
        assert (module.cached_data_rejected, module.dependency_specifiers) == (False, ["./five"])
        context = target.create_context_sync()
        module.instantiate_sync(context, resolve)
        module.evaluate_sync()
        assert context.eval_sync("it") == "5,late,ü.mjs"
        assert asked == [("./five", module, {"kind": "x"}), ("./late", module, {})]
        asked.clear()
        module.release()


def test_code_that_is_compiled_late_works_out_of_cached_data(
    isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    code = (
        "class Base { #n = 20; get n() { return this.#n } static { this.m = 2 } }\n"
        "function* numbers() { yield new Base().n; yield 1 }\n"
        "async function late() { await 0; return [...numbers()].map(n => n * Base.m) }\n"
        "globalThis.it = (await late()).reduce((a, b) => a + b)"
    )
    for data in (produce(isolate, code), produce(other, code)):
        module = other.compile_module_sync(code, cached_data=data)
        other.collect_garbage_sync()
        assert (module.cached_data_rejected, run(module, other)) == (False, 42)


def test_what_is_no_cached_data_is_rejected_and_the_code_compiled(isolate: isolates.Isolate) -> None:
    good = produce(isolate)
    random_number = random.Random(7)
    flips = [*range(64), *(random_number.randrange(64, len(good)) for _ in range(100))]
    changed = [good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :] for at in flips]
    cut = [good[:size] for size in (0, 1, 63, 64, 65, len(good) - 1)]
    huge = good + bytes(200_000_000)
    snapshot = raw(isolates.Isolate.create_snapshot_sync(["1"]))
    rubbish = [good + b"\0", bytes(64), bytes(1000), random_number.randbytes(5000), snapshot, huge]
    for data in [*changed, *cut, *rubbish]:
        module = isolate.compile_module_sync(CODE, cached_data=data)
        assert module.cached_data_rejected is True
    assert run(module, isolate) == 42


def test_a_scripts_data_is_not_a_modules_and_the_other_way_round(
    ask: Any, isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    code = "globalThis.it = typeof this; it"  # a module's `this` is undefined
    of_script = isolate.compile_script_sync(code, produce_cached_data=True).cached_data
    of_module = isolate.compile_module_sync(code, produce_cached_data=True).cached_data
    assert raw(of_script) != raw(of_module)
    for target in (isolate, other):
        module = ask(target, "compile_module", code, cached_data=of_script)
        assert (module.cached_data_rejected, run(module, target)) == (True, "undefined")
        script = ask(target, "compile_script", code, cached_data=of_module)
        assert script.cached_data_rejected is True
        assert script.run_sync(target.create_context_sync()) == "object"
        assert ask(target, "compile_module", code, cached_data=of_module).cached_data_rejected is False
        assert ask(target, "compile_script", code, cached_data=of_script).cached_data_rejected is False


@pytest.mark.parametrize(
    "changed",
    [
        CODE.replace("21", "22"),
        CODE + " ",
        "x" + CODE,
        CODE.replace("n", "\u263a"),
        CODE.replace("21", "4\t"),
    ],
)
def test_cached_data_of_other_code_is_rejected(isolate: isolates.Isolate, changed: str) -> None:
    # V8 alone would take it for any module of the same length, and run the old.
    data = produce(isolate)
    try:
        module = isolate.compile_module_sync(changed, cached_data=data)
    except isolates.JSSyntaxError:
        return
    assert module.cached_data_rejected is True


def test_code_of_the_same_length_runs_as_it_stands(isolate: isolates.Isolate) -> None:
    data = produce(isolate, "globalThis.it = 3 + 4")
    module = isolate.compile_module_sync("globalThis.it = 1 + 2", cached_data=data)
    assert (module.cached_data_rejected, run(module, isolate)) == (True, 3)


def test_two_byte_code_can_be_kept(isolate: isolates.Isolate) -> None:
    code = "globalThis.it = '\u263a'.length + 1"
    module = isolate.compile_module_sync(code, cached_data=produce(isolate, code))
    assert (module.cached_data_rejected, run(module, isolate)) == (False, 2)


def test_code_out_of_cached_data_tells_its_own_file(isolate: isolates.Isolate) -> None:
    code = "(function fail() { throw new TypeError('x') })()"
    data = produce(isolate, code)
    module = isolate.compile_module_sync(code, filename="new.js", line_offset=4, cached_data=data)
    assert (module.cached_data_rejected, module.filename) == (False, "new.js")
    module.instantiate_sync(isolate.create_context_sync())
    with pytest.raises(isolates.JSTypeError) as caught:
        module.evaluate_sync()
    assert (caught.value.filename, caught.value.line) == ("new.js", 5)


def test_a_syntax_error_is_one_with_cached_data_too(ask: Any, isolate: isolates.Isolate) -> None:
    for options in ({"produce_cached_data": True}, {"cached_data": produce(isolate)}):
        with pytest.raises(isolates.JSSyntaxError, match=r"\[<isolated-vm>:1:9\]$"):
            ask(isolate, "compile_module", "let a = ;", **options)


def test_wrong_options_are_named(isolate: isolates.Isolate, context: isolates.Context) -> None:
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"cached_data": 5}, TypeError, "requires `cached_data` to be bytes, a buffer or None, not int"),
        ({"cached_data": "text"}, TypeError, "requires `cached_data` to be bytes, a buffer or None, not str"),
        (
            {"cached_data": memoryview(b"1234")[::2]},
            TypeError,
            "requires `cached_data` to be bytes or another",
        ),
        (
            {"cached_data": context.eval_sync("({})", external_copy=True)},
            TypeError,
            "requires `cached_data` to be bytes or another buffer",
        ),
        ({"produce_cached_data": 1}, TypeError, "requires `produce_cached_data` to be a bool, not int"),
        (
            {"produce_cached_data": True, "cached_data": b"1"},
            ValueError,
            "`produce_cached_data` and `cached_data` can't be used at the same time",
        ),
    ]
    for method in (isolate.compile_module, isolate.compile_module_sync):
        for options, error, message in wrong:
            with pytest.raises(error, match=message):
                method(CODE, **options)
        released = context.eval_sync("new ArrayBuffer(8)", external_copy=True)
        released.release()
        with pytest.raises(isolates.ReleasedError, match="Copy has been released"):
            method(CODE, cached_data=released)
        taken = context.eval_sync("new ArrayBuffer(8)", external_copy=True)
        context.eval_closure_sync("globalThis.taken = $0", [taken.copy_into(transfer_in=True)])
        with pytest.raises((TypeError, ValueError), match="`cached_data`"):
            method(CODE, cached_data=taken)


def test_memory_that_changes_while_it_is_read_is_good_or_rejected(
    isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    data = produce(isolate)
    shared = isolates.SharedArrayBuffer(len(data))
    stop = isolates.SharedArrayBuffer(4)
    memoryview(shared)[:] = data
    writer = other.create_context_sync()
    running = writer.eval_closure(
        "const bytes = new Uint8Array($0), stop = new Int32Array($1); let times = 0;"
        "for (; !Atomics.load(stop, 0); times++) {"
        "  for (let at = 0; at < bytes.length; at += 7) { bytes[at] ^= 0x55; bytes[at] ^= 0x55; }"
        "} return times",
        [shared, stop],
    )
    seen = set()
    for _ in range(300):
        module = isolate.compile_module_sync(CODE, cached_data=shared)
        seen.add(module.cached_data_rejected)
    memoryview(stop)[0] = 1
    assert running.result(20) >= 0
    assert seen <= {True, False}
    assert run(module, isolate) == 42
    # At rest it is what it was.
    assert isolate.compile_module_sync(CODE, cached_data=shared).cached_data_rejected is False


def test_a_resizable_buffer_is_taken_as_long_as_it_is(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    data = produce(isolate)
    make = (
        "const buffer = new ArrayBuffer($0.length, { maxByteLength: 2 * $0.length });"
        "new Uint8Array(buffer).set($0); buffer.resize(buffer.byteLength + $1); return buffer"
    )
    for more, rejected in ((0, False), (5, True)):
        given = context.eval_closure_sync(make, [data, more], external_copy=True)
        module = isolate.compile_module_sync(CODE, cached_data=given)
        assert module.cached_data_rejected is rejected


def test_a_module_that_only_import_tells_of_has_none(
    isolate: isolates.Isolate, context: isolates.Context
) -> None:
    told: list[Any] = []

    def resolve(_: str, referrer: Any, __: object) -> isolates.Module:
        told.append(referrer.cached_data)
        return isolate.compile_module_sync("")

    module = isolate.compile_module_sync("globalThis.load = () => import('x')", produce_cached_data=True)
    module.instantiate_sync(context, resolve)
    module.evaluate_sync()
    context.eval_sync("load().then(() => 1)", promise=True)
    assert [len(raw(it)) > 100 for it in told] == [True]
    module.release()

    def is_forgotten() -> bool:
        told.clear()
        context.eval_sync("load().then(() => 1)", promise=True)
        return told == [None]

    # The thread that called the resolver may hold the referrer of that call for a moment.
    wait_until(is_forgotten, "the module is known by its import alone")


def test_the_isolate_counts_no_handles_for_cached_data(isolate: isolates.Isolate) -> None:
    before = isolate.reference_count
    module = isolate.compile_module_sync(CODE, produce_cached_data=True)
    data = module.cached_data
    module.release()
    assert data is not None
    del module
    assert isolate.reference_count == before

"""Compiled code that is kept: it is taken for the same source alone, and anything else costs nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import isolates

CODE = "function twice(n) { return n * 2 } twice(21)"
LIBRARY = "".join(
    f"function f{n}(a) {{ let r = {n}; for (let i = 0; i < a; i++) r += i; return r }}\n" for n in range(300)
)


def raw(data: Any) -> bytes:
    return bytes(memoryview(data))


@pytest.fixture
def other() -> Iterator[isolates.Isolate]:
    with isolates.Isolate(memory_limit=64) as isolate:
        yield isolate


def produce(isolate: isolates.Isolate, code: str = CODE) -> bytes:
    return raw(isolate.compile_script_sync(code, produce_cached_data=True).cached_data)


def run(script: isolates.Script, isolate: isolates.Isolate) -> Any:
    return script.run_sync(isolate.create_context_sync())


def test_a_script_has_what_was_asked_for_and_no_more(ask: Any, isolate: isolates.Isolate) -> None:
    plain = ask(isolate, "compile_script", CODE)
    assert (plain.cached_data, plain.cached_data_rejected) == (None, None)
    made = ask(isolate, "compile_script", CODE, produce_cached_data=True)
    assert len(raw(made.cached_data)) > 100
    assert made.cached_data_rejected is None
    used = ask(isolate, "compile_script", CODE, cached_data=made.cached_data)
    assert (used.cached_data, used.cached_data_rejected) == (None, False)
    assert run(used, isolate) == run(made, isolate) == 42
    made.release()
    assert len(raw(made.cached_data)) > 100


def test_cached_data_works_in_another_isolate(
    ask: Any, isolate: isolates.Isolate, other: isolates.Isolate
) -> None:
    data = produce(isolate)
    for given in (data, bytearray(data), memoryview(data)):
        script = ask(other, "compile_script", CODE, cached_data=given)
        assert script.cached_data_rejected is False
        assert run(script, other) == 42


def test_cached_data_works_in_another_process(isolate: isolates.Isolate, tmp_path: Path) -> None:
    file = tmp_path / "cache"
    file.write_bytes(produce(isolate))
    code = (
        "import sys, pathlib, isolates\n"
        "with isolates.Isolate() as isolate:\n"
        "    data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "    script = isolate.compile_script_sync(sys.argv[2], cached_data=data)\n"
        "    print(script.cached_data_rejected, script.run_sync(isolate.create_context_sync()))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, file, CODE], capture_output=True, text=True, check=True, timeout=20
    )
    assert child.stdout == "False 42\n"


def test_what_is_no_cached_data_is_rejected_and_the_code_compiled(isolate: isolates.Isolate) -> None:
    good = produce(isolate)
    random_number = random.Random(7)
    flips = [*range(64), *(random_number.randrange(64, len(good)) for _ in range(100))]
    changed = [good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :] for at in flips]
    cut = [good[:size] for size in (0, 1, 63, 64, 65, len(good) - 1)]
    rubbish = [good + b"\0", bytes(64), bytes(1000), random_number.randbytes(5000), raw(snapshot())]
    context = isolate.create_context_sync()
    for data in [*changed, *cut, *rubbish]:
        script = isolate.compile_script_sync(CODE, cached_data=data)
        assert script.cached_data_rejected is True
        assert script.run_sync(context) == 42


def snapshot() -> Any:
    return isolates.Isolate.create_snapshot_sync(["1"])


@pytest.mark.parametrize(
    "changed", [CODE.replace("21", "22"), CODE + " ", "x" + CODE, CODE.replace("n", "\u263a")]
)
def test_cached_data_of_other_code_is_rejected(isolate: isolates.Isolate, changed: str) -> None:
    # V8 alone would take it for any code of the same length, and run the old.
    data = produce(isolate)
    try:
        script = isolate.compile_script_sync(changed, cached_data=data)
    except isolates.JSSyntaxError:
        return
    assert script.cached_data_rejected is True


def test_code_of_the_same_length_runs_as_it_stands(isolate: isolates.Isolate) -> None:
    script = isolate.compile_script_sync("1 + 2", cached_data=produce(isolate, "3 + 4"))
    assert (script.cached_data_rejected, run(script, isolate)) == (True, 3)


def test_two_byte_code_can_be_kept(isolate: isolates.Isolate) -> None:
    code = "'\u263a'.length + 1"
    script = isolate.compile_script_sync(code, cached_data=produce(isolate, code))
    assert (script.cached_data_rejected, run(script, isolate)) == (False, 2)


def test_code_out_of_cached_data_tells_its_own_file(isolate: isolates.Isolate) -> None:
    code = "(function fail() { throw new TypeError('x') })()"
    data = produce(isolate, code)
    script = isolate.compile_script_sync(code, filename="new.js", line_offset=4, cached_data=data)
    with pytest.raises(isolates.JSTypeError) as caught:
        run(script, isolate)
    assert (caught.value.filename, caught.value.line) == ("new.js", 5)


def test_a_syntax_error_is_one_with_cached_data_too(ask: Any, isolate: isolates.Isolate) -> None:
    for options in ({"produce_cached_data": True}, {"cached_data": produce(isolate)}):
        with pytest.raises(isolates.JSSyntaxError, match=r"\[<isolated-vm>:1:9\]$"):
            ask(isolate, "compile_script", "let a = ;", **options)


def test_both_options_at_once_are_refused(isolate: isolates.Isolate) -> None:
    message = "`produce_cached_data` and `cached_data` can't be used at the same time"
    for method in (isolate.compile_script, isolate.compile_script_sync):
        with pytest.raises(ValueError, match=message):
            method(CODE, produce_cached_data=True, cached_data=b"1")


def test_the_isolate_counts_no_handles_for_cached_data(isolate: isolates.Isolate) -> None:
    before = isolate.reference_count
    script = isolate.compile_script_sync(CODE, produce_cached_data=True)
    data = script.cached_data
    script.release()
    assert data is not None
    del script
    assert isolate.reference_count == before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_caches_leave_nothing(isolate: isolates.Isolate) -> None:
    def resident_pages() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    def work() -> None:
        for _ in range(20):
            data = produce(isolate, LIBRARY)
            assert isolate.compile_script_sync(LIBRARY, cached_data=data).cached_data_rejected is False
            assert isolate.compile_script_sync(LIBRARY, cached_data=data[:-1]).cached_data_rejected is True
        isolate.collect_garbage_sync()

    work()
    before = resident_pages()
    for _ in range(10):
        work()
    assert resident_pages() - before < 2000  # of 4 KB; 200 caches of 50 KB each would be 2500

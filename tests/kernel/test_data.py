"""%put, %get and %copy: what crosses, and how."""

from __future__ import annotations

import re
from typing import Any

import pytest

TIME = r"in (less than 1 ms|\d+ ms|[\d.]+ s)"


def told(run: Any, *lines: str) -> None:
    """The cell has written these lines, whatever the times and the isolates that it has made."""
    text = re.sub(r"New isolates? .*\n", "", run.stdout)
    assert re.sub(TIME, "in T", text).splitlines() == list(lines)


def test_what_is_copied_is_told(kernel: Any) -> None:
    told(kernel.ok("%put x=3"), "x: 8 bytes in T (copied)")
    told(kernel.ok("%put text='é' * 10"), "text: 10 bytes in T (copied)")
    kernel.ok("%%python\nimport numpy as np\nzeros = np.zeros(1 << 20)")
    told(kernel.ok("%put zeros"), "zeros: 8.0 MB in T (copied)")
    told(kernel.ok("%get zeros x"), "zeros: 8.0 MB in T (copied)", "x: 8 bytes in T (copied)")
    assert kernel.ok("%python zeros.shape, type(zeros).__name__").result == "((1048576,), 'ndarray')"


def test_functions_cross_silently_and_references_are_told(kernel: Any) -> None:
    told(kernel.ok("%put twice=lambda x: 2 * x"))
    kernel.ok("var thrice = (x) => 3 * twice(x), weak = new WeakMap()")
    told(kernel.ok("%get thrice weak"), "weak: in T (a reference, as it can't be copied)")
    assert kernel.ok("%python thrice(1), type(weak).__name__").result == "(6, 'Reference')"


def test_a_value_goes_to_several_isolates(kernel: Any) -> None:
    told(
        kernel.ok("%put numbers=[1, 2, 3] --isolate p[0:3] --context c"),
        "numbers to p0, p1, p2: 13 bytes in T (copied)",
    )
    for isolate in ("p0", "p1", "p2"):
        assert kernel.ok(f"%%isolate {isolate} --context c\nnumbers.push(4)").result == "4"


def test_memory_is_transferred_to_python(kernel: Any) -> None:
    kernel.ok("var pixels = new Uint8Array(1 << 20).fill(7), view = pixels.subarray(8, 16)")
    told(kernel.ok("%get pixels --transfer"), "pixels: 1.0 MB in T (transferred)")
    assert kernel.ok("pixels.byteLength + view.byteLength").result == "0"
    assert kernel.ok("%python len(pixels), int(pixels[-1])").result == "(1048576, 7)"


def test_shared_memory_is_the_same_on_both_sides(kernel: Any) -> None:
    kernel.ok("var shared = new SharedArrayBuffer(1 << 20), bytes = new Uint8Array(shared)")
    told(kernel.ok("%get shared bytes --share"), *(f"{n}: 1.0 MB in T (shared)" for n in ("shared", "bytes")))
    kernel.ok("%%python\nimport numpy as np\nnp.frombuffer(shared, dtype='u1')[5] = 9; bytes[6] = 8")
    assert kernel.ok("[bytes[5], bytes[6]]").result == "[ 9, 8 ]"
    told(kernel.ok("%put shared --share --isolate sharing"), "shared: 1.0 MB in T (shared)")
    kernel.ok("%%isolate sharing\nnew Uint8Array(shared)[5] = 1")
    assert kernel.ok("bytes[5]").result == "1"


@pytest.mark.parametrize("option", ["", " --copy"])
def test_a_copy_of_shared_memory_shares_nothing(kernel: Any, option: str) -> None:
    kernel.ok(
        "var shared = new SharedArrayBuffer(64), v = new Int32Array(shared, 8, 4), inside = {v}; v[0] = 42"
    )
    told(
        kernel.ok(f"%get shared v inside{option}"),
        "shared: 68 bytes in T (copied)",
        "v: 25 bytes in T (copied)",
        "inside: 79 bytes in T (copied)",
    )
    kernel.ok("%%python\nv[0] = 43\ninside['v'][0] = 44\nmemoryview(shared)[8] = 45")
    assert kernel.ok("[v[0], inside.v[0]]").result == "[ 42, 42 ]"
    assert kernel.ok("%python type(shared).__name__, int(v[0])").result == "('SharedArrayBuffer', 43)"

    told(kernel.ok(f"%put shared --isolate c1,c2{option}"), "shared to c1, c2: 68 bytes in T (copied)")
    kernel.ok("%%isolate c1\nnew Uint8Array(shared)[8] = 1")
    assert kernel.ok("%%isolate c2\nnew Uint8Array(shared)[8]").result == "45"
    assert kernel.ok("%python memoryview(shared)[8]").result == "45"

    told(kernel.ok(f"%copy v c1.v c2.v{option}"), "v to c1.v, c2.v: 25 bytes in T (copied)")
    kernel.ok("%%isolate c1\nv[0] = 1")
    assert kernel.ok(
        "%%isolate c2\n[v[0], v.buffer instanceof SharedArrayBuffer, v.buffer.byteLength]"
    ).result == ("[ 42, true, 16 ]")
    assert kernel.ok("v[0]").result == "42"
    kernel.ok("%%isolate c1 --in shared\nnew Uint8Array(shared)[8] = 2")
    assert kernel.ok("%python memoryview(shared)[8]").result == "45"


def test_arrays_of_numpy_arrive_by_their_shape(kernel: Any) -> None:
    kernel.ok("%%python\nimport numpy as np\nmatrix = np.arange(6.0).reshape(2, 3)")
    assert (
        kernel.ok("%put matrix\nmatrix").result
        == "[ Float64Array(3) [ 0, 1, 2 ], Float64Array(3) [ 3, 4, 5 ] ]"
    )
    kernel.ok("%get matrix")
    assert kernel.ok("%python np.array(matrix).shape").result == "(2, 3)"
    assert kernel.ok("%put zero=np.array(1.5)\nzero").result == "1.5"
    run = kernel.fails("%put c=np.array([1j])")
    assert (
        "c is of type numpy.ndarray and has the dtype complex128, which no typed array" in run.error["evalue"]
    )


def test_references_are_for_python_and_main(kernel: Any) -> None:
    kernel.ok("%%isolate holder\nvar state = {n: 1}")
    told(kernel.ok("%get state --isolate holder --reference"), "state: in T (a reference)")
    assert kernel.ok("%python state.get_sync('n', copy=True)").result == "1"
    told(kernel.ok("%copy holder.state held --reference"), "holder.state to held: in T (a reference)")
    kernel.ok("held.setSync('n', 5)")
    assert kernel.ok("%%isolate holder\nstate").result == "{ n: 5 }"
    told(kernel.ok("%put settings={'a': 1} --reference"), "settings: in T (a reference)")
    assert kernel.ok("settings.typeof").result == "'object'"


def test_copies_go_from_isolate_to_isolate(kernel: Any) -> None:
    kernel.ok("%%isolate from.a-b --context tests\nvar x = {when: new Date(0), all: new Map([[1, 2]])}")
    told(
        kernel.ok("%copy from.a-b:tests.x to.b.y x"),
        "from.a-b:tests.x to to.b.y, x: 32 bytes in T (copied)",
    )
    for cell in ("%%isolate to.b\ny", "x"):
        shown = kernel.ok(cell).result
        assert shown == "{ when: 1970-01-01T00:00:00.000Z, all: Map(1) { 1 => 2 } }"


def test_the_current_isolate_is_meant_where_none_is_named(kernel: Any) -> None:
    kernel.ok("%isolate here\nlet x = 1")
    kernel.ok("%copy x :second.y")
    assert kernel.ok("%context second\ny").result == "1"
    kernel.ok("%copy y main.fromHere\n%isolate main")
    assert kernel.ok("fromHere").result == "1"


def test_memory_moves_from_isolate_to_isolate(kernel: Any) -> None:
    kernel.ok("%%isolate giver\nvar data = new Float64Array(1 << 17).fill(0.5)")
    told(
        kernel.ok("%copy giver.data taker.data --transfer"),
        "giver.data to taker.data: 1.0 MB in T (transferred)",
    )
    assert kernel.ok("%%isolate giver\ndata.length").result == "0"
    assert kernel.ok("%%isolate taker\n[data.length, data[9]]").result == "[ 131072, 0.5 ]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%put v --transfer", ["%put: --transfer", "Python's memory"]),
        ("%put __proto__={'a': 1}", ["__proto__"]),
        ("%put undefined=1", ["undefined"]),
        ("%copy v NaN", ["NaN"]),
        ("%put v --share", ["%put: --share", "bytearray", "SharedArrayBuffer"]),
        ("%put o=object() --share", ["%put: --share", "object"]),
        ("%put v --reference --isolate never", ["%put: --reference", "'never'", "main"]),
        ("%put v --reference --isolate main,never", ["%put: --reference", "'never'"]),
        ("%put v --isolate never,", ["--isolate", "empty"]),
        ("%put v --isolate none*", ["%put: TARGETS 'none*'"]),
        ("%put v --isolate never --context 5", ["--context", "'5'"]),
        ("%put v --copy --share", ["--share", "--copy"]),
        ("%put v --shared", ["--shared", "--share"]),
        ("%get v --share", ["%get: --share", "SharedArrayBuffer"]),
        ("%get plain --transfer", ["%get: --transfer", "plain", "no ArrayBuffer"]),
        ("%get f --transfer", ["%get: --transfer", "f", "function"]),
        ("%get s --transfer", ["%get: --transfer", "--share"]),
        ("%get v b --transfer", ["%get: --transfer", "NAME"]),
        ("%get nothing --reference", ["%get: NAME 'nothing'"]),
        ("%copy", ["%copy", "SOURCE"]),
        ("%copy v", ["%copy", "TARGET"]),
        ("%copy nothing never.x", ["%copy: SOURCE 'nothing'"]),
        ("%copy never.v never.x", ["%copy: SOURCE 'never.v'", "no isolate 'never'"]),
        ("%copy main:never.v never.x", ["%copy: SOURCE 'main:never.v'", "no context 'never'"]),
        ("%copy v never.9", ["TARGET", "'never.9'"]),
        ("%copy v never.", ["TARGET", "'never.'"]),
        ("%copy .v never.x", ["SOURCE", "'.v'"]),
        ("%copy v never:.x", ["TARGET", "'never:.x'"]),
        ("%copy v 9lives.x", ["TARGET", "'9lives.x'"]),
        ("%copy v never.x b --transfer", ["%copy: --transfer", "one TARGET"]),
        ("%copy v b never.x --reference", ["%copy: --reference", "'never'"]),
        ("%copy plain never.x --share", ["%copy: --share", "plain"]),
        ("%copy v never.x --color", ["--color"]),
    ],
)
def test_what_is_wrong_moves_nothing(kernel: Any, line: str, words: list[str]) -> None:
    kernel.ok("var v = new Uint8Array(8), b = new ArrayBuffer(8), plain = {v}, f = () => 1")
    kernel.ok("var s = new SharedArrayBuffer(8)")
    kernel.ok("%%python\nv = bytearray(8)\nif 'b' in globals(): del b")
    run = kernel.fails(line)
    for word in words:
        assert word in run.error["evalue"]
    assert run.stdout == ""
    assert kernel.ok("[v.length, b.byteLength, plain.v.length, typeof f, s.byteLength]").result == (
        "[ 8, 8, 8, 'function', 8 ]"
    )
    assert kernel.ok("%python 'never' in manager, 'b' in globals(), v").result == (
        "(False, False, bytearray(b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'))"
    )


@pytest.mark.parametrize(
    "line", ["%copy v w fixed.k", "%put v=1 --isolate main,fixed", "%copy v fixed.v --transfer"]
)
def test_a_constant_is_found_before_anything_moves(kernel: Any, line: str) -> None:
    kernel.ok("var v = new Uint8Array(8), w = 'before'")
    kernel.ok("%%isolate fixed\nconst k = 1, v = 2")
    run = kernel.fails(line)
    assert run.error["evalue"] == "Assignment to constant variable."
    assert kernel.ok("[v.length, w]").result == "[ 8, 'before' ]"


def test_nothing_in_the_isolate_gets_what_a_transfer_uses(kernel: Any) -> None:
    kernel.ok(
        "%%isolate sly\nvar seen = [], data = new Uint8Array(8)\n"
        "const look = function look() { seen.push(look.caller, new Error().stack, arguments.length) }\n"
        "for (const name of ['transferList', 'get', 'ExternalCopy', 'value']) {\n"
        "  Object.defineProperty(Object.prototype, name, {get: look, configurable: true})\n"
        "}\n"
        "Error.prepareStackTrace = (_, sites) => sites.map((site) => [site.getThis(), site.getFunction()])"
    )
    kernel.run("%get data --isolate sly --transfer")
    run = kernel.ok(
        "%%isolate sly\nconst all = seen.flat(9).filter((one) => one !== look)\n"
        "seen.length > 0 &&\n"
        "all.every((one) => one === null || one === undefined || one === globalThis || one === 0\n"
        "  || Object.getPrototypeOf(one) === Object.prototype && one.transferOut === true)"
    )
    assert run.result == "true"


def test_what_cant_be_copied_can_be_referred_to(kernel: Any) -> None:
    kernel.ok("%%isolate functions\nvar f = () => 1")
    run = kernel.fails("%copy functions.f never.g")
    assert "f: () => 1 could not be cloned" in run.error["evalue"]
    assert "--reference" in run.error["evalue"]
    kernel.ok("%copy functions.f g --reference")
    assert kernel.ok("g.applySync()").result == "1"


def test_what_is_detached_already_is_an_error(kernel: Any) -> None:
    kernel.ok("var gone = new Uint8Array(8); structuredClone(gone, {transfer: [gone.buffer]})")
    assert "invalid" in kernel.fails("%get gone --transfer").error["evalue"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%copy listed", ["listed."]),
        ("%copy x listed", ["listed."]),
        ("%copy listedValue", ["listedValue"]),
        ("%copy x y --tr", ["--transfer"]),
        ("%put x --isolate lis", ["listed"]),
        ("%put x --re", ["--reference"]),
    ],
)
def test_names_are_completed(kernel: Any, line: str, found: list[str]) -> None:
    kernel.ok("%%isolate listed\n1")
    kernel.ok("var listedValue = 1")
    reply = kernel.client.complete(line, reply=True, timeout=10)["content"]
    assert [match for match in reply["matches"] if match in found] == found

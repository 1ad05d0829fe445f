"""Inspection: what is told of the expression at the cursor, without running anything of it."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from isolates.kernel.builtin_signatures import PARAMETERS
from isolates.kernel.own_signatures import OWN_SIGNATURES

# The protocol's 200 ms, and what a busy machine adds to them on the way here and back.
IN_TIME_S = 0.2 + 0.4

_COLOURS = re.compile(r"\x1b\[\d+m")


def inspect(kernel: Any, text: str, detail_level: int = 0) -> str | None:
    """What is told at the bar in the text, without colours."""
    position = text.index("|")
    code = text[:position] + text[position + 1 :]
    request = kernel.client.inspect(code, position, detail_level=detail_level)
    reply = kernel.reply(request, "inspect_reply")
    assert reply["status"] == "ok"
    assert reply["found"] == bool(reply["data"])
    return _COLOURS.sub("", reply["data"]["text/plain"]) if reply["found"] else None


def test_values(kernel: Any) -> None:
    kernel.ok(
        "var box = {n: -0, text: 'a\\nb', list: [1, 2], map: new Map([[1, {a: 1}]]), set: new Set([1]),"
        "when: new Date(0), re: /a+/gi, get getter() { throw 1 }, big: 10n, sym: Symbol('s'),"
        "typed: new Uint8Array(3), p: Promise.resolve(4)};"
        "class Point { constructor(x) { this.x = x } }; const point = new Point(1); let later"
    )
    assert inspect(kernel, "box.li|st") == "box.list: Array\n[ 1, 2 ]"
    assert inspect(kernel, "box.map|") == "box.map: Map\nMap(1) { 1 => { a: 1 } }"
    assert inspect(kernel, "box.set|") == "box.set: Set\nSet(1) { 1 }"
    assert inspect(kernel, "box.when|") == "box.when: Date\n1970-01-01T00:00:00.000Z"
    assert inspect(kernel, "box.re|") == "box.re: RegExp\n/a+/gi"
    assert inspect(kernel, "box.n|") == "box.n: number\n-0"
    assert inspect(kernel, "box.text|") == "box.text: string\n'a\\nb'"
    assert inspect(kernel, "box.big|") == "box.big: bigint\n10n"
    assert inspect(kernel, "box.sym|") == "box.sym: symbol\nSymbol(s)"
    assert inspect(kernel, "box.typed|") == "box.typed: Uint8Array\nUint8Array(3) [ 0, 0, 0 ]"
    assert inspect(kernel, "box.p|") == "box.p: Promise\nPromise { 4 }"
    assert inspect(kernel, "point|") == "point: Point\nPoint { x: 1 }"
    assert inspect(kernel, "later|") == "later: undefined\nundefined"
    kernel.ok("var keys = {a_1: 1, 'b-c': 2, \"it's\": 3, '': 6, é: 7}")
    told = "keys: Object\n{ a_1: 1, 'b-c': 2, \"it's\": 3, '': 6, 'é': 7 }"
    assert (inspect(kernel, "keys|"), kernel.ok("keys").result) == (told, told.partition("\n")[2])
    kernel.ok(
        "var counts = {7: 'a', x: 1, 0: {3: 'b'}, '-1': 2}, many = Object.assign({x: 1}, Array(50).fill(0))"
    )
    told = "counts: Object\n{ '0': { '3': 'b' }, '7': 'a', x: 1, '-1': 2 }"
    assert (inspect(kernel, "counts|"), kernel.ok("counts").result) == (told, told.partition("\n")[2])
    assert str(inspect(kernel, "many|")).endswith("  '19': 0,\n  ... 31 more\n}")
    assert "getter: [Getter]" in str(inspect(kernel, "box|"))
    assert inspect(kernel, "box.getter|") is None
    assert inspect(kernel, "nothing_of_that_name|") is None
    assert inspect(kernel, "|") is None


def test_functions_with_their_comment_and_source(kernel: Any) -> None:
    code = """
/**
 * Adds two numbers.
 * @param {number} a the first
 */
function add(a, b = 1, ...rest) {
  return a + b;
}
/** Doubles. */
const double = async (n) => 2 * n;
/** A shape. */
class Shape extends Array {
  constructor(width, height) { super(); }
  /** Its area. */
  area(unit) { return unit; }
}
function bare() {}
"""
    count = kernel.ok(code).reply["execution_count"]
    told = inspect(kernel, "add|")
    assert told is not None
    assert told.startswith(
        "function add(a, b = 1, ...rest)\n\nAdds two numbers.\n@param {number} a the first"
    )
    assert f"In [{count}]:6" in told
    assert "return a + b" not in told
    assert "return a + b" in str(inspect(kernel, "add|", detail_level=1))
    assert str(inspect(kernel, "double|")).startswith("async function double(n)\n\nDoubles.")
    assert str(inspect(kernel, "Shape|")).startswith("class Shape(width, height) extends Array\n\nA shape.")
    assert str(inspect(kernel, "new Shape(1).area|")).startswith(
        "function new Shape(1).area(unit)\n\nIts area."
    )
    assert str(inspect(kernel, "bare|")).startswith(f"function bare()\n\nIn [{count}]:")


def test_inside_of_the_parentheses_the_function_is_told(kernel: Any) -> None:
    kernel.ok("function outer(a, b) {}; function inner(c) {}")
    for text in ["outer(|)", "outer(1, |", "outer(inner(2), |)", "outer([1, {a: |"]:
        assert str(inspect(kernel, text)).startswith("function outer(a, b)"), text
    assert str(inspect(kernel, "outer(inner(|))")).startswith("function inner(c)")
    assert str(inspect(kernel, "outer(unknown|)")).startswith("function outer(a, b)")


def test_builtins_have_a_page(kernel: Any) -> None:
    page = "https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/"
    assert inspect(kernel, "Math.max(|1)") == f"function Math.max(...values)\n\n{page}Math/max"
    assert f"{page}Array/flatMap" in str(inspect(kernel, "[].flatMap|"))
    assert f"{page}Map" in str(inspect(kernel, "Map|"))
    assert str(inspect(kernel, "Map|")).startswith("class Map(entries?)\n")
    assert str(inspect(kernel, "[].map|")).startswith("function [].map(callback, thisArg?)\n")
    assert str(inspect(kernel, "Array.from|")).startswith("function Array.from(items, mapper?, thisArg?)\n")
    assert str(inspect(kernel, "parseInt|")).startswith("function parseInt(text, radix?)\n")


def test_functions_of_the_kernel_say_what_they_do(kernel: Any) -> None:
    assert ("display", "html") in OWN_SIGNATURES
    for (owner, name), own in OWN_SIGNATURES.items():
        path = f"{owner}.{name}" if owner else name
        told = str(inspect(kernel, f"{path}|"))
        assert told.split(" ", 1)[1] == f"{path}({', '.join(own.parameters)})\n\n{own.text}", path
    kernel.ok("{ const display = { html(own) {} }; globalThis.like = display.html }")
    assert str(inspect(kernel, "like|")).startswith("function like(own)")


def test_the_parameters_of_builtins_are_v8s(kernel: Any) -> None:
    code = """
        JSON.stringify(NAMES.map(([owner, name]) => {
          const holder = owner === '' ? globalThis : globalThis[owner];
          return (Object.hasOwn(holder, name) ? holder : holder.prototype)[name]?.length;
        }))"""
    found = kernel.ok(code.replace("NAMES", json.dumps([list(key) for key in PARAMETERS]))).result
    for (key, parameters), length in zip(PARAMETERS.items(), json.loads(found.strip("'")), strict=True):
        assert length is not None, key
        assert length <= len(parameters.split(", ")) or "..." in parameters, key


def test_strings_have_the_quotes_of_results(kernel: Any) -> None:
    texts = ("plain", 'say "hi"', "it's", "back\\slash\n", "\\'", '\\"', "", "'\"", "'\"`", "'\"${", "é")
    for text in texts:
        kernel.ok(f"var text = {json.dumps(text)}")
        assert inspect(kernel, "text|") == f"text: string\n{kernel.ok('text').result}"


def test_magics_show_their_help(kernel: Any) -> None:
    assert "--memory" in str(inspect(kernel, "%%isol|ate a\n1"))
    assert inspect(kernel, "%nothing|") is None


def test_the_isolate_that_the_cell_names(kernel: Any) -> None:
    kernel.ok("%%isolate walrus\nvar tusks = 2")
    assert inspect(kernel, "tusks|") is None
    assert inspect(kernel, "%%isolate walrus\ntusks|") == "tusks: number\n2"


def test_cells_that_ask(kernel: Any) -> None:
    kernel.ok("/** It adds. */\nfunction add(a, b) { return a + b }")
    for code, has_source in [("add?", False), ("?add", False), ("add??", True), (" add ?? ", True)]:
        run = kernel.ok(code)
        (page,) = run.reply["payload"]
        assert (page["source"], page["start"]) == ("page", 0)
        text = _COLOURS.sub("", page["data"]["text/plain"])
        assert text.startswith("function add(a, b)\n\nIt adds."), text
        assert ("return a + b" in text) == has_source
        assert run.messages == []
    (page,) = kernel.ok("%%isolate?").reply["payload"]
    assert "--memory" in page["data"]["text/plain"]
    (page,) = kernel.ok("nothing.at.all?").reply["payload"]
    assert "nothing.at.all is not there" in page["data"]["text/plain"]


def test_a_global_that_is_made_on_its_first_use(own_kernel: Any) -> None:
    assert str(inspect(own_kernel, "Buffer|")).startswith("function Buffer(")


def test_nothing_is_run(kernel: Any) -> None:
    kernel.ok(
        """
        var hits = 0;
        const hit = () => { hits++; return 'hit'; };
        var watched = {get a() { return hit(); }, toString: hit, inspect: hit, toJSON: hit,
          constructor: {get name() { return hit(); }}, get [Symbol.toStringTag]() { return hit(); },
          [Symbol.for('nodejs.util.inspect.custom')]: hit, [Symbol.toPrimitive]: hit};
        const traps = {get: hit, has: hit, ownKeys: hit, getOwnPropertyDescriptor: hit, getPrototypeOf: hit};
        var proxy = new Proxy(function () {}, traps);
        var holder = {proxy, watched};
        class Named { static get name() { return hit(); } }
        var named = new Named();
        var error = new Error('e'); Object.defineProperty(error, 'stack', {get: hit});
        0;
        """
    )
    for name in ["watched", "proxy", "holder", "named", "Named", "error", "hit(watched, proxy|"]:
        told = inspect(kernel, name if "|" in name else f"{name}|")
        assert told is not None
        assert "'hit'" not in told
    assert kernel.ok("hits").result == "0"


def test_large_values_are_cut(kernel: Any) -> None:
    kernel.ok(
        "var long = 'x'.repeat(1e7), list = new Array(1e6).fill(1), bytes = new Uint8Array(1e8), deep = {}"
    )
    kernel.ok("let at = deep; for (let i = 0; i < 1e5; i++) at = at.deeper = {}")
    for name in ["long", "list", "bytes", "deep"]:
        started = time.monotonic()
        told = inspect(kernel, f"{name}|")
        assert time.monotonic() - started < IN_TIME_S
        assert told is not None
        assert len(told) < 5000
    assert "... 999980 more" in str(inspect(kernel, "list|"))
    kernel.ok("long = list = bytes = deep = null")


def test_a_busy_isolate_answers_too(own_kernel: Any) -> None:
    own_kernel.ok("var tree = {branch: 1}; function grow(years) {}")
    request, subshell = own_kernel.start_aside("console.log('go'); for (;;) tree.branch = Math.sqrt(2)")
    reply = own_kernel.ask(subshell, "inspect", code="grow(", cursor_pos=5, detail_level=0)
    assert reply["seconds"] < IN_TIME_S
    assert "grow(years)" in reply["data"]["text/plain"]
    own_kernel.interrupt()
    assert own_kernel.finish(request).error["ename"] == "KeyboardInterrupt"

"""Code that attacks the prelude: it may spoil its own context, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

POLLUTE = """
const classes = [Array, Map, Set, Object, String, Function, Promise, Error, RegExp, WeakMap, Symbol];
const {defineProperty, ownKeys} = Reflect;
const get = () => { throw new Error('polluted') };
for (let c = 0; c < classes.length; c++) {
  const prototype = classes[c].prototype;
  const keys = ownKeys(prototype);
  for (let k = 0; k < keys.length; k++) {
    if (keys[k] !== 'constructor') defineProperty(prototype, keys[k], {get, configurable: true});
  }
}
"""
CLEAR = """
for (const key of Reflect.ownKeys(globalThis)) {
  if (!['console', 'setTimeout', 'undefined', 'NaN', 'Infinity', 'globalThis'].includes(key)) {
    try { delete globalThis[key] } catch {}
  }
}
"""


def test_the_console_survives_polluted_prototypes(kernel: Any) -> None:
    kernel.ok(f"%%isolate polluted\n{POLLUTE}")
    assert kernel.ok("%%isolate polluted\nconsole.log('still', 'here'); 5").stdout == "still here\n"
    assert kernel.ok("%%isolate polluted\n'text'").result == "'text'"
    shown = kernel.ok("%%isolate polluted\n({a: [1]})").result
    assert shown is not None


def test_the_console_survives_the_loss_of_all_globals(kernel: Any) -> None:
    kernel.ok(f"%%isolate cleared\n{CLEAR}")
    run = kernel.ok("%%isolate cleared\nconsole.log({a: [1, 'x']}, 2); console.table([{a: 1}]); ({b: [1]})")
    assert run.stdout.startswith("{ a: [ 1, 'x' ] } 2\n")
    assert run.result == "{ b: [ 1 ] }"


@pytest.mark.parametrize(
    "value",
    [
        "new Proxy({}, {get() { throw 1 }, ownKeys() { throw 2 }, getOwnPropertyDescriptor() { throw 3 }})",
        "new Proxy({}, new Proxy({}, {get() { throw new Error('trap') }}))",
        "(() => { const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); return proxy })()",
        "({[Symbol.for('nodejs.util.inspect.custom')]() { throw {toString() { throw 1 }} }})",
        "({get [Symbol.toStringTag]() { throw 1 }})",
        "Object.defineProperty(new Error('x'), 'stack', {get() { throw 1 }})",
        "Object.setPrototypeOf([1], null)",
    ],
)
def test_a_value_that_throws_when_looked_at_is_shown_somehow(kernel: Any, value: str) -> None:
    run = kernel.ok(value)
    assert run.result
    assert "isolates:" not in run.result


def test_a_value_that_never_ends_being_shown_is_given_up(kernel: Any) -> None:
    run = kernel.ok("({[Symbol.for('nodejs.util.inspect.custom')]() { for (;;); }})")
    assert "longer than" in run.result


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("large", "Uint8Array(50000000) [\n  0, 0,"),
        ("Object.assign(large, {note: 1, [Symbol('s')]: 2})", "note: 1,\n  Symbol(s): 2\n]"),
        ("[{a: large}]", "Uint8Array"),
        ("console.table([{a: large}])", "Uint8Array"),
    ],
)
def test_a_large_array_is_shown_without_a_list_of_its_indices(kernel: Any, code: str, text: str) -> None:
    # V8 can't be stopped while it makes one, so the isolate would be given up.
    kernel.ok("var large = new Uint8Array(50e6)")
    run = kernel.ok(code)
    assert text in (run.result or run.stdout)


def test_a_replaced_console_harms_nothing(kernel: Any) -> None:
    kernel.ok("%%isolate replaced\nconsole = null; globalThis.setTimeout = 5")
    assert kernel.fails("%%isolate replaced\nconsole.log(1)").error["ename"] == "TypeError"
    assert kernel.ok("%%isolate replaced\n({a: 1})").result == "{ a: 1 }"


def test_no_function_of_the_host_can_be_reached(kernel: Any) -> None:
    code = """
    const seen = [];
    Error.prepareStackTrace = (error, sites) => {
      for (const site of sites) seen.push(site.getFunction?.(), site.getThis?.());
      return 'stack';
    };
    const custom = Symbol.for('nodejs.util.inspect.custom');
    const own = {[custom]() { return new Error('x').stack; }};
    console.log(own);
    const {call, apply} = Function.prototype;
    const receivers = [];
    const spy = (original) => function (...args) {
      receivers.push(this);
      return Reflect.apply(original, this, args);
    };
    Object.assign(Function.prototype, {call: spy(call), apply: spy(apply)});
    console.log('a', {b: 1}); console.count(); setTimeout(() => {}, 1);
    Object.assign(Function.prototype, {call, apply});
    let leaked = [];
    for (const get of ['caller', 'arguments']) {
      try { leaked.push(console.log[get]); } catch {}
    }
    const strange = seen.filter(f => ![undefined, globalThis, own, own[custom]].includes(f));
    [seen.length > 0, strange.length, receivers.length, leaked.filter(Boolean).length]
    """
    assert kernel.ok(f"%%isolate probing\n{code}").result == "[ true, 0, 0, 0 ]"


TRAPS = """
var caught;
const fake = {
  due: 0, order: 0, isActive: true, isRepeated: false, cell: CELL, args: {length: 0},
  callback() { console.log('I am another cell') },
};
for (const holder of [Array.prototype, Object.prototype]) {
  for (let i = 0; i < 20; i++) {
    Object.defineProperty(holder, i, {configurable: true, get: () => fake, set() { caught = true }});
  }
}
"""


def test_setters_on_prototypes_get_nothing_and_speak_for_no_other_cell(own_kernel: Any) -> None:
    mine = own_kernel.start("console.log('mine'); setTimeout(() => console.log('end of mine'), 3000)")
    own_kernel.finish(mine)
    for cell in range(1, 4):
        own_kernel.ok(f"%%isolate trap{cell}\n{TRAPS.replace('CELL', str(cell))}")
        code = "await new Promise(done => { setTimeout(done, 20); setTimeout(() => {}, 10) }); typeof caught"
        assert own_kernel.ok(f"%%isolate trap{cell}\n{code}").result == "'undefined'"
        run = own_kernel.ok(
            f"%%isolate trap{cell}\nconsole.log('%s', 'a', 'b'); console.table([[1, 2]]); atob('YWJj')"
        )
        assert run.stdout.startswith("a b\n┌")
        assert run.result == "'abc'"
    matches: list[str] = []
    while not matches:  # the first answers come before the parsers are there
        own_kernel.client.complete("%%isolate trap1\ndecodeURIC")
        matches = own_kernel.client.get_shell_msg(timeout=30)["content"]["matches"]
    assert matches == ["decodeURIComponent"]
    own_kernel.ok("%%isolate trap1\nconst thing = {a: [1, 2]}")
    own_kernel.client.inspect("%%isolate trap1\nthing", 20)
    text = own_kernel.client.get_shell_msg(timeout=30)["content"]["data"]["text/plain"]
    assert text.endswith("{ a: [ 1, 2 ] }")
    assert own_kernel.wait_for_text(mine, "end of mine") == "end of mine\n"


def test_text_with_odd_characters_arrives(kernel: Any) -> None:
    run = kernel.ok("console.log('a\\u0000b\\u001b[31m'); console.log('\\ud800 alone'); 'x\\ud800'")
    assert run.stdout == "a\x00b\x1b[31m\n\ufffd alone\n"
    assert run.result == "'x\\ud800'"
    error = kernel.fails("throw new Error('\\udfff!')").error
    assert error["evalue"] == "\ufffd!"
    assert kernel.fails("const e = new Error('e'); e.name = '\\ud800'; throw e").error["ename"] == "\ufffd"


def test_a_flood_of_timers_is_one_call(kernel: Any) -> None:
    flood = "let fired = 0; for (let i = 0; i < 50000; i++) setTimeout(() => fired++, 1e6);"
    kernel.ok(f"%%isolate flood\n{flood} setTimeout(() => fired = -1, 1)")
    assert kernel.ok("%%isolate flood\nawait new Promise(r => setTimeout(r, 30)); fired").result == "-1"


@pytest.mark.parametrize(
    "code",
    [
        "throw new SyntaxError(' [' + 'x'.repeat(3e5))",
        "throw new SyntaxError(' ['.repeat(2e5) + ':1:1]')",
        "const e = new Error('x'); e.stack = 'Error: x\\n    at ' + ' ('.repeat(2e5); throw e",
        "const e = new Error('x'); e.stack = 'Error: x\\n    at ' + '?'.repeat(9e4) + ':1:1'; throw e",
        "eval(`throw new Error('x')\\n//# sourceURL=${'?'.repeat(3e5)}`)",
        "throw new Error('x'.repeat(5e6))",
        "throw 'x'.repeat(5e6)",
        "const e = new Error('x'); e.name = 'x'.repeat(5e6); throw e",
    ],
)
def test_what_errors_say_holds_nobody_up(kernel: Any, code: str) -> None:
    error = kernel.fails(f"%%isolate told\n{{ {code} }}").error
    assert sum(map(len, error["traceback"])) < 500_000
    assert len(error["ename"]) + len(error["evalue"]) < 500_000


def test_many_empty_lines_hold_nobody_up(kernel: Any) -> None:
    blank = "\n" * 300_000
    assert kernel.ok(f"{blank}5").result == "5"
    assert kernel.ok(f"1;{blank}5").result == "5"
    kernel.client.is_complete(f"import{blank}5 +")
    assert kernel.client.get_shell_msg(timeout=30)["content"]["status"] in ("invalid", "incomplete")


def test_names_without_end_hold_up_no_completion(kernel: Any) -> None:
    kernel.ok(
        "%%isolate names\nfor (let i = 0; i < 20; i++) globalThis['k' + 'x'.repeat(1e6) + i] = 1;"
        " let known = 1; const {[Object.keys(globalThis).at(-1)]: _, ...many} = {...globalThis};"
    )
    kernel.client.complete("%%isolate names\nk")
    assert kernel.client.get_shell_msg(timeout=30)["content"]["matches"] == ["known"]
    kernel.client.inspect("%%isolate names\nmany")
    assert len(kernel.client.get_shell_msg(timeout=30)["content"]["data"]["text/plain"]) <= 100_000


ESCAPES = "\\x1b]0;evil\\x07\\x1b[2J\\x9b5A\\x08"
OBEYED = ("\x1b]", "\x1b[2J", "\x9b", "\x08", "\x07")


@pytest.mark.parametrize(
    "code",
    [
        f"console.log('{ESCAPES}'); console.error('%s', '{ESCAPES}')",
        f"display.text('{ESCAPES}'); display({{[$display]: () => ({{'text/plain': '{ESCAPES}'}})}})",
        f"Symbol('{ESCAPES}')",
        f"[Object.defineProperty(() => 1, 'name', {{value: '{ESCAPES}'}})]",
        f"Promise.reject(Object.assign(new Error('{ESCAPES}'), {{name: '{ESCAPES}'}}))",
        f"throw Object.assign(new Error('{ESCAPES}'), {{name: '{ESCAPES}', more: Symbol('{ESCAPES}')}})",
        f"throw Object.assign(new Error('x'), {{stack: 'Error: x\\n    at {ESCAPES} (x.js:1:1)'}})",
        f"eval('//# sourceURL={ESCAPES}\\nnull.x')",
        f"throw Symbol('{ESCAPES}')",
    ],
)
def test_a_guest_gives_no_orders_to_a_terminal(kernel: Any, code: str) -> None:
    run = kernel.run(f"%%isolate guest --no-await\n{code}")
    told = [str(text) for message in run.messages for text in texts_of(message["content"])]
    assert any("evil" in text for text in told)
    assert not [text for text in told if any(order in text for order in OBEYED)]


def test_what_it_leaves_in_tables_and_answers_gives_none_either(kernel: Any) -> None:
    kernel.run(f"%%isolate guest\nawait import('data:text/javascript,@{ESCAPES}\\n')")
    kernel.ok(f"%%isolate guest\nvar named = {{[Symbol('{ESCAPES}')]: 1, '{ESCAPES}': 1}}")
    run = kernel.ok("%modules --isolate guest")
    told = [str(text) for message in run.messages for text in texts_of(message["content"])]
    code = "%%isolate guest\nnamed"
    told.append(
        str(kernel.reply(kernel.client.inspect(code, len(code)), "inspect_reply")["data"]["text/plain"])
    )
    code += "['"
    told += kernel.reply(kernel.client.complete(code, len(code)), "complete_reply")["matches"]
    assert sum("evil" in text for text in told) > 2
    assert not [text for text in told if any(order in text for order in OBEYED)]


def texts_of(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from texts_of(part)


@pytest.mark.parametrize(
    "code",
    ["exit" + " " * 20_000 + "x", "x" + " " * 20_000 + "!?", " " * 20_000 + "?x", "?" + " " * 20_000 + "%x"],
)
def test_long_white_space_holds_nothing_up(kernel: Any, code: str) -> None:
    began = time.monotonic()
    kernel.run(code)
    kernel.reply(kernel.client.is_complete(code), "is_complete_reply")
    kernel.reply(kernel.client.complete(code, len(code)), "complete_reply")
    kernel.reply(kernel.client.inspect(code, len(code)), "inspect_reply")
    assert time.monotonic() - began < 5

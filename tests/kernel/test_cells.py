"""What a plain cell answers."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1 + 1", "2"),
        ("'a\\'b'", '"a\'b"'),
        ("null", "null"),
        ("-0", "-0"),
        ("2n ** 64n", "18446744073709551616n"),
        ("Symbol('s')", "Symbol(s)"),
        ("[1, , 3]", "[ 1, <1 empty item>, 3 ]"),
        ("({a: {b: {c: {d: 1}}}})", "{ a: { b: { c: [Object] } } }"),
        ("new Map([[1, {a: new Set([2])}]])", "Map(1) { 1 => { a: Set(1) { 2 } } }"),
        ("class P { #x = 1; y = 2; get z() { return 3 } }; new P", "P { y: 2 }"),
        ("const o = {}; o.self = o; o", "<ref *1> { self: [Circular *1] }"),
        ("new Float32Array([1.5, 2])", "Float32Array(2) [ 1.5, 2 ]"),
        ("async function* f() {}; f", "[AsyncGeneratorFunction: f]"),
        ("Object.create(null)", "[Object: null prototype] {}"),
        (
            "({p: Promise.reject(3).catch(() => 4), q: new Promise(() => {})})",
            "{ p: Promise { 4 }, q: Promise { <pending> } }",
        ),
        ("new Map([[1, 2]]).entries()", "[Map Entries] { [ 1, 2 ] }"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("'\\u{1F600} é'", "'\U0001f600 é'"),
    ],
)
def test_a_value_looks_as_in_node(kernel: Any, code: str, text: str) -> None:
    assert kernel.ok(code).result == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("{a: 1}", "{ a: 1 }"),
        ("{a: 1} // of one property", "{ a: 1 }"),
        ("{a: 1} /* like {this} */ // or {that}", "{ a: 1 }"),
        ("{name: 'Ann', age: 12}", "{ name: 'Ann', age: 12 }"),
        ("// a comment\n{\n  a: await Promise.resolve(5),\n}\n", "{ a: 5 }"),
        ("{}", "{}"),
        ("{ let a = 1; a + 1 }", "2"),
        ("{a: 1};", "1"),
        ("{a: 1}; // a block", "1"),
        ("{ 1 }\n{ 2 }", "2"),
    ],
)
def test_an_object_literal_is_no_block(kernel: Any, code: str, text: str) -> None:
    assert kernel.ok(code).result == text


def test_an_error_in_an_object_literal_has_its_place(kernel: Any) -> None:
    traceback = kernel.fails("{a: 1, b: null.x}").traceback
    assert ":1:16\n" in traceback
    assert "{a: 1, b: null.x}" in traceback


@pytest.mark.parametrize("code", ["undefined", "", "let nothing", "// a comment", "void 0", "if (false) 1"])
def test_undefined_is_silent(kernel: Any, code: str) -> None:
    assert kernel.ok(code).messages == []


def test_showing_a_value_runs_no_getter(kernel: Any) -> None:
    getters = ", ".join(f"get {name}() {{ ran++ }}" for name in ("a", "length", "href", "constructor"))
    assert "[Getter]" in kernel.ok(f"var ran = 0; ({{{getters}}})").result
    assert kernel.ok("ran").result == "0"


def test_declarations_can_be_made_again(kernel: Any) -> None:
    kinds = ["let l = @", "const c = @", "class K { id = @ }", "function f() { return @ }", "var v = @"]
    for number in range(3):
        for kind in kinds:
            kernel.ok(kind.replace("@", str(number)))
    assert kernel.ok("[l, c, new K().id, f(), v]").result == "[ 2, 2, 2, 2, 2 ]"


def test_a_const_lives_on_in_later_cells(kernel: Any) -> None:
    kernel.ok("const kept = 5; let counter = 0; const count = () => ++counter")
    kernel.ok("count()")
    assert kernel.ok("[kept, count(), counter]").result == "[ 5, 2, 2 ]"


def test_await_works_at_the_top(kernel: Any) -> None:
    assert (
        kernel.ok("const late = await new Promise(r => setTimeout(r, 20, 'done')); late").result == "'done'"
    )
    assert kernel.ok("late + '!'").result == "'done!'"


def test_timers_run_in_the_order_of_their_time(kernel: Any) -> None:
    code = """
    const order = [];
    setImmediate(() => order.push('immediate'));
    setTimeout(() => order.push('b'), 20);
    setTimeout(() => { order.push('a'); Promise.resolve().then(() => order.push('job of a')); }, 1);
    setTimeout(() => order.push('a too'), 1);
    clearTimeout(setTimeout(() => order.push('never'), 5));
    queueMicrotask(() => order.push('microtask'));
    let ticks = 0;
    await new Promise(done => {
      const ticker = setInterval(() => { if (++ticks === 3) { clearInterval(ticker); done(); } }, 2);
    });
    await new Promise(done => setTimeout(done, 60));
    [order.join(), ticks]
    """
    expected = "[ 'microtask,immediate,a,job of a,a too,b', 3 ]"
    assert kernel.ok(code).result == expected


def test_structured_clone_copies(kernel: Any) -> None:
    code = """
    const from = {d: new Date(0), m: new Map([[1, new Set(['x'])]]), a: [1, , 3], e: new RangeError('r')};
    from.self = from;
    const copy = structuredClone(from);
    const isRangeError = copy.e instanceof RangeError;
    [copy !== from, copy.self === copy, copy.d.getTime(), copy.m.get(1).has('x'), 1 in copy.a, isRangeError]
    """
    assert kernel.ok(code).result == "[ true, true, 0, true, false, true ]"
    error = kernel.fails("structuredClone(() => 1)").error
    assert (error["ename"], error["evalue"]) == ("DataCloneError", "() => 1 could not be cloned.")


def test_the_execution_count_is_in_all_messages(kernel: Any) -> None:
    first = kernel.ok("'first'")
    second = kernel.ok("'second'")
    assert second.reply["execution_count"] == first.reply["execution_count"] + 1
    assert second.messages[0]["content"]["execution_count"] == second.reply["execution_count"]


def test_a_silent_cell_leaves_no_trace(kernel: Any) -> None:
    before = kernel.ok("1").reply["execution_count"]
    silent = kernel.run("console.log('x'); var quiet = 1; quiet", silent=True)
    assert (silent.reply["status"], silent.messages) == ("ok", [])
    after = kernel.ok("quiet")
    assert (after.result, after.reply["execution_count"]) == ("1", before + 1)


def test_a_cell_that_is_not_stored_keeps_the_count(kernel: Any) -> None:
    unstored = kernel.ok("'unstored'", store_history=False)
    assert unstored.result == "'unstored'"
    assert kernel.ok("1").reply["execution_count"] == unstored.reply["execution_count"]


def test_user_expressions_are_evaluated(kernel: Any) -> None:
    run = kernel.ok("var shown = 4", user_expressions={"good": "shown * 2", "bad": "nonexistent"})
    good, bad = run.reply["user_expressions"]["good"], run.reply["user_expressions"]["bad"]
    assert good["data"] == {"text/plain": "8"}
    assert (bad["status"], bad["ename"]) == ("error", "ReferenceError")


def test_an_error_aborts_the_cells_behind_it(kernel: Any) -> None:
    requests = [kernel.start("await new Promise(r => setTimeout(r, 100)); throw new Error('stop')")]
    requests += [kernel.start("'never'"), kernel.start("'never'")]
    statuses = [kernel.finish(request).reply["status"] for request in requests]
    assert statuses[0] == "error"
    assert statuses[1:] == ["aborted", "aborted"]


def test_stop_on_error_can_be_switched_off(kernel: Any) -> None:
    bad = kernel.start("throw new Error('go on')", stop_on_error=False)
    good = kernel.start("'went on'")
    assert kernel.finish(bad).reply["status"] == "error"
    assert kernel.finish(good).result == "'went on'"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("1 + 1", "complete"),
        ("await fetchIt()", "complete"),
        ("for (const x of []) {\n}", "complete"),
        ("%%isolate a\n1", "complete"),
        ("# NBVAL_SKIP\n1", "complete"),
        ("f(", "incomplete"),
        ("function f() {", "incomplete"),
        ("await g({", "incomplete"),
        ("1 +", "incomplete"),
        ("`template", "incomplete"),
        ("/* comment", "incomplete"),
        ("%%isolate a", "incomplete"),
        ("f(}", "invalid"),
        ('"string', "invalid"),
        ("return 5", "invalid"),
        ("%%isolate --wrong", "invalid"),
    ],
)
def test_is_complete_asks_the_parser(kernel: Any, code: str, status: str) -> None:
    assert kernel.reply(kernel.client.is_complete(code), "is_complete_reply")["status"] == status


def test_cells_at_once_have_numbers_of_their_own(own_kernel: Any) -> None:
    code = "console.log('go'); await new Promise(resolve => setTimeout(resolve, 300)); 'first'"
    request, subshell = own_kernel.start_aside(code)
    second = own_kernel.ask(subshell, "execute", code="'second'", silent=False, store_history=True)
    first = own_kernel.finish(request).reply
    assert (first["execution_count"], second["execution_count"]) == (1, 2)
    assert own_kernel.ok("'third'").reply["execution_count"] == 3
    asked = own_kernel.client.history(hist_access_type="range", session=0, start=1, stop=4, output=True)
    entries = own_kernel.reply(asked, "history_reply")["history"]
    assert [(line, output) for _, line, (_, output) in entries] == [
        (1, "'first'"),
        (2, "'second'"),
        (3, "'third'"),
    ]


def test_errors_show_the_lines_of_a_silent_cell_and_not_of_the_next_one(kernel: Any) -> None:
    kernel.run("globalThis.thrower = () => { throw new Error('from the silent one') }", silent=True)
    kernel.ok("'the next one'")
    assert "  globalThis.thrower = () => {" in kernel.fails("thrower()").traceback


def test_the_last_result_and_error_are_kept(own_kernel: Any) -> None:
    own_kernel.ok("({answer: 42})")
    assert own_kernel.ok("_.answer").result == "42"
    own_kernel.ok("let unseen = 1")
    assert own_kernel.ok("_ + 1").result == "43"
    assert own_kernel.ok("typeof _error").result == "'undefined'"
    own_kernel.fails("throw new RangeError('kept')")
    assert own_kernel.ok("_error.message").result == "'kept'"
    own_kernel.fails("throw 5")
    assert own_kernel.ok("_error").result == "5"
    own_kernel.ok("Promise.resolve('awaited')")
    assert own_kernel.ok("%%python\nmanager['main']['_']").result == "'awaited'"
    assert own_kernel.ok("Object.keys(globalThis).includes('_')").result == "false"


def test_each_context_keeps_its_own(own_kernel: Any) -> None:
    own_kernel.ok("'of main'")
    assert own_kernel.ok("%%isolate other\ntypeof _").result == "'undefined'"
    own_kernel.ok("%%isolate other --context c\n'of c'")
    assert own_kernel.ok("%%isolate other\n_").result == "'undefined'"
    assert own_kernel.ok("%%isolate other --context c\n_").result == "'of c'"
    assert own_kernel.ok("_").result == "'of main'"


def test_what_nobody_sees_is_not_kept(own_kernel: Any) -> None:
    own_kernel.ok("'seen'", user_expressions={"unseen": "'expression'"})
    own_kernel.ok("'silent'", silent=True)
    own_kernel.run("throw 'silent'", silent=True)
    assert own_kernel.ok("_").result == "'seen'"
    assert own_kernel.ok("typeof _error").result == "'undefined'"


@pytest.mark.parametrize(
    "own", ["let _ = 'own'", "const _ = 'own'", "var _ = 'own'", "_ = 'own'", "globalThis._ = 'own'"]
)
@pytest.mark.parametrize("before", ["", "1"])
def test_a_name_of_the_users_stays_theirs(kernel: Any, own: str, before: str) -> None:
    isolate = f"own{own.split()[0].split('.')[0]}{len(own)}{before}"
    for code in (before, own, "2", "3"):
        kernel.ok(f"%%isolate {isolate}\n{code}")
    assert kernel.ok(f"%%isolate {isolate}\n_").result == "'own'"


def test_only_the_last_result_is_kept_alive(kernel: Any) -> None:
    kernel.ok("%%isolate keeps --memory 128\nnew ArrayBuffer(3e7)")
    for _ in range(8):
        kernel.ok("%%isolate keeps\nnew ArrayBuffer(3e7)")


def test_accessors_of_the_users_are_not_called(kernel: Any) -> None:
    code = "Object.defineProperty(globalThis, '_', {get() { log.push('get') }, set() { log.push('set') }})"
    kernel.ok(f"%%isolate hooked\nvar log = []; {code}; 1")
    kernel.ok("%%isolate hooked\n2")
    assert kernel.ok("%%isolate hooked\nlog").result == "[]"

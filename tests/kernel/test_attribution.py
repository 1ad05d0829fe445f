"""Whose output it is: that of the cell that caused it, however late."""

from __future__ import annotations

from typing import Any

import pytest

LATER = {
    "await": "(async () => { await gate.promise; console.log('late') })(); 0",
    "two awaits": "(async () => { await gate.promise; await null; await 0; console.log('late') })(); 0",
    "then": "gate.promise.then(() => console.log('late')); 0",
    "finally": "gate.promise.finally(() => console.log('late')); 0",
    "catch": "gate.promise.then(() => { throw 1 }).catch(() => console.log('late')); 0",
    "a microtask": "gate.promise.then(() => queueMicrotask(() => console.log('late'))); 0",
    "a timer of a promise": "gate.promise.then(() => setTimeout(() => console.log('late'), 1)); 0",
    "a thenable": (
        "(async () => { await gate.promise; await {then: (f) => { console.log('late'); f() }} })(); 0"
    ),
    "Promise.all": "Promise.all([gate.promise]).then(() => console.log('late')); 0",
    "an async generator": (
        "async function* numbers() { await gate.promise; yield 1 }\n"
        "(async () => { for await (const n of numbers()) console.log('late') })(); 0"
    ),
    "Array.fromAsync": "Array.fromAsync([gate.promise]).then(() => console.log('late')); 0",
}


@pytest.mark.parametrize("code", LATER.values(), ids=LATER.keys())
def test_a_promise_that_another_cell_resolves_goes_on_in_its_own_cell(kernel: Any, code: str) -> None:
    kernel.ok("globalThis.gate = Promise.withResolvers(); 0")
    request = kernel.start(code)
    assert kernel.finish(request).stdout == ""
    second = kernel.ok("console.log('mine'); gate.resolve(1); await new Promise(r => setTimeout(r, 20))")
    assert second.stdout == "mine\n"
    assert kernel.wait_for_text(request, "late") == "late\n"


def test_code_after_an_await_stays_in_its_cell(kernel: Any) -> None:
    run = kernel.ok(
        "console.log(1); await null; console.log(2); await new Promise(r => setTimeout(r, 5)); console.log(3)"
    )
    assert run.stdout == "1\n2\n3\n"


def test_timers_and_what_they_start_stay_in_their_cell(kernel: Any) -> None:
    request = kernel.start(
        "var times = 0;\n"
        "var ticker = setInterval(async () => { await null; console.log('tick', ++times) }, 10)"
    )
    kernel.finish(request)
    run = kernel.ok(
        "while (times < 2) await new Promise(r => setTimeout(r, 5)); clearInterval(ticker); console.log('me')"
    )
    assert run.stdout == "me\n"
    assert kernel.wait_for_text(request, "tick 2").startswith("tick 1\ntick 2\n")


def test_a_function_of_an_older_cell_prints_in_the_cell_that_calls_it(kernel: Any) -> None:
    kernel.ok("function older() { console.log('called') }")
    assert kernel.ok("older()").stdout == "called\n"


def test_nothing_of_a_cell_leaks_into_the_next(kernel: Any) -> None:
    request = kernel.start("console.log('one'); Promise.resolve().then(() => console.log('two')); 0")
    assert kernel.finish(request).stdout == "one\ntwo\n"
    assert kernel.ok("console.log('three')").stdout == "three\n"
    assert request not in kernel.late


def test_contexts_of_one_isolate_are_told_apart(kernel: Any) -> None:
    first = kernel.start("%%isolate two --context a\nsetTimeout(() => console.log('of a'), 30); 0")
    kernel.finish(first)
    second = kernel.start("%%isolate two --context b\nsetTimeout(() => console.log('of b'), 30); 0")
    kernel.finish(second)
    assert kernel.ok("%%isolate two\nawait new Promise(r => setTimeout(r, 100))").stdout == ""
    assert kernel.wait_for_text(first, "of") == "of a\n"
    assert kernel.wait_for_text(second, "of") == "of b\n"


CHILD = (
    "var ivm = require('isolated-vm'); var child = new ivm.Isolate();\n"
    "var context = child.createContextSync();\n"
    "context.global.setSync('log', new ivm.Reference((text) => console.log(text)))"
)


def test_what_another_isolate_does_belongs_to_the_cell_that_asked_for_it(kernel: Any) -> None:
    kernel.ok(CHILD)
    assert kernel.ok("context.evalSync(`log.applySync(undefined, ['sync'])`)").stdout == "sync\n"
    code = "log.applyIgnored(undefined, ['background'])"
    request = kernel.start(
        f"context.eval(`const until = Date.now() + 100; while (Date.now() < until); {code}`); 0"
    )
    kernel.finish(request)
    assert (
        kernel.ok("console.log('meanwhile'); await new Promise(r => setTimeout(r, 200))").stdout
        == "meanwhile\n"
    )
    assert kernel.wait_for_text(request, "background") == "background\n"


def test_what_a_promise_of_another_isolate_brings_belongs_to_the_cell_that_awaits_it(kernel: Any) -> None:
    kernel.ok(CHILD)
    request = kernel.start(
        "context.eval('const end = Date.now() + 60; while (Date.now() < end); 7')\n"
        "  .then((n) => console.log(n)); 0"
    )
    kernel.finish(request)
    assert kernel.ok("await new Promise(r => setTimeout(r, 120))").stdout == ""
    assert kernel.wait_for_text(request, "7") == "7\n"


def test_code_cannot_say_that_it_is_another_cell(kernel: Any) -> None:
    victim = kernel.start("var hidden = 1")
    kernel.finish(victim)
    run = kernel.ok(
        "Object.defineProperty(Object.prototype, 'mark', {get() { return 1 }, configurable: true});\n"
        "console.log('me'); delete Object.prototype.mark; 0"
    )
    assert run.stdout == "me\n"
    assert victim not in kernel.late


def test_what_a_finalization_registry_calls_back_belongs_to_the_newest_cell(own_kernel: Any) -> None:
    own_kernel.ok("var registry = new FinalizationRegistry((name) => console.log('gone', name))")
    own_kernel.ok("registry.register({}, 'it'); undefined")
    code = "for (let i = 0; i < 3e5; i++) new Array(300).fill(i); await new Promise(r => setTimeout(r, 50))"
    assert own_kernel.ok(code).stdout == "gone it\n"

"""Python's own values inside isolates: References, Callbacks with their modes, async functions."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import isolates
from isolates import ReleasedError, TransferError, undefined


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (undefined, "undefined"),
        (True, "boolean"),
        (5, "number"),
        (1.5, "number"),
        (2**60, "object"),
        ("text", "string"),
        (len, "function"),
        (int, "function"),
        ({}, "object"),
        (object(), "object"),
    ],
)
def test_typeof_of_pythons_values(context: isolates.Context, value: object, kind: str) -> None:
    reference = isolates.Reference(value)
    assert reference.typeof == kind
    assert context.eval_closure_sync("return $0.typeof", [reference]) == kind


def test_deref_gives_the_object_itself(context: isolates.Context) -> None:
    value = object()
    reference = isolates.Reference(value)
    assert reference.deref() is value
    again = context.eval_closure_sync("return $0", [reference])
    assert again.deref(release=True) is value
    with pytest.raises(ReleasedError):
        again.deref()
    assert reference.deref() is value


def test_javascript_calls_and_copies_and_sees_nothing_else(context: isolates.Context) -> None:
    function = isolates.Reference(lambda *all_: list(all_))
    code = "return $0.applySync(undefined, [1, 'a'], { result: { copy: true } })"
    assert context.eval_closure_sync(code, [function], copy=True) == [1, "a"]
    value = isolates.Reference({"list": [1]})
    assert context.eval_closure_sync("return $0.copySync().list[0]", [value]) == 1
    for code in ("$0.getSync('list')", "$0.setSync('x', 1)", "$0.deleteSync('x')"):
        with pytest.raises(isolates.JSTypeError, match=r"^Reference is not an object$"):
            context.eval_closure_sync(code, [value])
    with pytest.raises(isolates.JSTypeError, match=r"^Cannot dereference this from current isolate$"):
        context.eval_closure_sync("$0.deref()", [value])
    with pytest.raises(isolates.JSTypeError, match=r"^Reference is not a function$"):
        context.eval_closure_sync("$0.applySync()", [value])


def test_an_object_that_can_not_cross_can_not_be_copied(context: isolates.Context) -> None:
    with pytest.raises(isolates.JSError, match="is of type object, which can't cross to JavaScript"):
        context.eval_closure_sync("$0.copySync()", [isolates.Reference(object())])


def test_references_to_pythons_values_can_not_be_dereferenced_inside(context: isolates.Context) -> None:
    with pytest.raises(TransferError, match=r"^Cannot dereference this into target isolate$"):
        context.eval_closure_sync("return $0", [isolates.Reference(1).deref_into()])


def test_python_calls_its_own_functions_through_references(ask: Any) -> None:
    assert ask(isolates.Reference(lambda n: n + 1), "apply", None, [1]) == 2
    with pytest.raises(TransferError, match=r"^Reference is not a function$"):
        ask(isolates.Reference(5), "apply")
    with pytest.raises(isolates.JSError, match=r"^division by zero$"):
        ask(isolates.Reference(lambda: 1 / 0), "apply")


def test_a_callable_is_a_function_inside(ask: Any, context: isolates.Context) -> None:
    code = "return [typeof $0, $0(20, 22), $0.name, 'prototype' in $0].join()"
    assert ask(context, "eval_closure", code, [lambda a, b: a + b]) == "function,42,,false"


def test_modes_are_read_off_the_function_or_given() -> None:
    async def later() -> None: ...

    class Awaitable:
        async def __call__(self) -> None: ...

    assert isolates.Callback(len).mode == "sync"
    assert isolates.Callback(later).mode == "async"
    assert isolates.Callback(Awaitable()).mode == "async"
    assert isolates.Callback(later, mode="sync").mode == "sync"
    assert isolates.Callback(len, mode="async").mode == "async"
    assert isolates.Callback(len, mode="ignored").mode == "ignored"


def test_modes_that_are_none_are_refused() -> None:
    wrong: Any = isolates.Callback
    with pytest.raises(ValueError, match=r"`mode`.*'sync', 'async' or 'ignored'"):
        wrong(len, mode="other")
    with pytest.raises(TypeError, match="`mode`"):
        wrong(len, mode=5)
    with pytest.raises(TypeError, match="`function`"):
        wrong(5)


def test_an_async_function_is_one_inside(ask: Any, context: isolates.Context) -> None:
    async def add(a: int, b: int) -> int:
        await asyncio.sleep(0)
        return a + b

    code = "const promise = $0(20, 22); return promise instanceof Promise ? promise : 'none'"
    assert context.eval_closure(code, [add], promise=True).result(20) == 42
    in_a_row = (
        "return (async () => { let n = 0; for (let i = 0; i < 5; ++i) n = await $0(n, 1); return n })()"
    )
    assert context.eval_closure(in_a_row, [add], promise=True).result(20) == 5


def test_what_an_async_function_raises_rejects(context: isolates.Context) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    code = "return $0().catch(error => [error instanceof Error, error.name, error.message].join())"
    assert context.eval_closure(code, [fail], promise=True).result(20) == "true,ValueError,no"


def test_async_functions_run_in_the_loop_they_were_given_in(context: isolates.Context) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        seen = []

        async def look() -> int:
            seen.append(asyncio.get_running_loop())
            return 5

        assert await context.eval_closure("return $0()", [look], promise=True) == 5
        assert seen == [loop]

    asyncio.run(main())


def test_ignored_callbacks_answer_nothing_and_keep_the_order(context: isolates.Context) -> None:
    seen: list[int] = []
    done = threading.Event()

    def note(n: int) -> None:
        seen.append(n)
        if n == 3:
            done.set()
        raise ValueError("nobody hears")

    callback = isolates.Callback(note, mode="ignored")
    assert context.eval_closure_sync("return [$0(1), $0(2), $0(3)].join()", [callback]) == ",,"
    assert done.wait(10)
    assert seen == [1, 2, 3]


def test_a_plain_function_may_be_asynchronous_inside(context: isolates.Context) -> None:
    callback = isolates.Callback(lambda n: n + 1, mode="async")
    code = "return $0(1) instanceof Promise && $0(1)"
    assert context.eval_closure(code, [callback], promise=True).result(20) == 2


def test_callbacks_can_be_called_from_python(context: isolates.Context) -> None:
    assert isolates.Callback(lambda n: n + 1)(1) == 2
    context.eval_closure_sync("globalThis.ivm = $0", [isolates.isolated_vm()])
    function = context.eval_sync("new ivm.Callback(n => n + 1)")
    assert isinstance(function, isolates.Callback)
    assert function.mode == "sync"
    assert function(1) == 2
    later = context.eval_sync("new ivm.Callback(async n => n + 1)")
    assert later.mode == "async"
    assert later(2).result(20) == 3
    ignored = context.eval_sync("new ivm.Callback(n => { globalThis.seen = n }, { ignored: true })")
    assert ignored(5) is None
    assert context.eval("seen").result(20) == 5


def test_apply_sync_promise_waits_for_awaitables(context: isolates.Context) -> None:
    async def later() -> int:
        await asyncio.sleep(0)
        return 7

    code = "return $0.applySyncPromise() + 1"
    assert context.eval_closure(code, [isolates.Reference(later)]).result(20) == 8


def test_apply_sync_promise_of_python_waits_for_awaitables() -> None:
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        return number + 1

    assert isolates.Reference(later).apply_sync_promise(None, [6]) == 7
    assert isolates.Reference(len).apply_sync_promise(args=["four"]) == 4
    with pytest.raises(isolates.JSError, match=r"^division by zero$"):  # as from apply()
        isolates.Reference(lambda: 1 / 0).apply_sync_promise()


def test_apply_sync_promise_of_python_is_for_pythons_functions(context: isolates.Context) -> None:
    function = context.eval_sync("async () => 1", reference=True)
    with pytest.raises(isolates.TransferError, match="needs a function of the default isolate"):
        function.apply_sync_promise()
    assert function.apply_sync(promise=True) == 1


def test_apply_sync_promise_of_python_does_not_block_a_running_loop() -> None:
    async def run() -> None:
        with pytest.raises(RuntimeError, match=r"^This function may not be called from the default thread$"):
            isolates.Reference(len).apply_sync_promise(None, ["x"])

    asyncio.run(run())


def test_options_inside_arguments_and_result(ask: Any, context: isolates.Context) -> None:
    function = context.eval_sync("(value => [typeof value.copy, value.typeof])", reference=True)
    got = {"result": {"copy": True}}
    assert ask(function, "apply", None, [[1]], arguments={"reference": True}, **got) == ["function", "object"]
    assert ask(function, "apply", None, [[1]], arguments={"external_copy": True}, **got)[0] == "function"
    assert ask(function, "apply", None, ["ab"], arguments={"copy": True}, **got) == [
        "undefined",
        isolates.undefined,
    ]
    assert (
        ask(context, "eval_closure", "return $0.copy().n", [{"n": 1}], arguments={"external_copy": True}) == 1
    )
    assert isinstance(
        ask(context, "eval_closure", "return {}", result={"reference": True}), isolates.Reference
    )
    assert ask(
        context, "eval_closure", "return (async () => [$0])()", [5], result={"promise": True, "copy": True}
    ) == [5]
    with pytest.raises(isolates.TransferError, match=r"^Only one of"):
        ask(context, "eval_closure", "return {}", copy=True, result={"reference": True})


def test_handles_go_in_and_come_out(isolate: isolates.Isolate, context: isolates.Context) -> None:
    script = isolate.compile_script_sync("6 * 7")
    reference = context.eval_sync("globalThis.o = { n: 1 }; o", reference=True)
    code = "return [$0.isDisposed, $1.evalSync('1'), $2.runSync($1), $3.copySync().n].join()"
    with isolates.Isolate() as other:
        foreign = other.create_context_sync()
        assert foreign.eval_closure_sync(code, [isolate, context, script, reference]) == "false,1,42,1"
        back = [foreign.eval_closure_sync("return $0", [it]) for it in (isolate, context, script, reference)]
    assert [type(it) for it in back] == [
        isolates.Isolate, isolates.Context, isolates.Script, isolates.Reference,
    ]  # fmt: skip
    assert back[1].eval_sync("o.n") == 1
    assert back[2].run_sync(context) == 42
    assert back[3].copy_sync() == {"n": 1}
    script.release()


def test_copies_by_transfer_share_one_handle(isolate: isolates.Isolate, context: isolates.Context) -> None:
    reference = context.eval_sync("({})", reference=True)
    before = isolate.reference_count
    context.eval_sync("globalThis.kept = []")
    copies = [context.eval_closure_sync("kept.push($0); return $0", [reference]) for _ in range(5)]
    assert isolate.reference_count == before
    reference.release()
    context.eval_sync("kept.forEach(it => it.release())")
    assert isolate.reference_count == before
    for copy in copies:
        copy.release()
    assert isolate.reference_count == before - 1


def test_handles_inside_of_objects_cross_too(context: isolates.Context) -> None:
    reference = isolates.Reference(lambda: 5)
    code = "return $0.list[0].applySync() + $0.map.it.evalSync('1')"
    assert context.eval_closure_sync(code, [{"list": [reference], "map": {"it": context}}]) == 6

"""Reference.get, set, delete and copy from Python: data properties only, without running any code inside."""

from __future__ import annotations

from typing import Any

import pytest

import isolates
from isolates import ReleasedError, TransferError, undefined


def refer(context: isolates.Context, code: str) -> isolates.Reference:
    reference = context.eval_sync(f"({code})", reference=True)
    assert isinstance(reference, isolates.Reference)
    return reference


def test_get_gives_a_reference(ask: Any, context: isolates.Context) -> None:
    object_ = refer(context, "{ n: 1, f: () => 5, o: { deep: 7 } }")
    assert [ask(object_, "get", key).typeof for key in ("n", "f", "o", "missing")] == [
        "number", "function", "object", "undefined",
    ]  # fmt: skip
    assert ask(object_, "get", "f").apply_sync() == 5
    assert ask(ask(object_, "get", "o"), "get", "deep").copy_sync() == 7


def test_get_takes_options(ask: Any, context: isolates.Context) -> None:
    object_ = refer(context, "{ o: { n: 1 }, p: Promise.resolve([5]) }")
    assert ask(object_, "get", "o", copy=True) == {"n": 1}
    assert ask(object_, "get", "p", promise=True, copy=True) == [5]
    with pytest.raises(TransferError, match=r"^Only one of `copy`, .* may be set$"):
        ask(object_, "get", "o", copy=True, reference=True)


def test_keys_are_strings_or_unsigned_integers(ask: Any, context: isolates.Context) -> None:
    list_ = refer(context, "['a', 'b']")
    assert [ask(list_, "get", key, copy=True) for key in (0, "1", "length")] == ["a", "b", 2]
    far = refer(context, "{ 4294967295: 'far', 'größe': 'wide' }")
    assert [far.get_sync(key, copy=True) for key in (2**32 - 1, "größe")] == ["far", "wide"]
    wrong: Any
    for wrong in (-1, 2**32, True, None, 1.0, b"x", [1]):
        for method in ("get", "delete"):
            with pytest.raises(
                (TypeError, ValueError), match=rf"^`Reference.{method}.*` requires `property`"
            ):
                ask(list_, method, wrong)
        with pytest.raises((TypeError, ValueError), match=r"requires `property` to be a str or an unsigned"):
            ask(list_, "set", wrong, 1)


def test_getters_and_inherited_properties_are_left_alone(ask: Any, context: isolates.Context) -> None:
    object_ = refer(context, "globalThis.ran = 0, { __proto__: { far: 1 }, get own() { ++ran; return 2 } }")
    assert ask(object_, "get", "far").typeof == "undefined"
    assert ask(object_, "get", "far", unsafe_inherit=True, copy=True) == 1
    with pytest.raises(TransferError, match=r"^Property is getter$"):
        ask(object_, "get", "own")
    assert context.eval_sync("ran") == 0
    assert ask(object_, "get", "own", accessors=True, copy=True) == 2


def test_set_makes_plain_data_properties(ask: Any, context: isolates.Context) -> None:
    object_ = refer(context, "globalThis.o = { set x(value) { globalThis.ran = 1 } }")
    assert ask(object_, "set", "x", {"a": [1]}) is True
    assert ask(object_, "set", 7, "seven") is True
    assert context.eval_sync("[o.x.a[0], o[7], typeof ran].join()") == "1,seven,undefined"
    frozen = refer(context, "Object.freeze({ n: 1 })")
    assert ask(frozen, "set", "n", 2) is False
    assert ask(frozen, "set", "new", 2) is False


def test_set_passes_handles_and_callables(ask: Any, context: isolates.Context) -> None:
    assert ask(context.global_, "set", "double", lambda n: n * 2) is True
    assert ask(context.global_, "set", "context", context) is True
    assert context.eval_sync("double(4) + context.evalSync('1')") == 9
    context.global_.delete_sync("context")  # as it would hold itself
    with pytest.raises(TypeError):
        ask(context.global_, "set", "x", object())


def test_set_and_delete_ignored_keep_the_order(context: isolates.Context) -> None:
    target: Any = context.global_
    assert target.set_ignored("x", 1) is None
    first = context.eval("typeof x")
    assert target.delete_ignored("x") is None
    second = context.eval("typeof x")
    assert [first.result(10), second.result(10)] == ["number", "undefined"]


def test_delete_answers_whether_it_could(ask: Any, context: isolates.Context) -> None:
    assert ask(refer(context, "{ n: 1 }"), "delete", "n") is True
    assert ask(refer(context, "{}"), "delete", "missing") is True
    assert ask(refer(context, "Object.freeze({ n: 1 })"), "delete", "n") is False
    assert ask(refer(context, "[1]"), "delete", "length") is False


@pytest.mark.parametrize("code", ["5", "null", "undefined", "'text'", "1n", "Symbol()"])
def test_primitives_have_no_properties(ask: Any, context: isolates.Context, code: str) -> None:
    value = refer(context, code)
    for call in (("get", "x"), ("set", "x", 1), ("delete", "x")):
        with pytest.raises(TransferError, match=r"^Reference is not an object$"):
            ask(value, *call)


@pytest.mark.parametrize("code", ["new Proxy({}, {})", "Object.create(new Proxy({}, {}))"])
def test_proxies_are_refused(ask: Any, context: isolates.Context, code: str) -> None:
    value = refer(context, code)
    for call in (("get", "x"), ("set", "x", 1), ("delete", "x")):
        with pytest.raises(TransferError, match=r"^Object is or has proxy$"):
            ask(value, *call)


def test_copy_gives_a_copy(ask: Any, context: isolates.Context) -> None:
    assert ask(refer(context, "{ list: [1, null, 'x'] }"), "copy") == {"list": [1, None, "x"]}
    assert ask(refer(context, "5"), "copy") == 5
    assert ask(refer(context, "undefined"), "copy") is undefined
    with pytest.raises(TransferError, match="could not be cloned"):
        ask(refer(context, "() => 1"), "copy")


def test_released_references_refuse_everything(ask: Any, context: isolates.Context) -> None:
    value = refer(context, "{}")
    value.release()
    for call in (("get", "x"), ("set", "x", 1), ("delete", "x"), ("copy",)):
        with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
            ask(value, *call)
    with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
        value.set_ignored("x", 1)
    with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
        value.deref()


def test_properties_of_a_disposed_isolate(ask: Any) -> None:
    with isolates.Isolate() as isolate:
        value = refer(isolate.create_context_sync(), "{}")
    for call in (("get", "x"), ("set", "x", 1), ("delete", "x"), ("copy",)):
        with pytest.raises(isolates.DisposedError, match=r"^Isolate is disposed$"):
            ask(value, *call)
    ignored: Any = value
    assert ignored.set_ignored("x", 1) is None


def test_deref_is_for_pythons_own(context: isolates.Context) -> None:
    with pytest.raises(TransferError, match=r"^Cannot dereference this from current isolate$"):
        refer(context, "{}").deref()


def test_deref_into_can_release(context: isolates.Context) -> None:
    value = refer(context, "globalThis.kept = {}")
    inside = value.deref_into(release=True)
    with pytest.raises(ReleasedError):
        value.release()
    assert context.eval_closure_sync("return $0 === kept", [inside]) is True


def test_global_is_a_reference_to_the_global_object(context: isolates.Context) -> None:
    assert context.global_.typeof == "object"
    context.global_.set_sync("x", 5)
    assert context.eval_sync("x") == 5
    assert context.eval_closure_sync("return $0 === globalThis", [context.global_.deref_into()]) is True


def test_a_released_context_releases_its_global(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    global_ = context.global_
    context.release()
    with pytest.raises(ReleasedError, match=r"^Reference has been released$"):
        global_.get_sync("x")
    with pytest.raises(ReleasedError, match=r"^Context is released$"):
        _ = context.global_


def test_global_does_not_count_twice(isolate: isolates.Isolate) -> None:
    context = isolate.create_context_sync()
    before = isolate.reference_count
    assert context.global_.typeof == "object"
    assert isolate.reference_count == before
    context.release()

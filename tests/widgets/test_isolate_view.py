"""IsolateView without a page: what it tells of one isolate, also of one that is busy, gone or another one."""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from isolates import Context, Isolate, ReleasedError
from isolates.magics.manager import IsolateManager
from isolates.magics.named_isolate import NamedIsolate
from isolates.widgets import IsolateView
from isolates.widgets.isolate_details import Limit
from tests.widgets.page import DEADLINE_S, Page

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


class Looking(Page):
    """A page that looks at a view."""

    def wait_for(self, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        return self.frame(is_so)[0]

    def ask(self, action: str, **arguments: Any) -> dict[str, Any]:
        return self.answer(self.act(action, **arguments))


Show = Callable[[Any], Looking]


@pytest.fixture
def show(nothing_ticks_afterwards: None) -> Iterator[Show]:
    """Makes a view that is looked at."""
    pages: list[Looking] = []

    def show(what: Any) -> Looking:
        page = Looking(IsolateView(what, period_s=0.1))
        pages.append(page)
        page.look()
        return page

    yield show
    for page in pages:
        page.widget.close()


def histories(page: Looking) -> int:
    """How often the page was told to begin the chart anew."""
    return sum(bool(buffers) for _, buffers in page.frames())


def is_told(frame: dict[str, Any]) -> bool:
    return bool(frame["state"] != "none" and frame["spaces"]["rows"])


def test_the_numbers_are_those_of_the_api(show: Show) -> None:
    with Isolate(memory_limit=32) as isolate:
        context = isolate.create_context_sync()
        kept = context.eval_sync("globalThis.kept = new Uint8Array(3 << 20)", reference=True)
        before = (isolate.wall_time_ns, isolate.cpu_time_ns)
        frame = show(isolate).wait_for(is_told)
        heap = isolate.get_heap_statistics_sync()
        assert frame["point"]["used"] == heap["used_heap_size"]
        assert frame["point"]["total"] == heap["total_heap_size"]
        assert frame["point"]["external"] == heap["externally_allocated_size"] == 3 << 20
        assert frame["point"]["limit"] == 32 << 20
        assert (frame["physical"], frame["malloced"]) == (
            heap["total_physical_size"],
            heap["malloced_memory"],
        )
        assert frame["native_contexts"] == heap["number_of_native_contexts"]
        assert frame["references"] == isolate.reference_count
        assert before[0] <= frame["point"]["wall_s"] * 1e9 <= isolate.wall_time_ns
        assert before[1] <= frame["point"]["cpu_s"] * 1e9 <= isolate.cpu_time_ns
        spaces = isolate.get_heap_space_statistics_sync()
        assert [list(space) for space in frame["spaces"]["rows"]] == [
            list(space.values()) for space in spaces
        ]
        held, v8 = frame["limits"]
        assert (held["used"], held["of"]) == (heap["used_heap_size"] + (3 << 20), 32 << 20)
        assert (v8["used"], v8["of"]) == (heap["used_heap_size"], heap["heap_size_limit"])
        assert (frame["state"], frame["stale"], frame["named"]) == ("idle", False, False)
        kept.release()


def test_a_loop_that_never_ends_is_seen_as_it_is(show: Show) -> None:
    with Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        page = show(isolate)
        before = sum(used for _, _, used, *_ in page.wait_for(is_told)["spaces"]["rows"])
        running = context.eval("const kept = []; for (;;) if (kept.length < 2e6) kept.push(kept.length)")
        # It has told its spaces while it runs.
        frame = page.wait_for(
            lambda frame: sum(used for _, _, used, *_ in frame["spaces"]["rows"]) > before + (4 << 20)
        )
        assert (frame["state"], frame["stale"], frame["spaces"]["stale"]) == ("running", False, False)
        isolate.terminate()
        running.exception(DEADLINE_S)


def test_what_waits_for_python_tells_its_spaces(show: Show) -> None:
    gate = threading.Event()
    with Isolate(memory_limit=64) as isolate:
        context = isolate.create_context_sync()
        page = show(isolate)
        before = sum(used for _, _, used, *_ in page.wait_for(is_told)["spaces"]["rows"])
        running = context.eval_closure("globalThis.kept = new Array(1e6).fill(1); $0()", [gate.wait])
        # It comes to no safe point, but its heap is at rest.
        frame = page.wait_for(
            lambda frame: sum(used for _, _, used, *_ in frame["spaces"]["rows"]) > before + (3 << 20)
        )
        assert (frame["state"], frame["stale"], frame["spaces"]["stale"]) == ("waiting", False, False)
        gate.set()
        running.result(DEADLINE_S)


def test_what_is_not_told_again_is_marked(show: Show) -> None:
    # A second or some in V8's own code, which comes to no safe point.
    code = "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1, 2 ** 53 - 2 ** 22)"
    with Isolate() as isolate:
        context = isolate.create_context_sync()
        page = show(isolate)
        page.wait_for(is_told)
        running = context.eval(code)
        frame = page.wait_for(lambda frame: frame["spaces"]["stale"])
        assert frame["state"] == "running"
        assert frame["spaces"]["rows"]
        assert frame["spaces"]["age_s"] > 0
        page.messages.clear()
        assert running.result(DEADLINE_S) == -1
        frame = page.wait_for(lambda frame: frame["state"] == "idle" and not frame["spaces"]["stale"])
        assert frame["spaces"]["age_s"] < 1


def test_a_name_is_followed(named: Any, show: Show) -> None:
    page = show(named.manager["a"])
    assert page.wait_for(lambda frame: True)["state"] == "none"
    assert page.widget.text() == "there is no isolate 'a'"
    named.make("a")
    first = named.entry("a")
    frame = page.wait_for(lambda frame: frame["state"] == "idle")
    assert (frame["name"], frame["named"], frame["generation"]) == ("a", True, 1)
    assert histories(page) == 1
    named.manager.reset("a")
    second = page.wait_for(lambda frame: frame.get("generation") == 2)
    assert second["key"] != frame["key"]
    assert histories(page) == 2
    assert page.ask("dispose", key=frame["key"])["state"] == "failed"
    assert first.isolate.is_disposed
    named.manager.dispose("a")
    page.messages.clear()
    page.wait_for(lambda frame: frame["state"] == "none")
    named.make("a", 16)
    page.wait_for(lambda frame: frame["state"] == "idle" and frame["point"]["limit"] == 16 << 20)


def test_a_view_of_what_get_gives_is_one_of_the_name(named: Any, show: Show) -> None:
    named.make("a")
    page = show(named.entry("a"))
    page.wait_for(lambda frame: frame["state"] == "idle")
    named.manager.reset("a")
    page.wait_for(lambda frame: frame.get("generation") == 2)


def test_an_isolate_that_is_disposed_is_gone(show: Show) -> None:
    isolate = Isolate()
    page = show(isolate)
    key = page.wait_for(is_told)["key"]
    assert page.ask("dispose", key=key)["text"] == "disposed"
    assert isolate.is_disposed
    frame = page.wait_for(lambda frame: frame["state"] == "gone")
    assert (frame["limits"], frame["spaces"]["rows"], frame["groups"]) == ([], [], [])
    assert "gone" in page.widget.picture()


def test_one_that_dies_of_memory_says_so(named: Any, show: Show) -> None:
    context = named.make("small", 16)
    page = show(named.manager["small"])
    page.wait_for(is_told)
    context.eval("const all = []; for (;;) all.push(new Array(1000).fill(1))").exception(30)
    frame = page.wait_for(lambda frame: frame["state"] == "gone" and frame["end"])
    assert frame["end"] == "memory limit"
    page.wait_for(lambda frame: any(error["kind"] == "end" for error in frame.get("errors", ())))
    assert "gone (memory limit)" in page.widget.picture()


def test_contexts_and_cells(named: Any, show: Show) -> None:
    named.make("a")
    page = show(named.manager["a"])
    with named.entry("a").at_work("In [7]", "main"):
        (work,) = page.wait_for(lambda frame: frame.get("work"))["work"]
        assert (work["cell"], work["context"], work["seconds"] >= 0) == ("In [7]", "main", True)
    frame = page.wait_for(lambda frame: frame["frame"] > 1 and not frame["work"])
    assert frame["contexts"] == [{"name": "main", "state": "ready"}]


def test_contexts_that_are_not_ready(show: Show) -> None:
    gate = threading.Event()

    async def fail(entry: NamedIsolate[Context], context: Context) -> Context:
        while not gate.is_set():
            await context.eval("1")
        raise ValueError(f"no {HOSTILE}")

    manager = IsolateManager(fail)
    try:
        manager.open(manager.isolate("a"), "c")
        page = show(manager["a"])
        page.wait_for(lambda frame: frame["contexts"] == [{"name": "c", "state": "being prepared"}])
        gate.set()
        (context,) = page.wait_for(lambda frame: frame["contexts"][0]["state"] != "being prepared")[
            "contexts"
        ]
        assert context["state"] == f"not prepared: no {HOSTILE[:-1]}\ufffd"
        assert "<img src=x" not in page.widget.picture()
    finally:
        gate.set()
        manager.close()


def test_errors_are_told_once(named: Any, show: Show) -> None:
    named.make("a")
    entry = named.entry("a")
    entry.note_error("cell", "In [1]", "main", "TypeError", "first")
    page = show(named.manager["a"])
    frame = page.wait_for(lambda frame: "errors" in frame)
    assert [error["message"] for error in frame["errors"]] == ["first"]
    page.wait_for(lambda frame: "errors" not in frame)
    entry.note_error("promise", "In [2]", "c", "Error", HOSTILE)
    frame = page.wait_for(lambda frame: len(frame.get("errors", ())) == 2)
    newest = frame["errors"][0]
    assert (newest["kind"], newest["cell"], newest["context"]) == ("promise, not handled", "In [2]", "c")
    assert newest["message"] == f"{HOSTILE[:-1]}\ufffd"
    picture = page.widget.picture()
    assert "&lt;img src=x onerror=alert(1)&gt;" in picture
    assert "<img src=x" not in picture


@pytest.mark.parametrize(
    ("used", "level", "words"),
    [
        (0, "", "fine"),
        (74, "", "fine"),
        (75, "warn", "high"),
        (89, "warn", "high"),
        (90, "error", "near its limit"),
    ],
)
def test_thresholds_have_words(used: int, level: str, words: str) -> None:
    limit = Limit.at("heap", used << 20, 100 << 20)
    assert (limit.level, limit.words) == (level, words)
    assert limit.text.endswith(f" of 100.0 MB, {words}")


def test_references_are_released(show: Show) -> None:
    with Isolate() as isolate:
        context = isolate.create_context_sync()
        functions = [context.eval_sync("() => 1", reference=True) for _ in range(3)]
        page = show(isolate)
        frame = page.wait_for(is_told)
        assert sum(group["handles"] for group in frame["groups"]) == isolate.reference_count
        (found,) = (group for group in frame["groups"] if group["kind"] == "Reference")
        assert (found["type"], found["holder"], found["handles"]) == ("function", "Python", 3)
        assert page.ask("release", key=frame["key"], group=found["id"])["text"] == "3 released"
        for function in functions:
            with pytest.raises(ReleasedError):
                function.apply_sync()
        page.wait_for(lambda frame: all(group["kind"] != "Reference" for group in frame["groups"]))
        context.eval_sync("1")


def test_holders_have_their_names(named: Any, show: Show) -> None:
    own, other = named.make("a"), named.make("b")
    function = own.eval_sync("() => 7", reference=True)
    other.eval_closure_sync("globalThis.held = $0", [function])
    own.eval_closure_sync("globalThis.held = $0", [own.eval_sync("({})", reference=True)])
    function.release()
    gc.collect()
    page = show(named.manager["a"])
    frame = page.wait_for(is_told)
    found = {(group["type"], group["holder"]): group["id"] for group in frame["groups"] if group["type"]}
    assert set(found) == {("function", "b"), ("object", "itself")}
    assert page.ask("release", key=frame["key"], group=found["function", "b"])["text"] == "1 released"
    page.wait_for(lambda frame: [group["type"] for group in frame["groups"] if group["type"]] == ["object"])


def test_contexts_are_not_released(show: Show) -> None:
    with Isolate() as isolate:
        context = isolate.create_context_sync()
        page = show(isolate)
        frame = page.wait_for(is_told)
        (found,) = (group for group in frame["groups"] if group["kind"] == "Context")
        assert not found["can_release"]
        for group in (found["id"], "group 99"):
            answer = page.ask("release", key=frame["key"], group=group)
            expected = f"there are no references {group!r} that can be released"
            assert (answer["state"], answer["text"]) == ("failed", expected)
        assert page.ask("release", key="other#1", group=found["id"])["text"] == "the isolate is gone"
        assert page.ask("release", key=frame["key"])["text"] == "group: None is no text"
        assert context.eval_sync("6 * 7") == 42


def test_nothing_is_asked_while_nobody_looks(show: Show) -> None:
    with Isolate() as isolate:
        context = isolate.create_context_sync()
        running = context.eval("for (;;);")
        page = show(isolate)
        page.wait_for(lambda frame: frame["state"] == "running")
        page.leave()
        count = len(page.messages)
        isolate.terminate()
        running.exception(DEADLINE_S)
        # The question was taken back: an answer would have been told.
        assert isolate._pending_calls == 0
        assert len(page.messages) == count


def test_its_text_is_a_table_that_stays(named: Any) -> None:
    context, entry = named.make("a"), named.entry("a")
    view = IsolateView(named.manager["a"])
    assert view.text() == ("isolate  contexts  limit  made from\na        main      64 MB  nothing")
    entry.note_error("cell", "In [1]", "main", "TypeError", "first")
    context.eval_sync("globalThis.more = new Array(1e5).fill(1)")
    assert view.text().splitlines()[1].split() == ["a", "main", "64", "MB", "nothing"]
    assert repr(view) == "<IsolateView of the isolate 'a'>"
    with Isolate(memory_limit=32) as isolate:
        assert IsolateView(isolate).text() == "isolate    limit\n(no name)  32 MB"


def test_its_picture_has_all_without_a_page(named: Any) -> None:
    named.make("a")
    with named.entry("a").at_work("In [3]", "main"):
        picture = IsolateView(named.manager["a"]).picture()
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", picture)
    assert {"limit", "heap space", "context", "runs", "references"} <= set(heads)
    assert picture.count("data:image/svg+xml;base64,") == 1
    assert '<td style="text-align: left">old_space</td>' in picture


@pytest.mark.parametrize("what", [None, "a", 7])
def test_other_things_are_refused(what: Any) -> None:
    with pytest.raises(TypeError, match=f"{what!r} is no isolates.Isolate, no manager"):
        IsolateView(what)

"""Buttons: what they do to idle and to busy isolates, and how soon they answer."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import isolates
from isolates.widgets import Dashboard
from isolates.widgets.download import file_name
from tests.widgets.conftest import Isolates, wait_until
from tests.widgets.page import Page

pytestmark = pytest.mark.usefixtures("nothing_ticks_afterwards")

SOON_S = 0.2
SIZE = r"\d+ KB|\d+\.\d MB"
ACTIONS = ["gc", "interrupt", "dispose", "heap_snapshot", "cpu_profile", "history"]
HOT = "function hot() { let sum = 0; for (let k = 0; k < 1e5; k++) sum += k; return sum } for (;;) hot()"


@pytest.fixture
def page(named: Isolates) -> Iterator[Page]:
    """Of a dashboard of one isolate, `a`."""
    named.make("a")
    dashboard = Dashboard(named.manager)
    yield Page(dashboard)
    dashboard.close()


def first_answer(page: Page, action: str, **arguments: Any) -> dict[str, Any]:
    """What comes before the button's message has been dealt with, which is soon."""
    begun = time.monotonic()
    number = page.act(action, **arguments)
    assert time.monotonic() - begun < SOON_S
    answer, _ = page.answers(number)[0]
    return answer


def test_garbage_is_collected_and_how_much_is_told(named: Isolates, page: Page) -> None:
    named.entry("a").globals["main"].eval_sync("for (let k = 0; k < 50; k++) new Array(20000).fill(k); 0")
    number = page.act("gc", key="a#1")
    assert page.answers(number)[0][0]["state"] == "begun"
    answer = page.answer(number)
    assert answer["state"] == "done"
    found = re.fullmatch(rf"({SIZE}) -> ({SIZE})", answer["text"])
    assert found is not None, answer
    sizes = [float(text.split()[0]) * (1024 if text.endswith("MB") else 1) for text in found.groups()]
    assert sizes[1] < sizes[0]


def test_garbage_of_a_busy_isolate_is_collected_too(named: Isolates, page: Page) -> None:
    named.spin("a", "for (;;) new Array(1000).fill(1)")
    number = page.act("gc", key="a#1")
    assert re.fullmatch(rf"({SIZE}) -> ({SIZE})", page.answer(number)["text"])
    assert isolates.sample([named.entry("a").isolate])[0].state == "running"


def test_what_is_under_way_is_not_begun_again(named: Isolates, page: Page) -> None:
    entered, opened = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        assert opened.wait(10)

    call = named.entry("a").globals["main"].eval_closure("$0()", [wait])
    assert entered.wait(10)
    number = page.act("gc", key="a#1")  # which has to wait: nothing of JavaScript's runs
    again = first_answer(page, "gc", key="a#1")
    assert (again["state"], again["text"]) == ("failed", "that is under way")
    opened.set()
    call.result(10)
    assert page.answer(number)["state"] == "done"
    wait_until(lambda: page.answer(page.act("gc", key="a#1"))["state"] == "done", "it is still under way")


def test_a_busy_isolate_is_interrupted_at_once(named: Isolates, page: Page) -> None:
    answer = first_answer(page, "interrupt", key="a#1")
    assert (answer["state"], answer["text"]) == ("done", "nothing ran")
    call = named.entry("a").globals["main"].eval("for (;;) {}")
    isolate = named.entry("a").isolate
    wait_until(lambda: isolates.sample([isolate])[0].state == "running", "it does not run")
    answer = first_answer(page, "interrupt", key="a#1")
    assert (answer["state"], answer["text"]) == ("done", "interrupted")
    assert isinstance(call.exception(10), isolates.TerminatedError)
    assert named.entry("a").globals["main"].eval_sync("6 * 7") == 42


def test_a_busy_isolate_is_disposed_at_once(named: Isolates, page: Page) -> None:
    named.spin("a")
    isolate = named.entry("a").isolate
    assert first_answer(page, "dispose", key="a#1")["state"] == "done"
    assert isolate.is_disposed
    assert named.manager.names() == []
    answer = first_answer(page, "dispose", key="a#1")
    assert (answer["state"], answer["text"]) == ("failed", "the isolate 'a' is gone")


def test_a_loop_that_never_ends_has_a_profile(named: Isolates, page: Page) -> None:
    named.spin("a", HOT)
    number = page.act("cpu_profile", key="a#1", seconds=0.3)
    assert page.answers(number)[0][0] == {
        **{"is": "answer", "id": number, "state": "begun"},
        "text": "records 300 ms",
    }
    answer = page.answer(number)
    assert answer["state"] == "done", answer
    assert re.fullmatch(r"a-\d{8}T\d{6}\.cpuprofile", answer["file"])
    assert answer["type"] == "application/json"
    profile = json.loads(page.file(number))
    assert answer["text"] == f"{len(profile['samples']):,} samples"
    assert "hot" in {node["callFrame"]["functionName"] for node in profile["nodes"]}
    assert isolates.sample([named.entry("a").isolate])[0].state == "running"


def test_a_profile_of_an_idle_isolate_says_so(page: Page) -> None:
    number = page.act("cpu_profile", key="a#1", seconds=0.1)
    assert page.answer(number)["state"] == "done"
    assert json.loads(page.file(number))["nodes"]


def test_a_busy_isolate_has_a_heap_snapshot_that_comes_in_pieces(named: Isolates, page: Page) -> None:
    many = "globalThis.many = Array.from({length: 8e4}, (_, k) => ({k, of: 'item ' + k})); 0"
    named.entry("a").globals["main"].eval_sync(many)
    named.spin("a")
    ended = threading.Event()
    gaps: list[float] = []

    def look() -> None:
        """What the kernel's loop would feel."""
        before = time.monotonic()
        while not ended.wait(0.002):
            now = time.monotonic()
            gaps.append(now - before)
            before = now

    looking = threading.Thread(target=look)
    looking.start()
    number = page.act("heap_snapshot", key="a#1")
    assert page.answers(number)[0][0]["text"] == "takes a snapshot"
    answer = page.answer(number, 30)
    ended.set()
    looking.join()
    data = page.file(number)
    assert (answer["state"], answer["size"]) == ("done", len(data))
    assert answer["file"].endswith(".heapsnapshot")
    snapshot = json.loads(data)
    assert len(snapshot["nodes"]) == snapshot["snapshot"]["node_count"] * len(
        snapshot["snapshot"]["meta"]["node_fields"]
    )
    pieces = [len(buffer) for _, buffers in page.answers(number) for buffer in buffers]
    assert len(pieces) > 2
    assert max(pieces) <= 8 << 20
    assert max(gaps) < 0.5
    assert isolates.sample([named.entry("a").isolate])[0].state == "running"


def test_what_is_under_way_ends_with_its_isolate(named: Isolates, page: Page) -> None:
    named.spin("a")
    numbers = [page.act("cpu_profile", key="a#1", seconds=0.3), page.act("gc", key="a#1")]
    assert page.answer(page.act("dispose", key="a#1"))["state"] == "done"
    for number in numbers:
        answer = page.answer(number)
        assert (answer["state"], answer["text"]) == ("failed", "the isolate is gone")


def test_isolates_of_a_mapping_have_the_same_buttons() -> None:
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        page = Page(dashboard := Dashboard({"mine": isolate}))
        call = context.eval("for (;;) {}")
        wait_until(lambda: isolates.sample([isolate])[0].state == "running", "it does not run")
        assert page.answer(page.act("interrupt", key="mine#1"))["state"] == "done"
        assert isinstance(call.exception(10), isolates.TerminatedError)
        assert page.answer(page.act("dispose", key="mine#1"))["state"] == "done"
        assert isolate.is_disposed
        dashboard.close()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("key", [None, 3, ["a#1"]])
def test_a_key_has_to_be_a_text(page: Page, action: str, key: Any) -> None:
    answer = first_answer(page, action, key=key)
    assert (answer["state"], answer["text"]) == ("failed", f"key: {key!r} is no text")


@pytest.mark.parametrize("action", ACTIONS[:5])
def test_an_isolate_that_is_not_there(page: Page, action: str) -> None:
    answer = first_answer(page, action, key="b#1")
    assert (answer["state"], answer["text"]) == ("failed", "the isolate 'b' is gone")


@pytest.mark.parametrize("seconds", ["1", None, True, 0, -1, 1e9, float("nan"), [1]])
def test_the_time_of_a_profile_has_to_be_a_number_that_is_meant(page: Page, seconds: Any) -> None:
    answer = first_answer(page, "cpu_profile", key="a#1", seconds=seconds)
    assert answer["state"] == "failed"
    assert answer["text"].startswith(f"seconds: {seconds!r} is")


def test_an_action_that_is_not_there_is_answered_with_those_that_are(page: Page) -> None:
    answer = first_answer(page, "explode", key="a#1")
    assert answer["state"] == "failed"
    assert all(name in answer["text"] for name in ACTIONS)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a", "a"),
        ("../../etc/passwd", "etc_passwd"),
        ("a b\n<c>", "a_b_c"),
        ("", "isolate"),
        ("é" * 99, "é" * 60),
    ],
)
def test_a_file_has_a_name_that_any_system_takes(name: str, stem: str) -> None:
    assert re.fullmatch(re.escape(stem) + r"-\d{8}T\d{6}\.x", file_name(name, ".x"))

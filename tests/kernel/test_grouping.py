"""The output of one cell in several isolates."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from isolates.kernel.display import Bundle, text_bundle
from isolates.kernel.grouping import OutputGroup
from isolates.kernel.publication import Publication
from isolates.magics.jobs import Grouping


class Notebook:
    """A sink that remembers; and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.waits = 0
        self.timers: list[Callable[[], None]] = []

    def write(self, stream: str, text: str, *, wait: bool = False) -> None:
        assert not wait, "the group's lock is held"
        self.shown.append(text if stream == "stdout" else f"<{stream}>{text}")

    def publish(self, publication: Publication, *, wait: bool = False) -> None:
        assert not wait, "the group's lock is held"
        self.shown.append(f"<{publication.kind}>{publication.content.get('data', {}).get('text/plain', '')}")

    def wait_for_room(self, size: int) -> None:
        self.waits += 1

    def tick(self) -> None:
        timers, self.timers = self.timers, []
        for timer in timers:
            timer()

    def group(self, grouping: Grouping, *names: str) -> OutputGroup:
        return OutputGroup(self, grouping, names, lambda delay, function: self.timers.append(function))


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_a_label_comes_with_each_change(notebook: Notebook) -> None:
    group = notebook.group("order", "a", "b")
    a, b = group.sink_of("a"), group.sink_of("b")
    a.write("stdout", "1\n")
    b.write("stdout", "2\n")
    a.write("stdout", "3\n")
    assert notebook.shown == []
    notebook.tick()
    a.write("stderr", "4\n")
    b.write("stdout", "no end of line")
    notebook.tick()
    a.write("stdout", "5\n")
    notebook.tick()
    assert notebook.shown == [
        "[stdout:a] 1\n3\n",
        "[stdout:b] 2\n",
        "<stderr>[stderr:a] 4\n",
        "[stdout:b] no end of line",
        "\n[stdout:a] 5\n",
    ]


def test_a_line_goes_on_without_a_label(notebook: Notebook) -> None:
    a = notebook.group("type", "a", "b").sink_of("a")
    for text in ("half a line", ", the other half\n", "more\n"):
        a.write("stdout", text)
        notebook.tick()
    assert "".join(notebook.shown) == "[stdout:a] half a line, the other half\nmore\n"


def test_type_shows_texts_then_the_rest(notebook: Notebook) -> None:
    group = notebook.group("type", "a", "b")
    for name in ("b", "a"):
        group.sink_of(name).publish(Publication("display_data", text_bundle(f"picture of {name}").content()))
        group.sink_of(name).write("stdout", f"text of {name}\n")
    group.end("b", None)
    group.end("a", None)
    group.close()
    group.show("a", text_bundle("two\nlines"))
    assert notebook.shown == [
        "[stdout:a] text of a\n",
        "[stdout:b] text of b\n",
        "<display_data>a: picture of a",
        "<display_data>b: picture of b",
        "<display_data>a:\ntwo\nlines",
    ]


def test_target_shows_one_after_the_other(notebook: Notebook) -> None:
    group = notebook.group("target", "a", "b", "c")
    a, b, c = (group.sink_of(name) for name in "abc")
    c.write("stdout", "c1\n")
    b.publish(Publication("display_data", text_bundle("b1").content()))
    a.write("stdout", "a1\n")
    notebook.tick()
    assert notebook.shown == ["[stdout:a] a1\n"]
    group.end("c", text_bundle("c's"))
    assert len(notebook.shown) == 1
    group.end("a", text_bundle("a's"))
    assert notebook.shown[1:] == ["<display_data>a: a's", "<display_data>b: b1"]
    b.write("stdout", "b2\n")
    notebook.tick()
    group.end("b", None)
    group.close()
    assert notebook.shown[3:] == ["[stdout:b] b2\n", "[stdout:c] c1\n", "<display_data>c: c's"]
    c.write("stdout", "late\n")
    notebook.tick()
    assert notebook.shown[-1] == "[stdout:c] late\n"


def test_what_must_wait_is_bounded(notebook: Notebook) -> None:
    group = notebook.group("target", "a", "b")
    b = group.sink_of("b")
    for number in range(6):
        b.write("stdout", f"{number}".ljust(1 << 20, ".") + "\n", wait=True)
    shown = "".join(notebook.shown)
    assert [shown.find(f"{number}....") >= 0 for number in range(6)] == [True] * 4 + [False] * 2
    assert notebook.waits == 1
    group.end("a", None)
    assert "5...." in "".join(notebook.shown)


def test_small_things_that_must_wait_are_bounded_too(notebook: Notebook) -> None:
    group = notebook.group("target", "a", "b")
    b = group.sink_of("b")
    for _ in range(30_000):
        b.write("stdout", "\n")
    assert notebook.shown
    notebook.shown.clear()
    for _ in range(5000):
        b.publish(Publication("display_data", {"data": {"text/plain": "1"}, "metadata": {}, "transient": {}}))
    assert notebook.shown


def test_rich_output_has_a_label_above(notebook: Notebook) -> None:
    group = notebook.group("order", "a", "b")
    sink = group.sink_of("a")
    sink.publish(
        Publication("display_data", Bundle({"text/plain": "t", "text/html": "<b>t</b>"}, {}).content())
    )
    sink.publish(Publication("clear_output", {"wait": False}))
    sink.publish(Publication("update_display_data", text_bundle("new").content()))
    assert notebook.shown == ["[output:a]\n", "<display_data>t", "<update_display_data>new"]


def test_many_threads_lose_nothing_and_keep_their_order(notebook: Notebook) -> None:
    names = [f"w{number}" for number in range(8)]
    group = notebook.group("type", *names)

    def print_lines(name: str) -> None:
        sink = group.sink_of(name)
        for number in range(2000):
            sink.write("stdout", f"{name} {number}\n", wait=True)

    threads = [threading.Thread(target=print_lines, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    group.close()
    lines = "".join(notebook.shown).splitlines()
    for name in names:
        own = [line.rsplit(" ", 1)[1] for line in lines if f"{name} " in line]
        assert own == [str(number) for number in range(2000)]
    label = ""
    for line in lines:
        if line.startswith("["):
            label = line[len("[stdout:") : line.index("]")]
        assert f"{label} " in line

"""JobView without a page: what it sends while a job goes on, and what its buttons do."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import isolates
from isolates.background import background_loop
from isolates.magics.jobs import Job, Jobs
from isolates.widgets import JobView

DEADLINE_S = 30.0
HOSTILE = "<img src=x onerror=alert(1)>"


PAGES: list[Page] = []


class Page:
    """What a page says and hears. It draws each frame at once, if it `draws`."""

    def __init__(self, view: JobView) -> None:
        self.view = view
        self.messages: list[Any] = []
        self.draws = True
        self._heard = threading.Condition()
        view.send = self._hear
        PAGES.append(self)

    def _hear(self, content: Any, buffers: Any = None) -> None:
        with self._heard:
            self.messages.append(content)
            self._heard.notify_all()
        if content["is"] == "frame" and self.draws:
            self.say(do="drawn", frame=content["frame"])

    def say(self, **content: Any) -> None:
        self.view._hear(self.view, content, [])

    def look(self) -> None:
        self.say(do="look", view="v", has=0)

    def leave(self) -> None:
        self.say(do="leave", view="v")

    def act(self, action: str, **arguments: Any) -> None:
        self.say(do="act", id=7, action=action, **arguments)

    def wait_for(self, is_it: Any) -> Any:
        """The newest message of that kind."""

        def find() -> Any:
            return next((one for one in reversed(self.messages) if is_it(one)), None)

        with self._heard:
            assert self._heard.wait_for(find, DEADLINE_S), self.messages[-3:]
            return find()

    def frame(self, is_it: Any = lambda job: True) -> Any:
        """A frame whose job is like that."""
        return self.wait_for(lambda one: one["is"] == "frame" and is_it(one["chosen"] or {}))

    def answers(self) -> list[tuple[str, str]]:
        return [(one["state"], one["text"]) for one in self.messages if one["is"] == "answer"]


class Work:
    """A job whose parts end when the test says so."""

    def __init__(self, jobs: Jobs, *names: str, code: str = "code") -> None:
        self.job = jobs.make(code, list(names))
        self.loop = background_loop()
        self.gates = {name: self.loop.create_future() for name in names}
        self.job._start(self.loop, self._run)

    async def _run(self, job: Job) -> None:
        await asyncio.gather(*(self._run_part(name) for name in job.parts))

    async def _run_part(self, name: str) -> None:
        part = self.job.parts[name]
        part.begin(asyncio.current_task())
        try:
            await self.gates[name]
            part.end("done")
        except asyncio.CancelledError as error:
            part.end("cancelled", error)
        except Exception as error:
            part.end("failed", error)

    def end(self, name: str, error: Exception | None = None) -> None:
        gate = self.gates[name]
        act = (gate.set_result, None) if error is None else (gate.set_exception, error)
        self.loop.call_soon_threadsafe(*act)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    for job in jobs:
        job.cancel()
        job.wait(DEADLINE_S)


@pytest.fixture(autouse=True)
def nobody_looks_afterwards() -> Iterator[None]:
    yield
    for page in PAGES:
        page.leave()
    PAGES.clear()


def is_at_rest(view: JobView) -> bool:
    with view._lock:
        return view._tick is None


def test_a_job_is_followed_to_its_end_and_then_costs_nothing(jobs: Jobs) -> None:
    work = Work(jobs, "a", "b", code="let n = 1;\n  n + 1")
    view = JobView(work.job)
    page = Page(view)
    assert is_at_rest(view)
    page.look()
    shown = page.frame(lambda job: job["state"] == "running")["chosen"]
    assert [part["name"] for part in shown["parts"]] == ["a", "b"]
    assert (shown["label"], shown["code"]) == ("Job 1", "let n = 1;\n  n + 1")
    assert not is_at_rest(view)

    work.job.printed.add("\x1b[31mhello\x1b[0m\n")
    work.end("a")
    shown = page.frame(lambda job: job["ended"] == 1 and job["tail"])["chosen"]
    assert shown["counts"] == "1 of 2 have ended"
    assert shown["tail"] == "hello\n"

    work.end("b", ValueError(HOSTILE))
    shown = page.frame(lambda job: job["hasEnded"])["chosen"]
    assert shown["counts"] == "2 of 2 have ended, 1 failed"
    assert [part["state"] for part in shown["parts"]] == ["done", "failed"]
    assert shown["parts"][1]["error"] == f"ValueError: {HOSTILE}"
    assert shown["parts"][1]["seconds"] >= shown["parts"][0]["seconds"] >= 0
    until = threading.Event()
    while not is_at_rest(view):  # its last look may be under way
        assert not until.wait(0.01)


def test_nobody_looks_nothing_is_asked(jobs: Jobs) -> None:
    work = Work(jobs, "a")
    view = JobView(jobs)
    page = Page(view)
    page.look()
    page.frame()
    page.leave()
    assert is_at_rest(view)
    count = len(page.messages)
    work.end("a")
    work.job.wait(DEADLINE_S)
    assert len(page.messages) == count
    page.look()
    assert page.messages[-1]["chosen"]["state"] == "done"
    assert is_at_rest(view)


def test_a_page_that_draws_nothing_gets_one_frame(jobs: Jobs) -> None:
    work = Work(jobs, "a", "b")
    page = Page(JobView(work.job))
    page.draws = False
    page.look()
    work.end("a")
    work.end("b")
    work.job.wait(DEADLINE_S)
    assert [one["is"] for one in page.messages] == ["frame"]
    page.say(do="drawn", frame=1)
    page.frame(lambda job: job["hasEnded"])


def test_one_isolate_is_stopped_and_the_others_go_on(jobs: Jobs) -> None:
    work = Work(jobs, "a", "b")
    page = Page(JobView(work.job))
    page.look()
    page.frame(lambda job: job["state"] == "running")
    page.act("stop", job=1, isolate="a")
    page.wait_for(lambda one: one["is"] == "answer" and one["state"] == "done")
    assert page.answers() == [("begun", "stopping"), ("done", "stopped in a")]
    assert {name: part.state for name, part in work.job.parts.items()} == {"a": "cancelled", "b": "running"}
    page.act("stop", job=1, isolate="a")
    assert page.answers()[2:] == [("begun", "stopping"), ("done", "stopped in a")]


def test_a_job_is_cancelled(jobs: Jobs) -> None:
    work = Work(jobs, "a", "b")
    page = Page(JobView(jobs))
    page.look()
    page.act("cancel", job=1)
    shown = page.frame(lambda job: job["hasEnded"])["chosen"]
    assert shown["state"] == "cancelled"
    assert [part["error"] for part in shown["parts"]] == ["", ""]
    assert page.answers() == [("begun", "stopping"), ("done", "cancelled")]
    page.act("cancel", job=1)
    assert page.answers()[2:] == [("begun", "stopping"), ("done", "cancelled")]
    assert work.job.state == "cancelled"


def test_what_ends_while_nobody_looks_is_answered_to_who_looks_again(jobs: Jobs) -> None:
    work = Work(jobs, "a")
    page = Page(JobView(work.job))
    page.look()
    page.leave()
    page.act("cancel", job=1)
    work.job.wait(DEADLINE_S)
    assert page.answers() == [("begun", "stopping")]
    page.look()
    assert page.answers() == [("begun", "stopping"), ("done", "cancelled")]


WRONG = [
    ({"action": "stop", "job": 1, "isolate": "z"}, "Job 1 does not run in 'z'"),
    ({"action": "stop", "job": 1}, "isolate: None is no text"),
    ({"action": "stop", "job": 1, "isolate": ["a"]}, "isolate: ['a'] is no text"),
    ({"action": "cancel", "job": 9}, "There is no job 9"),
    ({"action": "cancel", "job": {"__proto__": 1}}, "There is no job {'__proto__': 1}"),
    ({"action": "choose"}, "There is no job None"),
    ({"action": "format"}, "There is no action 'format'; there is cancel, stop, choose"),
]


@pytest.mark.parametrize(("asked", "expected"), WRONG, ids=[expected for _, expected in WRONG])
def test_what_makes_no_sense_is_refused(jobs: Jobs, asked: dict[str, Any], expected: str) -> None:
    work = Work(jobs, "a")
    page = Page(JobView(jobs))
    page.look()
    page.act(**asked)
    assert page.answers() == [("failed", expected)]
    assert not work.job.done()


def test_all_jobs_and_one_of_them_at_a_time(jobs: Jobs) -> None:
    view = JobView(jobs)
    page = Page(view)
    page.look()
    assert page.messages[-1]["jobs"] == []
    assert page.messages[-1]["chosen"] is None
    Work(jobs, "a")
    assert page.frame(lambda job: job.get("job") == 1)["isList"]
    Work(jobs, "b", "c")
    shown = page.frame(lambda job: job.get("job") == 2)
    assert [job["label"] for job in shown["jobs"]] == ["Job 2", "Job 1"]
    page.act("choose", job=1)
    assert page.frame(lambda job: job["job"] == 1)["chosen"]["parts"][0]["name"] == "a"
    assert view.text() == "Job 2 in b, c: code\nJob 1 in a: code"


def test_very_many_isolates_are_shown_in_part() -> None:
    job = Job("1", [f"w{index}" for index in range(1000)])
    for part in job.parts.values():
        part.end("done")
    job.parts["w999"].end("failed", isolates.JSError("x"))
    page = Page(JobView(job))
    page.look()
    shown = page.messages[-1]["chosen"]
    assert (len(shown["parts"]), shown["more"]) == (300, 700)
    assert shown["parts"][0]["name"] == "w999"
    assert shown["counts"] == "1000 of 1000 have ended, 1 failed"


def test_the_snapshot_has_no_markup_of_anybodys(jobs: Jobs) -> None:
    work = Work(jobs, "a", code=f"// {HOSTILE}")
    work.job.printed.add(f"{HOSTILE}\n</pre><script>1</script>")
    work.end("a", ValueError(f'{HOSTILE}" onload="'))
    with pytest.raises(ValueError, match="onerror"):
        work.job.result(DEADLINE_S)
    picture = JobView(work.job).picture() + JobView(jobs).picture()
    tags = set(re.findall(r"<(\w+)", picture))
    assert tags == {"p", "b", "img", "pre", "code", "table", "thead", "tr", "th", "tbody", "td"}
    image = r'<img alt="failed" width="\d+" height="\d+" src="data:image/svg\+xml;base64,[\w+/=]+">'
    assert len(re.findall(image, picture)) == picture.count("<img") == 2
    assert "&lt;script&gt;" in picture


def test_the_text_says_the_same_however_fast_the_job_is(jobs: Jobs) -> None:
    work = Work(jobs, "a", "long name", code="f()\n+ 1")
    view = JobView(work.job)
    running = "Job 1: f() + 1\nisolate    state\na          not ended\nlong name  not ended"
    assert view.text() == running
    work.end("a")
    work.end("long name")
    work.job.wait(DEADLINE_S)
    assert view.text() == running.replace("not ended", "done")
    assert repr(view) == "<JobView of job 1>"


def test_what_is_no_job_is_refused() -> None:
    with pytest.raises(TypeError, match=r"JobView: jobs: 3 is neither a job \(manager.jobs\[3\]\) nor"):
        JobView(3)  # type: ignore[arg-type]  # That is what is tested.

"""What a Dashboard of 100 isolates costs its kernel: once a second while somebody looks, and else.

The page is a client here, which says that it looks and acknowledges each frame, as front/live.js does. The
share of a core is what all threads of the kernel's process take, less what they take without a widget.
"""

from __future__ import annotations

from queue import Empty
from time import perf_counter

from figure import Figure, Row, at_most
from worker import python

from kernel import reply_to, run, running, specification, wait_for_iopub

ISOLATES = 100
SECONDS = 25  # for each of those of the options
# Something happens in each of them, so that the figures change.
CELL = f"%%isolate w[0:{ISOLATES}]\nglobalThis.kept ??= []; kept.push(new Array(1000)); kept.length"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def isolates():
    import psutil

    from isolates.kernel.kernelspec import SOURCE

    return lambda options: measure(psutil, specification(SOURCE), SECONDS * options["seconds"])


def measure(psutil, spec, seconds):
    with running(spec) as client:
        wait_for_iopub(client, "1")
        run(client, CELL)
        kernel = psutil.Process(client.parent.provisioner.pid)
        without, _ = watch(client, kernel, seconds)
        page = Page(client)
        page.make()
        idle, _ = watch(client, kernel, seconds)
        page.say(do="look", view="bench", has=0)
        looked, frames = watch(client, kernel, seconds, page)
        run(client, CELL)  # It goes on as before.
        page.say(do="leave", view="bench")
        return {
            "looked": max(0.0, looked - without),
            "idle": max(0.0, idle - without),
            "frames": frames / seconds,
        }


def watch(client, kernel, seconds, page=None):
    """The share of a core in percent, and how many frames came."""
    times, start, frames = kernel.cpu_times(), perf_counter(), 0
    while (left := start + seconds - perf_counter()) > 0:
        try:
            message = client.get_iopub_msg(timeout=left)
        except Empty:
            break
        if page is not None:
            frames += page.hear(message)
    now = kernel.cpu_times()
    used = now.user + now.system - times.user - times.system
    return 100 * used / (perf_counter() - start), frames


class Page:
    """What shows the widget."""

    def __init__(self, client):
        self.client = client
        self.model = None

    def make(self):
        request = self.client.execute("%dashboard")
        reply_to(self.client, request)
        while self.model is None:
            data = self.client.get_iopub_msg(timeout=60)["content"].get("data", {})
            self.model = data.get(WIDGET_VIEW, {}).get("model_id")

    def say(self, **content):
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": self.model, "data": data})
        self.client.shell_channel.send(message)

    def hear(self, message):
        """Whether it is a frame, which is acknowledged."""
        if message["msg_type"] != "comm_msg" or message["content"]["comm_id"] != self.model:
            return False
        content = message["content"]["data"].get("content", {})
        if content.get("is") != "frame":
            return False
        self.say(do="drawn", frame=content["frame"])
        return True


FIGURE = Figure(
    sides={"isolates": python("widgets", "isolates")},
    rows=[
        Row("looked", f"a dashboard of {ISOLATES} isolates, 1 Hz", "% of a core", "", at_most(1)),
        Row("idle", "the same, while nobody looks", "% of a core", "", at_most(0.1)),
        Row("frames", "its frames in a second", "", ""),
    ],
    rounds=3,
)

"""Kernels as a client sees them: when the first answers come, and how long a trivial cell takes.

Every round starts a kernel, as Jupyter does, and sends it cells one after the other. A cell's time ends when
both the reply and the message that the kernel is idle have arrived. Then it starts some more for a client
with ZeroMQ's own settings, as Jupyter's programs have it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from statistics import median
from time import perf_counter

from figure import Figure, Row, times
from worker import python

DEADLINE_S = 60
WARM_UP_CELLS = 50
STARTS = 3


def isolates():
    from isolates.kernel.kernelspec import SOURCE

    return lambda options: measure(options, specification(SOURCE), "void 0", "1 + 1")


def ipykernel():
    from ipykernel.kernelspec import write_kernel_spec

    folder = Path(tempfile.mkdtemp(), "python3")
    write_kernel_spec(folder)
    return lambda options: measure(options, specification(folder), "pass", "1 + 1")


def deno():
    # A package of pip's, which is one program; it may be on the PATH without the package too.
    program = shutil.which("deno", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise ModuleNotFoundError("deno", name="deno")
    from jupyter_client.kernelspec import KernelSpec

    spec = KernelSpec(argv=[program, "jupyter", "--kernel", "--conn", "{connection_file}"])
    spec.env = {"DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": tempfile.mkdtemp()}
    return lambda options: measure(options, spec, "void 0", "1 + 1")


def specification(folder):
    from jupyter_client.kernelspec import KernelSpec

    spec = KernelSpec.from_resource_dir(str(folder))
    spec.argv[0] = sys.executable
    return spec


def measure(options, spec, nothing, value):
    starts = [usual_start_ms(spec, nothing) for _ in range(STARTS)]
    return {
        **measure_cells(options, spec, nothing, value),
        "usual ready": median(ready for ready, _ in starts),
        "usual first": median(first for _, first in starts),
    }


def usual_start_ms(spec, nothing):
    """Until the kernel is ready, and its first cell answered, for Jupyter's own client."""
    start = perf_counter()
    with running(spec, is_eager=False) as client:
        wait_until_ready(client)
        ready = perf_counter()
        reply_to(client, client.execute(nothing))
        return (ready - start) * 1e3, (perf_counter() - start) * 1e3


def wait_until_ready(client):
    """As client.wait_for_ready has it, without the 200 ms for which that listens afterwards."""
    while True:
        reply_to(client, client.kernel_info())
        try:
            client.get_iopub_msg(timeout=0.2)
        except Empty:
            continue
        return


def measure_cells(options, spec, nothing, value):
    start = perf_counter()
    with running(spec) as client:
        reply_to(client, client.kernel_info())
        ready = perf_counter()
        reply_to(client, client.execute(nothing))
        first = perf_counter()
        wait_for_iopub(client, nothing)
        return {
            "ready": (ready - start) * 1e3,
            "first": (first - start) * 1e3,
            "nothing": cell_ms(client, nothing, options["seconds"]),
            "value": cell_ms(client, value, options["seconds"]),
        }


@contextmanager
def running(spec, is_eager=True):
    """A kernel's client. One that is eager looks for the kernel's sockets all the time."""
    import zmq
    from jupyter_client.manager import KernelManager

    with tempfile.TemporaryDirectory() as folder:
        context = zmq.Context()
        context.setsockopt(zmq.LINGER, 0)
        if is_eager:
            # ZeroMQ's own 100 to 200 ms between two looks would be a good part of what is measured.
            context.setsockopt(zmq.RECONNECT_IVL, 2)
        manager = KernelManager(context=context, connection_file=str(Path(folder, "kernel.json")))
        manager._kernel_spec = spec
        environment = {**os.environ, "IPYTHONDIR": folder}
        # pip has compiled what it has installed, but not a checkout.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        manager.start_kernel(cwd=folder, stdout=sys.stderr, env=environment)
        client = manager.client(context=context)
        client.start_channels(hb=not is_eager)
        try:
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            context.destroy()


def wait_for_iopub(client, code):
    """What a kernel says before it has heard of the subscription is lost."""
    while True:
        reply_to(client, client.execute(code))
        try:
            client.get_iopub_msg(timeout=0.1)
        except Empty:
            continue
        return


def cell_ms(client, code, seconds):
    for _ in range(WARM_UP_CELLS):
        run(client, code)
    samples = []
    end = perf_counter() + seconds
    while perf_counter() < end:
        start = perf_counter()
        run(client, code)
        samples.append(perf_counter() - start)
    return median(samples) * 1e3


def run(client, code):
    request = client.execute(code)
    reply_to(client, request)
    while True:
        message = client.get_iopub_msg(timeout=DEADLINE_S)
        if (
            message["parent_header"].get("msg_id") == request
            and message["content"].get("execution_state") == "idle"
        ):
            return


def reply_to(client, request):
    while True:
        message = client.get_shell_msg(timeout=DEADLINE_S)
        if message["parent_header"].get("msg_id") == request:
            assert message["content"]["status"] == "ok", message["content"]
            return


FIGURE = Figure(
    sides={name: python("kernel", name) for name in ("isolates", "ipykernel", "deno")},
    rows=[
        Row("nothing", "cell without a value", "ms", "ipykernel", times(1)),
        Row("nothing", "cell without a value", "ms", "deno"),
        Row("value", "cell with a value", "ms", "ipykernel", times(1)),
        Row("value", "cell with a value", "ms", "deno"),
        Row("ready", "kernel is ready", "ms", "ipykernel", times(1 / 1.2)),
        Row("ready", "kernel is ready", "ms", "deno"),
        Row("first", "first cell is answered", "ms", "ipykernel", times(1 / 1.2)),
        Row("first", "first cell is answered", "ms", "deno"),
        Row("usual ready", "ready, to Jupyter's client", "ms", "ipykernel", times(1 / 1.2)),
        Row("usual ready", "ready, to Jupyter's client", "ms", "deno"),
        Row("usual first", "first cell, of Jupyter's client", "ms", "ipykernel", times(1 / 1.2)),
        Row("usual first", "first cell, of Jupyter's client", "ms", "deno"),
    ],
)

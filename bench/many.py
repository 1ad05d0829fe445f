"""One cell in four isolates of the kernel, and cells in the background while all cores are busy.

Beside ipyparallel: its `%%px` magic on engines, which are processes, called in a Python kernel.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from cores import CORES
from figure import Figure, Row, at_least, at_most
from worker import python

from kernel import reply_to, run, running, specification, wait_for_iopub

TARGETS = 4
PROMPTS = 20
# Integers only, so that no collection is measured.
JAVASCRIPT = """
function step(x) { for (let i = 0; i < 1e4; i++) x = (Math.imul(x, 48271) + i) & 0x3fffffff; return x; }
var work = () => { let x = 1; for (let i = 0; i < 15e3; i++) x = step(x); return x; };
work() && 1
"""
PYTHON = """
def work():
    x = 1
    for i in range(3_000_000):
        x = (x * 48271 + i) & 0x3fffffff
    return x
work() and 1
"""
OTHERS = max(TARGETS, CORES + 1)
CLUSTER = f"""
import ipyparallel
cluster = ipyparallel.Cluster(n={OTHERS + 1}, log_level=50)
client = cluster.start_and_connect_sync(activate=True)
"""
STOP_CLUSTER = "cluster.stop_cluster_sync()"


def isolates():
    from isolates.kernel.kernelspec import SOURCE

    everywhere = f"%%isolate w[0:{OTHERS}]\n{JAVASCRIPT}"
    cells = {
        "one": "%%isolate w0\nwork()",
        "all": f"%%isolate w[0:{TARGETS}]\nwork()",
        "busy": [f"%%isolate w{number} -a\nfor (;;);" for number in range(CORES + 1)],
        "prompt": "%%isolate other -a\n1",
        "stop": "%cancel",
    }
    return lambda options: measure(specification(SOURCE), [everywhere, "%%isolate other\n1"], cells)


def ipyparallel():
    import ipyparallel  # noqa: F401 - to say that it is missing
    from ipykernel.kernelspec import write_kernel_spec

    folder = Path(tempfile.mkdtemp())
    write_kernel_spec(folder / "python3")
    flag = folder / "stop"
    loop = f"import os\ndef loop():\n    while not os.path.exists({str(flag)!r}): pass"
    cells = {
        "one": "%%px --targets 0\nwork()",
        "all": f"%%px --targets 0:{TARGETS}\nwork()",
        "busy": [f"%%px --noblock --targets 0:{CORES + 1}\n{loop}\nloop()"],
        "prompt": f"%%px --noblock --targets {OTHERS}\n1",
        "stop": f"open({str(flag)!r}, 'w').close()",
    }

    def run_round(options):
        flag.unlink(missing_ok=True)
        return measure(specification(folder / "python3"), [CLUSTER, f"%%px\n{PYTHON}"], cells, STOP_CLUSTER)

    return run_round


def measure(spec, before, cells, after=None):
    with running(spec) as client:
        wait_for_iopub(client, "1")
        for code in before:
            run(client, code)
        seconds_on(client, cells["one"])
        one = min(seconds_on(client, cells["one"]) for _ in range(3))
        all_ = min(seconds_on(client, cells["all"]) for _ in range(3))
        for code in cells["busy"]:
            run(client, code)
        prompts = []
        for _ in range(PROMPTS):
            start = perf_counter()
            reply_to(client, client.execute(cells["prompt"]))
            prompts.append(perf_counter() - start)
        run(client, cells["stop"])
        if after is not None:
            run(client, after)
        return {"speed-up": TARGETS * one / all_, "prompt": median(prompts) * 1e3}


def seconds_on(client, code):
    start = perf_counter()
    run(client, code)
    return perf_counter() - start


FIGURE = Figure(
    sides={name: python("many", name) for name in ("isolates", "ipyparallel")},
    rows=[
        Row(
            "speed-up",
            f"a cell on {TARGETS} isolates, {CORES} cores",
            "times one",
            "ipyparallel",
            at_least(0.9 * min(CORES, TARGETS)),
            higher_is_better=True,
        ),
        Row("prompt", "a cell with -a, all cores busy", "ms", "ipyparallel", at_most(20)),
    ],
    rounds=3,
)

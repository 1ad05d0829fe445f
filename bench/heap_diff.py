"""What HeapDiff takes for two heap snapshots, 87 MB together. Python's json has only read them then."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from time import process_time

from figure import Figure, Row, at_most
from worker import python

BEFORE = "globalThis.kept = []; for (let i = 0; i < 100000; i++) kept.push({i, name: 'n' + i}); 0"
GROWS = "for (let i = 0; i < 400000; i++) kept.push({i, name: 'n' + i}); kept.length"


def snapshots():
    from isolates import Isolate

    paths = []
    folder = Path(tempfile.mkdtemp(prefix="isolates-bench-"))
    atexit.register(shutil.rmtree, folder)
    with Isolate(memory_limit=1024) as isolate:
        context = isolate.create_context_sync()
        for number, code in enumerate([BEFORE, GROWS]):
            context.eval_sync(code)
            paths.append(folder / f"{number}.heapsnapshot")
            isolate.heap_snapshot_sync(paths[-1])
    return paths


def isolates():
    from isolates.widgets import HeapDiff

    paths = snapshots()

    def measure(options):
        start = process_time()
        diff = HeapDiff(*paths)
        took = process_time() - start
        assert next(one.created for one in diff.classes if one.name == "Object") == 400_000
        return {"took": took * 1e3}

    return measure


def python_json():
    paths = snapshots()

    def measure(options):
        start = process_time()
        for path in paths:
            json.loads(path.read_bytes())
        return {"took": (process_time() - start) * 1e3}

    return measure


FIGURE = Figure(
    sides={"isolates": python("heap_diff", "isolates"), "json": python("heap_diff", "python_json")},
    rows=[Row("took", "HeapDiff of a million objects", "ms of CPU", "json", at_most(3000))],
    rounds=3,
)

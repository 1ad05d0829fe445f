"""A forked child can't use V8, and is told so; the parent goes on. Spawned children are fine."""

from __future__ import annotations

import os
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

FORK = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: threads are running
import isolates

{before}

def child():
    calls = {calls}
    for name, call in calls.items():
        try:
            call()
        except RuntimeError as error:
            assert "fork" in str(error), (name, str(error))
            assert not isinstance(error, isolates.IsolatesError), name
        else:
            raise AssertionError(name + " did not raise")

sys.stdout.flush()
pid = os.fork()
if pid == 0:
    status = 1
    try:
        child()
        status = 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(status)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
{after}
print("end")
"""

HANDLES = """
isolate = isolates.Isolate(memory_limit=16)
context = isolate.create_context_sync()
script = isolate.compile_script_sync("1")
reference = context.eval_sync("(() => 1)", reference=True)
assert context.eval("6 * 7").result(20) == 42
"""

CALLS = """{
        "Isolate": lambda: isolates.Isolate(),
        "Isolate.create_context": lambda: isolate.create_context(),
        "Isolate.create_context_sync": lambda: isolate.create_context_sync(),
        "Isolate.compile_script": lambda: isolate.compile_script("1"),
        "Isolate.compile_script_sync": lambda: isolate.compile_script_sync("1"),
        "Isolate.dispose": lambda: isolate.dispose(),
        "Isolate.terminate": lambda: isolate.terminate(),
        "Isolate.collect_garbage": lambda: isolate.collect_garbage(),
        "Isolate.collect_garbage_sync": lambda: isolate.collect_garbage_sync(),
        "Isolate.get_heap_statistics": lambda: isolate.get_heap_statistics(),
        "Isolate.get_heap_statistics_sync": lambda: isolate.get_heap_statistics_sync(),
        "Context.eval": lambda: context.eval("1"),
        "Context.eval_sync": lambda: context.eval_sync("1"),
        "Context.eval_sync with a timeout": lambda: context.eval_sync("1", timeout=1),
        "Context.eval_ignored": lambda: context.eval_ignored("1"),
        "Context.eval_closure": lambda: context.eval_closure("1"),
        "Context.eval_closure_sync": lambda: context.eval_closure_sync("1"),
        "Context.eval_closure_ignored": lambda: context.eval_closure_ignored("1"),
        "Context.release": lambda: context.release(),
        "Script.run": lambda: script.run(context),
        "Script.run_sync": lambda: script.run_sync(context),
        "Script.run_ignored": lambda: script.run_ignored(context),
        "Script.release": lambda: script.release(),
        "Reference.apply": lambda: reference.apply(None, []),
        "Reference.apply_sync": lambda: reference.apply_sync(None, []),
        "Reference.apply_ignored": lambda: reference.apply_ignored(None, []),
        "Reference.release": lambda: reference.release(),
    }"""

GOES_ON = """
assert context.eval_sync("6 * 7") == 42
assert context.eval("6 * 7").result(20) == 42
assert context.eval_sync("6 * 7", timeout=20) == 42
isolate.dispose()
"""


def test_every_class_refuses_in_a_forked_child_and_the_parent_goes_on(run_child: Any) -> None:
    child = run_child(FORK.format(before=HANDLES, calls=CALLS, after=GOES_ON))
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


def test_fork_right_after_the_import(run_child: Any) -> None:
    calls = "{'Isolate': lambda: isolates.Isolate()}"
    after = "with isolates.Isolate() as isolate: assert isolate.create_context_sync().eval_sync('1') == 1"
    child = run_child(FORK.format(before="", calls=calls, after=after))
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


def test_fork_while_javascript_runs(run_child: Any) -> None:
    before = HANDLES + "running = context.eval('for (;;);')\nwhile isolate.cpu_time_ns < 5e7: pass"
    after = "assert not running.done()\nrunning.cancel()" + GOES_ON
    child = run_child(FORK.format(before=before, calls=CALLS, after=after))
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


def test_a_forked_child_may_end_as_any_other(run_child: Any) -> None:
    """With garbage, `with`, atexit and all that an interpreter does at its end."""
    program = f"""
import os, sys, warnings
warnings.simplefilter("ignore")
import isolates
{HANDLES}
other = isolates.Isolate()
pid = os.fork()
if pid == 0:
    del other, script, reference
    import gc
    gc.collect()
    isolate.is_disposed, isolate.reference_count, isolate.cpu_time_ns
    sys.exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
{GOES_ON}
other.dispose()
print("end")
"""
    child = run_child(program)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


def test_subprocess_works_beside_running_javascript(run_child: Any) -> None:
    program = f"""
import subprocess, sys
import isolates
{HANDLES}
running = context.eval("for (;;);")
for _ in range(5):
    assert subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True).stdout == b"42\\n"
running.cancel()
{GOES_ON}
print("end")
"""
    child = run_child(program)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_works(run_child: Any, tmp_path: Any, method: str) -> None:
    (tmp_path / "worker.py").write_text(
        "import isolates\n"
        "def work(n):\n"
        "    with isolates.Isolate(memory_limit=16) as isolate:\n"
        "        return isolate.create_context_sync().eval_sync(f'{n} * 2')\n"
    )
    program = f"""
import multiprocessing, sys
sys.path.insert(0, {str(tmp_path)!r})
import isolates, worker
if __name__ == "__main__":
    # From Python 3.14 on its server imports this program first, and isolates with it.
    multiprocessing.set_forkserver_preload([])
    with isolates.Isolate() as isolate:
        context = isolate.create_context_sync()
        running = context.eval("for (;;);")
        with multiprocessing.get_context({method!r}).Pool(2) as pool:
            assert pool.map(worker.work, range(4)) == [0, 2, 4, 6]
        running.cancel()
        assert context.eval_sync("1") == 1
    print("end")
"""
    script = tmp_path / "main.py"
    script.write_text(program)
    child = run_child(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')", deadline_s=25.0)
    assert (child.returncode, child.stdout) == (0, "end\n"), child.stderr

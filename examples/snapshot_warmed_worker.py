"""A worker whose isolates start from a warmed snapshot.

Each job gets an isolate of its own, so no job sees another one's globals, and still each finds the library
there, with its functions compiled: a snapshot is a heap to start from. The warm-up script is what a job does;
its effects are not in the snapshot, what it made V8 compile is.

    python examples/snapshot_warmed_worker.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from isolates import Isolate

# Stands for a real one: 600 rules, each a closure over data of its own.
LIBRARY = (
    """
var rules = [];
"""
    + "".join(
        f"""
rules.push(function rule{n}(text) {{
  const wanted = {{ from: {n % 26}, every: {n % 7 + 2} }};
  let score = 0;
  for (let at = 0; at < text.length; at += wanted.every) {{
    const letter = text.charCodeAt(at) - 97;
    if (letter === wanted.from) score += at; else if (letter > wanted.from) score += 1;
  }}
  return score;
}});
"""
        for n in range(600)
    )
    + """
var calls = 0;
function judge(text) {
  calls++;
  return rules.reduce((sum, rule) => sum + rule(text), 0);
}
"""
)

TEXTS = [f"{word} and a few words more" for word in ("apples", "pears", "plums", "quinces")] * 5


def judge(isolate: Isolate, text: str) -> int:
    """The job: untrusted code would come in here as well."""
    context = isolate.create_context_sync()
    score = context.eval_closure_sync("return judge($0)", [text], timeout=1)
    assert context.eval_sync("calls") == 1  # nobody was here before
    return int(score)


def by_evaluating(text: str) -> int:
    with Isolate(memory_limit=64) as isolate:
        # Without a snapshot every job evaluates and compiles the library anew.
        context = isolate.create_context_sync()
        context.eval_sync(LIBRARY)
        return int(context.eval_closure_sync("return judge($0)", [text], timeout=1))


def by_snapshot(snapshot: object) -> Callable[[str], int]:
    def job(text: str) -> int:
        with Isolate(memory_limit=64, snapshot=snapshot) as isolate:
            return judge(isolate, text)

    return job


def measure(name: str, job: Callable[[str], int]) -> list[int]:
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as workers:
        scores = list(workers.map(job, TEXTS))
    each_ms = (time.perf_counter() - began) / len(TEXTS) * 1e3
    print(f"{name:24} {each_ms:6.2f} ms for each job")
    return scores


def main() -> None:
    began = time.perf_counter()
    cold = Isolate.create_snapshot_sync([{"code": LIBRARY, "filename": "library.js"}], timeout=10)
    warm = Isolate.create_snapshot_sync(
        [{"code": LIBRARY, "filename": "library.js"}], "judge('a text to warm up with')", timeout=10
    )
    took_ms = (time.perf_counter() - began) * 1e3
    sizes = " and ".join(f"{len(memoryview(each)) // 1024} KB" for each in (cold, warm))
    print(f"library {len(LIBRARY) // 1024} KB; snapshots, cold and warm: {sizes}, made in {took_ms:.0f} ms")

    scores = measure("library evaluated", by_evaluating)
    assert measure("from the snapshot", by_snapshot(cold)) == scores
    assert measure("from the warmed snapshot", by_snapshot(warm)) == scores


if __name__ == "__main__":
    main()

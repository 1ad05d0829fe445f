"""Random programs of calls among the host's threads, `main`, nested isolates and isolates of Python.

    python random_calls.py SEED COUNT [THREADS]
    python random_calls.py hang 0

Run by test_no_deadlock.py in a process of its own. A program is a tree of operations, made from a seed: JSON
that an interpreter in each isolate and one in Python carry out. Every operation ends, in a value or in an
error that is documented; then nothing is left. What does not end is the watchdog's business, in the parent.

One thing is documented to deadlock and therefore has a timeout here: an isolate that waits in
`applySyncPromise` answers no asynchronous call. So have waits of Python for a Future in a function that an
isolate has called.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import faulthandler
import gc
import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import isolates
from isolates import _native

JSON = list[dict[str, Any]]

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
WAIT_S = 0.1
ALLOWED = re.compile(
    r"^(Calling a synchronous isolated-vm function on a non-default isolate from within an asynchronous "
    r"isolated-vm function is not allowed\."
    r"|This function may not be called from the default thread"
    r"|`applySyncPromise` needs a function of the default isolate"
    r"|This call would wait for ever: .*"
    r"|A promise of the isolate that this thread is running can't be waited for"
    r"|Isolate is disposed|Isolate is already disposed|Isolate was disposed during execution"
    r"|Script execution timed out\."
    r"|Execution was terminated|The call was cancelled|Promise was abandoned"
    r"|Maximum call stack size exceeded|thrown on purpose|)$"
)

# Carries out operations. `places` are what this isolate knows of others; `act` starts or makes one call.
INTERPRETER = """
const places = {}, host = {};
const allowed = new RegExp($1), unexpected = $0;
const message = error => String(error?.message ?? error);
const note = error => {
    const text = message(error).split(/\\n| \\[/)[0];
    if (!allowed.test(text)) unexpected(text);
    return text;
};
const quiet = value => value?.then?.(() => 0, note);
function act(op) {
    const body = JSON.stringify(op.body ?? []), at = places[op.at], options = op.ms ? { timeout: op.ms } : {};
    const code = `${op.waits ? 'runLater' : 'runNow'}(${JSON.stringify(body)})`;
    const promise = { ...options, promise: true };
    switch (op.do) {
        case 'evalSync': return at.context.evalSync(code, options);
        case 'eval': return at.context.eval(code, op.waits ? promise : options);
        case 'evalIgnored': return at.context.evalIgnored(code, options);
        case 'applySync': return at.now.applySync(undefined, [body], options);
        case 'apply':
            if (!op.waits) return at.now.apply(undefined, [body], options);
            return at.later.apply(undefined, [body], { ...options, result: { promise: true } });
        case 'applyIgnored': return at.now.applyIgnored(undefined, [body], options);
        case 'applySyncPromise':
            return (op.waits ? at.later : at.now).applySyncPromise(undefined, [body], options);
        case 'callback': return at.callback(body);
        case 'callbackLater': return at.callbackLater(body);
        case 'callbackIgnored': return at.callbackIgnored(body);
        case 'hostApplySync': return host.now.applySync(undefined, [body]);
        case 'hostApply': return (op.waits ? host.later : host.now).apply(undefined, [body]);
        case 'hostApplyIgnored': return host.now.applyIgnored(undefined, [body]);
        case 'hostApplySyncPromise':
            return (op.waits ? host.later : host.now).applySyncPromise(undefined, [body], options);
        case 'hostCallback': return host.callback(body);
        case 'hostCallbackLater': return host.callbackLater(body);
        case 'hostCallbackIgnored': return host.callbackIgnored(body);
        case 'terminate': return at.isolate.terminate();
        case 'dispose': return at.isolate.dispose();
        case 'reject': return void Promise.reject(new Error('thrown on purpose'));
        case 'throw': throw new Error('thrown on purpose');
        case 'spin': { const end = Date.now() + op.for; while (Date.now() < end); return; }
        case 'forever': for (;;);
        case 'all':
            return Promise.all(
                op.body.map(async inner => { try { await act(inner) } catch (error) { note(error) } }));
    }
    throw new Error('no such operation: ' + op.do);
}
globalThis.runNow = text => {
    for (const op of JSON.parse(text)) {
        try { quiet(act(op)) } catch (error) { note(error) }
    }
    return 'now';
};
globalThis.runLater = async text => {
    for (const op of JSON.parse(text)) {
        try {
            const result = act(op);
            if (op.await) await result; else quiet(result);
        } catch (error) { note(error) }
    }
    return 'later';
};
globalThis.know = (name, isolate, context, now, later, callback, callbackLater, callbackIgnored) =>
    void (places[name] = { isolate, context, now, later, callback, callbackLater, callbackIgnored });
globalThis.knowHost = (now, later, callback, callbackLater, callbackIgnored) =>
    void Object.assign(host, { now, later, callback, callbackLater, callbackIgnored });
globalThis.functions = ivm => {
    globalThis.made = {
        now: new ivm.Reference(runNow),
        later: new ivm.Reference(runLater),
        callback: new ivm.Callback(runNow),
        callbackLater: new ivm.Callback(runLater),
        callbackIgnored: new ivm.Callback(runNow, { ignored: true }),
    };
};
globalThis.makeChild = (ivm, memoryLimit) => {
    globalThis.child = new ivm.Isolate({ memoryLimit });
    globalThis.childContext = child.createContextSync();
};
"""

SYNC = ["evalSync", "applySync", "callback", "hostApplySync", "hostCallback"]
ASYNC = ["eval", "apply", "callbackLater", "hostApply", "hostCallbackLater"]
IGNORED = ["evalIgnored", "applyIgnored", "callbackIgnored", "hostApplyIgnored", "hostCallbackIgnored"]
AWAITED = ["applySyncPromise", "hostApplySyncPromise"]
TIMED = {"evalSync", "eval", "evalIgnored", "applySync", "apply", "applyIgnored", "applySyncPromise"}


class Generator:
    """Makes programs. What it makes depends on the seed and on nothing else."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.children = self.random.randint(1, 2)
        self.grandchildren = self.random.randint(0, 1)
        self.others = self.random.randint(0, 1)
        self.violent = self.random.random() < 0.5
        self.names = [
            "main",
            *(f"child{n}" for n in range(self.children)),
            *(f"grandchild{n}" for n in range(self.grandchildren)),
            *(f"other{n}" for n in range(self.others)),
        ]

    def operation(self, depth: int) -> dict[str, Any]:
        pick = self.random
        kind = pick.choices([SYNC, ASYNC, IGNORED, AWAITED, None, "all"], [8, 6, 3, 4, 3, 1])[0]
        if kind is None or depth == 0:
            return self.leaf()
        if kind == "all":
            return {
                "do": "all",
                "body": [self.operation(depth - 1) for _ in range(pick.randint(1, 3))],
                "await": True,
            }
        op: dict[str, Any] = {
            "do": pick.choice(kind),
            "at": pick.choice(self.names),
            "await": pick.random() < 0.6,
        }
        op["waits"] = kind in (ASYNC, AWAITED) and pick.random() < 0.6
        op["body"] = self.body(depth - 1)
        if op["do"] in TIMED and pick.random() < 0.2:
            op["ms"] = pick.choice([1, 5, 20])
            # Not after an `await`: such continuations run in other calls, without a timeout.
            if pick.random() < 0.3 and not op["waits"]:
                op["body"].append({"do": "forever"})
        if op["waits"] and kind is AWAITED:
            op["ms"] = int(WAIT_S * 1000)
        return op

    def leaf(self) -> dict[str, Any]:
        pick = self.random
        name = pick.choice(self.names)
        if self.violent and pick.random() < 0.35:
            return {"do": pick.choices(["terminate", "dispose"], [4, 1])[0], "at": name}
        return pick.choice(
            [
                {"do": "spin", "for": pick.choice([0, 1, 3])},
                {"do": "throw"},
                {"do": "evalSync", "at": name, "body": []},
                {"do": "apply", "at": name, "body": [], "await": True},
                {"do": "hostCallback", "body": []},
            ]
        )

    def body(self, depth: int) -> JSON:
        return [self.operation(depth) for _ in range(self.random.randint(0, 3))]

    def program(self) -> JSON:
        """For a thread of the host."""
        return [self.operation(4) for _ in range(self.random.randint(2, 5))]


class World:
    """The isolates of one program, and the host's interpreter."""

    def __init__(self, generator: Generator) -> None:
        self.unexpected: list[str] = []
        self.futures: list[Any] = []
        self.pick = random.Random(generator.random.random())
        self.isolates: dict[str, isolates.Isolate] = {}
        self.contexts: dict[str, isolates.Context] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self.inside = threading.local()
        library = isolates.isolated_vm()
        self.report = isolates.Callback(self.unexpected.append)
        self._add("main", isolates.Isolate(memory_limit=32), library)
        for n in range(generator.children):
            self._add_child("main", f"child{n}", library)
        for n in range(generator.grandchildren):
            self._add_child(f"child{n % generator.children}", f"grandchild{n}", library)
        for n in range(generator.others):
            self._add(f"other{n}", isolates.Isolate(memory_limit=32), library)
        self._introduce()

    def _add(self, name: str, isolate: isolates.Isolate, library: Any, context: Any = None) -> None:
        context = context or isolate.create_context_sync()
        context.eval_closure_sync(INTERPRETER, [self.report, ALLOWED.pattern])
        context.eval_closure_sync("functions($0)", [library])
        self.isolates[name], self.contexts[name] = isolate, context
        self.made[name] = {
            key: context.eval_closure_sync(f"return made.{key}")
            for key in ("now", "later", "callback", "callbackLater", "callbackIgnored")
        }

    def _add_child(self, parent: str, name: str, library: Any) -> None:
        maker = self.contexts[parent]
        maker.eval_closure_sync("makeChild($0, $1)", [library, 32])
        self._add(name, maker.eval_sync("child"), library, maker.eval_sync("childContext"))

    def _introduce(self) -> None:
        host_now, host_later = isolates.Reference(self.host_now), isolates.Reference(self.host_later)
        callbacks = [
            isolates.Callback(self.host_now),
            isolates.Callback(self.host_later),
            isolates.Callback(self.host_now, mode="ignored"),
        ]
        for context in self.contexts.values():
            context.eval_closure_sync("knowHost(...arguments)", [host_now, host_later, *callbacks])
            for name, made in self.made.items():
                known = [name, self.isolates[name], self.contexts[name], *made.values()]
                context.eval_closure_sync("know(...arguments)", known)

    # --- The host's interpreter ---

    def note(self, error: BaseException) -> None:
        text = re.split(r"\n| \[", str(error))[0]
        cancelled = isinstance(error, asyncio.CancelledError | concurrent.futures.CancelledError)
        if not cancelled and not ALLOWED.match(text):
            self.unexpected.append(f"{type(error).__name__}: {text}")

    def start(self, op: dict[str, Any], nested: bool) -> Any:
        """Makes one call: its result, or a Future or coroutine."""
        do, body = op["do"], json.dumps(op.get("body", []))
        timeout = op["ms"] / 1000 if op.get("ms") else None
        waits = op.get("waits", False)
        code = f"{'runLater' if waits else 'runNow'}({json.dumps(body)})"
        if do.startswith("host"):  # Python calls Python: nothing to learn
            do = self.pick.choice(["applySync", "apply", "applyIgnored"])
            op = {**op, "at": op.get("at", "main")}
        if do == "spin":
            return time.sleep(op["for"] / 1000)
        if do in ("throw", "reject"):
            raise isolates.JSError("thrown on purpose")
        if do == "all":
            return [self.start(inner, nested) for inner in op["body"]]
        context, isolate, made = self.contexts[op["at"]], self.isolates[op["at"]], self.made[op["at"]]
        reference = made["later" if waits else "now"]
        calls: dict[str, Callable[[], Any]] = {
            "evalSync": lambda: context.eval_sync(code, timeout=timeout),
            "eval": lambda: context.eval(code, timeout=timeout, promise=waits),
            "evalIgnored": lambda: context.eval_ignored(code, timeout=timeout),
            "applySync": lambda: made["now"].apply_sync(None, [body], timeout=timeout),
            "apply": lambda: reference.apply(None, [body], timeout=timeout, promise=waits),
            "applyIgnored": lambda: made["now"].apply_ignored(None, [body], timeout=timeout),
            "applySyncPromise": lambda: reference.apply_sync(
                None, [body], timeout=WAIT_S if nested else timeout, promise=waits
            ),
            "callback": lambda: made["callback"](body),
            "callbackLater": lambda: made["callbackLater"](body),
            "callbackIgnored": lambda: made["callbackIgnored"](body),
            "terminate": isolate.terminate,
            "dispose": isolate.dispose,
        }
        result = calls[do]()
        if isinstance(result, isolates.Future):
            self.futures.append(result)
            if self.pick.random() < 0.1:
                result.cancel()
        return result

    def finish(self, result: Any, timeout: float | None) -> None:
        for one in result if isinstance(result, list) else [result]:
            if isinstance(one, isolates.Future):
                one.result(timeout)

    def run_now(self, ops: JSON, nested: bool) -> None:
        for op in ops:
            try:
                result = self.start(op, nested)
                if op.get("await"):
                    self.finish(result, WAIT_S if nested else None)
            except BaseException as error:
                self.note(error)

    async def run_later(self, ops: JSON) -> None:
        for op in ops:
            try:
                result = self.start(op, True)
                if op.get("await"):
                    waited = [
                        one
                        for one in (result if isinstance(result, list) else [result])
                        if isinstance(one, isolates.Future)
                    ]
                    if waited:
                        await asyncio.wait_for(asyncio.gather(*(hold(one) for one in waited)), WAIT_S)
            except BaseException as error:
                self.note(error)

    def host_now(self, text: str) -> str:
        self.run_now(json.loads(text), True)
        return "now"

    async def host_later(self, text: str) -> str:
        await self.run_later(json.loads(text))
        return "later"

    # --- The end ---

    def note_futures(self) -> None:
        for future in self.futures:
            if not future.cancelled() and (error := future.exception()):
                self.note(error)

    def close(self) -> None:
        for isolate in self.isolates.values():
            with isolate:
                pass


async def hold(future: Any) -> Any:
    return await future


def run_thread(world: World, program: JSON, with_loop: bool) -> None:
    try:
        if with_loop:
            asyncio.run(world.run_later(program))
        else:
            world.run_now(program, False)
    except BaseException as error:
        world.unexpected.append(f"a thread of the host ended with {error!r}")


def wait_until(is_true: Callable[[], bool], world: World | None = None) -> None:
    """For ever: the parent's watchdog ends it. Promises that nothing can settle end by a collection."""
    start = time.monotonic()
    while not is_true():
        time.sleep(0.001)
        if time.monotonic() - start > 0.2:
            gc.collect()
            for isolate in world.isolates.values() if world else ():
                if not isolate.is_disposed:
                    isolate.collect_garbage()
            start = time.monotonic()


def run_program(seed: int, threads: int | None = None) -> list[str]:
    """What was unexpected."""
    generator = Generator(seed)
    world = World(generator)
    count = threads or generator.random.randint(1, 3)
    running = [
        threading.Thread(
            target=run_thread,
            args=(world, generator.program(), number == 0),
            name=f"host{number}",
            daemon=True,
        )
        for number in range(count)
    ]
    for thread in running:
        thread.start()
    wait_until(lambda: not any(thread.is_alive() for thread in running), world)
    wait_until(lambda: all(future.done() for future in world.futures), world)
    wait_until(lambda: world.isolates["main"]._pending_calls == 0, world)
    world.note_futures()
    world.close()
    return world.unexpected


def wait_for_nobody() -> None:
    """For the test of the watchdog: a call that does not end."""
    print("hanging", flush=True)  # noqa: T201
    isolates.Isolate().create_context_sync().eval_sync("for (;;);")


def main() -> None:
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    if sys.argv[1] == "hang":
        wait_for_nobody()
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else None
    for number in range(seed, seed + count):
        print(f"seed {number}", flush=True)  # noqa: T201
        unexpected = run_program(number, threads)
        wait_until(lambda: _native._live_isolates() == 0)
        wait_until(lambda: _native._pool_threads() <= CORES + 1)
        if unexpected:
            print(f"unexpected: {unexpected[:5]}", flush=True)  # noqa: T201
            sys.exit(1)
    print("end", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

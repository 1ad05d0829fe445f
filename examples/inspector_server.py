"""An isolate that Chrome DevTools can debug: breakpoints, stepping, console, profiles, heap snapshots.

    python examples/inspector_server.py [--port 9229] [FILE.js]

Prints a URL; paste it into Chrome's address bar, or add the host and port under chrome://inspect,
"Configure". Whoever can talk to the port can run code in the isolate, so it listens on this machine only,
and web pages are refused. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import signal
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

import isolates

HOST = "127.0.0.1"
LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}

SCRIPT = """\
const seen = [];

function collatz(n) {
  return n % 2 ? 3 * n + 1 : n / 2;
}

function tick(start) {
  let n = start, steps = 0;
  debugger; // pauses here as soon as DevTools is attached: step on, look at n, change it
  while (n !== 1) {
    n = collatz(n);
    steps += 1;
  }
  seen.push({start, steps});
  console.log(`${start} takes ${steps} steps`, seen);
  return steps;
}
"""


class Target:
    """One isolate with its script, for any number of debuggers."""

    def __init__(self, name: str, code: str) -> None:
        self.id = secrets.token_hex(16)
        self.name = name
        self.isolate = isolates.Isolate(inspector=True)
        self.context = self.isolate.create_context_sync(inspector=True)
        self.context.eval_sync(code, filename=name)

    async def run(self, interval_s: float) -> None:
        """Calls the script's `tick` now and then. It may be paused for as long as it likes."""
        start = 1
        while await self.context.eval("typeof tick === 'function'"):
            await asyncio.sleep(interval_s)
            start += 1
            try:
                await self.context.eval(f"tick({start})", filename="caller.js")
            except isolates.JSError as error:
                print(f"{self.name}: {error.stack or error}", flush=True)


class LocalHandler(tornado.web.RequestHandler):
    """Answers only who knows this machine as itself: a web page whose name was bent to 127.0.0.1 does not."""

    def initialize(self, target: Target) -> None:
        self.target = target

    def prepare(self) -> None:
        host = self.request.host.rpartition(":")[0] if ":" in self.request.host else self.request.host
        if host not in LOCAL_NAMES:
            raise tornado.web.HTTPError(403)

    def write_json(self, value: object) -> None:
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(json.dumps(value, indent=2))


class VersionHandler(LocalHandler):
    def get(self) -> None:
        self.write_json({"Browser": "isolates", "Protocol-Version": "1.3", "V8-Version": isolates.V8_VERSION})


class ListHandler(LocalHandler):
    def get(self) -> None:
        socket = f"{self.request.host}/{self.target.id}"
        self.write_json(
            [
                {
                    "id": self.target.id,
                    "type": "node",
                    "title": self.target.name,
                    "description": "an isolate",
                    "url": f"file:///{self.target.name}",
                    "webSocketDebuggerUrl": f"ws://{socket}",
                    "devtoolsFrontendUrl": frontend_url(socket),
                }
            ]
        )


class DebuggerHandler(LocalHandler, tornado.websocket.WebSocketHandler):
    """One debugger: what it sends goes to its session, what the session says goes to it."""

    session: isolates.InspectorSession | None = None

    def check_origin(self, origin: str) -> bool:
        return origin.startswith(("devtools://", "chrome-devtools://"))  # programs send none

    def open(self, *args: str, **kwargs: str) -> None:
        loop = asyncio.get_running_loop()

        def send(text: str) -> None:  # on a thread of the pool
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                loop.call_soon_threadsafe(self._send, text)

        self.session = self.target.isolate.create_inspector_session(
            on_response=lambda call_id, text: send(text), on_notification=send
        )

    def _send(self, text: str) -> None:
        with contextlib.suppress(tornado.websocket.WebSocketClosedError):
            self.write_message(text)

    def on_message(self, message: str | bytes) -> None:
        if self.session is not None and isinstance(message, str):
            self.session.dispatch_protocol_message(message)

    def on_close(self) -> None:
        if self.session is not None:
            self.session.dispose()


def frontend_url(socket: str) -> str:
    return f"devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws={socket}"


async def serve(target: Target, port: int, interval_s: float) -> None:
    given: dict[str, Any] = {"target": target}
    application = tornado.web.Application(
        [
            (r"/json/version", VersionHandler, given),
            (r"/json(?:/list)?", ListHandler, given),
            (f"/{target.id}", DebuggerHandler, given),
        ]
    )
    sockets = tornado.netutil.bind_sockets(port, HOST)
    server = tornado.httpserver.HTTPServer(application)
    server.add_sockets(sockets)
    address = f"{HOST}:{sockets[0].getsockname()[1]}"
    print(f"Debugger listening on ws://{address}/{target.id}")
    print(f"Open in Chrome: {frontend_url(f'{address}/{target.id}')}", flush=True)

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    ticking = asyncio.create_task(target.run(interval_s))
    await ended.wait()
    # A paused call ends with its isolate, and so does every session.
    target.isolate.dispose()
    with contextlib.suppress(isolates.DisposedError):
        await ticking
    server.stop()
    await server.close_all_connections()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "file", nargs="?", type=Path, help="a script; its function `tick` is called each second"
    )
    parser.add_argument("--port", type=int, default=9229, help="0 takes any that is free")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two calls of `tick`")
    options = parser.parse_args()
    name, code = "tick.js", SCRIPT
    if options.file is not None:
        name, code = options.file.name, options.file.read_text(encoding="utf-8")
    asyncio.run(serve(Target(name, code), options.port, options.interval))


if __name__ == "__main__":
    main()

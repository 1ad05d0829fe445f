"""fetch() and its classes, against a server of the test's own."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.kernel.conftest import Kernel
from tests.kernel.web_server import DEADLINE_S, TEXT, WebServer, failure


def echoed(kernel: Kernel, call: str) -> dict[str, Any]:
    """What the server has heard."""
    told: dict[str, Any] = json.loads(kernel.ok(f"console.log(await (await {call}).text())").stdout)
    return told


def test_json(kernel: Kernel, server: WebServer) -> None:
    code = f"const {{path}} = await (await fetch('{server.url}/echo/a b?q=\u00fc')).json(); path"
    assert kernel.ok(code).result == "'/echo/a%20b?q=%C3%BC'"


def test_addresses_may_be_urls(kernel: Kernel, server: WebServer) -> None:
    code = f"const at = new URL('/echo?a=b', '{server.url}'); at.searchParams.append('c', '\u00fc &')"
    kernel.ok(code)
    assert echoed(kernel, "fetch(at)")["path"] == "/echo?a=b&c=%C3%BC+%26"
    assert kernel.ok("new Request(at).url === at.href").result == "true"


ADDRESSES = [
    "HTTPS://EXAMPLE.com:443",
    "http://a.b/\u00fc?\u00fc#\u00fc",
    "http://a.b/%zz?%zz",
    "http://[::1]:80/x",
    "http://a.b/a/./b/%2e%2E/c//..",
    "http://a.b\\\\x\\\\y",
    "http://\u00fcn\u00ef.de?x",
    'http://a.b/"<>`{}|^[]',
    'http://a.b/?"<>`{}|^[]',
    'http://a.b/#"<>`{}|^[]',
    "http:a.b:/x y ",
    "http://a_b.c:8080/",
    "http://0x7f.1/",
    "http://1.2.3/",
    "http://017700000001./",
    "http://1.2.3.4.5/",
    "http://a.b.0x/",
    "http://256.1.1.1/",
    "http://a%41.b/",
    "http://a%2fb/",
    "http://a b/",
    "http:///",
    "http://a:99999/",
    "http://[::1/",
]


def test_addresses_are_read_as_the_url_standard_says(kernel: Kernel) -> None:
    kernel.ok(f"var texts = {json.dumps(ADDRESSES)}")
    kernel.ok("var read = (make) => { try { return make() } catch { return 'invalid' } }")
    code = "texts.filter((text) => read(() => new URL(text).href) !== read(() => new Request(text).url))"
    assert kernel.ok(code).result == "[]"


def test_a_response_tells_of_itself(kernel: Kernel, server: WebServer) -> None:
    shown = kernel.ok(f"await fetch('{server.url}/cookies#part')").result
    assert shown is not None
    assert "'set-cookie': [ 'a=1', 'b=2' ]" in shown
    assert "'x-folded': 'one" in shown
    assert f"url: '{server.url}/cookies'" in shown
    code = f"const r = await fetch('{server.url}/status/404'); [r.ok, r.status, r.statusText, r.redirected]"
    assert kernel.ok(code).result == "[ false, 404, 'Not Found', false ]"
    assert kernel.ok(f"await (await fetch('{server.url}/hints')).text()").result == "'after hints'"


@pytest.mark.parametrize(
    ("body", "kind", "heard"),
    [
        ("'\u00fc'", "text/plain;charset=UTF-8", "\u00c3\u00bc"),
        ("'\\ud800'", "text/plain;charset=UTF-8", "\u00ef\u00bf\u00bd"),
        ("new Uint8Array([0, 65, 255]).subarray(1)", None, "A\u00ff"),
        ("new DataView(new Uint8Array([66]).buffer)", None, "B"),
        ("new Uint8Array([67]).buffer", None, "C"),
        (
            "new URLSearchParams({a: 1, b: '\u00fc'})",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=1&b=%C3%BC",
        ),
        (
            "{[Symbol.toStringTag]: 'URLSearchParams', toString: () => 'a=1&b=2'}",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "a=1&b=2",
        ),
    ],
)
def test_bodies_of_requests(
    kernel: Kernel, server: WebServer, body: str, kind: str | None, heard: str
) -> None:
    told = echoed(kernel, f"fetch('{server.url}/echo', {{method: 'put', body: {body}}})")
    assert (told["method"], told["body"], told["headers"].get("content-type")) == ("PUT", heard, kind)


@pytest.mark.parametrize("coding", ["gzip", "two-gzips", "deflate", "raw-deflate", "unknown"])
def test_bodies_are_decompressed(kernel: Kernel, server: WebServer, coding: str) -> None:
    code = f"console.log(await (await fetch('{server.url}/coded/{coding}')).text())"
    assert kernel.ok(code).stdout.strip() == TEXT.strip()


def test_readers_of_bodies(kernel: Kernel, server: WebServer) -> None:
    code = f"""const get = () => fetch('{server.url}/coded/gzip');
    const first = await get(), second = first.clone();
    const bytes = await first.bytes(), buffer = await second.arrayBuffer();
    [first.bodyUsed, bytes.length, buffer.byteLength, bytes.buffer !== buffer, (await get()).bodyUsed,
     await Response.json({{a: [1]}}).json(), await new Response().text()]"""
    result = kernel.ok(code).result
    assert result is not None
    assert result.replace("\n ", "") == "[ true, 7000, 7000, true, false, { a: [ 1 ] }, '' ]"
    assert "already been read" in kernel.fails("await first.text()").traceback
    assert "there are no streams here" in kernel.fails("(await get()).body.getReader()").traceback


@pytest.mark.parametrize(
    ("status", "method", "body", "then"),
    [
        (301, "POST", "'x'", ("GET", "")),
        (302, "POST", "'x'", ("GET", "")),
        (302, "PUT", "'x'", ("PUT", "x")),
        (303, "PUT", "'x'", ("GET", "")),
        (307, "POST", "'x'", ("POST", "x")),
        (308, "POST", "'x'", ("POST", "x")),
    ],
)
def test_redirects(
    kernel: Kernel, server: WebServer, status: int, method: str, body: str, then: tuple[str, str]
) -> None:
    call = f"fetch('{server.url}/redirect/{status}/..|..|echo', {{method: '{method}', body: {body}}})"
    told = echoed(kernel, call)
    assert (told["method"], told["body"]) == then
    assert ("content-type" in told["headers"]) == (then[0] != "GET")


def test_redirects_end(kernel: Kernel, server: WebServer) -> None:
    said = failure(kernel, f"await fetch('{server.url}/redirect/302/|redirect|302|')")
    assert said == ["TypeError", "fetch failed", "undefined", "redirect count exceeded"]
    assert len(server.requests) == 21
    said = failure(kernel, f"await fetch('{server.url}/redirect/302/echo', {{redirect: 'error'}})")
    assert said[3] == "unexpected redirect"
    code = f"const m = await fetch('{server.url}/redirect/302/x', {{redirect: 'manual'}}); m.status"
    assert kernel.ok(code).result == "302"
    for location in ("file:||/etc/passwd", "ftp:||x.org|", "data:,x", "http:||user:secret@127.0.0.1|"):
        assert failure(kernel, f"await fetch('{server.url}/redirect/302/{location}')")[1] == "fetch failed"


def test_secrets_stay_with_their_origin(kernel: Kernel, server: WebServer) -> None:
    options = "{headers: {Authorization: 'secret', Cookie: 'c=1', 'X-Mine': '1'}}"
    same = echoed(kernel, f"fetch('{server.url}/redirect/302/|echo', {options})")["headers"]
    assert (same["authorization"], same["cookie"], same["x-mine"]) == ("secret", "c=1", "1")
    other = f"http:||localhost:{server.server_port}|echo"
    across = echoed(kernel, f"fetch('{server.url}/redirect/302/{other}', {options})")["headers"]
    assert "authorization" not in across
    assert "cookie" not in across
    assert across["x-mine"] == "1"


@pytest.mark.parametrize(
    "options",
    [
        "{headers: {'X-A': 'b\\r\\nX-B: c'}}",
        "{headers: {'X-A\\r\\nX-B': 'c'}}",
        "{headers: [['X-A', 'b\\nc']]}",
        "{headers: {'X-A': '\\u010a'}}",
        "{headers: {'': 'b'}}",
        "{headers: {'X-A:': 'b'}}",
        "{method: 'GET / HTTP/1.1\\r\\nX-B: c\\r\\n\\r\\nGET'}",
        "{method: 'TRACE'}",
        "{method: 'connect'}",
        "{body: 'of a GET'}",
        "{integrity: 'sha256-x'}",
        "{redirect: 'never'}",
        "{signal: {}}",
    ],
)
def test_what_is_no_request_is_refused(kernel: Kernel, server: WebServer, options: str) -> None:
    assert failure(kernel, f"await fetch('{server.url}/echo', {options})")[0] == "TypeError"
    assert server.requests == []


def test_headers_of_the_connection_are_not_the_users(kernel: Kernel, server: WebServer) -> None:
    headers = (
        "{'Content-Length': '1', 'Transfer-Encoding': 'chunked', Connection: 'upgrade', Host: 'mine.org'}"
    )
    told = echoed(kernel, f"fetch('{server.url}/echo', {{method: 'POST', body: 'four', headers: {headers}}})")
    assert told["body"] == "four"
    assert told["headers"]["content-length"] == "4"
    assert told["headers"]["connection"] == "close"
    assert told["headers"]["host"] == "mine.org"
    assert "transfer-encoding" not in told["headers"]


def test_addresses_cannot_hold_a_second_request(kernel: Kernel, server: WebServer) -> None:
    path = "/echo?a b\\r\\nX: y\\u0000z"
    assert echoed(kernel, f"fetch('{server.url}{path}')")["path"] == "/echo?a%20bX:%20y%00z"


def test_failures_have_codes(kernel: Kernel, server: WebServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert failure(kernel, f"await fetch('http://127.0.0.1:{port}/')") == [
            "TypeError",
            "fetch failed",
            "ECONNREFUSED",
            f"connect ECONNREFUSED 127.0.0.1:{port}",
        ]
    for call, message, code in (
        (f"fetch('{server.url}/nonsense')", "fetch failed", "HPE_INVALID"),
        (f"fetch('{server.url}/short').then(r => r.text())", "terminated", "UND_ERR_SOCKET"),
        (f"fetch('{server.url}/coded/broken').then(r => r.text())", "terminated", "Z_DATA_ERROR"),
        ("fetch('file:///etc/passwd')", "fetch failed", "ERR_INVALID_PROTOCOL"),
        ("fetch('ftp://127.0.0.1/')", "fetch failed", "ERR_INVALID_PROTOCOL"),
        ("fetch('/relative')", "Failed to parse URL from /relative", "ERR_INVALID_URL"),
        ("fetch('http://a b/')", "Failed to parse URL from http://a b/", "ERR_INVALID_URL"),
        ("fetch('http://127.0.0.1:25/')", "fetch failed", "undefined"),
    ):
        assert failure(kernel, f"await {call}")[1:3] == [message, code]
    run = kernel.fails(f"await fetch('{server.url}/nonsense')")
    assert f"await fetch('{server.url}/nonsense')" in run.traceback


def test_who_may_not_has_none_of_it(own_kernel: Kernel, server: WebServer) -> None:
    names = "[typeof fetch, typeof Headers, typeof Request, typeof Response]"
    assert own_kernel.ok(names).result == "[ 'function', 'function', 'function', 'function' ]"
    guest = own_kernel.ok(f"%%isolate guest\n{names}").result
    assert guest == "[ 'undefined', 'undefined', 'undefined', 'undefined' ]"
    own_kernel.ok("%%python\n%config IsolateKernel.network = []")
    said = failure(own_kernel, f"await fetch('{server.url}/echo')")
    assert said[1] == "fetch failed"
    assert "IsolateKernel.network" in said[3]
    assert server.requests == []


def test_bodies_count_as_memory_of_their_isolate(own_kernel: Kernel, server: WebServer) -> None:
    own_kernel.ok("%%python\n%config IsolateKernel.network = ['*']")
    code = "%%isolate small --memory 16\nvar kept = []; for (;;) kept.push(await (await fetch('{}')).bytes())"
    run = own_kernel.fails(code.format(f"{server.url}/big/5000000"))
    assert "ERR_MEMORY_ALLOCATION_FAILED" in run.traceback
    run = own_kernel.fails(code.format(f"{server.url}/big/20000000"))
    assert "larger than 17 MB" in run.traceback
    own_kernel.ok("%%isolate small\nkept = []; 0")
    small = own_kernel.ok(f"%%isolate small\n(await (await fetch('{server.url}/big/1000000')).text()).length")
    assert small.result == "1000000"


def test_bodies_have_a_limit(kernel: Kernel, server: WebServer) -> None:
    assert failure(kernel, f"await (await fetch('{server.url}/bomb/256000001')).text()")[1:3] == [
        "terminated",
        "ERR_BODY_TOO_LARGE",
    ]


def test_a_few_run_at_once_and_the_rest_waits(kernel: Kernel, server: WebServer) -> None:
    code = f"(await Promise.all(Array.from({{length: 20}}, () => fetch('{server.url}/together')))).length"
    assert kernel.ok(code).result == "20"


def test_hostile_prototypes_change_nothing(own_kernel: Kernel, server: WebServer) -> None:
    own_kernel.ok("""{
      const {ownKeys, deleteProperty} = Reflect, define = Object.defineProperty, print = console.log;
      const all = [Array, Map, WeakMap, String, Uint8Array, ArrayBuffer, TextDecoder, Function]
        .map((Class) => Class.prototype);
      all[all.length] = JSON;
      all[all.length] = Reflect;
      for (let i = 0; i < all.length; i++) {
        const keys = ownKeys(all[i]);
        for (let k = 0; k < keys.length; k++) {
          if (keys[k] !== 'constructor' && keys[k] !== 'length') deleteProperty(all[i], keys[k]);
        }
      }
      const traps = ['method', 'headers', 'body', 'kind', 'said', 'code', 'then', '0', '1'];
      for (let i = 0; i < traps.length; i++) {
        const trap = {get() { print('read', traps[i]); }, set() { print('set', traps[i]); }};
        define(Object.prototype, traps[i], trap);
      }
    }
    0""")
    code = (
        f"const response = await fetch('{server.url}/coded/gzip'), text = await response.text(); text.length"
    )
    run = own_kernel.ok(code)
    assert run.result == "6000"
    # Promises look for it in what they are given: here in the Response.
    assert set(run.stdout.splitlines()) <= {"read then"}


def test_hostile_options_are_read_once(kernel: Kernel, server: WebServer) -> None:
    code = f"""let reads = [];
    const options = new Proxy({{method: 'POST', body: 'b', headers: new Proxy({{'X-A': '1'}}, {{
      get(target, key) {{ reads.push(key); return target[key]; }},
    }})}}, {{get(target, key) {{ reads.push(key); return target[key]; }}}});
    await fetch({{toString() {{ reads.push('url'); return '{server.url}/echo'; }}}}, options);
    reads.filter((key) => typeof key === 'string').join()"""
    assert kernel.ok(code).result == "'body,headers,integrity,method,redirect,signal,url,X-A'"


def test_a_start_loads_nothing_of_the_network(own_kernel: Kernel) -> None:
    own_kernel.ok("1")
    names = ("isolates.kernel.network.exchange", "http.client", "urllib.request")
    code = f"%%python\nimport sys\n[name in sys.modules for name in {names}][0]"
    assert own_kernel.ok(code).result == "False"


def test_environment_names_proxies(
    start_kernel: Any, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//user:pass@"))
    monkeypatch.setenv("https_proxy", server.url)
    monkeypatch.setenv("no_proxy", "localhost")
    kernel = start_kernel()
    try:
        told = echoed(kernel, "fetch('http://a.invalid/echo')")["headers"]
        assert told["host"] == "a.invalid"
        assert told["proxy-authorization"] == "Basic dXNlcjpwYXNz"
        assert "!== 200 when HTTP Tunneling" in failure(kernel, "await fetch('https://b.invalid/')")[3]
        kernel.ok(f"await fetch('http://localhost:{server.server_port}/echo')")
        assert server.requests == ["GET http://a.invalid/echo", "CONNECT b.invalid:443", "GET /echo"]
    finally:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=False)


def test_a_handshake_that_hangs_ends_with_its_signal(kernel: Kernel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(DEADLINE_S)
        port = listening.getsockname()[1]
        kernel.ok("var stop = new AbortController(); setTimeout(() => stop.abort(), 20); 0")
        code = f"await fetch('https://127.0.0.1:{port}/', {{signal: stop.signal}})"
        assert failure(kernel, code)[0] == "AbortError"
        accepted, _ = listening.accept()
        with accepted:
            accepted.settimeout(DEADLINE_S)
            while accepted.recv(10_000):
                pass


def test_an_isolate_that_is_busy_holds_few_bodies(kernel: Kernel, server: WebServer) -> None:
    code = f"""const all = Array.from({{length: 30}}, () => fetch('{server.url}/big/1000'));
    const until = performance.now() + 300; while (performance.now() < until);
    (await Promise.all(all)).length"""
    assert kernel.ok(code).result == "30"
    assert len(server.requests) == 30


@pytest.mark.parametrize(
    "call", ["new Array(30000).fill().map(() => fetch(U))", "fetch(U, {method: 'PUT', body: B})"]
)
def test_what_waits_has_a_limit(own_kernel: Kernel, server: WebServer, call: str) -> None:
    own_kernel.ok(f"var U = '{server.url}/never', B = new Uint8Array(100_000_000), said = new Set();")
    own_kernel.ok("var note = (e) => said.add(e.cause.message);")
    own_kernel.ok(f"for (let i = 0; i < 4; i++) for (const one of [{call}].flat()) one.catch(note); 0")
    run = own_kernel.ok("await new Promise((resolve) => setTimeout(resolve)); [...said].join()")
    assert run.result == "'more than 10000 requests, or 256 MB, wait already'"
    own_kernel.ok("%reset main")

"""jupyter.comm: channels between JavaScript and the frontend."""

from __future__ import annotations

from typing import Any

import pytest


def comm_messages(run: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(m["msg_type"], m["content"]) for m in run.messages if m["msg_type"].startswith("comm_")]


def tell(kernel: Any, kind: str, **content: Any) -> Any:
    """Sends a message of a frontend, and waits until the kernel has dealt with it."""
    message = kernel.client.session.msg(kind, {"data": {}, **content})
    buffers = content.pop("buffers", None)
    message["content"].pop("buffers", None)
    message["buffers"] = buffers or []
    kernel.client.session.send(kernel.client.shell_channel.socket, message, buffers=buffers)
    return kernel.until_idle(message["header"]["msg_id"])


def test_javascript_opens_a_comm(kernel: Any) -> None:
    run = kernel.ok(
        "const c = jupyter.comm.create('there'); c.open({a: 1}, {m: 1}); console.log('between');"
        " c.send({b: [1, 2]}); c.close({bye: true}); c.commId"
    )
    kinds = [message["msg_type"] for message in run.messages]
    assert kinds == ["comm_open", "stream", "comm_msg", "comm_close", "execute_result"]
    (_, opened), (_, sent), (_, closed) = comm_messages(run)
    assert (opened["target_name"], opened["data"]) == ("there", {"a": 1})
    assert repr(opened["comm_id"]) == run.result
    assert (sent["comm_id"], sent["data"], closed["data"]) == (
        opened["comm_id"],
        {"b": [1, 2]},
        {"bye": True},
    )
    assert run.messages[0]["metadata"]["m"] == 1
    assert kernel.reply(kernel.client.comm_info(), "comm_info_reply")["comms"] == {}


def test_messages_reach_javascript(kernel: Any) -> None:
    run = kernel.ok(
        "const d = jupyter.comm.create('there'); d.open();"
        " d.onMsg = ({content: {data}, buffers}) => { console.log('got', data.n, buffers);"
        " d.send({n: data.n + 1}) };"
        " d.onClose = () => console.log('closed'); d.commId"
    )
    identifier = run.result.strip("'")
    info = kernel.reply(kernel.client.comm_info(), "comm_info_reply")
    assert info["comms"] == {identifier: {"target_name": "there"}}
    request = run.messages[0]["parent_header"]["msg_id"]
    tell(kernel, "comm_msg", comm_id=identifier, data={"n": 1}, buffers=[b"ab"])
    assert "got 1 [ Uint8Array(2) [ 97, 98 ] ]\n" in kernel.wait_for_text(request, "]\n")
    tell(kernel, "comm_close", comm_id=identifier)
    kernel.wait_for_text(request, "closed\n")
    sent = [m["content"]["data"] for m in kernel.late[request] if m["msg_type"] == "comm_msg"]
    assert sent == [{"n": 2}]


def test_a_message_in_a_subshell_reaches_a_cell_that_awaits_it(own_kernel: Any) -> None:
    request, subshell = own_kernel.start_aside(
        "const j = jupyter.comm.create('there', 'awaited'); j.open();"
        " const got = new Promise((done) => { j.onMsg = done }); console.log('go');"
        " (await got).content.data.n"
    )
    message = own_kernel.client.session.msg("comm_msg", {"comm_id": "awaited", "data": {"n": 5}})
    message["header"]["subshell_id"] = subshell
    own_kernel.client.shell_channel.send(message)
    assert own_kernel.finish(request).result == "5"


def test_a_target_that_the_frontend_opens(kernel: Any) -> None:
    request = kernel.start(
        "jupyter.comm.registerTarget('here', (comm, {content}) => { console.log('opened', content.data.a);"
        " comm.onMsg = (m) => { throw new RangeError('in onMsg') } })"
    )
    kernel.finish(request)
    tell(kernel, "comm_open", comm_id="one", target_name="here", data={"a": 1})
    kernel.wait_for_text(request, "opened 1\n")
    tell(kernel, "comm_msg", comm_id="one")
    assert "RangeError" in kernel.wait_for_text(request, "in onMsg")
    kernel.ok("jupyter.comm.unregisterTarget('here')")
    messages = tell(kernel, "comm_open", comm_id="two", target_name="here")
    assert messages[-1]["msg_type"] == "comm_close"


def sent_buffers(run: Any) -> list[bytes]:
    (message,) = (m for m in run.messages if m["msg_type"] == "comm_msg")
    return [bytes(buffer) for buffer in message["buffers"]]


@pytest.fixture
def opened(kernel: Any) -> Any:
    """A function that runs code with a comm `c` that is open."""

    def run(code: str, *, fails: bool = False) -> Any:
        whole = f"var c = jupyter.comm.create('there'); c.open(); try {{ {code} }} finally {{ c.close() }}"
        return kernel.fails(whole) if fails else kernel.ok(whole)

    return run


@pytest.mark.parametrize(
    ("buffer", "sent"),
    [
        ("new ArrayBuffer(3)", b"\0\0\0"),
        ("new ArrayBuffer(2, {maxByteLength: 8})", b"\0\0"),
        ("new Uint8Array([1, 2])", b"\1\2"),
        ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", b"\2\3"),
        ("new Uint8ClampedArray([300])", b"\xff"),
        ("new Float32Array([1])", b"\0\0\x80?"),
        ("new BigInt64Array([-1n])", b"\xff" * 8),
        ("new DataView(new Uint8Array([1, 2, 3]).buffer, 1)", b"\2\3"),
        ("Buffer.from('ab')", b"ab"),
        ("new SharedArrayBuffer(2)", b"\0\0"),
        ("new Uint8Array(new SharedArrayBuffer(4), 1, 2).fill(7)", b"\7\7"),
        ("new Uint8Array(new ArrayBuffer(2, {maxByteLength: 8}))", b"\0\0"),
        ("new ArrayBuffer(0)", b""),
    ],
)
def test_bytes_go_out(opened: Any, buffer: str, sent: bytes) -> None:
    assert sent_buffers(opened(f"c.send({{}}, undefined, [{buffer}, new Uint8Array([9])])")) == [sent, b"\t"]


def test_bytes_go_out_with_open_and_close(kernel: Any) -> None:
    run = kernel.ok(
        "const whole = jupyter.comm.create('there', 'own id');"
        " whole.open(null, null, [new Uint8Array([1])]); whole.close({}, {}, [new Uint8Array([2])]);"
        " whole.commId"
    )
    assert run.result == "'own id'"
    messages = [m for m in run.messages if m["msg_type"].startswith("comm_")]
    assert [[bytes(buffer) for buffer in m["buffers"]] for m in messages] == [[b"\1"], [b"\2"]]
    assert [m["content"]["comm_id"] for m in messages] == ["own id", "own id"]


def test_a_message_has_the_bytes_of_the_moment(opened: Any) -> None:
    # A getter of the data may do what it likes to the buffers: they are read after it.
    run = opened(
        "const bytes = new Uint8Array([1, 2]);"
        " c.send({get a() { bytes[0] = 5; return 1 }}, undefined, [bytes]); bytes[0] = 9"
    )
    assert sent_buffers(run) == [b"\5\2"]


def test_items_of_buffers_are_read_once(opened: Any) -> None:
    run = opened(
        "let reads = 0; const list = new Proxy([], {get: (_, key) => key === 'length' ? 1"
        " : reads++ === 0 ? new Uint8Array([7]) : 'no buffer'}); c.send({}, {}, list)"
    )
    assert sent_buffers(run) == [b"\7"]


_IS_DETACHED = "const b = new ArrayBuffer(4), v = new Uint8Array(b), d = new DataView(b); b.transfer();"
_IS_SHORT = (
    "const b = new ArrayBuffer(4, {maxByteLength: 8}), v = new Uint8Array(b, 2, 2);"
    " const d = new DataView(b, 2, 2); b.resize(1);"
)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("c.send(1)", "comm.send: data must be an object, not a number"),
        ("c.send([1])", "comm.send: data must be an object, not an array"),
        ("c.send(() => 1)", "comm.send: data must be an object, not a function"),
        ("c.send(new Uint8Array(1))", "comm.send: data must be an object, not a Uint8Array"),
        ("c.send({toJSON: () => 5})", "comm.send: data must be an object, not 5"),
        ("c.send({a: {b: 1n}})", "comm.send: data has a BigInt at 'b'"),
        ("const o = {}; o.o = o; c.send(o)", "comm.send: data can't be written as JSON: Converting circular"),
        ("c.send({get a() { throw 1 }})", "comm.send: data can't be written as JSON"),
        (
            "c.send({a: new Float64Array(1)})",
            "comm.send: data has a Float64Array at 'a'; bytes go into the third",
        ),
        ("c.send({}, 'text')", "comm.send: metadata must be an object, not a string"),
        (
            "c.send({}, {buffers: [new Uint8Array(1)]})",
            "metadata has a Uint8Array at '0'; bytes go into the third",
        ),
        (
            "c.send({}, {}, new Uint8Array(1))",
            "comm.send: buffers must be an array of buffers, not a Uint8Array",
        ),
        ("c.send({}, {}, {buffers: []})", "comm.send: buffers must be an array of buffers, not an object"),
        ("c.send({}, {}, [new Uint8Array(1), 1])", "comm.send: buffers[1] must be an ArrayBuffer"),
        (
            "c.send({}, {}, [,])",
            "buffers[0] must be an ArrayBuffer, a SharedArrayBuffer, a typed array or a Data",
        ),
        ("c.send({}, {}, [{byteLength: 4, buffer: 1}])", "buffers[0] must be an ArrayBuffer"),
        ("c.send({}, {}, [new Proxy(new Uint8Array(1), {})])", "buffers[0] must be an ArrayBuffer"),
        ("c.send({}, {}, [Object.create(Uint8Array.prototype)])", "buffers[0] must be an ArrayBuffer"),
        (_IS_DETACHED + "c.send({}, {}, [b])", "comm.send: buffers[0] is detached"),
        (
            _IS_DETACHED + "c.send({}, {}, [v])",
            "comm.send: buffers[0] is a view of a buffer that is detached",
        ),
        (
            _IS_DETACHED + "c.send({}, {}, [d])",
            "comm.send: buffers[0] is a view of a buffer that is detached",
        ),
        (
            _IS_SHORT + "c.send({}, {}, [v])",
            "comm.send: buffers[0] is a view of a buffer that is detached or has",
        ),
        (
            _IS_SHORT + "c.send({}, {}, [d])",
            "comm.send: buffers[0] is a view of a buffer that is detached or has",
        ),
        (
            "c.send({}, {}, Array(20000).fill(new Uint8Array(0)))",
            "buffers has 20000 items; a message takes 10000",
        ),
        ("c.close({}, 1)", "comm.close: metadata must be an object, not a number"),
        ("c.open()", "is open already"),
        ("c.onMsg = 1", "comm.onMsg must be a function, not a number"),
        ("c.onClose = {}", "comm.onClose must be a function, not an object"),
    ],
)
def test_what_cant_be_sent_is_named(opened: Any, code: str, words: str) -> None:
    run = opened(code, fails=True)
    assert words in run.error["evalue"]
    assert [m["msg_type"] for m in run.messages if m["msg_type"].startswith("comm_")] == [
        "comm_open",
        "comm_close",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("jupyter.comm.create(1)", "jupyter.comm.create: targetName must be a string, not a number"),
        ("jupyter.comm.create()", "jupyter.comm.create: targetName must be a string, not undefined"),
        ("jupyter.comm.create('t', 1n)", "commId must be a string that is not empty, not a bigint"),
        ("jupyter.comm.create('t', '')", "commId must be a string that is not empty, not ''"),
        (
            "jupyter.comm.create('t', {data: {}})",
            "not an object. What a comm opens with goes to comm.open(data,",
        ),
        ("jupyter.comm.registerTarget('a')", "callback must be a function, not undefined"),
        (
            "jupyter.comm.registerTarget({}, () => {})",
            "registerTarget: targetName must be a string, not an object",
        ),
        ("jupyter.comm.unregisterTarget(null)", "unregisterTarget: targetName must be a string, not null"),
        ("const f = jupyter.comm.create('a'); f.send({})", "is not open yet: comm.open() opens it"),
        ("const f = jupyter.comm.create('a'); f.open(1)", "comm.open: data must be an object, not a number"),
        ("const f = jupyter.comm.create('a'); f.close(); f.open()", "is closed"),
    ],
)
def test_mistakes_say_what_is_wrong(kernel: Any, code: str, words: str) -> None:
    run = kernel.fails(code)
    assert words in run.error["evalue"]
    assert comm_messages(run) == []


def test_a_comm_that_is_closed_is_disposed(kernel: Any) -> None:
    run = kernel.ok(
        "const g = jupyter.comm.create('a'); const states = [g.isDisposed]; g.open();"
        " states.push(g.isDisposed);"
        " g.close(); g.close(); states.push(g.isDisposed); states"
    )
    assert run.result == "[ false, false, true ]"
    assert [kind for kind, _ in comm_messages(run)] == ["comm_open", "comm_close"]
    assert "is closed" in kernel.fails("g.send({})").error["evalue"]


def test_an_id_is_one_comms(kernel: Any) -> None:
    kernel.ok(
        "const first = jupyter.comm.create('a', 'mine'), second = jupyter.comm.create('a', 'mine');"
        " first.open()"
    )
    for code in ("second.open()", "jupyter.comm.create('a', 'mine')"):
        run = kernel.fails(code)
        assert "commId 'mine' is that of another comm" in run.error["evalue"]
        assert comm_messages(run) == []
    kernel.ok("first.close(); second.open(); second.close()")


def test_what_a_cell_has_done_to_prototypes_changes_no_message(own_kernel: Any) -> None:
    run = own_kernel.ok(
        "const names = ['data', 'metadata', 'buffers', 'id', 'target', 'cause', 'toJSON', '0', '5', '6'];\n"
        "for (const name of names)\n"
        "  Object.defineProperty(Object.prototype, name, {get() { throw name }, set() { throw name },"
        " configurable: true});\n"
        "Uint8Array.prototype.constructor = null;\n"
        "try { const h = jupyter.comm.create('there'); h.open({__proto__: null, a: 1});"
        " h.send({__proto__: null, b: 1}, undefined, [new Uint8Array([1])]); h.close() }\n"
        "finally { for (const name of names)"
        " delete Object.prototype[name] }"
    )
    assert [content.get("data") for _, content in comm_messages(run)] == [{"a": 1}, {"b": 1}, {}]
    assert sent_buffers(run) == [b"\1"]


def test_an_isolate_without_privileges_has_none(kernel: Any) -> None:
    assert kernel.ok("%%isolate guest\ntypeof jupyter").result == "'undefined'"


def test_comms_end_with_their_isolate(own_kernel: Any) -> None:
    code = "jupyter.comm.registerTarget('dies', () => {}); jupyter.comm.create('there').open(); 0"
    run = own_kernel.ok(code)
    ((_, opened),) = comm_messages(run)
    tell(own_kernel, "comm_open", comm_id="from-there", target_name="dies")
    request = own_kernel.start("const all = []; for (;;) all.push(new Array(1e6).fill(1.5))")
    left = {opened["comm_id"], "from-there"}
    while left:
        message = own_kernel.next_message()
        if message["msg_type"] == "comm_close":
            left.remove(message["content"]["comm_id"])
    assert own_kernel.reply(request)["ename"] == "MemoryLimitError"
    own_kernel.ok("1")
    sent = tell(own_kernel, "comm_open", comm_id="too-late", target_name="dies")
    assert [m["content"]["comm_id"] for m in sent if m["msg_type"] == "comm_close"] == ["too-late"]


def test_a_context_takes_back_only_its_own_targets(own_kernel: Any) -> None:
    own_kernel.ok("jupyter.comm.registerTarget('both', () => {})")
    request = own_kernel.start(
        "%%isolate main --context other\njupyter.comm.registerTarget('both', () => console.log('here'))"
    )
    own_kernel.finish(request)
    own_kernel.ok("jupyter.comm.unregisterTarget('both')")
    tell(own_kernel, "comm_open", comm_id="id", target_name="both")
    assert own_kernel.wait_for_text(request, "here\n") == "here\n"


@pytest.mark.parametrize("levels", [300, 3000])
def test_what_no_message_can_carry_is_refused(kernel: Any, levels: int) -> None:
    nested = f"JSON.parse('{{\"a\":'.repeat({levels}) + '1' + '}}'.repeat({levels}))"
    run = kernel.fails(f"jupyter.comm.create('there').open({nested})")
    assert "comm.open: data is JSON nested deeper than 200 levels" in run.error["evalue"]
    assert comm_messages(run) == []


def test_text_in_a_comm_is_well_formed(kernel: Any) -> None:
    run = kernel.ok("const i = jupyter.comm.create('there'); i.open({'\\ud800': 'é\\udfff'}); i.close()")
    assert comm_messages(run)[0][1]["data"] == {"\ufffd": "é\ufffd"}

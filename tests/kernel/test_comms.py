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
        "const c = jupyter.comm.create('there', {data: {a: 1}, metadata: {m: 1}});"
        " console.log('between'); c.send({b: [1, 2]}); c.close({bye: true}); c.commId"
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
        "const d = jupyter.comm.create('there');"
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


def test_bytes_go_out(kernel: Any) -> None:
    run = kernel.ok(
        "const e = jupyter.comm.create('x'); e.close;"
        " e.send({}, {buffers: [new Uint8Array([1, 2]), new ArrayBuffer(3)]}); e.close()"
    )
    message = next(m for m in run.messages if m["msg_type"] == "comm_msg")
    assert [bytes(buffer) for buffer in message["buffers"]] == [b"\x01\x02", b"\0\0\0"]


def test_mistakes_say_what_is_wrong(kernel: Any) -> None:
    for code, words in [
        ("jupyter.comm.create(1)", "jupyter.comm.create: targetName must be a string, not number"),
        ("jupyter.comm.registerTarget('a')", "callback must be a function, not undefined"),
        ("jupyter.comm.create('a', {buffers: [1]})", "buffers[0] must be an ArrayBuffer or a Uint8Array"),
        ("jupyter.comm.create('a', {data: 1})", "comm.create: data must be an object, not number"),
        ("const f = jupyter.comm.create('a'); f.close(); f.send({})", "is closed"),
    ]:
        assert words in kernel.fails(code).error["evalue"]


def test_an_isolate_without_privileges_has_none(kernel: Any) -> None:
    assert kernel.ok("%%isolate guest\ntypeof jupyter").result == "'undefined'"


def test_comms_end_with_their_isolate(own_kernel: Any) -> None:
    code = "jupyter.comm.registerTarget('dies', () => {}); jupyter.comm.create('there'); 0"
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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("data: {toJSON: () => 5}", "data must be an object, not 5"),
        ("metadata: 'text'", "metadata must be an object"),
        ("data: JSON.parse('{\"a\":'.repeat(300) + '1' + '}'.repeat(300))", "deeper than 200"),
    ],
)
def test_what_no_message_can_carry_is_refused(kernel: Any, given: str, words: str) -> None:
    run = kernel.fails(f"jupyter.comm.create('there', {{{given}}})")
    assert words in run.error["evalue"]
    assert comm_messages(run) == []


def test_text_in_a_comm_is_well_formed(kernel: Any) -> None:
    run = kernel.ok("jupyter.comm.create('there', {data: {'\\ud800': 'é\\udfff'}}).close()")
    assert comm_messages(run)[0][1]["data"] == {"\ufffd": "é\ufffd"}

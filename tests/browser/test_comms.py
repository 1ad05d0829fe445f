"""jupyter.comm against JupyterLab's own comms, both ways, with bytes."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

REGISTER = """() => {
    window.heard = [];
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    const list = ({ buffer, byteOffset, byteLength }) => [...new Uint8Array(buffer, byteOffset, byteLength)];
    const bytes = (message) => message.buffers.map(list);
    const tell = (kind, message) => heard.push([kind, message.content.data, bytes(message)]);
    kernel.registerCommTarget('page', (comm, message) => {
        tell('open', message);
        comm.onMsg = (later) => {
            tell('msg', later);
            comm.send({ answer: later.content.data.n + 1 }, { m: 1 }, [new Uint8Array([7, 8]).buffer]);
        };
        comm.onClose = (last) => tell('close', last);
    });
}"""
OPEN = """() => {
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    const comm = kernel.createComm('here');
    comm.onMsg = ({ content, buffers }) => {
        heard.push(['back', content.data, buffers.length]);
        comm.close({ bye: true });
    };
    comm.open({ n: 1 }, {}, [new Uint8Array([1, 2]).buffer]);
}"""


def test_the_page_and_javascript_open_comms_to_each_other(lab: Any) -> None:
    notebook = lab.open_cells(
        "const comm = jupyter.comm.create('page');\n"
        "const answered = new Promise((resolve) => { comm.onMsg = resolve });\n"
        "comm.open({a: 1}, {}, [new Uint8Array([1, 2])]);\n"
        "comm.send({n: 4}, undefined, [new Float32Array([1]).subarray(0), new ArrayBuffer(0)]);\n"
        "const {content, metadata, buffers} = await answered; comm.close({over: true});\n"
        "console.log(content.data, metadata.m, buffers);\n"
        "jupyter.comm.registerTarget('here', (other, opening) => {\n"
        "  console.log('opened', opening.content.data, opening.buffers);\n"
        "  other.onClose = ({content}) => console.log('closed', content.data);\n"
        "  other.send({got: opening.content.data.n}, {}, [new Uint8Array(1)]) });",
    )
    lab.page.evaluate(REGISTER)
    notebook.run(0)
    notebook.wait_until_done(0)
    lab.page.evaluate(OPEN)
    lab.page.wait_for_function("heard.length === 4")
    assert lab.page.evaluate("heard") == [
        ["open", {"a": 1}, [[1, 2]]],
        ["msg", {"n": 4}, [[0, 0, 128, 63], []]],
        ["close", {"over": True}, []],
        ["back", {"got": 1}, 1],
    ]
    expect(notebook.output(0)).to_have_text(
        "{ answer: 5 } 1 [ Uint8Array(2) [ 7, 8 ] ]\n"
        "opened { n: 1 } [ Uint8Array(2) [ 1, 2 ] ]\nclosed { bye: true }\n"
    )

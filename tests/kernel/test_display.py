"""Rich output: display() and its kin, results that are more than text, and what an isolate may not show."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

# A picture of one pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
BYTES = f"new Uint8Array({list(PNG)})"
PICTURE = {"image/png": base64.b64encode(PNG).decode()}


def shown(run: Any, kind: str = "display_data") -> list[dict[str, Any]]:
    return [message["content"] for message in run.messages if message["msg_type"] == kind]


def data(kernel: Any, code: str) -> dict[str, Any]:
    """What the one display of the cell is made of."""
    (content,) = shown(kernel.ok(code))
    found: dict[str, Any] = content["data"]
    return found


def result(kernel: Any, code: str) -> dict[str, Any]:
    (content,) = shown(kernel.ok(code), "execute_result")
    found: dict[str, Any] = content["data"]
    return found


ELEMENT = "class Element { constructor(text) { this.text = text } get outerHTML() { return this.text } }"


@pytest.mark.parametrize(
    ("markup", "kind"),
    [("<svg width='9'></svg>", "image/svg+xml"), ("<figure>a</figure>", "text/html")],
)
def test_elements_of_any_library_are_shown(kernel: Any, markup: str, kind: str) -> None:
    kernel.ok(ELEMENT)
    expected = {kind: markup, "text/plain": markup}
    assert result(kernel, f'new Element("{markup}")') == expected
    assert data(kernel, f'display(new Element("{markup}"))') == expected


@pytest.mark.parametrize(
    ("markup", "picture"),
    [
        ('<svg width="9"><g/></svg>', '<svg style="background:white" width="9"><g/></svg>'),
        ("<svg></svg>", '<svg style="background:white"></svg>'),
        (
            '<svg class="a" style="color:red" id="b"/>',
            '<svg class="a" style="background:white;color:red" id="b"/>',
        ),
        ('<svg style="background: none"></svg>', '<svg style="background: none"></svg>'),
        ('<svg id="a>b" style="color:red"></svg>', '<svg id="a>b" style="color:red"></svg>'),
    ],
)
def test_charts_can_be_read_in_a_dark_page(kernel: Any, markup: str, picture: str) -> None:
    kernel.ok(ELEMENT)
    assert result(kernel, f"new Element('{markup}')") == {"image/svg+xml": picture, "text/plain": markup}


def test_what_is_no_element_is_text(kernel: Any) -> None:
    kernel.ok(ELEMENT)
    assert result(kernel, "new Element('no markup')") == {"text/plain": "Element { text: 'no markup' }"}
    own = "let ran = 0; const own = {get outerHTML() { ran += 1; return '<b>' }}; display(own); ran"
    run = kernel.ok(own)
    assert (shown(run)[0]["data"], run.result) == ({"text/plain": "{ outerHTML: [Getter] }"}, "0")
    bundle = "Object.assign(new Element('<b>'), {[$display]: () => ({'text/plain': 'mine'})})"
    assert result(kernel, bundle) == {"text/plain": "mine"}


def test_an_element_of_an_isolate_that_is_not_trusted_is_text(kernel: Any) -> None:
    run = kernel.ok(f"%%isolate elements\n{ELEMENT}; new Element('<b>1</b>')")
    assert "text/html" not in shown(run, "execute_result")[0]["data"]


@pytest.mark.parametrize(
    ("code", "bundle"),
    [
        ("display('a')", {"text/plain": "'a'"}),
        ("display({a: [1, {}]})", {"text/plain": "{ a: [ 1, {} ] }"}),
        ("display.html('<b>1</b>')", {"text/html": "<b>1</b>", "text/plain": "[text/html]"}),
        ("display.html`<b>${1 + 1}</b>`", {"text/html": "<b>2</b>", "text/plain": "[text/html]"}),
        ("display.markdown('*a*')", {"text/markdown": "*a*", "text/plain": "*a*"}),
        ("display.latex('$a$')", {"text/latex": "$a$", "text/plain": "$a$"}),
        ("display.svg('<svg/>')", {"image/svg+xml": "<svg/>", "text/plain": "[image/svg+xml]"}),
        ("display.javascript('1')", {"text/javascript": "1", "text/plain": "[text/javascript]"}),
        ("display.text('a\\nb')", {"text/plain": "a\nb"}),
        ("display.json({a: [1]})", {"application/json": {"a": [1]}, "text/plain": "{ a: [ 1 ] }"}),
        (f"display.image({BYTES})", {**PICTURE, "text/plain": "[image/png]"}),
        (f"display.image({BYTES}.buffer)", {**PICTURE, "text/plain": "[image/png]"}),
        (
            f"display.image('data:image/png;base64,{PICTURE['image/png']}')",
            {**PICTURE, "text/plain": "[image/png]"},
        ),
        (
            "display.bundle({'text/html': ['<i>', '1</i>'], 'application/x+json': [1], 'text/plain': 'one'})",
            {"text/html": "<i>1</i>", "application/x+json": [1], "text/plain": "one"},
        ),
        (
            "display({[Symbol.for('Jupyter.display')]() { return {'text/plain': 'me'}; }})",
            {"text/plain": "me"},
        ),
        ("display({async [$display]() { return {'text/html': '<u>'}; }, a: 1})", None),
        ("display('\\ud800')", {"text/plain": "'\\ud800'"}),
        ("display.json(['\\ud800'])", {"application/json": ["\ufffd"], "text/plain": "[ '\\ud800' ]"}),
    ],
)
def test_what_is_displayed(kernel: Any, code: str, bundle: dict[str, Any] | None) -> None:
    found = data(kernel, code)
    if bundle is not None:
        assert found == bundle
    else:
        assert found["text/html"] == "<u>"


def test_display_is_silent_as_a_result(kernel: Any) -> None:
    for code in ("display(1)", "display.html('1')", "clearOutput()"):
        assert kernel.ok(code).result is None


def test_results_that_are_more_than_text(kernel: Any) -> None:
    assert result(kernel, BYTES) == {**PICTURE, "text/plain": result(kernel, BYTES)["text/plain"]}
    assert result(kernel, BYTES)["text/plain"].startswith("Uint8Array(")
    canvas = f"({{toDataURL() {{ return 'data:image/png;base64,{PICTURE['image/png']}'; }}}})"
    assert result(kernel, canvas)["image/png"] == PICTURE["image/png"]
    assert result(kernel, "({[$display]: () => ({'text/html': '<b>'}), a: 1})")["text/html"] == "<b>"
    assert result(kernel, "({async [$display]() { return {'text/plain': 'late'} }})") == {
        "text/plain": "late"
    }
    assert result(kernel, "new Uint8Array([1, 2])") == {"text/plain": "Uint8Array(2) [ 1, 2 ]"}


def test_arrays_of_objects_are_tables(kernel: Any) -> None:
    found = result(kernel, "[{a: 1, b: '<x>'}, {a: 2, c: {d: 1}}]")
    assert found["text/plain"] == "[ { a: 1, b: '<x>' }, { a: 2, c: { d: 1 } } ]"
    assert found["text/html"] == (
        '<table class="tex2jax_ignore mathjax_ignore"><thead><tr>'
        '<th scope="col">(index)</th><th scope="col">a</th><th scope="col">b</th>'
        '<th scope="col">c</th></tr></thead><tbody><tr><th scope="row">0</th><td>1</td>'
        "<td>&lt;x&gt;</td><td></td></tr>"
        '<tr><th scope="row">1</th><td>2</td><td></td><td>{ d: 1 }</td></tr></tbody></table>'
    )
    # A page's cells need no quotes, those of a text do.
    found = data(kernel, "display.table([{a: '1', b: ['x']}])")
    assert "<td>1</td><td>[ &#x27;x&#x27; ]</td>" in found["text/html"]
    assert "│ '1' │ [ 'x' ] │" in found["text/plain"]
    found = data(kernel, "display.table([{a: 1, b: 2}], ['b'])")
    assert "<td>2</td>" in found["text/html"]
    assert "<td>1</td>" not in found["text/html"]
    assert "│ (index) │ b │" in found["text/plain"]
    heads = {"['x', 'y']": "│ (index) │ x │ y │", "[1]": "│ (index) │ 1 │", "['b']": "│ (index) │ b │"}
    for columns, head in heads.items():
        found = data(kernel, f"display.table([[1, 2], [3, 4]], {columns})")
        assert head in found["text/plain"]
        assert ("<td>2</td>" in found["text/html"]) == (columns != "['b']")
    large = result(kernel, "Array.from({length: 5000}, (_, n) => ({n}))")["text/html"]
    assert large.count("<tr>") == 1001
    assert "1000 of 5000 rows are shown" in large
    wide = result(kernel, "[Object.fromEntries(Array.from({length: 300}, (_, n) => ['k' + n, n]))]")
    assert "100 of 300 columns are shown" in wide["text/html"]


@pytest.mark.parametrize(
    "code", ["[]", "[[1]]", "[{}]", "[1, {a: 1}]", "[new Map([[1, 2]])]", "[new Error('e')]"]
)
def test_other_arrays_are_no_tables(kernel: Any, code: str) -> None:
    assert set(result(kernel, code)) == {"text/plain"}


def test_updates_by_display_id(kernel: Any) -> None:
    run = kernel.ok("const handle = display('one', {id: 'x'}); handle.update('two'); handle.id")
    assert [content["transient"] for content in shown(run)] == [{"display_id": "x"}]
    (update,) = shown(run, "update_display_data")
    assert (update["data"], update["transient"]) == ({"text/plain": "'two'"}, {"display_id": "x"})
    assert run.result == "'x'"
    (update,) = shown(kernel.ok("display.update('x', {a: 1})"), "update_display_data")
    assert update["data"] == {"text/plain": "{ a: 1 }"}
    (update,) = shown(kernel.ok("display.html('<b>', {id: 7}).update([])"), "update_display_data")
    assert update["transient"] == {"display_id": "7"}


def test_clear_output(kernel: Any) -> None:
    run = kernel.ok("console.log(1); clearOutput(); clearOutput({wait: true}); console.log(2)")
    kinds = [message["msg_type"] for message in run.messages]
    assert kinds == ["stream", "clear_output", "clear_output", "stream"]
    assert [content["wait"] for content in shown(run, "clear_output")] == [False, True]


def test_order_with_the_console_is_kept(kernel: Any) -> None:
    run = kernel.ok("for (let n = 0; n < 100; n++) { console.log(n); display(n); console.error(n); }")
    told = [
        message["content"]["text"].strip()
        if message["msg_type"] == "stream"
        else message["content"]["data"]["text/plain"]
        for message in run.messages
    ]
    assert told == [str(n) for n in range(100) for _ in range(3)]


def test_it_shows_while_the_cell_runs_and_later(kernel: Any) -> None:
    request = kernel.start(
        "setTimeout(() => { display('late'); console.log('end') }, 50); await 1; display('now')"
    )
    run = kernel.finish(request)
    kernel.wait_for_text(request, "end")
    messages = [*run.messages, *kernel.late.get(request, [])]
    told = [m["content"]["data"] for m in messages if m["msg_type"] == "display_data"]
    assert told == [{"text/plain": "'now'"}, {"text/plain": "'late'"}]


def test_what_is_nested_too_deeply_takes_nothing_along(kernel: Any) -> None:
    code = "console.log('before'); let deep = []; for (let n = 0; n < {}; n++) deep = [deep];"
    for depth in (190, 300, 950, 980, 5000):
        run = kernel.ok(f"{code.replace('{}', str(depth))} display.json(deep); console.log('after')")
        assert run.stdout == "before\nafter\n"
        assert len(shown(run)) == (depth < 200)
        assert ("nested deeper than 200" in run.stderr or "can't be shown" in run.stderr) == (depth > 200)


def test_wrong_calls_say_what_is_wrong(kernel: Any) -> None:
    for code, words in [
        ("display(1, 2)", "display: the options must be an object, not number"),
        ("display.image('x')", "display.image: the bytes of a PNG"),
        ("display.image(new Uint8Array(3))", "display.image: the bytes of a PNG"),
        ("display.table(1)", "display.table: rows must be an array or an object, not number"),
        ("display.table([], 'a')", "display.table: columns must be an array, not string"),
        ("display.bundle(1)", "a MIME bundle (an object) is expected, not number"),
        ("display({[$display]: () => 1})", "a MIME bundle (an object) is expected, not number"),
        ("({[$display]: () => { throw new RangeError('mine') }})", "mine"),
        ("display.json(() => 1)", "application/json: function is no JSON"),
    ]:
        assert words in kernel.fails(code).error["evalue"]


def test_an_isolate_that_is_not_trusted_shows_nothing_that_a_page_runs(kernel: Any) -> None:
    for code in (
        "display.html('<script>1</script>')",
        "display.svg('<svg onload=1>')",
        "display.markdown('<script>1</script>')",
        "display.javascript('1')",
        "display.bundle({'application/vnd.jupyter.widget-view+json': {model_id: 1}})",
        "display({[$display]: () => ({'text/html': '<script>'})})",
        "display.bundle({'text/html;charset=utf-8': '<script>'})",
        "({[$display]: () => ({'text/html': '<script>'})})",
    ):
        run = kernel.ok(f"%%isolate guest\n{code}")
        contents = shown(run) + shown(run, "execute_result")
        assert [set(content["data"]) for content in contents] == [{"text/plain"}], code
        assert "<script" not in json.dumps(contents)
        assert "'guest' is not shown" in run.stderr
    run = kernel.ok(f"%%isolate guest\ndisplay({BYTES}); display.json([1]); [{{a: '<script>'}}]")
    assert [set(content["data"]) for content in shown(run)] == [
        {"image/png", "text/plain"},
        {"application/json", "text/plain"},
    ]
    assert "<script>" not in shown(run, "execute_result")[0]["data"]["text/html"]
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("display.bundle({'image/png': '\"><script>1</script>'})", "image/png: it is not in base64"),
        ("display.bundle({'image/gif': 'AAA'})", "image/gif: it is not in base64"),
        ("display.json(Array(1e6).fill([]))", "application/json: it has 3000001 characters"),
        ("display.bundle({'text/plain': 'x'.repeat(2e7)})", "characters, more than 16000000"),
    ],
)
def test_what_an_isolate_that_is_not_trusted_can_cost(kernel: Any, code: str, words: str) -> None:
    run = kernel.ok(f"%%isolate guest\n{code}")
    assert shown(run) == []
    assert words in run.stderr


def test_an_isolate_changes_only_what_it_shows_itself(kernel: Any) -> None:
    kernel.ok("display('mine', {id: 'chart'})")
    run = kernel.ok("%%isolate guest\ndisplay('its', {id: 'chart'}); display.update('chart', 'changed')")
    ids = {message["content"]["transient"]["display_id"] for message in run.messages}
    assert ids == {"guest/chart"}


def test_a_result_that_is_no_bundle_is_shown_somehow(kernel: Any) -> None:
    run = kernel.ok("({[$display]: () => ({'no type': 'x'})})")
    assert run.result == "[object that can't be shown: 'no type' is no MIME type]"


def test_trust_can_be_given(own_kernel: Any) -> None:
    own_kernel.ok("%%python\n%config IsolateKernel.trusted_display = ['main', 'friend*']")
    assert data(own_kernel, "%%isolate friend1\ndisplay.html('<b>')")["text/html"] == "<b>"


def test_nothing_of_the_users_runs_unless_it_is_asked_for(kernel: Any) -> None:
    run = kernel.ok(
        """
        let called = [];
        const trap = new Proxy({}, {
          get() { called.push('get') },
          getOwnPropertyDescriptor() { called.push('descriptor') },
          getPrototypeOf() { called.push('prototype'); return null },
          ownKeys() { called.push('keys'); return [] },
        });
        display(trap); display([trap]);
        display({get [$display]() { called.push('getter') }, get toDataURL() { called.push('getter') }});
        display([{get a() { called.push('getter') }}]);
        console.log(called.join())
        """
    )
    assert run.stdout == "\n"


def test_polluted_prototypes_change_nothing(own_kernel: Any) -> None:
    own_kernel.ok(
        """
        for (const proto of [Object.prototype, Array.prototype, String.prototype, Uint8Array.prototype])
          for (const name of ['toJSON', 'map', 'join', 'slice', 'id', 'metadata', 'wait', 'then', 'toBase64'])
            Object.defineProperty(proto, name, {value() { throw new Error('polluted') }, writable: true});
        JSON.stringify = () => { throw new Error('polluted') };
        """
    )
    assert result(own_kernel, f"display.html('<b>'); {BYTES}")["image/png"] == PICTURE["image/png"]
    assert "<td>1</td>" in result(own_kernel, "[{a: 1}]")["text/html"]

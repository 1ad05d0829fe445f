"""URLs in cells; tests/program/programs/url.js has the standard's cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.test_completion import matches
from tests.kernel.test_hostile_code import CLEAR, POLLUTE
from tests.kernel.test_inspection import inspect

PRIVILEGED_AND_NOT = pytest.mark.parametrize("where", ["", "%%isolate plain\n"])


@PRIVILEGED_AND_NOT
def test_a_url_is_read_changed_and_shown(kernel: Any, where: str) -> None:
    code = "var url = new URL('?q=1', 'http://b\\u00fccher.example/a'); url.searchParams.append('x', ' ');"
    assert kernel.ok(f"{where}{code} url.href").result == "'http://xn--bcher-kva.example/a?q=1&x=+'"
    lines = kernel.ok(f"{where}url").result.split("\n")
    assert (lines[0], lines[-3]) == ("URL {", "  searchParams: URLSearchParams { 'q' => '1', 'x' => ' ' },")
    error = kernel.fails(f"{where}new URL('nope')")
    assert (error.error["ename"], error.error["evalue"]) == ("TypeError", "Invalid URL")
    assert "{ code: 'ERR_INVALID_URL', input: 'nope' }" in error.traceback


@PRIVILEGED_AND_NOT
def test_classes_of_the_web_are_completed_before_their_first_use(kernel: Any, where: str) -> None:
    kernel.ok(f"{where}1")
    assert matches(kernel, f"{where}new URLS|") == ["URLSearchParams"]
    assert matches(kernel, f"{where}URL.c|") == ["canParse", "call", "caller", "constructor"]
    assert matches(kernel, f"{where}AbortSignal.a|") == ["abort", "any", "apply", "arguments"]
    kernel.ok(f"{where}const link = new URL('http://a.b/?c=d')")
    assert matches(kernel, f"{where}link.hr|") == ["href"]
    assert matches(kernel, f"{where}link.searchParams.getA|") == ["getAll"]


def test_values_of_the_web_are_told_under_the_cursor(kernel: Any) -> None:
    kernel.ok("const told = new URL('http://a.b?c'), failure = new DOMException('no', 'AbortError')")
    assert inspect(kernel, "told|") == "told: URL\nURL { href: 'http://a.b/?c' }"
    assert inspect(kernel, "failure|") == "failure: DOMException\nDOMException [AbortError]: no"


def test_urls_survive_the_loss_of_all_globals(kernel: Any) -> None:
    kernel.ok(f"%%isolate stripped\nvar [Link, Form] = [URL, URLSearchParams];\n{CLEAR}")
    code = "new Link('http://\\u2603.net').href + new Form('a=%20')"
    assert kernel.ok(f"%%isolate stripped\n{code}").result == "'http://xn--n3h.net/a=+'"


def test_forms_survive_polluted_prototypes(kernel: Any) -> None:
    kernel.ok(f"%%isolate muddy\n{POLLUTE}")
    code = "const form = new URLSearchParams('a=%20&b'); form.set('c', '\u00fc'); form.sort(); `${form}`"
    assert kernel.ok(f"%%isolate muddy\n{code}").result == "'a=+&b=&c=%C3%BC'"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("parse('HTTP://U:p%20q@A.b:80/x/../y?z#h').href", "http://U:p%20q@a.b:80/x/../y?z#h"),
        ("parse('http://[::1]:8').hostname", "::1"),
        ("parse('/p?a=1&a=2&b', true).query.a.join()", "1,2"),
        ("parse('//h/p', false, true).host", "h"),
        ("parse('//h/p').pathname", "//h/p"),
        (
            "format({protocol: 'http', host: 'a:1', pathname: 'x', query: {a: 1, b: [2, 3]}})",
            "http://a:1/x?a=1&b=2&b=3",
        ),
        ("format(new URL('http://a/\u00fc'))", "http://a/%C3%BC"),
        ("resolve('http://a/b/c', '../d')", "http://a/d"),
        ("resolve('/one/two', 'three?x#y')", "/one/three?x#y"),
        ("resolve('a/b', 'c')", "a/c"),
    ],
)
def test_the_module_of_old(kernel: Any, call: str, text: str) -> None:
    """As Node 20 answers."""
    assert kernel.ok(f"console.log(require('url').{call})").stdout == f"{text}\n"


def test_urls_in_cells_use_nothing_that_was_replaced(kernel: Any) -> None:
    program = Path(__file__).parent.parent / "program" / "programs" / "hostile_urls.js"
    code = program.read_text("utf-8").replace("process.argv[2]", "'lies'")
    assert kernel.ok(f"%%isolate replaced\n{code}").stdout.endswith("\npass\n")


def test_cells_which_may_read_private_fields_find_no_object_of_the_parser(kernel: Any) -> None:
    kernel.ok("const parts = new URL('http://a.b/?c').#parts")
    assert (
        kernel.ok("Array.isArray(parts) && parts.every((part) => typeof part === 'string')").result == "true"
    )

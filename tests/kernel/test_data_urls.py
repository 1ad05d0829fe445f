"""Modules in data: URLs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from isolates.kernel.modules import data_urls
from isolates.reading import LoadError
from tests.kernel.test_overview import rows_of

Kernel = Any


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("text/javascript,export default 1 ? '%C3%A9' : 2 # 3", "'é'"),
        ("text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgNQ==", "5"),
        ("TEXT/JavaScript;charset=utf-8;base64,ZXhwb3J0IGRlZmF1bHQgNQ", "5"),
        ("application/javascript,import path from 'path'; export default typeof path.join", "'function'"),
        ("text/javascript,export {default} from 'data:text/javascript,export default 6'", "6"),
        (
            "text/javascript,export default [import.meta.url.slice(0, 5), import.meta.main]",
            "[ 'data:', false ]",
        ),
    ],
)
@pytest.mark.parametrize("magic", ["", "%%isolate other\n"])
def test_a_module_in_a_data_url(kernel: Kernel, url: str, value: str, magic: str) -> None:
    assert kernel.ok(f"{magic}(await import({json.dumps('data:' + url)})).default").result == value


def test_json_in_a_data_url(kernel: Kernel) -> None:
    url = 'data:application/json,{"a":1}'
    assert kernel.ok(f"import data from '{url}' with {{type: 'json'}}; data").result == "{ a: 1 }"
    error = kernel.fails(f"import '{url}'").error
    assert error is not None
    assert error["evalue"].endswith('needs an import attribute of "type: json"')


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("data:,export default 1", "ERR_INVALID_URL"),
        ("data:text/javascript", "ERR_INVALID_URL"),
        ("data:text/javascript;base64,!!", "ERR_INVALID_URL"),
        ("data:text/css,a {}", "ERR_UNKNOWN_MODULE_FORMAT"),
        ('data:text/javascript,import "./helper.mjs"', "ERR_UNSUPPORTED_RESOLVE_REQUEST"),
        ('data:text/javascript,import "esm-only"', "ERR_UNSUPPORTED_RESOLVE_REQUEST"),
    ],
)
def test_data_urls_that_are_no_modules(kernel: Kernel, url: str, code: str) -> None:
    assert kernel.ok(f"await import('{url}').catch(({{code}}) => code)").result == f"'{code}'"


def test_an_error_in_a_data_url_shows_its_line(kernel: Kernel) -> None:
    run = kernel.fails("import 'data:text/javascript,throw new Error(1)'")
    assert run.traceback.split("\n")[1:4] == [
        "data:text/javascript,throw new Error(1):1:7",
        "  throw new Error(1)",
        "        ^",
    ]


HOSTILE_URLS = [
    "data:a/" + "b" * 1_000_000,  # no comma: where the type ends is not to be sought in many ways
    "data:" + "/" * 1_000_000,
    "data:text/javascript," + "%41" * 5_000_000,
]


@pytest.mark.parametrize("url", HOSTILE_URLS, ids=["type", "slashes", "escapes"])
def test_a_long_data_url_is_refused_at_once(url: str) -> None:
    # On a thread of the kernel's, with the GIL: nothing else of the process goes on meanwhile.
    began_s = time.process_time()
    assert not data_urls.is_json(url)
    with pytest.raises(LoadError) as caught:
        data_urls.load(url)
    assert caught.value.code == "ERR_INVALID_URL"
    assert len(str(caught.value)) < 1000
    if len(url) > 4_000_000:  # before anything else looks at it
        with pytest.raises(LoadError):
            data_urls.normalized(url)
    assert time.process_time() - began_s < 1


def test_what_is_kept_of_modules_that_fail_is_little(kernel: Kernel) -> None:
    kernel.ok(
        "%%isolate failing\n"
        "const fail = (n, text) => import(`data:text/javascript,@${n}${text}`).catch(() => 0)"
    )
    kernel.ok("%%isolate failing\nawait fail('long', 'x'.repeat(100000))")
    kernel.ok("%%isolate failing\nfor (let n = 0; n < 300; n++) await fail(n, '')")
    names = rows_of(kernel.ok("%modules --isolate failing"))
    assert set(names) == {f"data:text/javascript,@{n}" for n in range(200, 300)}


def test_a_guest_that_imports_without_end_keeps_no_other_waiting(own_kernel: Kernel) -> None:
    own_kernel.ok("%%isolate -a greedy\nfor (let n = 0;; n++) import('x' + n).catch(() => 0), await 0")
    time.sleep(1)  # its questions, in the meantime, would take minutes
    began = time.monotonic()
    assert own_kernel.ok("(await import('data:text/javascript,export default 5')).default").result == "5"
    assert time.monotonic() - began < 10
    own_kernel.ok("%dispose greedy")

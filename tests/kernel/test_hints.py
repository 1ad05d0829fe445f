"""What an error says besides, where a name of Node or of a page is missing."""

from __future__ import annotations

from typing import Any

import pytest

from isolates.kernel.hints import hint_for


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("fetch('http://example.org')", "There is no network in here."),
        ("await (async () => new URL('http://example.org'))()", "packages of npm may have it"),
        ("require('fs')", "There are no files in here."),
        ("require('node:fs')", "There are no files in here."),
        ("import {readFile} from 'fs/promises'", "There are no files in here."),
        ("import https from 'node:https'", "There is no network in here."),
        ("await import('child_process')", "Cells of Python run programs"),
        ("module.exports = 1", "%%module NAME"),
        ("document.title", "This is not a page."),
        ("%%isolate hinted\nrequire('util')", "The isolate main has it"),
        ("%%isolate hinted\njupyter", "Only the isolate main has it."),
    ],
)
def test_an_error_says_what_there_is_instead(kernel: Any, code: str, words: str) -> None:
    run = kernel.fails(code)
    assert words in run.traceback
    assert words not in run.error["evalue"]


def test_timers_say_so_too(kernel: Any) -> None:
    request = kernel.start("setTimeout(() => fetch('http://example.org')); 0")
    kernel.finish(request)
    assert "There is no network in here." in kernel.wait_for_text(request, "no network")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nope is not defined",
        "fetch is not defined here",
        "my fetch is not defined",
        "Cannot find module './fs'",
        "Cannot find module 'fs-extra'",
        "Cannot find module 'nope'",
    ],
)
def test_other_errors_say_no_more(message: str) -> None:
    assert hint_for(message) is None

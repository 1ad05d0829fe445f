"""What an error says besides, where a name of Node or of a page is missing."""

from __future__ import annotations

from typing import Any

import pytest

from isolates.kernel.hints import hint_for


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("%%isolate hinted\nfetch('http://example.org')", "c.IsolateKernel.network names"),
        ("await (async () => new FormData())()", "packages of npm may have it"),
        ("new Blob([])", "packages of npm may have it"),
        ("fs.readFileSync('x')", "import fs from 'node:fs'"),
        ("require('node:stream')", "Builds of packages for browsers"),
        ("import {Readable} from 'node:stream'", "Builds of packages for browsers"),
        ("require('stream')", "npm install stream@npm:readable-stream"),
        ("require('readline')", "prompt() asks the user"),
        ("require('http')", "axios/dist/browser/axios.cjs"),
        ("self.location", "This is not a page."),
        ("%%isolate hinted\nimport {readFile} from 'fs/promises'", "c.IsolateKernel.files names"),
        ("import https from 'node:https'", "Of the network there is fetch()"),
        ("await import('child_process')", "Cells of Python run programs"),
        ("module.exports = 1", "%%module NAME"),
        ("document.title", "This is not a page."),
        ("Deno.jupyter.html`<b>1</b>`", "display.html()"),
        ("$$.html('<b>1</b>')", "display.html()"),
        ("import _ from 'npm:lodash'", "npm install NAME"),
        ("import confetti from 'https://esm.sh/confetti'", "Packages come from node_modules"),
        ("let x: number = 1", "types of TypeScript"),
        ("function area(shape: Shape) {}", "types of TypeScript"),
        ("const f = (xs: string[]) => xs", "types of TypeScript"),
        ("interface Point { x: number }", "types of TypeScript"),
        ("  type Id = string", "types of TypeScript"),
        ("enum Color { Red }", "types of TypeScript"),
        ("const x: number = 1", "types of TypeScript"),
        ("const {name}: Person = who", "types of TypeScript"),
        ("const ids = new Map<string, number>()", "types of TypeScript"),
        ("function same<T>(x: T): T { return x }", "types of TypeScript"),
        ("const text = (x as unknown) as string", "types of TypeScript"),
        ("class Point {\n  x: number = 1\n}", "types of TypeScript"),
        ("class Point { constructor(private x: number) {} }", "types of TypeScript"),
        ("import type {Point} from './points'", "types of TypeScript"),
        ("let sure = perhaps!", "types of TypeScript"),
        ("function optional(x?: number) {}", "types of TypeScript"),
        ("!npm install lodash", "%python !npm install NAME"),
        ("npm install lodash", "%python !npm install NAME"),
        (".load file.js", ".exit"),
        ("import * as tslab from 'tslab'", "display.html()"),
        ("%%isolate hinted\nrequire('util')", "The isolate main has it"),
        ("%%isolate hinted\njupyter", "Only the isolate main has it."),
    ],
)
def test_an_error_says_what_there_is_instead(kernel: Any, code: str, words: str) -> None:
    run = kernel.fails(code)
    assert words in run.traceback
    assert words not in run.error["evalue"]


@pytest.mark.parametrize(
    "code",
    [
        "a ? b : : c",
        "const = 1",
        ".5.",
        "type.x y",
        "({a: 1 b: 2})",
        "typeof = 1",
        "const <",
        "const missing;",
        "const {x: y};",
        "import x as y from 'z'",
        "new Set(1, 2",
        "if (a < b > ) c",
        "let x == 1",
        "!a == = b",
    ],
)
def test_other_syntax_errors_say_no_more(kernel: Any, code: str) -> None:
    traceback = kernel.fails(code).traceback
    assert [line.strip() for line in traceback.split("\n")[3:]] == ["^"]


def test_timers_say_so_too(kernel: Any) -> None:
    # The cell ends when the timer's error is on its way.
    code = "setTimeout(() => new WebSocket('ws://example.org')); await new Promise(r => setTimeout(r, 20))"
    assert "Of the network there is fetch()" in kernel.ok(code).stderr


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

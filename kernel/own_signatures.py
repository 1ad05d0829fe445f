"""What Shift-Tab says of the kernel's own functions: their parameters, a sentence, or where to read on."""

from __future__ import annotations

import re
from typing import NamedTuple

PRELUDE = "isolates:prelude"

_WEB_API = "https://developer.mozilla.org/docs/Web/API/"
# A ? follows what may be left out.
_TEXTS = """
display(value, {id}?) Shows the value as a result would be. With an id, it returns what has update(value).
display.html(text, {id}?) Shows HTML; as a tag too: display.html`<b>${n}</b>`
display.markdown(text, {id}?) Shows Markdown; as a tag too.
display.latex(text, {id}?) Shows LaTeX, as '$x^2$'; as a tag too.
display.svg(text, {id}?) Shows an SVG picture; as a tag too.
display.javascript(text, {id}?) Runs JavaScript in the notebook's page.
display.text(text, {id}?) Shows plain text; as a tag too.
display.json(value, {id}?) Shows the value as a tree of JSON.
display.image(image, {id}?) Shows the bytes of a PNG, JPEG, GIF or WebP, a data URL or what has toDataURL().
display.table(rows, columns?, {id}?) Shows rows (objects or arrays) as a table, with these of their columns.
display.bundle(bundle, {id}?) Shows a MIME bundle: {'text/html': ..., 'text/plain': ...}
display.update(id, value) Shows the value in the place of what was displayed with this id.
clearOutput({wait}?) Removes the cell's output: at once, or with {wait: true} when something new comes.
prompt(question?, default?) Asks the user; the answer as a string, or null.
confirm(question?) Asks the user for yes or no; true or false.
alert(text?) Shows the text, and waits for Enter.
"""
_LINKED = """
fetch(input, init?) Window/fetch
setTimeout(callback, delay?, ...args) Window/setTimeout
setInterval(callback, delay?, ...args) Window/setInterval
clearTimeout(timer) Window/clearTimeout
clearInterval(timer) Window/clearInterval
queueMicrotask(callback) Window/queueMicrotask
structuredClone(value, {transfer}?) Window/structuredClone
atob(text) Window/atob
btoa(text) Window/btoa
URL(url, base?) URL
URLSearchParams(init?) URLSearchParams
AbortController() AbortController
TextEncoder() TextEncoder
TextDecoder(encoding?, options?) TextDecoder
console.log(...values) console/log_static
console.info(...values) console/info_static
console.debug(...values) console/debug_static
console.warn(...values) console/warn_static
console.error(...values) console/error_static
console.table(rows, columns?) console/table_static
console.dir(value, {depth}?) console/dir_static
console.group(...label) console/group_static
console.groupEnd() console/groupEnd_static
console.time(label?) console/time_static
console.timeLog(label?, ...values) console/timeLog_static
console.timeEnd(label?) console/timeEnd_static
console.count(label?) console/count_static
console.countReset(label?) console/countReset_static
console.assert(condition, ...values) console/assert_static
console.trace(...values) console/trace_static
"""
_ROW = re.compile(r"^(?:(\w+)\.)?(\w+)\((.*?)\) (.+)$", re.MULTILINE)


class OwnSignature(NamedTuple):
    """Of one function."""

    parameters: list[str]
    text: str


def _rows(table: str, prefix: str) -> dict[tuple[str, str], OwnSignature]:
    return {
        (owner, name): OwnSignature(parameters.split(", ") if parameters else [], prefix + text)
        for owner, name, parameters, text in _ROW.findall(table)
    }


OWN_SIGNATURES = _rows(_TEXTS, "") | _rows(_LINKED, _WEB_API)
"""By what V8 names the owner (empty for globals) and the function."""

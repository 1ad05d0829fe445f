"""Rich output: what display() and results say they look like, checked, as the content of messages."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from isolates.kernel.json_values import TooDeepError, well_formed_json
from isolates.magics.tables import OPEN
from isolates.text import well_formed, without_controls

KINDS = ("display_data", "update_display_data", "clear_output")

# A notebook renders HTML, SVG, Markdown and the like with all rights of its page, which can run Python.
# Pictures, JSON and text do nothing.
_HARMLESS = frozenset(
    {"text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "application/json"}
)
_READABLE = frozenset({"text/markdown", "text/latex"})
_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}(;[^\x00-\x1f]{1,100})?")
_TABLE = "table"
_MOST_TYPES = 100
_LONGEST_SHOWN = 100
# In characters, of what is not trusted: it costs the kernel several times as much.
_LARGEST = 16_000_000
_LARGEST_JSON = 2_000_000


class BadBundleError(Exception):
    """What an isolate says can't be shown."""


class Bundle(NamedTuple):
    """The content of a display_data message; `refused` are the types that were left out."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    id: str | None = None
    refused: tuple[str, ...] = ()
    wait: bool = False

    @property
    def text(self) -> str:
        """How it looks as plain text."""
        return str(self.data["text/plain"])

    def content(self) -> dict[str, Any]:
        transient = {} if self.id is None else {"display_id": self.id}
        return {"data": self.data, "metadata": self.metadata, "transient": transient}


def text_bundle(text: str, is_trusted: bool = True) -> Bundle:
    """`is_trusted`: whether the text may move a terminal's cursor, and so on."""
    return Bundle({"text/plain": well_formed(text) if is_trusted else without_controls(text)}, {})


def read_bundle(payload: str, is_trusted: bool) -> Bundle:
    """The bundle in what the prelude has published (prelude/display.js).

    Of an isolate that is not trusted only what can do no harm in a page is left. Raises BadBundleError.
    """
    if not is_trusted and len(payload) > _LARGEST:
        raise BadBundleError(f"it has {len(payload)} characters, more than {_LARGEST}")
    try:
        said = json.loads(payload)
        given = said["bundle"]
        metadata = said.get("metadata", {})
        identifier = said.get("id")
        if not isinstance(given, dict) or not isinstance(metadata, dict) or len(given) > _MOST_TYPES:
            raise BadBundleError("a bundle and its metadata must be objects")
        if identifier is not None and not isinstance(identifier, str):
            raise BadBundleError("an id must be a string")
        data = dict(_item(kind, value, is_trusted) for kind, value in given.items())
        metadata = well_formed_json(metadata)
    except TooDeepError as error:
        raise BadBundleError(str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadBundleError(f"this is no bundle: {error}") from None
    refused = () if is_trusted else tuple(kind for kind in given if kind not in _HARMLESS | {_TABLE})
    for kind in refused:
        del data[kind]
    if "text/plain" not in data:
        data["text/plain"] = _plain(given, data)
    if not is_trusted:
        data["text/plain"] = without_controls(data["text/plain"])
    return Bundle(
        data,
        {} if not is_trusted else metadata,
        None if identifier is None else well_formed(identifier),
        refused,
        metadata.get("wait") is True,
    )


def _item(kind: str, value: Any, is_trusted: bool) -> tuple[str, Any]:
    if kind == _TABLE:
        return "text/html", _table(value)
    if not _TYPE.fullmatch(kind):
        raise BadBundleError(f"{kind[:_LONGEST_SHOWN]!r} is no MIME type")
    if isinstance(value, Mapping):
        text = value["json"]
        if not is_trusted and len(text) > _LARGEST_JSON:
            raise BadBundleError(f"{kind}: it has {len(text)} characters, more than {_LARGEST_JSON}")
        return kind, well_formed_json(json.loads(text))
    if not isinstance(value, str):
        raise BadBundleError(f"{kind}: a string is expected")
    if not is_trusted and kind.startswith("image/") and kind in _HARMLESS:
        # Some put it into HTML as it is, others fail with all of a notebook that has one bad picture.
        try:
            base64.b64decode(value, validate=True)
        except ValueError as error:
            raise BadBundleError(f"{kind}: it is not in base64: {error}") from None
    return kind, well_formed(value)


def _plain(given: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    for kind in data:
        if kind in _READABLE:
            return str(data[kind])
    return f"[{', '.join(well_formed(kind) for kind in given)}]"


def _table(table: Mapping[str, Any]) -> str:
    """The rows as HTML; their first field is the index."""
    heads, body = _texts(table["heads"]), [_texts(row) for row in table["body"]]
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    rows = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{text}</td>" for text in row[1:])}</tr>'
        for row in body
        if row
    )
    left_out = []
    if int(table["rows"]) > len(body):
        left_out.append(f"{len(body)} of {int(table['rows'])} rows")
    if int(table["columns"]) > len(heads) - 1:
        left_out.append(f"{len(heads) - 1} of {int(table['columns'])} columns")
    note = f"<p>{' and '.join(left_out)} are shown</p>" if left_out else ""
    return f"{OPEN}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def _texts(row: Any) -> list[str]:
    if not isinstance(row, list) or not all(isinstance(text, str) for text in row):
        raise BadBundleError("a table is made of texts")
    return [html.escape(well_formed(text)) for text in row]

"""Text that was made for a terminal, for places that are none."""

from __future__ import annotations

import re

from isolates.text import well_formed

# Colours and movements (CSI), titles and links (OSC and its kin), and short ones; an open one at the end too.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)|"
    r"\x9b[0-?]*[ -/]*(?:[@-~]|$)"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain_text(text: str, is_cut: bool = False) -> str:
    """Without colours. Of a line that was written again and again, its last state; other signs that have no
    shape are a question mark. `is_cut`: its beginning is not there, and so the first line is left out.
    """
    text = _ESCAPES.sub("", well_formed(text)).replace("\r\n", "\n")
    if is_cut and "\n" in text:
        text = text.partition("\n")[2]
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROLS.sub("\ufffd", "\n".join(lines))

"""Types of TypeScript, told from the place at which V8 does not understand a line."""

from __future__ import annotations

import re

_NAME = r"[\w$]{1,60}"
_PRIMITIVE = r"(?:string|number|boolean|bigint|symbol|object|any|unknown|never|void|null|undefined)\b"
# What stands before the place (its end) and what begins there, of a line of its own.
_SIGNS = [
    (re.compile(before + r"\Z"), re.compile(behind))
    for before, behind in (
        # An annotation, where a colon is not expected.
        (r"", rf":\s{{0,9}}(?:{_PRIMITIVE}|[A-Z]\w{{0,60}}|\{{)"),
        (rf"\b(?:let|var)\s{{1,9}}{_NAME}\s{{0,9}}", r"!?:"),
        (rf"{_NAME}", r"\?:"),
        # Of a constant V8 says that it has no value, of a field that its name is not expected.
        (r"\bconst\s{1,9}", rf"{_NAME}\s{{0,9}}:"),
        (r"\b(?:const|let|var)\s{1,9}", r"(?:\{[^=]{0,99}\}|\[[^=]{0,99}\])\s{0,9}:"),
        (r"[{};]\s{0,99}", rf"{_NAME}[?!]?:\s{{0,9}}{_PRIMITIVE}\s{{0,9}}[=;}}]"),
        (r"\A\s{0,99}", rf"{_NAME}[?!]?:\s{{0,9}}{_PRIMITIVE}\s{{0,9}}(?:[=;}}]|\Z)"),
        # Assertions.
        (r"\A(?!\s{0,99}(?:import|export)\b).{0,200}", r"(?:as|satisfies)\s{1,9}[\w$({['\"]"),
        (r"[\w$)\]]", r"!\s{0,9}(?:[:;.,)\]]|\Z)"),
        # Parameters of types.
        (rf"\b(?:function\s{{0,9}}\*?\s{{0,9}}|class\s{{1,9}})(?:{_NAME})?\s{{0,9}}", r"<"),
        (r"", rf"<(?:{_PRIMITIVE}|[A-Z]\w{{0,60}}\s{{0,9}}[,>])"),
        (r"<[A-Za-z][\w\s,|.[\]]{0,60}>\s{0,9}\(", r"\)"),
        (r"\bnew\s{1,9}[\w$.]{1,60}<[\w\s,|.[\]]{1,60},\s{0,9}", r"[\w|.[\]]{1,60}>+\s{0,9}\("),
        # Declarations and modifiers.
        (r"\A\s{0,99}(?:import|export)\s.{0,200}\btype\s{1,9}", r"[\w$*{]"),
        (r"\b(?:private|public|protected|readonly|abstract|override)\s{1,9}", r"[\w$#]"),
        (r"", r"(?:private|public|protected|readonly|interface)\s{1,9}[\w$]"),
    )
]
_DECLARATION = re.compile(
    r"\s{0,99}(?:export\s{1,9})?(?:interface|type|enum|declare|namespace|abstract\s{1,9}class)\s{1,9}\w"
)
_LONGEST = 200


def is_typescript(line: str, column: int) -> bool:
    """Whether a type is what V8 has found in this column, counted from 1, where it gave up."""
    place = column - 1
    before, behind = line[max(0, place - _LONGEST) : place], line[place : place + _LONGEST]
    if _DECLARATION.match(line):
        return True
    return any(sign.match(behind) and start.search(before) for start, sign in _SIGNS)

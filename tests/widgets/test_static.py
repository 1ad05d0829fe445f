"""The bundles that pages load are those of the sources beside them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from isolates.widgets.live import STATIC

FRONT = STATIC.parent / "front"


@pytest.mark.parametrize("bundle", sorted(STATIC.glob("*.js")), ids=lambda path: path.stem)
def test_a_bundle_is_as_new_as_its_sources(bundle: Path) -> None:
    if not FRONT.is_dir():
        pytest.skip("the sources of the bundles are not installed, only the bundles")
    *names, told = bundle.open(encoding="utf-8").readline().removeprefix("// ").split()
    made_of = hashlib.sha256(b"".join((FRONT / name).read_bytes() for name in names)).hexdigest()
    assert told == made_of, f"run: node widgets/front/build.mjs {bundle.stem}"


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.*s")), ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(file: Path) -> None:
    """Names of XML's vocabularies are no addresses."""
    text = re.sub(r"http://www\.w3\.org/[\w/.]*", "", file.read_text(encoding="utf-8"))
    assert not re.findall(r"https?://[^\s\"'`)]*|@import|\bimport\s*\(", text)

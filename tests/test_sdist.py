"""What is needed to build and to test is in the source distribution."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
# setuptools adds the modules of packages by itself, and what setup.cfg says.
FOLDERS = ("docs", "examples", "isolates/native", "notebooks", "tests")
LEFT_BEHIND = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".hypothesis")


def files() -> Iterator[str]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not set(LEFT_BEHIND) & set(path.parts):
                yield path.relative_to(ROOT).as_posix()


def is_included(file: str, lines: list[list[str]]) -> bool:
    for command, *words in lines:
        if command == "include" and any(fnmatch.fnmatch(file, word) for word in words):
            return True
        if command == "recursive-include" and file.startswith(words[0] + "/"):
            name = file.rpartition("/")[2]
            if any(fnmatch.fnmatch(name, word) for word in words[1:]):
                return True
    return False


def test_the_manifest_names_all_files_of_these_folders() -> None:
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text().splitlines() if line]
    found = list(files())
    assert {file.partition("/")[0] for file in found} == {folder.partition("/")[0] for folder in FOLDERS}
    assert [file for file in found if not is_included(file, lines)] == []

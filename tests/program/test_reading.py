"""Which files a program may read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# Prints what require gives, or the error's code and message.
REQUIRE = """
for (const request of process.argv.slice(2)) {
    try {
        console.log(require(request));
    } catch (error) {
        console.log(error.code, error.message.split('\\n')[0]);
    }
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """app/ with main.js, beside other/ with a secret."""
    for folder in (
        "app/sub",
        "other/node_modules/far",
        "app/node_modules/near",
        "app/node_modules/@scope/two",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "app/main.js").write_text(REQUIRE, "utf-8")
    (tmp_path / "app/sub/in.js").write_text("module.exports = 'in'", "utf-8")
    (tmp_path / "app/sub/out.js").write_text("module.exports = require('../../other/secret')", "utf-8")
    (tmp_path / "other/secret.js").write_text("module.exports = 'secret'", "utf-8")
    (tmp_path / "other/secret.json").write_text('"secret json"', "utf-8")
    (tmp_path / "app/node_modules/near/package.json").write_text('{"main": "./lib.js"}', "utf-8")
    (tmp_path / "app/node_modules/near/lib.js").write_text("module.exports = 'near'", "utf-8")
    (tmp_path / "app/node_modules/@scope/two/index.js").write_text("module.exports = 'two'", "utf-8")
    return tmp_path


@pytest.fixture
def ask(run: Run, tree: Path) -> Callable[..., list[str]]:
    def ask(*requests: object, options: tuple[str, ...] = ()) -> list[str]:
        completed = run(*options, tree / "app/main.js", *requests)
        assert (completed.stderr, completed.returncode) == ("", 0)
        return completed.stdout.splitlines()

    return ask


Ask = Callable[..., "list[str]"]


def test_files_below_the_folder_of_the_program_can_be_read(ask: Ask, tree: Path) -> None:
    assert ask("./sub/in", "./sub/../sub/in.js", tree / "app/sub/in.js", "near", "@scope/two") == [
        "in",
        "in",
        "in",
        "near",
        "two",
    ]


@pytest.mark.parametrize(
    "request_", ["../other/secret", "../other/secret.json", "../other", "..", "../nowhere"]
)
def test_others_are_refused_whether_they_exist_or_not(ask: Ask, tree: Path, request_: str) -> None:
    path = os.path.normpath(tree / "app" / request_)
    (answer,) = ask(request_)
    assert answer.startswith(f"ERR_ACCESS_DENIED Access to '{path}' is denied")
    assert "--allow-read" in answer


def test_absolute_paths_are_refused_too(ask: Ask) -> None:
    assert all(
        answer.startswith("ERR_ACCESS_DENIED ") for answer in ask("/etc/passwd", "/", "/proc/self/environ")
    )


def test_a_module_elsewhere_can_not_be_reached_through_one_inside(ask: Ask) -> None:
    assert ask("./sub/out")[0].startswith("ERR_ACCESS_DENIED ")


def test_a_folder_whose_name_begins_alike_is_another_one(ask: Ask, tree: Path) -> None:
    (tree / "app2").mkdir()
    (tree / "app2/x.js").write_text("module.exports = 'other'", "utf-8")
    assert ask("../app2/x")[0].startswith("ERR_ACCESS_DENIED ")


def test_links_are_followed_before_the_check(ask: Ask, tree: Path) -> None:
    (tree / "app/link.js").symlink_to(tree / "other/secret.js")
    (tree / "app/folder").symlink_to(tree / "other")
    (tree / "app/inside.js").symlink_to("sub/in.js")
    (tree / "app/loop.js").symlink_to("loop.js")
    answers = ask("./link", "./link.js", "./folder/secret", "./folder", "./inside", "./loop")
    assert [answer.split()[0] for answer in answers] == [*["ERR_ACCESS_DENIED"] * 4, "in", "MODULE_NOT_FOUND"]
    assert f"'{tree}/app/link.js'" in answers[1]


def test_the_main_of_a_package_can_not_lead_out(ask: Ask, tree: Path) -> None:
    (tree / "app/node_modules/near/package.json").write_text('{"main": "../../../other/secret"}', "utf-8")
    assert ask("near")[0].startswith("ERR_ACCESS_DENIED ")


def test_packages_are_looked_for_below_the_folder_only(ask: Ask, tree: Path) -> None:
    (tree / "node_modules/above").mkdir(parents=True)
    (tree / "node_modules/above/index.js").write_text("module.exports = 'above'", "utf-8")
    assert ask("above")[0] == "MODULE_NOT_FOUND Cannot find module 'above'"
    assert ask("above", options=(f"--allow-read={tree}",)) == ["above"]
    assert ask("near/../../../../other/secret")[0].startswith("ERR_ACCESS_DENIED ")


def test_a_main_that_is_not_there_is_named(tree: Path, ask: Ask) -> None:
    near = tree / "app/node_modules/near"
    (near / "package.json").write_text('{"main": "missing.js"}', "utf-8")
    assert ask("near")[0] == (
        f"MODULE_NOT_FOUND Cannot find module '{near}/missing.js'. "
        'Please verify that the package.json has a valid "main" entry'
    )


def test_a_file_or_folder_can_be_allowed(ask: Ask, tree: Path) -> None:
    file = f"--allow-read={tree}/other/secret.js"
    assert ask("../other/secret.js", options=(file,)) == ["secret"]
    assert ask("../other/secret.json", options=(file,))[0].startswith("ERR_ACCESS_DENIED ")
    folder = f"--allow-read=/nowhere,{tree}/other"
    assert ask("../other/secret.js", "../other/secret.json", options=(folder,)) == ["secret", "secret json"]
    twice = ("--allow-read=/nowhere", f"--allow-read={tree}/other/")
    assert ask("../other/secret", options=twice) == ["secret"]


def test_an_allowed_folder_may_be_named_through_a_link(ask: Ask, tree: Path) -> None:
    (tree / "alias").symlink_to("other")
    assert ask("../other/secret", options=(f"--allow-read={tree}/alias",)) == ["secret"]


def test_everything_can_be_allowed(ask: Ask) -> None:
    assert ask("../other/secret", "./sub/out", options=("--allow-read",)) == ["secret", "secret"]


def test_a_program_named_by_a_link_has_the_folder_that_the_link_leads_to(run: Run, tree: Path) -> None:
    (tree / "start.js").symlink_to("app/main.js")
    completed = run(tree / "start.js", "./sub/in", "../other/secret")
    inside, outside = completed.stdout.splitlines()
    assert inside == "in"
    assert outside.startswith("ERR_ACCESS_DENIED ")


def test_a_pipe_and_a_folder_are_no_modules(ask: Ask, tree: Path) -> None:
    os.mkfifo(tree / "app/pipe.js")
    (tree / "app/empty").mkdir()
    assert [answer.split()[0] for answer in ask("./pipe", "./empty")] == ["MODULE_NOT_FOUND"] * 2


def test_a_file_that_the_system_does_not_let_us_read(ask: Ask, tree: Path) -> None:
    closed = tree / "app/closed.js"
    closed.write_text("", "utf-8")
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("root reads everything")
    assert ask("./closed")[0].startswith("EACCES ")


def test_odd_names_are_no_way_round(ask: Ask) -> None:
    answers = ask("./sub/in\udcff", "./sub\n", ".//..//other//secret", "./sub/./../..")
    assert [answer.split()[0] for answer in answers] == [
        "MODULE_NOT_FOUND",
        "MODULE_NOT_FOUND",
        "ERR_ACCESS_DENIED",
        "ERR_ACCESS_DENIED",
    ]

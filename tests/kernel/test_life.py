"""How a kernel says who it is, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from isolates.kernel.exit import exit_word


def wait_until_gone(kernel: Any) -> None:
    kernel.manager.provisioner.process.wait(timeout=10)


@pytest.mark.parametrize("code", ["exit", "%quit", "%%python\nexit"])
def test_exit_asks_the_frontend_and_ends_the_kernel(own_kernel: Any, code: str) -> None:
    own_kernel.ok("setInterval(() => {}, 1)")
    (payload,) = own_kernel.ok(code).reply["payload"]
    assert payload["source"] == "ask_exit"
    assert not payload["keepkernel"]
    wait_until_gone(own_kernel)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("exit", "exit"),
        (" exit() ;\n", "exit"),
        ("quit", "quit"),
        (".exit", ".exit"),
        ("exit(1)", None),
        ("exits", None),
    ],
)
def test_words_that_exit(code: str, word: str | None) -> None:
    assert exit_word(code) == word


def test_exit_can_leave_the_kernel_alone(kernel: Any) -> None:
    (payload,) = kernel.ok("%exit --keep-kernel").reply["payload"]
    assert payload == {"source": "ask_exit", "keepkernel": True}
    assert kernel.manager.is_alive()
    assert kernel.ok("1").reply["payload"] == []


def test_a_variable_called_exit_is_a_variable(own_kernel: Any) -> None:
    own_kernel.ok("const exit = 'mine'; var quit = () => 'called'")
    run = own_kernel.ok("exit")
    assert (run.result, run.reply["payload"]) == ("'mine'", [])
    assert own_kernel.ok("quit()").result == "'called'"


def test_exit_ends_a_kernel_whose_timers_never_end(own_kernel: Any) -> None:
    request = own_kernel.start("setTimeout(() => { console.log('go'); for (;;); }, 10)")
    own_kernel.finish(request)
    own_kernel.wait_for_text(request, "go")
    assert len(own_kernel.ok("exit").reply["payload"]) == 1
    wait_until_gone(own_kernel)


def test_shutdown_ends_the_kernel_while_cells_run(own_kernel: Any) -> None:
    request = own_kernel.start("%%isolate busy\nconsole.log('go'); for (;;);")
    own_kernel.wait_for_text(request, "go")
    assert own_kernel.control("shutdown_request", {"restart": False}) == {"status": "ok", "restart": False}
    wait_until_gone(own_kernel)


def test_shutdown_ends_a_cell_of_python(own_kernel: Any) -> None:
    request = own_kernel.start("%%python\nprint('go')\nimport time\ntime.sleep(100)")
    own_kernel.wait_for_text(request, "go")
    own_kernel.control("shutdown_request", {"restart": False})
    wait_until_gone(own_kernel)


def test_restart_begins_anew(own_kernel: Any) -> None:
    own_kernel.ok("var old = 1")
    own_kernel.manager.restart_kernel(now=False)
    own_kernel.client.wait_for_ready(timeout=30)
    assert own_kernel.ok("typeof old").result == "'undefined'"
    assert own_kernel.ok("1").reply["execution_count"] == 2


def test_kernel_info(kernel: Any) -> None:
    info = kernel.reply(kernel.client.kernel_info(), "kernel_info_reply")
    assert info["status"] == "ok"
    assert info["implementation"] == "isolates"
    language = info["language_info"]
    assert (
        language["name"],
        language["mimetype"],
        language["file_extension"],
        language["codemirror_mode"],
    ) == (
        "javascript",
        "text/javascript",
        ".js",
        "javascript",
    )
    assert language["version"].count(".") >= 3
    assert "%%isolate" in info["banner"]
    assert "%lsmagic" in info["banner"]
    assert all(set(link) == {"text", "url"} for link in info["help_links"])
    assert "kernel subshells" in info["supported_features"]
    assert "debugger" not in info["supported_features"]

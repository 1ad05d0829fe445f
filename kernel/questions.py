"""What a frontend asks while its user types, looks or reloads the page: answered while a cell runs, too."""

# mypy: no-disallow-untyped-calls
# ipykernel's functions are half typed.

from __future__ import annotations

from typing import Any

from ipykernel.kernelbase import Kernel

from isolates.kernel.output import Message

_QUESTIONS = frozenset(
    f"{kind}_request"
    for kind in ("complete", "inspect", "is_complete", "history", "kernel_info", "comm_info")
)


class QuestionsKernel(Kernel):
    """A kernel in which cells wait for each other, and questions don't wait for cells."""

    async def shell_main(self, subshell_id: str | None, msg: Any) -> None:
        assert self._main_asyncio_lock is not None
        assert self.session is not None
        if subshell_id is None and self._main_asyncio_lock.locked():
            try:
                idents, frames = self.session.feed_identities(msg, copy=False)
                # Without content it is a look: a message can be read once.
                kind = self.session.deserialize(frames, content=False, copy=False)["msg_type"]
            except Exception:
                kind = None  # The base class tells of it.
            if kind in _QUESTIONS:
                await self._answer(self.session.deserialize(frames, copy=False), idents)
                return
        await super().shell_main(subshell_id, msg)

    async def _answer(self, question: Message, idents: list[bytes]) -> None:
        """Answers while a cell runs, which stays the parent of whatever is printed."""
        assert self.shell_channel_thread is not None
        assert self._main_asyncio_lock is not None
        stream = self.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(None)
        self._publish_status("busy", "shell", question)
        try:
            await self.shell_handlers[question["msg_type"]](stream, idents, question)
        except Exception:
            self.log.exception("Exception in the handler of a message")
        # Frontends wait for it; and take it for the cell's, if nothing follows.
        self._publish_status("idle", "shell", question)
        if self._main_asyncio_lock.locked():
            self._publish_status("busy", "shell")

"""What all live widgets have in common: who looks, frames, buttons, and the static picture.

Messages, besides the traits of ipywidgets (front/live.js is the other half):

    page to kernel  {"do": "look", "view": ID, "has": N}   this view is to be seen, and has frame N (0: none)
                    {"do": "leave", "view": ID}            it is not any more
                    {"do": "drawn", "frame": N}            it shows frame N: the next one may come
                    {"do": "act", "id": K, "action": NAME, ...}
    kernel to page  {"is": "frame", "frame": N, "whole": bool, ...} and buffers
                    {"is": "answer", "id": K, "state": "begun" | "done" | "failed", "text": ..., ...}
                    and buffers

A page looks again every 5 s if no frame comes, so one that says nothing for 15 s is gone: a closed page does
not say goodbye. At most one frame is under way: Jupyter's server keeps what a closed page has not taken.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import anywidget
import traitlets
from IPython.display import display, update_display

from isolates.text import well_formed
from isolates.widgets.aside import hear_aside
from isolates.widgets.ticker import Tick, every

STATIC = Path(__file__).parent / "static"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_LEASE_S = 15.0
_MOST_VIEWS = 100
# Of the static picture: at first often, since a notebook may be saved soon.
_FIRST_PICTURE_S, _PICTURE_PERIOD_S = 1.5, 10.0

# In a notebook that is opened again JupyterLab says in the widget's place that it can't be displayed.
_NO_ERROR = (
    ".jp-OutputArea-child:has(+ .jp-OutputArea-child .isolates-snapshot[data-for='ID'])"
    " .jupyter-widgets:not(:has(*)) {display: none}"
)

_log = logging.getLogger(__name__)

Buffers = Sequence[bytes | memoryview]
State = Literal["begun", "done", "failed"]


class RefusalError(Exception):
    """An action that can't be done, in words for the user."""


class Request:
    """A button that was pressed. `answer` may be called on any thread, the last time with done or failed."""

    def __init__(self, widget: LiveWidget, number: int, arguments: Mapping[str, Any]) -> None:
        self._widget = widget
        self._number = number
        self.arguments = arguments

    def answer(self, state: State, text: str = "", *, buffers: Buffers = (), **more: Any) -> None:
        """`text` is shown beside the button. `more` and `buffers` are for the page's half of the action."""
        self._widget.send(
            {"is": "answer", "id": self._number, "state": state, "text": text, **more}, list(buffers)
        )

    def text(self, name: str) -> str:
        """An argument that has to be a text. Raises RefusalError."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            raise RefusalError(f"{name}: {value!r} is no text")
        return value


class LiveWidget(anywidget.AnyWidget):
    """A widget that costs something only while somebody looks at it.

    A subclass says what a frame has (`frame`), what its buttons do (`actions`), and how it looks where there
    is no kernel (`text`, `picture`). It starts what it needs in `begin`, calls `refresh` when there is
    something new, and stops in `end`. These are called on any thread, but never two at a time.

    `_lock` guards who looks and what is under way, and is held in `begin`, `end` and `frame`: after it only
    locks of what a frame is made of are taken, and whoever holds one of those must not call `refresh`.
    Nothing waits under it for JavaScript or for a page.
    """

    _esm: ClassVar[str | Path]
    snapshot = traitlets.Unicode().tag(sync=True)
    """By which the live view finds the static one, to hide it."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(snapshot=uuid.uuid4().hex, **traits)
        self._lock = threading.RLock()
        self._views: dict[str, float] = {}
        self._frame = 0
        self._is_under_way = False
        self._is_stale = False
        self._wants_whole = True
        self._lease: Tick | None = None
        self._shown_s: float | None = None
        self._picture_s = _FIRST_PICTURE_S
        self._actions = dict(self.actions())
        self.on_msg(self._hear)
        hear_aside(self.comm)

    # For subclasses to say.

    def actions(self) -> Mapping[str, Callable[[Request], object]]:
        """What buttons ask for, by name. An action answers at once, and again when it is done.

        Raises RefusalError.
        """
        return {}

    def begin(self) -> None:
        """The first view is looked at."""

    def end(self) -> None:
        """Nobody looks any more."""

    def frame(self, whole: bool) -> tuple[dict[str, Any], Buffers] | None:
        """What is new, as JSON and buffers; None for nothing. `whole`: for a page that has nothing yet."""
        raise NotImplementedError

    def text(self) -> str:
        """A readable table that says the same each time: what changes by itself is not in it."""
        raise NotImplementedError

    def picture(self) -> str:
        """HTML that shows the widget without a kernel, a network or scripts: what is not ours is escaped."""
        raise NotImplementedError

    # For subclasses to call.

    @property
    def is_looked_at(self) -> bool:
        return bool(self._views)

    def refresh(self) -> None:
        """There is something new to be seen. Any thread."""
        with self._lock:
            self._is_stale = True
            self._send_frame()
            is_late = self._shown_s is not None and time.monotonic() - self._shown_s > self._picture_s
        if is_late:
            self.update_snapshot()

    def update_snapshot(self) -> None:
        """Brings the static picture up to date, where the widget was displayed."""
        if self._shown_s is None:
            return
        self._shown_s = time.monotonic()
        self._picture_s = min(2 * self._picture_s, _PICTURE_PERIOD_S)
        update_display(self._snapshot_bundle(), raw=True, display_id=self._display_id)

    # What follows is the protocol.

    def _hear(self, widget: object, content: Any, buffers: Any) -> None:
        """A message from the page, which may be anything. On the thread that ipykernel calls it on."""
        match content:
            case {"do": "look", "view": str(view), "has": int(has)}:
                self._look(view, has)
            case {"do": "leave", "view": str(view)}:
                self._leave(view)
            case {"do": "drawn", "frame": int(frame)}:
                self._drawn(frame)
            case {"do": "act", "id": int(number), "action": str(action)}:
                self._act(Request(self, number, content), action)

    def _look(self, view: str, has: int) -> None:
        with self._lock:
            if self.comm is None or (len(self._views) >= _MOST_VIEWS and view not in self._views):
                return  # closed, or nobody's eyes
            is_first = not self._views
            self._views[view] = time.monotonic()
            if is_first:
                self._lease = every(_LEASE_S / 3, self._forget_gone)
                self.begin()
            if has != self._frame or not self._frame:
                # A new page, or one that has lost a frame.
                self._wants_whole = self._is_stale = True
                self._is_under_way = False
            self._send_frame()

    def _leave(self, view: str) -> None:
        with self._lock:
            is_last = self._views.pop(view, None) is not None and not self._views
            if is_last:
                self._is_under_way = False
                if self._lease is not None:
                    self._lease.stop()
                self.end()
        if is_last:
            self.update_snapshot()

    def _drawn(self, frame: int) -> None:
        with self._lock:
            now = time.monotonic()
            self._views = dict.fromkeys(self._views, now)
            if frame == self._frame:
                self._is_under_way = False
                self._send_frame()

    def _forget_gone(self) -> None:
        too_old = time.monotonic() - _LEASE_S
        for view, said_s in tuple(self._views.items()):
            if said_s < too_old:
                self._leave(view)

    def _send_frame(self) -> None:
        if self._is_under_way or not self._is_stale or not self._views:
            return
        made = self.frame(self._wants_whole)
        self._is_stale = False
        if made is None:
            return
        content, buffers = made
        self._frame += 1
        self._is_under_way = True
        whole, self._wants_whole = self._wants_whole, False
        self.send({"is": "frame", "frame": self._frame, "whole": whole, **content}, list(buffers))

    def _act(self, request: Request, action: str) -> None:
        function = self._actions.get(action)
        try:
            if function is None:
                known = ", ".join(self._actions) or "none"
                raise RefusalError(f"There is no action {action!r}; there is {known}")
            function(request)
        except RefusalError as error:
            request.answer("failed", str(error))
        except Exception as error:
            _log.exception("%s of a widget", action)
            request.answer("failed", f"{type(error).__name__}: {error}")

    def send(self, content: Any, buffers: Buffers | None = None) -> None:
        """No message can carry lone surrogates, which texts of JavaScript may have."""
        text = json.dumps(content, ensure_ascii=False)
        whole = well_formed(text)
        super().send(content if whole == text else json.loads(whole), buffers)

    # Displaying.

    @property
    def _display_id(self) -> str:
        return f"isolates-{self.snapshot}"

    def _snapshot_bundle(self) -> dict[str, str]:
        head = f'<div class="isolates-snapshot" data-for="{self.snapshot}">'
        style = f"<style>{_NO_ERROR.replace('ID', self.snapshot)}</style>"
        html = f"{style}{head}{self.picture()}</div>"
        return {"text/plain": well_formed(self.text()), "text/html": well_formed(html)}

    def _ipython_display_(self, **_: Any) -> None:
        """Shows the widget, and beside it what a saved notebook shows instead: it saves no widgets."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        display({"text/plain": repr(self), WIDGET_VIEW: view}, raw=True)
        display(self._snapshot_bundle(), raw=True, display_id=self._display_id)
        self._shown_s = time.monotonic()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def close(self) -> None:
        """Ends it for good: nothing is sampled for it, and its page goes."""
        super().close()
        for view in tuple(getattr(self, "_views", ())):  # none if it was never made
            self._leave(view)

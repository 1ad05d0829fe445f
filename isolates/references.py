"""What Isolate.references tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from isolates._native import Isolate


class ReferenceGroup(NamedTuple):
    """Handles of one kind, to values of one type, in one hand. See `Isolate.references`."""

    kind: Literal["Reference", "Callback", "Context", "Script", "Module", "Internal"]
    #: JavaScript's typeof for References and Callbacks, else "".
    type: str
    holder: Literal["Python"] | Isolate
    count: int  # type: ignore[assignment]  # It hides a method of tuple, which nobody needs here.

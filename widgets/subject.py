"""What a widget about one isolate is about: an isolate, or whichever has a name."""

from __future__ import annotations

from typing import Any, TypeAlias

from isolates import Isolate
from isolates.magics.named_isolate import NamedIsolate
from isolates.magics.variables import IsolateVariables
from isolates.widgets.roster import Entry, Source
from isolates.widgets.sampler import Moment, Sampler
from isolates.widgets.track import Row

What: TypeAlias = "Isolate | IsolateVariables | NamedIsolate[Any]"

_NAMELESS = "isolate"


class Subject:
    """Knows where the isolate is to be found: it may not be there yet, and be another one later."""

    def __init__(self, what: What) -> None:
        """Raises TypeError."""
        self.is_named = True
        source: Source
        if isinstance(what, Isolate):
            self.name, source, self.is_named = _NAMELESS, {_NAMELESS: what}, False
        elif isinstance(what, IsolateVariables):
            self.name, source = what.name, what.manager
        elif isinstance(what, NamedIsolate):
            manager = what.manager()
            self.name, source = what.name, {what.name: what.isolate} if manager is None else manager
        else:
            raise TypeError(f"{what!r} is no isolates.Isolate, no manager['name'] and no manager.get('name')")
        self.sampler = Sampler.of(source)

    def entry(self) -> Entry | None:
        """The isolate, dead or alive; None if there is none of that name."""
        entries = self.sampler.roster.entries().values()
        return next((entry for entry in entries if entry.name == self.name), None)

    def row(self, moment: Moment) -> Row | None:
        """What is known of it at a time."""
        return next((row for row in moment.rows if row.entry.name == self.name), None)

    def name_of(self, isolate: Isolate) -> str:
        """Of another one, or the same."""
        entries = self.sampler.roster.entries().values()
        entry = next((entry for entry in entries if entry.isolate == isolate), None)
        return "an isolate without a name" if entry is None else entry.name

    def __repr__(self) -> str:
        return f"the isolate {self.name!r}" if self.is_named else "an isolate"

"""The magics that every kernel has, this project's and any IPython."""

from __future__ import annotations

from isolates.magics.control import AWAIT, INTERRUPT
from isolates.magics.current import CONTEXT, CURRENT
from isolates.magics.data import GET, PUT
from isolates.magics.isolate import ISOLATE, MODULE

SHARED = (ISOLATE, MODULE, CURRENT, CONTEXT, AWAIT, INTERRUPT, PUT, GET)

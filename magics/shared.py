"""The magics that every kernel has, this project's and any IPython."""

from __future__ import annotations

from isolates.magics.control import AWAIT, INTERRUPT
from isolates.magics.data import GET, PUT
from isolates.magics.isolate import ISOLATE, MODULE

SHARED = (ISOLATE, MODULE, AWAIT, INTERRUPT, PUT, GET)

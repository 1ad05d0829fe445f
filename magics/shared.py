"""The magics that every kernel has, this project's and any IPython."""

from __future__ import annotations

from isolates.magics.control import INTERRUPT
from isolates.magics.current import CONTEXT, CURRENT
from isolates.magics.data import GET, PUT
from isolates.magics.isolate import ISOLATE, MODULE
from isolates.magics.job_control import AWAIT, CANCEL, JOBS

SHARED = (
    ISOLATE,
    MODULE,
    CURRENT,
    CONTEXT,
    JOBS,
    AWAIT,
    CANCEL,
    INTERRUPT,
    PUT,
    GET,
)

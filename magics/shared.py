"""The magics that every kernel has, this project's and any IPython."""

from __future__ import annotations

from isolates.magics.control import INTERRUPT, TERMINATE
from isolates.magics.copying import COPY
from isolates.magics.current import CONTEXT, CURRENT
from isolates.magics.data import GET, PUT
from isolates.magics.defaults import CONFIG
from isolates.magics.fork import FORK
from isolates.magics.heap import HEAP
from isolates.magics.isolate import ISOLATE, MODULE
from isolates.magics.job_control import AWAIT, CANCEL, JOBS
from isolates.magics.lifecycle import DISPOSE, GC, RESET
from isolates.magics.limits import LIMITS
from isolates.magics.modules import MODULES, REQUIRE
from isolates.magics.overview import ISOLATES
from isolates.magics.profile import PROFILE
from isolates.magics.snapshots import SNAPSHOT
from isolates.magics.timeit import TIMEIT_CELL, TIMEIT_LINE
from isolates.magics.timing import TIME
from isolates.magics.trace import TRACE

SHARED = (
    *(ISOLATE, MODULE, CURRENT, CONTEXT, CONFIG, JOBS, AWAIT, CANCEL),
    *(ISOLATES, LIMITS, INTERRUPT, TERMINATE, DISPOSE, RESET, GC),
    *(TIME, TIMEIT_LINE, TIMEIT_CELL, HEAP, PROFILE, TRACE),
    *(PUT, GET, COPY, SNAPSHOT, FORK, MODULES, REQUIRE),
)

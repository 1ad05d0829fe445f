"""The `ivm` object of JavaScript."""

from __future__ import annotations

from typing import Any

from isolates import _native

_PROFILES = {"isolated-vm": False, "isolated-vm@5": True}


def isolated_vm(profile: str = "isolated-vm") -> Any:
    """The `ivm` object, to be passed into an isolate: `context.global_.set_sync("ivm", isolated_vm())`.

    What has it can make isolates, without a limit on their number: never give it to untrusted code. Isolates
    that it makes have it only if it is passed on. `profile`: "isolated-vm" is the API of its README,
    "isolated-vm@5" has the defaults of isolated-vm 5 to 7. Raises ValueError for other names. Any thread.
    """
    if profile not in _PROFILES:
        raise ValueError(f"`profile` must be one of {', '.join(map(repr, _PROFILES))}, not {profile!r}")
    return _native._library(_PROFILES[profile])

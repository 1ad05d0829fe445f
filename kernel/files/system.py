"""What `os` and `fs.constants` of the prelude tell of this machine."""

from __future__ import annotations

import os
import platform
import socket
import stat
import sys
import tempfile
from pathlib import Path

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
_FLAGS = """
O_RDONLY O_WRONLY O_RDWR O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_DIRECTORY O_NOFOLLOW O_SYNC O_DSYNC
O_NONBLOCK F_OK R_OK W_OK X_OK
"""
_MODES = """
S_IFMT S_IFREG S_IFDIR S_IFCHR S_IFBLK S_IFIFO S_IFLNK S_IFSOCK S_IRWXU S_IRUSR S_IWUSR S_IXUSR
S_IRWXG S_IRGRP S_IWGRP S_IXGRP S_IRWXO S_IROTH S_IWOTH S_IXOTH
"""


def constants() -> dict[str, int]:
    """Those that this system has."""
    found = {name: getattr(os, name) for name in _FLAGS.split() if hasattr(os, name)}
    # The module has a function of this name, beside its numbers.
    return found | {name: 0o170000 if name == "S_IFMT" else getattr(stat, name) for name in _MODES.split()}


def facts() -> dict[str, object]:
    """As of now."""
    found = os.uname()
    page = os.sysconf("SC_PAGE_SIZE")
    home = str(Path.home())
    return {
        "arch": _ARCHITECTURES.get(found.machine.lower(), found.machine),
        "availableParallelism": os.cpu_count() or 1,
        "endianness": "LE" if sys.byteorder == "little" else "BE",
        "freemem": page * _configured("SC_AVPHYS_PAGES"),
        "homedir": home,
        "hostname": socket.gethostname(),
        "loadavg": list(os.getloadavg()),
        "machine": found.machine,
        "platform": sys.platform,
        "release": found.release,
        "tmpdir": tempfile.gettempdir(),
        "totalmem": page * _configured("SC_PHYS_PAGES"),
        "type": platform.system(),
        "uptime": _uptime_s(),
        "userInfo": [os.getuid(), os.getgid(), _user_name(), home, os.environ.get("SHELL")],
        "version": found.version,
    }


def _configured(name: str) -> int:
    """Not all systems know all of them."""
    try:
        return max(0, os.sysconf(name))
    except (OSError, ValueError):
        return 0


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _uptime_s() -> float:
    import time

    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

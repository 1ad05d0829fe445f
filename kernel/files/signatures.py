"""The parameters of the functions of fs, for inspection: their source does not name them."""

from __future__ import annotations

import re

# A ? follows what may be left out. Of all three forms; one with a callback has it at the end.
_TABLE = """
access(path, mode?) appendFile(path, data, options?) chmod(path, mode) copyFile(src, dest, mode?)
link(existingPath, newPath) lstat(path, options?) mkdir(path, options?) mkdtemp(prefix, options?)
readFile(path, options?) readdir(path, options?) readlink(path, options?) realpath(path, options?)
rename(oldPath, newPath) rm(path, options?) rmdir(path, options?) stat(path, options?) symlink(target, path)
truncate(path, len?) unlink(path) utimes(path, atime, mtime) writeFile(path, data, options?)
"""
_PARAMETERS: dict[str, str] = dict(re.findall(r"(\w+)\(([^)]*)\)", _TABLE))


def file_parameters(name: str, is_promised: bool) -> list[str] | None:
    """Of `readFileSync`, say; None for what is none of these functions."""
    found = _PARAMETERS.get(name.removesuffix("Sync"))
    if found is None:
        return None
    has_callback = not is_promised and not name.endswith("Sync")
    return [*found.split(", "), *(["callback"] if has_callback else [])]

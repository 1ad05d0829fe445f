"""The file system for JavaScript that may use it: the host's half of `fs` and `os`."""

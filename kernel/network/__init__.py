"""HTTP for JavaScript that may use it: the host's half of `fetch`."""

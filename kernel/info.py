"""What a kernel_info_reply says of the language and of the kernel."""

from __future__ import annotations

from isolates import V8_VERSION, __version__

LANGUAGE: dict[str, object] = {
    "name": "javascript",
    "version": V8_VERSION,
    "mimetype": "text/javascript",
    "file_extension": ".js",
    "codemirror_mode": "javascript",
    "pygments_lexer": "javascript",
    "nbconvert_exporter": "script",
}
BANNER = (
    f"isolates {__version__}: JavaScript on V8 {V8_VERSION}. "
    "A cell that starts with %%isolate NAME runs in an isolate of its own; %lsmagic lists the magics."
)
HELP_LINKS = (
    {"text": "JavaScript", "url": "https://developer.mozilla.org/docs/Web/JavaScript"},
    {"text": "isolated-vm", "url": "https://github.com/laverdet/isolated-vm"},
)

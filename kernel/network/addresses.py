"""The addresses that fetch() takes, in the form in which they are sent."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

LONGEST = 100_000
_PORTS = {"http": 80, "https": 443}
# Where other protocols listen that would take a request for their own: the Fetch standard's list.
# fmt: off
_BAD_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512,
    513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719,
    1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697, 10080,
})
# fmt: on
_REMOVED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):")
# What a host can't have; letters beyond ASCII are gone by then.
_NO_HOST = re.compile(r"[\x00-\x20\x7f#/:<>?@\[\\\]^|%]")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_SAFE = "!$%&'()*+,-./:;=@_~[]|"


class AddressError(ValueError):
    """`code` is Node's."""

    def __init__(self, message: str, code: str = "ERR_INVALID_URL") -> None:
        super().__init__(message)
        self.code = code


class Address(NamedTuple):
    """`host` is in ASCII, without the brackets of IPv6; `target` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str
    fragment: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        return self[:3]

    @property
    def netloc(self) -> str:
        """As the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def has_bad_port(self) -> bool:
        return self.port in _BAD_PORTS

    def __str__(self) -> str:
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}://{self.netloc}{self.target}{fragment}"


def parse(text: str) -> Address:
    """The address that a text means, as the URL standard reads it. Raises AddressError."""
    if len(text) > LONGEST:
        raise AddressError(f"Invalid URL: one of {len(text)} characters")
    text = _REMOVED.sub("", text.strip("".join(map(chr, range(0x21)))))
    found = _SCHEME.match(text)
    if found is None:
        raise AddressError("Invalid URL")
    scheme = found[1].lower()
    if scheme not in _PORTS:
        raise AddressError(f"unknown scheme: {scheme}", "ERR_INVALID_PROTOCOL")
    rest, _, fragment = text[found.end() :].partition("#")
    rest, question, query = rest.partition("?")
    rest = rest.replace("\\", "/").lstrip("/")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise AddressError("a URL that includes credentials; the header Authorization takes them")
    host, port = _host_and_port(authority, scheme)
    target = _path("/" + path)
    if question:
        target += "?" + _quoted(query, _SAFE.replace("'", "") + "/?{}`\\^")
    return Address(scheme, host, port, target, _quoted(fragment, _SAFE + "/?{}\\#^"))


def follow(base: Address, location: str) -> Address:
    """Where a redirect leads; the fragment stays if it brings none. Raises AddressError."""
    location = _REMOVED.sub("", location.strip())
    if len(location) > LONGEST:
        raise AddressError("Invalid URL")
    found = parse(location if _SCHEME.match(location) else _joined(base, location))
    return found if found.fragment else found._replace(fragment=base.fragment)


def _joined(base: Address, location: str) -> str:
    try:
        return urljoin(str(base._replace(fragment="")), location.replace("\\", "/"))
    except ValueError:
        raise AddressError("Invalid URL") from None


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{authority}")
        port = _PORTS[scheme] if parts.port is None else parts.port
        host = parts.hostname or ""
    except ValueError:
        raise AddressError("Invalid URL") from None
    if authority.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host)), port
        except ValueError:
            raise AddressError("Invalid URL") from None
    try:
        # A name is read with its escapes taken away, and looked up in the form that DNS has.
        host = unquote(host, errors="strict").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise AddressError("Invalid URL") from None
    if not host or _NO_HOST.search(host) or not authority.partition(":")[2].isascii():
        raise AddressError("Invalid URL")
    return _numbers(host) if _NUMBER.fullmatch(host) else host, port


def _numbers(host: str) -> str:
    """An address of IPv4, which may be written with fewer numbers, of base 8, 10 or 16."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
    except OSError:
        raise AddressError("Invalid URL") from None


def _path(path: str) -> str:
    """Without the steps `.` and `..`."""
    steps: list[str] = []
    parts = path.split("/")[1:]
    for at, part in enumerate(parts):
        plain = part.lower().replace("%2e", ".")
        if plain in (".", ".."):
            if plain == ".." and steps:
                steps.pop()
            if at == len(parts) - 1:
                steps.append("")
        else:
            steps.append(part)
    return "/" + _quoted("/".join(steps), _SAFE)


def _quoted(text: str, safe: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=safe)

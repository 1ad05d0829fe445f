"""Why a request has failed, with the codes and in the words of Node."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
import zlib
from typing import Any

# OpenSSL's X509_V_ERR numbers, by the names that Node has for them.
_CERTIFICATES = {
    9: "CERT_NOT_YET_VALID",
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    21: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    23: "CERT_REVOKED",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
    64: "ERR_TLS_CERT_ALTNAME_INVALID",
}
_NOT_FOUND = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class FetchError(Exception):
    """The cause of what the promise is rejected with; `details` are properties of that."""

    def __init__(self, message: str, code: str = "", **details: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


def failure_of(error: Exception, host: str) -> FetchError:
    """What was thrown while there was to do with this host."""
    match error:
        case FetchError():
            return error
        case socket.gaierror():
            code = "ENOTFOUND" if error.errno in _NOT_FOUND else _lookup_code(error.errno)
            told: dict[str, str | int] = {
                "errno": error.errno or 0,
                "syscall": "getaddrinfo",
                "hostname": host,
            }
            return FetchError(f"getaddrinfo {code} {host}", code, **told)
        case ssl.SSLCertVerificationError():
            code = _CERTIFICATES.get(error.verify_code, "ERR_TLS_CERT")
            return FetchError(f"{error.verify_message}", code)
        case ssl.SSLError():
            reason = error.reason or "failure"
            return FetchError(str(error), f"ERR_SSL_{reason}")
        case TimeoutError() if error.errno is None:
            return FetchError("The other side did not answer in time", "UND_ERR_SOCKET_TIMEOUT")
        case http.client.RemoteDisconnected() | http.client.IncompleteRead():
            return FetchError("other side closed", "UND_ERR_SOCKET")
        case OSError() if error.errno is not None:
            return _system_failure(error, "read")
        case zlib.error():
            return FetchError(f"The body can't be decompressed: {error}", "Z_DATA_ERROR")
    return FetchError(f"No valid HTTP: {type(error).__name__}: {str(error)[:200]}", "HPE_INVALID")


def connect_failure(error: OSError, address: str, port: int) -> FetchError:
    """Nobody listens there, or the network is not there."""
    if isinstance(error, TimeoutError) and error.errno is None:
        message = f"Connect Timeout Error (attempted address: {address}:{port})"
        return FetchError(message, "UND_ERR_CONNECT_TIMEOUT")
    return _system_failure(error, "connect", address=address, port=port)


def _system_failure(error: OSError, syscall: str, **details: Any) -> FetchError:
    number = error.errno or 0
    code = errno.errorcode.get(number, "EIO")
    where = f" {details['address']}:{details['port']}" if details else f": {os.strerror(number)}"
    return FetchError(f"{syscall} {code}{where}", code, errno=-number, syscall=syscall, **details)


def _lookup_code(number: int | None) -> str:
    names = (name for name in dir(socket) if name.startswith("EAI_"))
    return next((name for name in names if getattr(socket, name) == number), "EAI_FAIL")

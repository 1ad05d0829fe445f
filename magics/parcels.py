"""Values on their way between Python and isolates: copied, transferred, shared or referred to."""

from __future__ import annotations

import re
import time
from typing import Any, Literal, NamedTuple

from IPython.core.error import UsageError

from isolates import ExternalCopy, JSTypeError, Reference, TransferError, isolated_vm
from isolates.magics.cell import MAIN, Place
from isolates.magics.magic import Host
from isolates.magics.parser import MagicParser
from isolates.magics.tables import size_text, time_text
from isolates.magics.variables import Variables

Mode = Literal["copy", "transfer", "share", "reference"]

_HOW = {
    "copy": "a copy, the default; of a SharedArrayBuffer too, which has memory of its own then",
    "transfer": "an ArrayBuffer, or a view of one, moves from one isolate; what is left there is detached",
    "share": "a SharedArrayBuffer, or a view of one: the same memory on both sides",
    "reference": "an isolates.Reference to the value, which stays where it is; for Python and main",
}

# Strict, so that no getter of the value can ask who has called it.
_TAKE = "'use strict'; return new $1.ExternalCopy($0, {transferOut: true})"


def add_mode(parser: MagicParser) -> None:
    group = parser.add_mutually_exclusive_group()
    for mode, text in _HOW.items():
        group.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=text)
    parser.set_defaults(mode="copy")


class Parcel(NamedTuple):
    """A value that was taken somewhere. `how` says what happens to it.

    It crosses as it is, unless it is an ExternalCopy, of which each place gets what is in it.
    """

    value: Any
    how: str
    size: int | None
    started_s: float

    def for_isolate(self, host: Host, *, is_last: bool) -> Any:
        """What crosses. The last place gets the memory itself."""
        if not isinstance(self.value, ExternalCopy):
            return self.value
        if is_last:
            return self.value.copy_into(release=True, transfer_in=True)
        # Each place has a copy of its own, also of a SharedArrayBuffer.
        copied = host.unshared(self.value) if self.how == "copied" else self.value
        return copied.copy_into()

    def for_python(self) -> Any:
        if isinstance(self.value, ExternalCopy):
            return self.value.copy(release=True, transfer_in=True)
        return self.value

    def told(self, name: str) -> str:
        """The line that says what has crossed, now that it has; none for a function, which stays."""
        if self.how == "a function":
            return ""
        size = "" if self.size is None else f"{_size_text(self.size)} "
        return f"{name}: {size}in {_time_text(time.monotonic() - self.started_s)} ({self.how})\n"


def from_python(host: Host, name: str, value: object, mode: Mode, started_s: float) -> Parcel:
    """Raises UsageError, which does not name the magic, if the value can't go that way.

    `name` is what the value is called in that, and in a TransferError if it can't cross at all.
    """
    if mode == "transfer":
        raise UsageError(
            "--transfer: Python's memory can't be taken from it. --copy copies it, and an "
            "isolates.SharedArrayBuffer is the same memory on both sides"
        )
    if mode == "reference":
        return Parcel(Reference(value), "a reference", None, started_s)
    if mode == "copy" and callable(value):
        return Parcel(value, "a function", None, started_s)
    kind = f"a value of type {type(value).__name__}"
    try:
        copied = _copy_of(name, value)
    except TransferError as error:
        raise _refused(error, mode, kind) from None
    return _sized(host, copied, mode, kind, started_s)


def check_crossing(name: str, value: object, where: str) -> None:
    """Raises TransferError if a value of Python's can't be put into an isolate; `where` begins its text."""
    try:
        if not callable(value):
            _copy_of(name, value)
    except TransferError as error:
        error.args = (f"{where}{error}",)
        raise


def _copy_of(name: str, value: object) -> ExternalCopy:
    try:
        return ExternalCopy(value)
    except TransferError as error:
        # The place in the value, which begins at $.
        error.args = (re.sub(r"^\$(?=[ .\[])", lambda _: name, str(error)),)
        raise


async def from_isolate(
    host: Host, variables: Variables, name: str, mode: Mode, *, for_python: bool = False
) -> Parcel:
    """The same for a variable of JavaScript. Raises KeyError if there is none.

    Python gets functions as functions, and a reference to what can't be copied.
    """
    started_s = time.monotonic()
    reference = await variables.reference(name)
    if mode == "reference":
        return Parcel(reference, "a reference", None, started_s)
    if for_python and mode == "copy" and reference.typeof == "function":
        return Parcel(variables.function(reference), "a function", None, started_s)
    kind = f"{name}, which is of the type {reference.typeof},"
    try:
        copied = await _copied(variables, reference, is_taken=mode == "transfer")
    except (JSTypeError, TransferError) as error:
        if for_python and mode == "copy":
            return Parcel(reference, "a reference, as it can't be copied", None, started_s)
        reference.release()
        told = f"{str(error).rstrip('.')}. It stays where it is; Python and {MAIN} can have a --reference"
        error.args = (f"{name}: {told}" if mode == "copy" else told,)
        raise _refused(error, mode, kind) from None
    reference.release()
    return _sized(host, copied, mode, kind, started_s)


async def _copied(variables: Variables, reference: Reference, *, is_taken: bool) -> ExternalCopy:
    if is_taken:
        copied = await variables.eval_closure(_TAKE, [reference.deref_into(), isolated_vm()])
    else:
        copied = await variables.eval_closure("return $0", [reference.deref_into()], external_copy=True)
    assert isinstance(copied, ExternalCopy)
    return copied


def _refused(error: Exception, mode: Mode, kind: str) -> Exception:
    return error if mode == "copy" else UsageError(f"--{mode}: {kind} can't cross so: {error}")


def _sized(host: Host, copied: ExternalCopy, mode: Mode, kind: str, started_s: float) -> Parcel:
    own, shared = host.byte_counts(copied)
    if mode == "transfer" and (shared or not _is_buffer(copied)):
        what = "a SharedArrayBuffer's memory has no owner; --share is for it"
        raise UsageError(
            f"--transfer: {what if shared else f'{kind} is no ArrayBuffer and no view of one'}. "
            "All else can be copied, by --copy"
        )
    if mode == "share" and not (shared and _is_buffer(copied)):
        raise UsageError(
            f"--share: {kind} is no SharedArrayBuffer and no view of one. What is to be shared has to be "
            "made so: in JavaScript `new SharedArrayBuffer(bytes)`, in Python "
            "`isolates.SharedArrayBuffer(bytes)`"
        )
    if mode == "transfer":
        return Parcel(copied, "transferred", own, started_s)
    if mode == "share":
        return Parcel(copied, "shared", shared, started_s)
    if shared:
        copied = host.unshared(copied)
        own, shared = host.byte_counts(copied)
    return Parcel(copied, "copied", own + shared, started_s)


def _is_buffer(copied: ExternalCopy) -> bool:
    try:
        memoryview(copied).release()
    except BufferError:
        return False
    return True


def check_goal(place: Place, mode: Mode) -> None:
    """Raises UsageError, which does not name the magic, if JavaScript there can't have it so."""
    if mode == "reference" and place.isolate != MAIN:
        raise UsageError(
            f"--reference: the isolate {place.isolate!r} would get what reaches out of it. Only Python and "
            f"{MAIN} get references"
        )


def _size_text(size: int) -> str:
    return f"{size} bytes" if size < 1024 else size_text(size)


def _time_text(seconds: float) -> str:
    return "less than 1 ms" if seconds < 0.001 else time_text(seconds)

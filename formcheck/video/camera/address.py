"""Interpret the address of a camera: a device number, the URL of a stream, or a film's path."""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from formcheck.data.errors import UsageError
from formcheck.data.file_names import printable

AddressKind: TypeAlias = Literal["device", "stream", "film"]

NO_CAMERA_HINT = "See which cameras this machine has, and close other programs that use one."
NO_CAMERA_COMMAND = "doctor"
STREAM_HINT = (
    "Check that the phone is streaming, that it is on the same network as this computer, and that "
    "the address is right."
)

ADDRESS_HINT = "Give a device number, an rtsp:// or http:// address, or the path of a film."
MAX_DIGITS = 6
"""No system numbers its cameras higher, and OpenCV does not accept much larger numbers."""
_STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")


def kind_of(address: str) -> AddressKind:
    """Return whether an address is a device number, the URL of a stream, or a film's path.

    Raises
    ------
    UsageError
        The address is empty, the number is impossible, or the scheme is not supported.
    """
    if not address.strip():
        raise UsageError("the camera's address is empty", hint=ADDRESS_HINT)
    digits = address.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        if len(address) > MAX_DIGITS or digits != address:
            raise UsageError(
                f"no camera has the number {printable(address)}",
                hint=NO_CAMERA_HINT,
                command=NO_CAMERA_COMMAND,
            )
        return "device"
    scheme, separator, _ = address.partition("://")
    if not separator:
        return "film"
    if scheme.lower() not in _STREAM_SCHEMES:
        raise UsageError(
            f"a camera address cannot begin with '{printable(scheme)}'", hint=ADDRESS_HINT
        )
    return "stream"


def display_name(address: str) -> str:
    """Return the name of a camera to show, without user, password and query of its address."""
    if kind_of(address) == "device":
        return f"camera {address}"
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return printable(f"{parts.scheme}://{host}{parts.path}")


def hint_for(address: str) -> str:
    """Return what to do when this camera cannot be opened, or sends no frames."""
    return STREAM_HINT if kind_of(address) == "stream" else NO_CAMERA_HINT


def command_for(address: str) -> str:
    """Return the command that helps with it; empty when none does."""
    return "" if kind_of(address) == "stream" else NO_CAMERA_COMMAND

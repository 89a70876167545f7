"""What a camera's address means: a device number, a stream, or a film."""

from __future__ import annotations

from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from formcheck.data.errors import UsageError
from formcheck.video.file_names import printable

AddressKind: TypeAlias = Literal["device", "stream", "film"]

NO_CAMERA_HINT = (
    "Run `formcheck live --list-cameras` and `formcheck doctor`; close other programs that use it."
)
STREAM_HINT = (
    "Is the phone streaming, is it on the same network as this computer, and is the address right?"
)

ADDRESS_HINT = "Give a device number, an rtsp:// or http:// address, or the path of a film."
MOST_DIGITS = 6
"""No system counts its cameras beyond that, and OpenCV takes no number much larger."""
_STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")


def kind_of(address: str) -> AddressKind:
    """Tell digits from a stream's address from the path of a film.

    Raises
    ------
    UsageError
        It is empty, or of a kind that cannot be read.
    """
    if not address.strip():
        raise UsageError("the camera's address is empty", hint=ADDRESS_HINT)
    digits = address.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        if len(address) > MOST_DIGITS or digits != address:
            raise UsageError(f"no camera has the number {printable(address)}", hint=NO_CAMERA_HINT)
        return "device"
    scheme, separator, _ = address.partition("://")
    if not separator:
        return "film"
    if scheme.lower() not in _STREAM_SCHEMES:
        raise UsageError(
            f"'{printable(scheme)}' is no address that a camera can have",
            hint=ADDRESS_HINT,
        )
    return "stream"


def shown(address: str) -> str:
    """Name a camera without what is secret in its address: user, password and query."""
    if kind_of(address) == "device":
        return f"camera {address}"
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return printable(f"{parts.scheme}://{host}{parts.path}")


def hint_for(address: str) -> str:
    """Say what to do when this camera cannot be opened, or gives no picture."""
    return STREAM_HINT if kind_of(address) == "stream" else NO_CAMERA_HINT

"""Find out why an address cannot be opened as a camera, to give the user a useful error.

It is used after opening has failed. For a network stream FFmpeg is asked, which reports more than
OpenCV; for anything else it is guessed what the user may have meant.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import av
from av.error import (
    ArgumentError,
    ExitError,
    FFmpegError,
    HTTPClientError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPServerError,
    HTTPUnauthorizedError,
    InvalidDataError,
)

from formcheck.data.errors import SourceError
from formcheck.data.file_names import printable
from formcheck.video.camera.address import ADDRESS_HINT, STREAM_HINT, display_name
from formcheck.video.camera.driver import FoundCamera

ANSWER_WITHIN_S = 4.0
"""How long a server may take to answer. Our choice."""

_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_HOST_AND_PORT = re.compile(r"(?P<host>[\w-]{2,}(?:\.[\w-]+)*)(?P<port>:\d{1,5})?(?:/\S*)?")
_DEVICE = re.compile(r"/dev/video(\d{1,3})")
_FILM = re.compile(r"\.\w{2,4}$")
LONGEST_NAME = 60
"""Longer than any name of a camera. Our choice."""

_PATH_HINT = (
    "Look in the phone's camera app for the address of its video, often ending in /video or /live."
)
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body)", re.IGNORECASE)


def stream_problem(address: str) -> SourceError | None:
    """Say what is wrong with the address of a stream that could not be opened.

    ``None`` when the server answers as it should.

    Parameters
    ----------
    address
        An ``http``, ``https``, ``rtsp`` or ``rtsps`` address.
    """
    try:
        av.open(address, timeout=ANSWER_WITHIN_S).close()
    except (FFmpegError, OSError) as error:
        return _worded(address, error)
    return None


def _worded(address: str, error: Exception) -> SourceError:
    """Put an error of FFmpeg into words; its own text would show the address with the password."""
    name, parts = display_name(address), urlsplit(address)
    where = printable(parts.netloc.rpartition("@")[2])
    if isinstance(error, HTTPUnauthorizedError):
        return _login_problem(name, parts)
    if isinstance(error, HTTPForbiddenError):
        return SourceError(f"{name} refuses access (403)", hint="Allow it on the camera or phone.")
    if isinstance(error, HTTPNotFoundError):
        return SourceError(f"{name} does not exist on that server (404)", hint=_PATH_HINT)
    if isinstance(error, HTTPClientError | HTTPServerError):
        kind = "an error" if isinstance(error, HTTPServerError) else "a refusal"
        return SourceError(f"{name} answers with {kind}", hint=STREAM_HINT)
    if isinstance(error, ConnectionRefusedError):
        return SourceError(
            f"{name} cannot be opened: no server is running on {where}", hint=STREAM_HINT
        )
    if isinstance(error, TimeoutError | ExitError):
        return SourceError(
            f"{name} cannot be opened: no answer within {ANSWER_WITHIN_S:.0f} s", hint=STREAM_HINT
        )
    if isinstance(error, ArgumentError):
        return SourceError(f"{name} is not a valid address", hint=ADDRESS_HINT)
    if parts.scheme.lower() in ("http", "https"):
        if _WEB_PAGE.match(_first_bytes(address)):
            return SourceError(f"{name} is a web page, not a video stream", hint=_PATH_HINT)
        if isinstance(error, InvalidDataError):
            return SourceError(f"{name} answers, but not with a video stream", hint=_PATH_HINT)
    host = printable(parts.hostname or "")
    if getattr(error, "errno", None) == errno.EIO and not _IP.fullmatch(host):
        return SourceError(
            f"{name} cannot be opened: there may be no computer called {host}", hint=STREAM_HINT
        )
    return SourceError(f"{name} cannot be opened", hint=STREAM_HINT)


def _login_problem(name: str, parts: SplitResult) -> SourceError:
    """Return the error for a missing or wrong user and password."""
    if parts.username:
        return SourceError(
            f"{name} refuses this user and password (401)",
            hint="Check both in the phone's camera app.",
        )
    host = printable(parts.netloc + parts.path)
    return SourceError(
        f"{name} asks for a user and a password (401)",
        hint=f"Put them into the address: {parts.scheme}://USER:PASSWORD@{host}.",
    )


def _first_bytes(address: str) -> bytes:
    """Return the first bytes that a server sends; empty when nothing can be read."""
    try:
        with av.open(address, format="data", timeout=ANSWER_WITHIN_S) as answer:
            return bytes(next(answer.demux()))
    except (FFmpegError, OSError, StopIteration):
        return b""


def no_film_problem(
    address: str, cameras: Callable[[], Sequence[FoundCamera]]
) -> SourceError | None:
    """Say what the user may have meant by an address that is not a file; ``None`` for a film.

    Parameters
    ----------
    address
        The address that was given.
    cameras
        Returns the cameras of this computer; called only when the address may be a camera's name.
    """
    wanted, shown = address.strip(), printable(address.strip())
    device = _DEVICE.fullmatch(wanted)
    if device is not None:
        return SourceError(
            f"'{shown}' is a camera, not a film", hint=f"Give its number: {device[1]}."
        )
    if Path(address).exists():
        return None
    network = _HOST_AND_PORT.fullmatch(wanted)
    if network is not None and (network["port"] or _IP.fullmatch(network["host"])):
        return SourceError(
            f"there is no film '{shown}'; it looks like a network address",
            hint=f"Write it in full: http://{shown} or rtsp://{shown}.",
        )
    if _FILM.search(wanted) or "/" in wanted or "\\" in wanted or len(wanted) > LONGEST_NAME:
        return None
    found = cameras()
    named = [one for one in found if wanted.casefold() in one.name.casefold()]
    if len(named) == 1:
        return SourceError(
            f"'{shown}' is the name of a camera, not of a film",
            hint=f"Give its number: {named[0].number} ({named[0].name}).",
        )
    listed = ", ".join(
        f"{one.number} ({one.name})" if one.name else str(one.number) for one in found
    )
    return SourceError(
        f"there is no film and no camera '{shown}'",
        hint=f"Cameras of this machine: {listed or 'none'}. {ADDRESS_HINT}",
    )

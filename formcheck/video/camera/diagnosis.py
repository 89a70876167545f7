"""Find out why a network stream, or something that is no film, cannot be opened as a camera.

Called only after opening it failed. Nothing is asked but the address the user gave.
"""

from __future__ import annotations

import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from formcheck.data.errors import SourceError
from formcheck.video.camera.address import ADDRESS_HINT, STREAM_HINT, display_name
from formcheck.video.camera.driver import FoundCamera
from formcheck.video.file_names import printable

ANSWER_WITHIN_S = 4.0
_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_STATUS_LINE = re.compile(rb"^RTSP/\d\.\d (\d{3})")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_HOST_AND_PORT = re.compile(r"(?P<host>[\w-]{2,}(?:\.[\w-]+)*)(?P<port>:\d{1,5})?(?:/\S*)?")
_DEVICE = re.compile(r"/dev/video(\d{1,3})")
_FILM = re.compile(r"\.\w{2,4}$")
LONGEST_NAME = 60
"""Longer than any name of a camera. Ours."""

_LOGIN_HINT = "Put user and password into the address: {scheme}://USER:PASSWORD@{host}."
_PATH_HINT = (
    "The address is that of a page or of nothing. Look in the phone's camera app for the address "
    "of its video, often ending in /video or /live."
)


def stream_problem(address: str) -> SourceError | None:
    """Ask the server of a stream that could not be opened; ``None`` when its answer is fine.

    Parameters
    ----------
    address
        An ``http``, ``https``, ``rtsp`` or ``rtsps`` address.
    """
    parts = urlsplit(address)
    try:
        unreachable = _why_unreachable(parts)
    except ValueError:  # the port is no number
        return SourceError(f"{display_name(address)} is not a valid address", hint=ADDRESS_HINT)
    name = display_name(address)
    if unreachable is not None:
        return SourceError(f"{name} cannot be opened: {unreachable}", hint=STREAM_HINT)
    scheme = parts.scheme.lower()
    if scheme == "rtsp":
        if parts.username:  # asked without it, the server would refuse in any case
            return None
        return _status_problem(name, parts, _rtsp_status(parts))
    if scheme in ("http", "https"):
        status, content = _http_answer(parts)
        if content == "text/html" and (status is None or status < 400):
            return SourceError(f"{name} is a web page, not a video stream", hint=_PATH_HINT)
        return _status_problem(name, parts, status)
    return None


def no_film_problem(
    address: str, cameras: Callable[[], Sequence[FoundCamera]]
) -> SourceError | None:
    """Say what an address may have been meant for that is no file; ``None`` when for a film.

    Parameters
    ----------
    address
        What was given.
    cameras
        Lists the cameras of this computer; called only for what may be the name of one.
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


def _why_unreachable(parts: SplitResult) -> str | None:
    """Return why no connection to the server is possible; ``None`` when it is."""
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme.lower()]
    if not host:
        return "the address names no computer"
    where = f"{printable(host)}, port {port}"
    try:
        socket.create_connection((host, port), ANSWER_WITHIN_S).close()
    except socket.gaierror:
        return f"no computer is called {printable(host)}"
    except TimeoutError:
        return f"no answer from {where} within {ANSWER_WITHIN_S:.0f} s"
    except ConnectionRefusedError:
        return f"no server is running on {where}"
    except OSError as error:
        return f"{where} cannot be reached ({error.strerror or error})"
    return None


def _status_problem(name: str, parts: SplitResult, status: int | None) -> SourceError | None:
    host = printable(parts.netloc.rpartition("@")[2] + parts.path)
    if status in (401, 407):
        if parts.username:
            return SourceError(
                f"{name} refuses this user and password ({status})",
                hint="Check both in the phone's camera app.",
            )
        hint = _LOGIN_HINT.format(scheme=parts.scheme, host=host)
        return SourceError(f"{name} asks for a user and a password ({status})", hint=hint)
    if status == 403:
        return SourceError(f"{name} refuses access (403)", hint="Allow it on the camera or phone.")
    if status == 404:
        return SourceError(f"{name} does not exist on that server (404)", hint=_PATH_HINT)
    if status is not None and status >= 400:
        return SourceError(f"{name} answers with error {status}", hint=STREAM_HINT)
    return None


def _http_answer(parts: SplitResult) -> tuple[int | None, str]:
    """Return the status and the type of content of an HTTP answer; its body is not read."""
    netloc = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if parts.username:
        logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        logins.add_password(None, url, unquote(parts.username), unquote(parts.password or ""))
        handlers.append(urllib.request.HTTPBasicAuthHandler(logins))
        handlers.append(urllib.request.HTTPDigestAuthHandler(logins))
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(url, timeout=ANSWER_WITHIN_S) as answer:
            return answer.status, answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type()
    except (OSError, ValueError):  # it speaks another protocol, or stopped answering
        return None, ""


def _rtsp_status(parts: SplitResult) -> int | None:
    """Return the status of an RTSP answer; ``None`` without one, or when a login was given."""
    host, port = parts.hostname, parts.port or _PORTS["rtsp"]
    target = urlunsplit(("rtsp", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    asks = f"DESCRIBE {target} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    try:
        with socket.create_connection((host or "", port), ANSWER_WITHIN_S) as connection:
            connection.settimeout(ANSWER_WITHIN_S)
            connection.sendall(asks.encode("utf-8", "replace"))
            found = _STATUS_LINE.match(connection.recv(64))
    except OSError:
        return None
    return int(found[1]) if found else None

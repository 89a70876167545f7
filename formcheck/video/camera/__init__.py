"""Live sources of frames: a camera, a network stream, a film played like a camera, a web page.

``camera_source`` captures in a thread; ``buffered_source`` and ``frame_buffer`` pass frames on and
count dropped ones; ``driver`` uses OpenCV; ``played_film`` plays a film; ``sent_pictures`` takes
pictures that a page in the browser sends; ``address`` tells what kind an address is, and
``diagnosis`` why it could not be opened. ``interface`` holds what they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.data.errors import SourceError
from formcheck.data.file_names import printable
from formcheck.video.camera.address import ADDRESS_HINT, kind_of
from formcheck.video.camera.camera_source import CameraSource
from formcheck.video.camera.diagnosis import no_film_problem, stream_problem
from formcheck.video.camera.driver import FoundCamera, list_cameras, open_capture
from formcheck.video.camera.interface import Capture, OnWait, Waiting
from formcheck.video.camera.played_film import PlayedFilmSource

__all__ = [
    "CameraSource",
    "Capture",
    "FoundCamera",
    "OnWait",
    "PlayedFilmSource",
    "Waiting",
    "list_cameras",
    "open_camera",
    "open_capture",
]


def open_camera(
    address: str,
    *,
    on_wait: OnWait | None = None,
    mirrored: bool = False,
    turn_deg: int = 0,
    remarks: Sequence[str] = (),
    lossless: bool = False,
    paced: bool = True,
) -> CameraSource | PlayedFilmSource:
    """Open a device by its number, a stream by its address, or a film by its path.

    Parameters
    ----------
    address
        A device number (``"0"``), an ``rtsp://`` or ``http://`` address, or the path of a film.
    on_wait
        Called about ten times a second while no frame arrives.
    mirrored
        Whether left and right are swapped in the frames; they are flipped back.
    turn_deg
        Clockwise turn of the frames, before they are flipped: 0, 90, 180 or 270.
    remarks
        What is known about a film before it is played, in whole sentences.
    lossless, paced
        How a film is played; see :class:`PlayedFilmSource`.

    Raises
    ------
    SourceError
        It cannot be opened, or sends no frames.
    UsageError
        The address is empty or not supported.
    """
    kind = kind_of(address)
    if kind == "film":
        problem = no_film_problem(address, list_cameras)
        if problem is not None:
            raise problem
        if Path(address).is_dir():
            raise SourceError(
                f"'{printable(address)}' is a folder, not a camera or a film", hint=ADDRESS_HINT
            )
        return PlayedFilmSource(
            address,
            lossless=lossless,
            paced=paced,
            on_wait=on_wait,
            mirrored=mirrored,
            turn_deg=turn_deg,
            remarks=remarks,
        )
    try:
        return CameraSource(address, on_wait=on_wait, mirrored=mirrored, turn_deg=turn_deg)
    except SourceError as error:
        problem = stream_problem(address) if kind == "stream" else None
        raise problem or error from None

"""Pictures taken now: a device, a stream, or a film that plays the part of a camera.

``source`` captures in a thread, ``newest`` hands over and counts, ``driver`` speaks to OpenCV,
``played`` plays a film, ``address`` tells them apart.
"""

from __future__ import annotations

from pathlib import Path

from formcheck.data.errors import SourceError
from formcheck.video.camera.address import ADDRESS_HINT, kind_of
from formcheck.video.camera.interface import Capture, OnWait, Waiting
from formcheck.video.camera.driver import FoundCamera, list_cameras, open_capture
from formcheck.video.camera.played_film import PlayedFilmSource
from formcheck.video.camera.camera_source import CameraSource
from formcheck.video.file_names import printable

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
    lossless: bool = False,
    paced: bool = True,
) -> CameraSource | PlayedFilmSource:
    """Open a device by its number, a stream by its address, or else a film by its path.

    ``lossless`` and ``paced`` say how a film is played; see :class:`PlayedFilmSource`.

    Raises
    ------
    SourceError
        It cannot be opened, or gives no picture.
    UsageError
        An address of a kind that cannot be read.
    """
    if kind_of(address) == "film":
        if Path(address).is_dir():
            raise SourceError(
                f"'{printable(address)}' is a folder, not a camera or a film", hint=ADDRESS_HINT
            )
        return PlayedFilmSource(
            address, lossless=lossless, paced=paced, on_wait=on_wait, mirrored=mirrored
        )
    return CameraSource(address, on_wait=on_wait, mirrored=mirrored)

"""Open and list cameras with OpenCV, which is loaded at the first use."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.file_names import printable
from formcheck.video.camera.address import command_for, display_name, hint_for, kind_of

_WANTED_SIZE_PX = (1280, 720)
_WANTED_RATE_HZ = 30
"""Size and rate that a camera is asked for."""
_STREAM_TIMEOUT_MS = 5_000
"""Timeout for opening and reading a stream."""
_PROBED_NUMBERS = range(6)
"""Device numbers that are tried where the system does not list its cameras."""
_LINUX_CAMERAS = Path("/sys/class/video4linux")
"""Where Linux lists its cameras."""


@dataclass(frozen=True)
class FoundCamera:
    """A camera of this computer; ``name`` is empty when the system does not provide one."""

    number: int
    name: str = ""


class _OpenCvCapture:
    """An open ``cv2.VideoCapture``."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture

    def read(self) -> ImageArray | None:
        cv2 = _load_opencv()
        ok, image = self._capture.read()
        return cast(ImageArray, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)) if ok else None

    def close(self) -> None:
        self._capture.release()


def open_capture(address: str) -> _OpenCvCapture:
    """Open a device by its number, or a stream by its address.

    A device is asked for 1280 x 720 at 30 Hz as motion JPEG, because few cameras send more than
    ten uncompressed frames of that size a second; it uses the nearest mode it has. Opening and
    reading a stream time out after five seconds.

    Raises
    ------
    SourceError
        It cannot be opened.
    """
    cv2 = _load_opencv()
    if kind_of(address) == "device":
        capture = cv2.VideoCapture(int(address), _device_backend(cv2))
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WANTED_SIZE_PX[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _WANTED_SIZE_PX[1])
            capture.set(cv2.CAP_PROP_FPS, _WANTED_RATE_HZ)
    else:
        limits = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STREAM_TIMEOUT_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STREAM_TIMEOUT_MS),
            # Each additional decoding thread would delay the stream by a frame.
            *(cv2.CAP_PROP_N_THREADS, 1),
        ]
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"{display_name(address)} cannot be opened",
            hint=hint_for(address),
            command=command_for(address),
        )
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return _OpenCvCapture(capture)


def list_cameras(linux_cameras: Path = _LINUX_CAMERAS) -> tuple[FoundCamera, ...]:
    """List the cameras of this computer, lowest number first.

    On Linux the system lists them and none is opened. On other systems the device numbers 0 to 5
    are opened one by one, and names are unknown.
    """
    if sys.platform.startswith("linux"):
        return _linux_cameras(linux_cameras)
    return tuple(FoundCamera(number) for number in _PROBED_NUMBERS if _can_open(number))


def _linux_cameras(folder: Path) -> tuple[FoundCamera, ...]:
    found = [
        FoundCamera(int(device.name[5:]), printable(_read_line(device / "name")))
        for device in folder.glob("video[0-9]*")
        # A camera's other devices carry metadata, not frames.
        if _read_line(device / "index") in {"0", ""}
    ]
    return tuple(sorted(found, key=lambda camera: camera.number))


def _read_line(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""


def _can_open(number: int) -> bool:
    try:
        open_capture(str(number)).close()
    except SourceError:
        return False
    return True


def _device_backend(cv2: Any) -> int:
    """Return the system's own camera backend; OpenCV would try several and log each failure."""
    if sys.platform.startswith("linux"):
        return int(cv2.CAP_V4L2)
    if sys.platform == "win32":
        return int(cv2.CAP_DSHOW)
    return int(cv2.CAP_AVFOUNDATION if sys.platform == "darwin" else cv2.CAP_ANY)


def _load_opencv() -> Any:
    """Load OpenCV with all its logging turned off: failures are reported as errors."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # OpenCV can request camera permission in the main thread only; macOS requests it anyway.
    os.environ.setdefault("OPENCV_AVFOUNDATION_SKIP_AUTH", "1")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def letterboxed(image: ImageArray, size_px: tuple[int, int]) -> ImageArray:
    """Scale an image to fit into another size with black borders, which preserves all angles.

    Parameters
    ----------
    image
        RGB, shape (height, width, 3).
    size_px
        Width and height of the result.
    """
    cv2 = _load_opencv()
    height, width = image.shape[:2]
    scale = min(size_px[0] / width, size_px[1] / height)
    scaled_px = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.zeros((size_px[1], size_px[0], 3), np.uint8)
    left, top = (size_px[0] - scaled_px[0]) // 2, (size_px[1] - scaled_px[1]) // 2
    scaled = cv2.resize(image, scaled_px, interpolation=cv2.INTER_AREA)
    canvas[top : top + scaled_px[1], left : left + scaled_px[0]] = scaled
    return canvas

"""Trials of the libraries that hold native code, each run in a process of its own.

A graphics library that is missing or broken can end the process that loads it, so ``doctor``
runs ``python -m formcheck.cli.probes NAME`` and reads one line of JSON from it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict


def opencv() -> dict[str, str]:
    """Load OpenCV; give its version."""
    import cv2

    return {"version": cv2.__version__}


def pose() -> dict[str, str]:
    """Load MediaPipe and make a picture of its own, which loads the native library."""
    import mediapipe
    import numpy as np

    picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.zeros((8, 8, 3), np.uint8))
    return {"version": mediapipe.__version__, "picture": f"{picture.width} x {picture.height}"}


def codecs() -> dict[str, bool]:
    """Ask PyAV's FFmpeg which of the codecs that matter it has."""
    from av.codec.codec import Codec, UnknownCodecError

    def has(name: str, mode: str) -> bool:
        try:
            Codec(name, "w" if mode == "encode" else "r")
        except UnknownCodecError:
            return False
        return True

    return {
        "h264 decode": has("h264", "decode"),
        "hevc decode": has("hevc", "decode"),
        "libx264 encode": has("libx264", "encode"),
    }


def cameras() -> dict[str, object]:
    """List the cameras."""
    from formcheck.sources.camera import list_cameras

    return {"cameras": [asdict(camera) for camera in list_cameras()]}


def camera(number: str) -> dict[str, bool]:
    """Open a camera for one frame; no window is opened."""
    from formcheck.errors import SourceError
    from formcheck.sources.camera import open_capture

    try:
        capture = open_capture(number)
    except SourceError:
        return {"gave a frame": False}
    try:
        return {"gave a frame": capture.read() is not None}
    finally:
        capture.close()


PROBES: Mapping[str, Callable[..., Mapping[str, object]]] = {
    "opencv": opencv,
    "pose": pose,
    "codecs": codecs,
    "cameras": cameras,
    "camera": camera,
}


def main() -> None:
    """Run the probe named on the command line; anything that fails ends the process."""
    name, *args = sys.argv[1:]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.stdout.write(json.dumps(PROBES[name](*args)) + "\n")


if __name__ == "__main__":
    main()

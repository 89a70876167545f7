"""Tests of the libraries with native code, for the command ``doctor``, each in a separate process.

A missing or broken system library can end the process that loads it. So ``doctor`` runs
``python -m formcheck.cli.probes NAME`` and reads one line of JSON from its output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

POSES_TRIED = 60
"""Frames on which the speed of the pose model is measured."""
RATE_HZ = 30.0
"""Frame rate of the simulated film for this."""


def opencv() -> dict[str, str]:
    """Load OpenCV; return its version."""
    import cv2

    return {"version": cv2.__version__}


def pose() -> dict[str, str]:
    """Load MediaPipe and make an image, which loads the native library."""
    import mediapipe
    import numpy as np

    image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.zeros((8, 8, 3), np.uint8))
    return {"version": mediapipe.__version__, "image": f"{image.width} x {image.height}"}


def speed() -> dict[str, object]:
    """Run the pose model many times on the picture of a person that comes with formcheck.

    Return the number of poses a second, and whether the person was found every time.
    """
    from formcheck.data.frame import Frame
    from formcheck.pose.estimator import EstimatedFrames
    from formcheck.pose.mediapipe_estimator import MediaPipeEstimator, sample_person

    image = sample_person()
    frames = [Frame(index, index / RATE_HZ, image) for index in range(POSES_TRIED)]
    with MediaPipeEstimator() as estimator:
        estimator.warm_up()
        start_s = time.perf_counter()
        seen = [
            sample is not None and sample.seen
            for _, sample in EstimatedFrames(frames, estimator, lambda: True)
        ]
        took_s = time.perf_counter() - start_s
    return {"poses a second": len(seen) / took_s, "seen": all(seen)}


def codecs() -> dict[str, bool]:
    """Return which of the needed codecs the FFmpeg of PyAV has."""
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
    """Return the cameras of this computer."""
    from formcheck.video.camera import list_cameras

    return {"cameras": [asdict(camera) for camera in list_cameras()]}


def camera(number: str) -> dict[str, bool]:
    """Return whether a camera delivers a frame; no window is opened."""
    from formcheck.data.errors import SourceError
    from formcheck.video.camera import open_capture

    try:
        capture = open_capture(number)
    except SourceError:
        return {"gave a frame": False}
    try:
        return {"gave a frame": capture.read() is not None}
    finally:
        capture.close()


def sound() -> dict[str, str | None]:
    """Open the audio device; return the reason if there is no sound."""
    from formcheck.coach.sound.speaker import open_speaker

    speaker = open_speaker()
    try:
        return {"why silent": speaker.why_silent}
    finally:
        speaker.close()


def voice() -> dict[str, str | None]:
    """Load the speech engine; return the reason if it cannot speak."""
    from formcheck.coach.voice import why_cannot_speak

    return {"why silent": why_cannot_speak()}


PROBES: Mapping[str, Callable[..., Mapping[str, object]]] = {
    "opencv": opencv,
    "pose": pose,
    "speed": speed,
    "codecs": codecs,
    "cameras": cameras,
    "camera": camera,
    "sound": sound,
    "voice": voice,
}


def main() -> None:
    """Run the probe named on the command line; an error ends the process."""
    name, *args = sys.argv[1:]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.stdout.write(json.dumps(PROBES[name](*args)) + "\n")


if __name__ == "__main__":
    main()

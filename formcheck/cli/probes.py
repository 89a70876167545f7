"""Tests of the libraries that hold native code, each run in a separate process.

A graphics library that is missing or broken can end the process that loads it, so ``doctor``
runs ``python -m formcheck.cli.probes NAME`` and reads one line of JSON from it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

POSES_TRIED = 60
RATE_HZ = 30.0


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
    """Estimate the pose of the person in formcheck's own test image, repeatedly.

    Returns how many poses a second this machine manages, and whether each frame showed a person.
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
    """Report which of the needed codecs PyAV's FFmpeg has."""
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
    from formcheck.video.camera import list_cameras

    return {"cameras": [asdict(camera) for camera in list_cameras()]}


def camera(number: str) -> dict[str, bool]:
    """Open a camera for one frame; no window is opened."""
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
    """Open the audio device; give the reason when there is no sound."""
    from formcheck.coach.sound.speaker import open_speaker

    speaker = open_speaker()
    try:
        return {"why silent": speaker.why_silent}
    finally:
        speaker.close()


def voice() -> dict[str, str | None]:
    """Load the speech engine; give the reason when it cannot speak."""
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
    """Run the probe named on the command line; anything that fails ends the process."""
    name, *args = sys.argv[1:]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.stdout.write(json.dumps(PROBES[name](*args)) + "\n")


if __name__ == "__main__":
    main()

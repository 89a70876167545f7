"""How late a live session shows its pictures, and whether it drops any.

    python benchmarks/latency.py [FILM] [--exercise ID] [--seconds S] [--no-video] [--record]

The film is looped and put into pictures of 1280 x 720 at 30 frames a second, and played as a
camera would: a frame that comes while the one before is still being looked at waits for a tenth of
a second at most, and then gives way to a newer one. Late is the time from when a frame was due
until it stood in the window, or, without a display, until all that it led to was done. Where Xvfb
is installed the window opens on a virtual display of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from formcheck.app.live import run_live
from formcheck.app.options import LiveOptions
from formcheck.video.encoder import VideoWriter
from formcheck.video.film import VideoSource

SIZE_PX = (1280, 720)
RATE_HZ = 30.0


def as_from_a_camera(film: Path, target: Path, seconds: float) -> None:
    """Write the film again and again into one of the wanted length, size and rate."""
    frames = round(seconds * RATE_HZ)
    written = 0
    with VideoWriter(target, SIZE_PX, crf=20, preset="ultrafast") as writer:
        while written < frames:
            with VideoSource(film) as source:
                for frame in source:
                    if frame.t_s * RATE_HZ < frame.index - 0.5:
                        continue  # a film of more frames a second gives some up
                    writer.write(in_the_middle(frame.image), written / RATE_HZ)
                    written += 1
                    if written == frames:
                        break


def in_the_middle(image: np.ndarray) -> np.ndarray:
    """Fit a picture into the camera's size; grey fills the rest."""
    height, width = image.shape[:2]
    scale = min(SIZE_PX[0] / width, SIZE_PX[1] / height)
    size = (round(scale * width), round(scale * height))
    canvas = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, np.uint8)
    left, top = (SIZE_PX[0] - size[0]) // 2, (SIZE_PX[1] - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size)
    return canvas


@contextmanager
def a_display() -> Iterator[str | None]:
    """A virtual display if there can be one, else the one there is, else ``None``."""
    server = shutil.which("Xvfb")
    if server is None:
        yield os.environ.get("DISPLAY")
        return
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writer), "-screen", "0", "1280x720x24", "-noreset"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            name = f":{told.readline().strip()}"
        os.environ["DISPLAY"] = name
        yield name
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Measure the latency of a live session.")
    parser.add_argument(
        "film", type=Path, nargs="?", default=Path("sample_videos/step_down_front_left.mp4")
    )
    parser.add_argument("--exercise", default="step_down")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--no-video", action="store_true", help="without annotated.mp4")
    parser.add_argument("--record", action="store_true", help="with raw.mp4")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, a_display() as display:
        camera = Path(folder) / "camera.mp4"
        as_from_a_camera(args.film, camera, args.seconds)
        before = os.times()
        outcome = run_live(
            LiveOptions(
                camera=str(camera),
                exercise=args.exercise,
                reps=1000,
                quiet_s=float("inf"),
                headless=display is None,
                muted=True,
                stay_s=0.0,
                video_out=not args.no_video,
                record=args.record,
            ),
            Path(folder) / "session",
        )
        after = os.times()
    busy_s = (after.user + after.system) - (before.user + before.system)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    where = "headless" if display is None else f"in a window on {display}"
    print(f"{args.film.name}, 1280 x 720 at 30 Hz, {args.seconds:.0f} s, {where}")
    print(f"{os.cpu_count()} processors, load {load} (1, 5 and 15 minutes) with this one in it")
    print(f"processor time: {1000 * busy_s / outcome.session.source.frames:.0f} ms a frame")
    print(f"{len(outcome.session.reps)} repetitions")
    if outcome.latency is None:
        print("no frame said when it was taken")
        return 1
    found = outcome.latency
    print(
        f"delay from camera to screen: median {found.median_ms:.0f} ms, 95 % within "
        f"{found.p95_ms:.0f} ms, 99 % within {found.p99_ms:.0f} ms; {found.dropped} of "
        f"{found.frames + found.dropped} frames dropped"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How long an analysis takes, as a ratio to the pose model alone.

    python benchmarks/throughput.py [FILM] [--exercise ID] [--rounds N]

In one run, over the same film: MediaPipe frame by frame in video mode (decode included, nothing
else), ``formcheck analyze --no-video`` and ``formcheck analyze`` with the annotated video. The
three take turns, and the fastest of the rounds counts: anything slower is the machine's doing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from formcheck.analyze import analyze_video
from formcheck.pose.model import find_model
from formcheck.pose.quiet import native_stderr_silenced


def bare_inference(film: Path) -> int:
    """Plain MediaPipe over the film, one frame after the other; gives the number of frames."""
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_model().path)),
        running_mode=vision.RunningMode.VIDEO,
    )
    count = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker, av.open(film) as file:
        for frame in file.decode(video=0):
            picture = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB,
                data=np.ascontiguousarray(frame.to_ndarray(format="rgb24")),
            )
            landmarker.detect_for_video(picture, round(1000 * frame.time))
            count += 1
    return count


def analysis(film: Path, exercise: str, *, video_out: bool) -> None:
    """The whole product over the film, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        analyze_video(film, exercise=exercise, out=Path(folder) / "out", video_out=video_out)


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Time formcheck against bare inference.")
    parser.add_argument(
        "film", type=Path, nargs="?", default=Path("sample_videos/step_down_front_left.mp4")
    )
    parser.add_argument("--exercise", default="step_down")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    works: dict[str, Callable[[], object]] = {
        "MediaPipe alone": lambda: bare_inference(args.film),
        "analyze --no-video": lambda: analysis(args.film, args.exercise, video_out=False),
        "analyze": lambda: analysis(args.film, args.exercise, video_out=True),
    }
    with native_stderr_silenced():
        frames = bare_inference(args.film)  # warms caches and imports
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(args.rounds):
            for name, work in works.items():
                taken[name].append(seconds(work))
    base = min(taken["MediaPipe alone"])
    print(f"{args.film.name}: {frames} frames, fastest of {args.rounds} rounds\n")
    print("| | seconds | ms a frame | ratio |\n|---|---|---|---|")
    for name, times in taken.items():
        best = min(times)
        print(f"| {name} | {best:.1f} | {1000 * best / frames:.1f} | {best / base:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

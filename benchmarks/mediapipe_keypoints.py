"""Baseline: the keypoints of MediaPipe as everybody gets them, for ``score.py``.

    python benchmarks/mediapipe_keypoints.py OUT [--clips FOLDER ...] [--model FILE.task]

Every clip goes through MediaPipe's PoseLandmarker in VIDEO mode, with the film's own times and the
model's own smoothing, one person, default thresholds, and nothing else: none of formcheck's pose
code. OUT gets one ``NAME.csv`` for each clip; clips that are there already are left alone. Without
a model it is the full one that comes with formcheck; lite and heavy run when their file is given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.native_stderr import native_stderr_silenced
from formcheck.pose.mediapipe_estimator import LANDMARKS
from formcheck.pose.model import find_model
from formcheck.video.film import VideoSource

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from scoreboard.keypoint_files import write_csv
from scoreboard.published import PUBLISHED, clips_in


def keypoints_of(film: Path, model: Path) -> Iterator[PoseSample]:
    """Run MediaPipe on a film, frame by frame."""
    import mediapipe
    from mediapipe.tasks.python import vision
    from mediapipe.tasks.python.core.base_options import BaseOptions

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO,
    )
    with VideoSource(film) as source, vision.PoseLandmarker.create_from_options(options) as native:
        for frame in source:
            image = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image)
            )
            found = native.detect_for_video(image, round(1000 * frame.t_s))
            height, width = frame.image.shape[:2]
            yield _sample(frame.t_s, found.pose_landmarks, (width, height))


def _sample(t_s: float, people: Any, size_px: tuple[int, int]) -> PoseSample:
    """Give the first person's keypoints, in pixels."""
    if not people:
        return PoseSample.nobody(t_s, size_px)
    points = [people[0][index] for index in LANDMARKS]
    return PoseSample(
        t_s=t_s,
        keypoints_px=np.array([(point.x, point.y) for point in points]) * size_px,
        confidence=np.array([point.visibility for point in points]),
        world_m=np.full((len(Keypoint), 3), np.nan),
        frame_size_px=size_px,
    )


def main() -> int:
    """Run the baseline from the command line."""
    parser = argparse.ArgumentParser(description="Keypoints of plain MediaPipe.")
    parser.add_argument("out", type=Path, help="folder for one CSV a clip")
    parser.add_argument("--clips", type=Path, nargs="+", default=PUBLISHED, help="clips and truth")
    parser.add_argument("--model", type=Path, help="a PoseLandmarker bundle: lite, full or heavy")
    args = parser.parse_args()
    model = find_model(args.model).path
    args.out.mkdir(parents=True, exist_ok=True)
    for clip in clips_in(args.clips)[0]:
        target = args.out / f"{clip.name}.csv"
        if not target.exists():
            print(clip.name, file=sys.stderr)
            unfinished = target.with_suffix(".part")
            with native_stderr_silenced():
                write_csv(unfinished, keypoints_of(clip.film, model))
            unfinished.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())

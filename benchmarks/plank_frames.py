"""How often the body line of a plank tells right, too high and too low hips apart, frame by frame.

    python benchmarks/plank_frames.py FRAMES.csv

The file has one row for each frame: a label (C correct, H hips too high, L hips too low), and the
33 landmarks of MediaPipe as ``NAME_x`` and ``NAME_y`` in shares of the picture and ``NAME_v``. It
is not part of this repository: the frames are from NgoQuocBao1010/Exercise-Correction. The
pictures had a shape of 16:9. Each row is measured alone, on the side whose landmarks are seen
better, once as it is read and once with the correction of a plank.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side
from formcheck.data.poses import Poses
from formcheck.exercises import get_exercise
from formcheck.motion import body_line
from formcheck.motion.corrections import SmoothPoses, corrected
from formcheck.pose.profiles import MEDIAPIPE

SIZE_PX = (1280, 720)
COLUMNS = {"left_toe": "left_foot_index", "right_toe": "right_foot_index"}
LABELS = {"H": "hips too high", "C": "right", "L": "hips too low"}


def pose_of(row: Mapping[str, str], number: int) -> PoseSample:
    """Read one frame; the depth of the joints is not used."""
    points, seen = np.full((len(Keypoint), 2), np.nan), np.zeros(len(Keypoint))
    for one in Keypoint:
        name = COLUMNS.get(one.name.lower(), one.name.lower())
        if f"{name}_x" in row:
            shares = float(row[f"{name}_x"]), float(row[f"{name}_y"])
            points[one], seen[one] = np.multiply(shares, SIZE_PX), float(row[f"{name}_v"])
    return PoseSample(
        t_s=number / 10,
        keypoints_px=points,
        confidence=seen,
        world_m=np.full((len(Keypoint), 3), np.nan),
        frame_size_px=SIZE_PX,
        profile=MEDIAPIPE,
    )


def lines_deg(poses: Poses, of_side: Callable[[Side], FloatArray]) -> FloatArray:
    """Return the body line of each frame, on the side that is seen better."""
    seen = {side: [one for one in Keypoint if one.name.startswith(side.upper())] for side in SIDES}
    left, right = (poses.confidence[:, seen[side]].mean(axis=1) for side in ("left", "right"))
    return np.where(left > right, of_side("left"), of_side("right"))


def print_scores(lines: FloatArray, labels: Sequence[str]) -> None:
    """Print how the lines lie, how many grades are right, and how many pairs are in order."""
    limits = get_exercise("plank").metric("body_line_deg").limits
    assert limits is not None
    assert limits.good_low is not None
    assert limits.good_high is not None
    given = np.array(labels)
    found = np.where(lines > limits.good_high, "L", np.where(lines < limits.good_low, "H", "C"))
    for label, words in LABELS.items():
        own = lines[given == label]
        low, middle, high = np.percentile(own, [5, 50, 95])
        share = 100 * (found[given == label] == label).mean()
        print(
            f"  {words}: {len(own)} frames, {middle:.1f} ({low:.1f} to {high:.1f}), {share:.1f} %"
        )
    pairs = [
        lines[given == lower][:, None] < lines[given == upper][None]
        for lower, upper in (("H", "C"), ("C", "L"), ("H", "L"))
    ]
    in_order = 100 * np.concatenate([one.ravel() for one in pairs]).mean()
    right = 100 * (found == given).mean()
    print(f"  graded right: {right:.1f} %; pairs in the right order: {in_order:.2f} %")


def main() -> None:
    """Print the scores as read, and corrected."""
    parser = argparse.ArgumentParser(description="Score the body line on labelled frames.")
    parser.add_argument("frames", type=Path)
    with parser.parse_args().frames.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    poses = Poses.from_samples([pose_of(row, number) for number, row in enumerate(rows)])
    labels = [row["label"] for row in rows]
    metric = get_exercise("plank").metric("body_line_deg")
    print("body line in degrees: median (5 to 95 %), graded right")
    print("as read")
    print_scores(lines_deg(poses, lambda side: body_line.near_line_deg(poses, side)), labels)
    print("corrected, as in the reports")
    smooth = SmoothPoses(poses, poses)
    print_scores(lines_deg(poses, lambda side: corrected(metric, smooth, side)), labels)


if __name__ == "__main__":
    main()

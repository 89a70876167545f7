"""TRC files as other programs write them, with every way to say that a marker is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.pose.markers import MARKERS


def write_sports2d(path: Path, samples: Sequence[PoseSample], *, up: bool = False) -> None:
    """Write like Sports2D in pixels: y down, rows from 0, trailing tabs, empty cells for gaps."""
    path.write_text("\n".join(trc_lines(samples, up=up)) + "\n", "utf-8")


def trc_lines(
    samples: Sequence[PoseSample],
    *,
    up: bool = False,
    missing: tuple[str, str, str] = ("", "", "0.0"),
) -> list[str]:
    """Give the lines of the file; ``missing`` stands for a marker that is not known."""
    names = ["CHip", *MARKERS.values()]
    lines = [
        "PathFileType\t4\t(X/Y/Z)\tset.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames",
        f"30\t30\t{len(samples)}\t{len(names)}\tm\t30\t0\t{len(samples)}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t\t",
        "\t\t" + "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, len(names) + 1)),
    ]
    for index, sample in enumerate(samples):
        cells = [str(index), repr(sample.t_s), "1", "2", "0"]
        for which in MARKERS:
            x, y = sample.keypoints_px[which]
            y = sample.frame_size_px[1] - y if up else y
            known = math.isfinite(x)
            cells += [repr(float(x)), repr(float(y)), "0.0"] if known else missing
        lines.append("\t".join(cells))
    return lines


def samples_of(
    t_s: FloatArray, points_px: FloatArray, size_px: tuple[int, int]
) -> list[PoseSample]:
    """Make poses of points, shape (N, 19, 2)."""
    sure, nowhere = np.ones(len(Keypoint)), np.full((len(Keypoint), 3), np.nan)
    return [
        PoseSample(float(t), points, sure, nowhere, size_px)
        for t, points in zip(t_s, points_px, strict=True)
    ]

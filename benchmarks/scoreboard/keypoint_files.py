"""Reads and writes keypoints of any program: TRC, OpenPose, poses of formcheck, or a plain CSV.

The CSV has one row for each frame. ``t_s`` is the frame's time in the film in seconds; then come
two columns for each point, ``NAME_x`` and ``NAME_y``, in pixels, x to the right and y down from the
upper left corner, and if the program has it ``NAME_confidence`` (0 to 1). Names are those of
HALPE_26 and BODY_25 (``LHip``, ``RKnee``, ``LBigToe``); left and right are the person's own. An
empty cell is a missing point. Other columns are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.pose_profile import AS_GIVEN
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.files.openpose import read_openpose
from formcheck.pose.files.points import NEEDED, coordinate, missing_as_nan, poses_of
from formcheck.pose.files.trc import read_trc
from formcheck.pose.markers import MARKERS
from formcheck.pose.recorded import PoseRecording
from scoreboard.published import Clip

TIME = "t_s"
X, Y, CONFIDENCE = "{}_x", "{}_y", "{}_confidence"
HINT = "benchmarks/keypoints_template.csv shows the columns."


def read_keypoints(path: Path, clip: Clip) -> PoseRecording:
    """Read the keypoints of a clip as those of a program that nothing is known of.

    Times stay those of the file: they must be those of the film.

    Raises
    ------
    SourceError
        The file is missing, damaged, of another kind, or lacks needed points.
    """
    width, height = clip.truth.data["camera"]["size"]
    size_px = (int(width), int(height))
    samples: Sequence[PoseSample]
    if path.is_dir():
        samples, _ = read_openpose(path, size_px, float(clip.truth.data["fps"]))
    elif path.suffix == ".csv":
        samples = read_csv(path, size_px)
    elif path.suffix == ".fcp":
        samples = PoseRecording.load(path).samples
    else:
        samples = read_trc(path, size_px).samples
    nowhere = np.full((len(Keypoint), 3), np.nan)
    plain = [replace(one, world_m=nowhere, profile=AS_GIVEN) for one in samples]
    info = SourceInfo(
        kind="poses",
        name=path.name,
        width=size_px[0],
        height=size_px[1],
        duration_s=plain[-1].t_s,
        frames=len(plain),
        frame_rate_hz=float(clip.truth.data["fps"]),
    )
    return PoseRecording(info, ModelInfo(path.name, ""), tuple(plain))


def read_csv(path: Path, size_px: tuple[int, int]) -> list[PoseSample]:
    """Read a CSV of keypoints; see the module for its columns and ``read_keypoints`` for errors."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"cannot read '{path.name}': {error}", hint=HINT) from error
    if not rows:
        raise SourceError(f"'{path.name}' has no frames", hint=HINT)
    wanted = [TIME, *(form.format(MARKERS[which]) for which in NEEDED for form in (X, Y))]
    missing = [name for name in wanted if name not in rows[0]]
    if missing:
        raise SourceError(f"'{path.name}' has no column {', '.join(missing)}", hint=HINT)
    try:
        t_s = np.array([float(row[TIME]) for row in rows])
        points = missing_as_nan(_points(rows), size_px)
        confidence = _column(rows, CONFIDENCE)
    except (TypeError, ValueError) as error:
        raise SourceError(
            f"'{path.name}' has a cell that is no number: {error}", hint=HINT
        ) from error
    if not (np.diff(t_s) > 0).all():
        raise SourceError(f"the times of '{path.name}' do not increase", hint=HINT)
    seen = np.isfinite(points).all(axis=2)
    sure = np.where(seen, np.where(np.isfinite(confidence), confidence, 1.0), 0.0)
    return poses_of(t_s, points, size_px, sure)


def _points(rows: Sequence[dict[str, str]]) -> FloatArray:
    """Points as written, shape (N, 19, 2)."""
    return np.stack([_column(rows, X), _column(rows, Y)], axis=2)


def _column(rows: Sequence[dict[str, str]], form: str) -> FloatArray:
    """One number of each point, shape (N, 19); NaN where there is none."""
    names = [form.format(MARKERS[which]) for which in Keypoint]
    return np.array([[coordinate(row.get(name) or "") for name in names] for row in rows])


def write_csv(path: Path, samples: Iterable[PoseSample]) -> None:
    """Write keypoints as this module reads them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header())
        for one in samples:
            writer.writerow([f"{one.t_s:.4f}", *_cells(one)])


def header() -> list[str]:
    """Give the names of the columns."""
    forms = (X, Y, CONFIDENCE)
    return [TIME, *(form.format(MARKERS[which]) for which in Keypoint for form in forms)]


def _cells(sample: PoseSample) -> Iterator[str]:
    for (x, y), confidence in zip(sample.keypoints_px, sample.confidence, strict=True):
        known = bool(np.isfinite(x) and np.isfinite(y))
        yield from (f"{x:.2f}", f"{y:.2f}", f"{confidence:.3f}") if known else ("", "", "")

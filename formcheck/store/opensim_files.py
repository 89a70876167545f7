"""Writes files for OpenSim and Sports2D: keypoints as TRC, joint angles as MOT.

Both are text files with tabs. In a TRC file, a missing number is written as ``NaN``: OpenSim 4
rejects rows that end in an empty cell, and programs that split rows at white space would read the
next number instead. A MOT file has no missing numbers, see :func:`angle_table`.
``docs/data-dictionary.md`` explains every column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import SIDES, Side
from formcheck.data.poses import Poses
from formcheck.data.session import Rep, View
from formcheck.data.settings import Settings
from formcheck.motion.analyzer import BEFORE_REP_S
from formcheck.motion.camera_view import LEG_SHARE_OF_STATURE, levelled
from formcheck.motion.corrections import SmoothPoses, corrected
from formcheck.motion.filters import smooth_keypoints
from formcheck.motion.knee_edges import outlined_where_asked
from formcheck.motion.refusals import needed_keypoints, why_not_from
from formcheck.pose.markers import MARKERS, WHOSE_NOTE
from formcheck.store.whole_file import whole_file


@dataclass(frozen=True)
class Angle:
    """A column of the MOT file: the angle of a metric, for a leg if it belongs to one."""

    name: str
    metric: Metric
    side: Side


def angles_of(metrics: Sequence[Metric]) -> tuple[Angle, ...]:
    """Return the columns for the metrics that are exported as joint angles.

    If the sign of an angle depends on the working leg, it is exported as for the left one, so that
    it means the same in every frame of the film.
    """
    found = []
    for metric in metrics:
        stem = metric.id.removesuffix("_deg")
        if metric.exported_as == "each_leg":
            found += [Angle(f"{stem}_{side}_deg", metric, side) for side in SIDES]
        elif metric.exported_as == "left_leg":
            found.append(Angle(f"{stem}_left_deg", metric, "left"))
        elif metric.exported_as == "itself":
            found.append(Angle(metric.id, metric, metric.side or "left"))
    return tuple(found)


_TRC_FACTS = (
    *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
    *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
)


def write_trc(
    path: Path,
    poses: Poses,
    settings: Settings,
    *,
    frame_size_px: tuple[int, int],
    height_m: float | None = None,
) -> None:
    """Write the keypoints of a film as a TRC file; raises ``OutputError``.

    x is to the right and y up, from the lower left corner of the frame; z is 0. The keypoints are
    smoothed as for measuring (without delay). Short gaps are interpolated; in longer ones, the
    keypoint is missing. The first line names the program that found the poses.

    Parameters
    ----------
    path
        The file to write.
    poses
        The unfiltered poses of all analyzed frames.
    settings
        How strongly to smooth, the smallest confidence, and the longest gap to interpolate.
    frame_size_px
        Width and height of the frame.
    height_m
        The person's body height, for units in metres; otherwise they are pixels.
    """
    seen = np.where(
        (poses.confidence >= settings.min_confidence)[..., None], poses.keypoints_px, np.nan
    )
    points = _smooth(poses.t_s, seen, settings)
    points[..., 1] = frame_size_px[1] - points[..., 1]
    scale, decimals, units = 1.0, 3, "px"
    if height_m is not None:
        scale, decimals, units = metres_per_px(poses, height_m), 5, "m"
    rate_hz = f"{_rate_hz(poses.t_s):g}"
    count = len(poses)
    header = (
        ("PathFileType", "4", "(X/Y/Z)", path.name, f"{WHOSE_NOTE}{poses.profile.id}"),
        _TRC_FACTS,
        (rate_hz, rate_hz, str(count), str(len(MARKERS)), units, rate_hz, "1", str(count)),
        ("Frame#", "Time", *(cell for name in MARKERS.values() for cell in (name, "", ""))),
        ("", "", *(f"{axis}{n}" for n in range(1, len(MARKERS) + 1) for axis in "XYZ")),
        (),
    )
    with whole_file(path) as file:
        file.writelines("\t".join(line) + "\n" for line in header)
        for index, (t_s, row) in enumerate(zip(poses.t_s, scale * points, strict=True), start=1):
            cells = [str(index), f"{t_s:.6f}"]
            for which in MARKERS:
                x, y = row[which]
                known = math.isfinite(x)
                cells += [_cell(x, decimals), _cell(y, decimals), "0" if known else "NaN"]
            file.write("\t".join(cells) + "\n")


def metres_per_px(poses: Poses, height_m: float) -> float:
    """Return the size of a pixel at the person's distance in metres; NaN if no leg was seen.

    The leg from hip to ankle is a known share of the body height (Winter). Its true length in
    pixels is the longest one in the film.
    """
    leg_px = poses.leg_length_px
    return LEG_SHARE_OF_STATURE * height_m / leg_px if leg_px > 0 else math.nan


@dataclass(frozen=True)
class AngleTable:
    """Joint angles over a film.

    Attributes
    ----------
    t_s
        Times of the frames in which every angle is known, shape (N,).
    columns
        The angles by name, in degrees, shape (N,), without gaps.
    left_out
        For each angle that is not among the columns, the reason in words.
    frames
        Number of analyzed frames.
    """

    t_s: FloatArray
    columns: Mapping[str, FloatArray]
    left_out: Mapping[str, str]
    frames: int


def angle_table(
    poses: Poses,
    settings: Settings,
    view: View,
    metrics: Sequence[Metric],
    reps: Sequence[Rep] = (),
) -> AngleTable:
    """Return the joint angles that this view shows, smoothed as for measuring (without delay).

    An angle is left out if the view does not show it, or if one of its joints is hidden in too many
    frames. A frame is left out if one of the other angles is missing in it, because the older
    reader of OpenSim stops without an error at a row with a missing number.

    Parameters
    ----------
    poses
        The unfiltered poses of all analyzed frames.
    settings
        How strongly to smooth, the smallest confidence, and the largest share of hidden frames.
    view
        From where the session was filmed.
    metrics
        The metrics of the exercise; each says whether it is exported.
    reps
        The repetitions; they say which leg is working, and so whose outline is used.
    """
    points, outlined = (
        replace(level, keypoints_px=_smooth(level.t_s, level.keypoints_px, settings))
        for level in (levelled(one, view) for one in (poses, _outlined(poses, view, reps)))
    )
    smooth = SmoothPoses(points, outlined)
    columns: dict[str, FloatArray] = {}
    left_out: dict[str, str] = {}
    for angle in angles_of(metrics):
        reason = why_not_from(angle.metric, view, poses.profile)
        if reason is None:
            values = _angle_over_time(smooth, angle, view, settings.min_confidence)
            hidden_pct = 100.0 * float(np.isnan(values).mean())
            if hidden_pct <= settings.max_hidden_pct:
                columns[angle.name] = values
                continue
            reason = f"a joint is hidden in {hidden_pct:.0f} % of the frames"
        left_out[angle.name] = reason
    known = np.ones(len(poses), dtype=bool)
    for values in columns.values():
        known &= np.isfinite(values)
    return AngleTable(
        t_s=poses.t_s[known],
        columns={name: values[known] for name, values in columns.items()},
        left_out=left_out,
        frames=len(poses),
    )


def write_mot(path: Path, table: AngleTable) -> None:
    """Write joint angles as an OpenSim motion file; raises ``OutputError``."""
    header = (
        "Coordinates",
        "version=1",
        f"nRows={len(table.t_s)}",
        f"nColumns={len(table.columns) + 1}",
        "inDegrees=yes",
        "",
        "Angles in the image plane, made by formcheck.",
        f"{table.frames - len(table.t_s)} of {table.frames} frames are left out: "
        "an angle is missing in them.",
        *(f"{name}: {reason}" for name, reason in table.left_out.items()),
        "",
        "endheader",
        "\t".join(["time", *table.columns]),
    )
    with whole_file(path) as file:
        file.writelines(f"{line}\n" for line in header)
        for t_s, *row in zip(table.t_s, *table.columns.values(), strict=True):
            file.write("\t".join([f"{t_s:.6f}", *(_cell(value, 4) for value in row)]) + "\n")


def _outlined(poses: Poses, view: View, reps: Sequence[Rep]) -> Poses:
    """Replace knee and ankle of the working leg by their positions from the outline of the leg."""
    if not reps:
        return poses
    runs = [list(run) for _, run in groupby(reps, key=lambda rep: rep.stance_side)]
    starts_s = [-math.inf, *(run[0].start_s - BEFORE_REP_S for run in runs[1:]), math.inf]
    keypoints_px = poses.keypoints_px.copy()
    for run, (start_s, end_s) in zip(runs, pairwise(starts_s), strict=True):
        stance = run[0].stance_side
        inside = (poses.t_s >= start_s) & (poses.t_s < end_s)
        outlined = outlined_where_asked(poses.where(inside), stance, view)
        keypoints_px[inside] = outlined.keypoints_px
    return replace(poses, keypoints_px=keypoints_px)


def _angle_over_time(
    smooth: SmoothPoses, angle: Angle, view: View, min_confidence: float
) -> FloatArray:
    if angle.metric.series is None:
        return np.full(len(smooth.points), np.nan)
    which = list(needed_keypoints(angle.metric, angle.side, view))
    hidden = (smooth.points.confidence[:, which] < min_confidence).any(axis=1)
    values = corrected(angle.metric, smooth, angle.side)
    possible = np.array([angle.metric.is_possible(value) for value in values.tolist()], dtype=bool)
    return np.where(hidden | ~possible, np.nan, values)


def _smooth(t_s: FloatArray, keypoints_px: FloatArray, settings: Settings) -> FloatArray:
    """Smooth one keypoint after the other, because all together would need much memory."""
    return np.concatenate(
        [
            smooth_keypoints(t_s, keypoints_px[:, [k]], settings.cutoff_hz, settings.max_gap_s)
            for k in range(keypoints_px.shape[1])
        ],
        axis=1,
    )


def _rate_hz(t_s: FloatArray) -> float:
    """Return the median frame rate; 0 if there are fewer than two frames."""
    return round(1.0 / float(np.median(np.diff(t_s))), 3) if len(t_s) > 1 else 0.0


def _cell(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else "NaN"

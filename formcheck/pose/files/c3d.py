"""Read C3D files, a format of motion laboratories: with points in pixels or in space."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.file_names import printable
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.plain_file import read_plain
from formcheck.data.pose_profile import PoseProfile
from formcheck.pose.files.c3d_format import C3d, parse_c3d
from formcheck.pose.files.points import (
    ReadPoses,
    damaged,
    fall,
    missing_as_nan,
    no_size,
    places_of,
    poses_of,
    y_down,
)
from formcheck.pose.markers import (
    CONFIDENCE_CHANNEL,
    LOOKED_AT_CHANNEL,
    MARKERS,
    OWN_PROFILE,
    OWN_SIZE,
    TIME_CHANNELS,
)
from formcheck.pose.profiles import MEDIAPIPE, profile_named

KIND = "C3D file"

SPACE_SIZE_PX = (2000, 2000)
"""Size of the picture into which points in space are projected."""
_FILLED = 0.8
"""Share of that picture which they fill at most."""

_MAX_BYTES = 500_000_000

PROJECTED = "The poses come from a C3D file with points in space, projected onto the {plane}."
PLANES = {
    "front": "plane across the hips, as a camera straight in front of the person sees them",
    "side": "plane along the body, as a camera on the person's right sees them",
}


def read_c3d(path: Path, size_px: tuple[int, int] | None, view: str) -> ReadPoses:
    """Read a C3D file.

    Markers are identified by their names in BODY_25 and HALPE_26; unknown ones are skipped.

    A file that formcheck wrote gives back times, keypoints and confidence of the original poses. In
    other files, times follow from the frame rate, and the confidence is 1 where a marker is known.
    When the third coordinate is 0 throughout, the others are pixels. Otherwise the points are in
    space, and are projected without perspective onto the plane of the view. The vertical is the
    axis along which shoulders and ankles are furthest apart; "left" is the median direction from
    the right hip to the left one. From the front, the picture's right is the person's left; from
    the side, the person faces the picture's right.

    Parameters
    ----------
    path
        The file.
    size_px
        Width and height of the film; only for points in pixels from other programs.
    view
        ``front`` or ``side``; needed for points in space.

    Raises
    ------
    UsageError
        Size or view are missing, or the size was given although the file contains it.
    SourceError
        The file is missing, damaged or empty, or lacks needed markers.
    """
    shown = printable(path.name)
    try:
        data = read_plain(path, _MAX_BYTES)
        content = parse_c3d(data)
    except OSError as error:
        raise SourceError(
            f"cannot read '{shown}': {error.strerror}", hint="Check the path and the name."
        ) from error
    except ValueError as error:
        raise damaged(shown, KIND, str(error)) from error
    sha256 = hashlib.sha256(data).hexdigest()
    points = missing_as_nan(_keypoints(content, shown))
    size = content.parameters.get(OWN_SIZE, ())
    in_space = bool((np.abs(points[..., 2]) > 0).any())
    if size_px is not None and (len(size) or in_space):
        raise UsageError(
            f"{shown} already contains the frame size"
            if len(size)
            else f"{shown} has points in 3D, which have no size in pixels",
            hint="Leave out the size.",
            options=("size",),
        )
    if len(size):
        width, height = (int(value) for value in size)
        profile = _profile(content)
        samples = _own(content, points, (width, height), shown, profile)
        return ReadPoses(samples, (width, height), KIND, sha256, profile=profile)
    t_s = _times(content, shown)
    if in_space:
        flat = _projected(points, view, shown)
        warning = PROJECTED.format(plane=PLANES[view])
        return ReadPoses(poses_of(t_s, flat, SPACE_SIZE_PX), SPACE_SIZE_PX, KIND, sha256, warning)
    if size_px is None:
        raise no_size(shown)
    flat = y_down(missing_as_nan(points[..., :2], size_px), size_px[1], shown, KIND)
    return ReadPoses(poses_of(t_s, flat, size_px), size_px, KIND, sha256)


def _keypoints(content: C3d, shown: str) -> FloatArray:
    """Return the points of the known markers, shape (N, 19, 3); NaN for an absent marker."""
    names = content.texts("POINT:LABELS")[: content.points.shape[1]]
    places = places_of(names, shown)
    points = np.full((len(content.points), len(Keypoint), 3), np.nan)
    points[:, list(places)] = content.points[:, list(places.values())]
    return points


def _times(content: C3d, shown: str) -> FloatArray:
    """Return the time of each frame from the frame rate, in seconds."""
    rate_hz = content.number("POINT:RATE")
    if not (rate_hz > 0 and math.isfinite(rate_hz)):
        raise damaged(shown, KIND, "its frame rate is not a positive number")
    return np.arange(len(content.points)) / rate_hz


def _profile(content: C3d) -> PoseProfile:
    """Return the profile of a file that formcheck wrote; without one, that of its own model.

    Earlier versions of formcheck did not write the profile.
    """
    stated = content.texts(OWN_PROFILE)
    return profile_named(stated[0]) if stated else MEDIAPIPE


def _own(
    content: C3d, points: FloatArray, size_px: tuple[int, int], shown: str, profile: PoseProfile
) -> list[PoseSample]:
    """Return the poses of a file that formcheck wrote; channels hold times and confidence.

    Interpolated rows are left out; files of earlier versions have none, and no channel for it.
    """
    names = content.texts("ANALOG:LABELS")[: content.analog.shape[1]]
    wanted = [*TIME_CHANNELS, *(CONFIDENCE_CHANNEL.format(MARKERS[which]) for which in Keypoint)]
    if not set(wanted) <= set(names) or min(size_px) < 1:
        raise damaged(shown, KIND, "times and confidence, which formcheck wrote, are missing")
    looked_at = np.ones(len(points), dtype=bool)
    if LOOKED_AT_CHANNEL in names:
        looked_at = content.analog[:, names.index(LOOKED_AT_CHANNEL)] == 1.0
    channels = content.analog[looked_at][:, [names.index(name) for name in wanted]]
    times = len(TIME_CHANNELS)
    t_s = channels[:, :times].sum(axis=1)
    # Rounded as in formcheck's own recordings, as the file has single precision.
    confidence = np.round(channels[:, times:], 3)
    if not (looked_at.any() and np.isfinite(channels).all() and (np.diff(t_s) > 0).all()):
        raise damaged(shown, KIND, "its times do not increase")
    flat = points[looked_at, :, :2]
    flat[..., 1] = size_px[1] - flat[..., 1]
    return poses_of(t_s, flat, size_px, confidence, profile)


def _projected(points: FloatArray, view: str, shown: str) -> FloatArray:
    """Project points in space, shape (N, 19, 3), into the picture of the view."""
    if view not in PLANES:
        raise UsageError(
            f"{shown} has points in 3D, so formcheck must be told from where to look at them",
            hint="Give the view: front or side.",
            options=("view",),
        )
    way = fall(points, shown)
    up = np.zeros(3)
    up[np.argmax(np.abs(way))] = -np.sign(way[np.argmax(np.abs(way))])
    hips = points[:, Keypoint.LEFT_HIP] - points[:, Keypoint.RIGHT_HIP]
    seen = hips[np.isfinite(hips).all(axis=1)]
    left = np.median(seen, axis=0) if len(seen) else np.zeros(3)
    left = left - (left @ up) * up
    length = float(np.linalg.norm(left))
    if not length > 0:
        raise SourceError(
            f"'{shown}' does not show which way the person faces: no frame has both hips",
            hint="Give a file with both hip markers.",
        )
    left = left / length
    across = left if view == "front" else np.cross(left, up)
    flat = np.stack([points @ across, -(points @ up)], axis=-1)
    low, high = np.nanmin(flat, axis=(0, 1)), np.nanmax(flat, axis=(0, 1))
    size = np.array(SPACE_SIZE_PX)
    scale = _FILLED * float((size / np.maximum(high - low, 1e-9)).min())
    return np.asarray(size / 2 + scale * (flat - (low + high) / 2))

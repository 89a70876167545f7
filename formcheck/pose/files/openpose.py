"""Read the output of OpenPose: a folder with one JSON file for each frame, skeleton BODY_25."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.file_names import printable
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.plain_file import read_plain
from formcheck.pose.files.points import missing_as_nan
from formcheck.pose.subject import Body, SubjectSelector, select_body

BODY_25: dict[Keypoint, int] = {
    Keypoint.NOSE: 0,
    Keypoint.LEFT_EAR: 18,
    Keypoint.RIGHT_EAR: 17,
    Keypoint.LEFT_SHOULDER: 5,
    Keypoint.RIGHT_SHOULDER: 2,
    Keypoint.LEFT_ELBOW: 6,
    Keypoint.RIGHT_ELBOW: 3,
    Keypoint.LEFT_WRIST: 7,
    Keypoint.RIGHT_WRIST: 4,
    Keypoint.LEFT_HIP: 12,
    Keypoint.RIGHT_HIP: 9,
    Keypoint.LEFT_KNEE: 13,
    Keypoint.RIGHT_KNEE: 10,
    Keypoint.LEFT_ANKLE: 14,
    Keypoint.RIGHT_ANKLE: 11,
    Keypoint.LEFT_HEEL: 21,
    Keypoint.RIGHT_HEEL: 24,
    Keypoint.LEFT_TOE: 19,
    Keypoint.RIGHT_TOE: 22,
}
"""Row of each keypoint in OpenPose's skeleton BODY_25."""

_MAX_BYTES = 10_000_000
"""Limit on the size of one frame's file."""

POINTS = 25
"""Number of points in that skeleton."""

MIN_CONFIDENCE = 0.3
"""A keypoint with at least this OpenPose confidence counts as visible: the threshold of Sports2D.
The scale differs from that of formcheck's own model, so confidence becomes 1 (visible) or 0."""

TORSO = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)
"""A person without one of these cannot be distinguished from others, and is skipped."""

MAX_DISTANCE = 1.0
DISTANCE_PER_S = 3.0
"""The subject is searched within this distance of the last position, in body sizes: 0.2 plus 3 per
second since then, at most 1."""


def json_files(folder: Path) -> list[Path]:
    """Return the JSON files of a folder in order of name, whatever case their ending is in."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".json")


def read_openpose(
    folder: Path, size_px: tuple[int, int], frame_rate_hz: float, subject: str = "auto"
) -> tuple[list[PoseSample], str]:
    """Read a folder of OpenPose files.

    Frames are ordered by the frame number in the names of the files (:func:`_numbered`); a missing
    number is a missing frame. Keypoints of low confidence keep their position but count as hidden.
    The subject is followed from frame to frame by position, because OpenPose lists people in no
    fixed order.

    Parameters
    ----------
    folder
        Contains one ``*.json`` file per frame, as OpenPose writes them.
    size_px
        Width and height of the film in pixels.
    frame_rate_hz
        Frames per second.
    subject
        Whom to select in the first frame that shows a person: ``largest`` (same as ``auto``),
        ``left``, ``right``, ``center``, or ``X,Y`` in fractions of width and height.

    Returns
    -------
    One pose per file (``PoseSample.nobody`` where the subject is missing; world coordinates all
    NaN), and the SHA-256 over all files.

    Raises
    ------
    UsageError
        ``subject`` is none of these, or the frame rate is not positive.
    SourceError
        There are no files, or one is damaged or has another skeleton.
    """
    selector = SubjectSelector.parse("largest" if subject == "auto" else subject)
    if not frame_rate_hz > 0:
        raise UsageError(
            "the frame rate must be more than 0",
            hint="Give the frame rate of the film, such as 30 frames per second.",
            options=("frame_rate",),
        )
    files = _numbered(json_files(folder))
    if not files:
        raise SourceError(
            f"there is no OpenPose file in '{printable(folder.name)}'",
            hint="Give the folder into which OpenPose wrote its JSON files.",
        )
    digest = hashlib.sha256()
    samples: list[PoseSample] = []
    last: tuple[float, Body] | None = None
    for number, path in files:
        t_s = (number - files[0][0]) / frame_rate_hz
        if samples and t_s <= samples[-1].t_s:
            raise SourceError(
                f"'{printable(folder.name)}' has two files for frame {number}",
                hint="Give a folder with the files of only one film.",
            )
        people = _people(path, digest, size_px)
        bodies = [Body.from_pose(_fill_missing(points), visible) for points, visible in people]
        chosen = _find_subject(bodies, last, t_s, selector, size_px)
        if chosen is None:
            samples.append(PoseSample.nobody(t_s, size_px, len(people)))
            continue
        last = (t_s, bodies[chosen])
        points, visible = people[chosen]
        no_world = np.full((len(Keypoint), 3), np.nan)
        samples.append(PoseSample(t_s, points, visible, no_world, size_px, len(people)))
    return samples, digest.hexdigest()


def _fill_missing(points: FloatArray) -> FloatArray:
    """Replace missing points by the mean of the others, as a body needs finite points."""
    return np.where(np.isnan(points), np.nanmean(points, axis=0), points)


def _find_subject(
    bodies: Sequence[Body],
    last: tuple[float, Body] | None,
    t_s: float,
    selector: SubjectSelector,
    size_px: tuple[int, int],
) -> int | None:
    """Return the index of the subject; ``None`` when not in this frame."""
    if not bodies:
        return None
    if last is None:
        return select_body(bodies, selector, size_px)
    last_s, subject = last
    distances = [math.dist(body.centre_px, subject.centre_px) / subject.size_px for body in bodies]
    nearest = min(range(len(bodies)), key=distances.__getitem__)
    limit = min(MAX_DISTANCE, DISTANCE_PER_S * (t_s - last_s) + 0.2)
    return nearest if distances[nearest] <= limit else None


def _people(
    path: Path, digest: Any, size_px: tuple[int, int]
) -> list[tuple[FloatArray, FloatArray]]:
    """Return points (19, 2), NaN if missing, and visibility (19,) of each person with a torso."""
    shown = printable(path.name)
    try:
        data = read_plain(path, _MAX_BYTES)
        digest.update(data)
        found = [person["pose_keypoints_2d"] for person in json.loads(data)["people"]]
        tables = [np.array(numbers, dtype=np.float64) for numbers in found]
    except OSError as error:
        raise SourceError(
            f"cannot read '{shown}': {error.strerror}", hint="Check the folder."
        ) from error
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise SourceError(
            f"'{shown}' is not an OpenPose file, or is damaged",
            hint="Give a folder that contains only OpenPose's JSON files.",
        ) from error
    people = []
    for table in tables:
        if table.shape != (3 * POINTS,):
            raise SourceError(
                f"'{shown}' does not have the skeleton BODY_25: expected {3 * POINTS} numbers per "
                f"person but got {table.size}",
                hint="Run OpenPose with its model BODY_25.",
            )
        rows = table.reshape(POINTS, 3)[[BODY_25[which] for which in Keypoint]]
        points = missing_as_nan(rows[:, :2], size_px)
        missing = ~((rows[:, 2] > 0) & np.isfinite(points).all(axis=1))
        points[missing] = np.nan
        if not missing[list(TORSO)].any():
            visible = ~missing & (rows[:, 2] >= MIN_CONFIDENCE)
            people.append((points, visible.astype(np.float64)))
    return people


def _numbered(paths: Sequence[Path]) -> list[tuple[int, Path]]:
    """Return the files with their frame numbers, in order.

    The frame number is the last number in the name that differs from file to file, as in
    ``set_000000000012_keypoints``: in ``set_0012_pose25`` the last one names the skeleton. In a
    folder with one file it is simply the last number.
    """
    runs = [[int(run) for run in re.findall(r"\d+", path.stem)] for path in paths]
    for path, numbers in zip(paths, runs, strict=True):
        if not numbers:
            raise SourceError(
                f"the file name '{printable(path.name)}' has no frame number",
                hint="Give a folder that contains only OpenPose's JSON files.",
            )
    shared = min((len(numbers) for numbers in runs), default=0)
    changing = (at for at in range(1, shared + 1) if len({numbers[-at] for numbers in runs}) > 1)
    at = next(changing, 1)
    return sorted((numbers[-at], path) for numbers, path in zip(runs, paths, strict=True))

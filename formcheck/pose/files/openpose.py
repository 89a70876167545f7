"""OpenPose's output: a folder with one JSON file for each frame, skeleton BODY_25."""

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
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.plain_file import read_plain
from formcheck.pose.subject import Body, SubjectSelector, choose
from formcheck.video.file_names import printable

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

_MOST_BYTES = 10_000_000
"""Of one frame's file."""

POINTS = 25

_FARTHEST_PX = 1e6
"""What lies beyond is in no picture: the keypoint counts as missing."""

SEEN_FROM = 0.3
"""From this confidence of OpenPose's on a keypoint counts as seen: the threshold that Sports2D
takes. The scale is not that of formcheck's own model, so it is turned into seen (1) or not (0)."""

TORSO = (
    Keypoint.LEFT_SHOULDER,
    Keypoint.RIGHT_SHOULDER,
    Keypoint.LEFT_HIP,
    Keypoint.RIGHT_HIP,
)
"""Who lacks one of these cannot be told from others, and is passed over."""

REACH = 1.0
REACH_PER_S = 3.0
"""The subject is looked for within this of the last place, in torso lengths; more after a gap."""


def read_openpose(
    folder: Path, size_px: tuple[int, int], frame_rate_hz: float, subject: str = "auto"
) -> tuple[list[PoseSample], str]:
    """Read a folder of OpenPose files; gives the poses, and a SHA-256 over all files.

    The frames are in the order of the numbers at the end of the file names; a number that is
    missing is a frame that is missing. Positions whose confidence is low are kept but count as
    hidden.

    Parameters
    ----------
    folder
        Holds one ``*.json`` a frame, as ``--write_json`` of OpenPose leaves it.
    size_px
        Width and height of the picture.
    frame_rate_hz
        Frames per second.
    subject
        Whom to take in the first frame with somebody in it: ``largest`` (as does ``auto``),
        ``left``, ``right``, ``center``, or ``X,Y`` in fractions of the picture. From there on the
        nearest to where the person was is followed, as the order of people in OpenPose's files
        means nothing.

    Raises
    ------
    UsageError
        ``subject`` is none of these.
    SourceError
        There are no files, or one is damaged or of another skeleton.
    """
    wish = SubjectSelector.parse("largest" if subject == "auto" else subject)
    if not frame_rate_hz > 0:
        raise UsageError("the frame rate must be more than 0", hint="Write --frame-rate 30.")
    files = sorted((_number_of(path), path) for path in folder.glob("*.json"))
    if not files:
        raise SourceError(
            f"there is no OpenPose file in '{printable(folder.name)}'",
            hint="Give the folder that OpenPose's --write_json wrote into.",
        )
    digest = hashlib.sha256()
    samples: list[PoseSample] = []
    last: tuple[float, Body] | None = None
    for number, path in files:
        t_s = (number - files[0][0]) / frame_rate_hz
        if samples and t_s <= samples[-1].t_s:
            raise SourceError(
                f"two files in '{printable(folder.name)}' are of frame {number}",
                hint="Give a folder with the files of one film only.",
            )
        people = _people(path, digest)
        bodies = [Body.of(*filled(points, seen)) for points, seen in people]
        chosen = _chosen(bodies, last, t_s, wish, size_px)
        if chosen is None:
            samples.append(PoseSample.nobody(t_s, size_px, len(people)))
            continue
        last = (t_s, bodies[chosen])
        points, seen = people[chosen]
        unseen = np.full((len(Keypoint), 3), np.nan)
        samples.append(PoseSample(t_s, points, seen, unseen, size_px, len(people)))
    return samples, digest.hexdigest()


def filled(points: FloatArray, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Put missing points into the middle of the known ones: a body has a place and a size."""
    middle = np.nanmean(points, axis=0)
    return np.where(np.isnan(points), middle, points), seen


def _chosen(
    bodies: Sequence[Body],
    last: tuple[float, Body] | None,
    t_s: float,
    wish: SubjectSelector,
    size_px: tuple[int, int],
) -> int | None:
    """Index of the subject; ``None`` when not in this frame."""
    if not bodies:
        return None
    if last is None:
        return choose(bodies, wish, size_px)
    last_s, subject = last
    away = [math.dist(body.centre_px, subject.centre_px) / subject.size_px for body in bodies]
    nearest = min(range(len(bodies)), key=away.__getitem__)
    reach = min(REACH, REACH_PER_S * (t_s - last_s) + 0.2)
    return nearest if away[nearest] <= reach else None


def _people(path: Path, digest: Any) -> list[tuple[FloatArray, FloatArray]]:
    """Everybody in a file whose torso was found: points (19, 2) and whether they are seen (19,)."""
    shown = printable(path.name)
    try:
        data = read_plain(path, _MOST_BYTES)
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
            hint="Give a folder with nothing but the files of OpenPose's --write_json.",
        ) from error
    people = []
    for table in tables:
        if table.shape != (3 * POINTS,):
            raise SourceError(
                f"'{shown}' is not of the skeleton BODY_25: expected {3 * POINTS} numbers a person "
                f"but got {table.size}",
                hint="Run OpenPose with --model_pose BODY_25.",
            )
        rows = table.reshape(POINTS, 3)[[BODY_25[which] for which in Keypoint]]
        missing = ~((rows[:, 2] > 0) & (np.abs(rows) < _FARTHEST_PX).all(axis=1))
        points = np.where(missing[:, None], np.nan, rows[:, :2])
        if not missing[list(TORSO)].any():
            people.append((points, (~missing & (rows[:, 2] >= SEEN_FROM)).astype(np.float64)))
    return people


def _number_of(path: Path) -> int:
    """The frame's number: the last digits in the name, as in ``set_000000000012_keypoints``."""
    runs = re.findall(r"\d+", path.stem)
    if not runs:
        raise SourceError(
            f"the name '{printable(path.name)}' has no frame number",
            hint="Give a folder with nothing but the files of OpenPose's --write_json.",
        )
    return int(runs[-1])

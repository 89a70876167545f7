"""From named points to poses: what the readers of TRC, C3D and OpenPose files share.

Programs write missing points and numbers in many ways; here they all become NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, keypoint
from formcheck.data.pose_profile import AS_GIVEN, PoseProfile
from formcheck.pose.markers import MARKERS

NEEDED = tuple(
    keypoint(side, joint) for joint in ("shoulder", "hip", "knee", "ankle") for side in SIDES
)
"""Markers without which no repetition can be found or measured."""

MIN_BODY_PX = 20.0
"""Shoulders and ankles that are closer together than this are not in pixels: a person that small
cannot be measured."""

FILLERS = (-1.0, *(sign * (10.0**digits - 1.0) for digits in range(3, 9) for sign in (-1, 1)))
"""Numbers that programs write for a missing coordinate: -1, and rows of nines (-999, 9999, 999999
and so on). A point counts as missing when all its coordinates are the same filler, or all are 0."""

FAR_OUT = 1.0
"""A point further outside the picture than this share of its longer side is missing, too: pose
models put what is cut off near the edge."""

WORDS_FOR_MISSING = frozenset(
    ("na", "n/a", "null", "nil", "none", "missing", "nan(ind)", "-nan(ind)")
)
"""Words for a missing number, in small letters, besides those that Python reads as NaN."""

PRINTED_FOR_MISSING = re.compile(r"-?1[.,]#\w+|#.*|[^\w]*")
"""Other text for it: what programs for Windows print (``1.#QNAN``), the errors of a spreadsheet
(``#N/A``), and cells without any letter or digit: empty, ``*``, ``-``, ``.``, ``?``."""

_COMMA, _POINT = re.compile(r"\d,\d"), re.compile(r"\d\.\d")


@dataclass(frozen=True)
class ReadPoses:
    """The content of a pose file of another program.

    Attributes
    ----------
    samples
        The poses.
    size_px
        Width and height of their picture.
    kind
        The kind of file, in words.
    sha256
        Digest of the file.
    warning
        What the user must know about them; empty when it is only that they have no depth.
    profile
        Which program made them, and its known errors.
    """

    samples: Sequence[PoseSample]
    size_px: tuple[int, int]
    kind: str
    sha256: str
    warning: str = ""
    profile: PoseProfile = AS_GIVEN


def places_of(names: Sequence[str], shown: str) -> dict[Keypoint, int]:
    """Return the position of each known marker among the names; raises ``SourceError``."""
    places = {which: names.index(name) for which, name in MARKERS.items() if name in names}
    missing = [MARKERS[which] for which in NEEDED if which not in places]
    if missing:
        raise SourceError(
            f"'{shown}' has no marker {', '.join(missing)}",
            hint="Name the markers as in HALPE_26 or BODY_25.",
        )
    return places


def has_decimal_commas(cells: Iterable[str]) -> bool:
    """Return whether a file writes decimals as ``1,5``: some cells do, and none has a point.

    Where both occur, a comma may separate thousands, so it is not read as a decimal comma.
    """
    commas = False
    for cell in cells:
        if _POINT.search(cell):
            return False
        commas = commas or _COMMA.search(cell) is not None
    return commas


def number(text: str, *, decimal_comma: bool = False) -> float:
    """Return the number in a cell; raises ``ValueError`` for anything else."""
    cell = text.strip().strip('"')
    return float(cell.replace(",", ".", 1) if decimal_comma else cell)


def coordinate(text: str, *, decimal_comma: bool = False) -> float:
    """Return the number in a cell, NaN if it is missing; raises ``ValueError`` for other text."""
    cell = text.strip().strip('"').lower()
    if cell in WORDS_FOR_MISSING or PRINTED_FOR_MISSING.fullmatch(cell):
        return math.nan
    return number(cell, decimal_comma=decimal_comma)


def missing_as_nan(points: FloatArray, size_px: tuple[int, int] | None = None) -> FloatArray:
    """Return the points with every missing one as NaN, whatever their program writes for it.

    Parameters
    ----------
    points
        Shape (..., axes). A point is missing when a coordinate is not finite, when all are 0, and
        when all are the same filler (:data:`FILLERS`).
    size_px
        Size of the picture, for points in pixels. A point far outside of it is missing, and so is
        one exactly at the lower left corner: that is 0, 0 with y counted from below.
    """
    same = (points == points[..., :1]).all(axis=-1)
    missing = ~np.isfinite(points).all(axis=-1)
    missing |= same & np.isin(points[..., 0], (0.0, *FILLERS))
    if size_px is not None:
        far_px = FAR_OUT * max(size_px)
        beyond = (points < -far_px) | (points > np.array(size_px) + far_px)
        missing |= beyond.any(axis=-1)
        missing |= (points == (0.0, size_px[1])).all(axis=-1)
    return np.where(missing[..., None], np.nan, points)


def fall(points: FloatArray, shown: str) -> FloatArray:
    """Return the vector from the shoulders to the ankles: the median over the film for each axis.

    Parameters
    ----------
    points
        Shape (N, 19, axes), NaN where unseen.
    shown
        The file's name for the error.

    Raises
    ------
    SourceError
        Shoulders or ankles are missing in every frame.
    """
    ankles, shoulders = (
        points[:, [keypoint(side, joint) for side in SIDES]] for joint in ("ankle", "shoulder")
    )
    if not np.isfinite(ankles).any() or not np.isfinite(shoulders).any():
        raise SourceError(
            f"'{shown}' shows no whole person: shoulders or ankles are missing in every frame",
            hint="Film the whole body, head to feet, from 2.5 to 4 metres away.",
        )
    return np.asarray(np.nanmedian(ankles, axis=(0, 1)) - np.nanmedian(shoulders, axis=(0, 1)))


def y_down(points_px: FloatArray, height_px: int, shown: str, kind: str) -> FloatArray:
    """Convert points, shape (N, 19, 2), to y pointing down from the upper edge of the frame.

    Raises
    ------
    SourceError
        They show no whole person, or are not in pixels.
    """
    down = float(fall(points_px, shown)[1])
    if abs(down) < MIN_BODY_PX:
        raise SourceError(
            f"'{shown}' is not in pixels: shoulders and ankles are only {abs(down):.2f} apart",
            hint=f"Give the {kind} in pixels.",
        )
    if down > 0:
        return points_px
    flipped = points_px.copy()
    flipped[..., 1] = height_px - flipped[..., 1]
    return flipped


def poses_of(
    t_s: FloatArray,
    points_px: FloatArray,
    size_px: tuple[int, int],
    confidence: FloatArray | None = None,
    profile: PoseProfile = AS_GIVEN,
) -> list[PoseSample]:
    """Return the poses with given points, shape (N, 19, 2), NaN where unseen.

    Without a confidence, shape (N, 19), it is 1 where a point is known. Coordinates in space are
    NaN.
    """
    if confidence is None:
        confidence = np.asarray(np.isfinite(points_px).all(axis=2), dtype=np.float64)
    no_world = np.full((len(Keypoint), 3), np.nan)
    return [
        PoseSample(
            float(t), points, sure, no_world, size_px, people=int(sure.any()), profile=profile
        )
        for t, points, sure in zip(t_s, points_px, confidence, strict=True)
    ]


def damaged(shown: str, kind: str, reason: str) -> SourceError:
    """Return the error for a file that is damaged or of another kind."""
    return SourceError(
        f"'{shown}' is not a {kind}, or is damaged: {reason}",
        hint="Export it again from the program that wrote it.",
    )


def no_size(shown: str) -> UsageError:
    """Return the error for a file that does not contain the frame size."""
    return UsageError(
        f"{shown} does not contain the width and height of the film",
        hint="Give the size of the film in pixels, such as 1920x1080.",
        options=("size",),
    )

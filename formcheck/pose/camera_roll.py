"""How far the camera is tilted about its own axis, from straight lines in the background.

Rooms and streets are full of lines that are upright or level. Each straight edge that is not on
the body is held against the three directions of such a surrounding, seen by a camera of every
tilt, pitch and heading; what fits most edges wins, and how sharply gives the standard error
(after Coughlan and Yuille 1999, "Manhattan World"). An upright edge tells the tilt by itself. A
level one also slopes when the wall is seen askew, so one alone leaves the tilt unsure, and the
standard error says so. Who stands facing the camera holds the trunk upright, more or less: that is
a weak witness beside the lines, and the only one before a blank wall. It never makes the tilt sure.
Where the witnesses disagree, or there are none, nothing is given.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import cache

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, ImageArray
from formcheck.data.keypoints import SIDES, Keypoint, keypoint

FIRST_INTERVAL_S, LATER_EVERY_S = 1.0, 5.0
LOOKS_KEPT = 5
"""A picture is looked at this often, later seldom: a look costs as much as a pose. The median of
so many looks counts. Ours."""

LOOKED_AT_PX = 640
"""Pictures are shrunk to this longer side: lines stay, noise and texture go."""

SHORTEST_LINE = 0.06
MOST_LINES = 60
"""Lines shorter than this share of the picture's longer side are texture; the longest count."""

LINE_WEIGHT_LENGTH = 0.1
LINE_WEIGHTS = (0.5, 3.0)
ALIKE = 0.5
"""A line counts in proportion to its length over this share of the longer side, within limits,
and by half, since the edges of one thing are not independent witnesses. Ours."""

LINE_ERROR_DEG = 0.7
END_ERROR_PX = 0.7
"""How far things that were built upright are off, and how far a line's end is."""

UPRIGHT, LEVEL_ACROSS, LEVEL_AWAY, ANYTHING = 0.35, 0.20, 0.10, 0.35
"""How often a line is upright, level along the wall, level toward it, or neither. Ours."""

ROLLS_DEG = np.arange(-16.0, 16.25, 0.5)
PITCHES_DEG = np.arange(-24.0, 25.0, 3.0)
HEADINGS_DEG = np.arange(-45.0, 44.0, 5.0)  # walls at right angles look alike beyond
CAMERAS = (len(ROLLS_DEG), len(PITCHES_DEG), len(HEADINGS_DEG))
ROLL_SPREAD_DEG, PITCH_SPREAD_DEG = 5.0, 6.0
"""What is tried, and how far cameras set up by hand are off before the lines are looked at."""

FACING_SPREAD_DEG, FACING_SHARE = 10.0, 0.85
"""People mostly stand square to the walls of the room, within this. The rest of the share stands
at any angle. Ours."""

LENS_DEG = 62.0
"""Assumed angle of view along the longer side, as in ``kinematics.view``."""

TRUNK_SPREAD_DEG = 3.0
"""How far a trunk is off the upright in quiet standing. Ours; 3D lean in the single-leg squat
spreads by as much (Nakagawa 2012). The line from feet to shoulders is worse: 4 to 7 degrees
off on the front clips on one leg."""

STANDS_FROM = 0.95
FACES_WITHIN_DEG = 25.0
"""Who stands: the hip as far above the foot as this share of the furthest seen. Who faces the
camera: turned by less than this."""

BODY_MARGIN = 0.32
MOST_ON_BODY = 0.4
"""Nearer to a bone than this share of the trunk's length is on the body; a line with more than
that share on it is left out."""

LEAST_ERROR_DEG = 0.5
"""No room is built better, and no lens draws straighter."""

UNSURE_BEYOND_DEG = 3.5
"""A tilt with a larger standard error is not given: the spread assumed is hardly larger."""

BONES = (
    (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
    (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP),
    (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_HIP),
    *(
        (keypoint(side, one), keypoint(side, two) if two != "nose" else Keypoint.NOSE)
        for side in SIDES
        for one, two in (
            ("shoulder", "hip"),
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "toe"),
            ("heel", "toe"),
            ("shoulder", "ear"),
            ("ear", "nose"),
        )
    ),
)


@dataclass(frozen=True)
class CameraRoll:
    """Tilt of the camera about its axis, + when the picture's content leans clockwise.

    ``deg`` and its standard error ``sem_deg`` are NaN when the lines do not tell.
    """

    deg: float
    sem_deg: float


UNKNOWN = CameraRoll(math.nan, math.nan)


class RollEstimator:
    """Looks at the background now and then and keeps what it found; used for one session."""

    def __init__(self) -> None:
        self._found: deque[CameraRoll] = deque(maxlen=LOOKS_KEPT)
        self._last_s = -math.inf
        self._tallest_px = 0.0
        self._trunks_deg: deque[float] = deque(maxlen=LOOKS_KEPT)

    @property
    def roll(self) -> CameraRoll:
        """The tilt by the last few looks; unknown when most of them did not tell."""
        known = [look for look in self._found if math.isfinite(look.deg)]
        if 2 * len(known) <= len(self._found):
            return UNKNOWN
        deg = float(np.median([look.deg for look in known]))
        spread = float(np.median([abs(look.deg - deg) for look in known]))
        sem_deg = math.hypot(float(np.median([look.sem_deg for look in known])), spread)
        return CameraRoll(deg, sem_deg) if sem_deg <= UNSURE_BEYOND_DEG else UNKNOWN

    def update(
        self, t_s: float, image: ImageArray, keypoints_px: FloatArray, heading_deg: float
    ) -> CameraRoll:
        """Look at this picture if it is time to; give the tilt as known now.

        Parameters
        ----------
        t_s
            Time of the picture.
        image
            RGB.
        keypoints_px
            Shape (19, 2): the person, who is left out.
        heading_deg
            Turn of the person away from the camera.
        """
        interval_s = FIRST_INTERVAL_S if len(self._found) < LOOKS_KEPT else LATER_EVERY_S
        if t_s - self._last_s >= interval_s:
            self._last_s = t_s
            lines, size_px = background_lines(image, keypoints_px)
            trunk_deg = self._standing_trunk_deg(keypoints_px, heading_deg)
            self._found.append(roll_from_lines(lines, size_px, heading_deg, trunk_deg))
        return self.roll

    def _standing_trunk_deg(self, keypoints_px: FloatArray, heading_deg: float) -> float:
        """Lean of the trunk to the picture's right when last seen standing, facing the camera.

        NaN when never seen so, and for who does not face it now.
        """
        ankles, hips, shoulders = (
            keypoints_px[[keypoint(side, joint) for side in SIDES]]
            for joint in ("ankle", "hip", "shoulder")
        )
        tall_px = float(np.fmax.reduce(np.linalg.norm(hips - ankles, axis=-1)))
        self._tallest_px = float(np.fmax(self._tallest_px, tall_px))
        if not abs(heading_deg) <= FACES_WITHIN_DEG:
            return math.nan
        if tall_px >= STANDS_FROM * self._tallest_px:
            x, y = shoulders.mean(axis=0) - hips.mean(axis=0)
            self._trunks_deg.append(math.degrees(math.atan2(x, -y)))
        return float(np.median(self._trunks_deg)) if self._trunks_deg else math.nan


def background_lines(
    image: ImageArray, keypoints_px: FloatArray
) -> tuple[FloatArray, tuple[int, int]]:
    """Straight edges that are not on the body.

    Returns
    -------
    Shape (M, 4): x and y of both ends, the longest first, in pixels of a picture shrunk to the
    size (width, height) that is given with them.
    """
    import cv2  # not before it is needed

    height, width = image.shape[:2]
    scale = min(1.0, LOOKED_AT_PX / max(height, width))
    size_px = (round(width * scale), round(height * scale))
    grey = cv2.cvtColor(
        cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return np.empty((0, 4)), size_px
    lines = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    lines = lines[line_lengths(lines) >= SHORTEST_LINE * max(size_px)]
    lines = lines[~_on_body(lines, keypoints_px * scale)]
    return lines[np.argsort(-line_lengths(lines))[:MOST_LINES]], size_px


def line_lengths(lines: FloatArray) -> FloatArray:
    """Length of lines of shape (M, 4), shape (M,)."""
    return np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])


def _on_body(lines: FloatArray, keypoints_px: FloatArray) -> BoolArray:
    """Which lines run along the body, shape (M,)."""
    starts, ends = (keypoints_px[[bone[i] for bone in BONES]] for i in (0, 1))
    shoulders = keypoints_px[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    hips = keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    margin_px = BODY_MARGIN * float(np.linalg.norm(shoulders - hips))
    shares = np.linspace(0.1, 0.9, 5)[None, :, None]
    points = lines[:, None, :2] + shares * (lines[:, None, 2:] - lines[:, None, :2])
    along = ends - starts
    from_start = points[:, :, None] - starts
    # The nearest place on each bone, as a share of its length.
    share = (from_start * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
    away = from_start - np.clip(share, 0.0, 1.0)[..., None] * along
    distance_px = np.fmin.reduce(np.linalg.norm(away, axis=-1), axis=-1)
    return np.asarray((distance_px < margin_px).mean(axis=-1) > MOST_ON_BODY)


def roll_from_lines(
    lines: FloatArray,
    size_px: tuple[int, int],
    heading_deg: float = math.nan,
    trunk_deg: float = math.nan,
) -> CameraRoll:
    """Tilt of the camera that explains most of the lines as upright or level.

    Parameters
    ----------
    lines
        Shape (M, 4): x and y of both ends.
    size_px
        Width and height of the picture they are from.
    heading_deg
        Turn of the person; NaN leaves open how the walls stand.
    trunk_deg
        Lean of the trunk in quiet standing, + to the picture's right; NaN when not known.
    """
    longer_px = max(size_px)
    focal_px = longer_px / 2 / math.tan(math.radians(LENS_DEG / 2))
    lengths_px = line_lengths(lines)
    errors = np.hypot(math.radians(LINE_ERROR_DEG), END_ERROR_PX / lengths_px)
    weights = np.clip(lengths_px / longer_px / LINE_WEIGHT_LENGTH, *LINE_WEIGHTS) * ALIKE
    middles = ((lines[:, :2] + lines[:, 2:]) / 2 - np.array(size_px) / 2) / focal_px
    along = (lines[:, 2:] - lines[:, :2]) / lengths_px[:, None]
    likely = np.log(_likelihoods(middles, along, errors)) @ weights
    grid = _before(heading_deg) + likely.reshape(CAMERAS)
    if math.isfinite(trunk_deg):
        grid -= 0.5 * ((ROLLS_DEG[:, None, None] - trunk_deg) / TRUNK_SPREAD_DEG) ** 2
    chance = np.exp(grid - grid.max()).sum(axis=(1, 2))
    chance /= chance.sum()
    deg = float(chance @ ROLLS_DEG)
    sem_deg = math.hypot(LEAST_ERROR_DEG, math.sqrt(float(chance @ (ROLLS_DEG - deg) ** 2)))
    return CameraRoll(deg, sem_deg) if sem_deg <= UNSURE_BEYOND_DEG else UNKNOWN


def _before(heading_deg: float) -> FloatArray:
    """Log chance of each tilt, pitch and heading before any line is looked at."""
    before = (
        -0.5 * (ROLLS_DEG[:, None, None] / ROLL_SPREAD_DEG) ** 2
        - 0.5 * (PITCHES_DEG[None, :, None] / PITCH_SPREAD_DEG) ** 2
    )
    if not math.isfinite(heading_deg):
        return np.asarray(before)
    # A wall square to the person is turned against the camera the other way.
    apart_deg = (HEADINGS_DEG + heading_deg + 45.0) % 90.0 - 45.0
    peak = 1.0 / (FACING_SPREAD_DEG * math.sqrt(2.0 * math.pi))
    facing = peak * np.exp(-0.5 * (apart_deg / FACING_SPREAD_DEG) ** 2)
    return np.asarray(before + np.log(FACING_SHARE * facing + (1.0 - FACING_SHARE) / 90.0))


@cache
def _directions() -> tuple[FloatArray, ...]:
    """Up, across and away in camera axes (x right, y down, z away) for every camera tried.

    Three arrays of shape (cameras, 3).
    """
    roll, pitch, heading = np.meshgrid(
        *(np.radians(tried) for tried in (ROLLS_DEG, PITCHES_DEG, HEADINGS_DEG)), indexing="ij"
    )
    found = []
    for x, y, z in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)):
        turned_x = np.cos(heading) * x + np.sin(heading) * z
        turned_z = np.cos(heading) * z - np.sin(heading) * x
        nodded_y = np.cos(pitch) * y - np.sin(pitch) * turned_z
        nodded_z = np.sin(pitch) * y + np.cos(pitch) * turned_z
        rolled = (
            np.cos(roll) * turned_x - np.sin(roll) * nodded_y,
            np.sin(roll) * turned_x + np.cos(roll) * nodded_y,
            nodded_z,
        )
        found.append(np.stack(rolled, axis=-1).reshape(-1, 3))
    return tuple(found)


def _likelihoods(
    middles: FloatArray, along: FloatArray, errors_rad: FloatArray
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """How likely each of M lines is, for every camera tried, shape (cameras, M).

    ``middles`` (M, 2) is where the lines are, in focal lengths from the picture's middle, and
    ``along`` (M, 2) their unit directions. An edge points from its middle (u, v) to where its
    direction in space (x, y, z) vanishes: along (x - u z, y - v z). Single precision will do, and
    takes half the time.
    """
    u, v = middles.T
    normals = np.stack([along[:, 1], -along[:, 0], v * along[:, 0] - u * along[:, 1]])
    likely = np.full((len(_directions()[0]), len(middles)), ANYTHING / math.pi, dtype=np.float32)
    for direction, often in zip(_directions(), (UPRIGHT, LEVEL_ACROSS, LEVEL_AWAY), strict=True):
        x, y, z = direction.T
        # |(x - u z, y - v z)|^2, multiplied out so that it is one product of matrices.
        parts = np.stack([x**2 + y**2 + 1e-6, -2.0 * x * z, -2.0 * y * z, z**2], axis=-1)
        squared = _product(parts, np.stack([np.ones_like(u), u, v, u**2 + v**2]))
        crossed = _product(direction, normals / (errors_rad * math.sqrt(2.0)))
        np.square(crossed, out=crossed)
        crossed /= -np.maximum(squared, np.float32(1e-9))
        np.exp(crossed, out=crossed)
        likely += crossed * (often / (errors_rad * math.sqrt(2.0 * math.pi))).astype(np.float32)
    return likely


def _product(a: FloatArray, b: FloatArray) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.asarray(a.astype(np.float32) @ b.astype(np.float32))

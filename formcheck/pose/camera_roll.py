"""Estimate the camera's roll (tilt about its optical axis) from straight lines in the background.

Most straight lines in rooms and streets are vertical or horizontal, so they run in one of three
directions: up, across the image, and away from the camera. For each camera of a grid (of roll,
pitch and heading) it is computed how these directions would look, and the straight edges in the
image that are not on the body are compared with that (after Coughlan and Yuille 1999, "Manhattan
World"). The result is the mean roll of the posterior, and its width is the standard error.

A vertical edge determines the roll by itself. A horizontal one also slopes when the wall is seen at
an angle, so a single one leaves a large error. The trunk of a person who stands facing the camera
is roughly vertical, too: weak evidence beside lines, and the only evidence in front of a blank
wall. Where the evidence is contradictory or missing, the roll is unknown.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import cache

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, ImageArray, median_of
from formcheck.data.keypoints import SIDES, Keypoint, keypoint
from formcheck.pose.usual_camera import SEARCHED_PITCH_DEG, SEARCHED_ROLL_DEG

FIRST_INTERVAL_S, LATER_INTERVAL_S, ESTIMATES_KEPT = 1.0, 5.0, 5
"""Time between two estimates at first, and after ``ESTIMATES_KEPT`` of them: one costs as much as a
pose. The median of the kept ones is used. Our choice."""

SCALED_SIDE_PX = 640
"""Frames are scaled down to this longer side, which removes noise and texture but keeps lines."""

MIN_LINE_LENGTH = 0.06
MAX_LINES = 60
"""Lines shorter than this fraction of the longer side are ignored as texture; of the others the
longest are used."""

LINE_WEIGHT_LENGTH = 0.1
LINE_WEIGHTS = (0.5, 3.0)
CORRELATION_FACTOR = 0.5
"""Weight of a line: its length divided by this fraction of the longer side, clipped to the limits,
and halved because the edges of one object are not independent. Our choice."""

LINE_ERROR_DEG = 0.7
END_ERROR_PX = 0.7
"""Standard deviation of built verticals and horizontals, and of the end points of a line."""

P_VERTICAL, P_ACROSS, P_AWAY, P_OTHER = 0.35, 0.20, 0.10, 0.35
"""Prior probability that a line is vertical, horizontal across the frame, horizontal along the
line of sight, or none of these. Our choice."""

ROLLS_DEG = np.arange(-16.0, 16.25, 0.5)
PITCHES_DEG = np.arange(-24.0, 25.0, 3.0)
HEADINGS_DEG = np.arange(-45.0, 44.0, 5.0)  # beyond, a wall at right angles looks the same
GRID_SHAPE = (len(ROLLS_DEG), len(PITCHES_DEG), len(HEADINGS_DEG))
"""The grid of cameras that are compared, and its shape."""

FACING_SPREAD_DEG, FACING_SHARE = 10.0, 0.85
"""This fraction of people stand square to the walls, with this standard deviation; the others
stand at any angle. Our choice."""

LENS_DEG = 62.0
"""Assumed angle of view along the longer side, as in ``motion.camera_view``."""

TRUNK_SPREAD_DEG = 3.0
"""Standard deviation of trunk lean in quiet standing. Our choice; in the single-leg squat 3D lean
varies as much (Nakagawa 2012). The line from feet to shoulders is worse: 4 to 7 degrees off on
the front clips on one leg."""

STANDING_FRACTION = 0.95
FACING_LIMIT_DEG = 25.0
"""The person stands when the hip-ankle distance is at least this fraction of the largest seen,
and faces the camera when turned away by at most this angle."""

UPRIGHT_DEG = float(ROLLS_DEG[-1]) + 3.0 * TRUNK_SPREAD_DEG
"""A person whose trunk leans further in the image lies or bends."""

BODY_MARGIN = 0.32
MAX_ON_BODY = 0.4
"""A point closer to a bone than this fraction of the trunk length is on the body; a line with more
than this fraction of its points on the body is ignored."""

MIN_ERROR_DEG = 0.5
"""Lower limit of the standard error: buildings and lenses are not more exact."""

MAX_SEM_DEG = 3.5
"""A roll with a larger standard error is reported as unknown: the prior is hardly wider."""

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
"""Pairs of keypoints that mark the body in the image."""


@dataclass(frozen=True)
class CameraRoll:
    """Roll of the camera in degrees, + when the content of the frame leans clockwise.

    ``deg`` and its standard error ``sem_deg`` are NaN when unknown.
    """

    deg: float
    sem_deg: float


UNKNOWN = CameraRoll(math.nan, math.nan)


class RollEstimator:
    """Estimates the roll at intervals and keeps the last estimates; one per session."""

    def __init__(self) -> None:
        self._estimates: deque[CameraRoll] = deque(maxlen=ESTIMATES_KEPT)
        self._last_s = -math.inf
        self._max_leg_px = 0.0
        self._standing_trunks_deg: deque[float] = deque(maxlen=ESTIMATES_KEPT)

    @property
    def roll(self) -> CameraRoll:
        """Median of the last estimates; unknown when half of them or more are unknown."""
        known = [roll for roll in self._estimates if math.isfinite(roll.deg)]
        if 2 * len(known) <= len(self._estimates):
            return UNKNOWN
        deg = median_of(roll.deg for roll in known)
        spread_deg = median_of(abs(roll.deg - deg) for roll in known)
        sem_deg = math.hypot(median_of(roll.sem_deg for roll in known), spread_deg)
        return CameraRoll(deg, sem_deg) if sem_deg <= MAX_SEM_DEG else UNKNOWN

    def update(
        self, t_s: float, image: ImageArray, keypoints_px: FloatArray, heading_deg: float
    ) -> CameraRoll:
        """Estimate the roll from this frame if one is due; return the current roll.

        Parameters
        ----------
        t_s
            Time of the frame.
        image
            RGB, shape (height, width, 3).
        keypoints_px
            Shape (19, 2): the person, whose edges are ignored.
        heading_deg
            Rotation of the person away from the camera.
        """
        interval_s = FIRST_INTERVAL_S if len(self._estimates) < ESTIMATES_KEPT else LATER_INTERVAL_S
        if t_s - self._last_s >= interval_s:
            self._last_s = t_s
            lines, size_px = background_lines(image, keypoints_px)
            trunk_deg = self._standing_trunk_deg(keypoints_px, heading_deg)
            self._estimates.append(roll_from_lines(lines, size_px, heading_deg, trunk_deg))
        return self.roll

    def _standing_trunk_deg(self, keypoints_px: FloatArray, heading_deg: float) -> float:
        """Median lean of the trunk to the right of the frame while standing facing the camera.

        NaN when not seen standing yet, or when the person does not face the camera now.
        """
        ankles, hips, shoulders = (
            keypoints_px[[keypoint(side, joint) for side in SIDES]]
            for joint in ("ankle", "hip", "shoulder")
        )
        leg_px = float(np.fmax.reduce(np.linalg.norm(hips - ankles, axis=-1)))
        self._max_leg_px = float(np.fmax(self._max_leg_px, leg_px))
        if not abs(heading_deg) <= FACING_LIMIT_DEG:
            return math.nan
        if leg_px >= STANDING_FRACTION * self._max_leg_px:
            x, y = shoulders.mean(axis=0) - hips.mean(axis=0)
            trunk_deg = math.degrees(math.atan2(x, -y))
            if abs(trunk_deg) <= UPRIGHT_DEG:
                self._standing_trunks_deg.append(trunk_deg)
        return median_of(self._standing_trunks_deg)


def background_lines(
    image: ImageArray, keypoints_px: FloatArray
) -> tuple[FloatArray, tuple[int, int]]:
    """Return straight edges in the image that are not on the body.

    Parameters
    ----------
    image
        RGB, shape (height, width, 3).
    keypoints_px
        Shape (19, 2); missing keypoints are NaN.

    Returns
    -------
    Lines of shape (M, 4), x and y of both ends, longest first, in pixels of the scaled-down
    frame; and the width and height of that frame.
    """
    import cv2  # imported late: slow to load

    height, width = image.shape[:2]
    scale = min(1.0, SCALED_SIDE_PX / max(height, width))
    size_px = (round(width * scale), round(height * scale))
    grey = cv2.cvtColor(
        cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return np.empty((0, 4)), size_px
    lines = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    lines = lines[line_lengths(lines) >= MIN_LINE_LENGTH * max(size_px)]
    lines = lines[~_on_body(lines, keypoints_px * scale)]
    return lines[np.argsort(-line_lengths(lines))[:MAX_LINES]], size_px


def line_lengths(lines: FloatArray) -> FloatArray:
    """Return the length of each line; shape (M, 4) in, (M,) out."""
    return np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])


def _on_body(lines: FloatArray, keypoints_px: FloatArray) -> BoolArray:
    """Return which lines run along the body, shape (M,)."""
    starts, ends = (keypoints_px[[bone[i] for bone in BONES]] for i in (0, 1))
    shoulders = keypoints_px[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    hips = keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    margin_px = BODY_MARGIN * float(np.linalg.norm(shoulders - hips))
    shares = np.linspace(0.1, 0.9, 5)[None, :, None]
    points = lines[:, None, :2] + shares * (lines[:, None, 2:] - lines[:, None, :2])
    along = ends - starts
    from_start = points[:, :, None] - starts
    # The nearest point on each bone, as a fraction of its length.
    share = (from_start * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
    offset = from_start - np.clip(share, 0.0, 1.0)[..., None] * along
    distance_px = np.fmin.reduce(np.linalg.norm(offset, axis=-1), axis=-1)
    return np.asarray((distance_px < margin_px).mean(axis=-1) > MAX_ON_BODY)


def roll_from_lines(
    lines: FloatArray,
    size_px: tuple[int, int],
    heading_deg: float = math.nan,
    trunk_deg: float = math.nan,
) -> CameraRoll:
    """Return the camera's roll, given lines that are mostly vertical or horizontal in the room.

    Parameters
    ----------
    lines
        Shape (M, 4): x and y of both ends, in pixels.
    size_px
        Width and height of the frame.
    heading_deg
        Rotation of the person away from the camera; NaN assumes nothing about the walls.
    trunk_deg
        Lean of the trunk in quiet standing, + to the right of the frame; NaN when unknown.

    Returns
    -------
    The roll and its standard error; unknown when that error is too large.
    """
    longer_px = max(size_px)
    focal_px = longer_px / 2 / math.tan(math.radians(LENS_DEG / 2))
    lengths_px = line_lengths(lines)
    errors = np.hypot(math.radians(LINE_ERROR_DEG), END_ERROR_PX / lengths_px)
    weights = (
        np.clip(lengths_px / longer_px / LINE_WEIGHT_LENGTH, *LINE_WEIGHTS) * CORRELATION_FACTOR
    )
    centres = ((lines[:, :2] + lines[:, 2:]) / 2 - np.array(size_px) / 2) / focal_px
    along = (lines[:, 2:] - lines[:, :2]) / lengths_px[:, None]
    log_likelihood = np.log(_likelihoods(centres, along, errors)) @ weights
    log_posterior = _log_prior(heading_deg) + log_likelihood.reshape(GRID_SHAPE)
    if math.isfinite(trunk_deg):
        log_posterior -= 0.5 * ((ROLLS_DEG[:, None, None] - trunk_deg) / TRUNK_SPREAD_DEG) ** 2
    posterior = np.exp(log_posterior - log_posterior.max()).sum(axis=(1, 2))
    posterior /= posterior.sum()
    deg = float(posterior @ ROLLS_DEG)
    sem_deg = math.hypot(MIN_ERROR_DEG, math.sqrt(float(posterior @ (ROLLS_DEG - deg) ** 2)))
    return CameraRoll(deg, sem_deg) if sem_deg <= MAX_SEM_DEG else UNKNOWN


def _log_prior(heading_deg: float) -> FloatArray:
    """Return the log prior probability of each camera, shape ``GRID_SHAPE``, up to a constant."""
    log_prior = (
        -0.5 * (ROLLS_DEG[:, None, None] / SEARCHED_ROLL_DEG) ** 2
        - 0.5 * (PITCHES_DEG[None, :, None] / SEARCHED_PITCH_DEG) ** 2
    )
    if not math.isfinite(heading_deg):
        return np.asarray(log_prior)
    # Seen from the camera, a wall square to the person is turned the opposite way.
    difference_deg = (HEADINGS_DEG + heading_deg + 45.0) % 90.0 - 45.0
    peak = 1.0 / (FACING_SPREAD_DEG * math.sqrt(2.0 * math.pi))
    facing = peak * np.exp(-0.5 * (difference_deg / FACING_SPREAD_DEG) ** 2)
    return np.asarray(log_prior + np.log(FACING_SHARE * facing + (1.0 - FACING_SHARE) / 90.0))


@cache
def _directions() -> tuple[FloatArray, ...]:
    """Return the room's axes (vertical, across, away) in camera axes (x right, y down, z away).

    The result is three arrays of shape (cameras, 3), one row for each camera of the grid.
    """
    roll, pitch, heading = np.meshgrid(
        *(np.radians(values) for values in (ROLLS_DEG, PITCHES_DEG, HEADINGS_DEG)), indexing="ij"
    )
    directions = []
    for x, y, z in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)):
        turned_x = np.cos(heading) * x + np.sin(heading) * z
        turned_z = np.cos(heading) * z - np.sin(heading) * x
        pitched_y = np.cos(pitch) * y - np.sin(pitch) * turned_z
        pitched_z = np.sin(pitch) * y + np.cos(pitch) * turned_z
        rolled = (
            np.cos(roll) * turned_x - np.sin(roll) * pitched_y,
            np.sin(roll) * turned_x + np.cos(roll) * pitched_y,
            pitched_z,
        )
        directions.append(np.stack(rolled, axis=-1).reshape(-1, 3))
    return tuple(directions)


def _likelihoods(
    centres: FloatArray, along: FloatArray, errors_rad: FloatArray
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the likelihood of each of M lines for every camera of the grid, shape (cameras, M).

    ``centres`` (M, 2) are the line centres, in focal lengths from the middle of the frame, and
    ``along`` (M, 2) their unit directions. A line with direction (x, y, z) in space points from
    its centre (u, v) to its vanishing point: along (x - u z, y - v z). Single precision is enough
    and takes half the time.
    """
    u, v = centres.T
    normals = np.stack([along[:, 1], -along[:, 0], v * along[:, 0] - u * along[:, 1]])
    likelihoods = np.full(
        (len(_directions()[0]), len(centres)), P_OTHER / math.pi, dtype=np.float32
    )
    for direction, prior in zip(_directions(), (P_VERTICAL, P_ACROSS, P_AWAY), strict=True):
        x, y, z = direction.T
        # |(x - u z, y - v z)|^2, expanded so that it is one matrix product.
        parts = np.stack([x**2 + y**2 + 1e-6, -2.0 * x * z, -2.0 * y * z, z**2], axis=-1)
        squared = _matmul_f32(parts, np.stack([np.ones_like(u), u, v, u**2 + v**2]))
        density = _matmul_f32(direction, normals / (errors_rad * math.sqrt(2.0)))
        np.square(density, out=density)
        density /= -np.maximum(squared, np.float32(1e-9))
        np.exp(density, out=density)
        scale = (prior / (errors_rad * math.sqrt(2.0 * math.pi))).astype(np.float32)
        likelihoods += density * scale
    return likelihoods


def _matmul_f32(a: FloatArray, b: FloatArray) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the matrix product in single precision."""
    return np.asarray(a.astype(np.float32) @ b.astype(np.float32))

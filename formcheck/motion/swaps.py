"""Undo short moments in which the pose model swaps the left and the right leg."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.data.arrays import FloatArray, medians_of
from formcheck.data.keypoints import SIDES, keypoint
from formcheck.data.poses import Poses

LEG = ("hip", "knee", "ankle", "heel", "toe")
LEFT, RIGHT = ([keypoint(side, joint) for joint in LEG] for side in SIDES)

AROUND_S = 1.0
"""A leg is expected at its median place over so many seconds before and after. Our choice."""

MEDIAN_EVERY_S = 0.1
"""That median moves slowly, so it is computed only so often, and used for the nearest frames.
Our choice."""

NEARER = 0.5
"""The legs count as swapped in a frame when the distance of both from the *other* leg's expected
places is less than this share of the distance from their own. Our choice: when legs cross, one
comes near the other's place, but not both at once."""


def swaps_undone(window: Poses) -> Poses:
    """Return the poses with the legs swapped back where each is at the other one's usual place.

    This finds swaps of less than a second; a longer one looks the same as a person who has moved.
    When any joint of the legs has no place (NaN) in a frame, or within :data:`AROUND_S` of it,
    the frame never counts as swapped.
    """
    if len(window) == 0:
        return window
    left, right = window.keypoints_px[:, LEFT], window.keypoints_px[:, RIGHT]
    places = np.split(_places(window.t_s, np.concatenate([left, right], axis=1)), 2, axis=1)
    as_given = _distance(left, places[0]) + _distance(right, places[1])
    swapped = _distance(left, places[1]) + _distance(right, places[0])
    wrong = swapped < NEARER * as_given
    if not wrong.any():
        return window
    return replace(
        window,
        keypoints_px=_exchanged(window.keypoints_px, wrong),
        confidence=_exchanged(window.confidence, wrong),
        world_m=_exchanged(window.world_m, wrong),
        leg_edges_px=np.where(
            wrong[:, None, None, None], window.leg_edges_px[:, ::-1], window.leg_edges_px
        ),
    )


def _places(t_s: FloatArray, joints_px: FloatArray) -> FloatArray:
    """Return the median place of each joint around each frame, shape (N, K, 2) like the input."""
    centres_s = np.arange(t_s[0], t_s[-1] + MEDIAN_EVERY_S, MEDIAN_EVERY_S)
    first = np.searchsorted(t_s, centres_s - AROUND_S)
    end = np.searchsorted(t_s, centres_s + AROUND_S, side="right")
    medians = np.array([medians_of(joints_px[i:j]) for i, j in zip(first, end, strict=True)])
    return np.asarray(medians[np.rint((t_s - t_s[0]) / MEDIAN_EVERY_S).astype(int)])


def _distance(leg_px: FloatArray, places_px: FloatArray) -> FloatArray:
    """Return the sum over the joints of their distances from given places, shape (N,)."""
    return np.asarray(np.linalg.norm(leg_px - places_px, axis=2).sum(axis=1))


def _exchanged(values: FloatArray, frames: np.ndarray) -> FloatArray:
    """Return the values with left and right leg exchanged in some frames."""
    out = values.copy()
    rows = np.flatnonzero(frames)[:, None]
    out[rows, LEFT], out[rows, RIGHT] = values[rows, RIGHT], values[rows, LEFT]
    return out

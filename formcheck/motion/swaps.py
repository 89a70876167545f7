"""Moments in which the pose model takes the left leg for the right one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.data.arrays import FloatArray, medians_of
from formcheck.data.keypoints import SIDES, keypoint
from formcheck.data.poses import Poses

LEG = ("hip", "knee", "ankle", "heel", "toe")
LEFT, RIGHT = ([keypoint(side, joint) for joint in LEG] for side in SIDES)

AROUND_S = 1.0
"""A leg is expected at its median place within so many seconds before and after."""

LOOK_EVERY_S = 0.1
"""The median moves slowly: it is taken so often, and holds for the frames nearest to it."""

NEARER = 0.5
"""Each leg must be so much nearer to the other leg's place to count as swapped. Ours: legs
that cross come near to each other's places, not each to the other's at once."""


def swaps_undone(window: Poses) -> Poses:
    """Swap the legs back in the frames where each is where the other one was just before and after.

    For swaps of less than a second; a model that takes one leg for the other for longer cannot be
    distinguished from a person who has moved.
    """
    if len(window) == 0:
        return window
    left, right = window.keypoints_px[:, LEFT], window.keypoints_px[:, RIGHT]
    places = np.split(_places(window.t_s, np.concatenate([left, right], axis=1)), 2, axis=1)
    as_said = _distance(left, places[0]) + _distance(right, places[1])
    swapped = _distance(left, places[1]) + _distance(right, places[0])
    wrong = swapped < NEARER * as_said
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
    """Where the joints are around each frame, of the shape of ``joints_px``, (N, K, 2)."""
    looks_s = np.arange(t_s[0], t_s[-1] + LOOK_EVERY_S, LOOK_EVERY_S)
    first = np.searchsorted(t_s, looks_s - AROUND_S)
    end = np.searchsorted(t_s, looks_s + AROUND_S, side="right")
    medians = np.array([medians_of(joints_px[i:j]) for i, j in zip(first, end, strict=True)])
    return np.asarray(medians[np.rint((t_s - t_s[0]) / LOOK_EVERY_S).astype(int)])


def _distance(leg_px: FloatArray, places_px: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(leg_px - places_px, axis=2).sum(axis=1))


def _exchanged(values: FloatArray, frames: np.ndarray) -> FloatArray:
    out = values.copy()
    rows = np.flatnonzero(frames)[:, None]
    out[rows, LEFT], out[rows, RIGHT] = values[rows, RIGHT], values[rows, LEFT]
    return out

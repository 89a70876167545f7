"""Spoils poses as a pose model on a bad day does, and as a camera held by hand does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, keypoint

LEG = ("hip", "knee", "ankle", "heel", "toe")
_SWAPPED = list(range(len(Keypoint)))
for _joint in LEG:
    _left, _right = (keypoint(side, _joint) for side in SIDES)
    _SWAPPED[_left], _SWAPPED[_right] = int(_right), int(_left)


def legs_swapped(sample: PoseSample) -> PoseSample:
    """The left leg taken for the right one."""
    return replace(
        sample,
        keypoints_px=sample.keypoints_px[_SWAPPED],
        confidence=sample.confidence[_SWAPPED],
        world_m=sample.world_m[_SWAPPED],
        leg_edges_px=sample.leg_edges_px[::-1],
    )


def swapped_at(t_s: float) -> bool:
    """A tenth of the time, in moments from one frame to a quarter of a second.

    It depends on nothing but the time, so every look at a film finds the same.
    """
    rng = np.random.default_rng(5)
    starts_s = np.arange(0.0, 120.0, 1.3) + rng.uniform(0.0, 0.8, 93)
    lengths_s = rng.uniform(0.03, 0.25, 93)
    return bool(((t_s >= starts_s) & (t_s < starts_s + lengths_s)).any())


def shaken(sample: PoseSample, path: Callable[[float], FloatArray]) -> PoseSample:
    """The pose in an image that has moved."""
    return replace(sample, keypoints_px=sample.keypoints_px + path(sample.t_s))

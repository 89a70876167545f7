"""Measure and correct the pose model's left-right asymmetry in the heading.

The *heading* is the turn of the body about the vertical, from the model's pose in space. A person
and their mirror image should have opposite headings. MediaPipe turns both by about 5 degrees in the
same direction (on all clips and films tried), which looks as if the person did not face the camera.
So the pose is now and then also estimated in the mirrored frame, which measures that asymmetry for
a few per cent of the computing time.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from formcheck.data.arrays import FloatArray, median_of
from formcheck.data.keypoints import SIDES, Keypoint, keypoint, other
from formcheck.pose.heading import heading_deg, wrap_deg

FIRST_CHECKS = 4
FIRST_INTERVAL_S = 0.5
LATER_INTERVAL_S = 5.0
"""The mirrored frame is checked often for the first few times, then seldom."""

CHECKS_KEPT = 9
"""The median of so many checks is used. Our choice."""

MAX_ASYMMETRY_DEG = 15.0
"""A larger asymmetry means that the two poses show different things (front and back confused,
another person): the check is ignored."""


def swap_sides(world_m: FloatArray) -> FloatArray:
    """Turn a pose estimated in a mirrored frame into the pose in the true frame.

    Parameters
    ----------
    world_m
        World coordinates in metres, shape (19, 3).

    Returns
    -------
    Shape (19, 3): x negated, left and right keypoints exchanged. NaN stays NaN.
    """
    rows = list(range(len(Keypoint)))
    for side in SIDES:
        for joint in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe"):
            rows[keypoint(side, joint)] = keypoint(other(side), joint)
    return np.asarray(world_m[rows] * np.array([-1.0, 1.0, 1.0]))


class MirrorCheck:
    """Keeps the last measured asymmetries and says when the next check is due; one per session."""

    def __init__(self) -> None:
        self._asymmetries_deg: deque[float] = deque(maxlen=CHECKS_KEPT)
        self._checks = 0
        self._last_s: float | None = None

    @property
    def correction_deg(self) -> float:
        """Degrees to add to the heading from the model; 0 before the first check."""
        return -median_of(self._asymmetries_deg) if self._asymmetries_deg else 0.0

    def is_due(self, t_s: float) -> bool:
        """Return whether the mirrored frame should be checked at time ``t_s``."""
        if self._last_s is None:
            return True
        interval_s = FIRST_INTERVAL_S if self._checks < FIRST_CHECKS else LATER_INTERVAL_S
        return t_s - self._last_s >= interval_s

    def add(self, t_s: float, world_m: FloatArray, mirrored_world_m: FloatArray | None) -> None:
        """Add a check.

        Parameters
        ----------
        t_s
            Time of the frame.
        world_m
            Pose in the frame, metres, shape (19, 3).
        mirrored_world_m
            Pose in the mirrored frame, same shape; ``None`` if the person was not found there.
        """
        self._checks += 1
        self._last_s = t_s
        if mirrored_world_m is None:
            return
        # With the true heading h and the asymmetry a the model sees h + a in the frame, and -h + a
        # in the mirror image, which is h - a when it is turned back.
        seen_deg = heading_deg(world_m)
        mirrored_deg = heading_deg(swap_sides(mirrored_world_m))
        asymmetry_deg = float(wrap_deg(seen_deg - mirrored_deg)) / 2.0
        if abs(asymmetry_deg) <= MAX_ASYMMETRY_DEG:
            self._asymmetries_deg.append(asymmetry_deg)

"""How far the model's own left-right asymmetry turns a person, and the correction for it.

A person and their mirror image should be seen turned by opposite angles. MediaPipe's world
coordinates turn both by about 5 degrees the same way (on all clips and films tried), which would
pass for a camera that stands askew. Looking at the mirrored picture now and then gives that
asymmetry at a few per cent of the cost, and the yaw without it.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, keypoint, other
from formcheck.pose.heading import heading_deg, wrap_deg

FIRST_LOOKS_S = 0.5
LATER_LOOKS_S = 5.0
FIRST_LOOKS = 4
"""So often the mirrored picture is looked at: a few times at first, then seldom."""

LOOKS_KEPT = 9
MOST_ASYMMETRY_DEG = 15.0
"""Beyond this the two looks saw different things (front for back, another person)."""


def swapped_sides(world_m: FloatArray) -> FloatArray:
    """What a mirrored picture's pose says of the true one; shape (19, 3) in and out."""
    rows = list(range(len(Keypoint)))
    for side in SIDES:
        for joint in ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe"):
            rows[keypoint(side, joint)] = keypoint(other(side), joint)
    return np.asarray(world_m[rows] * np.array([-1.0, 1.0, 1.0]))


class MirrorCheck:
    """Keeps the asymmetry found so far and says when to look again; used for one session."""

    def __init__(self) -> None:
        self._found: deque[float] = deque(maxlen=LOOKS_KEPT)
        self._looks = 0
        self._last_s: float | None = None

    @property
    def correction_deg(self) -> float:
        """What to add to the heading that the model gives; 0 before the first look."""
        return -float(np.median(self._found)) if self._found else 0.0

    def wants_look(self, t_s: float) -> bool:
        """Whether the mirrored picture should be looked at now."""
        if self._last_s is None:
            return True
        interval_s = FIRST_LOOKS_S if self._looks < FIRST_LOOKS else LATER_LOOKS_S
        return t_s - self._last_s >= interval_s

    def look(self, t_s: float, world_m: FloatArray, mirrored_world_m: FloatArray | None) -> None:
        """Take the pose of a picture and that of its mirror image, ``None`` if none was seen."""
        self._looks += 1
        self._last_s = t_s
        if mirrored_world_m is None:
            return
        seen, mirrored = heading_deg(world_m), heading_deg(swapped_sides(mirrored_world_m))
        asymmetry = float(wrap_deg(seen - mirrored)) / 2.0
        if abs(asymmetry) <= MOST_ASYMMETRY_DEG:
            self._found.append(asymmetry)

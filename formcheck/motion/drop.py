"""The signal that drives the repetitions: how far the hips have gone down, in leg lengths."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from formcheck.data.arrays import percentile_of
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.motion.limbs import leg_length_px

LEG_MEMORY_S = 10.0
LEG_AGAIN_S = 0.2
"""The leg's length is taken over the last ten seconds, again five times a second."""


def hips_y_px(sample: PoseSample) -> float:
    """How far the middle of the hips is below the top of the image; NaN when one is unseen."""
    return float(sample.keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 1].mean())


class HipDrop:
    """Follows the hips from frame to frame; used for one session.

    The drop is a sum of steps, each in the leg length of its time, so that a person who comes
    nearer does not seem to go down.
    """

    def __init__(self) -> None:
        self._leg_lengths: deque[tuple[float, float]] = deque()
        self._leg_from_s = -math.inf
        self._last_hip_y_px = math.nan
        self._drop = 0.0
        self.leg_px = math.nan

    @property
    def value(self) -> float:
        """The drop at the last frame in which the hips were seen."""
        return self._drop

    def update(self, sample: PoseSample) -> float:
        """Take one pose; give the drop from where the hips were first seen, NaN when unseen."""
        self._follow_leg(sample)
        hip_y_px = hips_y_px(sample)
        if not math.isfinite(hip_y_px) or math.isnan(self.leg_px):
            return math.nan
        if math.isfinite(self._last_hip_y_px):
            self._drop += (hip_y_px - self._last_hip_y_px) / self.leg_px
        self._last_hip_y_px = hip_y_px
        return self._drop

    def _follow_leg(self, sample: PoseSample) -> None:
        length_px = leg_length_px(sample)
        if not math.isfinite(length_px):
            return
        self._leg_lengths.append((sample.t_s, length_px))
        while self._leg_lengths[0][0] < sample.t_s - LEG_MEMORY_S:
            self._leg_lengths.popleft()
        if sample.t_s - self._leg_from_s >= LEG_AGAIN_S:
            self._leg_from_s = sample.t_s
            self.leg_px = percentile_of(np.array([px for _, px in self._leg_lengths]), 90)

"""The signal that drives the repetitions: how far the hips have gone down, in leg lengths."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from formcheck.data.arrays import FloatArray, medians_of, percentile_of
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.motion.limbs import leg_length_px
from formcheck.motion.shake import DRIFT_SPEED, FOOT

LEG_MEMORY_S = 10.0
LEG_AGAIN_S = 0.2
"""The leg's length is taken over the last ten seconds, again five times a second."""

IN_PLACE = 0.06
FEET_OVER_S = 0.3
"""A foot is in its place within the first, in leg lengths, by its median over the second: planted
feet move up and down by 0.04 in the poses of people who squat, and by 0.06 at most. Ours."""


def hips_y_px(sample: PoseSample) -> float:
    """How far the middle of the hips is below the top of the image; NaN when one is unseen."""
    return float(sample.keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 1].mean())


class SlowDrift:
    """Follows how a camera drifts up or down, by the feet, from frame to frame.

    While a foot is in its place the camera stands still, and the other foot has stepped: its place
    is where it is now. When neither is in its place the camera moved, by as much as takes the
    nearer one back. Within ``IN_PLACE`` of its place a foot is in it: the pose model lets it move
    with the knee. So this is no measure of how far a camera moved, but a drift does not add up.
    """

    def __init__(self) -> None:
        self._places: dict[Side, float] = {}
        self._recent: deque[tuple[float, FloatArray]] = deque()
        self._t_s = math.nan
        self.drop_px = 0.0

    def update(self, sample: PoseSample, leg_px: float) -> float:
        """Take one pose; give how far the picture has moved down, in pixels."""
        elapsed_s, self._t_s = sample.t_s - self._t_s, sample.t_s
        feet = np.array([_foot_y_px(sample, side) for side in SIDES])
        if not np.isfinite(feet).all():
            self._recent.clear()
            self._places.clear()
            return self.drop_px
        self._recent.append((sample.t_s, feet))
        while self._recent[0][0] < sample.t_s - FEET_OVER_S:
            self._recent.popleft()
        middle = medians_of(np.array([one for _, one in self._recent]))
        away = {
            side: self._outside(side, y, IN_PLACE * leg_px)
            for side, y in zip(SIDES, middle.tolist(), strict=True)
        }
        since_s, then = self._recent[0]
        fastest_px = DRIFT_SPEED * leg_px
        quick = np.abs(feet - then) > fastest_px * max(sample.t_s - since_s, 1e-9)
        slow = [side for side, steps in zip(SIDES, quick.tolist(), strict=True) if not steps]
        if all(away.values()) and len(slow) == len(SIDES):
            most_px = fastest_px * elapsed_s
            self.drop_px += float(np.clip(min(away.values(), key=abs), -most_px, most_px))
            return self.drop_px
        stands = any(not away[side] for side in slow)
        for side, by in away.items():
            if stands or side not in slow:
                self._places[side] += by
        return self.drop_px

    def _outside(self, side: Side, now_px: float, within_px: float) -> float:
        """How far a foot is outside of its place, in pixels, + down; 0 when it is there."""
        at_px = now_px - self.drop_px
        from_place_px = at_px - self._places.setdefault(side, at_px)
        return math.copysign(max(0.0, abs(from_place_px) - within_px), from_place_px)


def _foot_y_px(sample: PoseSample, side: Side) -> float:
    """Height of a foot in the picture, from its top; NaN where a point of it is not seen."""
    points = [keypoint(side, joint) for joint in FOOT]
    return float(sample.keypoints_px[points, 1].mean())


class HipDrop:
    """Follows the hips from frame to frame; used for one session.

    The drop is a sum of steps, each in the leg length of its time, so that a person who comes
    nearer does not seem to go down.

    Parameters
    ----------
    feet_stay
        Whether both feet stay on the ground: a camera that drifts is followed then.
    """

    def __init__(self, *, feet_stay: bool = False) -> None:
        self._drift = SlowDrift() if feet_stay else None
        self._drifted_px = 0.0
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
        drifted_px = 0.0 if self._drift is None else self._drift.update(sample, self.leg_px)
        if math.isfinite(self._last_hip_y_px):
            moved_px = hip_y_px - self._last_hip_y_px
            self._drop += (moved_px - (drifted_px - self._drifted_px)) / self.leg_px
        self._drifted_px = drifted_px
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

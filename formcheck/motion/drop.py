"""Follow from frame to frame how far the hips have gone down, in leg lengths.

This *drop* is the signal in which the phase machine (:mod:`formcheck.motion.phases`) finds
repetitions. Slow up or down motion of the camera is taken out of it where both feet stay on the
ground.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from formcheck.data.arrays import FloatArray, medians_of, percentile_of
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.motion.limbs import leg_length_px
from formcheck.motion.shake import DRIFT_SPEED, FOOT

LEG_MEMORY_S, LEG_EVERY_S = 10.0, 0.2
"""The leg length is taken over the last ten seconds, and computed anew five times a second.
Our choice."""

IN_PLACE = 0.06
"""A foot within this distance of its place, in leg lengths, has not moved: in the poses of people
who squat, planted feet move up and down by 0.04, and by 0.06 at most. Our choice."""

FEET_OVER_S = 0.3
"""The place of a foot is its median over so many seconds. Our choice."""


def hips_y_px(sample: PoseSample) -> float:
    """Return how far the hips are below the image's top; NaN when one of them is not seen."""
    return float(sample.keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 1].mean())


class SlowDrift:
    """Follows how a camera drifts up or down, from where the feet are in each frame.

    While one foot is in its place, the camera stands still; the other one may have stepped, and its
    place is then updated. When neither foot is in its place, the camera has moved, by as much as
    brings the nearer one back. As a foot may be up to ``IN_PLACE`` away (the pose model lets it
    move with the knee), this does not measure small motions of the camera; it keeps a drift from
    adding up.

    Attributes
    ----------
    drop_px
        How far the image has moved down so far, in pixels.
    """

    def __init__(self) -> None:
        self._places: dict[Side, float] = {}
        self._recent: deque[tuple[float, FloatArray]] = deque()
        self._t_s = math.nan
        self.drop_px = 0.0

    def update(self, sample: PoseSample, leg_px: float) -> float:
        """Take one pose; return how far the image has moved down so far, in pixels."""
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
        outside_px = {
            side: self._outside(side, y_px, IN_PLACE * leg_px)
            for side, y_px in zip(SIDES, middle.tolist(), strict=True)
        }
        since_s, then = self._recent[0]
        fastest_px = DRIFT_SPEED * leg_px
        steps = np.abs(feet - then) > fastest_px * max(sample.t_s - since_s, 1e-9)
        slow = [side for side, is_step in zip(SIDES, steps.tolist(), strict=True) if not is_step]
        if all(outside_px.values()) and len(slow) == len(SIDES):
            most_px = fastest_px * elapsed_s
            self.drop_px += float(np.clip(min(outside_px.values(), key=abs), -most_px, most_px))
            return self.drop_px
        camera_stands = any(not outside_px[side] for side in slow)
        for side, by_px in outside_px.items():
            if camera_stands or side not in slow:
                self._places[side] += by_px
        return self.drop_px

    def _outside(self, side: Side, now_px: float, within_px: float) -> float:
        """Return how far a foot is outside its place, in pixels, + down; 0 when it is in place."""
        at_px = now_px - self.drop_px
        from_place_px = at_px - self._places.setdefault(side, at_px)
        return math.copysign(max(0.0, abs(from_place_px) - within_px), from_place_px)


def _foot_y_px(sample: PoseSample, side: Side) -> float:
    """Return how far a foot is below the image's top; NaN when one of its points is not seen."""
    points = [keypoint(side, joint) for joint in FOOT]
    return float(sample.keypoints_px[points, 1].mean())


class HipDrop:
    """Follows how far the hips have gone down; one is used for one session.

    The drop adds up the changes from frame to frame, each divided by the leg length of its time, so
    that a person who comes nearer to the camera does not seem to go down.

    Parameters
    ----------
    feet_stay
        Whether both feet stay on the ground in the exercise; then a drifting camera is allowed for.

    Attributes
    ----------
    leg_px
        Current leg length in the image; NaN before a leg was seen.
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
        """Take one pose; return the drop since the hips were first seen, NaN when they are not."""
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
        """Update the leg length."""
        length_px = leg_length_px(sample)
        if not math.isfinite(length_px):
            return
        self._leg_lengths.append((sample.t_s, length_px))
        while self._leg_lengths[0][0] < sample.t_s - LEG_MEMORY_S:
            self._leg_lengths.popleft()
        if sample.t_s - self._leg_from_s >= LEG_EVERY_S:
            self._leg_from_s = sample.t_s
            self.leg_px = percentile_of(np.array([px for _, px in self._leg_lengths]), 90)

"""When the lowering starts and ends: the 5 % rule, measured on the closed repetition."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.arrays import BoolArray, FloatArray
from formcheck.kinematics.filters import hampel, low_pass, velocity
from formcheck.kinematics.window import PoseWindow
from formcheck.reps.phases import Excursion

EVENT_SPEED_FRACTION = 0.05
"""A phase starts and ends where the vertical speed crosses this part of the phase's peak.

Ours: no onset threshold is cited in what was read (docs/measurement.md)."""

COARSE_CUTOFF_HZ = 3.0
CUTOFF_PER_DURATION = 3.0
"""Cut-off of the phase's own smoothing is this over the phase's duration: a slow lowering is
smoothed more, for its speed is small against the noise. Measured against fixed cut-offs."""
CUTOFF_RANGE_HZ = (1.5, 6.0)
TURN_CUTOFF_HZ = 6.0
"""At the turning point the speed changes fast whatever the tempo: least smoothing there."""


NEAR_LEVEL = 0.1
"""A phase can only start or end within this part of the way from where it leads."""

TURN_WITHIN_S = 0.5
AFTER_END_S = 0.3
"""The turn is looked for no further from the excursion's, the end no further after it."""


@dataclass(frozen=True)
class Stroke:
    """One way of a repetition, down or up: when it starts and ends, in seconds.

    ``None`` where the film does not show it.
    """

    start_s: float | None
    end_s: float | None


def trunk_height_px(window: PoseWindow) -> FloatArray:
    """Height of the trunk (mean of hips and shoulders) above the picture's top edge, negated y.

    Shape (N,), in pixels, + up. The trunk moves with the hip in these exercises, and the mean of
    four keypoints has half the noise of the hip alone: event times on the clips are that much
    nearer to the truth of the hip.
    """
    return -(window.middle("hip")[:, 1] + window.middle("shoulder")[:, 1]) / 2


def find_strokes(
    t_s: FloatArray,
    height: FloatArray,
    excursion: Excursion,
    outward: float,
    from_s: float = -math.inf,
) -> tuple[Stroke, Stroke]:
    """Start and end of the way out and of the way back of one repetition.

    Parameters
    ----------
    t_s, height
        Shape (N,): the repetition with some rest around it; height + up, any unit. NaN bridged.
    excursion
        About when it began, was furthest out, and ended.
    outward
        -1 when the way out goes down (step-down, squat), +1 when it goes up (step-up).
    from_s
        End of the repetition before: what lies earlier is not part of this one.

    Returns
    -------
    (out, back)
    """
    known = np.isfinite(height)
    if known.sum() < 5:
        return Stroke(None, None), Stroke(None, None)
    away = outward * hampel(np.interp(t_s, t_s[known], height[known]))
    coarse = low_pass(t_s, away, COARSE_CUTOFF_HZ)
    near = np.flatnonzero(np.abs(t_s - excursion.turn_s) <= TURN_WITHIN_S)
    if len(near) == 0:
        return Stroke(None, None), Stroke(None, None)
    turn = int(near[np.argmax(coarse[near])])
    # Each way runs from the turn to where the trunk was furthest from it before and after.
    before = np.flatnonzero((t_s >= from_s) & (np.arange(len(t_s)) <= turn))
    after = np.flatnonzero((np.arange(len(t_s)) >= turn) & (t_s <= excursion.end_s + AFTER_END_S))
    first = int(before[np.argmin(coarse[before])])
    last = int(after[np.argmin(coarse[after])])
    out = _stroke(t_s, away, coarse, np.arange(first, turn + 1), +1.0)
    back = _stroke(t_s, away, coarse, np.arange(turn, last + 1), -1.0)
    return out, back


def _stroke(
    t_s: FloatArray, away: FloatArray, coarse: FloatArray, part: np.ndarray, sign: float
) -> Stroke:
    """One way: ``part`` are its frames, ``sign`` +1 on the way out and -1 on the way back."""
    if len(part) < 3:
        return Stroke(None, None)
    slow_hz = float(np.clip(CUTOFF_PER_DURATION / _duration_s(t_s, coarse, part), *CUTOFF_RANGE_HZ))
    slow = sign * velocity(t_s, low_pass(t_s, away, slow_hz))
    fast = sign * velocity(t_s, low_pass(t_s, away, TURN_CUTOFF_HZ))
    level, margin = coarse[part], NEAR_LEVEL * float(np.ptp(coarse[part]))
    at_rest, at_turn = coarse <= level.min() + margin, coarse >= level.max() - margin
    if sign > 0:
        return Stroke(
            _crossing_s(t_s, slow, part, -1, at_rest), _crossing_s(t_s, fast, part, +1, at_turn)
        )
    return Stroke(
        _crossing_s(t_s, fast, part, -1, at_turn), _crossing_s(t_s, slow, part, +1, at_rest)
    )


def _duration_s(t_s: FloatArray, coarse: FloatArray, part: np.ndarray) -> float:
    """Time between a tenth and nine tenths of the way, at least 0.15 s."""
    course = coarse[part]
    low, high = float(course.min()), float(course.max())
    between = (course > low + 0.1 * (high - low)) & (course < low + 0.9 * (high - low))
    times = t_s[part][between]
    return max(0.15, float(times[-1] - times[0])) if len(times) else 0.15


def _crossing_s(
    t_s: FloatArray, speed: FloatArray, part: np.ndarray, step: int, near_level: BoolArray
) -> float | None:
    """Walk from the peak speed in ``part`` outward until it falls below 5 % of the peak.

    A crossing away from the level that the phase leads to is a hesitation, or noise in a slow
    movement, and is walked over. ``None`` when the record ends before the phase does.
    """
    peak = int(part[np.argmax(speed[part])])
    threshold = EVENT_SPEED_FRACTION * speed[peak]
    if threshold <= 0:
        return None
    here = peak
    while 0 <= here + step < len(t_s):
        following = here + step
        if speed[following] < threshold <= speed[here] and near_level[following]:
            share = (speed[here] - threshold) / (speed[here] - speed[following])
            return float(t_s[here] + share * (t_s[following] - t_s[here]))
        here = following
    return None

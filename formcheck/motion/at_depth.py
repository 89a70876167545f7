"""When a repetition goes through a fixed depth on the way down.

What grows with depth, as the knee's way inward does, is compared there between repetitions that go
down by different amounts.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.numbers import number

AROUND_S = 0.05
"""Half the stretch that is averaged: short, as the body is moving there. Ours."""

LOOKS = 5
"""Points in time over which the mean is taken, between the frames."""

NOT_SEEN_THERE = "you were not seen at that depth on the way down"


def time_at_depth_s(
    t_s: FloatArray, drop_pct: FloatArray, depth_pct: float, way_down: tuple[float, float]
) -> float | str:
    """When the hips first come to a depth on the way down, in seconds, between the frames.

    Parameters
    ----------
    t_s, drop_pct
        Drop of the hips below standing for every frame, shape (N,) each, in % of leg length; NaN
        where unknown.
    depth_pct
        The depth, in the same unit.
    way_down
        Start and end of the way down, in seconds.

    Returns
    -------
    float or str
        The time; or the reason in words when the way down does not go that deep, or when the hips
        were not seen there.
    """
    inside = (t_s >= way_down[0]) & (t_s <= way_down[1])
    times, drop = t_s[inside], drop_pct[inside]
    deep = np.flatnonzero(drop >= depth_pct)
    if not len(deep):
        if not np.isfinite(drop).any():
            return NOT_SEEN_THERE
        deepest = number(float(np.nanmax(drop)), 1)
        return f"the hips went down by only {deepest} % of leg length"
    first = int(deep[0])
    if first == 0 or not np.isfinite(drop[first - 1]):
        return NOT_SEEN_THERE
    ends = slice(first - 1, first + 1)
    return float(np.interp(depth_pct, drop[ends], times[ends]))


def mean_around(t_s: FloatArray, values: FloatArray, stretch: tuple[float, float]) -> float:
    """Mean of a series over a short stretch, from values between the frames; NaN if any is unknown.

    A mean over the few frames in it would lean to the side that happens to have one more.
    """
    looks = np.interp(np.linspace(*stretch, LOOKS), t_s, values, left=np.nan, right=np.nan)
    return float(np.mean(looks))

"""Find when a repetition passes a fixed depth on the way down, and take a mean there.

Some measurements grow with depth, such as how far the knee moves inward. To compare repetitions of
different depths fairly, such a measurement is also taken at one fixed depth.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.numbers import number

AROUND_S = 0.05
"""Half the stretch of time that is averaged; short, as the body is moving there. Our choice."""

SAMPLES = 5
"""Number of points in time over which the mean is taken; they lie between the frames."""

NOT_SEEN_THERE = "you were not seen at that depth on the way down"


def time_at_depth_s(
    t_s: FloatArray, drop_pct: FloatArray, depth_pct: float, way_down: tuple[float, float]
) -> float | str:
    """Return when the hips first reach a depth on the way down, in seconds.

    Parameters
    ----------
    t_s, drop_pct
        Time and drop of the hips below standing in every frame, shape (N,) each; the drop in % of
        leg length, NaN where unknown.
    depth_pct
        The depth, in the same unit.
    way_down
        Start and end of the way down, in seconds.

    Returns
    -------
    float or str
        The time, interpolated between frames; or the reason in words when the hips do not go that
        deep, or were not seen there.
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
    """Return the mean over a short stretch of time, from interpolated values; NaN if one is.

    A mean over the few frames in the stretch would depend on which of its halves has one more.
    """
    samples = np.interp(np.linspace(*stretch, SAMPLES), t_s, values, left=np.nan, right=np.nan)
    return float(np.mean(samples))

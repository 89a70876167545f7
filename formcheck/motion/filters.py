"""Gap filling, outlier removal and zero-lag smoothing on true times."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, percentile_of

HAMPEL_HALF_WIDTH = 3
"""Frames to either side: a window of 7, as in Sports2D and Pose2Sim."""

HAMPEL_SIGMAS = 3.0
"""A value further from the window's median than this many scaled deviations is an outlier."""

WINTER_CORRECTION = 0.802
"""Two passes of a second-order Butterworth halve the power at this fraction of its cut-off
(Winter, Biomechanics and Motor Control of Human Movement): divide by it to get the wanted one."""

MAD_TO_SIGMA = 1.4826

QUICK_PERCENTILE = 10.0
"""Of the times between frames: at rest there are fewer looks than in a movement."""


def load_filters() -> None:
    """Load what the filters are made with, which takes half a second.

    What measures calls it before the first frame: a live set cannot wait for it at the end of its
    first repetition. What only shows sessions does without.
    """
    import scipy.signal  # noqa: F401


def fill_gaps(t_s: FloatArray, values: FloatArray, max_gap_s: float) -> FloatArray:
    """Fill runs of NaN up to ``max_gap_s`` long by straight lines; leave longer ones and the ends.

    ``values`` has shape (N,). The gap's length is the time between the known values around it.
    """
    known = np.flatnonzero(np.isfinite(values))
    filled = values.copy()
    for before, after in pairwise(known):
        if after - before > 1 and t_s[after] - t_s[before] <= max_gap_s:
            inside = slice(before + 1, after)
            filled[inside] = np.interp(t_s[inside], t_s[[before, after]], values[[before, after]])
    return filled


def hampel(values: FloatArray, t_s: FloatArray | None = None) -> FloatArray:
    """Replace outliers by the median of their seven-frame window; NaN are ignored and stay.

    Works along the first axis of shape (N, ...). With times, shape (N,), the window is as long
    where the frames are further apart, and has fewer of them.
    """
    n = len(values)
    if n < 2 * HAMPEL_HALF_WIDTH + 1:
        return values.copy()
    padding = [(HAMPEL_HALF_WIDTH, HAMPEL_HALF_WIDTH)] + [(0, 0)] * (values.ndim - 1)
    padded = np.pad(values, padding, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * HAMPEL_HALF_WIDTH + 1, axis=0)
    if t_s is not None and without_long_steps(t_s) is not t_s:
        windows = np.where(_near(t_s, windows.ndim), windows, np.nan)
    known = np.asarray(np.isfinite(windows).any(axis=-1))
    usable = np.where(known[..., None], windows, 0.0)
    # The same numbers, and ten times as fast where nothing is missing.
    middle = np.nanmedian if np.isnan(usable).any() else np.median
    median = middle(usable, axis=-1)
    spread = MAD_TO_SIGMA * middle(np.abs(usable - median[..., None]), axis=-1)
    outlier = (np.abs(values - median) > HAMPEL_SIGMAS * spread) & known
    return np.where(outlier, median, values)


def _near(t_s: FloatArray, axes: int) -> BoolArray:
    """Which frames of each window are as near in time as in a window of frequent frames.

    Shape (N, 1, ..., 7), with as many axes as asked for.
    """
    padded_s = np.pad(t_s, HAMPEL_HALF_WIDTH, mode="edge")
    windows_s = np.lib.stride_tricks.sliding_window_view(padded_s, 2 * HAMPEL_HALF_WIDTH + 1)
    most_s = (HAMPEL_HALF_WIDTH + 0.5) * quick_step_s(t_s)
    near = np.abs(windows_s - t_s[:, None]) <= most_s
    return np.asarray(near.reshape(len(t_s), *[1] * (axes - 2), -1))


def low_pass(t_s: FloatArray, values: FloatArray, cutoff_hz: float) -> FloatArray:
    """Smooth without lag: Butterworth, two passes, true -3 dB point at ``cutoff_hz``.

    The values are brought to an even time grid first and read back at ``t_s``, so that frames at
    varying intervals are treated by their times and not by their count.

    Parameters
    ----------
    t_s
        Shape (N,), strictly increasing.
    values
        Shape (N,), or (N, C) with every value known. Runs of NaN inside are bridged by straight
        lines for filtering and are NaN again in the result; so are NaN at the ends.
    cutoff_hz
        When it is too near half the frame rate to filter, the values come back as they are.

    Returns
    -------
    The shape of ``values``.
    """
    known = np.isfinite(values if values.ndim == 1 else values.sum(axis=1))
    if known.sum() < 4:
        return values.copy()
    first, last = np.flatnonzero(known)[[0, -1]]
    inside = slice(first, last + 1)
    step_s = quick_step_s(t_s[inside])
    grid = np.arange(t_s[first], t_s[last] + step_s / 2, step_s)
    # Never ask for a cut-off that the frame rate cannot carry (0.45 of it after correction).
    normal = cutoff_hz / WINTER_CORRECTION * 2.0 * step_s
    if normal >= 0.9 or len(grid) < 4:
        return values.copy()
    even = _read_at(grid, t_s[known], values[known])
    from scipy.signal import sosfiltfilt  # heavy: see load_filters

    sos = _butterworth(normal)
    # Odd padding keeps the ends' slope; one period of the cut-off is enough for the transient.
    padding = min(len(even) - 1, int(np.ceil(1.0 / (cutoff_hz * step_s))))
    smooth = sosfiltfilt(sos, even, axis=0, padtype="odd", padlen=padding)
    result = np.full(values.shape, np.nan)
    result[inside] = _read_at(t_s[inside], grid, smooth)
    result[~known] = np.nan
    return result


def quick_step_s(t_s: FloatArray) -> float:
    """Time between frames where they are frequent; the looks at a person at rest are further apart.

    Shape (N,), N at least 2.
    """
    return percentile_of(np.diff(t_s), QUICK_PERCENTILE)


def without_long_steps(t_s: FloatArray) -> FloatArray:
    """Return the times with others put in where two are further apart than the frequent ones.

    What is read there between the frames is no evidence; it is for filters and speeds, which want
    even steps.
    """
    if len(t_s) < 2:
        return t_s
    parts = np.maximum(np.rint(np.diff(t_s) / quick_step_s(t_s)), 1.0).astype(int)
    if parts.max() == 1:
        return t_s
    within = [
        np.linspace(start_s, end_s, count, endpoint=False)
        for start_s, end_s, count in zip(t_s[:-1], t_s[1:], parts, strict=True)
    ]
    return np.concatenate([*within, t_s[-1:]])


def _read_at(wanted_s: FloatArray, t_s: FloatArray, values: FloatArray) -> FloatArray:
    """Values between the known times by straight lines, for one column or several."""
    if values.ndim == 1:
        return np.interp(wanted_s, t_s, values)
    return np.stack([np.interp(wanted_s, t_s, column) for column in values.T], axis=1)


@lru_cache(maxsize=16)
def _butterworth(normal: float) -> FloatArray:
    """Design the filter; it is the same for all keypoints, and costs more than using it."""
    from scipy.signal import butter  # heavy: see load_filters

    return np.asarray(butter(2, normal, output="sos"))


def smooth_keypoints(
    t_s: FloatArray, keypoints_px: FloatArray, cutoff_hz: float, max_gap_s: float
) -> FloatArray:
    """Gap filling, Hampel, then :func:`low_pass`, for each keypoint; shape (N, K, 2) in and out."""
    columns = hampel(keypoints_px, t_s).reshape(len(keypoints_px), -1)
    out = np.empty_like(columns)
    whole = np.isfinite(columns).all(axis=0)
    if whole.any():  # many columns at once: the same numbers at a fraction of the cost
        out[:, whole] = low_pass(t_s, columns[:, whole], cutoff_hz)
    for column in np.flatnonzero(~whole):
        out[:, column] = low_pass(t_s, fill_gaps(t_s, columns[:, column], max_gap_s), cutoff_hz)
    return out.reshape(keypoints_px.shape)


def velocity(t_s: FloatArray, values: FloatArray) -> FloatArray:
    """Rate of change by central differences on true times; shape (N,) in and out."""
    if len(values) < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, t_s))

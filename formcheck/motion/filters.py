"""Fill gaps, remove outliers and smooth time series without lag, by the true times of the frames.

Frames may come at uneven intervals, and while a person rests the pose model runs on fewer of them.
So all filters go by times, never by counts of frames.
"""

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
"""Two passes of a second-order Butterworth filter halve the power at this share of its cut-off
(Winter, Biomechanics and Motor Control of Human Movement). The cut-off that is asked for is divided
by it."""

MAD_TO_SIGMA = 1.4826
"""Standard deviation over median absolute deviation, of a normal distribution."""

QUICK_PERCENTILE = 10.0
"""The usual step between frames is this percentile of the steps: in a movement frames are close
together, at rest they are further apart."""


def load_filters() -> None:
    """Import SciPy's filters, which takes half a second.

    It is called before the first frame: a live session must not stall when its first repetition
    closes. Commands that only show sessions never need SciPy.
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
    """Replace outliers by the median of their seven-frame window (Hampel filter); NaN stay NaN.

    Works along the first axis of shape (N, ...). When times are given, shape (N,), the window keeps
    its length in seconds where frames are further apart, and then has fewer frames.
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
    # np.median gives the same numbers ten times as fast; it can be used where nothing is missing.
    middle = np.nanmedian if np.isnan(usable).any() else np.median
    median = middle(usable, axis=-1)
    spread = MAD_TO_SIGMA * middle(np.abs(usable - median[..., None]), axis=-1)
    outlier = (np.abs(values - median) > HAMPEL_SIGMAS * spread) & known
    return np.where(outlier, median, values)


def _near(t_s: FloatArray, axes: int) -> BoolArray:
    """Return which frames of each window lie within its length in seconds; shape (N, 1, ..., 7).

    That length is the one of a window of close frames. ``axes`` is the number of axes of the
    result.
    """
    padded_s = np.pad(t_s, HAMPEL_HALF_WIDTH, mode="edge")
    windows_s = np.lib.stride_tricks.sliding_window_view(padded_s, 2 * HAMPEL_HALF_WIDTH + 1)
    most_s = (HAMPEL_HALF_WIDTH + 0.5) * quick_step_s(t_s)
    near = np.abs(windows_s - t_s[:, None]) <= most_s
    return np.asarray(near.reshape(len(t_s), *[1] * (axes - 2), -1))


def low_pass(t_s: FloatArray, values: FloatArray, cutoff_hz: float) -> FloatArray:
    """Smooth without lag: a Butterworth filter, forward and backward, -3 dB at ``cutoff_hz``.

    The values are interpolated on an even time grid, filtered, and read back at ``t_s``.

    Parameters
    ----------
    t_s
        Shape (N,), strictly increasing.
    values
        Shape (N,), or (N, C) with every value known. Runs of NaN are bridged by straight lines for
        filtering, and are NaN again in the result.
    cutoff_hz
        If it is too close to half the frame rate, the values are returned unchanged.

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
    # The cut-off as a share of half the frame rate; above 0.9 the filter would do nothing useful.
    cutoff_share = cutoff_hz / WINTER_CORRECTION * 2.0 * step_s
    if cutoff_share >= 0.9 or len(grid) < 4:
        return values.copy()
    even = _read_at(grid, t_s[known], values[known])
    from scipy.signal import sosfiltfilt  # heavy: see load_filters

    sos = _butterworth(cutoff_share)
    # Odd padding keeps the slope at the ends; one period of the cut-off covers the transient.
    padding = min(len(even) - 1, int(np.ceil(1.0 / (cutoff_hz * step_s))))
    smooth = sosfiltfilt(sos, even, axis=0, padtype="odd", padlen=padding)
    result = np.full(values.shape, np.nan)
    result[inside] = _read_at(t_s[inside], grid, smooth)
    result[~known] = np.nan
    return result


def quick_step_s(t_s: FloatArray) -> float:
    """Return the time between frames where they are close together.

    At rest the pose model runs on fewer frames, which are further apart. ``t_s`` has shape (N,), N
    > 1.
    """
    return percentile_of(np.diff(t_s), QUICK_PERCENTILE)


def without_long_steps(t_s: FloatArray) -> FloatArray:
    """Return the times, with more put in where two are further apart than the usual step.

    Filters and speeds need even steps. Values interpolated at the added times are not evidence and
    are used for nothing else.
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
    """Interpolate values linearly at the wanted times, for one column or several."""
    if values.ndim == 1:
        return np.interp(wanted_s, t_s, values)
    return np.stack([np.interp(wanted_s, t_s, column) for column in values.T], axis=1)


@lru_cache(maxsize=16)
def _butterworth(cutoff_share: float) -> FloatArray:
    """Design the filter for a cut-off, given as a share of half the frame rate.

    The result is cached: it is the same for all keypoints, and designing costs more than filtering.
    """
    from scipy.signal import butter  # heavy: see load_filters

    return np.asarray(butter(2, cutoff_share, output="sos"))


def smooth_keypoints(
    t_s: FloatArray, keypoints_px: FloatArray, cutoff_hz: float, max_gap_s: float
) -> FloatArray:
    """Remove outliers, fill short gaps and smooth each keypoint; shape (N, K, 2) in and out."""
    columns = hampel(keypoints_px, t_s).reshape(len(keypoints_px), -1)
    out = np.empty_like(columns)
    whole = np.isfinite(columns).all(axis=0)
    if whole.any():  # many columns at once: the same numbers at a fraction of the cost
        out[:, whole] = low_pass(t_s, columns[:, whole], cutoff_hz)
    for column in np.flatnonzero(~whole):
        out[:, column] = low_pass(t_s, fill_gaps(t_s, columns[:, column], max_gap_s), cutoff_hz)
    return out.reshape(keypoints_px.shape)


def velocity(t_s: FloatArray, values: FloatArray) -> FloatArray:
    """Return the rate of change by central differences; shape (N,) in and out, units per second."""
    if len(values) < 2:
        return np.zeros_like(values)
    return np.asarray(np.gradient(values, t_s))

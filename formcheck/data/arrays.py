"""Array types of the measuring code, and small helpers for unknown numbers and percentiles.

In arrays and arithmetic an unknown number is NaN; in records it is ``None``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
ImageArray: TypeAlias = npt.NDArray[np.uint8]
"""An RGB image, shape (height, width, 3)."""


def or_none(value: float) -> float | None:
    """Turn a computed number into one for a record: ``None`` for NaN or infinity."""
    return float(value) if math.isfinite(value) else None


def median_of(values: Iterable[float]) -> float:
    """Return the median of some numbers; NaN when one is NaN, or when there are none.

    The result equals that of ``np.median``, which takes ten times as long for a short list.
    """
    ordered = sorted(values.tolist() if isinstance(values, np.ndarray) else values)
    if not ordered or any(map(math.isnan, ordered)):
        return math.nan
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return float(ordered[middle - 1] + ordered[middle]) / 2


def medians_of(values: FloatArray) -> FloatArray:
    """Return the medians along the first axis, which must not be empty; NaN where one is NaN.

    The numbers are those of ``np.median``, which takes three times as long for a few frames.
    """
    ordered = np.sort(values, axis=0)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return np.where(np.isnan(ordered[-1]), np.nan, middle)  # they are sorted to the end


def share_of(which: BoolArray) -> float:
    """Return the part that is true; 0 of none.

    The number is that of ``which.mean()``, which takes ten times as long for a few.
    """
    return np.count_nonzero(which) / max(len(which), 1)


def or_nan(value: float | None) -> float:
    """Turn a number of a record into one for arithmetic: NaN for ``None``."""
    return math.nan if value is None else value


def percentile_of(values: FloatArray, pct: float) -> float:
    """Return a percentile of some numbers, interpolated; NaN when one is NaN, or there are none.

    The result equals that of ``np.percentile``, which takes ten times as long for a few hundred.
    """
    if len(values) == 0:
        return math.nan
    ordered = np.sort(values)
    if math.isnan(ordered[-1]):  # they are sorted to the end
        return math.nan
    place = pct / 100.0 * (len(ordered) - 1)
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    share = place - below
    # Interpolated from the nearer of the two, as numpy does, for the same rounding.
    return high - (high - low) * (1.0 - share) if share >= 0.5 else low + (high - low) * share

"""Array types of the measuring code."""

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
    """Return a number for a record: ``None`` when it is unknown (NaN) or infinite."""
    return float(value) if math.isfinite(value) else None


def median_of(values: Iterable[float]) -> float:
    """Return the median of a few numbers; NaN when one is NaN, or when there are none.

    The number is that of ``np.median``, which takes ten times as long for a short list.
    """
    ordered = sorted(values)
    if not ordered or any(math.isnan(value) for value in ordered):
        return math.nan
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return float(ordered[middle - 1] + ordered[middle]) / 2


def or_nan(value: float | None) -> float:
    """Return a record's number for arithmetic: NaN when it is unknown."""
    return math.nan if value is None else value

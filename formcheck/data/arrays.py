"""The array types the measuring code speaks."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
ImageArray: TypeAlias = npt.NDArray[np.uint8]
"""An RGB image, shape (height, width, 3)."""


def or_none(value: float) -> float | None:
    """Give the number as a record keeps it: ``None`` when it is unknown (NaN) or infinite."""
    return float(value) if math.isfinite(value) else None


def or_nan(value: float | None) -> float:
    """Give a record's number for arithmetic: NaN when it is unknown."""
    return math.nan if value is None else value

"""Array types of the measuring code."""

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
    """Return a number for a record: ``None`` when it is unknown (NaN) or infinite."""
    return float(value) if math.isfinite(value) else None


def or_nan(value: float | None) -> float:
    """Return a record's number for arithmetic: NaN when it is unknown."""
    return math.nan if value is None else value

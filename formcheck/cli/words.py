"""Differences as the terminal shows them."""

from __future__ import annotations

from typing import Literal

from formcheck.cli.text import UNKNOWN, measured
from formcheck.motion._before.comparison import Difference

DETECTABLE = "1.96 standard errors of the difference, never less than published"
"""How large a difference has to be."""

_JUDGED = {"value": "", "change": ", change from standing", "max": ", largest"}


def heading_of(diff: Difference) -> str:
    """Give the title, which number it is, and the unit."""
    unit = f" ({diff.unit})" if diff.unit else ""
    return f"{diff.title}{_JUDGED[diff.judged]}{unit}"


def decimals_of(diff: Difference) -> int:
    """Give how many decimals are worth printing: what has no unit is a ratio around 1."""
    return 1 if diff.unit else 2


def value_text(diff: Difference, which: Literal["first", "second"]) -> str:
    """Write one of the two means with its standard error."""
    mean = diff.first if which == "first" else diff.second
    return measured(mean.value, mean.error, decimals=decimals_of(diff))


def signed(diff: Difference | None) -> str:
    """Write the difference with its sign, and ``*`` when it is beyond the measurement error."""
    if diff is None:
        return UNKNOWN
    return f"{diff.difference:+.{decimals_of(diff)}f}{' *' if diff.detected else '  '}"


def with_unit(value: float, diff: Difference) -> str:
    """Write a number as it is read: ``11.4°``, ``4.3 %``, ``0.3 s``."""
    gap = " " if diff.unit not in ("", "°") else ""
    return f"{value:.{decimals_of(diff)}f}{gap}{diff.unit}"

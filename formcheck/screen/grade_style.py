"""Colour and line width of each grade (good, watch, fault) on the screen."""

from __future__ import annotations

from formcheck.data.palette import FILLS, PAPER, Colour
from formcheck.data.session import Grade

_WEIGHTS: dict[Grade, float] = {"good": 1.0, "watch": 1.15, "fault": 1.35}


def grade_colour(grade: Grade | None) -> Colour:
    """Return the colour of a grade; without a grade, the colour of plain text."""
    return PAPER if grade is None else FILLS[grade]


def grade_weight(grade: Grade | None) -> float:
    """Return the factor by which a line of this grade is wider than usual."""
    return 1.0 if grade is None else _WEIGHTS[grade]

"""How a grade is drawn on the screen: its colour, and how wide its lines are."""

from __future__ import annotations

from formcheck.data.palette import FILLS, PAPER, Colour
from formcheck.data.session import Grade

_WEIGHTS: dict[Grade, float] = {"good": 1.0, "watch": 1.15, "fault": 1.35}


def grade_colour(grade: Grade | None) -> Colour:
    """Return the colour of a grade; without one, that of plain text."""
    return PAPER if grade is None else FILLS[grade]


def grade_weight(grade: Grade | None) -> float:
    """How many times wider than usual a line of that grade is drawn."""
    return 1.0 if grade is None else _WEIGHTS[grade]

"""The colours of the screen beside those of the grades."""

from __future__ import annotations

from formcheck.data.palette import GRADE_COLOURS, Colour
from formcheck.data.session import Grade

__all__ = [
    *("FAULT", "GOOD", "INK", "MUTED", "PAPER", "WATCH"),
    *("Colour", "grade_colour", "grade_weight"),
]

INK: Colour = (13, 17, 23)
"""Nearly black: outlines, panels, and text on a coloured panel."""
PAPER: Colour = (247, 248, 250)
"""Nearly white: text on a dark panel, lines that are not graded."""
MUTED: Colour = (192, 199, 208)
"""Grey: captions, and the leg that does not work."""

_WEIGHTS: dict[Grade, float] = {"good": 1.0, "watch": 1.15, "fault": 1.35}


def grade_colour(grade: Grade | None) -> Colour:
    """Give the colour of a grade; that of plain text when there is none."""
    return PAPER if grade is None else GRADE_COLOURS[grade]


def grade_weight(grade: Grade | None) -> float:
    """How many times wider than usual a line of that grade is drawn."""
    return 1.0 if grade is None else _WEIGHTS[grade]

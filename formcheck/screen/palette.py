"""The colours of the screen, chosen so that they differ for colour-blind eyes too.

Good is a blue-green, watch an amber, fault a vermilion: they differ in lightness and in the
blue-yellow direction, not only in red and green. Each grade also has a line weight and an icon.
"""

from __future__ import annotations

from collections.abc import Iterable

from formcheck.data.palette import FAULT, GOOD, INK, MUTED, PAPER, WATCH, Colour
from formcheck.data.results import Grade

__all__ = ["FAULT", "GOOD", "INK", "MUTED", "PAPER", "WATCH", "Colour"]

SEVERITY: dict[Grade, int] = {"good": 0, "borderline": 1, "watch": 2, "fault": 3}


def grade_colour(grade: Grade | None) -> Colour:
    """Give the colour of a grade; that of plain text when there is none."""
    if grade is None:
        return PAPER
    if grade == "good":
        return GOOD
    return FAULT if grade == "fault" else WATCH


def grade_weight(grade: Grade | None) -> float:
    """How many times wider than usual a line of that grade is drawn."""
    return {"watch": 1.15, "fault": 1.35}.get(grade or "good", 1.0)


def worst(grades: Iterable[Grade | None]) -> Grade | None:
    """Pick the worst of the grades that were given; ``None`` when none was."""
    given = [grade for grade in grades if grade is not None]
    return max(given, key=SEVERITY.__getitem__, default=None)

"""The colours of the grades, the same on the screen, in the film, on stills and in the report.

Good is a blue-green, watch an amber, fault a vermilion red: they differ in lightness and in the
blue-yellow direction as well, so that colour-blind eyes tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from formcheck.data.session import Grade

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

GOOD: Colour = (52, 211, 190)
WATCH: Colour = (255, 193, 46)
FAULT: Colour = (245, 86, 46)

GRADE_COLOURS: Mapping[Grade, Colour] = {"good": GOOD, "watch": WATCH, "fault": FAULT}


def hex_of(colour: Colour) -> str:
    """Write a colour as in a page: ``#34d3be``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)

"""The colours of screen, film, page and PDF; colour-blind people can tell them apart.

The grades are blue-green (good), amber (watch) and vermilion (fault). They differ in lightness and
from blue to yellow, not only from red to green. Each grade also has a shape and a line width of its
own.
"""

from __future__ import annotations

from typing import TypeAlias

from formcheck.data.session import Grade

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

INK: Colour = (13, 17, 23)
"""Nearly black: outlines, panels, and text on a coloured panel."""
PAPER: Colour = (247, 248, 250)
"""Nearly white: text on a dark panel, lines that are not graded."""
MUTED: Colour = (192, 199, 208)
"""Grey: captions, and the leg that does not work."""

GOOD: Colour = (52, 211, 190)
WATCH: Colour = (255, 193, 46)
FAULT: Colour = (245, 86, 46)

FILLS: dict[Grade, Colour] = {"good": GOOD, "watch": WATCH, "fault": FAULT}
"""Colours of the grades for areas, and for everything on a dark background."""

TEXTS: dict[Grade, Colour] = {"good": (10, 114, 103), "watch": (133, 84, 0), "fault": (181, 52, 12)}
"""The same hues, dark enough for text and lines on white."""

TEXT: Colour = (23, 32, 42)
"""Text on white."""
SOFT: Colour = (85, 97, 109)
"""Less important text."""
RULE: Colour = (226, 228, 226)
"""Thin separating lines."""
CARD: Colour = (255, 255, 255)
"""The background of charts and cards."""
NEUTRAL: Colour = (169, 177, 186)
"""Marks without a grade."""
DOWN: Colour = (91, 110, 225)
HOLD: Colour = (124, 135, 148)
UP: Colour = (167, 107, 199)
"""The way down, a pause, and the way up in charts of the tempo."""
SERIES: tuple[Colour, ...] = (
    (31, 111, 180),
    (180, 87, 42),
    (90, 143, 41),
    (142, 79, 176),
    (15, 143, 154),
    (192, 61, 120),
    (133, 116, 0),
    (76, 88, 102),
)
"""Colours of several lines in a chart, in order; lines beyond these are dashed."""
PAIR: tuple[Colour, Colour] = ((109, 179, 242), (242, 162, 116))
"""The first two of ``SERIES``, lighter for a dark background: for two films side by side."""


def css(colour: Colour) -> str:
    """Write a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)

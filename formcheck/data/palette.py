"""The colours of screen, film, page and paper, chosen so that they differ for colour-blind eyes.

Good is a blue-green, watch an amber, fault a vermilion: they differ in lightness and in the
blue-yellow direction, not only in red and green. Each grade also has a shape and a line weight.
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
"""For areas, and for everything on a dark ground."""

TEXTS: dict[Grade, Colour] = {"good": (10, 114, 103), "watch": (133, 84, 0), "fault": (181, 52, 12)}
"""The same hues, dark enough for text and lines on white."""

TEXT: Colour = (23, 32, 42)
SOFT: Colour = (85, 97, 109)
RULE: Colour = (226, 228, 226)
CARD: Colour = (255, 255, 255)
NEUTRAL: Colour = (169, 177, 186)
DOWN: Colour = (91, 110, 225)
HOLD: Colour = (124, 135, 148)
UP: Colour = (167, 107, 199)
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
"""For lines that are distinguished by number; further lines are dashed."""
PAIR: tuple[Colour, Colour] = ((109, 179, 242), (242, 162, 116))
"""The first two of them on a dark ground: of the two films side by side."""


def css(colour: Colour) -> str:
    """Write a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)

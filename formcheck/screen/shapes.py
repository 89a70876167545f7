"""The shapes that are drawn on the body, as plain data.

``canvas.paint`` draws them into an image; the browser app sends them to a page, which draws them.
Positions are in pixels of the picture, widths and sizes in units (see ``canvas.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from formcheck.data.palette import Colour

PixelPoint: TypeAlias = tuple[float, float]
"""x to the right and y down, in pixels."""

OUTLINE = 0.45
"""Width of the dark rim of a line, in units, on either side."""
DASH = 2.0
"""Length of a dash, in units."""


@dataclass(frozen=True)
class DrawnLine:
    """A straight line with a dark rim; ``width`` in units."""

    start: PixelPoint
    end: PixelPoint
    colour: Colour
    width: float


@dataclass(frozen=True)
class Lines:
    """Lines with one common dark rim, so that no rim crosses the joints between them."""

    lines: Sequence[DrawnLine]


@dataclass(frozen=True)
class Dashes:
    """A dashed line on top of a thin dark line; ``width`` in units."""

    start: PixelPoint
    end: PixelPoint
    colour: Colour
    width: float


@dataclass(frozen=True)
class Disc:
    """A disc with a dark rim; ``radius`` in units."""

    centre: PixelPoint
    radius: float
    colour: Colour


@dataclass(frozen=True)
class TintedArea:
    """A polygon whose inside is tinted."""

    corners: Sequence[PixelPoint]
    colour: Colour
    opacity: float


@dataclass(frozen=True)
class Tag:
    """A short text on a small dark panel, its middle at the height of ``at``.

    ``align`` is the share of the panel that lies to the left of that point; ``size`` in units.
    """

    text: str
    at: PixelPoint
    size: float
    colour: Colour
    align: float


Shape: TypeAlias = Lines | Dashes | Disc | TintedArea

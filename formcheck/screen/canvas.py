"""An image to draw on: its layout, and functions that draw shapes, text and panels.

Sizes are in *units*. In a portrait image, a unit is a hundredth of its width, so that the same
design fits images of any size. Positions are in pixels, with fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw

from formcheck.data.arrays import ImageArray
from formcheck.data.palette import INK, Colour
from formcheck.data.session import Grade
from formcheck.screen.lettering import (
    CAP_HEIGHT,
    Sprite,
    sprite_from_mask,
    text_sprite,
    text_width,
    whole_size,
)
from formcheck.screen.shapes import (
    DASH,
    OUTLINE,
    Dashes,
    Disc,
    DrawnLine,
    Lines,
    PixelPoint,
    Shape,
    Tag,
    TintedArea,
)

BAR_AND_LABELS = 26.0
"""Width of the tempo bar with the times beside and below it, in units."""
_FRACTION_BITS = 4
_SUPERSAMPLING = 4


@dataclass(frozen=True)
class Rect:
    """A rectangle in pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def covers(self, other: Rect) -> bool:
        """Whether this rectangle and another one overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Layout:
    """Positions and sizes of everything in an image of a given size.

    Attributes
    ----------
    width_px, height_px
        Size of the image.
    unit_px
        Length of a unit.
    upright
        Whether the image is clearly taller than wide. Then messages run along the lower edge;
        otherwise they stand in a column beside the person.
    """

    width_px: int
    height_px: int
    unit_px: float
    upright: bool

    @classmethod
    def for_size(cls, size_px: tuple[int, int]) -> Layout:
        """Return the layout for an image of this width and height."""
        width, height = size_px
        return cls(width, height, min(width / 100, height / 120), upright=height > 1.2 * width)

    def holds(self, rect: Rect) -> bool:
        """Whether a rectangle lies completely within the image."""
        high_enough = rect.top >= 0 and rect.bottom <= self.height_px
        return high_enough and rect.left >= 0 and rect.right <= self.width_px

    def px(self, units: float) -> float:
        """Convert units to pixels."""
        return units * self.unit_px

    def text_px(self, units: float) -> int:
        """Convert units to a text size in whole pixels."""
        return whole_size(self.px(units))

    @property
    def count_tile(self) -> Rect:
        """Upper left: the count, the leg and the phase."""
        return Rect(self.px(3), self.px(3), self.px(52), self.px(21))

    @property
    def value_tile(self) -> Rect:
        """Upper right: the main measurement."""
        beside_count = self.width_px - self.count_tile.right - self.px(4.5)
        width = min(self.px(56), beside_count)
        return Rect(self.width_px - self.px(3) - width, self.px(3), width, self.px(21))

    @property
    def tempo_bar(self) -> Rect:
        """Left edge: the tempo bar, which fills from the top during the way down."""
        top = self.count_tile.bottom + self.px(3)
        length = min(self.px(70), 0.5 * self.height_px)
        return Rect(self.px(3), top, self.px(6), length)

    def message_area(self, on_the_left: bool) -> Rect:
        """Return the area for a message; the message is placed at its lower edge."""
        margin, bottom = self.px(3), self.height_px - self.px(3)
        if self.upright:
            height = self.px(30)
            return Rect(margin, bottom - height, self.width_px - 2 * margin, height)
        height = self.px(60)
        beside_bar = self.tempo_bar.left + self.px(BAR_AND_LABELS)
        left = beside_bar if on_the_left else self.width_px - margin - self.column_px
        return Rect(left, bottom - height, self.column_px, height)

    @property
    def column_px(self) -> float:
        """Width of a text beside the person."""
        return min(self.px(75), 0.4 * self.width_px)


@dataclass(frozen=True, eq=False)
class Canvas:
    """An image, drawn on in place, and its layout.

    Attributes
    ----------
    image, layout
        The image and its layout.
    scale
        Factor for the size of lines, discs and tags; smaller for a person who is far away.
    taken
        Rectangles in which panels and tags have been drawn; later tags do not overlap with them.
    """

    image: ImageArray
    layout: Layout
    scale: float = 1.0
    taken: list[Rect] = field(default_factory=list)

    def px(self, units: float) -> float:
        """Convert units to pixels, with ``scale`` applied."""
        return self.scale * self.layout.px(units)


def paint(canvas: Canvas, shapes: Sequence[Shape]) -> None:
    """Draw shapes in this order; later ones cover earlier ones."""
    for shape in shapes:
        match shape:
            case Lines(lines):
                draw_lines(canvas, lines)
            case Dashes(start, end, colour, width):
                draw_dashes(canvas, start, end, colour, width)
            case Disc(centre, radius, colour):
                draw_disc(canvas, centre, radius, colour)
            case TintedArea(corners, colour, opacity):
                draw_area(canvas, corners, colour, opacity)


def draw_lines(canvas: Canvas, lines: Sequence[DrawnLine]) -> None:
    """Draw lines with one common dark rim, so that no rim crosses the joints between them."""
    for line in lines:
        _line(canvas, line.start, line.end, INK, line.width + 2 * OUTLINE)
    for line in lines:
        _line(canvas, line.start, line.end, line.colour, line.width)


def draw_rule(
    canvas: Canvas, start: PixelPoint, end: PixelPoint, colour: Colour, width: float
) -> None:
    """Draw a straight line without a rim, for example in a plot."""
    _line(canvas, start, end, colour, width)


def draw_dashes(
    canvas: Canvas, start: PixelPoint, end: PixelPoint, colour: Colour, width: float
) -> None:
    """Draw a dashed line on top of a thin dark line."""
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    count = max(1, round(length / max(canvas.px(2 * DASH), 2.0)))
    # The last gap is left out, so that the line ends with a dash.
    stops = np.linspace(0, 1, 2 * count)
    points = np.outer(1 - stops, start) + np.outer(stops, end)
    _line(canvas, start, end, INK, width + OUTLINE)
    for a, b in zip(points[::2], points[1::2], strict=True):
        _line(canvas, (a[0], a[1]), (b[0], b[1]), colour, width)


def draw_disc(canvas: Canvas, centre: PixelPoint, radius: float, colour: Colour) -> None:
    """Draw a disc with a dark rim; ``radius`` in units."""
    for each, fill in ((radius + OUTLINE, INK), (radius, colour)):
        cv2.circle(
            canvas.image,
            _fixed(centre),
            round(max(1.0, canvas.px(each)) * (1 << _FRACTION_BITS)),
            fill,
            cv2.FILLED,
            cv2.LINE_AA,
            _FRACTION_BITS,
        )


def draw_area(
    canvas: Canvas, corners: Sequence[PixelPoint], colour: Colour, opacity: float
) -> None:
    """Tint the inside of a polygon."""
    points = np.array(corners)
    low = np.floor(np.clip(points.min(axis=0), 0, None)).astype(int)
    high = np.ceil(points.max(axis=0)).astype(int) + 1
    part = canvas.image[low[1] : max(high[1], low[1]), low[0] : max(high[0], low[0])]
    if part.size == 0:
        return
    tinted = part.copy()
    shifted = np.rint((points - low) * (1 << _FRACTION_BITS)).astype(np.int32)
    cv2.fillPoly(tinted, [shifted], colour, cv2.LINE_AA, _FRACTION_BITS)
    cv2.addWeighted(tinted, opacity, part, 1 - opacity, 0, dst=part)


def sector(
    centre: PixelPoint, radius_px: float, start_rad: float, end_rad: float
) -> list[PixelPoint]:
    """Return the corners of a sector of a disc; angles are clockwise from the image's x axis."""
    angles = np.linspace(start_rad, end_rad, 12)
    x, y = centre
    rim = zip(x + radius_px * np.cos(angles), y + radius_px * np.sin(angles), strict=True)
    return [centre, *((float(a), float(b)) for a, b in rim)]


def draw_text(
    canvas: Canvas,
    text: str,
    at: PixelPoint,
    size_px: int,
    colour: Colour,
    *,
    align: float = 0.0,
) -> None:
    """Write one line with its baseline at ``at``.

    ``align`` is the share of the text that lies to the left of that point: 0 starts there, 0.5
    centres, 1 ends there.
    """
    sprite = text_sprite(text, size_px, colour)
    sprite.paste(canvas.image, at[0] - align * sprite.advance_px, at[1])


def draw_tag(
    canvas: Canvas, text: str, at: PixelPoint, size: float, colour: Colour, *, align: float = 0.0
) -> None:
    """Write a short text on a small dark panel, its middle at the height of ``at``.

    ``align`` as for :func:`draw_text`, of the panel; ``size`` in units.
    """
    panel, size_px = tag_panel(canvas, text, at, size, align=align)
    draw_panel(canvas, panel)
    baseline = at[1] + cap_middle(size_px)
    draw_text(canvas, text, (panel.left + panel.width / 2, baseline), size_px, colour, align=0.5)


def tag_panel(
    canvas: Canvas, text: str, at: PixelPoint, size: float, *, align: float = 0.0
) -> tuple[Rect, int]:
    """Return the panel of a tag, and its text size in pixels."""
    size_px = canvas.layout.text_px(size * min(1.0, max(canvas.scale, 0.7)))
    width, height = text_width(text, size_px) + 0.7 * size_px, 1.25 * size_px
    # Move it inside the image.
    left = max(0.0, min(at[0] - align * width, canvas.layout.width_px - width))
    return Rect(left, at[1] - height / 2, width, height), size_px


def draw_tag_beside(canvas: Canvas, tag: Tag) -> None:
    """Write a tag like :func:`draw_tag`, but moved so that it does not overlap ``canvas.taken``.

    It is moved by the shortest distance, sideways, up or down; if there is no room it is left out.
    """
    wanted, _ = tag_panel(canvas, tag.text, tag.at, tag.size, align=tag.align)
    gap = canvas.layout.px(1)
    ways = [(0.0, 0.0)]
    for block in canvas.taken:
        if block.covers(wanted):
            ways += [
                (block.right + gap - wanted.left, 0.0),
                (block.left - gap - wanted.right, 0.0),
                (0.0, block.bottom + gap - wanted.top),
                (0.0, block.top - gap - wanted.bottom),
            ]
    for right, down in sorted(ways, key=lambda way: abs(way[0]) + abs(way[1])):
        place = Rect(wanted.left + right, wanted.top + down, wanted.width, wanted.height)
        if canvas.layout.holds(place) and not any(block.covers(place) for block in canvas.taken):
            middle = (place.left, place.top + place.height / 2)
            draw_tag(canvas, tag.text, middle, tag.size, tag.colour)
            return


def draw_panel(
    canvas: Canvas, rect: Rect, colour: Colour = INK, opacity: float = 0.72, share: float = 1.0
) -> None:
    """Draw a rounded, partly transparent panel, or only its upper ``share``."""
    canvas.taken.append(rect)
    size = (max(1, round(rect.width)), max(1, round(rect.height)))
    radius = max(1, round(canvas.layout.px(2.2)))
    whole = _panel(size, radius, colour, opacity)
    rows = max(1, round(share * size[1]))
    Sprite(whole.keep[:rows], whole.paint[:rows]).paste(canvas.image, rect.left, rect.top)


def draw_icon(
    canvas: Canvas, grade: Grade | None, centre: PixelPoint, size: float, colour: Colour
) -> None:
    """Draw the icon of a grade: a tick in a disc, a warning triangle, a cross in a diamond.

    Without a grade it is an empty disc. ``size`` in units.
    """
    _icon(grade, max(6, round(canvas.layout.px(size))), colour).paste(canvas.image, *centre)


def cap_middle(size_px: float) -> float:
    """Return the height of the middle of a capital letter above the baseline, in pixels."""
    return size_px * CAP_HEIGHT / 2


def _line(canvas: Canvas, start: PixelPoint, end: PixelPoint, colour: Colour, width: float) -> None:
    cv2.line(
        canvas.image,
        _fixed(start),
        _fixed(end),
        colour,
        max(1, round(canvas.px(width))),
        cv2.LINE_AA,
        _FRACTION_BITS,
    )


def _fixed(point: PixelPoint) -> tuple[int, int]:
    scale = 1 << _FRACTION_BITS
    return round(point[0] * scale), round(point[1] * scale)


@lru_cache(maxsize=64)
def _panel(size_px: tuple[int, int], radius_px: int, colour: Colour, opacity: float) -> Sprite:
    width, height = size_px
    mask_image = Image.new("L", (_SUPERSAMPLING * width, _SUPERSAMPLING * height))
    ImageDraw.Draw(mask_image).rounded_rectangle(
        (0, 0, mask_image.width - 1, mask_image.height - 1), _SUPERSAMPLING * radius_px, fill=255
    )
    return sprite_from_mask(np.asarray(mask_image.reduce(_SUPERSAMPLING)), colour, opacity)


@lru_cache(maxsize=32)
def _icon(grade: Grade | None, size_px: int, colour: Colour) -> Sprite:
    full = _SUPERSAMPLING * size_px
    mask_image = Image.new("L", (full, full))
    draw = ImageDraw.Draw(mask_image)

    def at(*shares: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * (full - 1), y * (full - 1)) for x, y in shares]

    pen = round(0.12 * full)
    if grade == "good":
        draw.ellipse(at((0, 0), (1, 1)), fill=255)
        draw.line(at((0.26, 0.53), (0.43, 0.70), (0.75, 0.34)), 0, pen, joint="curve")
    elif grade == "fault":
        draw.polygon(at((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)), fill=255)
        draw.line(at((0.36, 0.36), (0.64, 0.64)), 0, pen)
        draw.line(at((0.64, 0.36), (0.36, 0.64)), 0, pen)
    elif grade == "watch":
        draw.polygon(at((0.5, 0.04), (1, 0.94), (0, 0.94)), fill=255)
        draw.line(at((0.5, 0.34), (0.5, 0.62)), 0, pen)
        draw.ellipse(at((0.43, 0.71), (0.57, 0.85)), fill=0)
    else:
        draw.ellipse(at((0, 0), (1, 1)), outline=255, width=pen)
        draw.line(at((0.3, 0.5), (0.7, 0.5)), 255, pen)
    mask = np.asarray(mask_image.reduce(_SUPERSAMPLING))
    sprite = sprite_from_mask(mask, colour)
    return Sprite(sprite.keep, sprite.paint, size_px // 2, size_px // 2, size_px)

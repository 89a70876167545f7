"""Write a film of one repetition, or of two side by side, with a caption and the numbers below.

Two parts share one clock, so that both are always in the same phase of the movement. Below them are
the curves of both over each other, a time line with the events, and a table of numbers.
``app/clips.py`` chooses the content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame, Progress
from formcheck.data.palette import HOLD, INK, MUTED, PAIR, PAPER, Colour
from formcheck.screen.canvas import (
    Canvas,
    Layout,
    Rect,
    cap_middle,
    draw_disc,
    draw_lines,
    draw_rule,
    draw_text,
)
from formcheck.screen.lettering import fit
from formcheck.screen.shapes import DrawnLine
from formcheck.video.encoder import VideoWriter

RATE_HZ = 30.0
"""Frames a second of the written film. Our choice: every player supports it."""
TALLEST_PX, TALLEST_OF_TWO_PX, WIDEST_OF_TWO_PX = 1280, 720, 960
"""Largest height of a single film, and largest height and width of each of two films. Our choice:
two fit side by side on a screen."""
SAME_S = 0.001
"""Times that differ by at most this are equal."""
HELD_S = 1.0
"""How long the last frame may be shown after a film has ended. Our choice."""
COLUMN_UNITS, LARGEST_UNIT_PX = 54.0, 12.0
_FRAME, _CURVE = 0.22, 0.6
"""Widths of the lines of a plot and of a curve, in units."""
_PLOT_HIGH, _TITLE_HIGH = 15.0, 3.8
_ROW_HIGH, _FOOT_HIGH = 6.8, 4.0
_HEADS_HIGH, _TIMELINE_HIGH = 10.0, 8.0
"""Heights in units: of a plot, of the title above it, of a row of the table, of a line below the
table, of the films' titles, and of the time line."""
_TABLE_UNITS = 86.0
"""Width that the table of two films needs, in units."""
_WIDE = 1.9
"""If two films are wider than this factor times their height, the table is beside the curves."""
_GRID: Colour = (52, 60, 70)


@dataclass(frozen=True)
class FilmPart:
    """A part of a film.

    Attributes
    ----------
    frames
        The film's frames, in order of time, from its beginning.
    paint
        Returns a frame with the results drawn in.
    size_px
        Width and height of the frames.
    clock
        Returns the time in the film at a time of the shared clock.
    """

    frames: Iterable[Frame]
    paint: Callable[[Frame], ImageArray]
    size_px: tuple[int, int]
    clock: Callable[[float], float]


@dataclass(frozen=True)
class CaptionRow:
    """One row of the table: a measurement, with a value for each film.

    ``words`` say how the two values differ, or what the grade of one is. ``real`` marks a
    difference beyond measurement error, which is shown brighter.
    """

    title: str
    values: tuple[str, ...]
    words: str = ""
    real: bool = False


@dataclass(frozen=True)
class Caption:
    """The text below the films.

    Attributes
    ----------
    heads
        For each film a title, and a line with person, exercise and day.
    rows
        The rows of the table.
    foot
        Lines below the table.
    """

    heads: tuple[tuple[str, str], ...]
    rows: tuple[CaptionRow, ...] = ()
    foot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A plot of one measurement over the shared clock, with a line for each film.

    The points of a line are pairs of time and value; NaN breaks the line. ``low`` and ``high`` are
    the limits of the axis, ``marks`` the values with a label on it.
    """

    title: str
    lines: tuple[Sequence[tuple[float, float]], ...]
    low: float
    high: float
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class TimeLine:
    """Start and end of the film in seconds of the shared clock, and the events with their names."""

    start_s: float
    end_s: float
    events: tuple[tuple[float, str], ...] = ()


def write_captioned(
    path: Path,
    parts: Sequence[FilmPart],
    caption: Caption,
    line: TimeLine,
    curves: Sequence[Curve] = (),
    *,
    slow: float = 1.0,
    progress: Progress | None = None,
) -> None:
    """Write the film; if this fails, no file is left.

    Parameters
    ----------
    path
        The MP4 file to write; replaced if it exists.
    parts
        One or two films.
    caption, line, curves
        What is drawn below the films.
    slow
        How many times slower than real time it plays.
    progress
        Called after each frame with its time in the written film.

    Raises
    ------
    OutputError
        The film cannot be written. No file is left then.
    SourceError
        A film ends before its part.
    """
    sheet = _Sheet.of([part.size_px for part in parts], caption, line, curves)
    playing = [
        _PartPlayer(part, size) for part, size in zip(parts, sheet.places.films, strict=True)
    ]
    count = max(1, round((line.end_s - line.start_s) * slow * RATE_HZ)) + 1
    with ExitStack() as stack:
        writer: VideoWriter | None = None
        for n in range(count):
            t_s = line.start_s + n / (RATE_HZ * slow)
            picture = sheet.at(t_s, [one.at(t_s) for one in playing])
            if writer is None:
                size = (picture.shape[1], picture.shape[0])
                writer = stack.enter_context(VideoWriter(path, size))
            writer.write(picture, n / RATE_HZ)
            if progress is not None:
                progress(n / RATE_HZ, n + 1, count)


class _PartPlayer:
    """Returns the frame of a part at a time of the shared clock; times must not decrease."""

    def __init__(self, part: FilmPart, size_px: tuple[int, int]) -> None:
        self._part = part
        self._size_px = size_px
        self._frames = iter(part.frames)
        self._now: Frame | None = None
        self._next = next(self._frames, None)
        self._picture: ImageArray | None = None

    def at(self, t_s: float) -> ImageArray:
        """Return the last frame that is not later than a time, with the results drawn in."""
        wanted_s = self._part.clock(t_s)
        while self._next is not None and (self._now is None or self._next.t_s <= wanted_s + SAME_S):
            self._now, self._next = self._next, next(self._frames, None)
            self._picture = None
        if self._now is None or (self._next is None and wanted_s - self._now.t_s > HELD_S):
            raise SourceError(
                "the film ends before what should be shown",
                hint="Give the original film, or analyze it again.",
            )
        if self._picture is None:
            self._picture = _resized(self._part.paint(self._now), self._size_px)
        return self._picture


def _resized(image: ImageArray, size_px: tuple[int, int]) -> ImageArray:
    if (image.shape[1], image.shape[0]) == size_px:
        return image
    resized = cv2.resize(image, size_px, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def _shown_sizes(sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the size in which each film is shown: all with the same height, in even numbers."""
    tallest = TALLEST_PX if len(sizes) == 1 else TALLEST_OF_TWO_PX
    height = min(float(tallest), max(high for _, high in sizes))
    if len(sizes) > 1:
        height = min(height, *(WIDEST_OF_TWO_PX * high / wide for wide, high in sizes))
    return [(_even(height * wide / high), _even(height)) for wide, high in sizes]


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


@dataclass(frozen=True)
class _SheetLayout:
    """Positions and sizes of everything in the complete picture.

    Attributes
    ----------
    films
        Width and height of each film; they are side by side at the top.
    size_px
        Width and height of the complete picture.
    unit_px, table_unit_px
        Length of a unit (see ``canvas.py``), and of a unit in the table.
    plot, table
        Rectangles of the curves, and of the table.
    """

    films: list[tuple[int, int]]
    size_px: tuple[int, int]
    unit_px: float
    table_unit_px: float
    plot: Rect
    table: Rect

    @classmethod
    def of(
        cls, sizes: Sequence[tuple[int, int]], caption: Caption, line: TimeLine, curves: int
    ) -> _SheetLayout:
        """Return the layout, with the table below the curves, or beside them if there is room."""
        films = _shown_sizes(sizes)
        width, top = sum(wide for wide, _ in films), films[0][1]
        two = len(films) > 1
        unit = min(min(wide for wide, _ in films) / COLUMN_UNITS, LARGEST_UNIT_PX)
        plots_high = (_PLOT_HIGH * curves + _TIMELINE_HIGH) * unit if curves or line.events else 0.0
        beside = bool(plots_high) and two and width > _WIDE * top
        middle = width / 2 if beside else float(width)
        under = top + _HEADS_HIGH * unit
        left, above = (middle, under) if beside else (0.0, under + plots_high)
        table_unit = min(unit, (width - left) / _TABLE_UNITS) if two else unit
        rows = _ROW_HIGH * len(caption.rows) + _FOOT_HIGH * len(caption.foot) + 1.4
        table = Rect(left, above, width - left, rows * table_unit)
        plot_left = 8.0 * unit
        plot = Rect(
            plot_left, under, middle - plot_left - 3.0 * unit, plots_high - _TIMELINE_HIGH * unit
        )
        high = _even(max(under + plots_high, table.bottom))
        return cls(films, (width, high), unit, table_unit, plot, table)

    def canvas(self, image: ImageArray, unit_px: float) -> Canvas:
        """Return a canvas for the complete picture, with this length of a unit."""
        return Canvas(image, Layout(*self.size_px, unit_px, upright=False))


@dataclass(frozen=True, eq=False)
class _Sheet:
    """The complete picture without the films and the time marker, which change."""

    ground: ImageArray
    places: _SheetLayout
    line: TimeLine
    timed: bool

    @classmethod
    def of(
        cls,
        sizes: Sequence[tuple[int, int]],
        caption: Caption,
        line: TimeLine,
        curves: Sequence[Curve],
    ) -> _Sheet:
        """Draw everything that does not change."""
        places = _SheetLayout.of(sizes, caption, line, len(curves))
        width, high = places.size_px
        ground = np.full((high, width, 3), INK, dtype=np.uint8)
        canvas = places.canvas(ground, places.unit_px)
        _draw_heads(canvas, places.films, caption.heads)
        timed = bool(curves or line.events)
        if timed:
            _draw_plots(canvas, places.plot, line, curves)
        _draw_table(places.canvas(ground, places.table_unit_px), places.table, caption)
        return cls(ground, places, line, timed)

    def at(self, t_s: float, pictures: Sequence[ImageArray]) -> ImageArray:
        """Return the complete picture at a time."""
        drawn = self.ground.copy()
        left = 0
        for picture in pictures:
            high, wide = picture.shape[:2]
            drawn[:high, left : left + wide] = picture
            left += wide
        if self.timed:
            _draw_time_marker(
                self.places.canvas(drawn, self.places.unit_px), self.places.plot, self.line, t_s
            )
        return drawn


def _draw_time_marker(canvas: Canvas, plot: Rect, line: TimeLine, t_s: float) -> None:
    """Mark the present time, over the curves and on the time line."""
    x, bottom = _x_at(plot, line, t_s), plot.bottom + canvas.layout.px(2.0)
    draw_rule(canvas, (x, plot.top + canvas.layout.px(_TITLE_HIGH)), (x, bottom), PAPER, _FRAME)
    draw_disc(canvas, (x, bottom), 1.2, PAPER)


def _x_at(plot: Rect, line: TimeLine, t_s: float) -> float:
    share = (t_s - line.start_s) / (line.end_s - line.start_s)
    return plot.left + min(max(share, 0.0), 1.0) * plot.width


def _write(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    size: float,
    colour: Colour,
    room_px: float,
    *,
    align: float = 0.0,
) -> None:
    """Write a line of text, made smaller if it is wider than ``room_px``.

    ``at`` is its left end (or as ``align`` says) at its middle height; ``size`` is in units.
    """
    block = fit(text, canvas.layout.text_px(size), max(1, int(room_px)), 1)
    baseline = at[1] + cap_middle(block.size_px)
    draw_text(canvas, block.lines[0], (at[0], baseline), block.size_px, colour, align=align)


def _draw_heads(
    canvas: Canvas,
    sizes: Sequence[tuple[int, int]],
    heads: Sequence[tuple[str, str]],
) -> None:
    px, two = canvas.layout.px, len(heads) > 1
    left = 0.0
    for n, ((wide, high), (title, whose)) in enumerate(zip(sizes, heads, strict=True)):
        start = left + px(2.0)
        if two:
            _draw_sample(canvas, start, high + px(3.2), n)
        indent = px(6.0) if two else 0.0
        room = wide - px(4.0)
        _write(canvas, title, (start + indent, high + px(3.2)), 3.4, PAPER, room - indent)
        _write(canvas, whose, (start, high + px(7.2)), 2.6, MUTED, room)
        left += wide


def _draw_sample(canvas: Canvas, left: float, y: float, n: int) -> None:
    """Draw a sample of the line that a film has in the plots, beside its title."""
    end = left + canvas.layout.px(4.4)
    _draw_curve(canvas, [(left, y), ((left + end) / 2, y), (end, y)], n)


def _draw_curve(canvas: Canvas, points: Sequence[tuple[float, float]], n: int) -> None:
    """Draw a line through points; the second film's is thinner, for people who see no colours."""
    width = _CURVE if n == 0 else 0.65 * _CURVE
    pieces = pairwise(points)
    lines = [DrawnLine(a, b, PAIR[n], width) for a, b in pieces if np.isfinite((*a, *b)).all()]
    draw_lines(canvas, lines)


def _draw_plots(canvas: Canvas, plot: Rect, line: TimeLine, curves: Sequence[Curve]) -> None:
    px = canvas.layout.px
    for n, curve in enumerate(curves):
        box = Rect(plot.left, plot.top + n * px(_PLOT_HIGH), plot.width, px(_PLOT_HIGH))
        _draw_plot(canvas, box, line, curve)
    timeline_y = plot.bottom + px(2.0)
    draw_rule(canvas, (plot.left, timeline_y), (plot.right, timeline_y), HOLD, 0.8)
    for t_s, name in line.events:
        x = _x_at(plot, line, t_s)
        draw_rule(canvas, (x, timeline_y - px(1.2)), (x, timeline_y + px(1.2)), PAPER, _FRAME)
        _write(canvas, name, (x, timeline_y + px(3.8)), 2.6, MUTED, px(14.0), align=0.5)


def _draw_plot(canvas: Canvas, box: Rect, line: TimeLine, curve: Curve) -> None:
    px = canvas.layout.px
    _write(canvas, curve.title, (box.left, box.top + px(1.8)), 2.6, MUTED, box.width)
    top, bottom = box.top + px(_TITLE_HIGH), box.bottom - px(1.0)

    def place(t_s: float, value: float) -> tuple[float, float]:
        share = (value - curve.low) / (curve.high - curve.low)
        return _x_at(box, line, t_s), bottom - share * (bottom - top)

    for value, text in curve.marks:
        y = place(line.start_s, value)[1]
        draw_rule(canvas, (box.left, y), (box.right, y), _GRID, _FRAME)
        _write(canvas, text, (box.left - px(1.0), y), 2.3, MUTED, px(6.0), align=1.0)
    for t_s, _ in line.events:
        x = _x_at(box, line, t_s)
        draw_rule(canvas, (x, top), (x, bottom), _GRID, _FRAME)
    for n, points in enumerate(curve.lines):
        inside = [(t, v) for t, v in points if line.start_s <= t <= line.end_s]
        _draw_curve(canvas, [place(t, v) for t, v in inside], n)


def _draw_table(canvas: Canvas, table: Rect, caption: Caption) -> None:
    px = canvas.layout.px
    for n, row in enumerate(caption.rows):
        top = table.top + n * px(_ROW_HIGH)
        if len(row.values) == 1:
            _draw_row_of_one(canvas, Rect(table.left, top, table.width, px(_ROW_HIGH)), row)
        else:
            _draw_row_of_two(canvas, Rect(table.left, top, table.width, px(_ROW_HIGH)), row)
    for n, text in enumerate(caption.foot):
        down = len(caption.rows) * px(_ROW_HIGH) + px(_FOOT_HIGH * n + 2.0)
        at = (table.left + px(2.0), table.top + down)
        _write(canvas, text, at, 2.4, MUTED, table.width - px(4.0))


def _draw_row_of_one(canvas: Canvas, row: Rect, content: CaptionRow) -> None:
    px = canvas.layout.px
    right, room = row.right - px(2.0), row.width - px(6.0)
    at = (row.left + px(2.0), row.top + px(1.9))
    _write(canvas, content.title, at, 2.7, MUTED, 0.55 * room)
    _write(canvas, content.values[0], (right, at[1]), 3.0, PAPER, 0.45 * room, align=1.0)
    _write(canvas, content.words, (right, row.top + px(5.0)), 2.4, MUTED, room, align=1.0)


def _draw_row_of_two(canvas: Canvas, row: Rect, content: CaptionRow) -> None:
    """Draw the two values at the sides, and between them their title and difference."""
    px = canvas.layout.px
    for place, value in zip((0.13, 0.87), content.values, strict=True):
        at = (row.left + place * row.width, row.top + px(3.2))
        _write(canvas, value, at, 3.2, PAPER, 0.25 * row.width, align=0.5)
    middle, room = row.left + row.width / 2, 0.5 * row.width
    _write(canvas, content.title, (middle, row.top + px(1.7)), 2.5, MUTED, room, align=0.5)
    colour = PAPER if content.real else MUTED
    _write(canvas, content.words, (middle, row.top + px(4.7)), 2.7, colour, room, align=0.5)

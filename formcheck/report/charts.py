"""Draws charts as SVG, for the page, the PDF and separate files.

Other modules describe a :class:`Chart` as data (axes, areas, lines, marks); :func:`paint` turns it
into SVG. This module knows nothing of sessions.

Colours and fonts are attributes of the SVG elements, because the PDF cannot read style sheets. Each
element also has a class, with which the page replaces the colours in dark mode. For a screen
reader, every chart is one image with a title and a description in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from formcheck.data import palette
from formcheck.data.arrays import FloatArray
from formcheck.data.numbers import number
from formcheck.data.session import Grade, Limits

Points = Sequence[tuple[float, float]]
"""Pairs of x and y in the units of the axes; NaN breaks a line."""

POINTS_AT_MOST = 1200
"""Most points of a line in a chart."""
FONT = "inter"
SIZE = 12.0
"""Usual height of the letters, in the units of the drawing."""


@dataclass(frozen=True)
class Axis:
    """One axis of a chart, from ``low`` to ``high``.

    ``marks`` are the values with a label. If ``flipped``, larger values are lower or further left.
    """

    low: float
    high: float
    marks: tuple[tuple[float, str], ...] = ()
    flipped: bool = False


@dataclass(frozen=True)
class Area:
    """A filled rectangle; if an end is ``None``, it reaches to the edge of the chart."""

    style: str
    x: tuple[float | None, float | None] = (None, None)
    y: tuple[float | None, float | None] = (None, None)
    name: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Line:
    """A line through points; it is dashed if there are more lines than colours."""

    style: str
    points: Points
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A marked point: a circle for good, a triangle for watch, a square for a fault.

    A hollow mark means that the grade is uncertain. ``x_error`` and ``y_error`` are the half
    lengths of its error bars. After a click on it, the page shows the film at ``seek_s``.
    """

    style: str
    x: float
    y: float
    hollow: bool = False
    x_error: float = 0.0
    y_error: float = 0.0
    seek_s: float | None = None


@dataclass(frozen=True)
class ChartBadge:
    """A number above the chart in the colour of a grade; hollow if the grade is uncertain."""

    style: str
    text: str
    x: float
    hollow: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart as data.

    Attributes
    ----------
    id
        Must be unique on the page.
    title, subtitle, description
        Title, unit, and a description in words.
    width, height
        Size, in the units of the drawing.
    margins
        Left, top, right and bottom, in the units of the drawing.
    x, y
        The axes.
    areas, lines, marks, badges
        What is drawn, in this order.
    kind
        CSS classes, separated by spaces.
    cursor
        Whether the page moves a cursor line over the chart.
    size
        Height of the letters, in the units of the drawing.
    """

    id: str
    title: str
    description: str
    x: Axis
    y: Axis
    width: float = 560.0
    height: float = 124.0
    margins: tuple[float, float, float, float] = (46.0, 6.0, 12.0, 26.0)
    subtitle: str = ""
    areas: tuple[Area, ...] = ()
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    badges: tuple[ChartBadge, ...] = ()
    kind: str = ""
    cursor: bool = False
    size: float = SIZE


def paint(
    chart: Chart, *, size: float | None = None, alone: bool = False, on_paper: bool = False
) -> Markup:
    """Draw a chart as SVG.

    Parameters
    ----------
    chart
        The chart.
    size
        Height of the letters, if it is not that of the chart.
    alone
        Add a size and a white background, for a separate file.
    on_paper
        Leave out the cursor and the text for screen readers.
    """
    letters = chart.size if size is None else size
    left, top, right, bottom = chart.margins
    if size is not None:
        left, bottom = left * size / chart.size, bottom * size / chart.size
    x = _Scale(chart.x, left, chart.width - right)
    y = _Scale(chart.y, chart.height - bottom, top)
    parts = [_area(area, x, y) for area in chart.areas]
    parts += _axes(x, y, letters)
    parts += [_line(line, x, y) for line in chart.lines]
    parts += [_mark(mark, x, y) for mark in chart.marks]
    parts += _names(chart.areas, x, y, letters)
    parts += _badges(chart.badges, x, letters)
    if chart.cursor and not on_paper:
        parts.append(_segment("cursor", left, top, left, chart.height - bottom))
    return Markup(
        '<svg class="{kind}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        "{more}{words}{ground}{body}</svg>"
    ).format(
        kind=f"chart {chart.kind}".strip(),
        width=chart.width,
        height=chart.height,
        more=_size(chart, x, alone=alone),
        words=Markup(">") if on_paper else _words(chart),
        ground=_element("rect", "ground", x=0, y=0, width=chart.width, height=chart.height)
        if alone
        else "",
        body=Markup("").join(parts),
    )


def key_sample(style: str, *, hollow: bool = False, dashed: bool = False) -> Markup:
    """Draw the sample of a line, an area or a mark for a legend."""
    if style in _MARKS:
        shape = _shape(style, 6.0, 6.0, 5.0, hollow=hollow)
        width = 12
    elif style.startswith("series"):
        shape = _element("path", style, dashed=dashed, d="M1 6H25")
        width = 26
    else:
        shape = _element("rect", style, hollow=hollow, x=1, y=1, width=24, height=10)
        width = 26
    return Markup('<svg class="chart key" viewBox="0 0 {} 12" aria-hidden="true">{}</svg>').format(
        width, shape
    )


# --- axes, ranges and points --------------------------------------------------------------------


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return about ``about`` round values between two limits, in steps of 1, 2 or 5 (times 10ⁿ)."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def axis(low: float, high: float, about: int = 4, *, flipped: bool = False) -> Axis:
    """Make an axis with labels at round numbers."""
    found = ticks(low, high, about)
    step = found[1] - found[0] if len(found) > 1 else 0.1
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return Axis(low, high, tuple((value, number(value, decimals)) for value in found), flipped)


def time_axis(low: float, high: float) -> Axis:
    """Make a time axis in seconds; if it is long, in minutes and seconds."""
    return Axis(low, high, tuple((value, clock(value, high - low)) for value in ticks(low, high)))


def clock(seconds: float, span_s: float) -> str:
    """Write a time on an axis that is ``span_s`` long: seconds, or minutes and seconds."""
    if span_s < 120:
        return number(seconds, 0 if seconds == round(seconds) else 1)
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def bands(
    limits: Limits | None,
    make: Callable[[str, tuple[float | None, float | None]], Area],
) -> tuple[Area, ...]:
    """Return the coloured areas of the grades good, watch and fault.

    Parameters
    ----------
    limits
        The limits of the grades; ``None`` gives no areas.
    make
        Makes an area from a grade and the two ends of its range (``None``: no end).
    """
    if limits is None:
        return ()
    low, high = limits.watch_low, limits.watch_high
    edges: list[tuple[Grade, float | None, float | None]] = [
        ("good", limits.good_low, limits.good_high)
    ]
    if limits.good_low is not None:
        edges.append(("watch", low, limits.good_low))
    if limits.good_high is not None:
        edges.append(("watch", limits.good_high, high))
    if low is not None:
        edges.append(("fault", None, low))
    if high is not None:
        edges.append(("fault", high, None))
    return tuple(
        make(grade, (start, end))
        for grade, start, end in edges
        if start is None or end is None or end > start
    )


def domain(values: Iterable[float], limits: Limits | None) -> tuple[float, float] | None:
    """Choose the range of an axis.

    It contains all values, the range of good values, and the other limits if they are near.
    ``None`` if there is no finite value.
    """
    seen = [value for value in values if math.isfinite(value)]
    if not seen:
        return None
    low, high = min(seen), max(seen)
    if limits is not None:
        reach = max(high - low, 1.0)
        ends = [end for end in (limits.good_low, limits.good_high) if end is not None]
        if limits.watch_high is not None and high >= limits.watch_high - reach:
            ends.append(limits.watch_high)
        if limits.watch_low is not None and low <= limits.watch_low + reach:
            ends.append(limits.watch_low)
        low, high = min([low, *ends]), max([high, *ends])
    room = 0.1 * (high - low) or max(0.1 * abs(high), 0.5)
    return low - room, high + room


def thin(t_s: FloatArray, y: FloatArray, at_most: int = POINTS_AT_MOST) -> Points:
    """Reduce the points of a line: keep the lowest and the highest of each part; gaps stay gaps.

    Parameters
    ----------
    t_s, y
        Shape (N,).
    at_most
        Maximum number of points; fewer points are returned unchanged.
    """
    if len(y) > at_most:
        keep: set[int] = {0, len(y) - 1}
        for part in np.array_split(np.arange(len(y)), at_most // 3):
            gaps = part[np.isnan(y[part])]
            keep.update(gaps[:1].tolist())
            if len(gaps) < len(part):
                keep.update((int(part[np.nanargmin(y[part])]), int(part[np.nanargmax(y[part])])))
        chosen = np.array(sorted(keep))
        t_s, y = t_s[chosen], y[chosen]
    return list(zip(t_s.tolist(), y.tolist(), strict=True))


# --- drawing --------------------------------------------------------------------------------

_MARKS = ("good", "watch", "fault", "none", "plain", "better", "worse", "other")

_css = palette.css
_FILLED: dict[str, dict[str, object]] = {
    **{
        f"band-{grade}": {"fill": _css(palette.FILLS[grade]), "fill-opacity": 0.16}
        for grade in palette.FILLS
    },
    "phase-descent": {"fill": _css(palette.DOWN), "fill-opacity": 0.2},
    "phase-bottom": {"fill": _css(palette.HOLD), "fill-opacity": 0.2},
    "phase-ascent": {"fill": _css(palette.UP), "fill-opacity": 0.2},
    "bar-neutral": {"fill": _css(palette.NEUTRAL)},
    "within-error": {"fill": _css(palette.HOLD), "fill-opacity": 0.25},
    "ground": {"fill": _css(palette.CARD)},
    **{f"bar-{grade}": {"fill": _css(palette.TEXTS[grade])} for grade in palette.TEXTS},
    "bar-none": {"fill": _css(palette.SOFT)},
}
_STROKED: dict[str, dict[str, object]] = {
    "axis": {"stroke": _css(palette.RULE), "stroke-width": 1},
    "zero": {"stroke": _css(palette.NEUTRAL), "stroke-width": 1},
    "stub": {"stroke": _css(palette.NEUTRAL), "stroke-width": 1},
    "measured": {"stroke": _css(palette.TEXT), "stroke-width": 1.9},
    "whisker": {"stroke": _css(palette.TEXT), "stroke-width": 2},
    "limit": {"stroke": _css(palette.TEXTS["good"]), "stroke-width": 1, "stroke-dasharray": "5 4"},
    "cursor": {"stroke": _css((27, 95, 193)), "stroke-width": 2},
    **{
        f"series-{n}": {"stroke": _css(colour), "stroke-width": 1.9}
        for n, colour in enumerate(palette.SERIES)
    },
}
_MARKED: dict[str, str] = {
    **{grade: _css(palette.TEXTS[grade]) for grade in palette.TEXTS},
    "none": _css(palette.SOFT),
    "plain": _css(palette.TEXT),
    "better": _css(palette.TEXTS["good"]),
    "worse": _css(palette.TEXTS["fault"]),
    "other": _css(palette.SERIES[3]),
    **{f"series-{n}": _css(colour) for n, colour in enumerate(palette.SERIES)},
}


@dataclass(frozen=True)
class _Scale:
    """Linear map from values to the units of the drawing."""

    axis: Axis
    start: float
    end: float

    def __call__(self, value: float) -> float:
        low, high = self.axis.low, self.axis.high
        share = (min(max(value, low), high) - low) / (high - low)
        if self.axis.flipped:
            share = 1.0 - share
        return self.start + share * (self.end - self.start)

    def span(self, ends: tuple[float | None, float | None]) -> tuple[float, float]:
        """Return both ends of a range in the drawing, the smaller first."""
        low = self.axis.low if ends[0] is None else ends[0]
        high = self.axis.high if ends[1] is None else ends[1]
        first, last = sorted((self(low), self(high)))
        return first, last


def _words(chart: Chart) -> Markup:
    """Return title and description for a screen reader."""
    return Markup(
        ' role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{description}</desc>'
    ).format(id=chart.id, title=chart.title, description=chart.description)


def _size(chart: Chart, x: _Scale, *, alone: bool) -> Markup:
    """Return the size of a separate file; for a page, what its script needs for the cursor."""
    if alone:
        return Markup(' width="{:g}" height="{:g}"').format(chart.width, chart.height)
    if not chart.cursor:
        return Markup("")
    # From these the script of the page finds the time that belongs to a click.
    return Markup(
        ' data-start="{:.3f}" data-end="{:.3f}" data-left="{:g}" data-right="{:g}"'
    ).format(x.axis.low, x.axis.high, x.start, x.end)


def _element(
    tag: str, style: str, *, hollow: bool = False, dashed: bool = False, **more: object
) -> Markup:
    """Draw an SVG element with the colours of a style."""
    if style in _STROKED:
        style_attributes = {"fill": "none", **_STROKED[style]}
    elif hollow:
        style_attributes = {
            "fill": _css(palette.CARD),
            "stroke": _FILLED[style]["fill"],
            "stroke-width": 2,
        }
    else:
        style_attributes = dict(_FILLED[style])
    if dashed:
        style_attributes["stroke-dasharray"] = "5 4"
    kind = f"{style} hollow" if hollow else style
    return _tag(tag, {"class": kind, **style_attributes, **more})


def _tag(tag: str, attributes: dict[str, object]) -> Markup:
    """Write an SVG element with its attributes."""
    inside = " ".join(
        f'{name.replace("_", "-")}="{_attribute(value)}"' for name, value in attributes.items()
    )
    return Markup(f"<{tag} {inside}/>")  # noqa: S704 - the names are ours, values are escaped


def _attribute(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else escape(value)


def _area(area: Area, x: _Scale, y: _Scale) -> Markup:
    """Draw a filled rectangle; nothing if it is too small."""
    left, right = x.span(area.x)
    top, bottom = y.span(area.y)
    if bottom - top < 0.5 or right - left < 0.2:
        return Markup("")
    if area.hollow:  # the line around it is drawn inside the area
        left, right, top = left + 1.0, max(right - 1.0, left + 1.2), top + 1.0
    return _element(
        "rect",
        area.style,
        hollow=area.hollow,
        x=left,
        y=top,
        width=right - left,
        height=bottom - top,
    )


def _names(areas: Iterable[Area], x: _Scale, y: _Scale, size: float) -> Iterator[Markup]:
    """Write the name of each kind of area once, at the right edge, if the area is high enough."""
    for name, ends in dict.fromkeys((area.name, area.y) for area in areas if area.name):
        top, bottom = y.span(ends)
        if bottom - top >= size * 1.3:
            yield _text("band-name", x.end - 5, top + size, name, size - 1, "end")


def _axes(x: _Scale, y: _Scale, size: float) -> Iterator[Markup]:
    """Draw the grid lines and the labels of both axes."""
    bottom = max(y.start, y.end)
    for value, text in y.axis.marks:
        yield _segment("zero" if value == 0 else "axis", x.start, y(value), x.end, y(value))
        yield _text("tick", x.start - 6, y(value) + size / 3, text, size, "end")
    for value, text in x.axis.marks:
        yield _segment("stub", x(value), bottom, x(value), bottom + 4)
        yield _text("tick", x(value), bottom + 5 + size, text, size, "middle")


def _line(line: Line, x: _Scale, y: _Scale) -> Markup:
    """Draw a line; it is interrupted at points that are NaN."""
    steps = []
    pen_down = False
    for at, value in line.points:
        if math.isfinite(at) and math.isfinite(value):
            steps.append(f"{'L' if pen_down else 'M'}{x(at):.1f} {y(value):.1f}")
            pen_down = True
        else:
            pen_down = False
    if not steps:
        return Markup("")
    return _element("path", line.style, dashed=line.dashed, d="".join(steps))


def _mark(mark: Mark, x: _Scale, y: _Scale) -> Markup:
    """Draw a marked point with its error bars."""
    at, height = x(mark.x), y(mark.y)
    whisker = Markup("")
    if mark.x_error:
        ends = x(mark.x - mark.x_error), x(mark.x + mark.x_error)
        whisker += _segment("whisker", ends[0], height, ends[1], height)
    if mark.y_error:
        ends = y(mark.y - mark.y_error), y(mark.y + mark.y_error)
        whisker += _segment("whisker", at, ends[0], at, ends[1])
    return whisker + _shape(mark.style, at, height, 5.0, hollow=mark.hollow, seek_s=mark.seek_s)


def _shape(
    style: str, x: float, y: float, r: float, *, hollow: bool = False, seek_s: float | None = None
) -> Markup:
    """Draw the shape of a grade; ``r`` is half its size."""
    colour = _MARKED[style]
    card = _css(palette.CARD)
    style_attributes: dict[str, object] = {
        "class": f"mark {style} hollow" if hollow else f"mark {style}",
        "fill": card if hollow else colour,
        "stroke": colour if hollow else card,
        "stroke-width": 2 if hollow else 1.2,
    }
    if seek_s is not None:
        style_attributes["data-seek"] = f"{seek_s:.3f}"
    if style == "watch":
        d = f"M{x:.1f} {y - r * 1.1:.1f}L{x + r * 1.15:.1f} {y + r * 0.9:.1f}H{x - r * 1.15:.1f}Z"
        return _tag("path", {**style_attributes, "d": d})
    if style == "fault":
        side = r * 1.8
        return _tag(
            "rect",
            {
                **style_attributes,
                "x": x - side / 2,
                "y": y - side / 2,
                "width": side,
                "height": side,
            },
        )
    return _tag("circle", {**style_attributes, "cx": x, "cy": y, "r": r})


def _badges(badges: Iterable[ChartBadge], x: _Scale, size: float) -> Iterator[Markup]:
    """Draw numbers in circles; a number that would overlap the one before is left out."""
    free_from = -math.inf
    for badge in badges:
        centre = x(badge.x)
        if centre - 13 < free_from:
            continue
        free_from = centre + 14
        grade: dict[str, str] = {name: _css(colour) for name, colour in palette.FILLS.items()}
        colour = grade.get(badge.style, _css(palette.NEUTRAL))
        style_attributes: dict[str, object] = {
            "class": f"badge {badge.style} hollow" if badge.hollow else f"badge {badge.style}",
            "data-seek": f"{badge.x:.3f}",
            "fill": _css(palette.CARD) if badge.hollow else colour,
            "stroke": colour,
            "stroke-width": 2,
        }
        yield _tag("circle", {**style_attributes, "cx": centre, "cy": 15.0, "r": 12.0})
        kind = "badge-text hollow" if badge.hollow else "badge-text"
        yield _text(kind, centre, 15 + size * 0.36, badge.text, size + 1, "middle")


def _segment(style: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return _element("line", style, x1=x1, y1=y1, x2=x2, y2=y2)


def _text(kind: str, x: float, y: float, text: str, size: float, anchor: str) -> Markup:
    fill = palette.INK if kind.startswith("badge-text") else palette.SOFT
    return Markup(
        '<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}" font-family="{}" '
        'font-size="{:g}">{}</text>'
    ).format(kind, x, y, anchor, _css(fill), FONT, size, text)

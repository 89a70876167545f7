"""Line charts as inline SVG: pure functions from numbers to ``Markup``.

Colours come from the page's CSS variables, so one chart serves the dark and the light page and
paper. Every chart is one image to a screen reader, with a title and a description in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from formcheck.data._before import Bands
from formcheck.data.arrays import FloatArray
from formcheck.data.results import Grade

MINUS = "\N{MINUS SIGN}"
LINE_STYLES = 8
"""How many line colours the style sheet has; further lines are dashed."""

TIME_WIDTH, TIME_LEFT = 560, 46
PAIR_WIDTH = 300
NOTHING = Markup("")

_POINTS_AT_MOST = 1200


@dataclass(frozen=True)
class Scale:
    """A straight map from values to pixels; ``start_px`` may lie beyond ``end_px``."""

    low: float
    high: float
    start_px: float
    end_px: float

    def __call__(self, value: float) -> float:
        """Give the pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start_px + share * (self.end_px - self.start_px)

    def clip(self, value: float) -> float:
        """Move a value to the nearest one on the scale."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Span:
    """A stretch of time to shade, in the style of the CSS class ``kind``."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Badge:
    """A repetition's number over the chart, at a time, in the colour of its grade."""

    text: str
    t_s: float
    grade: str


@dataclass(frozen=True)
class Point:
    """A point to stress, in the colour of its grade; a click on it goes to its time."""

    t_s: float
    y: float
    grade: str


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to ``value`` over a stretch of time, in the style of the class ``kind``."""

    kind: str
    start_s: float
    end_s: float
    value: float


@dataclass(frozen=True)
class Reading:
    """What the page says at the cursor: a name, a unit as it stands after a number, a course."""

    name: str
    unit: str
    decimals: int
    t_s: FloatArray
    y: FloatArray


@dataclass(frozen=True)
class Plot:
    """Something over the whole session, not yet drawn.

    Attributes
    ----------
    name
        Unique among the plots of a session.
    title, subtitle, description
        What it shows, in which unit, and what there is to see in words.
    span_s, domain
        First and last time, lowest and highest value shown.
    lines
        Seconds and values, shape (N,) each; NaN breaks a line.
    bands
        Shaded behind everything when given.
    spans, badges, points, bars
        Phases to shade, repetitions to number, points to stress, and durations.
    downward
        Whether larger values are lower on the page, as the hip is.
    reading
        For the cursor; ``None`` when it reads nothing here.
    """

    name: str
    title: str
    subtitle: str
    description: str
    span_s: tuple[float, float]
    domain: tuple[float, float]
    lines: Sequence[tuple[FloatArray, FloatArray]] = ()
    bands: Bands | None = None
    spans: Sequence[Span] = ()
    badges: Sequence[Badge] = ()
    points: Sequence[Point] = ()
    bars: Sequence[Bar] = ()
    downward: bool = False
    reading: Reading | None = None


@dataclass(frozen=True)
class Line:
    """One repetition's course.

    Attributes
    ----------
    label
        For the description.
    style
        Which of the style sheet's line styles it has, from 0.
    t_s, y
        Shape (N,); NaN in ``y`` breaks the line.
    mark
        A point to stress, as (time, value).
    """

    label: str
    style: int
    t_s: FloatArray
    y: FloatArray
    mark: tuple[float, float] | None = None


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Give round values between two limits, some ``about`` of them: multiples of 1, 2 or 5."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def number(value: float, decimals: int = 0) -> str:
    """Write a number with a true minus sign, and never minus zero."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def clock(seconds: float, span_s: float) -> str:
    """Write a time on an axis that is ``span_s`` long: seconds, or minutes and seconds."""
    if span_s < 120:
        return number(seconds, 0 if seconds == round(seconds) else 1)
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def thin(t_s: FloatArray, y: FloatArray, at_most: int = _POINTS_AT_MOST) -> tuple[FloatArray, ...]:
    """Keep the lowest and the highest point of each of equal stretches; gaps stay gaps.

    Parameters
    ----------
    t_s, y
        Shape (N,).
    at_most
        How many points may stay; fewer points than that come back as they are.
    """
    if len(y) <= at_most:
        return t_s, y
    keep: set[int] = {0, len(y) - 1}
    for part in np.array_split(np.arange(len(y)), at_most // 3):
        gaps = part[np.isnan(y[part])]
        keep.update(gaps[:1].tolist())
        if len(gaps) < len(part):
            keep.update((int(part[np.nanargmin(y[part])]), int(part[np.nanargmax(y[part])])))
    chosen = np.array(sorted(keep))
    return t_s[chosen], y[chosen]


def path_data(x: Scale, y: Scale, t_s: FloatArray, values: FloatArray) -> str:
    """Give the ``d`` of an SVG path; a NaN lifts the pen."""
    parts = []
    pen_down = False
    for t, value in zip(t_s.tolist(), values.tolist(), strict=True):
        if math.isfinite(t) and math.isfinite(value):
            parts.append(f"{'L' if pen_down else 'M'}{x(t):.1f} {y(value):.1f}")
            pen_down = True
        else:
            pen_down = False
    return "".join(parts)


def time_chart(plot: Plot, *, times: bool = True) -> Markup:
    """Draw something over the whole session; the page's script moves a cursor over it.

    The picture carries as ``data-`` attributes which time is where, so that the script can tell
    the time of a click. All plots of one session have the same axis.

    Parameters
    ----------
    plot
        What to draw.
    times
        Whether the time axis has numbers.
    """
    height = 96 + (28 if plot.badges else 0) + (24 if times else 0)
    x = Scale(*plot.span_s, TIME_LEFT, TIME_WIDTH - 12)
    top, bottom = (34 if plot.badges else 6), height - (26 if times else 6)
    y = Scale(*plot.domain, top, bottom) if plot.downward else Scale(*plot.domain, bottom, top)
    parts = [] if plot.bands is None else _band_rects(plot.bands, x, y)
    for span in plot.spans:
        parts.append(_rect(f"span {span.kind}", _clipped(x, span.start_s, span.end_s), y))
    span_s = plot.span_s[1] - plot.span_s[0]
    parts += _axes(x, y, x_text=(lambda v: clock(v, span_s)) if times else None)
    for bar in plot.bars:
        across = _clipped(x, bar.start_s, bar.end_s)
        parts.append(_rect(f"bar {bar.kind}", across, _clipped(y, 0.0, bar.value)))
    parts += [_path("course", path_data(x, y, *thin(t_s, values))) for t_s, values in plot.lines]
    for point in plot.points:
        parts.append(
            Markup(
                '<circle class="point {}" data-seek="{:.3f}" cx="{:.1f}" cy="{:.1f}" r="6"/>'
            ).format(point.grade, point.t_s, x(x.clip(point.t_s)), y(y.clip(point.y)))
        )
    parts += [] if plot.bands is None else _band_names(plot.bands, x, y)
    parts += _badges(plot.badges, x)
    parts.append(_segment("cursor", x.start_px, top, x.start_px, bottom))
    data = Markup(' data-start="{:.3f}" data-end="{:.3f}" data-left="{}" data-right="{}"').format(
        x.low, x.high, x.start_px, x.end_px
    )
    return _svg(
        f"track-{plot.name}",
        f"{plot.title} over the session",
        plot.description,
        TIME_WIDTH,
        height,
        parts,
        kind="chart track",
        more=data,
    )


def pair_chart(
    values: Sequence[tuple[str, float, float]], bands: Bands | None, *, chart_id: str, title: str
) -> Markup:
    """Draw two numbers with their standard errors on one line, before the bands.

    Parameters
    ----------
    values
        Label, value and standard error of each.
    bands
        Shaded behind them when given.
    chart_id, title
        As for :func:`time_chart`.
    """
    height = 22 * len(values) + 20
    ends = [end for _, value, error in values for end in (value - error, value + error)]
    line = Line("", 0, np.zeros(len(ends)), np.array(ends, dtype=np.float64))
    x = Scale(*(metric_domain([line], bands) or (0.0, 1.0)), 44, PAIR_WIDTH - 10)
    rows = Scale(0.0, float(len(values)), 2, height - 18)
    parts = [] if bands is None else _band_columns(bands, x, rows)
    for value in ticks(x.low, x.high, 4):
        parts.append(
            _segment("axis zero" if value == 0 else "axis", x(value), 2, x(value), rows(2))
        )
        decimals = _decimals(ticks(x.low, x.high, 4))
        parts.append(_text("tick", x(value), height - 4, number(value, decimals), anchor="middle"))
    for row, (label, value, error) in enumerate(values):
        at = rows(row + 0.5)
        parts.append(_text("tick", 38, at + 4, label, anchor="end"))
        parts.append(_segment("whisker", x(value - error), at, x(value + error), at))
        parts.append(
            Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(x(value), at)
        )
    said = "; ".join(f"{label} {number(v, 1)} ± {number(e, 1)}" for label, v, e in values)
    return _svg(chart_id, title, said, PAIR_WIDTH, height, parts, kind="chart pair-chart")


def metric_chart(
    lines: Sequence[Line],
    bands: Bands | None,
    domain: tuple[float, float],
    span_s: float,
    *,
    chart_id: str,
    title: str,
    description: str,
    width: int = 340,
    height: int = 210,
) -> Markup:
    """Draw one metric over the repetition, a line each, before its bands.

    Parameters
    ----------
    lines
        Times count from the start of the repetition.
    bands
        Shaded behind the lines when given.
    domain
        Lowest and highest value to show; see :func:`metric_domain`.
    span_s
        How long the time axis is.
    chart_id, title, description
        As for :func:`time_chart`.
    width, height
        Of the drawing, in its own units.
    """
    x = Scale(0.0, max(span_s, 0.1), 38, width - 8)
    y = Scale(*domain, height - 24, 8)
    parts = [] if bands is None else _band_rects(bands, x, y)
    parts += _axes(x, y, x_text=lambda v: clock(v, span_s))
    for line in lines:
        dashed = " dashed" if line.style >= LINE_STYLES else ""
        kind = f"course c{line.style % LINE_STYLES}{dashed}"
        parts.append(_path(kind, path_data(x, y, *thin(line.t_s, line.y))))
    for line in lines:
        if line.mark is not None and all(map(math.isfinite, line.mark)):
            parts.append(
                Markup('<circle class="mark c{}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(
                    line.style % LINE_STYLES, x(x.clip(line.mark[0])), y(y.clip(line.mark[1]))
                )
            )
    parts += [] if bands is None else _band_names(bands, x, y)
    return _svg(chart_id, title, description, width, height, parts)


def metric_domain(lines: Iterable[Line], bands: Bands | None) -> tuple[float, float] | None:
    """Choose the values to show: all lines, the good band, and the limits they near.

    ``None`` when there is nothing to show.
    """
    values = np.concatenate([np.empty(0), *(line.y[np.isfinite(line.y)] for line in lines)])
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    if bands is not None:
        reach = high - low
        # The good band is always in the picture; the watch band when the lines come near its end.
        high = max([high, *filter(math.isfinite, bands.good)])
        low = min([low, *filter(math.isfinite, bands.good)])
        if math.isfinite(bands.watch[1]) and values.max() >= bands.watch[1] - max(reach, 1.0):
            high = max(high, bands.watch[1])
        if math.isfinite(bands.watch[0]) and values.min() <= bands.watch[0] + max(reach, 1.0):
            low = min(low, bands.watch[0])
    room = 0.1 * (high - low) or max(0.1 * abs(high), 0.5)
    return low - room, high + room


def band_edges(bands: Bands) -> list[tuple[Grade, float, float]]:
    """Give grade, lower and upper limit of each stretch, from the lowest; some may be empty."""
    return [
        ("fault", -math.inf, bands.watch[0]),
        ("watch", bands.watch[0], bands.good[0]),
        ("good", *bands.good),
        ("watch", bands.good[1], bands.watch[1]),
        ("fault", bands.watch[1], math.inf),
    ]


def _band_rects(bands: Bands, x: Scale, y: Scale) -> list[Markup]:
    return [
        _rect(f"band {grade}", x, _clipped(y, low, high))
        for grade, low, high, height in _shown_bands(bands, y)
        if height >= 0.5
    ]


def _band_names(bands: Bands, x: Scale, y: Scale) -> list[Markup]:
    """The grade in each band that is high enough; drawn last, over everything."""
    return [
        _text("band-name", x.end_px - 5, y(y.clip(high)) + 12, grade, anchor="end")
        for grade, _, high, height in _shown_bands(bands, y)
        if height >= 16
    ]


def _shown_bands(bands: Bands, y: Scale) -> list[tuple[Grade, float, float, float]]:
    """Grade, limits, and how many pixels are shown of it."""
    return [
        (grade, low, high, y(y.clip(low)) - y(y.clip(high)))
        for grade, low, high in band_edges(bands)
    ]


def _band_columns(bands: Bands, x: Scale, y: Scale) -> list[Markup]:
    """Bands along the x axis."""
    return [
        _rect(f"band {grade}", _clipped(x, low, high), y)
        for grade, low, high in band_edges(bands)
        if x.clip(high) > x.clip(low)
    ]


def _axes(x: Scale, y: Scale, *, x_text: Callable[[float], str] | None) -> list[Markup]:
    parts = []
    left, right = x.start_px, x.end_px
    height = abs(y.end_px - y.start_px)
    marks = ticks(y.low, y.high, max(2, int(height // 24)))
    decimals = _decimals(marks)
    for value in marks:
        kind = "axis zero" if value == 0 else "axis"
        parts.append(_segment(kind, left, y(value), right, y(value)))
        parts.append(_text("tick", left - 6, y(value) + 4, number(value, decimals), anchor="end"))
    bottom = max(y.start_px, y.end_px)
    if x_text is None:
        return parts
    for value in ticks(x.low, x.high, 5):
        parts.append(_segment("axis stub", x(value), bottom, x(value), bottom + 4))
        parts.append(_text("tick", x(value), bottom + 17, x_text(value), anchor="middle"))
    return parts


def _decimals(marks: Sequence[float]) -> int:
    if len(marks) < 2:
        return 1
    return max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-9))


def _badges(badges: Sequence[Badge], x: Scale) -> list[Markup]:
    """Numbers in circles; where they would overlap, those between are left out."""
    parts: list[Markup] = []
    free_from = -math.inf
    for badge in badges:
        centre = x(x.clip(badge.t_s))
        if centre - 13 < free_from:
            continue
        free_from = centre + 14
        parts.append(
            Markup(
                '<circle class="badge {}" data-seek="{:.3f}" cx="{:.1f}" cy="15" r="13"/>'
            ).format(badge.grade, badge.t_s, centre)
        )
        parts.append(_text("badge-text", centre, 20, badge.text, anchor="middle"))
    return parts


def _svg(
    chart_id: str,
    title: str,
    description: str,
    width: int,
    height: int,
    parts: Iterable[Markup],
    *,
    kind: str = "chart",
    more: Markup = NOTHING,
) -> Markup:
    return Markup(
        '<svg class="{kind}" viewBox="0 0 {width} {height}"{more} role="img" '
        'aria-labelledby="{id}-title {id}-desc">'
        '<title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{description}</desc>{body}</svg>'
    ).format(
        kind=kind,
        more=more,
        width=width,
        height=height,
        id=chart_id,
        title=title,
        description=description,
        body=Markup("").join(parts),
    )


def _clipped(scale: Scale, low: float, high: float) -> Scale:
    """Take the part of a scale between two values."""
    low, high = scale.clip(low), scale.clip(high)
    return Scale(low, high, scale(low), scale(high))


def _rect(kind: str, x: Scale, y: Scale) -> Markup:
    """Fill the area of two scales."""
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        kind,
        min(x.start_px, x.end_px),
        min(y.start_px, y.end_px),
        abs(x.end_px - x.start_px),
        abs(y.end_px - y.start_px),
    )


def _path(kind: str, data: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, data)


def _segment(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        kind, x1, y1, x2, y2
    )


def _text(kind: str, x: float, y: float, text: str, *, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )

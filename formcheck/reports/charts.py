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

from formcheck.arrays import FloatArray
from formcheck.exercises.base import Bands

MINUS = "\N{MINUS SIGN}"
LINE_STYLES = 8
"""How many line colours the style sheet has; further lines are dashed."""

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


def session_chart(
    t_s: FloatArray,
    depth: FloatArray,
    spans: Sequence[Span],
    badges: Sequence[Badge],
    *,
    chart_id: str,
    description: str,
    width: int,
    height: int,
) -> Markup:
    """Draw the depth of the hip over the whole session; deeper is lower on the page.

    Parameters
    ----------
    t_s, depth
        Shape (N,): seconds, and % of leg length with NaN where unknown.
    spans, badges
        The phases to shade and the repetitions to number.
    chart_id
        Unique on the page.
    description
        What there is to see, in words.
    width, height
        Of the drawing, in its own units; text is 12 of them high.
    """
    seen = depth[np.isfinite(depth)]
    low, high = (min(0.0, float(seen.min())), float(seen.max())) if len(seen) else (0.0, 1.0)
    room = max((high - low) * 0.08, 1.0)
    start, end = (float(t_s[0]), float(t_s[-1])) if len(t_s) else (0.0, 1.0)
    if end <= start:
        end = start + 1.0
    x = Scale(start, end, 40, width - 10)
    y = Scale(low - room, high + room, 30, height - 24)
    parts = [_rect(f"span {span.kind}", _clipped(x, span.start_s, span.end_s), y) for span in spans]
    parts += _axes(x, y, x_text=lambda v: clock(v, end - start), wide=width > 600)
    parts.append(_path("depth", path_data(x, y, *thin(t_s, depth))))
    parts += _badges(badges, x)
    return _svg(chart_id, "Depth over the session", description, width, height, parts)


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
    chart_id, title, description, width, height
        As for :func:`session_chart`.
    """
    x = Scale(0.0, max(span_s, 0.1), 38, width - 8)
    y = Scale(*domain, height - 24, 8)
    parts = [] if bands is None else _band_rects(bands, x, y)
    parts += _axes(x, y, x_text=lambda v: clock(v, span_s), wide=False)
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


def _band_rects(bands: Bands, x: Scale, y: Scale) -> list[Markup]:
    edges = [
        ("fault", -math.inf, bands.watch[0]),
        ("watch", bands.watch[0], bands.good[0]),
        ("good", *bands.good),
        ("watch", bands.good[1], bands.watch[1]),
        ("fault", bands.watch[1], math.inf),
    ]
    parts = []
    for grade, low, high in edges:
        top, bottom = y(y.clip(high)), y(y.clip(low))
        if bottom - top < 0.5:
            continue
        parts.append(_rect(f"band {grade}", x, _clipped(y, low, high)))
        if bottom - top >= 16:
            parts.append(_text("band-name", x.end_px - 5, top + 12, grade, anchor="end"))
    return parts


def _axes(x: Scale, y: Scale, *, x_text: Callable[[float], str], wide: bool) -> list[Markup]:
    parts = []
    left, right = x.start_px, x.end_px
    height = abs(y.end_px - y.start_px)
    marks = ticks(y.low, y.high, max(2, int(height // 42)))
    decimals = _decimals(marks)
    for value in marks:
        kind = "axis zero" if value == 0 else "axis"
        parts.append(_segment(kind, left, y(value), right, y(value)))
        parts.append(_text("tick", left - 6, y(value) + 4, number(value, decimals), anchor="end"))
    bottom = max(y.start_px, y.end_px)
    for value in ticks(x.low, x.high, 12 if wide else 5):
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
        if centre - 10 < free_from:
            continue
        free_from = centre + 11
        parts.append(
            Markup('<circle class="badge {}" cx="{:.1f}" cy="15" r="10"/>').format(
                badge.grade, centre
            )
        )
        parts.append(_text("badge-text", centre, 19, badge.text, anchor="middle"))
    return parts


def _svg(
    chart_id: str, title: str, description: str, width: int, height: int, parts: Iterable[Markup]
) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{id}-title {id}-desc">'
        '<title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{description}</desc>{body}</svg>'
    ).format(
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

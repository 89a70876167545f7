"""Past sessions as a drawing: an SVG that stands alone, or a page of several.

Pure functions from numbers to text. The band is what cannot be told from the first session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from formcheck.reports.charts import Scale, number, ticks

WIDTH_PX, HEIGHT_PX = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 84, 34, 30

_DAY_PX = 84

_STYLE = Markup("""
svg.trend { font: 13px system-ui, sans-serif; color: #1c2430; background: #ffffff;
  width: 100%; max-width: 720px; height: auto; }
svg.trend text { fill: currentColor; }
svg.trend .title { font-weight: 600; }
svg.trend .axis { stroke: currentColor; stroke-opacity: .15; }
svg.trend .chance { fill: #7c8798; fill-opacity: .25; }
svg.trend .limit { stroke: #2e9e5b; stroke-dasharray: 5 4; }
svg.trend .limit-name { fill: #1f7a44; font-size: 11px; }
svg.trend .error { stroke: #2563c9; stroke-opacity: .55; }
svg.trend .line { stroke: #2563c9; fill: none; stroke-width: 1.5; }
svg.trend .dot { fill: #2563c9; }
svg.trend .dot.detected { fill: #c2410c; }
@media (prefers-color-scheme: dark) {
  svg.trend { color: #e6e9ef; background: #14181f; }
  svg.trend .chance { fill-opacity: .35; }
  svg.trend .limit-name { fill: #6ddc9a; }
  svg.trend .line, svg.trend .error { stroke: #7fb0ff; }
  svg.trend .dot { fill: #7fb0ff; }
  svg.trend .dot.detected { fill: #ff9f5a; }
}
""")

_PAGE_STYLE = Markup("""
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem;
  color: #1c2430; background: #ffffff; }
@media (prefers-color-scheme: dark) { body { color: #e6e9ef; background: #14181f; } }
""")


@dataclass(frozen=True)
class Dot:
    """One session: the day, its mean with the standard error, and whether it differs for sure."""

    day: date
    mean: float
    sem: float
    detected: bool


@dataclass(frozen=True)
class TrendChart:
    """One quantity over the sessions.

    Attributes
    ----------
    title
        What it is, with its unit.
    dots
        The oldest first; at least one.
    detectable
        How far from the first session a value may be by chance.
    limits
        Of the good band; infinite where open.
    """

    title: str
    dots: tuple[Dot, ...]
    detectable: float
    limits: tuple[float, ...] = ()


def trend_svg(chart: TrendChart, *, chart_id: str = "trend", alone: bool = True) -> Markup:
    """Draw one quantity; ``alone`` makes it a file of its own, with its style."""
    dots = chart.dots
    first = dots[0]
    values = [value for dot in dots for value in (dot.mean - dot.sem, dot.mean + dot.sem)]
    values += [first.mean - chart.detectable, first.mean + chart.detectable]
    values += [limit for limit in chart.limits if math.isfinite(limit)]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    y = Scale(low - room, high + room, HEIGHT_PX - _BOTTOM, _TOP)
    x = _days(dots)
    parts = [_chance(first.mean, chart.detectable, y)]
    marks = ticks(y.low, y.high, 5)
    decimals = 0 if len(marks) < 2 else max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-9))
    for value in marks:
        parts.append(_line("axis", _LEFT, y(value), WIDTH_PX - _RIGHT, y(value)))
        parts.append(_text("", _LEFT - 6, y(value) + 4, number(value, decimals), "end"))
    for limit in chart.limits:
        if math.isfinite(limit):
            parts.append(_line("limit", _LEFT, y(limit), WIDTH_PX - _RIGHT, y(limit)))
            place = (WIDTH_PX - _RIGHT + 5, y(limit) + 4)
            parts.append(_text("limit-name", *place, "limit of good", "start"))
    path = "".join(
        f"{'L' if n else 'M'}{x(_at(dot)):.1f} {y(dot.mean):.1f}" for n, dot in enumerate(dots)
    )
    parts.append(Markup('<path class="line" d="{}"/>').format(path))
    for dot in dots:
        at = x(_at(dot))
        parts.append(_line("error", at, y(dot.mean - dot.sem), at, y(dot.mean + dot.sem)))
        kind = "dot detected" if dot.detected else "dot"
        parts.append(
            Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(
                kind, at, y(dot.mean)
            )
        )
    parts += _day_names(dots, x)
    parts.append(_text("title", _LEFT, 18, chart.title, "start"))
    return Markup(
        '<svg class="trend" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}"{size} '
        'role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{description}</desc>{style}{body}</svg>'
    ).format(
        w=WIDTH_PX,
        h=HEIGHT_PX,
        size=Markup(' width="{}" height="{}"').format(WIDTH_PX, HEIGHT_PX) if alone else "",
        id=chart_id,
        title=chart.title,
        description=_description(chart),
        style=Markup("<style>{}</style>").format(_STYLE) if alone else "",
        body=Markup("").join(parts),
    )


def trend_page(heading: str, charts: Sequence[tuple[str, TrendChart]]) -> str:
    """Make a page of charts, each with a subheading of its own where that changes."""
    parts = []
    under = None
    for n, (subheading, chart) in enumerate(charts):
        if subheading != under:
            parts.append(Markup("<h2>{}</h2>").format(subheading))
            under = subheading
        parts.append(trend_svg(chart, chart_id=f"trend-{n}", alone=False))
    return str(
        Markup(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark"><title>{heading}</title>'
            "<style>{style}</style></head><body><h1>{heading}</h1>{body}"
            "<p>Grey: what cannot be told from the first session. Orange: a change beyond that. "
            "Bars: one standard error. A coaching aid, not a diagnosis.</p></body></html>\n"
        ).format(
            heading=heading,
            style=_STYLE + _PAGE_STYLE,
            body=Markup("\n").join(parts),
        )
    )


def _at(dot: Dot) -> float:
    return float(dot.day.toordinal())


def _days(dots: Sequence[Dot]) -> Scale:
    start, end = min(map(_at, dots)), max(map(_at, dots))
    if end <= start:
        start, end = start - 1.0, end + 1.0
    return Scale(start, end, _LEFT + 14, WIDTH_PX - _RIGHT - 14)


def _day_names(dots: Sequence[Dot], x: Scale) -> list[Markup]:
    """Name the first and the last day, and those between that have room."""
    parts: list[Markup] = []
    last = x(_at(dots[-1]))
    free_from = -math.inf
    for n, dot in enumerate(dots):
        at = x(_at(dot))
        is_last = n == len(dots) - 1
        if at < free_from or (not is_last and at > last - _DAY_PX):
            continue
        free_from = at + _DAY_PX
        parts.append(_text("", at, HEIGHT_PX - 8, dot.day.isoformat(), "middle"))
    return parts


def _chance(mean: float, detectable: float, y: Scale) -> Markup:
    top, bottom = y(mean + detectable), y(mean - detectable)
    return Markup('<rect class="chance" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        _LEFT, top, WIDTH_PX - _RIGHT - _LEFT, bottom - top
    )


def _description(chart: TrendChart) -> str:
    first, last = chart.dots[0], chart.dots[-1]
    sure = "a change beyond" if last.detected else "a change within"
    return (
        f"{len(chart.dots)} sessions from {first.day} to {last.day}: from {number(first.mean, 1)} "
        f"to {number(last.mean, 1)}, {sure} what may be chance ({number(chart.detectable, 1)})."
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        kind, x1, y1, x2, y2
    )


def _text(kind: str, x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        kind, x, y, anchor, text
    )

"""Past sessions as a drawing: an SVG that stands alone, or a page with numbers and advice.

Pure functions from numbers to text. The band is what cannot be told from the first session.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from formcheck.motion._before.comparison import Direction
from formcheck.report.charts import Scale, number, ticks

WIDTH_PX, HEIGHT_PX = 720, 260
NARROW_PX = 350
"""Width of the drawing for a phone: its letters are as large as on a wide page."""

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
svg.trend .dot.better { fill: #0a7267; }
svg.trend .dot.worse { fill: #c2410c; }
svg.trend .dot.other { fill: #6b3fa0; }
@media (prefers-color-scheme: dark) {
  svg.trend { color: #e6e9ef; background: #14181f; }
  svg.trend .chance { fill-opacity: .35; }
  svg.trend .limit-name { fill: #6ddc9a; }
  svg.trend .line, svg.trend .error { stroke: #7fb0ff; }
  svg.trend .dot { fill: #7fb0ff; }
  svg.trend .dot.better { fill: #3fd0bd; }
  svg.trend .dot.worse { fill: #ff9f5a; }
  svg.trend .dot.other { fill: #c9a6f5; }
}
""")

_PAGE_STYLE = Markup("""
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem;
  color: #1c2430; background: #ffffff; }
h3 { font-size: 1rem; margin-bottom: .2rem; }
svg.trend.narrow { display: none; max-width: 350px; }
table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top;
  border-bottom: 1px solid #7c879855; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
td { white-space: nowrap; }
summary { cursor: pointer; font-size: .9rem; }
.because, .rule { display: block; font-size: .9rem; }
.rule { opacity: .8; }
li { margin-bottom: .6rem; }
@media (max-width: 600px) {
  body { margin: 1rem auto; padding: 0 .8rem; }
  svg.trend.wide { display: none; }
  svg.trend.narrow { display: block; }
  th, td { padding-right: .6rem; }
}
@media (prefers-color-scheme: dark) { body { color: #e6e9ef; background: #14181f; } }
""")


@dataclass(frozen=True)
class Dot:
    """One session: the day, its mean with the standard error, and which way it differs for sure.

    ``change`` is ``better``, ``worse`` or ``other``, or ``None`` for what may be chance.
    """

    day: date
    mean: float
    sem: float
    change: Direction | None


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


@dataclass(frozen=True)
class Numbers:
    """Numbers in words; the first column names its row."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """What a page says of one leg: a drawing and the numbers of each quantity, and all in short.

    ``remark`` stands in place of the drawings when there are none.
    """

    title: str
    charts: tuple[tuple[TrendChart, Numbers], ...]
    overview: Numbers | None
    remark: str


@dataclass(frozen=True)
class Step:
    """One thing to do next: what, why, and by which rule."""

    heading: str
    text: str
    because: str
    rule: str


def trend_svg(
    chart: TrendChart,
    *,
    chart_id: str = "trend",
    alone: bool = True,
    kind: str = "",
    width_px: int = WIDTH_PX,
) -> Markup:
    """Draw one quantity.

    Parameters
    ----------
    chart
        The quantity.
    chart_id
        Unique on the page.
    alone
        Makes it a file of its own, with its style.
    kind
        A further CSS class.
    width_px
        How wide it is.
    """
    dots = chart.dots
    first = dots[0]
    values = [value for dot in dots for value in (dot.mean - dot.sem, dot.mean + dot.sem)]
    values += [first.mean - chart.detectable, first.mean + chart.detectable]
    values += [limit for limit in chart.limits if math.isfinite(limit)]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    y = Scale(low - room, high + room, HEIGHT_PX - _BOTTOM, _TOP)
    x = _days(dots, width_px)
    parts = [_chance(first.mean, chart.detectable, y, width_px)]
    marks = ticks(y.low, y.high, 5)
    decimals = 0 if len(marks) < 2 else max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-9))
    for value in marks:
        parts.append(_line("axis", _LEFT, y(value), width_px - _RIGHT, y(value)))
        parts.append(_text("", _LEFT - 6, y(value) + 4, number(value, decimals), "end"))
    for limit in chart.limits:
        if math.isfinite(limit):
            parts.append(_line("limit", _LEFT, y(limit), width_px - _RIGHT, y(limit)))
            place = (width_px - _RIGHT + 5, y(limit) + 4)
            parts.append(_text("limit-name", *place, "limit of good", "start"))
    path = "".join(
        f"{'L' if n else 'M'}{x(_at(dot)):.1f} {y(dot.mean):.1f}" for n, dot in enumerate(dots)
    )
    parts.append(Markup('<path class="line" d="{}"/>').format(path))
    for dot in dots:
        at = x(_at(dot))
        parts.append(_line("error", at, y(dot.mean - dot.sem), at, y(dot.mean + dot.sem)))
        mark = f"dot {dot.change}" if dot.change else "dot"
        parts.append(
            Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(
                mark, at, y(dot.mean), 6 if dot.change else 4
            )
        )
    parts += _day_names(dots, x)
    parts.append(_text("title", 4 if width_px < WIDTH_PX else _LEFT, 18, chart.title, "start"))
    return Markup(
        '<svg class="{kind}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}"{size} '
        'role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{description}</desc>{style}{body}</svg>'
    ).format(
        kind=f"trend {kind}".strip(),
        w=width_px,
        h=HEIGHT_PX,
        size=Markup(' width="{}" height="{}"').format(width_px, HEIGHT_PX) if alone else "",
        id=chart_id,
        title=chart.title,
        description=_description(chart),
        style=Markup("<style>{}</style>").format(_STYLE) if alone else "",
        body=Markup("").join(parts),
    )


def trend_page(heading: str, parts: Sequence[Part], steps: Sequence[Step]) -> str:
    """Make a page of all there is: drawings and numbers leg by leg, then what to do next."""
    body = [piece for n, part in enumerate(parts) for piece in _part(part, n)]
    return str(
        Markup(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark"><title>{heading}</title>'
            "<style>{style}</style></head><body><main><h1>{heading}</h1>"
            "<p>Grey: what cannot be told from the first session. A change beyond that is green "
            "towards the good limits, orange away from them, and violet where that cannot be "
            "said. Bars: one standard error.</p>"
            "{body}<p>A coaching aid, not a diagnosis. With pain or in doubt, ask a professional."
            "</p></main></body></html>\n"
        ).format(
            heading=heading,
            style=_STYLE + _PAGE_STYLE,
            body=Markup("\n").join([*body, *_steps(steps)]),
        )
    )


def _part(part: Part, number_of: int) -> Iterator[Markup]:
    yield Markup("<h2>{}</h2>").format(part.title)
    if part.remark:
        yield Markup("<p>{}</p>").format(part.remark)
    for n, (chart, numbers) in enumerate(part.charts):
        for kind, width_px in (("wide", WIDTH_PX), ("narrow", NARROW_PX)):
            chart_id = f"trend-{number_of}-{n}-{kind}"
            yield trend_svg(chart, chart_id=chart_id, alone=False, kind=kind, width_px=width_px)
        yield Markup("<details><summary>{}: the numbers</summary>{}</details>").format(
            chart.title, _table(numbers)
        )
    if part.overview is not None:
        yield _table(part.overview)


def _table(table: Numbers) -> Markup:
    head = Markup("").join(
        Markup('<th scope="col">{}</th>').format(text) for text in table.headings
    )
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row[0], Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row[1:])
        )
        for row in table.rows
    )
    return Markup(
        '<div class="scroll"><table><caption>{}</caption><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(table.caption, head, rows)


def _steps(steps: Sequence[Step]) -> Iterator[Markup]:
    for heading in dict.fromkeys(step.heading for step in steps):
        items = Markup("").join(
            Markup(
                '<li>{}<span class="because">Why: {}.</span><span class="rule">Rule: {}</span></li>'
            ).format(step.text, step.because, step.rule)
            for step in steps
            if step.heading == heading
        )
        yield Markup("<h2>{}</h2><ul>{}</ul>").format(heading, items)


def _at(dot: Dot) -> float:
    return float(dot.day.toordinal())


def _days(dots: Sequence[Dot], width_px: int) -> Scale:
    start, end = min(map(_at, dots)), max(map(_at, dots))
    if end <= start:
        start, end = start - 1.0, end + 1.0
    return Scale(start, end, _LEFT + 14, width_px - _RIGHT - 14)


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


def _chance(mean: float, detectable: float, y: Scale, width_px: int) -> Markup:
    top, bottom = y(mean + detectable), y(mean - detectable)
    return Markup('<rect class="chance" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        _LEFT, top, width_px - _RIGHT - _LEFT, bottom - top
    )


def _description(chart: TrendChart) -> str:
    first, last = chart.dots[0], chart.dots[-1]
    sure = {
        None: "a change within",
        "better": "a change towards the good limits, beyond",
        "worse": "a change away from the good limits, beyond",
        "other": "a change beyond",
    }[last.change]
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

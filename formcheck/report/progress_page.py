"""Past sessions: charts, numbers and advice, for page, file and terminal.

The grey band is measurement error around the first session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from formcheck.data.numbers import UNKNOWN
from formcheck.motion.comparison import Difference, direction
from formcheck.report import wording
from formcheck.report.changes import (
    amount,
    change_words,
    smallest_real_change,
    title_of,
    with_error,
)
from formcheck.report.charts import Area, Axis, Chart, Line, Mark, axis, paint
from formcheck.report.html import page

WIDE, NARROW = 720.0, 350.0
"""Widths of a chart for a page and for a phone: the letters stay as large."""

POINT_HEADINGS = ("id", "date", "reps", "step", "value", "change")
OVERVIEW_HEADINGS = ("first", "last", "change", "smallest real change")
ADVICE_DISCLAIMER = f"{wording.DISCLAIMER} With pain or in doubt, ask a professional."
_DAY_WIDTH = 84.0


@dataclass(frozen=True)
class TrendPoint:
    """One session of a trend; ``since_first`` is ``None`` where it was not measured."""

    session: int
    day: str
    reps: int
    step_cm: float | None
    since_first: Difference | None


@dataclass(frozen=True)
class TrendView:
    """One quantity over the sessions.

    Attributes
    ----------
    title, sentence
        The quantity, and the last session compared with the first.
    rows
        Cells under :data:`POINT_HEADINGS`.
    overview
        Cells after the title under :data:`OVERVIEW_HEADINGS`.
    charts
        For a page and for a phone; empty with fewer than two sessions.
    """

    title: str
    sentence: str
    rows: tuple[tuple[str, ...], ...]
    overview: tuple[str, ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class TrendPart:
    """The part of one leg; ``remark`` replaces the charts when there are none."""

    title: str
    trends: tuple[TrendView, ...]
    overview: bool
    remark: str = ""


@dataclass(frozen=True)
class AdviceLine:
    """One piece of advice: what, why, and by which rule."""

    heading: str
    text: str
    because: str
    rule: str


def trend_view(points: Sequence[TrendPoint], chart_id: str = "trend") -> TrendView:
    """Show one quantity over the sessions, the oldest first; at least one has it."""
    found = [(point, one) for point in points if (one := point.since_first) is not None]
    whole = found[-1][1]
    spec = whole.spec
    unit = f", {spec.unit}" if spec.unit else ""
    charts: tuple[Chart, ...] = ()
    if len(found) > 1:
        title = title_of(spec) + unit
        charts = tuple(
            _chart(title, found, f"{chart_id}-{kind}", kind, width)
            for kind, width in (("wide", WIDE), ("narrow", NARROW))
        )
    return TrendView(
        title=title_of(spec),
        sentence=change_words(whole),
        rows=tuple(_cells(point, first=point is found[0][0]) for point in points),
        overview=(
            with_error(whole.first, spec),
            with_error(whole.second, spec),
            change_cell(whole),
            smallest_real_change(whole),
        ),
        charts=charts,
    )


def change_cell(one: Difference) -> str:
    """Write a change with its sign, and ``*`` when it is beyond measurement error."""
    return amount(one.shown, one, signed=True) + (" *" if one.detected else "")


def trend_svg(trend: TrendView) -> str:
    """Draw a trend of at least two sessions as a file of its own."""
    return str(paint(trend.charts[0], alone=True))


def trend_page(heading: str, parts: Sequence[TrendPart], steps: Sequence[AdviceLine]) -> str:
    """Make the page: charts and numbers for each leg, then the advice."""
    return page(
        "progress.html",
        heading=heading,
        parts=parts,
        steps=steps,
        headings=list(dict.fromkeys(step.heading for step in steps)),
        point_headings=POINT_HEADINGS,
        overview_headings=OVERVIEW_HEADINGS,
        disclaimer=ADVICE_DISCLAIMER,
    )


def _cells(point: TrendPoint, *, first: bool) -> tuple[str, ...]:
    one = point.since_first
    return (
        str(point.session),
        point.day,
        str(point.reps),
        UNKNOWN if point.step_cm is None else f"{point.step_cm:g}",
        UNKNOWN if one is None else with_error(one.second, one.spec),
        "first" if first else UNKNOWN if one is None else change_cell(one),
    )


def _chart(
    title: str,
    found: Sequence[tuple[TrendPoint, Difference]],
    chart_id: str,
    kind: str,
    width: float,
) -> Chart:
    whole = found[-1][1]
    start, reach = whole.first.value, whole.detectable
    limits = (
        []
        if whole.spec.limits is None
        else [whole.spec.limits.good_low, whole.spec.limits.good_high]
    )
    ends = [end for end in limits if end is not None]
    means = [one.second for _, one in found]
    values = [start - reach, start + reach, *ends]
    values += [end for mean in means for end in (mean.value - mean.error, mean.value + mean.error)]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    days = [float(date.fromisoformat(point.day).toordinal()) for point, _ in found]
    margin = max(0.03 * (days[-1] - days[0]), 0.5)
    x = (days[0] - margin, days[-1] + margin)
    return Chart(
        chart_id,
        title,
        _described(found),
        Axis(*x, _day_marks(days, [point.day for point, _ in found], x, width - 82.0)),
        axis(low - room, high + room, 5),
        width=width,
        height=230.0,
        margins=(48.0, 8.0, 34.0, 30.0),
        areas=(Area("within-error", y=(start - reach, start + reach)),),
        lines=(
            *(Line("limit", [(x[0], end), (x[1], end)]) for end in ends),
            Line("series-0", [(day, mean.value) for day, mean in zip(days, means, strict=True)]),
        ),
        marks=tuple(
            Mark(direction(one) or "plain", day, one.second.value, y_error=one.second.error)
            for day, (_, one) in zip(days, found, strict=True)
        ),
        kind=f"trend {kind}",
    )


def _day_marks(
    days: Sequence[float], names: Sequence[str], x: tuple[float, float], width: float
) -> tuple[tuple[float, str], ...]:
    """Name the first and the last day, and those between that have room."""
    room = _DAY_WIDTH * (x[1] - x[0]) / width
    marks = [(days[0], names[0])]
    for day, name in zip(days, names, strict=True):
        if day - marks[-1][0] >= room and (day == days[-1] or days[-1] - day >= room):
            marks.append((day, name))
    return tuple(marks)


def _described(found: Sequence[tuple[TrendPoint, Difference]]) -> str:
    (first, _), (last, whole) = found[0], found[-1]
    return (
        f"{len(found)} sessions from {first.day} to {last.day}: from "
        f"{with_error(whole.first, whole.spec)} to {with_error(whole.second, whole.spec)}. "
        f"{change_words(whole)}"
    )

"""Makes the charts of a session: charts over the whole set, and charts with repetitions overlaid.

:func:`set_charts` and :func:`panels` return them as data, which ``report/charts.py`` draws. A line
is the time series of a measurement during a repetition; the mark on it is the judged number, at
the time when it was measured. So charts, table and verdict agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.numbers import (
    colour_grade,
    grade_words,
    is_doubtful,
    measured,
    number,
    unit_after,
    verdict_words,
)
from formcheck.data.palette import SERIES
from formcheck.data.session import DESCENT, Limits, Measurement, MeasureSpec, Rep, Session
from formcheck.motion.analyzer import LONGEST_GAP_S
from formcheck.motion.judged_times import Stretch, joined, judged_times
from formcheck.report.charts import (
    Area,
    Axis,
    Chart,
    ChartBadge,
    Line,
    Mark,
    Points,
    axis,
    bands,
    domain,
    thin,
    time_axis,
)
from formcheck.report.tables import EVENTS
from formcheck.report.wording import band_words

MOST_MEASUREMENTS = 3
"""Most measurements with a chart over the whole set: more do not fit beside the film. The overlaid
charts further down the page show all of them."""

_PHASES = {
    "down_up": ("descent", "bottom", "ascent"),
    "up_down": ("ascent", "bottom", "descent"),
    "held": ("bottom",),
    "climbed": ("bottom",),
}
"""The phases between the events of a repetition, by the order of its movement. The middle phase of
a step-up is on top of the step, but is called ``bottom`` too. A hold and a flight of stairs have
only one phase."""
_ONE_PHASE_WORDS = {"held": "held", "climbed": "on the stairs"}


@dataclass(frozen=True)
class Panel:
    """A measurement with all repetitions overlaid: name of the leg, and chart, for each leg."""

    title: str
    subtitle: str
    charts: tuple[tuple[str, Chart], ...]


@dataclass(frozen=True)
class LegendItem:
    """Style of a repetition's line in the legend."""

    text: str
    style: str
    dashed: bool


def phase_words(order: str) -> dict[str, str]:
    """Return the names of the phases for the reader; the middle one of a step-up is the top."""
    if order in _ONE_PHASE_WORDS:
        return {"bottom": _ONE_PHASE_WORDS[order]}
    middle = "top" if order == "up_down" else "bottom"
    return {"descent": "way down", "bottom": middle, "ascent": "way up"}


def set_charts(session: Session) -> tuple[Chart, ...]:
    """Return the charts over the whole set: hip, the most important measurements, tempo."""
    t_s = floats(session.series.get("t_s", []))
    if len(t_s) < 2 or not t_s[-1] > t_s[0]:
        return ()
    span = float(t_s[0]), float(t_s[-1])
    found = [_measurement_chart(session, spec, span) for spec in judged_specs(session)]
    shown = [chart for chart in found if chart is not None][:MOST_MEASUREMENTS]
    first = _hip_chart(session, span) or _efforts_chart(session, span)
    ends = first, _tempo_chart(session, span)
    charts = [chart for chart in (ends[0], *shown, ends[1]) if chart is not None]
    for place in range(1, len(charts) - 1):  # only the first and the last name the times
        chart = charts[place]
        charts[place] = replace(
            chart,
            x=replace(chart.x, marks=()),
            height=chart.height - 20.0,
            margins=(*chart.margins[:3], 6.0),
        )
    return tuple(charts)


def judged_specs(session: Session) -> list[MeasureSpec]:
    """Return the judged measurements of form, most important first."""
    form = (one for one in session.specs if one.role != "tempo" and one.limits is not None)
    return sorted(form, key=lambda spec: spec.priority)


def panels(session: Session) -> tuple[Panel, ...]:
    """Return charts that overlay the repetitions, for each judged measurement.

    Both legs have the same scale.
    """
    return tuple(panel for spec in judged_specs(session) if (panel := _panel(session, spec)))


def legend(session: Session) -> tuple[LegendItem, ...]:
    """Return the legend: the line of each repetition."""
    two_legs = len(session.summary.reps_by_side) > 1
    return tuple(
        LegendItem(
            f"{session.exercise.effort_short} {rep.index}"
            + (f", {rep.stance_side}" if two_legs else ""),
            f"series-{n % len(SERIES)}",
            n >= len(SERIES),
        )
        for n, rep in enumerate(session.reps)
    )


def readings(session: Session) -> dict[str, Any]:
    """Return the numbers that the page shows while the cursor is moved over a chart."""
    words = phase_words(session.exercise.order)
    columns = [("hip drop", False, unit_after("%"), 1, _hip_points(session))]
    for spec in judged_specs(session)[:MOST_MEASUREMENTS]:
        series: list[tuple[float, float]] = []
        for rep in session.reps:
            points = judged_series(rep, spec)
            series += [*points, (points[-1][0], math.nan)] if points else []
        columns.append((spec.title.lower(), True, unit_after(spec.unit), spec.decimals, series))
    return {
        "effort": session.exercise.effort,
        "reps": [
            {
                "index": rep.index,
                "start": rep.start_s,
                "end": rep.end_s,
                "lowest": rep.lowest_s,
                "phases": [[words[kind], *ends] for kind, *ends in phases_of(rep, session)],
            }
            for rep in session.reps
        ],
        "columns": [
            {
                "name": name,
                "inside": inside,
                "unit": unit,
                "decimals": decimals,
                "t": [round(t, 2) for t, _ in points],
                "y": [round(y, 2) if math.isfinite(y) else None for _, y in points],
            }
            for name, inside, unit, decimals, points in columns
            if points
        ],
    }


def phases_of(rep: Rep, session: Session) -> list[tuple[str, float, float]]:
    """Return name, start and end of each phase; those with an unknown start or end are left out."""
    order = session.exercise.order
    times = [rep.events.get(event) for event in EVENTS[order]]
    return [
        (kind, start, end)
        for kind, start, end in zip(_PHASES[order], times, times[1:], strict=False)
        if start is not None and end is not None and end > start
    ]


def judged_series(rep: Rep, spec: MeasureSpec) -> Points:
    """Return the time series of a measurement during a repetition.

    If its change from standing is judged, the value in standing is subtracted. Empty if it was not
    measured.
    """
    found = rep.measurements.get(spec.id)
    if found is None or found.value is None or spec.id not in rep.series:
        return []
    offset = (found.standing or 0.0) if spec.judged == "change" else 0.0
    y = floats(rep.series[spec.id]) - offset
    t_s = floats(rep.series.get("t_s", []))
    inside = (t_s >= rep.start_s) & (t_s <= rep.end_s)
    return thin(t_s[inside], y[inside]) if np.isfinite(y[inside]).any() else []


def floats(values: Iterable[Any]) -> FloatArray:
    """Make an array of numbers, NaN for ``None``."""
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


# --- over the set ------------------------------------------------------------------------------


def _hip_points(session: Session) -> Points:
    t_s = floats(session.series.get("t_s", []))
    depth = floats(session.series.get("depth", []))
    if len(depth) != len(t_s) or not np.isfinite(depth).any():
        return []
    after = np.flatnonzero(np.diff(t_s) > LONGEST_GAP_S) + 1  # no line is drawn through a gap
    middle_s = (t_s[after - 1] + t_s[after]) / 2.0
    return thin(np.insert(t_s, after, middle_s), np.insert(depth, after, math.nan))


def _hip_chart(session: Session, span: tuple[float, float]) -> Chart | None:
    points = _hip_points(session)
    if not points:
        return None
    seen = [y for _, y in points if math.isfinite(y)]
    # The depth at the bottom is a mean, which may lie beyond what single frames show.
    depths = [
        value
        for spec in session.specs
        if spec.role == "depth"
        for rep in session.reps
        if (found := rep.measurements.get(spec.id)) is not None
        and (value := found.value) is not None
    ]
    reach = [0.0, *seen, *depths]
    low, high = min(reach), max(reach)
    room = max((high - low) * 0.08, 1.0)
    deepest = f"At most {number(max(seen))} % of leg length."
    return Chart(
        "set-hip",
        "Depth",
        f"How far the hips are below standing, over time. {deepest} {_times_words(session)}.",
        time_axis(*span),
        axis(low - room, high + room, 3, flipped=True),
        height=152.0,
        margins=(46.0, 34.0, 12.0, 26.0),
        subtitle="how far the hips are below standing, in % of leg length",
        areas=_phase_areas(session),
        lines=(Line("measured", points),),
        badges=_badges(session),
        kind="track",
        cursor=True,
    )


def _efforts_chart(session: Session, span: tuple[float, float]) -> Chart | None:
    """Draw when each hold or flight of stairs started and ended; they have no depth to draw."""
    if not session.reps:
        return None
    return Chart(
        "set-efforts",
        f"{session.exercise.effort.capitalize()}s",
        f"{_times_words(session)}.",
        time_axis(*span),
        Axis(0.0, 1.0),
        height=92.0,
        margins=(46.0, 34.0, 12.0, 26.0),
        subtitle="from start to end",
        areas=_phase_areas(session),
        badges=_badges(session),
        kind="track",
        cursor=True,
    )


def _times_words(session: Session) -> str:
    return "; ".join(
        f"{session.exercise.effort} {rep.index} from {number(rep.start_s, 1)} to "
        f"{number(rep.end_s, 1)} s"
        for rep in session.reps
    )


def _phase_areas(session: Session) -> tuple[Area, ...]:
    return tuple(
        Area(f"phase-{kind}", (start, end))
        for rep in session.reps
        for kind, start, end in phases_of(rep, session)
    )


def _badges(session: Session) -> tuple[ChartBadge, ...]:
    """Return the number of each repetition, in the colour of its grade."""
    return tuple(
        ChartBadge(
            colour_grade(rep.form.grade, complete=rep.form.complete) or "none",
            str(rep.index),
            rep.lowest_s,
            hollow=is_doubtful(rep.form.grade, rep.form.sure, complete=rep.form.complete),
        )
        for rep in session.reps
    )


def _measurement_chart(
    session: Session, spec: MeasureSpec, span: tuple[float, float]
) -> Chart | None:
    series = [(rep, points) for rep in session.reps if (points := judged_series(rep, spec))]
    if not series:
        return None
    marks = [_mark(rep, spec, rep.measurements[spec.id], 0.0) for rep, _ in series]
    values = [y for _, points in series for _, y in points] + [mark.y for mark in marks]
    low, high = domain(values, spec.limits) or (0.0, 1.0)
    return Chart(
        f"set-{spec.id}",
        spec.title,
        _chart_description(spec, session.exercise.effort, [rep for rep, _ in series]),
        time_axis(*span),
        axis(low, high),
        subtitle=subtitle_of(spec),
        areas=_grade_areas(
            spec,
            (times for rep, _ in series for times in judged_times(rep, spec, session.exercise)),
        ),
        lines=tuple(Line("measured", points) for _, points in series),
        marks=tuple(marks),
        kind="track",
        cursor=True,
    )


def _grade_areas(spec: MeasureSpec, stretches: Iterable[Stretch]) -> tuple[Area, ...]:
    """Return the coloured ranges of the grades, only at the times when the value is judged."""
    return tuple(
        area
        for stretch in joined(stretches)
        for area in bands(spec.limits, partial(_grade_area, stretch, named=True))
    )


def _grade_area(
    x: Stretch, grade: str, ends: tuple[float | None, float | None], *, named: bool = False
) -> Area:
    return Area(f"band-{grade}", x, ends, name=grade if named else "")


def _tempo_chart(session: Session, span: tuple[float, float]) -> Chart | None:
    """Draw the durations as bars: the way down in the colour of its grade, the way up in grey.

    If the exercise does not judge the tempo, both are grey.
    """
    spec = next((one for one in session.specs if one.id == DESCENT), None)
    if spec is None:
        return None
    bars: list[Area] = []
    grounds: list[Area] = []
    longest = 0.0
    for rep in session.reps:
        for kind, start, end in phases_of(rep, session):
            if kind == "bottom":
                continue
            found = rep.measurements.get(DESCENT) if kind == "descent" else None
            if found is None or found.value is None:
                bars.append(Area("bar-neutral", (start, end), (0.0, end - start)))
                longest = max(longest, end - start)
                continue
            hollow = is_doubtful(found.grade, found.sure)
            style = "bar-neutral" if spec.limits is None else f"bar-{found.grade or 'none'}"
            bars.append(Area(style, (start, end), (0.0, found.value), hollow=hollow))
            longest = max(longest, found.value)
            grounds += bands(spec.limits, partial(_grade_area, (start, end)))
    if not bars:
        return None
    limits = spec.limits or Limits()
    ends = [end for end in (limits.good_low, limits.watch_low, limits.good_high) if end is not None]
    top = 1.15 * max([longest, *ends])
    good = "" if spec.limits is None else f"; good: {band_words(limits, 's')[0]}"
    subtitle = f"in seconds; way down in the colour of its grade, way up in grey{good}"
    if not good:
        subtitle = "in seconds; not judged, because no tempo was asked for"
    durations = "; ".join(
        f"repetition {rep.index} {measured(found.value, spec, found.sem)}"
        + (f", {verdict_words(rep.tempo)}" if session.exercise.judges_tempo else "")
        for rep in session.reps
        if (found := rep.measurements.get(DESCENT)) is not None and found.value is not None
    )
    return Chart(
        "set-tempo",
        "Tempo",
        f"Way down: {durations or 'not timed'}{good}.",
        time_axis(*span),
        axis(0.0, top, 3),
        subtitle=subtitle,
        areas=(*grounds, *bars),
        lines=tuple(
            Line("limit", [(span[0], end), (span[1], end)])
            for end in (limits.good_low, limits.good_high)
            if end is not None
        ),
        kind="track",
        cursor=True,
    )


# --- repetition over repetition ------------------------------------------------------------------


def _panel(session: Session, spec: MeasureSpec) -> Panel | None:
    """Overlay the repetitions for one measurement; ``None`` if it was never measured."""
    by_side: dict[str, list[tuple[int, Rep, Points]]] = {}
    for style, rep in enumerate(session.reps):
        points = judged_series(rep, spec)
        if points:
            shifted = [(t - rep.start_s, y) for t, y in points]
            by_side.setdefault(rep.stance_side, []).append((style, rep, shifted))
    every = [item for items in by_side.values() for item in items]
    values = [y for _, _, points in every for _, y in points]
    marks = {
        rep.index: _mark(rep, spec, rep.measurements[spec.id], rep.start_s) for _, rep, _ in every
    }
    shown = domain([*values, *(mark.y for mark in marks.values())], spec.limits)
    if shown is None:
        return None
    span_s = max(points[-1][0] for _, _, points in every)
    charts = []
    for side, items in sorted(by_side.items()):
        name = "" if side == "both" else f"{side} {session.exercise.side_title.lower()}"
        chart = Chart(
            f"panel-{spec.id}-{side}",
            f"{spec.title}, {name}" if name else spec.title,
            _chart_description(spec, session.exercise.effort, [rep for _, rep, _ in items]),
            time_axis(0.0, max(span_s, 0.1)),
            axis(*shown),
            width=340.0,
            height=210.0,
            margins=(38.0, 8.0, 8.0, 24.0),
            areas=_grade_areas(
                spec,
                (
                    (round(start_s - rep.start_s, 3), round(end_s - rep.start_s, 3))
                    for _, rep, _ in items
                    for start_s, end_s in judged_times(rep, spec, session.exercise)
                ),
            ),
            lines=tuple(
                Line(f"series-{n % len(SERIES)}", points, dashed=n >= len(SERIES))
                for n, _, points in items
            ),
            marks=tuple(marks[rep.index] for _, rep, _ in items),
        )
        charts.append((name, chart))
    return Panel(spec.title, subtitle_of(spec), tuple(charts))


def subtitle_of(spec: MeasureSpec) -> str:
    """Return the subtitle of a measurement's chart."""
    unit = "degrees" if spec.unit == "°" else spec.unit
    what = "change from standing" if spec.judged == "change" else ""
    return ", ".join(text for text in (what, unit) if text)


def _mark(rep: Rep, spec: MeasureSpec, found: Measurement, start_s: float) -> Mark:
    """Return the mark of the judged number, at the time when it was measured."""
    at_s = found.at_s if spec.judged == "largest" and found.at_s is not None else rep.lowest_s
    return Mark(
        found.grade or "none",
        at_s - start_s,
        math.nan if found.value is None else found.value,
        hollow=is_doubtful(found.grade, found.sure),
        seek_s=at_s,
    )


def _chart_description(spec: MeasureSpec, effort: str, reps: Sequence[Rep]) -> str:
    parts = []
    for rep in reps:
        found = rep.measurements[spec.id]
        grade = grade_words(found.grade, found.sure, found.or_else)
        parts.append(f"{effort} {rep.index} {measured(found.value, spec, found.sem)}, {grade}")
    good = "" if spec.limits is None else f" Good is {band_words(spec.limits, spec.unit)[0]}."
    return f"{'; '.join(parts)}.{good}"

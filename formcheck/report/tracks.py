"""Plots over the whole session that share one time axis with the film, and what stands in them.

The hip's drop with its phases, the graded metrics with their limits, and the tempo. A metric is
drawn from the courses of the finished repetitions, so that plot, table and verdict agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from formcheck.data._before import Bands, Exercise, MetricSpec
from formcheck.data.arrays import FloatArray
from formcheck.data.results import Rep, SessionResult
from formcheck.motion._before.grading import DESCENT, shown_grade
from formcheck.motion.analyzer import LONGEST_GAP_S
from formcheck.report.charts import (
    Badge,
    Bar,
    Line,
    Plot,
    Point,
    Reading,
    Span,
    metric_domain,
    number,
    thin,
)
from formcheck.report.words import (
    band_texts,
    count_text,
    decimals_of,
    unit_of,
    was_measured,
)

MOST_METRICS = 3
"""More plots than these do not fit beside a film; all metrics are drawn further down the page."""

DEPTH = "depth"
"""Name of the metric that the hip's drop is measured by."""

PHASE_WORDS = {"descent": "lowering", "bottom": "bottom", "ascent": "rising"}


def plots(session: SessionResult, exercise: Exercise) -> list[Plot]:
    """Give the plots: depth, the most important graded metrics, tempo; what there is of them."""
    span_s = time_span(session)
    if span_s is None:
        return []
    graded = sorted(
        (spec for spec in exercise.metrics if spec.bands is not None),
        key=lambda spec: spec.priority,
    )
    found = [_metric_plot(session.reps, spec, span_s) for spec in graded]
    metrics = [plot for plot in found if plot is not None][:MOST_METRICS]
    ends = (_depth_plot(session, exercise, span_s), _tempo_plot(session.reps, exercise, span_s))
    return [plot for plot in (ends[0], *metrics, ends[1]) if plot is not None]


def time_span(session: SessionResult) -> tuple[float, float] | None:
    """First and last time of the session; ``None`` when it has no two frames."""
    t_s = floats(session.frames.get("t_s", []))
    if len(t_s) < 2 or not t_s[-1] > t_s[0]:
        return None
    return float(t_s[0]), float(t_s[-1])


def readings(session: SessionResult, drawn: Sequence[Plot], order: str) -> dict[str, Any]:
    """What the page's script reads at the cursor, as plain data without NaN."""
    words = {**PHASE_WORDS, "bottom": "top" if order == "up_down" else "bottom"}
    return {
        "reps": [
            {
                "index": rep.index,
                "start": round(rep.start_s, 3),
                "end": round(rep.end_s, 3),
                "lowest": round(rep.lowest_s, 3),
                "phases": [
                    [words[span.kind], round(span.start_s, 3), round(span.end_s, 3)]
                    for span in phase_spans(rep)
                ],
            }
            for rep in session.reps
        ],
        "columns": [
            {
                "name": reading.name,
                "unit": reading.unit,
                "decimals": reading.decimals,
                "t": [round(t, 2) for t in reading.t_s.tolist()],
                "y": [round(y, 2) if math.isfinite(y) else None for y in reading.y.tolist()],
            }
            for plot in drawn
            if (reading := plot.reading) is not None
        ],
    }


def phase_spans(rep: Rep) -> list[Span]:
    """Give the phases by the events; one whose start or end is unknown is left out."""
    events = rep.events
    if "top_start_s" in events:
        phases = (
            ("ascent", "ascent_start_s", "top_start_s"),
            ("bottom", "top_start_s", "descent_start_s"),
            ("descent", "descent_start_s", "descent_end_s"),
        )
    else:
        phases = (
            ("descent", "descent_start_s", "bottom_start_s"),
            ("bottom", "bottom_start_s", "bottom_end_s"),
            ("ascent", "bottom_end_s", "ascent_end_s"),
        )
    spans = []
    for kind, first, last in phases:
        start, end = events.get(first), events.get(last)
        if start is not None and end is not None and end > start:
            spans.append(Span(kind, start, end))
    return spans


def judged_course(rep: Rep, spec: MetricSpec) -> tuple[FloatArray, FloatArray] | None:
    """Give times and values over the repetition as they are judged: against standing when the
    change is. ``None`` when it was not measured.
    """  # noqa: D205
    if not was_measured(rep, spec) or spec.name not in rep.series:
        return None
    metric = rep.metrics[spec.name]
    offset = 0.0
    if spec.judged == "change":
        if metric.value is None or metric.change is None:
            return None
        offset = metric.value - metric.change
    y = np.asarray(rep.series[spec.name], dtype=np.float64) - offset
    t_s = np.asarray(rep.series_t_s, dtype=np.float64)
    inside = (t_s >= rep.start_s) & (t_s <= rep.end_s)
    return (t_s[inside], y[inside]) if np.isfinite(y[inside]).any() else None


def lowest_point(rep: Rep, t_s: FloatArray, y: FloatArray) -> float | None:
    """Give the value at the repetition's lowest point; ``None`` when it was not seen there."""
    at = int(np.argmin(np.abs(t_s - rep.lowest_s)))
    return float(y[at]) if math.isfinite(y[at]) else None


def subtitle_of(spec: MetricSpec) -> str:
    """Say what a plot of the metric shows."""
    unit = "degrees" if unit_of(spec) == "°" else spec.unit
    what = "change from standing" if spec.judged == "change" else ""
    return ", ".join(text for text in (what, unit) if text)


def broken_at_gaps(t_s: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Put a NaN into each gap that the analyzer does not bridge: no line is drawn through it.

    Parameters
    ----------
    t_s, y
        Shape (N,), times in order.
    """
    after = np.flatnonzero(np.diff(t_s) > LONGEST_GAP_S) + 1
    middle_s = (t_s[after - 1] + t_s[after]) / 2.0
    return np.insert(t_s, after, middle_s), np.insert(y, after, math.nan)


def floats(values: Iterable[Any]) -> FloatArray:
    """Make an array of numbers, NaN for ``None``."""
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


def _depth_plot(
    session: SessionResult, exercise: Exercise, span_s: tuple[float, float]
) -> Plot | None:
    t_s = floats(session.frames.get("t_s", []))
    depth = floats(session.frames.get("depth", []))
    if len(depth) != len(t_s):
        return None
    t_s, depth = broken_at_gaps(t_s, depth)
    seen = depth[np.isfinite(depth)]
    # The measured depths reach beyond the course, which is known frame by frame only.
    measured = [
        value
        for rep in session.reps
        if (metric := rep.metrics.get(DEPTH)) is not None and (value := metric.value) is not None
    ]
    reach = [0.0, *seen.tolist(), *measured]
    low, high = (min(reach), max(reach)) if len(reach) > 1 else (0.0, 1.0)
    room = max((high - low) * 0.08, 1.0)
    subtitle = "% of leg length; the line goes down with the hip"
    if exercise.order == "up_down":
        subtitle = "% of leg length below standing; the line goes up with the hip"
    return Plot(
        "depth",
        "Hip drop",
        subtitle,
        _depth_description(session.reps, seen),
        span_s,
        (low - room, high + room),
        lines=[(t_s, depth)],
        spans=[span for rep in session.reps for span in phase_spans(rep)],
        badges=[
            Badge(str(rep.index), rep.lowest_s, shown_grade(exercise, rep) or "none")
            for rep in session.reps
        ],
        downward=True,
        reading=Reading("hip drop", " %", 1, *thin(t_s, depth)),
    )


def _depth_description(reps: Sequence[Rep], seen: FloatArray) -> str:
    deepest = f" Deepest {number(float(seen.max()))} % of leg length." if len(seen) else ""
    times = "; ".join(
        f"repetition {rep.index} from {number(rep.start_s, 1)} to {number(rep.end_s, 1)} s"
        for rep in reps
    )
    return f"Drop of the hip over time, {count_text(len(reps), 'repetition')}.{deepest} {times}"


def _metric_plot(reps: Sequence[Rep], spec: MetricSpec, span_s: tuple[float, float]) -> Plot | None:
    courses = [(rep, course) for rep in reps if (course := judged_course(rep, spec)) is not None]
    if not courses:
        return None
    lines = [Line("", 0, *course) for _, course in courses]
    points = [
        Point(rep.lowest_s, at_lowest, rep.metrics[spec.name].grade or "none")
        for rep, course in courses
        if (at_lowest := lowest_point(rep, *course)) is not None
    ]
    gap = np.array([math.nan])
    t_s = np.concatenate([np.append(t, t[-1:]) for _, (t, _) in courses])
    y = np.concatenate([np.append(values, gap) for _, (_, values) in courses])
    name = spec.title[:1].lower() + spec.title[1:]
    reading = Reading(name, unit_of(spec), decimals_of(spec), *thin(t_s, y))
    return Plot(
        spec.name,
        spec.title,
        subtitle_of(spec),
        _metric_description(spec, courses),
        span_s,
        metric_domain(lines, spec.bands) or (0.0, 1.0),
        lines=[course for _, course in courses],
        bands=spec.bands,
        points=points,
        reading=reading,
    )


def _metric_description(
    spec: MetricSpec, courses: Sequence[tuple[Rep, tuple[FloatArray, FloatArray]]]
) -> str:
    unit, decimals = unit_of(spec), decimals_of(spec)
    good = f" Good is {band_texts(spec.bands, unit)[0]}." if spec.bands else ""
    said = "; ".join(
        f"repetition {rep.index} runs from {number(float(np.nanmin(y)), decimals)} to "
        f"{number(float(np.nanmax(y)), decimals)}{unit}"
        for rep, (_, y) in courses
    )
    return f"{said}.{good}"


def _tempo_plot(
    reps: Sequence[Rep], exercise: Exercise, span_s: tuple[float, float]
) -> Plot | None:
    bars = [
        Bar(span.kind, span.start_s, span.end_s, span.end_s - span.start_s)
        for rep in reps
        for span in phase_spans(rep)
        if span.kind != "bottom"
    ]
    if not bars:
        return None
    bands = exercise.tempo.bands
    limits = [limit for limit in (*bands.good, *bands.watch) if math.isfinite(limit)]
    top = 1.15 * max([bar.value for bar in bars] + limits)
    said = "; ".join(
        f"repetition {rep.index} lowered in {number(seconds, 1)} s"
        for rep in reps
        if (seconds := rep.tempo.get(DESCENT)) is not None
    )
    return Plot(
        "tempo",
        "Tempo",
        "seconds for lowering and rising; the limits are the lowering's",
        f"{said}. Good is {band_texts(bands, ' s')[0]}.",
        span_s,
        (0.0, top),
        bands=_from_zero(bands),
        bars=bars,
    )


def _from_zero(bands: Bands) -> Bands:
    """No duration is negative: open limits end at zero."""
    good, watch = ((max(0.0, low), high) for low, high in (bands.good, bands.watch))
    return Bands(good, watch, bands.source)

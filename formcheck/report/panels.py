"""The repetitions laid over each other, one plot for each metric and leg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from formcheck.data._before import Exercise, MetricSpec
from formcheck.data.results import Rep, SessionResult
from formcheck.report.charts import LINE_STYLES, Line, metric_chart, metric_domain, number
from formcheck.report.tracks import judged_course, lowest_point, subtitle_of
from formcheck.report.words import band_texts, count_text, decimals_of, unit_of


@dataclass(frozen=True)
class Panel:
    """The plots of one metric: one for each leg."""

    spec: MetricSpec
    subtitle: str
    charts: list[tuple[str, Markup]]


def panels_of(session: SessionResult, exercise: Exercise) -> list[Panel]:
    """Plot every graded metric that has a course; legs side by side on the same scale."""
    panels = []
    graded = (spec for spec in exercise.metrics if spec.bands is not None)
    for spec in sorted(graded, key=lambda spec: spec.priority):
        by_side: dict[str, list[Line]] = {}
        for style, rep in enumerate(session.reps):
            line = _line(rep, spec, style)
            if line is not None:
                by_side.setdefault(rep.stance_side, []).append(line)
        every = [line for lines in by_side.values() for line in lines]
        domain = metric_domain(every, spec.bands)
        if domain is None:
            continue
        span_s = max(float(line.t_s[-1]) for line in every)
        charts = [
            (
                "" if side == "both" else f"{side} leg",
                metric_chart(
                    lines,
                    spec.bands,
                    domain,
                    span_s,
                    chart_id=f"{spec.name}-{side}",
                    title=f"{spec.title}, {side} leg",
                    description=_metric_description(spec, lines),
                ),
            )
            for side, lines in sorted(by_side.items())
        ]
        panels.append(Panel(spec, subtitle_of(spec), charts))
    return panels


def _line(rep: Rep, spec: MetricSpec, style: int) -> Line | None:
    """Give the judged course, counted from the start of the repetition."""
    course = judged_course(rep, spec)
    if course is None:
        return None
    at_lowest = lowest_point(rep, *course)
    t_s = course[0] - rep.start_s
    mark = None if at_lowest is None else (rep.lowest_s - rep.start_s, at_lowest)
    return Line(f"repetition {rep.index}", style, t_s, course[1], mark)


def _metric_description(spec: MetricSpec, lines: Sequence[Line]) -> str:
    unit = unit_of(spec)
    parts = [
        f"{line.label} runs from {number(float(np.nanmin(line.y)), decimals_of(spec))} to "
        f"{number(float(np.nanmax(line.y)), decimals_of(spec))}{unit}"
        for line in lines
    ]
    good = band_texts(spec.bands, unit)[0] if spec.bands else ""
    return f"{count_text(len(lines), 'line')}; good is {good}. " + "; ".join(parts) + "."


def legend_of(reps: Sequence[Rep]) -> list[tuple[int, str, bool, str]]:
    """Per repetition: index, line style, dashed or not, leg."""
    return [
        (rep.index, f"c{n % LINE_STYLES}", n >= LINE_STYLES, rep.stance_side)
        for n, rep in enumerate(reps)
    ]

"""The table of the repetitions in words: cells, footnotes, means, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data._before import Bands, Exercise, MetricSpec
from formcheck.data.results import Grade, Metric, Rep, SessionResult
from formcheck.motion._before.grading import DESCENT, grade, shown_grade
from formcheck.report.words import (
    MEANING,
    UNKNOWN,
    band_texts,
    judged_text,
    reason_of,
    seconds_text,
    seconds_with_error,
    unit_of,
    value_text,
    was_measured,
    was_measured_at_all,
    with_error,
)

TEMPO = {
    "down_up": (("Lowering", "descent_s"), ("Bottom", "bottom_s"), ("Rising", "ascent_s")),
    "up_down": (("Rising", "ascent_s"), ("Top", "top_s"), ("Lowering", "descent_s")),
}


@dataclass(frozen=True)
class Cell:
    """One metric of one repetition, in words.

    ``judged`` is the number that was graded when that is not the value, and ``meaning`` says
    what it is; ``note`` is the number of the footnote with the reason when not measured.
    """

    title: str
    text: str = ""
    judged: str = ""
    meaning: str = ""
    grade: str | None = None
    note: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """One repetition in the table."""

    rep: Rep
    grade: str
    cells: list[Cell]
    tempo: list[Cell]


def reasons_of(reps: Sequence[Rep], specs: Sequence[MetricSpec]) -> list[str]:
    """All different reasons for the gaps in the table, in reading order: its footnotes."""
    gaps = (reason_of(rep, spec) for rep in reps for spec in specs if not was_measured(rep, spec))
    return list(dict.fromkeys(gaps))


def rep_row(
    rep: Rep,
    specs: Sequence[MetricSpec],
    reasons: list[str],
    tempo: Sequence[tuple[str, str]],
    exercise: Exercise,
) -> Row:
    """Put one repetition into words; ``reasons`` are the footnotes of :func:`reasons_of`."""
    return Row(
        rep=rep,
        grade=shown_grade(exercise, rep) or "none",
        cells=[_cell(rep, spec, reasons) for spec in specs],
        tempo=[_tempo_cell(title, name, rep, exercise.tempo.bands) for title, name in tempo],
    )


def _tempo_cell(title: str, name: str, rep: Rep, descent_bands: Bands) -> Cell:
    return Cell(title, tempo_text(rep, name), grade=tempo_grade(rep, name, descent_bands))


def tempo_text(rep: Rep, name: str) -> str:
    """Write a duration; the lowering, which is judged, with its standard error."""
    seconds = rep.tempo.get(name)
    if name == DESCENT and seconds is not None:
        return seconds_with_error(seconds, rep.tempo_sem_s)
    return seconds_text(seconds)


def tempo_grade(rep: Rep, name: str, descent_bands: Bands) -> Grade | None:
    """Grade a duration; ``None`` when it is unknown, and for all but the lowering."""
    seconds = rep.tempo.get(name)
    if name != DESCENT or seconds is None:
        return None
    return grade(seconds, rep.tempo_sem_s, descent_bands)


def _cell(rep: Rep, spec: MetricSpec, reasons: list[str]) -> Cell:
    metric = rep.metrics.get(spec.name)
    if metric is None or metric.value is None:
        reason = reason_of(rep, spec)
        return Cell(spec.title, note=reasons.index(reason) + 1, reason=reason)
    return Cell(
        spec.title,
        with_error(metric, spec),
        judged_text(metric, spec),
        MEANING[spec.judged],
        metric.grade,
    )


def mean_rows(session: SessionResult, specs: Sequence[MetricSpec]) -> list[tuple[str, list[str]]]:
    """Give the means of each leg: a title, and a text for each metric; nothing for a single one."""
    if len(session.reps) < 2:
        return []
    rows = []
    for side, means in session.summary.means.items():
        values = [means.get(spec.name) for spec in specs]
        texts = [
            UNKNOWN if value is None or math.isnan(value) else value_text(value, spec)
            for value, spec in zip(values, specs, strict=True)
        ]
        rows.append(("Mean" if side == "both" else f"Mean, {side}", texts))
    return rows


def never_measured(session: SessionResult, exercise: Exercise) -> list[tuple[str, str]]:
    """Metrics that no repetition has, grouped by the reason."""
    if not session.reps:
        return []
    titles: dict[str, list[str]] = {}
    for spec in exercise.metrics:
        if was_measured_at_all(session, spec):
            continue
        own = session.summary.not_measured.get(spec.name)
        found = dict.fromkeys(reason_of(rep, spec) for rep in session.reps)
        titles.setdefault(own or " ".join(found), []).append(spec.title)
    return [(", ".join(names), reason) for reason, names in titles.items()]


def cues_of(reps: Sequence[Rep]) -> list[tuple[str, list[int]]]:
    """Each cue with the repetitions it belongs to, the most frequent first."""
    found: dict[str, list[int]] = {}
    for rep in reps:
        for cue in dict.fromkeys(fault.cue for fault in rep.faults):
            found.setdefault(cue, []).append(rep.index)
    return sorted(found.items(), key=lambda item: -len(item[1]))


def judged_number(metric: Metric | None, spec: MetricSpec) -> float | None:
    """Give the number that is graded; ``None`` when there is none."""
    if metric is None:
        return None
    judged: float | None = getattr(metric, spec.judged)
    return judged


def column_limits(spec: MetricSpec) -> str:
    """Say under a column's title what is good; empty when the metric is not judged."""
    return "" if spec.bands is None else f"good: {band_texts(spec.bands, unit_of(spec))[0]}"

"""What a report on paper or as plain text says: the words of every part, not yet laid out."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.data._before import Exercise, MetricSpec
from formcheck.data.results import Rep, SessionResult
from formcheck.motion._before.grading import shown_grade
from formcheck.report.changes import ChangeTable, legs_table, thirds_tables
from formcheck.report.film_facts import Fact, film_facts
from formcheck.report.limits import Threshold, thresholds
from formcheck.report.rep_table import TEMPO, never_measured, tempo_grade, tempo_text
from formcheck.report.words import (
    JUDGED,
    date_text,
    indices_text,
    judged_with_error,
    performed_text,
    reason_of,
    sides_text,
    told_texts,
    was_measured,
    was_measured_at_all,
)

DISCLAIMER = "A coaching aid, not a diagnosis."
METHOD = (
    "Angles are projections into the picture of one camera, at the lowest point of each "
    "repetition, ± one standard error. The knee angle is a coaching proxy, not the knee abduction "
    "of a 3D laboratory, and it predicts no injury. Many healthy people are graded poor on these "
    "tests: compare a person with themselves, filmed the same way, and look for more than the "
    "detectable difference. What the view hides is not guessed."
)


@dataclass(frozen=True)
class Outline:
    """The parts of a report in words.

    Attributes
    ----------
    head
        Facts for the top: whom and what it is about. Name and value.
    columns, notes_on_columns
        Titles of the table of repetitions, and what each number is.
    rows, grades
        Its cells, and for each cell its grade or ``None``.
    missing
        What was not measured: titles and the reason.
    warnings, remarks
        What costs accuracy; and what was taken for granted or left out.
    scale
        Title of the clinical scale and a line for each result; ``None`` without one.
    """

    title: str
    head: list[tuple[str, str]]
    verdict: str
    advice: list[str]
    notes: str
    columns: list[str]
    notes_on_columns: list[str]
    rows: list[list[str]]
    grades: list[list[str | None]]
    missing: list[tuple[str, str]]
    legs: ChangeTable | None
    thirds: list[ChangeTable]
    scale: tuple[str, list[str]] | None
    facts: list[Fact]
    warnings: list[str]
    remarks: list[str]
    thresholds: list[Threshold]
    version: str


def outline(
    session: SessionResult, exercise: Exercise, *, name: str = "", notes: str = ""
) -> Outline:
    """Put a session into words.

    Parameters
    ----------
    session, exercise
        The session, and what was done with the limits it was judged by.
    name, notes
        Whom the report is about, and remarks; any text.
    """
    specs = _columns(session, exercise)
    tempo = TEMPO[exercise.order]
    lowering = exercise.tempo.bands
    performed, analyzed = performed_text(session), date_text(session.created)
    head = [
        ("Name", " ".join(name.split())),
        ("Session", performed),
        ("Analyzed", "" if analyzed == performed else analyzed),
        ("Exercise", exercise.title),
        ("Leg", sides_text(session)),
        ("Told", ", ".join(told_texts(session))),
        ("Film", session.source.name),
    ]
    return Outline(
        title=exercise.title,
        head=[(title, value) for title, value in head if value],
        verdict=session.summary.verdict,
        advice=list(session.summary.advice),
        notes=notes.strip(),
        columns=["Rep", "Leg", "Grade", *(spec.title for spec in specs), *(t for t, _ in tempo)],
        notes_on_columns=["", "", "", *(_what(spec) for spec in specs), *("" for _ in tempo)],
        rows=[
            [
                str(rep.index),
                rep.stance_side if rep.stance_sure else f"{rep.stance_side}?",
                shown_grade(exercise, rep) or "not graded",
                *(_cell(rep, spec) for spec in specs),
                *(tempo_text(rep, key) for _, key in tempo),
            ]
            for rep in session.reps
        ],
        grades=[
            [
                *(None, None, shown_grade(exercise, rep)),
                *(_grade(rep, spec) for spec in specs),
                *(tempo_grade(rep, key, lowering) for _, key in tempo),
            ]
            for rep in session.reps
        ],
        missing=[*never_measured(session, exercise), *_gaps(session, specs)],
        legs=legs_table(session, exercise),
        thirds=thirds_tables(session, exercise),
        scale=_scale(session, exercise),
        facts=film_facts(session),
        warnings=[*session.view.warnings, *session.source.warnings],
        remarks=list(session.summary.notes),
        thresholds=thresholds(exercise),
        version=session.formcheck_version,
    )


def _columns(session: SessionResult, exercise: Exercise) -> list[MetricSpec]:
    """What was measured at all and is judged, the most important first; then the depth."""
    seen = [spec for spec in exercise.metrics if was_measured_at_all(session, spec)]
    judged = [spec for spec in seen if spec.bands is not None]
    rest = [spec for spec in seen if spec.bands is None and spec.name == "depth"]
    return sorted(judged, key=lambda spec: spec.priority) + rest


def _what(spec: MetricSpec) -> str:
    unit = "degrees" if spec.unit in ("deg", "°") else spec.unit
    return ", ".join(text for text in (JUDGED[spec.judged], unit) if text)


def _cell(rep: Rep, spec: MetricSpec) -> str:
    if not was_measured(rep, spec):
        return "not measured"
    return judged_with_error(rep.metrics[spec.name], spec)


def _grade(rep: Rep, spec: MetricSpec) -> str | None:
    metric = rep.metrics.get(spec.name)
    return None if metric is None else metric.grade


def _gaps(session: SessionResult, specs: list[MetricSpec]) -> list[tuple[str, str]]:
    """What single repetitions lack, by reason."""
    found: dict[str, list[str]] = {}
    for rep in session.reps:
        for spec in specs:
            if not was_measured(rep, spec):
                which = f"{spec.title} in repetition {rep.index}"
                found.setdefault(reason_of(rep, spec), []).append(which)
    return [(", ".join(which), reason) for reason, which in found.items()]


def _scale(session: SessionResult, exercise: Exercise) -> tuple[str, list[str]] | None:
    if exercise.scale is None:
        return None
    found: dict[str, list[int]] = {}
    for rep in session.reps:
        if rep.scale is not None and rep.scale.scale == exercise.scale.id:
            grade = f"; {rep.scale.grade}" if rep.scale.grade else ""
            found.setdefault(rep.scale.in_words + grade, []).append(rep.index)
    lines = [
        f"Repetition{'s' if len(indices) > 1 else ''} {indices_text(indices)}: {words}."
        for words, indices in found.items()
    ]
    return (exercise.scale.title, lines) if lines else None

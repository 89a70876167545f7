"""Sessions as the old records, for what does not read sessions yet; goes with the last of those.

Everything in the house that still calls this says ``# bridge`` there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from formcheck.data import results as old
from formcheck.data.declare import pretty
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.exercise import INF, Bands, Exercise
from formcheck.data.frame import SourceInfo
from formcheck.data.session import DESCENT, Limits, Rep, Session, View
from formcheck.exercises.registry import get_exercise
from formcheck.motion.grading import cue_for, grade, mild_grade, worst
from formcheck.motion.summary import summarize
from formcheck.pose.estimator import ModelInfo


def exercise_of(session: Session) -> Exercise:
    """Give the exercise with the limits that the session was judged by.

    Raises
    ------
    SourceError
        It is not known here.
    """
    try:
        exercise = get_exercise(session.exercise.id)
    except UsageError as error:
        raise SourceError(
            f"The session cannot be shown: {error.message}", hint=error.hint
        ) from error
    limits = {spec.id: spec.limits for spec in session.specs}
    return replace(
        exercise,
        metrics=tuple(
            replace(spec, bands=_bands(limits.get(spec.name))) for spec in exercise.metrics
        ),
        tempo=replace(
            exercise.tempo,
            target_s=session.exercise.target_descent_s,
            bands=_bands(limits.get(DESCENT)) or exercise.tempo.bands,
        ),
    )


def result_of(session: Session) -> old.SessionResult:
    """Give the session as the old record, graded by the old rule."""
    exercise, source, made = exercise_of(session), session.source, session.provenance
    reps = tuple(_rep(rep, exercise) for rep in session.reps)
    view = _view(session.view)
    summary = summarize(exercise, reps, view, [note.text for note in session.notes])
    summary = replace(summary, notes=tuple(dict.fromkeys(summary.notes)))
    if not session.complete:
        part = "Interrupted: only part of the film was analyzed."
        summary = replace(summary, verdict=f"{part} {summary.verdict}")
    facts = msgspec.structs.asdict(source)
    del facts["sha256"]
    known = ("duration_s", "frame_rate_hz")
    told = old.Training(**msgspec.structs.asdict(session.training))
    return old.SessionResult(
        formcheck_version=made.version,
        created=session.created,
        source=SourceInfo(**{**facts, **{name: facts[name] or 0.0 for name in known}}),
        model=ModelInfo(made.model, made.model_sha256),
        frames_with_person=made.frames_with_person,
        exercise=exercise.id,
        view=view,
        config=made.settings.as_dict(),
        reps=reps,
        frames=_frames(session),
        summary=summary,
        training=None if told == old.Training() else told,
    )


def render(
    session: Session,
    form: str,
    stills: Mapping[int, bytes],
    *,
    film: str | None = None,
    name: str = "",
    notes: str = "",
) -> bytes:
    """Make the report of a session in one of the forms ``html``, ``pdf``, ``md`` and ``json``."""
    if form == "json":
        from formcheck.report.data import to_data

        return _json(to_data(session, result_of(session), name=name, notes=notes))
    result, exercise = result_of(session), exercise_of(session)
    if form == "html":
        from formcheck.report import html

        page = html.render(result, exercise, stills, video=film, name=name, notes=notes)
        return page.encode("utf-8", "replace")
    if form == "pdf":
        from formcheck.report import pdf

        return pdf.render(result, exercise, stills, name=name, notes=notes)
    from formcheck.report import markdown

    return markdown.render(result, exercise, name=name, notes=notes).encode("utf-8", "replace")


def reps_table(session: Session) -> bytes:
    """Give ``reps.csv``."""
    from formcheck.report.csv_files import reps_text

    return reps_text(result_of(session).reps, exercise_of(session)).encode("utf-8", "replace")


def _json(data: Mapping[str, object]) -> bytes:
    return f"{pretty(data)}\n".encode("utf-8", "replace")


def _frames(session: Session) -> dict[str, list[object]]:
    """Give the columns over all frames with the old names; NaN for what is unknown."""
    words = ("phase", "stance_side", "rep", "people")
    return {
        name.removeprefix("live_"): list(values)
        if name in words
        else [math.nan if value is None else value for value in values]
        for name, values in session.series.items()
    }


def _rep(rep: Rep, exercise: Exercise) -> old.Rep:
    metrics = {}
    grades: list[old.Grade | None] = []
    faults: list[tuple[int, old.Fault]] = []
    for spec in exercise.metrics:
        one = rep.measurements.get(spec.name)
        if one is None:
            continue
        if one.at_bottom is None:
            metrics[spec.name] = old.Metric(not_measured=one.not_measured or "it was not seen")
            continue
        found = None
        if spec.bands is not None and one.value is not None and one.sem is not None:
            found = grade(one.value, one.sem, spec.bands)
            mild = mild_grade(one.value, one.sem, spec.bands)
            grades.append(mild)
            if mild != "good":
                cue = cue_for(spec, one.value, spec.bands)
                at_s = rep.lowest_s if one.at_s is None else one.at_s
                faults.append((spec.priority, old.Fault(spec.name, cue, at_s)))
        metrics[spec.name] = old.Metric(
            value=one.at_bottom,
            standing=one.standing,
            change=one.change,
            max=one.largest,
            sem=one.sem,
            grade=found,
            yaw_effect=one.yaw_effect,
        )
    tempo = {
        name: rep.measurements[name].value
        for name in ("descent_s", "bottom_s", "ascent_s", "top_s")
        if name in rep.measurements
    }
    timed = [rep.measurements[name].sem for name in tempo if tempo[name] is not None]
    tempo_sem_s = next((sem for sem in timed if sem is not None), old.TEMPO_SEM_S)
    descent_s = tempo.get(DESCENT)
    if descent_s is not None:
        mild = mild_grade(descent_s, tempo_sem_s, exercise.tempo.bands)
        grades.append(mild)
        if mild != "good":
            start_s = rep.measurements[DESCENT].at_s
            at_s = rep.start_s if start_s is None else start_s
            faults.append((3, old.Fault(DESCENT, exercise.tempo.cue_fast, at_s)))
    faults.sort(key=lambda item: item[0])
    by_cue: dict[str, old.Fault] = {}
    for _, fault in faults:
        by_cue.setdefault(fault.cue, fault)
    series = {
        name: np.array([math.nan if y is None else y for y in values], dtype=np.float64)
        for name, values in rep.series.items()
    }
    times = series.pop("t_s", np.empty(0))
    return old.Rep(
        index=rep.index,
        stance_side=rep.stance_side,
        start_s=rep.start_s,
        end_s=rep.end_s,
        lowest_s=rep.lowest_s,
        events=dict(rep.events),
        tempo=tempo,
        metrics=metrics,
        grade=worst(one for one in grades if one is not None and one != "borderline"),
        faults=tuple(by_cue.values()),
        view=_view(rep.view),
        series_t_s=times,
        series=series,
        notes=rep.notes,
        scale=None
        if rep.scale is None
        else old.ScaleScore(
            **{
                **msgspec.structs.asdict(rep.scale),
                "items": tuple(
                    old.ItemScore(**msgspec.structs.asdict(item)) for item in rep.scale.items
                ),
            }
        ),
        set_index=rep.set_index,
        tempo_sem_s=tempo_sem_s,
        stance_sure=rep.stance_sure,
    )


def _view(view: View) -> old.View:
    facts: dict[str, Any] = msgspec.structs.asdict(view)
    for name, value in facts.items():
        if value is None and name != "near_side":
            facts[name] = math.nan
    return old.View(**facts)


def _bands(limits: Limits | None) -> Bands | None:
    if limits is None:
        return None
    good_low = -INF if limits.good_low is None else limits.good_low
    good_high = INF if limits.good_high is None else limits.good_high
    watch_low = -INF if limits.watch_low is None else limits.watch_low
    watch_high = INF if limits.watch_high is None else limits.watch_high
    return Bands((good_low, good_high), (watch_low, watch_high), limits.source)

"""The old records as the new session, until the last room reads the new one; then this goes."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np

from formcheck.data import results as old
from formcheck.data import session as new
from formcheck.data._before import Bands, Exercise, MetricSpec
from formcheck.data.arrays import or_nan
from formcheck.data.live import FrameResult
from formcheck.data.settings import settings_from
from formcheck.motion._before import grading as old_grading
from formcheck.motion.verdicts import form_of, judged, summarize, tempo_of

DURATIONS: tuple[tuple[str, str, str], ...] = (
    ("descent_s", "Way down", "from the first to the last movement of the way down"),
    ("bottom_s", "Bottom", "the pause at the lowest point"),
    ("ascent_s", "Way up", "from the first to the last movement of the way up"),
    ("top_s", "Top", "the rest before a repetition; of a step-up, the time on top"),
)
_PLAIN_COLUMNS = ("t_s", "phase", "rep", "stance_side", "people", "depth")
_JUDGED: dict[str, new.Judged] = {"value": "at_bottom", "change": "change", "max": "largest"}


def session_of(
    result: old.SessionResult, exercise: Exercise, *, person: str = "", complete: bool = True
) -> new.Session:
    """Give the new session for an old result; ``exercise`` has the limits it was judged by."""
    info = exercise_info(exercise)
    reps = tuple(rep_of(rep, info, exercise) for rep in result.reps)
    training = result.training or old.Training()
    source = result.source
    return new.Session(
        created=result.created,
        person=person,
        source=new.Source(
            kind=source.kind,
            name=source.name,
            width=source.width,
            height=source.height,
            duration_s=source.duration_s,
            frames=source.frames,
            frames_dropped=source.frames_dropped,
            frame_rate_hz=source.frame_rate_hz,
            variable_frame_rate=source.variable_frame_rate,
            rotation_deg=source.rotation_deg,
            mirrored=source.mirrored,
            slow_motion=source.slow_motion,
            expected_frames=source.expected_frames,
            warnings=source.warnings,
        ),
        view=view_of(result.view),
        provenance=new.Provenance(
            version=result.formcheck_version,
            model=result.model.name,
            model_sha256=result.model.sha256,
            settings=settings_from(result.config),
            frames_with_person=result.frames_with_person,
        ),
        exercise=info,
        training=new.Training(
            date=training.date,
            step_height_cm=training.step_height_cm,
            load_kg=training.load_kg,
            pain=training.pain,
        ),
        efforts=reps,
        series={
            name if name in _PLAIN_COLUMNS else f"live_{name}": list(column)
            for name, column in result.frames.items()
        },
        summary=summarize(reps, info.specs),
        notes=tuple(new.Note(kind="general", text=text) for text in result.summary.notes),
        complete=complete,
    )


def exercise_info(exercise: Exercise) -> new.ExerciseInfo:
    """Give what a session holds of an exercise."""
    scale = exercise.scale
    return new.ExerciseInfo(
        id=exercise.id,
        title=exercise.title,
        order=exercise.order,
        stance=exercise.stance,
        target_descent_s=exercise.tempo.target_s,
        has_step=exercise.id in ("step_down", "lateral_step_down", "step_up"),
        specs=(*(_spec(spec) for spec in exercise.metrics), *_durations(exercise)),
        scale=None
        if scale is None
        else new.ScaleSpec(
            id=scale.id,
            title=scale.title,
            items=tuple(
                new.ScaleItemSpec(id=i.id, title=i.title, points=i.points, about=i.about)
                for i in scale.items
            ),
            source=scale.source,
        ),
    )


def _durations(exercise: Exercise) -> tuple[new.MeasureSpec, ...]:
    tempo = exercise.tempo
    return tuple(
        new.MeasureSpec(
            id=name,
            title=title,
            short_title=title,
            unit="s",
            decimals=1,
            role="tempo",
            limits=_limits(tempo.bands) if name == new.DESCENT else None,
            views=("front", "side", "oblique", "unknown"),
            priority=3 if name == new.DESCENT else 9,
            cue_low=tempo.cue_fast if name == new.DESCENT else "",
            seen_low="too fast" if name == new.DESCENT else "",
            about=meaning,
        )
        for name, title, meaning in DURATIONS
    )


def _spec(spec: MetricSpec) -> new.MeasureSpec:
    return new.MeasureSpec(
        id=spec.name,
        title=spec.title,
        short_title=spec.title,
        unit=spec.unit,
        decimals=2 if spec.unit == "" else 1,
        role=_role(spec.name),
        drawn=spec.drawn,
        judged=_JUDGED[spec.judged],
        limits=None if spec.bands is None else _limits(spec.bands),
        views=spec.views,
        priority=spec.priority,
        cue_high=spec.cue_high,
        cue_low=spec.cue_low,
        seen_high=spec.seen_high,
        seen_low=spec.seen_low,
        about=spec.about,
        side=spec.side,
        neutral=spec.neutral,
        least_difference=spec.least_difference,
    )


def _role(name: str) -> new.Role:
    if name.startswith(("knee_fppa", "knee_over")) or name == "kasr":
        return "knee"
    if name.startswith("trunk"):
        return "trunk"
    return "depth" if name == "depth" else "other"


def _limits(bands: Bands) -> new.Limits:
    return new.Limits(
        good_low=_finite(bands.good[0]),
        good_high=_finite(bands.good[1]),
        watch_low=_finite(bands.watch[0]),
        watch_high=_finite(bands.watch[1]),
        source=bands.source,
    )


def rep_of(rep: old.Rep, info: new.ExerciseInfo, exercise: Exercise) -> new.Rep:
    """Give the new repetition for an old one."""
    measurements = {
        spec.name: _measurement(rep, spec, info.spec(spec.name))
        for spec in exercise.metrics
        if spec.name in rep.metrics
    }
    for name, _, _ in DURATIONS:
        seconds = rep.tempo.get(name)
        reason = "the pictures do not show where it starts and ends" if seconds is None else None
        sem = None if seconds is None else rep.tempo_sem_s
        measurements[name] = judged(
            new.Measurement(
                value=seconds,
                at_bottom=seconds,
                sem=sem,
                sem_set=None if sem is None else 0.0,
                sem_rep=sem,
                not_measured=reason,
            ),
            info.spec(name),
            rep.events.get("descent_start_s"),
        )
    whole = new.Rep(
        index=rep.index,
        set_index=rep.set_index,
        stance_side=rep.stance_side,
        stance_sure=rep.stance_sure,
        start_s=rep.start_s,
        lowest_s=rep.lowest_s,
        end_s=rep.end_s,
        events=dict(rep.events),
        measurements=measurements,
        view=view_of(rep.view),
        scale=None if rep.scale is None else _scale(rep.scale),
        series={
            "t_s": [float(t) for t in rep.series_t_s],
            **{name: [_finite(float(y)) for y in course] for name, course in rep.series.items()},
        },
        notes=rep.notes,
    )
    return msgspec.structs.replace(
        whole, form=form_of(whole, info.specs), tempo=tempo_of(whole, info.specs)
    )


def _measurement(rep: old.Rep, spec: MetricSpec, told: new.MeasureSpec) -> new.Measurement:
    metric = rep.metrics[spec.name]
    if metric.not_measured is not None:
        return new.Measurement(not_measured=metric.not_measured.removeprefix("not measured: "))
    value = getattr(metric, spec.judged)
    sem_set = min(spec.model_error, metric.sem or 0.0)
    return judged(
        new.Measurement(
            value=value,
            at_bottom=metric.value,
            standing=metric.standing,
            change=metric.change,
            largest=metric.max,
            sem=metric.sem,
            sem_set=sem_set,
            sem_rep=math.sqrt(max(0.0, (metric.sem or 0.0) ** 2 - sem_set**2)),
            sem_yaw=0.0,
            yaw_effect=metric.yaw_effect,
            not_measured=None if value is not None else "no standing to compare with was seen",
        ),
        told,
        next((fault.at_s for fault in rep.faults if fault.metric == spec.name), rep.lowest_s),
    )


def _scale(score: old.ScaleScore) -> new.ScaleScore:
    return new.ScaleScore(
        scale=score.scale,
        items=tuple(
            new.ItemScore(item=i.item, points=i.points, at_most=i.at_most, reason=i.reason)
            for i in score.items
        ),
        seen_points=score.seen_points,
        seen_points_at_most=score.seen_points_at_most,
        possible_points_seen=score.possible_points_seen,
        unseen_points=score.unseen_points,
        unseen=score.unseen,
        grade=score.grade,
    )


def view_of(view: old.View) -> new.View:
    """Give the new view for an old one."""
    return new.View(
        kind=view.kind,
        yaw_deg=_finite(view.yaw_deg),
        yaw_sem_deg=_finite(view.yaw_sem_deg),
        roll_deg=_finite(view.roll_deg),
        roll_sem_deg=_finite(view.roll_sem_deg),
        distance_heights=_finite(view.distance_heights),
        offset_deg=_finite(view.offset_deg),
        stance_offset_deg=_finite(view.stance_offset_deg),
        near_side=view.near_side,
        warnings=view.warnings,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


# --- and back: the old records from the new, for rooms that still read them -----------------------


def rep_as_before(rep: new.Rep, exercise: Exercise) -> old.Rep:
    """Give the old record of a repetition; ``exercise`` has the limits it was judged by."""
    timed = {name: rep.measurements.get(name, new.Measurement()) for name, *_ in DURATIONS}
    sems = [one.sem for one in timed.values() if one.sem is not None]
    sem_s = sems[0] if sems else old.TEMPO_SEM_S
    found: list[tuple[int, old.Fault]] = []
    grades: list[old_grading.RepGrade] = []
    metrics = {}
    for spec in exercise.metrics:
        one = rep.measurements.get(spec.name, new.Measurement())
        metrics[spec.name] = metric = _metric_before(one, spec)
        number = getattr(metric, spec.judged)
        if metric.grade is None or spec.bands is None or number is None:
            continue
        certain = old_grading.mild_grade(number, one.sem or 0.0, spec.bands)
        grades.append(certain)
        if certain != "good":
            cue = old_grading.cue_for(spec, number, spec.bands)
            found.append((spec.priority, old.Fault(spec.name, cue, one.at_s or rep.lowest_s)))
    descent = timed[new.DESCENT]
    if descent.value is not None:
        certain = old_grading.mild_grade(descent.value, sem_s, exercise.tempo.bands)
        grades.append(certain)
        if certain != "good":
            fault = old.Fault(new.DESCENT, exercise.tempo.cue_fast, descent.at_s or rep.start_s)
            found.append((3, fault))
    found.sort(key=lambda item: item[0])
    by_cue: dict[str, old.Fault] = {}
    for _, fault in found:
        by_cue.setdefault(fault.cue, fault)
    return old.Rep(
        index=rep.index,
        stance_side=rep.stance_side,
        start_s=rep.start_s,
        end_s=rep.end_s,
        lowest_s=rep.lowest_s,
        events=rep.events,
        tempo={name: one.value for name, one in timed.items()},
        tempo_sem_s=sem_s,
        metrics=metrics,
        grade=old_grading.worst(grades),
        faults=tuple(by_cue.values()),
        view=view_as_before(rep.view),
        series_t_s=np.array(rep.series["t_s"], dtype=float),
        series={
            name: np.array(course, dtype=float)
            for name, course in rep.series.items()
            if name != "t_s"
        },
        notes=rep.notes,
        scale=None if rep.scale is None else scale_as_before(rep.scale),
        set_index=rep.set_index,
        stance_sure=rep.stance_sure,
    )


def _metric_before(one: new.Measurement, spec: MetricSpec) -> old.Metric:
    if one.at_bottom is None:
        return old.Metric(not_measured=f"not measured: {one.not_measured}")
    judged_number = {"value": one.at_bottom, "change": one.change, "max": one.largest}[spec.judged]
    graded = spec.bands is not None and judged_number is not None
    return old.Metric(
        value=one.at_bottom,
        standing=one.standing,
        change=one.change,
        max=one.largest,
        sem=math.sqrt(max(0.0, (one.sem or 0.0) ** 2 - (one.sem_yaw or 0.0) ** 2)),
        grade=old_grading.grade(judged_number, one.sem or 0.0, spec.bands)
        if graded and spec.bands is not None and judged_number is not None
        else None,
        yaw_effect=one.yaw_effect,
    )


def scale_as_before(score: new.ScaleScore) -> old.ScaleScore:
    """Give the old record of a scale's result."""
    return old.ScaleScore(
        scale=score.scale,
        items=tuple(old.ItemScore(i.item, i.points, i.at_most, i.reason) for i in score.items),
        seen_points=score.seen_points,
        seen_points_at_most=score.seen_points_at_most,
        possible_points_seen=score.possible_points_seen,
        unseen_points=score.unseen_points,
        unseen=score.unseen,
        grade=score.grade,
    )


def view_as_before(view: new.View) -> old.View:
    """Give the old record of a view."""
    return old.View(
        kind=view.kind,
        yaw_deg=or_nan(view.yaw_deg),
        yaw_sem_deg=or_nan(view.yaw_sem_deg),
        roll_deg=or_nan(view.roll_deg),
        distance_heights=or_nan(view.distance_heights),
        offset_deg=or_nan(view.offset_deg),
        near_side=view.near_side,
        warnings=view.warnings,
        roll_sem_deg=or_nan(view.roll_sem_deg),
        stance_offset_deg=or_nan(view.stance_offset_deg),
    )


def frame_as_before(
    result: FrameResult, cue: new.Cue | None, rep_before: Callable[[new.Rep], old.Rep]
) -> old.FrameResult:
    """Give the old record of a frame, with the cue that is shown at it."""
    closed, last = (
        None if rep is None else rep_before(rep) for rep in (result.closed, result.last_rep)
    )
    shown = (
        None
        if cue is None
        else old.Cue(cue.measure, cue.text, cue.t_s, cue.decided_t_s, cue.praise)
    )
    return old.FrameResult(
        sample=result.sample,
        phase=result.phase,
        reps_done=result.reps_done,
        stance_side=result.stance_side,
        depth=or_nan(result.depth),
        live=result.live,
        live_judged=result.live_judged,
        live_grades=result.live_grades,
        descent_elapsed_s=result.descent_elapsed_s,
        cue=shown,
        closed=closed,
        last_rep=last,
        view=view_as_before(result.view),
        ignored=result.ignored,
    )

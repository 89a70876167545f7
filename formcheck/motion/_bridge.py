"""The old records as the new session, until the last room reads the new one; then this goes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from formcheck.data import results as old
from formcheck.data import session as new
from formcheck.data.exercise import Bands, Exercise, MetricSpec
from formcheck.data.settings import settings_from
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
    reps = reps_of(result.reps, exercise)
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
        view=_view(result.view),
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


def reps_of(reps: Sequence[old.Rep], exercise: Exercise) -> tuple[new.Rep, ...]:
    """Give the new repetitions for old ones."""
    info = exercise_info(exercise)
    return tuple(_rep(rep, info, exercise) for rep in reps)


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


def _rep(rep: old.Rep, info: new.ExerciseInfo, exercise: Exercise) -> new.Rep:
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
        view=_view(rep.view),
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


def _view(view: old.View) -> new.View:
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

"""Reads sessions of schema 1, the file format of formcheck 0.1, and converts them to the new one.

The classes with a leading underscore are the records of schema 1; :func:`session_of` converts them.
Values, errors and the limits set by the user are taken from the old record, and the grades are
calculated again from them. Fields that schema 1 lacks (titles, units, limits with their sources,
cues, roles, views, the error of the pose model) come from ``schema1_exercises.json``, which
describes the exercises as they were in the last version with schema 1. That file never changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import asdict, replace

from formcheck.data.session import (
    ASCENT,
    BOTTOM,
    DESCENT,
    TOP,
    ExerciseInfo,
    ItemScore,
    Limits,
    Measurement,
    MeasureSpec,
    Note,
    Provenance,
    Rep,
    ScaleScore,
    Session,
    Source,
    Training,
    View,
)
from formcheck.data.settings import BandSettings, Settings
from formcheck.motion.verdicts import form_of, judged, summarize, tempo_of

VERSIONS = "0.1."
"""Start of the version numbers that wrote schema 1; these versions saved no poses."""
SCHEMA = "formcheck.session/1"

SET_BY_THE_USER = "set by the user"

NOT_TIMED = "the video does not show where it starts and ends"
NO_STANDING = "no standing to compare with was seen"

_DURATIONS = (DESCENT, BOTTOM, ASCENT, TOP)
_PLAIN_COLUMNS = ("t_s", "phase", "rep", "stance_side", "people", "depth")
_KINDS = (
    ("Interrupted after", "interrupted"),
    ("The session ended before", "interrupted"),
    ("Taken for:", "recognised"),
)
"""First words of a note in schema 1, and the present kind of such a note."""

_Text = Annotated[str, msgspec.Meta(max_length=100_000)]
_Name = Annotated[str, msgspec.Meta(max_length=500)]
_Texts = Annotated[tuple[_Text, ...], msgspec.Meta(max_length=100_000)]
_Number = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
_Stance = Literal["left", "right", "both"]
_ViewKind = Literal["front", "side", "oblique", "unknown"]


class _View(msgspec.Struct, frozen=True):
    kind: _ViewKind
    yaw_deg: _Number | None
    yaw_sem_deg: _Number | None
    roll_deg: _Number | None
    distance_heights: _Number | None
    offset_deg: _Number | None
    near_side: Literal["left", "right"] | None
    warnings: _Texts
    roll_sem_deg: _Number | None = None
    stance_offset_deg: _Number | None = None


class _Metric(msgspec.Struct, frozen=True):
    value: _Number | None
    standing: _Number | None
    change: _Number | None
    max: _Number | None
    sem: _Number | None
    not_measured: _Text | None
    yaw_effect: _Number | None = None


class _Fault(msgspec.Struct, frozen=True):
    metric: _Text
    at_s: _Number


class _Item(msgspec.Struct, frozen=True):
    item: _Text
    points: int | None
    at_most: int | None
    reason: _Text


class _Scale(msgspec.Struct, frozen=True):
    scale: _Text
    items: tuple[_Item, ...]
    seen_points: int
    seen_points_at_most: int
    possible_points_seen: int
    unseen_points: int
    unseen: _Texts
    grade: _Text | None


class _Rep(msgspec.Struct, frozen=True):
    index: _Count
    stance_side: _Stance
    start_s: _Number
    end_s: _Number
    lowest_s: _Number
    events: dict[_Name, _Number | None]
    tempo: dict[_Name, _Number | None]
    metrics: dict[_Name, _Metric]
    faults: tuple[_Fault, ...]
    view: _View
    series: dict[_Name, list[_Number | None]]
    notes: _Texts
    # Earlier records lack these.
    set: _Count = 1
    stance_sure: bool = True
    tempo_sem_s: _Number = 0.1
    scale: _Scale | None = None
    still: _Text | None = None


class _Source(msgspec.Struct, frozen=True):
    kind: Literal["video", "camera", "poses"]
    name: _Text
    width: _Count
    height: _Count
    duration_s: _Number
    frames: _Count
    frames_dropped: _Count
    frame_rate_hz: _Number
    variable_frame_rate: bool
    rotation_deg: int
    mirrored: bool
    slow_motion: _Number
    expected_frames: _Count | None
    warnings: _Texts


class _Pose(msgspec.Struct, frozen=True):
    model: _Text
    sha256: _Text
    frames_with_person: _Count


class _Training(msgspec.Struct, frozen=True):
    date: _Text | None = None
    step_height_cm: _Number | None = None
    load_kg: _Number | None = None
    pain: _Count | None = None


class _Summary(msgspec.Struct, frozen=True):
    notes: _Texts


class _Session(msgspec.Struct, frozen=True):
    formcheck_version: _Text
    created: _Text
    source: _Source
    pose: _Pose
    exercise: _Name
    view: _View
    config: dict[_Name, Any]
    reps: tuple[_Rep, ...]
    frames: dict[_Name, list[Any]]
    summary: _Summary
    training: _Training | None = None


class _OldExercise(msgspec.Struct, frozen=True):
    """An exercise as it was in the last version with schema 1."""

    info: ExerciseInfo
    model_error: dict[str, float]
    """The part of the standard error that is the same in a whole set, by measurement."""


def session_of(data: Mapping[str, Any]) -> Session:
    """Convert a record of schema 1, as read from JSON, to a session.

    Raises
    ------
    ValueError
        A field is missing or has the wrong type; the message says where.
    """
    old = msgspec.convert(data, _Session)
    settings = _settings(old.config)
    known = _exercises().get(old.exercise) or _OldExercise(_unknown_exercise(old), {})
    info = _with_own_limits(_with_all_measurements(known.info, old), settings)
    reps = tuple(_rep(rep, info, known.model_error) for rep in old.reps)
    return Session(
        created=old.created,
        source=Source(**asdict(old.source)),
        view=View(**asdict(old.view)),
        provenance=Provenance(
            version=old.formcheck_version,
            model=old.pose.model,
            model_sha256=old.pose.sha256,
            settings=settings,
            frames_with_person=old.pose.frames_with_person,
        ),
        exercise=info,
        training=Training(**asdict(old.training or _Training())),
        efforts=reps,
        series={_series_name(name): list(values) for name, values in old.frames.items()},
        summary=summarize(reps, info.specs),
        notes=tuple(_note(text) for text in old.summary.notes),
        complete=not any(text.startswith("Interrupted after") for text in old.summary.notes),
    )


@cache
def _exercises() -> dict[str, _OldExercise]:
    """Read the exercises as they were in the last version with schema 1."""
    file = resources.files("formcheck.store").joinpath("schema1_exercises.json")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, _OldExercise])


def _settings(config: Mapping[str, Any]) -> Settings:
    """Read the settings; those that this version does not know are left out."""
    names = Settings.__struct_fields__
    return msgspec.convert({name: config[name] for name in names if name in config}, Settings)


def _unknown_exercise(old: _Session) -> ExerciseInfo:
    """Describe an exercise that is not in the table by its id; nothing of it is judged."""
    title = old.exercise.replace("_", " ").capitalize()
    return replace(next(iter(_exercises().values())).info, id=old.exercise, title=title, specs=())


def _with_all_measurements(info: ExerciseInfo, old: _Session) -> ExerciseInfo:
    """Add a description of each measurement that the table does not contain."""
    known = {spec.id for spec in info.specs}
    found = dict.fromkeys(name for rep in old.reps for name in rep.metrics)
    own = tuple(
        MeasureSpec(id=name, title=name, short_title=name) for name in found if name not in known
    )
    durations = tuple(
        MeasureSpec(id=name, title=name, short_title=name, unit="s", role="tempo")
        for name in _DURATIONS
        if name not in known
    )
    return replace(info, specs=(*info.specs, *own, *durations))


def _with_own_limits(info: ExerciseInfo, settings: Settings) -> ExerciseInfo:
    """Replace the limits of the exercise with those that the user had set."""
    specs = tuple(
        replace(spec, limits=_limits(settings.bands[spec.id]))
        if spec.id in settings.bands
        else spec
        for spec in info.specs
    )
    target_s = settings.target_descent_s or info.target_descent_s
    return replace(info, specs=specs, target_descent_s=target_s)


def _limits(bands: BandSettings) -> Limits:
    ends = (*bands.good, *bands.watch)
    good_low, good_high, watch_low, watch_high = (
        end if end is not None and math.isfinite(end) else None for end in ends
    )
    return Limits(
        good_low=good_low,
        good_high=good_high,
        watch_low=watch_low,
        watch_high=watch_high,
        source=SET_BY_THE_USER,
    )


def _rep(old: _Rep, info: ExerciseInfo, model_error: Mapping[str, float]) -> Rep:
    """Convert a repetition, and grade it again."""
    if "t_s" not in old.series:
        raise ValueError(f"`t_s` is missing - at `$.reps[{old.index}].series`")
    worst_s = {fault.metric: fault.at_s for fault in old.faults}
    measurements = {
        spec.id: _measurement(
            old.metrics[spec.id],
            spec,
            model_error.get(spec.id, 0.0),
            worst_s.get(spec.id, old.lowest_s),
        )
        for spec in info.specs
        if spec.id in old.metrics
    }
    measurements |= {name: _duration(old, info.spec(name)) for name in _DURATIONS}
    rep = Rep(
        index=old.index,
        set_index=old.set,
        stance_side=old.stance_side,
        stance_sure=old.stance_sure,
        start_s=old.start_s,
        lowest_s=old.lowest_s,
        end_s=old.end_s,
        events=old.events,
        measurements=measurements,
        view=View(**asdict(old.view)),
        scale=None if old.scale is None else _scale(old.scale),
        series=old.series,
        notes=old.notes,
        still=old.still,
    )
    return replace(rep, form=form_of(rep, info.specs), tempo=tempo_of(rep, info.specs))


def _measurement(old: _Metric, spec: MeasureSpec, model_error: float, at_s: float) -> Measurement:
    """Convert a measurement, and grade it again."""
    if old.not_measured is not None:
        return Measurement(not_measured=old.not_measured.removeprefix("not measured: "))
    value = {"at_bottom": old.value, "change": old.change, "largest": old.max}[spec.judged]
    sem = old.sem or 0.0
    sem_set = min(model_error, sem)
    return judged(
        Measurement(
            value=value,
            at_bottom=old.value,
            standing=old.standing,
            change=old.change,
            largest=old.max,
            sem=old.sem,
            sem_set=sem_set,
            sem_rep=math.sqrt(max(0.0, sem**2 - sem_set**2)),
            sem_yaw=0.0,
            yaw_effect=old.yaw_effect,
            not_measured=None if value is not None else NO_STANDING,
        ),
        spec,
        at_s,
    )


def _duration(old: _Rep, spec: MeasureSpec) -> Measurement:
    """Convert a duration, which in schema 1 was not a measurement."""
    seconds = old.tempo.get(spec.id)
    if seconds is None:
        return Measurement(not_measured=NOT_TIMED)
    sem = old.tempo_sem_s
    measured = Measurement(value=seconds, at_bottom=seconds, sem=sem, sem_set=0.0, sem_rep=sem)
    return judged(measured, spec, old.events.get("descent_start_s"))


def _scale(old: _Scale) -> ScaleScore:
    items = tuple(ItemScore(**asdict(item)) for item in old.items)
    return ScaleScore(**{**asdict(old), "items": items})


def _series_name(name: str) -> str:
    """Return the present name of a time series: schema 1 had live values under the plain id."""
    return name if name in _PLAIN_COLUMNS else f"live_{name}"


def _note(text: str) -> Note:
    """Convert a note; its kind is found from its first words."""
    kind = next((kind for start, kind in _KINDS if text.startswith(start)), "general")
    return Note(kind=kind, text=text)

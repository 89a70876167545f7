"""The records that describe an exercise: ``Exercise``, its ``Metric``s, and how it is recognised.

Each file in ``formcheck/exercises/`` makes one ``Exercise``. It declares everything that other
modules need: what is measured and how it is judged, how it is recognised, what the overlay draws,
what is exported, and which exercise is easier or harder. No module outside that folder names an
exercise or a measurement.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec

from formcheck.data.arrays import FloatArray
from formcheck.data.declare import Count, Name, Record, Text, about
from formcheck.data.errors import UsageError
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import (
    Course,
    DrawnAngle,
    ExerciseInfo,
    Limits,
    MeasureSpec,
    ScaleItemSpec,
    ScaleSpec,
    StairsWay,
    ViewKind,
    judges_tempo,
)
from formcheck.data.settings import BandSettings, Settings

INF = math.inf

SET_BY_USER = "set by the user"
"""The source of limits that the user has set."""

Series = Callable[[Poses, Side], FloatArray]
"""A function ``series(window, side)`` that computes a number for every frame of the poses, for one
side of the body: shape (N,), NaN where unknown."""


class Normal(NamedTuple):
    """The usual values of a quantity: mean and standard deviation over people."""

    mean: float
    sd: float


class Along(NamedTuple):
    """The usual values of a quantity that depends linearly on another one.

    Attributes
    ----------
    mean
        Its mean where the other quantity is 0.
    slope
        How much the mean changes for each unit of the other quantity.
    sd
        Standard deviation around that mean.
    """

    mean: float
    slope: float
    sd: float


class FootPlace(NamedTuple):
    """Usual place of the free foot: forward, outward and up from the standing foot, in leg lengths.

    The free foot is the one that does not carry the body.
    """

    forward: Normal
    outward: Normal
    up: Normal


class FootWay(NamedTuple):
    """Usual movement of the free foot: forward and outward in leg lengths, and down.

    ``down`` is a share of how far the hips go down: 1 for a foot that hangs from the hip, 0 for one
    that stays on the floor.
    """

    forward: Normal
    outward: Normal
    down: Normal


Order = Literal["down_up", "up_down"]
"""Whether a repetition goes down and then up, or up and then down."""

ExerciseKind = Literal["reps", "holds", "flights"]
Part = Literal["repetitions", "seconds", "times", "count", "side", "step", "tempo", "depth"]
"""What can be asked of some exercises, and makes no sense in others."""
Goal = Literal["eccentric", "strength"]
"""What the exercise is done for: a slow, controlled way down (eccentric training), or strength, for
which the time of the way down is not judged."""

GOOD_SHARE_OF_TEMPO, WATCH_SHARE_OF_TEMPO = 0.75, 0.5
"""When the user asks for a time of the way down, it is good from the first share of that time on,
and watch from the second. People who count seconds are measured about an eighth shorter, and
counting is inexact. Our choice."""


class KindFacts(NamedTuple):
    """What an exercise is made of: how its amount is written, and the same in words.

    The words follow "an exercise".
    """

    amount: Part
    words: str


KINDS: Mapping[ExerciseKind, KindFacts] = {
    "reps": KindFacts("repetitions", "that is repeated"),
    "holds": KindFacts("seconds", "that is held"),
    "flights": KindFacts("times", "that is counted in times up and down"),
}


class Metric(MeasureSpec, frozen=True, kw_only=True):
    """One quantity that an exercise measures: its meaning, computation and limits.

    Attributes
    ----------
    needs
        Joints it is computed from: those of the working leg, or of both sides if ``both_sides``.
    taken
        From where in an effort its number is taken. For a repetition: ``bottom`` is the mean over
        the bottom, ``descent_rms`` the root mean square over the way down, ``at_depth`` the mean
        around the moment on the way down when the hips are ``at_depth_pct`` below standing,
        ``duration`` the time of the phase with its id. For a hold: ``held`` is the mean,
        ``held_rms`` the root mean square, ``drift`` the change from first to last quarter,
        ``time`` how long the hold lasted, ``time_well`` how long the first metric was in its good
        band. For a flight of stairs: ``climbed`` is the mean, ``steps`` their number, ``cadence``
        steps a minute, ``step_time`` the time from the other foot's step to this one's,
        ``contact`` how long a foot stands.
    way
        For stairs: the direction in which it is measured; empty for both.
    series
        The function that computes it for every frame; none for a duration.
    corrected_as
        Under this name the profile of the poses declares a correction of the pose model's error,
        and the error that is left (:mod:`formcheck.motion.corrections`). Empty for none.
    in_outline
        Whether it is computed from the outlined poses, whose knee trembles less
        (:mod:`formcheck.motion.knee_edges`).
    made_of
        The metrics of which it is a sum, each with its factor. Their corrections apply to it, too.
    model_error
        For a metric without ``corrected_as``: the standard error of ``at_bottom`` from formcheck's
        own pose model, in the metric's unit, as measured on clips with known truth
        (docs/accuracy.md). Poses of other programs have other errors
        (:mod:`formcheck.data.pose_profile`).
    yaw_effect
        How much each degree of yaw (the person's turn from the front) adds to the metric.
    max_yaw_deg
        From the front, the metric is refused beyond this yaw.
    roll_effect
        How much each degree of camera tilt adds to the metric; ``None`` if a tilt does not matter.
    extra_error
        A further standard error that depends on the movement; it is added in quadrature.
    shown_share
        How upright the body segment of an angle is in the image: 1 at its full length, 0 when it
        points at the camera.
    least_shown
        Seen from the front, the metric is refused when ``shown_share`` is smaller.
    not_shown
        The reason that is given then.
    per_frame
        Whether one frame is enough to compute it, so that it can be shown live.
    drawn
        The angle that the film draws with this number: ``trunk`` against the vertical, ``knee``
        seen from the side, ``body`` from shoulder over hip to ankle.
    needs_depth
        Whether it needs the body's turn in space, which poses of another program may lack.
    cannot_see
        Why formcheck's own model cannot measure it at all; it is then always refused. For poses of
        other programs it is refused as unproven.
    exported_as
        Its columns in a file of joint angles: one for each leg, one with the sign of the left leg,
        one under its own id, or none.
    """

    needs: tuple[str, ...] = ()
    taken: Literal[
        "bottom",
        "descent_rms",
        "at_depth",
        "duration",
        "held",
        "held_rms",
        "drift",
        "time",
        "time_well",
        "climbed",
        "steps",
        "cadence",
        "step_time",
        "contact",
    ] = "bottom"
    way: StairsWay | Literal[""] = ""
    series: Series | None = None
    both_sides: bool = False
    corrected_as: str = ""
    in_outline: bool = False
    made_of: tuple[tuple[Metric, float], ...] = ()
    model_error: float = 0.0
    yaw_effect: Series | None = None
    max_yaw_deg: float = INF
    roll_effect: Series | None = None
    extra_error: Series | None = None
    shown_share: Series | None = None
    least_shown: float = 0.0
    not_shown: str = ""
    per_frame: bool = True
    drawn: DrawnAngle = ""
    needs_depth: bool = False
    cannot_see: str = ""
    exported_as: Literal["", "each_leg", "left_leg", "itself"] = ""

    @property
    def spec(self) -> MeasureSpec:
        """The part that a session keeps."""
        return plain_spec(self)


def plain_spec(spec: MeasureSpec) -> MeasureSpec:
    """Return the plain spec, without the fields for its computation."""
    return MeasureSpec(**{name: getattr(spec, name) for name in MeasureSpec.__struct_fields__})


class FreeFoot(Record, frozen=True, kw_only=True):
    """What the free foot (the one that does not carry) does in an exercise, to recognise it by.

    Some examples, for a leg of 0.83 m: feet are 0.2 to 0.35 m apart, and further when one must pass
    the side of a step. A straight free leg hangs from the hip and sinks with it; a foot held off
    the floor need not. A foot set down in front first swings forward; one beside the step or behind
    moves with the hips.

    Means and spreads of the exercises are ours. They lie between what was measured on the clips and
    on 68 rendered people (``benchmarks/recognition.py`` prints it) and how the movement is usually
    done: rendered people all move in one way, so real people differ more.

    Attributes
    ----------
    place
        Its place while the body is high.
    starts, goes
        How far it moves while the hips do the first fifth of their way down, and all of it.
    lands
        How far in front of the standing foot it is while the body is low, in leg lengths; ``None``
        to compute it from ``place`` and ``goes``.
    bent_deg
        How much more its knee is bent than the other knee while the body is high.
    order
        Whether a set starts high (``down_up``) or low; ``None`` for either.
    stays
        How far the standing foot seems to move, as a standard deviation in leg lengths.
    says
        What the free foot does, in words, as the reason when the exercise is recognised.
    """

    place: FootPlace
    starts: FootWay
    goes: FootWay
    lands: Normal | None = None
    bent_deg: Normal = Normal(5.0, sd=12.0)
    order: Order | None = "down_up"
    stays: float = 0.04
    says: str = ""


class Posture(Record, frozen=True, kw_only=True):
    """How the body is held in an exercise, to tell it from other movements with the same feet.

    The angles are tilts from the vertical of the trunk and of the leg that carries, forward or
    back. A tilted segment looks less high in the image than it is long, from every side; that is
    how they are measured. To keep the balance, a person who sits back leans forward about as much,
    so the usual tilts of trunk and shank depend on that of the thigh. The defaults fit any exercise
    on the feet.

    Attributes
    ----------
    upright
        Height of the hips over the lower foot while the body is high, in leg lengths.
    tall_deg
        Tilt of the trunk while the body is high.
    thigh_deg
        Tilt of the thigh while the body is low.
    lean_deg, shank_deg
        Tilt of trunk and shank while the body is low, as it depends on that of the thigh.
    """

    upright: Normal = Normal(0.97, sd=0.07)
    tall_deg: Normal = Normal(12.0, sd=12.0)
    thigh_deg: Normal = Normal(40.0, sd=22.0)
    lean_deg: Along = Along(0.0, slope=0.6, sd=15.0)
    shank_deg: Along = Along(10.0, slope=0.35, sd=15.0)


AT_BORDER = 0.5
"""What ``Held.kept`` gives where a posture is not taken, but not left either if it was."""


class Held(Record, frozen=True, kw_only=True):
    """The posture of an exercise that is held: when it is kept, and what is seen of it.

    Attributes
    ----------
    kept
        For each frame 1 where the body is in the posture, well or badly, 0 where it is not,
        :data:`AT_BORDER` where it is outside by less than what is read may be off, NaN where that
        cannot be seen. It is asked of the last frame.
    looks_back
        Whether it is asked with the few seconds before that frame; otherwise with that frame alone.
    raised
        What goes up when the posture is taken and down when it is left; it dates begin and end.
    lower
        The joint that is lower on the side that carries, which is measured; ``None`` to measure the
        side nearer to the camera.
    named
        Whether the side is part of the exercise, as of a side plank; otherwise it is only the one
        that is seen.
    lying
        Whether the body lies, so that its own direction does not show where up is.
    told_from
        The views from which it can be told whether the posture is kept; empty for any. From
        elsewhere no hold is found.
    only_named
        Whether it is measured only when it is asked for: its posture is also one of rest.
    """

    kept: Series
    raised: Series
    lower: str | None = None
    named: bool = False
    lying: bool = False
    only_named: bool = False
    looks_back: bool = False
    told_from: tuple[ViewKind, ...] = ()


class LookAlike(Record, frozen=True, kw_only=True):
    """A movement that is none of the exercises but could be taken for one, such as a lunge.

    Attributes
    ----------
    title
        For people, with its article: "a lunge".
    feet
        What the free foot does, once for each way of doing the movement.
    posture
        How the body is held.
    """

    title: Text
    feet: tuple[FreeFoot, ...]
    posture: Posture


class ScaleItem(Record, frozen=True, kw_only=True):
    """One item of a clinical scale, such as "knee moves inward".

    Attributes
    ----------
    id
        It selects how the item is scored: ``arms``, ``trunk``, ``knee`` or ``balance``
        (:mod:`formcheck.motion.scoring`). Items with another id are never scored.
    title, about
        For people: a short title, and when it gives its points.
    points
        The most points it can give.
    measures
        Ids of the measurements from which it is scored; the first one that the view shows is used.
    cannot_see
        Why one camera can never score it; empty when it can.
    """

    id: Name
    title: Text
    points: Count
    about: Text
    measures: tuple[Name, ...] = ()
    cannot_see: str = ""


class Scale(Record, frozen=True, kw_only=True):
    """A published clinical scale by which examiners score a movement by eye; more points are worse.

    Attributes
    ----------
    id, title
        Its id in records, and its title for people.
    items
        Its items, in their order.
    bands
        Pairs of the most points and the grade for up to so many points, in the scale's own words,
        best first; empty when the scale has no grades.
    source
        Its publication and what is formcheck's own choice, ready to be shown.
    """

    id: Name
    title: Text
    items: tuple[ScaleItem, ...]
    bands: tuple[tuple[int, str], ...]
    source: Text

    def item(self, item_id: str) -> ScaleItem:
        """Return the item with that id; raises ``KeyError`` when the scale has none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    @property
    def spec(self) -> ScaleSpec:
        """The part that a session keeps."""
        items = tuple(
            ScaleItemSpec(id=item.id, title=item.title, points=item.points, about=item.about)
            for item in self.items
        )
        return ScaleSpec(id=self.id, title=self.title, items=items, source=self.source)


class DepthGoal(Record, frozen=True, kw_only=True):
    """A depth that the user can ask for: the measurement that shows it, with limits and cues.

    Attributes
    ----------
    name
        As in the settings: ``half`` or ``parallel``.
    measure
        Id of the measurement that is judged.
    limits
        Its limits.
    cue_high, cue_low, seen_high, seen_low
        What to say, and what a person sees, above and below the good band.
    """

    name: Name
    measure: Name
    limits: Limits
    cue_high: Text = ""
    cue_low: Text = ""
    seen_high: Text = ""
    seen_low: Text = ""


class Exercise(Record, frozen=True, kw_only=True):
    """An exercise with everything that any module needs to know about it."""

    id: Annotated[Name, about("as on the command line")]
    title: Annotated[Text, about("for people")]
    about: Annotated[
        str, about("the module's docstring: what it is, camera view, limitations, references")
    ]
    order: Annotated[Order, about("whether a repetition runs down and up, or up and down")]
    stance: Annotated[
        Literal["planted", "lower", "both"],
        about(
            "how the working leg is found: the foot that stays where it is, the foot that is lower "
            "in standing, or both feet carry"
        ),
    ]
    min_drop_pct: Annotated[
        float, about("smallest drop of the hip that counts, in % of leg length", "%")
    ]
    views: Annotated[
        tuple[ViewKind, ...], about("views in which repetitions are found and measured")
    ]
    metrics: Annotated[tuple[Metric, ...], about("what is measured, the durations among them")]
    set_up: Annotated[tuple[str, ...], about("one instruction each: camera, start")]
    target_descent_s: Annotated[float, about("the way down to aim at", "s")] = 3.0
    goal: Annotated[
        Goal, about("what it is usually done for; for strength the way down is not judged")
    ] = "eccentric"
    depths: Annotated[
        tuple[DepthGoal, ...], about("depths that can be asked for; empty when it is never judged")
    ] = ()
    scale: Annotated[
        Scale | None, about("clinical scale it is scored by, as far as that can be seen")
    ] = None
    recognised_by: Annotated[
        tuple[FreeFoot, ...],
        about("what its free foot does, in each of its forms; empty when it is never recognised"),
    ] = ()
    posture: Annotated[Posture, about("how the body is held, for recognising it")] = Posture()
    held: Annotated[
        Held | None, about("the posture, of an exercise that is held; none for repetitions")
    ] = None
    climbed: Annotated[bool, about("whether stairs are climbed, up or down")] = False
    family: Annotated[Name, about("name of the group of exercises that train the same")] = ""
    easier: Annotated[Name | None, about("id of the exercise to fall back to")] = None
    harder: Annotated[Name | None, about("id of the exercise to go on to")] = None
    has_step: Annotated[bool, about("whether it is done on a step")] = False
    load: Annotated[bool, about("whether weight is added when it becomes easy")] = True

    @property
    def kind(self) -> ExerciseKind:
        """Whether it consists of repetitions, held postures or flights of stairs."""
        if self.climbed:
            return "flights"
        return "reps" if self.held is None else "holds"

    @property
    def course(self) -> Course:
        """How one effort runs: the order of a repetition, a held posture or a flight of stairs."""
        courses: Mapping[str, Course] = {"holds": "held", "flights": "climbed"}
        return courses.get(self.kind, self.order)

    def judged(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return those of some values (by id of their metric) whose metric has limits."""
        limited = (metric.id for metric in self.metrics if metric.limits is not None)
        return {metric_id: values[metric_id] for metric_id in limited if metric_id in values}

    def why_without(self, part: Part) -> str:
        """Say why something cannot be asked of it; empty when it can.

        The words follow "an exercise".
        """
        amount, words = KINDS[self.kind]
        timed = any(one.role == "tempo" and one.limits is not None for one in self.metrics)
        found: Mapping[Part, tuple[bool, str]] = {
            "repetitions": (amount == "repetitions", words),
            "seconds": (amount == "seconds", words),
            "times": (amount == "times", words),
            "count": (self.held is None, words),
            "side": (self.stance != "both", "that works both sides at once"),
            "step": (self.has_step, "that needs no step"),
            "tempo": (timed, words if self.kind != "reps" else "whose way down is not judged"),
            "depth": (bool(self.depths), "whose depth is not judged"),
        }
        has, why_not = found[part]
        return "" if has else why_not

    @property
    def is_lying(self) -> bool:
        """Whether it is done lying, so that the body does not show where up is."""
        return self.held is not None and self.held.lying

    def metric(self, measure_id: str) -> Metric:
        """Return the metric with that id; raises ``KeyError`` when the exercise has none."""
        for metric in self.metrics:
            if metric.id == measure_id:
                return metric
        raise KeyError(measure_id)

    def with_settings(self, settings: Settings) -> Exercise:
        """Return the exercise with the limits that these settings give it.

        The user's limits, target time and smallest drop replace its own. If the user asks for a
        time of the way down, it is judged by that time; otherwise it is judged for eccentric
        training, and not for strength. If the user asks for a depth, its limits are added.

        Raises
        ------
        UsageError
            The settings have limits for something that is not measured here.
        """
        known = [metric.id for metric in self.metrics]
        for measure_id in settings.bands:
            if measure_id not in known:
                raise UsageError(
                    f"the settings set limits for {measure_id!r}, which {self.id} does not measure",
                    hint=f"It measures {', '.join(sorted(known))}.",
                )
        depths = {goal.name: goal for goal in self.depths}
        asked_s = settings.asked_descent_s
        goal = settings.goal or self.goal

        def judged(metric: Metric) -> Metric:
            if metric.id in settings.bands:
                return _with_bands(metric, settings)
            if metric.role == "tempo" and metric.limits is not None and asked_s:
                return _for_tempo(metric, asked_s)
            if metric.role == "tempo" and goal == "strength":
                return not_judged(metric)
            return _for_depth(metric, depths.get(settings.depth))

        metrics = tuple(judged(metric) for metric in self.metrics)
        timed = judges_tempo(metric.spec for metric in metrics)
        return msgspec.structs.replace(
            self,
            metrics=metrics,
            target_descent_s=asked_s or self.target_descent_s,
            goal="eccentric" if timed else goal,
            min_drop_pct=settings.min_drop_pct or self.min_drop_pct,
        )

    def info(self, settings: Settings | None = None) -> ExerciseInfo:
        """Return the part that a session keeps, with the limits as judged."""
        judged = self.with_settings(settings or Settings())
        return ExerciseInfo(
            id=judged.id,
            title=judged.title,
            kind=judged.kind,
            order=judged.course,
            stance=judged.stance,
            target_descent_s=judged.target_descent_s,
            has_step=judged.has_step,
            family=judged.family,
            easier=judged.easier,
            harder=judged.harder,
            load=judged.load,
            specs=tuple(metric.spec for metric in judged.metrics),
            scale=None if judged.scale is None else judged.scale.spec,
        )


def not_judged(metric: Metric) -> Metric:
    """Return the metric without limits, and without the cues and words that belong to them."""
    return msgspec.structs.replace(
        metric, limits=None, cue_high="", cue_low="", seen_high="", seen_low=""
    )


def _with_bands(metric: Metric, settings: Settings) -> Metric:
    """Return the metric with the user's limits."""
    return msgspec.structs.replace(metric, limits=_limits(settings.bands[metric.id]))


def _for_tempo(metric: Metric, asked_s: float) -> Metric:
    """Return the metric of the way down judged by the time asked for; it cannot be too slow."""
    return msgspec.structs.replace(
        metric,
        limits=Limits(
            good_low=GOOD_SHARE_OF_TEMPO * asked_s,
            watch_low=WATCH_SHARE_OF_TEMPO * asked_s,
            source=f"formcheck's own: good from three quarters of the {asked_s:g} s asked for, "
            "watch from half. The slow first and last 5 % of the movement are not timed.",
        ),
        cue_low=f"Go down more slowly, in {asked_s:g} s" if metric.cue_low else "",
    )


def _for_depth(metric: Metric, goal: DepthGoal | None) -> Metric:
    """Return the metric with the limits of the depth asked for, if it is the one that shows it."""
    if goal is None or metric.id != goal.measure:
        return metric
    return msgspec.structs.replace(
        metric,
        limits=goal.limits,
        cue_high=goal.cue_high,
        cue_low=goal.cue_low,
        seen_high=goal.seen_high,
        seen_low=goal.seen_low,
        priority=4,
    )


def _limits(chosen: BandSettings) -> Limits:
    """Return limits with the user's bands."""
    ends = (*chosen.good, *chosen.watch)
    low, high, watch_low, watch_high = (
        None if end is None or math.isinf(end) else end for end in ends
    )
    return Limits(
        good_low=low,
        good_high=high,
        watch_low=watch_low,
        watch_high=watch_high,
        source=SET_BY_USER,
    )


def judged_by(exercise: Exercise) -> tuple[object, ...]:
    """Return all that numbers and grades depend on; it is equal for exercises judged alike."""
    return (
        exercise.order,
        exercise.stance,
        exercise.min_drop_pct,
        exercise.metrics,
        exercise.target_descent_s,
        exercise.goal,
        exercise.depths,
        exercise.scale,
        exercise.held,
        exercise.climbed,
    )

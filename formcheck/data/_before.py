"""The old description of an exercise, until no room reads it; then this goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from formcheck.data import exercise as new
from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Scale
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.results import ViewKind
from formcheck.data.session import DESCENT, Limits

INF = float("inf")


@dataclass(frozen=True)
class Bands:
    """Good inside ``good``, to be watched inside ``watch``, a fault beyond.

    Attributes
    ----------
    good, watch
        (low, high) in the metric's unit; ``watch`` encloses ``good``. Infinite where open.
    source
        Where the limits come from, in words that can be shown in a report.
    """

    good: tuple[float, float]
    watch: tuple[float, float]
    source: str


@dataclass(frozen=True)
class MetricSpec:
    """One quantity: what it is, from where it can be seen, how it is computed and judged.

    Attributes
    ----------
    name
        As in ``session.json``; ends in its unit.
    title, unit, about
        For people: a short title, the unit as shown, and a sentence with the sign.
    views
        Views from which it may be measured; from any other it is refused.
    needs
        Joints it is computed from; those of the stance side, or of both when ``both_sides``.
    series
        ``series(window, side)`` gives it for every frame, shape (N,), NaN where unknown.
    taken
        ``value`` is the mean over the bottom, or the root mean square over the descent.
    judged
        Which number is graded against the bands: ``value``, ``change`` or ``max``.
    bands
        ``None`` when it is reported, but not graded.
    cue_high, cue_low
        What to say when it is above or below the good band.
    seen_high, seen_low
        What a person sees then, in everyday words, as in "knee falls in".
    priority
        The lower, the earlier its cue is given.
    model_error
        Standard error of ``value`` that comes from the pose model itself, in the metric's unit,
        as measured on clips with known truth (docs/accuracy.md).
    yaw_effect
        ``yaw_effect(window, side)`` gives how much a degree of yaw away from the front adds to
        the metric in the picture, shape (N,), in its own unit.
    max_yaw_deg
        From the front, the metric is refused beyond this yaw.
    roll_effect
        ``roll_effect(window, side)`` gives how much a degree of camera tilt adds to the metric,
        shape (N,), in its own unit; ``None`` when it withstands a tilt.
    extra_error
        ``extra_error(window, side)`` gives a further standard error that depends on the movement,
        shape (N,); it is added in quadrature.
    neutral
        What ``max`` is furthest from: 0 for angles, 1 for a ratio.
    per_frame
        Whether one frame is enough to compute it, so that it can be shown live.
    needs_depth
        Whether it is computed from how the body is turned in space, which poses of another
        program's may not tell.
    cannot_see
        The reason why this camera and model cannot measure it at all; it is then always refused.
    side
        Set when it always belongs to one leg (``knee_fppa_left_deg``).
    least_difference
        A published detectable difference between two measurements, in the metric's unit: no
        smaller one is ever told, whatever the standard errors.
    """

    name: str
    title: str
    unit: str
    about: str
    views: tuple[ViewKind, ...]
    needs: tuple[str, ...]
    series: Callable[[Poses, Side], FloatArray]
    both_sides: bool = False
    taken: Literal["bottom", "descent_rms"] = "bottom"
    judged: Literal["value", "change", "max"] = "value"
    bands: Bands | None = None
    cue_high: str = ""
    cue_low: str = ""
    seen_high: str = ""
    seen_low: str = ""
    priority: int = 9
    model_error: float = 0.0
    yaw_effect: Callable[[Poses, Side], FloatArray] | None = None
    max_yaw_deg: float = INF
    roll_effect: Callable[[Poses, Side], FloatArray] | None = None
    extra_error: Callable[[Poses, Side], FloatArray] | None = None
    neutral: float = 0.0
    per_frame: bool = True
    needs_depth: bool = False
    cannot_see: str = ""
    side: Side | None = None
    least_difference: float = 0.0


@dataclass(frozen=True)
class TempoBands:
    """How long the lowering should take; the tempo bar is full after ``target_s``."""

    target_s: float
    bands: Bands
    cue_fast: str


@dataclass(frozen=True)
class Exercise:
    """An exercise, complete: the analyzer, the help and the report know nothing else about it.

    Attributes
    ----------
    id, title
        As on the command line, and for people.
    about
        The module's docstring: what it is, camera view, set-up, limits, references.
    order
        Whether a repetition runs down and up (``down_up``) or up and down (``up_down``).
    stance
        How the working leg is told: ``planted`` is the foot that stays where it is, ``lower``
        the foot that is lower in standing, ``both`` when both feet carry.
    min_drop_pct
        Smallest drop of the hip that counts as a repetition, in % of leg length.
    views
        Views in which the repetitions are found and something can be measured.
    metrics
        What is measured.
    tempo
        How the lowering is judged.
    set_up
        Where the camera stands and how the person starts; one instruction each.
    scale
        The clinical scale it is scored by as far as that can be seen; ``None`` without one.
    """

    id: str
    title: str
    about: str
    order: Literal["down_up", "up_down"]
    stance: Literal["planted", "lower", "both"]
    min_drop_pct: float
    views: tuple[ViewKind, ...]
    metrics: tuple[MetricSpec, ...]
    tempo: TempoBands
    set_up: tuple[str, ...]
    scale: Scale | None = None

    def metric(self, name: str) -> MetricSpec:
        """The metric of that name; raises ``KeyError`` when the exercise has none."""
        for spec in self.metrics:
            if spec.name == name:
                return spec
        raise KeyError(name)


def as_before(exercise: new.Exercise) -> Exercise:
    """Give the old description of an exercise."""
    (descent,) = [one for one in exercise.metrics if one.id == DESCENT] or [
        new.Metric(id="", title="")
    ]
    bands = _bands(descent.limits) or Bands((-INF, INF), (-INF, INF), "")
    return Exercise(
        id=exercise.id,
        title=exercise.title,
        about=exercise.about,
        order=exercise.order,
        stance=exercise.stance,
        min_drop_pct=exercise.min_drop_pct,
        views=exercise.views,
        metrics=tuple(_metric(metric) for metric in exercise.metrics if metric.role != "tempo"),
        tempo=TempoBands(exercise.target_descent_s, bands, descent.cue_low),
        set_up=exercise.set_up,
        scale=exercise.scale,
    )


def _metric(metric: new.Metric) -> MetricSpec:
    judged: dict[str, Literal["value", "change", "max"]] = {
        "at_bottom": "value",
        "change": "change",
        "largest": "max",
    }
    return MetricSpec(
        name=metric.id,
        title=metric.title,
        unit=metric.unit,
        about=metric.about,
        views=metric.views,
        needs=metric.needs,
        series=metric.series,  # type: ignore[arg-type]
        both_sides=metric.both_sides,
        taken=metric.taken,  # type: ignore[arg-type]
        judged=judged[metric.judged],
        bands=_bands(metric.limits),
        cue_high=metric.cue_high,
        cue_low=metric.cue_low,
        seen_high=metric.seen_high,
        seen_low=metric.seen_low,
        priority=metric.priority,
        model_error=metric.model_error,
        yaw_effect=metric.yaw_effect,
        max_yaw_deg=metric.max_yaw_deg,
        roll_effect=metric.roll_effect,
        extra_error=metric.extra_error,
        neutral=metric.neutral,
        per_frame=metric.per_frame,
        needs_depth=metric.needs_depth,
        cannot_see=metric.cannot_see,
        side=metric.side,
        least_difference=metric.least_difference,
    )


def _bands(limits: Limits | None) -> Bands | None:
    if limits is None:
        return None

    def end(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else value

    return Bands(
        good=(end(limits.good_low, -INF), end(limits.good_high, INF)),
        watch=(end(limits.watch_low, -INF), end(limits.watch_high, INF)),
        source=limits.source,
    )

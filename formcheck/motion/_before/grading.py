"""From a number and its error to a grade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from formcheck.data._before import INF, Bands, Exercise, MetricSpec
from formcheck.data.errors import UsageError
from formcheck.data.results import Grade, Rep
from formcheck.data.settings import Band, Settings

RepGrade = Literal["good", "watch", "fault"]

DESCENT = "descent_s"
"""The name under which the tempo of the lowering is judged, beside the metrics."""

_ORDER: tuple[RepGrade, ...] = ("good", "watch", "fault")


def grade(value: float, sem: float, bands: Bands) -> Grade:
    """Grade a value; within one standard error of a limit it is ``borderline``."""
    limits = {*bands.good, *bands.watch}
    if any(abs(value - limit) < sem for limit in limits):
        return "borderline"
    return plain_grade(value, bands)


def plain_grade(value: float, bands: Bands) -> RepGrade:
    """Grade a value as if it were exact."""
    if bands.good[0] <= value <= bands.good[1]:
        return "good"
    if bands.watch[0] <= value <= bands.watch[1]:
        return "watch"
    return "fault"


def mild_grade(value: float, sem: float, bands: Bands) -> RepGrade:
    """The best grade within one standard error: what can be said for certain against it."""
    if _within_reach(value, sem, bands.good):
        return "good"
    return "watch" if _within_reach(value, sem, bands.watch) else "fault"


def _within_reach(value: float, sem: float, band: tuple[float, float]) -> bool:
    return value + sem >= band[0] and value - sem <= band[1]


def at_the_limit(exercise: Exercise, rep: Rep) -> tuple[str, ...]:
    """What lies past the good band in a good repetition, though by less than its error: titles.

    Such a repetition is ``good`` because nothing can be said for certain against it; it should not
    be told to have kept within the limits.
    """
    if rep.grade != "good":
        return ()
    titles = [
        spec.title
        for spec in exercise.metrics
        if spec.bands is not None
        and (metric := rep.metrics.get(spec.name)) is not None
        and (judged := getattr(metric, spec.judged)) is not None
        and metric.grade == "borderline"
        and plain_grade(judged, spec.bands) != "good"
    ]
    descent_s, bands = rep.tempo.get(DESCENT), exercise.tempo.bands
    if (
        descent_s is not None
        and grade(descent_s, rep.tempo_sem_s, bands) == "borderline"
        and plain_grade(descent_s, bands) != "good"
    ):
        titles.append("Lowering")
    return tuple(titles)


def shown_grade(exercise: Exercise, rep: Rep) -> Grade | None:
    """The repetition's grade for people: ``borderline`` when it is good, but at a limit."""
    return "borderline" if at_the_limit(exercise, rep) else rep.grade


def form_judged(rep: Rep) -> bool:
    """Whether anything but the tempo was graded."""
    return any(metric.grade is not None for metric in rep.metrics.values())


def lacks_start(exercise: Exercise, rep: Rep) -> bool:
    """Whether the start was missed: no tempo, and nothing that is judged from standing."""
    from_standing = [
        rep.metrics[spec.name]
        for spec in exercise.metrics
        if spec.bands is not None and spec.judged == "change" and spec.name in rep.metrics
    ]
    seen = [metric for metric in from_standing if metric.value is not None]
    return (
        rep.tempo.get(DESCENT) is None
        and bool(seen)
        and all(metric.change is None for metric in seen)
    )


def counts_as_good(exercise: Exercise, rep: Rep) -> bool:
    """Whether it was good, and seen well enough to be counted so."""
    return rep.grade == "good" and form_judged(rep) and not lacks_start(exercise, rep)


def worst(grades: Iterable[RepGrade]) -> RepGrade | None:
    """The worst of several grades; ``None`` for none."""
    return max(grades, key=_ORDER.index, default=None)


def with_settings(exercise: Exercise, settings: Settings) -> Exercise:
    """The exercise with the user's limits in place of its own.

    Raises
    ------
    UsageError
        When the settings name a metric that no exercise of this kind has.
    """
    known = {spec.name for spec in exercise.metrics} | {DESCENT}
    for name in settings.bands:
        if name not in known:
            raise UsageError(
                f"the settings have bands for {name!r}, which {exercise.id} does not measure",
                hint=f"It measures {', '.join(sorted(known))}.",
            )
    metrics = tuple(
        replace(spec, bands=_users_bands(spec.name, settings) or spec.bands)
        for spec in exercise.metrics
    )
    tempo = replace(
        exercise.tempo,
        target_s=settings.target_descent_s or exercise.tempo.target_s,
        bands=_users_bands(DESCENT, settings) or exercise.tempo.bands,
    )
    drop_pct = settings.min_drop_pct or exercise.min_drop_pct
    return replace(exercise, metrics=metrics, tempo=tempo, min_drop_pct=drop_pct)


def _users_bands(name: str, settings: Settings) -> Bands | None:
    chosen = settings.bands.get(name)
    if chosen is None:
        return None
    return Bands(_ends(chosen.good), _ends(chosen.watch), source="set by the user")


def _ends(band: Band) -> tuple[float, float]:
    low, high = band
    return -INF if low is None else low, INF if high is None else high


def cue_for(spec: MetricSpec, value: float, bands: Bands) -> str:
    """The words that mend a value outside the good band."""
    return spec.cue_low if value < bands.good[0] else spec.cue_high

"""One leg against the other, and the end of a set against its start: pure functions of the reps.

A difference is only said when it is beyond what can be detected: 1.96 standard errors of the
difference, so that two measurements of the same movement would differ by more in one of twenty
cases; and never below a metric's published detectable difference.

The standard error of a mean has two parts, added in quadrature: the measurement's own, which is
taken not to shrink with more repetitions, because the pose model errs the same way each time; and
the scatter from repetition to repetition over the root of their number.

The camera's yaw moves the angles of the two legs apart, and does nothing to a comparison within one
leg. What the yaw that was read would do counts as one more standard error between the legs; and
what the yaw's own standard error would do is never told as a difference. Both are formcheck's own
choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from formcheck.data._before import Exercise, MetricSpec
from formcheck.data.results import Rep, Stance
from formcheck.motion._before.grading import DESCENT

CONFIDENCE = 1.96
"""Standard errors of a difference that make it detectable, with 95 % confidence."""

DEPTH = "depth"
REPETITION = "repetition_s"
REPETITIONS = "repetitions"

LEAST_FOR_THIRDS = 3
"""Repetitions of one leg from which on a set has a first and a last third."""

Direction = Literal["better", "worse", "other"]
"""Of a change: towards the good band, away from it, or neither."""


@dataclass(frozen=True)
class Mean:
    """What one group of repetitions has on average.

    Attributes
    ----------
    value
        Mean of the number that is judged.
    error
        Its standard error.
    count
        How many repetitions it is of.
    """

    value: float
    error: float
    count: int


@dataclass(frozen=True)
class Difference:
    """One quantity in two groups of repetitions.

    Attributes
    ----------
    name, title, unit
        Of the metric; of the lowering, the repetition's duration or the count of repetitions.
    judged
        Which number of the metric: ``value``, ``change`` or ``max``.
    first, second
        The left and the right leg, or the first and the last third.
    detectable
        The smallest difference that can be told from none; 0 for a count.
    symmetry_pct
        Difference in % of the mean of both legs; only for counts, depth and times, ``None`` for
        everything else: an angle has no zero to take a percentage of.
    yaw_effect
        How much a degree of the camera's yaw changes the difference.
    """

    name: str
    title: str
    unit: str
    judged: str
    first: Mean
    second: Mean
    detectable: float
    symmetry_pct: float | None = None
    yaw_effect: float = 0.0

    @property
    def difference(self) -> float:
        """``second`` minus ``first``."""
        return self.second.value - self.first.value

    @property
    def detected(self) -> bool:
        """Whether the difference is beyond what can be detected."""
        return abs(self.difference) > self.detectable


@dataclass(frozen=True)
class Course:
    """How a set went on, on one leg: its first third against its last.

    ``first`` and ``last`` are the indices of the repetitions.
    """

    set_index: int
    side: Stance
    first: tuple[int, ...]
    last: tuple[int, ...]
    differences: tuple[Difference, ...]

    @property
    def detected(self) -> tuple[Difference, ...]:
        """The changes beyond what can be detected."""
        return tuple(found for found in self.differences if found.detected)


def compare_legs(reps: Sequence[Rep], exercise: Exercise) -> tuple[Difference, ...]:
    """Compare the left leg (first) with the right one (second).

    Parameters
    ----------
    reps
        Of one session. Repetitions of one leg are compared with those of the other; of a squat,
        the metrics that belong to one leg are.
    exercise
        What was done.

    Returns
    -------
    tuple
        What was measured on both legs, graded metrics first; empty when there is nothing to
        compare.
    """
    left, right = (_of(reps, side) for side in ("left", "right"))
    if not (left and right):
        return _pairs_of_both(reps, exercise)
    found = [
        _between_legs(spec, spec.title, (left, spec), (right, spec)) for spec in _ordered(exercise)
    ]
    counts = [Mean(float(len(group)), 0.0, len(group)) for group in (left, right)]
    found.append(_plain(REPETITIONS, "Repetitions", "", counts[0], counts[1]))
    for name, title, seconds in _TIMES:
        found.append(_timed(name, title, left, right, seconds))
    return tuple(
        _with_symmetry(one) if one.name in _HAVE_SYMMETRY else one
        for one in found
        if one is not None
    )


def compare_thirds(reps: Sequence[Rep], exercise: Exercise) -> tuple[Course, ...]:
    """Compare the first third of each set with its last, each leg by itself.

    A third is the nearest whole number of repetitions. A leg with fewer than three repetitions is
    left out.
    """
    courses = []
    for set_index, side in dict.fromkeys((rep.set_index, rep.stance_side) for rep in reps):
        own = [rep for rep in _of(reps, side) if rep.set_index == set_index]
        if len(own) < LEAST_FOR_THIRDS:
            continue
        third = round(len(own) / 3)
        first, last = own[:third], own[-third:]
        found = [_between_groups(spec, first, last) for spec in _ordered(exercise)]
        found += [_timed(name, title, first, last, get) for name, title, get in _TIMES]
        courses.append(
            Course(
                set_index,
                side,
                tuple(rep.index for rep in first),
                tuple(rep.index for rep in last),
                tuple(one for one in found if one is not None),
            )
        )
    return tuple(courses)


def _of(reps: Sequence[Rep], side: Stance) -> list[Rep]:
    return [rep for rep in reps if rep.stance_side == side and rep.stance_sure]


def _ordered(exercise: Exercise) -> list[MetricSpec]:
    return sorted(exercise.metrics, key=lambda spec: (spec.bands is None, spec.priority))


def _pairs_of_both(reps: Sequence[Rep], exercise: Exercise) -> tuple[Difference, ...]:
    """The knees of the same squats."""
    found = []
    by_name = {spec.name: spec for spec in exercise.metrics}
    for left in _ordered(exercise):
        right = by_name.get(left.name.replace("_left_", "_right_"))
        if left.side == "left" and right is not None and right.side == "right":
            title = left.title.removeprefix("Left ")
            title = title[:1].upper() + title[1:]
            found.append(_between_legs(left, title, (reps, left), (reps, right)))
    return tuple(one for one in found if one is not None)


def _between_legs(
    spec: MetricSpec,
    title: str,
    left: tuple[Sequence[Rep], MetricSpec],
    right: tuple[Sequence[Rep], MetricSpec],
) -> Difference | None:
    first, second = _mean(*left), _mean(*right)
    if first is None or second is None:
        return None
    turned = [_yaw(*leg) for leg in (left, right)]
    shift = sum(leg.effect * leg.yaw_deg for leg in turned)
    unsure = sum(leg.effect * leg.sem_deg for leg in turned)
    detectable = max(spec.least_difference, _detectable(first.error, second.error, shift), unsure)
    return Difference(
        spec.name,
        title,
        spec.unit,
        spec.judged,
        first,
        second,
        detectable,
        yaw_effect=sum(leg.effect for leg in turned),
    )


def _between_groups(
    spec: MetricSpec, first: Sequence[Rep], last: Sequence[Rep]
) -> Difference | None:
    start, end = _mean(first, spec), _mean(last, spec)
    if start is None or end is None:
        return None
    detectable = max(spec.least_difference, _detectable(start.error, end.error))
    return Difference(spec.name, spec.title, spec.unit, spec.judged, start, end, detectable)


def _mean(reps: Sequence[Rep], spec: MetricSpec) -> Mean | None:
    """Mean of the judged number over the repetitions that have it; ``None`` when none has."""
    values, errors = [], []
    for rep in reps:
        metric = rep.metrics.get(spec.name)
        judged = None if metric is None else getattr(metric, spec.judged)
        if metric is not None and judged is not None:
            values.append(judged)
            errors.append(metric.sem or 0.0)
    return _mean_of(values, float(np.mean(errors))) if values else None


def _mean_of(values: Sequence[float], sem: float) -> Mean:
    scatter = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Mean(float(np.mean(values)), math.hypot(sem, scatter), len(values))


@dataclass(frozen=True)
class _Yaw:
    """What a degree of yaw adds to a leg's mean, the yaw that was read, and its error."""

    effect: float = 0.0
    yaw_deg: float = 0.0
    sem_deg: float = 0.0


def _yaw(reps: Sequence[Rep], spec: MetricSpec) -> _Yaw:
    seen = [
        (metric.yaw_effect, rep.view.yaw_deg, rep.view.yaw_sem_deg)
        for rep in reps
        if (metric := rep.metrics.get(spec.name)) is not None
        and metric.yaw_effect is not None
        and math.isfinite(rep.view.yaw_deg)
    ]
    if not seen:
        return _Yaw()
    effect, yaw_deg, sem_deg = np.nan_to_num(np.array(seen)).mean(axis=0).tolist()
    return _Yaw(effect, yaw_deg, sem_deg)


def _detectable(*errors: float) -> float:
    return CONFIDENCE * math.hypot(*errors)


def _duration_s(rep: Rep) -> float | None:
    return rep.end_s - rep.start_s


def _lowering_s(rep: Rep) -> float | None:
    return rep.tempo.get(DESCENT)


_TIMES: tuple[tuple[str, str, Callable[[Rep], float | None]], ...] = (
    (DESCENT, "Lowering", _lowering_s),
    (REPETITION, "Whole repetition", _duration_s),
)
_HAVE_SYMMETRY = (REPETITIONS, DEPTH, DESCENT, REPETITION)


def _timed(
    name: str,
    title: str,
    first: Sequence[Rep],
    second: Sequence[Rep],
    seconds: Callable[[Rep], float | None],
) -> Difference | None:
    timed = [[rep for rep in reps if seconds(rep) is not None] for reps in (first, second)]
    if not all(timed):
        return None
    means = [
        _mean_of(
            [s for rep in reps if (s := seconds(rep)) is not None],
            float(np.median([rep.tempo_sem_s for rep in reps])),
        )
        for reps in timed
    ]
    return _plain(name, title, "s", means[0], means[1])


def _plain(name: str, title: str, unit: str, first: Mean, second: Mean) -> Difference:
    detectable = _detectable(first.error, second.error)
    return Difference(name, title, unit, "value", first, second, detectable)


def _with_symmetry(found: Difference) -> Difference:
    mean = (found.first.value + found.second.value) / 2
    if not mean > 0:
        return found
    return replace(found, symmetry_pct=100.0 * found.difference / mean)


def compare_sessions(
    first: Sequence[Rep], second: Sequence[Rep], exercise: Exercise
) -> tuple[Difference, ...]:
    """Compare repetitions of one leg in two sessions, in what was measured in both.

    The camera may have stood otherwise, so the yaw of either session adds to the error.
    """
    found = [_between_sessions(spec, first, second) for spec in _ordered(exercise)]
    found += [_timed(name, title, first, second, get) for name, title, get in _TIMES]
    return tuple(one for one in found if one is not None)


def names_known(exercise: Exercise) -> tuple[str, ...]:
    """List all that sessions of an exercise may be compared by."""
    return (*(spec.name for spec in _ordered(exercise)), *(name for name, *_ in _TIMES))


def _between_sessions(
    spec: MetricSpec, first: Sequence[Rep], second: Sequence[Rep]
) -> Difference | None:
    before, after = _mean(first, spec), _mean(second, spec)
    if before is None or after is None:
        return None
    turned = [_yaw(reps, spec) for reps in (first, second)]
    shifts = [session.effect * session.yaw_deg for session in turned]
    unsure = math.hypot(*(session.effect * session.sem_deg for session in turned))
    detectable = max(spec.least_difference, _detectable(before.error, after.error, *shifts), unsure)
    return Difference(spec.name, spec.title, spec.unit, spec.judged, before, after, detectable)


def direction(diff: Difference, good: tuple[float, float] | None) -> Direction | None:
    """Say whether a change went towards the good band; ``None`` when it may be chance.

    ``other`` is a change of what is not judged, or within the good band.
    """
    if not diff.detected:
        return None
    before, now = (_outside(mean.value, good) for mean in (diff.first, diff.second))
    if now == before:
        return "other"
    return "better" if now < before else "worse"


def _outside(value: float, good: tuple[float, float] | None) -> float:
    return 0.0 if good is None else max(good[0] - value, value - good[1], 0.0)

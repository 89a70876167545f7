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

import msgspec
import numpy as np

from formcheck.data.numbers import shown_difference
from formcheck.data.session import DESCENT, ExerciseInfo, Limits, MeasureSpec, Rep, Stance

CONFIDENCE = 1.96
"""Standard errors of a difference that make it detectable, with 95 % confidence."""

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
    spec
        Of the measurement, the repetition's duration or the count of repetitions.
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

    spec: MeasureSpec
    first: Mean
    second: Mean
    detectable: float
    symmetry_pct: float | None = None
    yaw_effect: float = 0.0

    @property
    def name(self) -> str:
        """Id of what is compared."""
        return self.spec.id

    @property
    def difference(self) -> float:
        """``second`` minus ``first``."""
        return self.second.value - self.first.value

    @property
    def shown(self) -> float:
        """The difference of the two numbers as they are shown, rounded."""
        return shown_difference(self.first.value, self.second.value, self.spec.decimals)

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


def compare_legs(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Difference, ...]:
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
    found = [_between_legs(spec, (left, spec), (right, spec)) for spec in _ordered(exercise)]
    counts = [Mean(float(len(group)), 0.0, len(group)) for group in (left, right)]
    found.append(_plain(_REPETITIONS, counts[0], counts[1]))
    found += _timed(exercise, left, right)
    return tuple(
        _with_symmetry(one) if _has_symmetry(one.spec) else one for one in found if one is not None
    )


def compare_thirds(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Course, ...]:
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
        found += _timed(exercise, first, last)
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


def _ordered(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Everything that is measured but the durations, the judged and urgent first."""
    form = [spec for spec in exercise.specs if spec.role != "tempo"]
    return sorted(form, key=lambda spec: (spec.limits is None, spec.priority))


def _pairs_of_both(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Difference, ...]:
    """The knees of the same squats."""
    found = []
    by_name = {spec.id: spec for spec in exercise.specs}
    for left in _ordered(exercise):
        right = by_name.get(left.id.replace("_left_", "_right_"))
        if left.side == "left" and right is not None and right.side == "right":
            title = left.title.removeprefix("Left ")
            both = msgspec.structs.replace(left, title=title[:1].upper() + title[1:])
            found.append(_between_legs(both, (reps, left), (reps, right)))
    return tuple(one for one in found if one is not None)


def _between_legs(
    spec: MeasureSpec,
    left: tuple[Sequence[Rep], MeasureSpec],
    right: tuple[Sequence[Rep], MeasureSpec],
) -> Difference | None:
    first, second = _mean(*left), _mean(*right)
    if first is None or second is None:
        return None
    turned = [_yaw(*leg) for leg in (left, right)]
    shift = sum(leg.effect * leg.yaw_deg for leg in turned)
    unsure = sum(leg.effect * leg.sem_deg for leg in turned)
    detectable = max(spec.least_difference, _detectable(first.error, second.error, shift), unsure)
    effect = sum(leg.effect for leg in turned)
    return Difference(spec, first, second, detectable, yaw_effect=effect)


def _between_groups(
    spec: MeasureSpec, first: Sequence[Rep], last: Sequence[Rep]
) -> Difference | None:
    start, end = _mean(first, spec), _mean(last, spec)
    if start is None or end is None:
        return None
    detectable = max(spec.least_difference, _detectable(start.error, end.error))
    return Difference(spec, start, end, detectable)


def _mean(reps: Sequence[Rep], spec: MeasureSpec) -> Mean | None:
    """Mean of the judged number over the repetitions that have it; ``None`` when none has."""
    values, errors = [], []
    for rep in reps:
        found = rep.measurements.get(spec.id)
        if found is not None and found.value is not None:
            values.append(found.value)
            errors.append(found.sem or 0.0)
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


def _yaw(reps: Sequence[Rep], spec: MeasureSpec) -> _Yaw:
    seen = [
        (found.yaw_effect, rep.view.yaw_deg, rep.view.yaw_sem_deg or 0.0)
        for rep in reps
        if (found := rep.measurements.get(spec.id)) is not None
        and found.yaw_effect is not None
        and rep.view.yaw_deg is not None
    ]
    if not seen:
        return _Yaw()
    effect, yaw_deg, sem_deg = np.array(seen).mean(axis=0).tolist()
    return _Yaw(effect, yaw_deg, sem_deg)


def _detectable(*errors: float) -> float:
    return CONFIDENCE * math.hypot(*errors)


_REPETITIONS = MeasureSpec(id=REPETITIONS, title="Repetitions", decimals=0)
_REPETITION = MeasureSpec(
    id=REPETITION, title="Whole repetition", unit="s", decimals=1, role="tempo"
)


def _has_symmetry(spec: MeasureSpec) -> bool:
    """Whether it has a zero to take a percentage of."""
    return spec.role in ("depth", "tempo") or spec.id == REPETITIONS


def _timed(
    exercise: ExerciseInfo, first: Sequence[Rep], second: Sequence[Rep]
) -> list[Difference | None]:
    """Compare the way down and the whole repetition."""
    descent = next((spec for spec in exercise.specs if spec.id == DESCENT), None)
    found: list[Difference | None] = []
    if descent is not None:
        start, end = (_timed_mean(reps, descent_s) for reps in (first, second))
        if start is not None and end is not None:
            found.append(_plain(descent, start, end))
    start, end = (_timed_mean(reps, _duration_s) for reps in (first, second))
    if start is not None and end is not None:
        found.append(_plain(_REPETITION, start, end))
    return found


def descent_s(rep: Rep) -> float | None:
    """How long the way down took; ``None`` when it was not timed."""
    found = rep.measurements.get(DESCENT)
    return None if found is None else found.value


def _duration_s(rep: Rep) -> float | None:
    return rep.end_s - rep.start_s


def _timed_mean(reps: Sequence[Rep], seconds: Callable[[Rep], float | None]) -> Mean | None:
    """Mean of a duration; its error is that of the way down, timed from the same pictures."""
    timed = [(rep, value) for rep in reps if (value := seconds(rep)) is not None]
    if not timed:
        return None
    errors = [
        found.sem
        for rep, _ in timed
        if (found := rep.measurements.get(DESCENT)) is not None and found.sem is not None
    ]
    return _mean_of([value for _, value in timed], float(np.median(errors)) if errors else 0.0)


def _plain(spec: MeasureSpec, first: Mean, second: Mean) -> Difference:
    return Difference(spec, first, second, _detectable(first.error, second.error))


def _with_symmetry(found: Difference) -> Difference:
    mean = (found.first.value + found.second.value) / 2
    if not mean > 0:
        return found
    return replace(found, symmetry_pct=100.0 * found.difference / mean)


def compare_sessions(
    first: Sequence[Rep], second: Sequence[Rep], exercise: ExerciseInfo
) -> tuple[Difference, ...]:
    """Compare repetitions of one leg in two sessions, in what was measured in both.

    The camera may have stood otherwise, so the yaw of either session adds to the error.
    """
    found = [_between_sessions(spec, first, second) for spec in _ordered(exercise)]
    found += _timed(exercise, first, second)
    return tuple(one for one in found if one is not None)


def names_known(exercise: ExerciseInfo) -> tuple[str, ...]:
    """List all that sessions of an exercise may be compared by."""
    return (*(spec.id for spec in _ordered(exercise)), DESCENT, REPETITION)


def _between_sessions(
    spec: MeasureSpec, first: Sequence[Rep], second: Sequence[Rep]
) -> Difference | None:
    before, after = _mean(first, spec), _mean(second, spec)
    if before is None or after is None:
        return None
    turned = [_yaw(reps, spec) for reps in (first, second)]
    shifts = [session.effect * session.yaw_deg for session in turned]
    unsure = math.hypot(*(session.effect * session.sem_deg for session in turned))
    detectable = max(spec.least_difference, _detectable(before.error, after.error, *shifts), unsure)
    return Difference(spec, before, after, detectable)


def direction(diff: Difference) -> Direction | None:
    """Say whether a change went towards the good band; ``None`` within measurement error.

    ``other`` is a change of what is not judged, or within the good band.
    """
    if not diff.detected:
        return None
    before, now = (_outside(mean.value, diff.spec.limits) for mean in (diff.first, diff.second))
    if now == before:
        return "other"
    return "better" if now < before else "worse"


def _outside(value: float, limits: Limits | None) -> float:
    """How far a value is outside the good band."""
    if limits is None:
        return 0.0
    below = 0.0 if limits.good_low is None else limits.good_low - value
    above = 0.0 if limits.good_high is None else value - limits.good_high
    return max(below, above, 0.0)

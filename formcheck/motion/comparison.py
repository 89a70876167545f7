"""One leg against the other, and the end of a set against its start: pure functions of the reps.

A difference is reported only when it is beyond measurement error: 1.96 standard errors of the
difference, so that two measurements of the same movement would differ by more in one of twenty
cases; and never below a measurement's published detectable difference.

The standard error of a mean has two parts, added in quadrature. What is the same all through a set
(person, camera) does not shrink with more repetitions; between the start and the end of one set,
on one leg, it cancels. What varies from repetition to repetition, measured and seen in their
scatter, is divided by the root of their number.

Only repetitions seen from the same kind of view are compared: a person's numbers from the front and
from the side are not the same quantities.

The camera's yaw moves the angles of the two legs apart, and does nothing to a comparison within one
leg. What the yaw that was read would do counts as one more standard error between the legs; and
what the yaw's own standard error would do is never given as a difference. Both are formcheck's own
choice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import numpy as np

from formcheck.data.arrays import or_nan
from formcheck.data.numbers import decimals_for, shown_difference
from formcheck.data.session import (
    ASCENT,
    BOTTOM,
    DESCENT,
    TOP,
    ExerciseInfo,
    Limits,
    Measurement,
    MeasureSpec,
    Rep,
    Stance,
)
from formcheck.pose.profiles import VALIDATED

CONFIDENCE = 1.96
"""Standard errors of a difference that make it detectable, with 95 % confidence."""

REPETITION, REPETITIONS = "repetition_s", "repetitions"
"""Ids of what is compared beside the measurements."""

_REPETITION = MeasureSpec(
    id=REPETITION,
    title="Whole repetition",
    short_title="Repetition",
    unit="s",
    role="tempo",
    about="From the first to the last event of a repetition.",
)
_REPETITIONS = MeasureSpec(
    id=REPETITIONS, title="Repetitions", short_title="Repetitions", decimals=0
)

LEAST_FOR_THIRDS, LEAST_FOR_SCATTER = 3, 5
"""Repetitions of one leg from which on a set has a first and a last third, and from which on their
scatter says how much varies: with fewer, the whole standard error counts."""

Direction = Literal["better", "worse", "other"]
"""Of a change: towards the good band, away from it, or neither."""


@dataclass(frozen=True)
class Mean:
    """The mean of one group of repetitions.

    Attributes
    ----------
    value
        Mean of the number that is judged.
    same
        Standard error that is the same in all of them, without what the yaw may add.
    varies
        Standard error of the mean from what varies from repetition to repetition.
    count
        How many repetitions it is of.
    """

    value: float
    same: float
    varies: float
    count: int

    @property
    def error(self) -> float:
        """The whole standard error."""
        return math.hypot(self.same, self.varies)


@dataclass(frozen=True)
class Difference:
    """One quantity in two groups of repetitions.

    Attributes
    ----------
    spec
        What is compared; its title is without the leg for the two knees of a squat.
    first, second
        The left and the right leg, or the first and the last third.
    detectable
        The smallest difference that is beyond measurement error; 0 for a count.
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
    def decimals(self) -> tuple[int, int]:
        """How many decimals the two means are shown with, as anywhere else."""
        return decimals_for(self.first.value, self.spec), decimals_for(self.second.value, self.spec)

    @property
    def shown(self) -> float:
        """The difference of the two numbers as they are shown, rounded."""
        return shown_difference(self.first.value, self.second.value, self.decimals)

    @property
    def shown_pct(self) -> float | None:
        """The shown difference in % of the mean of the shown numbers; as ``symmetry_pct``."""
        if self.symmetry_pct is None:
            return None
        means = zip((self.first, self.second), self.decimals, strict=True)
        shown = sum(round(mean.value, places) for mean, places in means) / 2
        return 100.0 * self.shown / shown if shown else self.symmetry_pct

    @property
    def detected(self) -> bool:
        """Whether the difference is beyond what can be detected."""
        return abs(self.difference) > self.detectable


@dataclass(frozen=True)
class ThirdsComparison:
    """How a set changed on one leg: its first third against its last.

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
        the measurements that belong to one leg are.
    exercise
        With the specs of what was measured.

    Returns
    -------
    tuple
        What was measured on both legs, judged measurements first; empty when there is nothing to
        compare.
    """
    left, right = same_view(_of(reps, "left"), _of(reps, "right"))
    if not (left and right):
        return _pairs_of_both(same_view(reps)[0], exercise)
    found = [_between_legs(spec, (left, spec), (right, spec)) for spec in _compared(exercise)]
    counts = [Mean(float(len(group)), 0.0, 0.0, len(group)) for group in (left, right)]
    found.insert(-1, Difference(_REPETITIONS, counts[0], counts[1], 0.0))
    return tuple(_with_symmetry(one) for one in found if one is not None)


def compare_thirds(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[ThirdsComparison, ...]:
    """Compare the first third of each set with its last, each leg by itself.

    A third is the nearest whole number of repetitions. A leg with fewer than three repetitions is
    left out.
    """
    compared = []
    for set_index, side in dict.fromkeys((rep.set_index, rep.stance_side) for rep in reps):
        own = same_view([rep for rep in _of(reps, side) if rep.set_index == set_index])[0]
        if len(own) < LEAST_FOR_THIRDS:
            continue
        third = round(len(own) / 3)
        first, last = own[:third], own[-third:]
        found = [_within_set(spec, own, third) for spec in _compared(exercise)]
        compared.append(
            ThirdsComparison(
                set_index,
                side,
                tuple(rep.index for rep in first),
                tuple(rep.index for rep in last),
                tuple(one for one in found if one is not None),
            )
        )
    return tuple(compared)


def compare_sessions(
    first: Sequence[Rep], second: Sequence[Rep], exercise: ExerciseInfo
) -> tuple[Difference, ...]:
    """Compare repetitions of one leg in two sessions, in what was measured in both.

    The camera may have stood elsewhere, so the yaw of either session adds to the error. Empty when
    no view of one session is one of the other.
    """
    first, second = same_view(first, second)
    found = [_between_sessions(spec, first, second) for spec in _compared(exercise)]
    return tuple(one for one in found if one is not None)


def same_view(*groups: Sequence[Rep]) -> tuple[list[Rep], ...]:
    """Keep the repetitions of each group that were seen from one kind of view.

    The view that most of all repetitions were seen from, of those that every group has; all groups
    are empty when they share none.
    """
    shared = set.intersection(*({rep.view.kind for rep in group} for group in groups))
    counts = Counter(rep.view.kind for group in groups for rep in group if rep.view.kind in shared)
    chosen = counts.most_common(1)[0][0] if counts else None
    return tuple([rep for rep in group if rep.view.kind == chosen] for group in groups)


def names_known(exercise: ExerciseInfo) -> tuple[str, ...]:
    """List all that sessions may be compared by."""
    return tuple(spec.id for spec in _compared(exercise))


def direction(diff: Difference) -> Direction | None:
    """Return whether a change went towards the good band; ``None`` when it is not detected.

    ``other`` is a change of what is not judged, or within the good band.
    """
    if not diff.detected:
        return None
    before, now = (_outside(mean.value, diff.spec.limits) for mean in (diff.first, diff.second))
    if now == before:
        return "other"
    return "better" if now < before else "worse"


def _outside(value: float, limits: Limits | None) -> float:
    if limits is None:
        return 0.0
    low, high = limits.good_low, limits.good_high
    return max(0.0 if low is None else low - value, 0.0 if high is None else value - high, 0.0)


def _of(reps: Sequence[Rep], side: Stance) -> list[Rep]:
    return [rep for rep in reps if rep.stance_side == side and rep.stance_sure]


def _compared(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Judged measurements first, the form before the tempo, the whole repetition last.

    Of the durations only those that are judged: pauses are what a person makes of them.
    """
    chosen = [spec for spec in exercise.specs if spec.role != "tempo" or spec.limits is not None]
    chosen.sort(key=lambda spec: (spec.role == "tempo", spec.limits is None, spec.priority))
    return [*chosen, _REPETITION]


def _pairs_of_both(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Difference, ...]:
    """The knees of the same squats."""
    found = []
    by_id = {spec.id: spec for spec in exercise.specs}
    for left in _compared(exercise):
        right = by_id.get(left.id.replace("_left_", "_right_"))
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


def _within_set(spec: MeasureSpec, reps: Sequence[Rep], third: int) -> Difference | None:
    """The first third against the last: what is the same all through the set cancels."""
    steps = np.diff([one.value for one in _measured(reps, spec)])
    known = len(steps) >= LEAST_FOR_SCATTER - 1
    # From one repetition to the next, so that a steady change does not count as scatter.
    scatter = math.sqrt(float(np.mean(steps**2)) / 2.0) if known else None
    start, end = (_mean(part, spec, scatter) for part in (reps[:third], reps[-third:]))
    if start is None or end is None:
        return None
    errors = (start.varies, end.varies) if known else (start.error, end.error)
    detectable = max(spec.least_difference, _detectable(*errors))
    return Difference(spec, start, end, detectable)


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


@dataclass(frozen=True)
class _Measured:
    """One repetition's judged number, and the parts of its standard error without the yaw's."""

    value: float
    same: float
    varies: float


def _measured(reps: Sequence[Rep], spec: MeasureSpec) -> list[_Measured]:
    """The judged numbers of the repetitions that have one."""
    found = []
    for rep in reps:
        if spec is _REPETITION:
            found.append(_Measured(rep.end_s - rep.start_s, 0.0, _tempo_error_s(rep)))
            continue
        one = rep.measurements.get(spec.id, Measurement())
        if one.value is not None:
            same = max(0.0, (one.sem_set or 0.0) ** 2 - (one.sem_yaw or 0.0) ** 2)
            found.append(_Measured(one.value, math.sqrt(same), one.sem_rep or 0.0))
    return found


def _tempo_error_s(rep: Rep) -> float:
    """Standard error of a duration of the repetition; all of them have the same."""
    timed = [rep.measurements.get(part) for part in (DESCENT, BOTTOM, ASCENT, TOP)]
    known = [one.sem for one in timed if one is not None and one.sem is not None]
    return max(known, default=VALIDATED.still_s)


def _mean(reps: Sequence[Rep], spec: MeasureSpec, scatter: float | None = None) -> Mean | None:
    """Mean of the judged number; ``None`` when no repetition has it.

    ``scatter`` is how much it varies from repetition to repetition, where that is known better
    than from these repetitions alone.
    """
    found = _measured(reps, spec)
    if not found:
        return None
    values = [one.value for one in found]
    if scatter is None:
        scatter = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    same, varies = (
        float(np.mean([getattr(one, part) for one in found])) for part in ("same", "varies")
    )
    varies = math.hypot(varies, scatter) / math.sqrt(len(found))
    return Mean(float(np.mean(values)), same, varies, len(found))


@dataclass(frozen=True)
class _Yaw:
    """The effect of a degree of yaw on a leg's mean, the measured yaw, and its error."""

    effect: float = 0.0
    yaw_deg: float = 0.0
    sem_deg: float = 0.0


def _yaw(reps: Sequence[Rep], spec: MeasureSpec) -> _Yaw:
    seen = [
        (one.yaw_effect, rep.view.yaw_deg, or_nan(rep.view.yaw_sem_deg))
        for rep in reps
        if (one := rep.measurements.get(spec.id)) is not None
        and one.yaw_effect is not None
        and rep.view.yaw_deg is not None
    ]
    if not seen:
        return _Yaw()
    effect, yaw_deg, sem_deg = np.nan_to_num(np.array(seen)).mean(axis=0).tolist()
    return _Yaw(effect, yaw_deg, sem_deg)


def _detectable(*errors: float) -> float:
    return CONFIDENCE * math.hypot(*errors)


def _with_symmetry(found: Difference) -> Difference:
    """With the difference in % of the mean, for what has a zero: counts, depth and times."""
    has_zero = found.spec is _REPETITIONS or found.spec.role in ("depth", "tempo")
    mean = (found.first.value + found.second.value) / 2
    if not has_zero or not mean > 0:
        return found
    return replace(found, symmetry_pct=100.0 * found.difference / mean)

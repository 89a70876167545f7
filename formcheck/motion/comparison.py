"""Compare two groups of repetitions: left with right leg, start with end of a set, two sessions.

All functions are pure: repetitions in, ``Difference`` records out. A difference counts as
*detected* only when it is larger than the *detectable* difference: 1.96 standard errors of the
difference (two measurements of the same movement differ by more in one of twenty cases), and at
least the published detectable difference of the measurement.

The standard error of a single mean, the number after ±, is that of :mod:`formcheck.motion.means`.
The standard error of a *difference* is computed here:

- Errors that are the same in both groups cancel: within a set, all of the set's own error; between
  two sessions, the part that belongs to the person (``MeasureSpec.repeat_share`` is the part that
  remains when the same person is filmed again).
- How much the movement varies from repetition to repetition counts, divided by the root of their
  number. From five repetitions on this is their scatter about a straight line over the set, so that
  a steady change, as from fatigue, is not counted as scatter.

A number that changes steadily within a set (a *trend*) depends on how long the set is. When a
session has such a trend, only the first repetitions of each set are compared, as many as a third of
the shortest set.

How far a knee moves to the side depends on how deep the body goes. When the depths of the two
groups differ detectably, a measurement of the knee is compared at a fixed depth on the way down if
it was measured there in both groups; otherwise at the bottom, and the report says so.

Only repetitions seen from the same kind of view are compared: numbers from the front and from the
side are not the same quantities.

A yaw of the person (turn away from the camera) changes the angles of the two legs in opposite
directions, and does not matter within one set. Between the legs, the effect of the measured yaw
counts as one more standard error; between sessions, the effect of the difference of the two yaws. A
difference that the standard error of the yaw could explain is never detected. All three rules are
Our choice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from formcheck.motion.means import Mean, mean_of, root_mean_square
from formcheck.pose.profiles import VALIDATED

CONFIDENCE = 1.96
"""A difference is detected beyond so many of its standard errors, with 95 % confidence."""

REPETITION, REPETITIONS = "repetition_s", "repetitions"
"""Ids of what is compared besides the measurements: how long a whole repetition takes, and how many
repetitions there are."""

_REPETITION = MeasureSpec(
    id=REPETITION,
    title="Whole repetition",
    short_title="Repetition",
    unit="s",
    role="tempo",
    about="From the first to the last event of a repetition.",
)

LEAST_FOR_THIRDS, LEAST_FOR_SCATTER = 3, 5
"""Repetitions of one leg that a set needs to have a first and a last third; and that it needs for
their scatter to be used and for a trend to be looked for. With fewer than the second number, the
whole standard error counts between the thirds. Our choice."""

_IN_TWENTY, _IN_HUNDRED = 0.975, 0.995
"""Quantiles of Student's t for a chance of one in twenty and of one in a hundred, both tails
together. The second is for trends, which are looked for in every measurement of every set. Our
choice."""

Direction = Literal["better", "worse", "other"]
"""Whether a change went towards the good band, away from it, or neither."""


@dataclass(frozen=True)
class Difference:
    """The difference of one quantity between two groups of repetitions.

    Attributes
    ----------
    spec
        What is compared; for the two knees of a squat its title does not name the leg.
    first, second
        The means of the two groups, such as left and right leg, or first and last third.
    detectable
        The smallest difference that is beyond measurement error; 0 for a count.
    symmetry_pct
        Difference in % of the mean of both legs; only for counts, depth and times, ``None`` for
        everything else: an angle has no zero to take a percentage of.
    yaw_effect
        How much one degree of yaw changes the difference.
    first_reps
        How many first repetitions of each set are compared, because of a trend within a set; 0 for
        all repetitions.
    turned
        How much of the difference between two sessions the difference of their yaws may explain.
    limits
        The limits that say which direction is better; by default those of ``spec``. A measurement
        at a fixed depth uses the limits of the one that it replaces.
    depths_differ
        Whether it is compared at the bottom although the depths differ and it depends on the depth.
    """

    spec: MeasureSpec
    first: Mean
    second: Mean
    detectable: float
    symmetry_pct: float | None = None
    yaw_effect: float = 0.0
    first_reps: int = 0
    turned: float = 0.0
    limits: Limits | None = None
    depths_differ: bool = False

    @property
    def name(self) -> str:
        """Id of what is compared; at a fixed depth, the id of the measurement that it replaces."""
        return self.spec.at_depth_of or self.spec.id

    @property
    def difference(self) -> float:
        """``second`` minus ``first``."""
        return self.second.value - self.first.value

    @property
    def decimals(self) -> tuple[int, int]:
        """The number of decimals with which the first and the second mean are shown."""
        return decimals_for(self.first.value, self.spec), decimals_for(self.second.value, self.spec)

    @property
    def shown(self) -> float:
        """The difference of the two numbers as they are shown, rounded."""
        return shown_difference(self.first.value, self.second.value, self.decimals)

    @property
    def shown_pct(self) -> float | None:
        """``symmetry_pct`` computed from the rounded numbers that are shown."""
        if self.symmetry_pct is None:
            return None
        means = zip((self.first, self.second), self.decimals, strict=True)
        shown = sum(round(mean.value, places) for mean, places in means) / 2
        return 100.0 * self.shown / shown if shown else self.symmetry_pct

    @property
    def mostly_turned(self) -> bool:
        """Whether the difference of the yaws makes up most of the detectable difference."""
        return 2.0 * (CONFIDENCE * self.turned) ** 2 > self.detectable**2

    @property
    def detected(self) -> bool:
        """Whether the difference is larger than the detectable one."""
        return abs(self.difference) > self.detectable


Replacements = Mapping[str, MeasureSpec | None]
"""For each measurement that depends on depth, when the depths differ: the spec at a fixed depth
that replaces it; ``None`` when that was not measured in both groups."""


@dataclass(frozen=True)
class CommonBasis:
    """How several sessions are compared, so that any two of them are compared in the same way.

    Attributes
    ----------
    first_reps
        For each measurement with a trend, by id: how many first repetitions of each set count.
    replacements
        What is compared at a fixed depth because the depths differ.
    """

    first_reps: Mapping[str, int]
    replacements: Replacements


@dataclass(frozen=True)
class ThirdsComparison:
    """How one leg changed over a set: the first third compared with the last.

    ``first`` and ``last`` are the indices of the repetitions in them.
    """

    set_index: int
    side: Stance
    first: tuple[int, ...]
    last: tuple[int, ...]
    differences: tuple[Difference, ...]

    @property
    def detected(self) -> tuple[Difference, ...]:
        """The changes that are detected."""
        return tuple(found for found in self.differences if found.detected)


def compare_legs(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Difference, ...]:
    """Compare the left leg (first) with the right one (second).

    Parameters
    ----------
    reps
        Those of one session. Repetitions of one leg are compared with those of the other. For a
        squat, the measurements that belong to one leg are compared.
    exercise
        Has the specs of what was measured.

    Returns
    -------
    tuple
        One difference for each measurement of both legs, judged ones first; empty when there is
        nothing to compare.
    """
    left, right = same_view(_of_leg(reps, "left"), _of_leg(reps, "right"))
    if not (left and right):
        return _pairs_of_both(same_view(reps)[0], exercise)

    def between(spec: MeasureSpec) -> Difference | None:
        return _between_legs(spec, (left, spec), (right, spec))

    found = list(_differences(_compared(exercise), between, _replacements(exercise, between)))
    counts = [Mean(float(len(group)), 0.0, 0.0, len(group)) for group in (left, right)]
    found.insert(-1, Difference(_count_of(exercise), counts[0], counts[1], 0.0))
    return tuple(_with_symmetry(one) for one in found)


def compare_thirds(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[ThirdsComparison, ...]:
    """Compare the first third of each set with its last, separately for each leg.

    A third is rounded to whole repetitions. A leg with fewer than three repetitions is left out.
    """
    compared = []
    for set_index, side in dict.fromkeys((rep.set_index, rep.stance_side) for rep in reps):
        own = same_view([rep for rep in _of_leg(reps, side) if rep.set_index == set_index])[0]
        if len(own) < LEAST_FOR_THIRDS:
            continue
        third = round(len(own) / 3)
        first, last = own[:third], own[-third:]

        def between(
            spec: MeasureSpec, own: Sequence[Rep] = own, third: int = third
        ) -> Difference | None:
            return _within_set(spec, own, third)

        found = _differences(_within_a_set(exercise), between, _replacements(exercise, between))
        compared.append(
            ThirdsComparison(
                set_index,
                side,
                tuple(rep.index for rep in first),
                tuple(rep.index for rep in last),
                tuple(found),
            )
        )
    return tuple(compared)


def compare_sessions(
    first: Sequence[Rep],
    second: Sequence[Rep],
    exercise: ExerciseInfo,
    basis: CommonBasis | None = None,
) -> tuple[Difference, ...]:
    """Compare the repetitions of one leg in two sessions, in all that was measured in both.

    Parameters
    ----------
    first, second
        The repetitions of each session.
    exercise
        Has the specs of what was measured.
    basis
        How they are compared; by default what :func:`common_basis` finds for the two.

    Returns
    -------
    tuple
        One difference for each measurement; empty when the sessions share no kind of view.
    """
    first, second = same_view(first, second)
    chosen = common_basis((first, second), exercise) if basis is None else basis

    def between(spec: MeasureSpec) -> Difference | None:
        return _between_sessions(spec, first, second, chosen.first_reps.get(spec.id, 0))

    return tuple(_differences(_compared(exercise), between, chosen.replacements))


def compare_reps(first: Rep, second: Rep, exercise: ExerciseInfo) -> tuple[Difference, ...]:
    """Compare two repetitions of one leg in one session, in all that was measured in both.

    Their whole standard errors count, as between the thirds of a short set: two repetitions chosen
    as the best and the worst differ by more than ordinary scatter. The result is empty when they
    were seen from different kinds of view.
    """
    if first.view.kind != second.view.kind:
        return ()

    def between(spec: MeasureSpec) -> Difference | None:
        return _within_set(spec, (first, second), 1)

    return tuple(_differences(_within_a_set(exercise), between, _replacements(exercise, between)))


def common_basis(sessions: Sequence[Sequence[Rep]], exercise: ExerciseInfo) -> CommonBasis:
    """Find how sessions are to be compared with the first of them.

    A measurement with a trend in any set is compared in as many first repetitions as a third of the
    shortest set. A measurement of the knee is compared at a fixed depth when the depth of any
    session differs detectably from that of the first, provided that all sessions with the
    measurement have it at that depth.
    """
    sets = [part for reps in sessions for part in _sets(reps)]
    shortest = min((len(part) for part in sets), default=0)
    at_depth = _at_depth(exercise)
    first_reps = {
        spec.id: max(1, round(shortest / 3))
        for spec in (*_compared(exercise), *at_depth.values())
        if any(_has_trend(part, spec) for part in sets)
    }

    def deeper(first: Sequence[Rep], second: Sequence[Rep]) -> bool:
        first, second = same_view(first, second)
        found = (
            _between_sessions(spec, first, second, first_reps.get(spec.id, 0))
            for spec in _depths(exercise)
        )
        return any(one is not None and one.detected for one in found)

    replacements: dict[str, MeasureSpec | None] = {}
    for spec in _of_the_knee(exercise):
        having = [reps for reps in sessions if _measured(reps, spec)]
        if not any(deeper(having[0], reps) for reps in having[1:]):
            continue
        other = at_depth.get(spec.id)
        everywhere = other is not None and all(_measured(reps, other) for reps in having)
        replacements[spec.id] = other if everywhere else None
    return CommonBasis(first_reps, replacements)


def same_view(*groups: Sequence[Rep]) -> tuple[list[Rep], ...]:
    """Return each group with only the repetitions of one kind of view.

    That is the kind with the most repetitions among those that every group has. All groups are
    empty when they share none.
    """
    shared = set.intersection(*({rep.view.kind for rep in group} for group in groups))
    counts = Counter(rep.view.kind for group in groups for rep in group if rep.view.kind in shared)
    chosen = counts.most_common(1)[0][0] if counts else None
    return tuple([rep for rep in group if rep.view.kind == chosen] for group in groups)


def names_known(exercise: ExerciseInfo) -> tuple[str, ...]:
    """Return the ids of all that sessions may be compared by."""
    return tuple(spec.id for spec in _compared(exercise))


def direction(diff: Difference) -> Direction | None:
    """Return whether a change went towards the good band; ``None`` when it is not detected.

    ``other`` is a change of something that is not judged, or within the good band.
    """
    if not diff.detected:
        return None
    if diff.spec.more_is_better:
        return "better" if diff.difference > 0 else "worse"
    limits = diff.limits or diff.spec.limits
    before, now = (_outside(mean.value, limits) for mean in (diff.first, diff.second))
    if now == before:
        return "other"
    return "better" if now < before else "worse"


def _outside(value: float, limits: Limits | None) -> float:
    """Return how far a value is outside the good band; 0 inside or without limits."""
    if limits is None:
        return 0.0
    low, high = limits.good_low, limits.good_high
    return max(0.0 if low is None else low - value, 0.0 if high is None else value - high, 0.0)


def _of_leg(reps: Sequence[Rep], side: Stance) -> list[Rep]:
    """Return the repetitions that were certainly done with one leg."""
    return [rep for rep in reps if rep.stance_side == side and rep.stance_sure]


def _compared(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Return what is compared: form before tempo, judged before unjudged, whole repetition last.

    Durations are compared only when they are judged, or for a hold: how long a person pauses is
    their choice. The number of steps is left out, as the stairs decide it. Measurements at a fixed
    depth only replace others.
    """
    chosen = [
        spec
        for spec in exercise.specs
        if (spec.role != "tempo" or spec.limits is not None or exercise.is_held)
        and spec.at_depth_of is None
        and not spec.is_count
    ]
    chosen.sort(key=lambda spec: (spec.role == "tempo", spec.limits is None, spec.priority))
    return [*chosen, _REPETITION] if exercise.kind == "reps" else chosen


def _count_of(exercise: ExerciseInfo) -> MeasureSpec:
    """Return a spec for comparing the number of repetitions, or of holds."""
    title = f"{exercise.effort}s".capitalize()
    return MeasureSpec(id=REPETITIONS, title=title, short_title=title, decimals=0)


def _within_a_set(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Return what is compared within a set: also the time of the way down where it is not judged.

    A person who tires or loses interest goes down faster.
    """
    compared = _compared(exercise)
    ways = [one for one in exercise.specs if one.id == DESCENT and one not in compared]
    return [*compared[:-1], *ways, compared[-1]]


def _depths(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Return the measurements of depth."""
    return [spec for spec in _compared(exercise) if spec.role == "depth"]


def _of_the_knee(exercise: ExerciseInfo) -> list[MeasureSpec]:
    """Return the measurements of the knee, which depend on the depth."""
    return [spec for spec in _compared(exercise) if spec.role == "knee"]


def _at_depth(exercise: ExerciseInfo) -> dict[str, MeasureSpec]:
    """Return the measurements at a fixed depth, by the id of the one that each replaces."""
    return {spec.at_depth_of: spec for spec in exercise.specs if spec.at_depth_of is not None}


Between = Callable[[MeasureSpec], Difference | None]
"""Returns the difference of two groups in one measurement; ``None`` when either lacks it."""


def _replacements(exercise: ExerciseInfo, between: Between) -> Replacements:
    """Return what is compared at a fixed depth; empty when the depths do not differ."""
    depths = (between(spec) for spec in _depths(exercise))
    if not any(one is not None and one.detected for one in depths):
        return {}
    at_depth = {one.at_depth_of: one for one in _at_depth(exercise).values() if between(one)}
    return {spec.id: at_depth.get(spec.id) for spec in _of_the_knee(exercise)}


def _differences(
    specs: Sequence[MeasureSpec], between: Between, replacements: Replacements
) -> Iterator[Difference]:
    """Yield the differences of two groups in all measurements that both have."""
    for spec in specs:
        other = replacements.get(spec.id)
        found = between(other or spec)
        if found is not None and other is not None:
            yield replace(found, limits=spec.limits)
        elif found is not None:
            yield replace(found, depths_differ=spec.id in replacements)


def _pairs_of_both(reps: Sequence[Rep], exercise: ExerciseInfo) -> tuple[Difference, ...]:
    """Compare the left with the right knee of the same squats."""
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
    """Compare two legs; each is given by its repetitions and the spec of its measurement."""
    first, second = (mean_of(_measured(*leg)) for leg in (left, right))
    if first is None or second is None:
        return None
    turned = [_yaw(*leg) for leg in (left, right)]
    shift = sum(leg.effect * leg.yaw_deg for leg in turned)
    unsure = sum(leg.effect * leg.sem_deg for leg in turned)
    spreads = [_spread([leg[0]], leg[1])[0] for leg in (left, right)]
    errors = [
        math.hypot(_same_without_yaw(*leg), spread / math.sqrt(mean.count))
        for leg, spread, mean in zip((left, right), spreads, (first, second), strict=True)
    ]
    detectable = max(spec.least_difference, _detectable(*errors, shift), unsure)
    effect = sum(leg.effect for leg in turned)
    return Difference(spec, first, second, detectable, yaw_effect=effect)


def _within_set(spec: MeasureSpec, reps: Sequence[Rep], third: int) -> Difference | None:
    """Compare the first third of a set with the last; errors common to the set cancel."""
    parts = (reps[:third], reps[-third:])
    start, end = (mean_of(_measured(part, spec)) for part in parts)
    if start is None or end is None:
        return None
    steps = np.diff([or_nan(one.value) for one in _measured(reps, spec)])
    if len(steps) >= LEAST_FOR_SCATTER - 1:
        # From one repetition to the next, so that a steady change does not count as scatter.
        scatter = math.sqrt(float(np.mean(steps**2)) / 2.0)
        noise = [mean.varies * math.sqrt(mean.count) for mean in (start, end)]
        errors = [
            max(scatter, one) / math.sqrt(mean.count)
            for one, mean in zip(noise, (start, end), strict=True)
        ]
    else:
        errors = [
            math.hypot(_same_without_yaw(part, spec), mean.varies)
            for part, mean in zip(parts, (start, end), strict=True)
        ]
    return Difference(spec, start, end, max(spec.least_difference, _detectable(*errors)))


def _between_sessions(
    spec: MeasureSpec, first: Sequence[Rep], second: Sequence[Rep], first_reps: int
) -> Difference | None:
    """Compare the means of two sessions of the same person."""
    chosen = [_starts(reps, first_reps) if first_reps else reps for reps in (first, second)]
    before, after = (mean_of(_measured(reps, spec)) for reps in chosen)
    if before is None or after is None:
        return None
    spread, freedom = _spread([*_sets(first), *_sets(second)], spec)
    # With too few repetitions to know how much the movement varies, the whole error counts.
    share = spec.repeat_share if freedom else 1.0
    again = [share * _same_without_yaw(reps, spec) for reps in (first, second)]
    # Few repetitions say little about their scatter; Student's t allows for that.
    wider = _student_t(freedom, _IN_TWENTY) / CONFIDENCE if freedom else 1.0
    varies = [wider * spread / math.sqrt(mean.count) for mean in (before, after)]
    turned = [_yaw(reps, spec) for reps in (first, second)]
    shift = turned[1].effect * turned[1].yaw_deg - turned[0].effect * turned[0].yaw_deg
    unsure = math.hypot(*(session.effect * session.sem_deg for session in turned))
    detectable = max(spec.least_difference, _detectable(*again, *varies, shift), unsure)
    return Difference(spec, before, after, detectable, first_reps=first_reps, turned=abs(shift))


def _measured(reps: Sequence[Rep], spec: MeasureSpec) -> list[Measurement]:
    """Return the measurement of each repetition that has one."""
    if spec.id == REPETITION:
        return [
            Measurement(value=rep.end_s - rep.start_s, sem_set=0.0, sem_rep=_tempo_error_s(rep))
            for rep in reps
        ]
    found = (rep.measurements.get(spec.id, Measurement()) for rep in reps)
    return [one for one in found if one.value is not None]


def _tempo_error_s(rep: Rep) -> float:
    """Return the largest standard error among the durations of the repetition."""
    timed = [rep.measurements.get(part) for part in (DESCENT, BOTTOM, ASCENT, TOP)]
    known = [one.sem for one in timed if one is not None and one.sem is not None]
    return max(known, default=VALIDATED.still_s)


def _same_without_yaw(reps: Sequence[Rep], spec: MeasureSpec) -> float:
    """Return the error that is the same all through a set, without the part from the yaw."""
    found = _measured(reps, spec)
    squares = [max(0.0, (one.sem_set or 0.0) ** 2 - (one.sem_yaw or 0.0) ** 2) for one in found]
    return root_mean_square([math.sqrt(square) for square in squares])


def _sets(reps: Sequence[Rep]) -> list[list[Rep]]:
    """Return the repetitions of each set, in order."""
    numbers = dict.fromkeys(rep.set_index for rep in reps)
    return [[rep for rep in reps if rep.set_index == number] for number in numbers]


def _starts(reps: Sequence[Rep], count: int) -> list[Rep]:
    """Return the first ``count`` repetitions of each set."""
    return [rep for part in _sets(reps) for rep in part[:count]]


def _spread(sets: Sequence[Sequence[Rep]], spec: MeasureSpec) -> tuple[float, int]:
    """Return how much the number varies from repetition to repetition, with degrees of freedom.

    The scatter is about a line over each set from five repetitions on, otherwise about the mean of
    the set. It is never less than the known error that varies (``sem_rep``).
    """
    square, freedom = 0.0, 0
    noise = []
    for reps in sets:
        found = _measured(reps, spec)
        noise += [one.sem_rep or 0.0 for one in found]
        if len(found) > 1:
            line = _line(found)
            square += line.residual
            freedom += line.freedom
    scatter = math.sqrt(square / freedom) if freedom else 0.0
    return max(scatter, root_mean_square(noise)), freedom


@dataclass(frozen=True)
class _Line:
    """A straight line through the numbers of a set, or their mean when they are few.

    ``slope`` is per repetition; ``residual`` is the sum of squares about the line, with
    ``freedom`` degrees of freedom.
    """

    slope: float
    residual: float
    freedom: int


def _line(found: Sequence[Measurement]) -> _Line:
    """Fit the line by least squares."""
    values = np.array([or_nan(one.value) for one in found])
    if len(values) < LEAST_FOR_SCATTER:
        return _Line(0.0, float(np.sum((values - values.mean()) ** 2)), len(values) - 1)
    place = np.arange(len(values)) - (len(values) - 1) / 2.0
    slope = float(place @ values) / float(place @ place)
    residual = float(np.sum((values - values.mean() - slope * place) ** 2))
    return _Line(slope, residual, len(values) - 2)


def _has_trend(reps: Sequence[Rep], spec: MeasureSpec) -> bool:
    """Return whether a number changes steadily over a set; by chance one set in 100 does."""
    found = _measured(reps, spec)
    if len(found) < LEAST_FOR_SCATTER:
        return False
    line = _line(found)
    noise = root_mean_square([one.sem_rep or 0.0 for one in found])
    scatter = max(math.sqrt(line.residual / line.freedom), noise)
    count = len(found)
    error = scatter / math.sqrt((count**3 - count) / 12.0)
    return abs(line.slope) > _student_t(line.freedom, _IN_HUNDRED) * error


def _student_t(freedom: float, probability: float) -> float:
    """Return the quantile of Student's t distribution with so many degrees of freedom."""
    from scipy.special import stdtrit  # heavy, and not needed to show a session

    return float(stdtrit(freedom, probability))


@dataclass(frozen=True)
class _Yaw:
    """The effect of one degree of yaw on the mean of a leg, the measured yaw, and its error."""

    effect: float = 0.0
    yaw_deg: float = 0.0
    sem_deg: float = 0.0


def _yaw(reps: Sequence[Rep], spec: MeasureSpec) -> _Yaw:
    """Return the yaw and its effect, averaged over the repetitions; 0 where it has none."""
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
    """Return the detectable difference for independent standard errors."""
    return CONFIDENCE * math.hypot(*errors)


def _with_symmetry(found: Difference) -> Difference:
    """Add the difference in % of the mean, for quantities with a zero: counts, depth and times."""
    has_zero = found.spec.id == REPETITIONS or found.spec.role in ("depth", "tempo")
    mean = (found.first.value + found.second.value) / 2
    if not has_zero or not mean > 0:
        return found
    return replace(found, symmetry_pct=100.0 * found.difference / mean)

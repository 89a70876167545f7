"""From measured numbers to grades (good, watch, fault): the only place where anything is judged.

Each measurement has limits that make three bands. Its grade is the band in which its number lies,
and how sure the grade is follows from the probability of that band, with a normal error around the
number. From the grades of its measurements a repetition gets a *verdict* on its form and one on its
tempo, and a session its counts and advice. Reports, films and the history show what is decided here
and never judge again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from formcheck.data.session import (
    Advice,
    Flight,
    Grade,
    Limits,
    Measurement,
    MeasureSpec,
    Pooled,
    Rep,
    Stance,
    Summary,
    Sureness,
    Tally,
    Verdict,
    View,
    judges_tempo,
)
from formcheck.motion.means import mean_of

SURE_FROM = 0.9
UNCLEAR_BELOW = 0.65
"""A grade is sure when its band has at least the first probability. Below the second it is unclear,
and the other likely grade is named. Set on 83 rendered people (docs/accuracy.md) so that 95 % of
the sure grades are right and 75 % of the probable ones, with a margin for new people."""

NEAR_SHARE = 0.5
"""A good value is near a limit within this share of the width of the watch band beyond it. Our
choice."""

MOST_ADVICE = 2
"""Pieces of advice in a session: a person can change one or two things at a time. Our choice."""

GRADES: tuple[Grade, ...] = ("good", "watch", "fault")
"""From best to worst."""

_LEAST_SEM = 1e-9
"""Stands in for a standard error of 0."""


# --- one measurement -------------------------------------------------------------------------


def band_of(value: float, limits: Limits) -> Grade:
    """Return the band in which a value lies."""
    if _inside(value, limits.good_low, limits.good_high):
        return "good"
    return "watch" if _inside(value, limits.watch_low, limits.watch_high) else "fault"


def probabilities(value: float, sem: float, limits: Limits) -> dict[Grade, float]:
    """Return the probability of each band, for a normal error around the value."""
    good = _within(value, sem, limits.good_low, limits.good_high)
    up_to_watch = max(good, _within(value, sem, limits.watch_low, limits.watch_high))
    return {"good": good, "watch": up_to_watch - good, "fault": 1.0 - up_to_watch}


def judged(measurement: Measurement, spec: MeasureSpec, at_s: float | None = None) -> Measurement:
    """Return the measurement with its grade, how sure it is, and its cue.

    Without a value, an error or limits it is returned unchanged, without a grade.

    Parameters
    ----------
    measurement
        With ``value`` and ``sem``.
    spec
        Its definition, with limits and cues.
    at_s
        When it was furthest from what is good, in seconds.
    """
    value, sem, limits = measurement.value, measurement.sem, spec.limits
    if value is None or sem is None or limits is None:
        return measurement
    chances = probabilities(value, sem, limits)
    grade = band_of(value, limits)
    sure, or_else = how_sure(grade, chances)
    return msgspec.structs.replace(
        measurement,
        p_good=chances["good"],
        p_watch=chances["watch"],
        p_fault=chances["fault"],
        grade=grade,
        sure=sure,
        or_else=or_else,
        cue=cue_for(value, grade, spec),
        at_s=at_s,
    )


def how_sure(grade: Grade, chances: Mapping[Grade, float]) -> tuple[Sureness, Grade | None]:
    """Return how sure a grade is, and the other likely one when it is unclear."""
    chance = chances[grade]
    if chance >= SURE_FROM:
        return "sure", None
    if chance >= UNCLEAR_BELOW:
        return "probably", None
    return "unclear", max((one for one in GRADES if one != grade), key=lambda one: chances[one])


def cue_for(value: float, grade: Grade, spec: MeasureSpec) -> str:
    """Return the cue for a value outside the good band; empty for a good one."""
    if grade == "good" or spec.limits is None:
        return ""
    low = spec.limits.good_low
    return spec.cue_low if low is not None and value < low else spec.cue_high


def cue_sureness(*needs: float) -> Sureness:
    """Return how sure it is that a cue is needed.

    A number on the border of watch and fault has an unclear grade, but surely needs its cue.

    Parameters
    ----------
    needs
        Probabilities that a number is not good, at least one; the largest counts.
    """
    need = max(needs)
    return "sure" if need >= SURE_FROM else "probably" if need >= UNCLEAR_BELOW else "unclear"


def surest(found: Iterable[Sureness]) -> Sureness:
    """Return the highest of some degrees of sureness, at least one."""
    return min(found, key=("sure", "probably", "unclear").index)


def cue_of(rep: Rep, verdict: Verdict) -> tuple[str, Sureness]:
    """Return the cue of a verdict (empty when it has none) and how sure it is that it is needed."""
    if verdict.decided_by is None or not verdict.cue:
        return "", "sure"
    p_good = rep.measurements[verdict.decided_by].p_good
    return verdict.cue, cue_sureness(1.0 - (p_good or 0.0))


def is_unclear_good(verdict: Verdict) -> bool:
    """Return whether a verdict is good but unclear: close to a limit, or hard to see."""
    return verdict.grade == "good" and verdict.sure == "unclear"


def is_near_limit(value: float, limits: Limits) -> bool:
    """Return whether a good value is near a limit, relative to the bands and whatever its error."""
    ends = ((limits.good_low, limits.watch_low), (limits.good_high, limits.watch_high))
    return any(
        abs(value - end) <= NEAR_SHARE * abs(beyond - end)
        for end, beyond in ends
        if end is not None and beyond is not None
    )


# --- one repetition --------------------------------------------------------------------------


def form_of(rep: Rep, specs: Sequence[MeasureSpec]) -> Verdict:
    """Judge the form of a repetition: all its judged measurements except the durations."""
    return _verdict(rep, [spec for spec in specs if spec.role != "tempo"])


def is_asked(rep: Rep, spec: MeasureSpec) -> bool:
    """Whether a measurement is asked of this effort; that of the other leg or way is not."""
    if spec.id in rep.measurements:
        return True
    of_other_leg = spec.side is not None and rep.stance_side not in (spec.side, "both")
    return not (of_other_leg or isinstance(rep, Flight))


def asks_form(rep: Rep, specs: Iterable[MeasureSpec]) -> bool:
    """Return whether anything of its form is judged; for a flight up the stairs nothing is."""
    return any(
        spec.limits is not None and spec.role != "tempo" and spec.id in rep.measurements
        for spec in specs
    )


def tempo_of(rep: Rep, specs: Sequence[MeasureSpec]) -> Verdict:
    """Judge the tempo of a repetition: its durations that have limits."""
    return _verdict(rep, [spec for spec in specs if spec.role == "tempo"])


def worst_first(
    found: Iterable[tuple[MeasureSpec, Measurement]],
) -> list[tuple[MeasureSpec, Measurement]]:
    """Sort graded measurements, the worst grade first; those without a grade are left out.

    Among equal grades, the expected badness decides (watch counts 1 and fault 2, each times its
    probability). So a number close to a fault comes before one close to good, and of the good ones
    the least certain comes first. After that, the priority of the cue decides.
    """

    def rank(item: tuple[MeasureSpec, Measurement]) -> tuple[int, float, int]:
        spec, one = item
        expected = (one.p_watch or 0.0) + 2.0 * (one.p_fault or 0.0)
        return GRADES.index(one.grade or "good"), expected, -spec.priority

    graded = [(spec, one) for spec, one in found if one.grade is not None]
    return sorted(graded, key=rank, reverse=True)


def _verdict(rep: Rep, specs: Sequence[MeasureSpec]) -> Verdict:
    """Return the verdict over those of the measurements that can be judged from the rep's view."""
    return verdict_of(rep.measurements, [spec for spec in specs if is_judged_from(spec, rep.view)])


def verdict_of(found: Mapping[str, Measurement], asked: Sequence[MeasureSpec]) -> Verdict:
    """Combine the grades of measurements into one verdict: the worst grade decides.

    Parameters
    ----------
    found
        The measurements by id.
    asked
        The definitions of all that should have been measured and judged.
    """
    have = [(spec, found.get(spec.id, Measurement())) for spec in asked]
    graded = worst_first(have)
    missing = tuple(spec.id for spec, one in have if one.grade is None)
    if not graded:
        return Verdict(complete=False, not_seen=missing)
    spec, deciding = graded[0]
    grade = deciding.grade or "good"
    p_good = math.prod(one.p_good or 0.0 for _, one in graded)
    p_fault = 1.0 - math.prod(1.0 - (one.p_fault or 0.0) for _, one in graded)
    chances: dict[Grade, float] = {
        "good": p_good,
        "watch": max(0.0, 1.0 - p_good - p_fault),
        "fault": p_fault,
    }
    # "All good" is as sure as all numbers together; a watch or a fault as sure as the number with
    # it.
    good = grade == "good"
    sure, or_else = how_sure(grade, chances) if good else (deciding.sure, deciding.or_else)
    return Verdict(
        grade=grade,
        sure=sure,
        or_else=or_else,
        p_good=p_good,
        p_watch=chances["watch"],
        p_fault=p_fault,
        complete=not missing,
        decided_by=spec.id,
        cue=deciding.cue,
        at_s=deciding.at_s,
        not_seen=missing,
    )


def is_wholly_good(rep: Rep) -> bool:
    """Return whether all that should be judged was judged and was good, in form and tempo.

    When the exercise does not judge the tempo, the form alone counts.
    """
    asked = [verdict for verdict in (rep.form, rep.tempo) if verdict.grade or verdict.not_seen]
    return rep.form.grade == "good" and all(one.grade == "good" and one.complete for one in asked)


def deserves_praise(rep: Rep) -> bool:
    """Return whether a repetition is good in everything, and no verdict is unclear."""
    return is_wholly_good(rep) and "unclear" not in (rep.form.sure, rep.tempo.sure)


def seen_from(spec: MeasureSpec, view: View) -> bool:
    """Return whether a measurement can be made from this view."""
    return not spec.views or view.kind in spec.views


def is_judged_from(spec: MeasureSpec, view: View) -> bool:
    """Return whether a measurement has limits and can be made from this view."""
    return spec.limits is not None and seen_from(spec, view)


# --- a set -----------------------------------------------------------------------------------


def tally(verdicts: Iterable[Verdict], *, asked: bool = True) -> Tally:
    """Count verdicts by grade; headline, tables, history and live screen all use this count.

    ``asked`` is false for what is not judged at all, such as the tempo of an exercise without
    limits for it. All counts are then 0: such repetitions do not count as "not judged".
    """
    if not asked:
        return Tally()
    counts = dict.fromkeys(("good", "partly", "watch", "fault", "not_judged"), 0)
    for verdict in verdicts:
        if verdict.grade is None:
            counts["not_judged"] += 1
        elif verdict.grade == "good" and not verdict.complete:
            counts["partly"] += 1
        else:
            counts[verdict.grade] += 1
    return Tally(**counts)


def pool(reps: Sequence[Rep], spec: MeasureSpec, side: Stance) -> Pooled | None:
    """Return one measurement averaged over the repetitions of one leg; ``None`` when none has it.

    The error that varies from repetition to repetition averages out; the error that is the same all
    through a set (person, camera) does not.
    """
    found = [
        (rep.index, one)
        for rep in reps
        if rep.stance_side == side
        and (one := rep.measurements.get(spec.id)) is not None
        and one.value is not None
    ]
    mean = mean_of([one for _, one in found])
    if mean is None:
        return None
    bottoms = [one.at_bottom for _, one in found if one.at_bottom is not None]
    whole = judged(Measurement(value=mean.value, sem=mean.error), spec)
    return Pooled(
        measure=spec.id,
        side=side,
        count=mean.count,
        value=mean.value,
        at_bottom=sum(bottoms) / len(bottoms) if bottoms else None,
        sem=mean.error,
        p_good=whole.p_good,
        p_watch=whole.p_watch,
        p_fault=whole.p_fault,
        grade=whole.grade,
        sure=whole.sure,
        or_else=whole.or_else,
        cue=whole.cue,
        reps=tuple(index for index, one in found if one.grade not in (None, "good")),
    )


def summarize(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> Summary:
    """Sum up a session: counts, pooled measurements, advice, and what was not measured."""
    sides: list[Stance] = list(dict.fromkeys(rep.stance_side for rep in reps))
    pooled = [
        found for side in sides for spec in specs if (found := pool(reps, spec, side)) is not None
    ]
    own = {side: [rep for rep in reps if rep.stance_side == side] for side in sides}
    timed = judges_tempo(specs)
    return Summary(
        reps_by_side={side: len(own[side]) for side in sides},
        form=tally(rep.form for rep in reps if asks_form(rep, specs)),
        tempo=tally((rep.tempo for rep in reps), asked=timed),
        form_by_side={
            side: tally(rep.form for rep in own[side] if asks_form(rep, specs)) for side in sides
        },
        tempo_by_side={
            side: tally((rep.tempo for rep in own[side]), asked=timed) for side in sides
        },
        pooled=tuple(pooled),
        advice=advice(reps, specs),
        not_measured=not_measured(reps, specs),
    )


def advice(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> tuple[Advice, ...]:
    """Return what to change, most important first; at most two, see :func:`findings`."""
    by_id = {spec.id: spec for spec in specs}
    chosen: list[Advice] = []
    for one in findings(reps, specs):
        spec = by_id[one.measure]
        if not any(_about_the_same(spec, by_id[other.measure]) for other in chosen):
            chosen.append(one)
    return tuple(chosen[:MOST_ADVICE])


def findings(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> tuple[Advice, ...]:
    """Return what is not good in a set, each cue once, the most important first.

    Headline and advice are made from it. The order is: cues that decided a verdict which is surely
    not good; those that decided one which is less sure; all others. Within these, the cue that
    more repetitions are expected to need comes first (the sum of their probabilities of not being
    good). Each is as sure as the repetition, or the mean of a leg, that most clearly needs it.
    """
    decided = _needs_by_verdict(reps, specs)
    every = _needs_by_measurement(reps, specs)
    found = []
    for cue in every:
        needs = decided.get(cue) or every[cue]
        chances = [need.probability for need in needs.values()]
        most = max(needs.values(), key=lambda need: (need.probability, -need.spec.priority))
        sure = cue_sureness(*chances, *_pooled_needs(reps, most.spec, cue))
        advised = Advice(cue=cue, measure=most.spec.id, sure=sure, reps=tuple(sorted(needs)))
        tier = 2 if cue not in decided else 0 if cue_sureness(most.probability) == "sure" else 1
        rank = (tier, -sum(chances), most.spec.priority, -most.probability)
        found.append((rank, advised))
    return tuple(advised for _, advised in sorted(found, key=lambda item: item[0]))


def sureness_in_each(advice: Advice, reps: Sequence[Rep]) -> dict[Sureness, tuple[int, ...]]:
    """Return the indices of the repetitions that need an advice, by how sure that is for each.

    It is what the report says at each repetition; the advice for the whole set may be surer.
    """
    found: dict[Sureness, list[int]] = {"sure": [], "probably": [], "unclear": []}
    for rep in reps:
        if rep.index in advice.reps:
            found[_sureness_in(rep, advice)].append(rep.index)
    return {sure: tuple(indices) for sure, indices in found.items() if indices}


def _sureness_in(rep: Rep, advice: Advice) -> Sureness:
    """Return how sure it is that a repetition needs the advice, by its verdict or its numbers."""
    for verdict in (rep.form, rep.tempo):
        if verdict.decided_by is not None and verdict.cue == advice.cue:
            return cue_of(rep, verdict)[1]
    asking = [one for one in rep.measurements.values() if one.cue == advice.cue]
    needs = [1.0 - (one.p_good or 0.0) for one in asking]
    return cue_sureness(*needs) if needs else advice.sure


def _pooled_needs(reps: Sequence[Rep], spec: MeasureSpec, cue: str) -> list[float]:
    """Return how likely the mean of each leg needs the cue, for the legs whose mean has it."""
    sides = dict.fromkeys(rep.stance_side for rep in reps)
    pooled = (pool(reps, spec, side) for side in sides)
    return [
        1.0 - (whole.p_good or 0.0) for whole in pooled if whole is not None and whole.cue == cue
    ]


class _Need(NamedTuple):
    """How likely a repetition needs a cue, and the measurement that asks for it."""

    probability: float
    spec: MeasureSpec


_Needs = dict[str, dict[int, _Need]]
"""By the text of the cue, and by the index of the repetition."""


def _needs_by_verdict(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> _Needs:
    """Return the cues that decided a verdict."""
    by_id = {spec.id: spec for spec in specs}
    needs: _Needs = {}
    for rep in reps:
        for verdict in (rep.form, rep.tempo):
            if verdict.decided_by is not None and verdict.cue:
                p_good = rep.measurements[verdict.decided_by].p_good or 0.0
                need = _Need(1.0 - p_good, by_id[verdict.decided_by])
                needs.setdefault(verdict.cue, {})[rep.index] = need
    return needs


def _needs_by_measurement(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> _Needs:
    """Return the cues of all measurements; in each repetition the one that needs it most."""
    needs: _Needs = {}
    for rep in reps:
        for spec in specs:
            one = rep.measurements.get(spec.id)
            if one is None or not one.cue:
                continue
            own = needs.setdefault(one.cue, {})
            need = _Need(1.0 - (one.p_good or 0.0), spec)
            if rep.index not in own or need.probability > own[rep.index].probability:
                own[rep.index] = need
    return needs


def _about_the_same(first: MeasureSpec, second: MeasureSpec) -> bool:
    """Return whether two measurements are about the same part of the body.

    One that belongs to no side counts for either side.
    """
    if first.role != second.role or (first.role == "other" and first.id != second.id):
        return False
    sides = {first.side, second.side}
    return None in sides or len(sides) == 1


def not_measured(reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> dict[str, str]:
    """Return why measurements are missing, by id; with the repetitions unless it is all of them."""
    reasons: dict[str, str] = {}
    for spec in specs:
        # Reasons that differ only in a number are given once, with the number of the first one.
        alike: dict[str, tuple[str, list[int]]] = {}
        for rep in reps:
            one = rep.measurements.get(spec.id)
            if one is not None and one.not_measured is not None:
                kind = re.sub(r"\d+", "#", one.not_measured)
                alike.setdefault(kind, (one.not_measured, []))[1].append(rep.index)
        found = list(alike.values())
        if len(found) == 1 and len(found[0][1]) == len(reps):
            reasons[spec.id] = found[0][0]
        elif found:
            reasons[spec.id] = "; ".join(
                f"{numbered(own, reps[0].name)}: {reason}" for reason, own in found
            )
    return reasons


def numbered(indices: Iterable[int], name: str = "rep") -> str:
    """Name repetitions (or holds): ``rep 2``, ``reps 2 and 3``, ``reps 1, 2 and 4``."""
    numbers = [str(index) for index in sorted(set(indices))]
    if len(numbers) == 1:
        return f"{name} {numbers[0]}"
    return f"{name}s {', '.join(numbers[:-1])} and {numbers[-1]}"


# --- arithmetic ------------------------------------------------------------------------------


def _inside(value: float, low: float | None, high: float | None) -> bool:
    """Return whether a value lies in a band; ``None`` is an open end."""
    return (low is None or value >= low) and (high is None or value <= high)


def _within(value: float, sem: float, low: float | None, high: float | None) -> float:
    """Return the probability that the true value lies in a band."""
    below = 0.0 if low is None else _normal_cdf((low - value) / max(sem, _LEAST_SEM))
    up_to = 1.0 if high is None else _normal_cdf((high - value) / max(sem, _LEAST_SEM))
    return max(0.0, up_to - below)


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))

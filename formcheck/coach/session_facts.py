"""What advice reads of a past session: grades, what was entered, and how much was done."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import msgspec

from formcheck.coach.advice_rules import (
    GOOD_SHARE,
    HOLD_S,
    LONGEST_HOLD_S,
    PAIN_IDEAL,
    POOR_SHARE,
    TIMED_WITHIN_S,
)
from formcheck.data.session import (
    HELD,
    HELD_WELL,
    MeasureSpec,
    Rep,
    Tally,
    Training,
    ViewKind,
    judges_tempo,
)
from formcheck.motion.main_view import main_view
from formcheck.motion.verdicts import tally


@dataclass(frozen=True)
class Facts:
    """One past session of one leg.

    Attributes
    ----------
    day
        Date of the session, ``YYYY-MM-DD``.
    training
        Step height, load and pain as entered.
    form, tempo
        Count of repetitions by grade.
    upright
        Whether the trunk stayed within its limits throughout; ``None`` when it was not judged.
    tempo_asked
        Whether the exercise judged the tempo at all.
    view
        Where the camera stood: the front shows the knees, the side the forward lean.
    in_set
        Most repetitions in a set; ``None`` when there were none.
    held_s, held_well_s
        How long the middle one of the holds was held, and held well, in seconds; ``None`` for
        repetitions, and when it was not measured. With a time that was asked for, a hold is all
        that was held in a set, and no longer than that time.
    """

    day: str
    training: Training
    form: Tally
    tempo: Tally
    upright: bool | None
    tempo_asked: bool = True
    view: ViewKind = "unknown"
    in_set: int | None = None
    held_s: float | None = None
    held_well_s: float | None = None

    @property
    def done_well(self) -> bool:
        """Whether form and tempo were good."""
        in_tempo = not self.tempo_asked or share(self.tempo) >= GOOD_SHARE
        return in_tempo and share(self.form) >= GOOD_SHARE

    @property
    def good(self) -> bool:
        """Whether it counts towards more: done well, and without more pain than is advised."""
        return self.done_well and (self.training.pain or 0) <= PAIN_IDEAL

    @property
    def poor(self) -> bool:
        """Whether the form calls for something easier."""
        return self.form.judged > 0 and share(self.form) < POOR_SHARE

    @property
    def well_s(self) -> float | None:
        """How long it was held well, in whole steps; ``None`` when that is not known."""
        return None if self.held_well_s is None else whole_steps_s(self.held_well_s)

    @property
    def setting(self) -> tuple[float | None, float]:
        """Step height in cm and load in kg; no load entered is none held."""
        return self.training.step_height_cm, self.training.load_kg or 0.0


def share(counted: Tally) -> float:
    """Return the share of good repetitions among the judged ones; 0 when none was judged."""
    return counted.good / counted.judged if counted.judged else 0.0


def whole_steps_s(held_s: float) -> float:
    """Round a time that was held, in seconds, down to whole steps, up to the longest advised."""
    step_s = HOLD_S[0]
    steps_s = step_s * math.floor((held_s + TIMED_WITHIN_S) / step_s)
    return min(steps_s, LONGEST_HOLD_S)


def facts(day: str, training: Training, reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> Facts:
    """Summarize one session's repetitions on one leg, with the specs they were judged by."""
    trunk = {spec.id for spec in specs if spec.role == "trunk"}
    leans = [
        one.grade != "good"
        for rep in reps
        for measure_id, one in rep.measurements.items()
        if measure_id in trunk and one.grade is not None
    ]
    sets = Counter(rep.set_index for rep in reps)
    return Facts(
        day=day,
        training=training,
        form=tally(rep.form for rep in reps),
        tempo=tally((rep.tempo for rep in reps), asked=judges_tempo(specs)),
        upright=not any(leans) if leans else None,
        tempo_asked=judges_tempo(specs),
        view=main_view(reps).kind if reps else "unknown",
        in_set=max(sets.values(), default=None),
        held_s=_held_s(reps, HELD, training.target_hold_s),
        held_well_s=_held_s(reps, HELD_WELL, training.target_hold_s),
    )


def by_day(past: Sequence[Facts]) -> list[Facts]:
    """Make one of all sessions of a day with the same step and load, as good as the worst of them.

    Parameters
    ----------
    past
        Sessions of one leg, the oldest first.

    Returns
    -------
    list of Facts
        One for each day; its grades are those of a session that was not good, if there is one, with
        the smallest share of good repetitions; its pain is the worst, and the trunk was upright
        only if it was in all sessions that show it.
    """
    days = groupby(past, key=lambda one: (one.day, one.setting))
    return [_together(list(sessions)) for _, sessions in days]


def _together(sessions: Sequence[Facts]) -> Facts:
    judged = [one for one in sessions if one.form.judged] or sessions
    worst = min(judged, key=lambda one: (one.good, share(one.form), share(one.tempo)))
    seen = [one.upright for one in sessions if one.upright is not None]
    pains = [one.training.pain for one in sessions if one.training.pain is not None]
    in_sets = [one.in_set for one in sessions if one.in_set is not None]
    return replace(
        worst,
        training=msgspec.structs.replace(sessions[-1].training, pain=max(pains, default=None)),
        upright=all(seen) if seen else None,
        in_set=max(in_sets, default=None),
    )


def _held_s(reps: Sequence[Rep], measure_id: str, asked_s: float | None) -> float | None:
    """Return how long the middle one of the holds was; with a time asked for, of the sets."""
    held: dict[int, float] = {}
    for rep in reps:
        one = rep.measurements.get(measure_id)
        if one is not None and one.value is not None:
            whole = rep.index if asked_s is None else rep.set_index
            held[whole] = held.get(whole, 0.0) + one.value
    if not held:
        return None
    return min(statistics.median(held.values()), math.inf if asked_s is None else asked_s)

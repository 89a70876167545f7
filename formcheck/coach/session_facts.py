"""The facts of a past session that advice needs: grades, what was entered, and how much was done.

:func:`facts` collects them for one leg of one session, :func:`by_day` joins the sessions of a day.
``coach/advice.py`` applies its rules to them.
"""

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
    """The facts of one leg in one past session.

    Attributes
    ----------
    day
        Date of the session, ``YYYY-MM-DD``.
    training
        Step height, load and pain as entered.
    form, tempo
        Count of repetitions by grade.
    upright
        Whether the trunk always stayed within its limits; ``None`` if it was not judged.
    tempo_asked
        Whether the exercise judges the tempo.
    view
        Where the camera stood: from the front it sees the knees, from the side the forward lean.
    in_set
        Largest number of repetitions in a set; ``None`` if there were none.
    held_s, held_well_s
        Median time of the holds, and median time in good posture, in seconds; ``None`` for
        repetitions, or if it was not measured. If a target time was given, the times of all holds
        in a set are added, up to the target.
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
        """Whether the session is good: form, tempo and pain within the limits of the rules."""
        return self.done_well and (self.training.pain or 0) <= PAIN_IDEAL

    @property
    def poor(self) -> bool:
        """Whether the form was so poor that something easier is advised."""
        return self.form.judged > 0 and share(self.form) < POOR_SHARE

    @property
    def well_s(self) -> float | None:
        """Time in good posture, rounded down as in :func:`whole_steps_s`; ``None`` if unknown."""
        return None if self.held_well_s is None else whole_steps_s(self.held_well_s)

    @property
    def setting(self) -> tuple[float | None, float]:
        """Step height in cm and load in kg; 0 if no load was entered."""
        return self.training.step_height_cm, self.training.load_kg or 0.0


def share(counted: Tally) -> float:
    """Return the share of good repetitions among the judged ones; 0 if none was judged."""
    return counted.good / counted.judged if counted.judged else 0.0


def whole_steps_s(held_s: float) -> float:
    """Round the time of a hold down to a multiple of 5 s, at most the longest time advised."""
    step_s = HOLD_S[0]
    steps_s = step_s * math.floor((held_s + TIMED_WITHIN_S) / step_s)
    return min(steps_s, LONGEST_HOLD_S)


def facts(day: str, training: Training, reps: Sequence[Rep], specs: Sequence[MeasureSpec]) -> Facts:
    """Collect the facts of one session from the repetitions of one leg.

    Parameters
    ----------
    day
        Date of the session, ``YYYY-MM-DD``.
    training
        What the person entered.
    reps
        The repetitions of the leg.
    specs
        The measurements of the exercise, with the limits they were judged by.
    """
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
        held_s=_median_hold_s(reps, HELD, training.target_hold_s),
        held_well_s=_median_hold_s(reps, HELD_WELL, training.target_hold_s),
    )


def by_day(past: Sequence[Facts]) -> list[Facts]:
    """Join the sessions of a day with the same step and load into one, as good as the worst.

    Parameters
    ----------
    past
        Sessions of one leg, the oldest first.

    Returns
    -------
    list of Facts
        One for each day. Its grades are those of the worst session, its pain is the worst, and its
        trunk was upright only if it was in all sessions that judged it.
    """
    days = groupby(past, key=lambda one: (one.day, one.setting))
    return [_worst_of(list(sessions)) for _, sessions in days]


def _worst_of(sessions: Sequence[Facts]) -> Facts:
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


def _median_hold_s(reps: Sequence[Rep], measure_id: str, asked_s: float | None) -> float | None:
    """Return the median time of the holds; with a target time, of the sets; ``None`` if unknown."""
    held: dict[int, float] = {}
    for rep in reps:
        one = rep.measurements.get(measure_id)
        if one is not None and one.value is not None:
            whole = rep.index if asked_s is None else rep.set_index
            held[whole] = held.get(whole, 0.0) + one.value
    if not held:
        return None
    return min(statistics.median(held.values()), math.inf if asked_s is None else asked_s)

"""The share of good repetitions, and whether it changed from session to session.

Used for the progress over weeks. A share of few repetitions is uncertain, so two shares are
compared by the probability that the later one is truly higher. Each true share has a Beta
distribution: a uniform prior, updated by the repetitions that were counted. A repetition near a
limit might get another grade if it were filmed again, so it counts as good with the probability of
that.

With four sessions or more, the first half is compared with the last half (of an odd number, the
middle one is left out); with fewer, the first session with the last. The rule and its limits are
Our choice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.data.session import MeasureSpec, Rep, Sureness, Verdict
from formcheck.motion.verdicts import probabilities

SURE_CHANGE, PROBABLE_CHANGE = 0.975, 0.9
"""A change of the share is reported as sure, or as probable, when the probability that the share
truly went up (or down) is at least this. The first is wrong in one of twenty cases, as for a
measurement."""

SESSIONS_FOR_HALVES = 4
"""From so many sessions on, halves are compared."""

_STEPS = 2000
"""Steps of the numerical integration over the share."""

About = Literal["form", "tempo"]
"""Whose verdicts are counted."""


@dataclass(frozen=True)
class Counted:
    """Counts of repetitions in one or more sessions.

    Attributes
    ----------
    good, judged
        Good repetitions, and all that have a grade, as they are counted everywhere.
    again
        How many of the ``whole`` ones are expected to be good if they were filmed again.
    whole
        Repetitions whose verdict is certain to be complete: all that is judged was seen, or what
        was seen is already not good.
    """

    good: int = 0
    judged: int = 0
    again: float = 0.0
    whole: int = 0

    def __add__(self, other: Counted) -> Counted:
        """Return the counts of both together."""
        return Counted(
            self.good + other.good,
            self.judged + other.judged,
            self.again + other.again,
            self.whole + other.whole,
        )

    @property
    def share(self) -> float:
        """Share of the judged repetitions that are good; 0 when none was judged."""
        return self.good / self.judged if self.judged else 0.0


@dataclass(frozen=True)
class ShareChange:
    """The comparison of two shares.

    Attributes
    ----------
    first, second
        The counts that are compared.
    sessions
        Number of sessions in each.
    higher
        Probability that the second share is truly higher.
    """

    first: Counted
    second: Counted
    sessions: int
    higher: float

    @property
    def direction(self) -> Literal["better", "worse"] | None:
        """Whether the share went up or down; ``None`` unless that is at least probable."""
        if max(self.higher, 1.0 - self.higher) < PROBABLE_CHANGE:
            return None
        return "better" if self.higher > 0.5 else "worse"

    @property
    def sure(self) -> Sureness:
        """How sure the direction is."""
        chance = max(self.higher, 1.0 - self.higher)
        if chance < PROBABLE_CHANGE:
            return "unclear"
        return "sure" if chance >= SURE_CHANGE else "probably"


def counted(reps: Sequence[Rep], specs: Sequence[MeasureSpec], about: About) -> Counted:
    """Count the repetitions of one session, and those whose form (or tempo) is good."""

    def of(rep: Rep) -> Verdict:
        return rep.tempo if about == "tempo" else rep.form

    asked = [spec for spec in specs if (spec.role == "tempo") == (about == "tempo")]
    judged = [rep for rep in reps if of(rep).grade is not None]
    whole = [rep for rep in judged if of(rep).complete or of(rep).grade != "good"]
    return Counted(
        good=sum(of(rep).grade == "good" and of(rep).complete for rep in judged),
        judged=len(judged),
        again=sum(_good_again(rep, asked) for rep in whole),
        whole=len(whole),
    )


def share_change(sessions: Sequence[Counted]) -> ShareChange | None:
    """Compare the first sessions with the last; ``None`` when fewer than two were judged."""
    known = [one for one in sessions if one.whole]
    if len(known) < 2:
        return None
    half = len(known) // 2 if len(known) >= SESSIONS_FOR_HALVES else 1
    first, second = (sum(part, Counted()) for part in (known[:half], known[-half:]))
    return ShareChange(first, second, half, _chance_higher(first, second))


def _good_again(rep: Rep, specs: Sequence[MeasureSpec]) -> float:
    """Return how likely a repetition would be good if the same person were filmed again."""
    chance = 1.0
    for spec in specs:
        one = rep.measurements.get(spec.id)
        if one is None or one.value is None or one.grade is None or spec.limits is None:
            continue
        sem = math.hypot(spec.repeat_share * (one.sem_set or 0.0), one.sem_rep or 0.0)
        chance *= probabilities(one.value, sem, spec.limits)["good"]
    return chance


def _chance_higher(first: Counted, second: Counted) -> float:
    """Return the probability that the second share is higher, integrated over the first."""
    from scipy.special import betainc  # heavy, and only for a change over time

    edges = np.linspace(0.0, 1.0, _STEPS + 1)
    before = betainc(1.0 + first.again, 1.0 + first.whole - first.again, edges)
    after = betainc(1.0 + second.again, 1.0 + second.whole - second.again, edges)
    middle = (after[1:] + after[:-1]) / 2.0
    return float(np.sum(np.diff(before) * (1.0 - middle)))

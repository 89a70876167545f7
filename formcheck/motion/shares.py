"""How many repetitions were good, and whether their share changed from session to session.

A share of few repetitions says little: of three that are good, the next may still not be. So two
shares are compared by the probability that the later one is truly higher: each is a Beta
distribution, from an even chance of every share and the repetitions that were counted. A repetition
near a limit might have counted otherwise had it been filmed again, so it counts as good with the
probability of that. From four sessions on the first half of them is compared with the last half,
the one in the middle left out; of fewer, the first with the last. The rule and its limits are
formcheck's own.
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
"""Probability that a share truly went up, or down, from which a change is said, and from which it
is said to be probable. The first is wrong in one of twenty cases, as for a measurement."""

SESSIONS_FOR_HALVES = 4
_STEPS = 2000

About = Literal["form", "tempo"]


@dataclass(frozen=True)
class Counted:
    """Repetitions of one or more sessions.

    Attributes
    ----------
    good, judged
        As they are counted everywhere: good ones, and all that have a grade.
    again
        How many of the repetitions that were seen whole would be good when filmed again.
    whole
        How many were seen whole.
    """

    good: int = 0
    judged: int = 0
    again: float = 0.0
    whole: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.good + other.good,
            self.judged + other.judged,
            self.again + other.again,
            self.whole + other.whole,
        )

    @property
    def share(self) -> float:
        """Good ones of the judged ones; 0 when none was judged."""
        return self.good / self.judged if self.judged else 0.0


@dataclass(frozen=True)
class ShareChange:
    """Two shares: ``higher`` is the probability that the second is truly higher."""

    first: Counted
    second: Counted
    sessions: int
    higher: float

    @property
    def direction(self) -> Literal["better", "worse"] | None:
        """Whether it became more or fewer, where that is at least probable."""
        if max(self.higher, 1.0 - self.higher) < PROBABLE_CHANGE:
            return None
        return "better" if self.higher > 0.5 else "worse"

    @property
    def sure(self) -> Sureness:
        """How sure that is."""
        chance = max(self.higher, 1.0 - self.higher)
        if chance < PROBABLE_CHANGE:
            return "unclear"
        return "sure" if chance >= SURE_CHANGE else "probably"


def counted(reps: Sequence[Rep], specs: Sequence[MeasureSpec], about: About) -> Counted:
    """Count the repetitions of one session whose form, or tempo, is good."""

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
    """Compare the first sessions with the last; ``None`` with fewer than two that were judged."""
    known = [one for one in sessions if one.whole]
    if len(known) < 2:
        return None
    half = len(known) // 2 if len(known) >= SESSIONS_FOR_HALVES else 1
    first, second = (sum(part, Counted()) for part in (known[:half], known[-half:]))
    return ShareChange(first, second, half, _chance_higher(first, second))


def _good_again(rep: Rep, specs: Sequence[MeasureSpec]) -> float:
    """How likely a repetition would be good when the same person is filmed again."""
    chance = 1.0
    for spec in specs:
        one = rep.measurements.get(spec.id)
        if one is None or one.value is None or one.grade is None or spec.limits is None:
            continue
        sem = math.hypot(spec.repeat_share * (one.sem_set or 0.0), one.sem_rep or 0.0)
        chance *= probabilities(one.value, sem, spec.limits)["good"]
    return chance


def _chance_higher(first: Counted, second: Counted) -> float:
    """Give the probability that the second share is higher, over all shares the first may have."""
    from scipy.special import betainc  # heavy, and only for a change over time

    edges = np.linspace(0.0, 1.0, _STEPS + 1)
    before = betainc(1.0 + first.again, 1.0 + first.whole - first.again, edges)
    after = betainc(1.0 + second.again, 1.0 + second.whole - second.again, edges)
    middle = (after[1:] + after[:-1]) / 2.0
    return float(np.sum(np.diff(before) * (1.0 - middle)))

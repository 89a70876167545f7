"""Two repetitions beside each other: which moment of one belongs to which of the other.

Three events tie them together: where the repetition starts, where it turns (the lowest point; of a
step-up the top) and where it ends. Between two events time runs evenly, so that half of the way
down of one is shown beside half of the way down of the other, however long either took. Before the
start and after the end both run at their own speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.session import Rep

_TOP = ("top_start_s", "descent_start_s")
"""Events between which the body of a step-up is on top."""


@dataclass(frozen=True)
class Moments:
    """The events of a repetition.

    Attributes
    ----------
    start_s, end_s
        Its first and its last event, in seconds of its film.
    turn_s
        Its lowest point, or the middle of the time on top of a step-up; ``None`` when the film does
        not show it, and for a hold or a flight of stairs, which have none.
    """

    start_s: float
    turn_s: float | None
    end_s: float

    @property
    def known(self) -> tuple[float, ...]:
        """The events that are known, in order."""
        turn = () if self.turn_s is None else (self.turn_s,)
        return (self.start_s, *turn, self.end_s)


def moments_of(rep: Rep, order: str) -> Moments:
    """Return the events of a repetition; ``order`` is that of its exercise."""
    if order in ("held", "climbed"):
        return Moments(rep.start_s, None, rep.end_s)
    if order == "up_down":
        known = [at for event in _TOP if (at := rep.events.get(event)) is not None]
        turn = sum(known) / len(known) if known else None
    else:
        turn = rep.lowest_s
    inside = turn is not None and rep.start_s < turn < rep.end_s
    return Moments(rep.start_s, turn if inside else None, rep.end_s)


@dataclass(frozen=True)
class TimeMap:
    """Leads from the time in one film to the time in another.

    Attributes
    ----------
    knots
        Times that belong together, in seconds: of the one film and of the other, both increasing.
    """

    knots: tuple[tuple[float, float], ...]

    def __call__(self, t_s: float) -> float:
        """Return the time in the other film; beyond the knots both run equally fast."""
        return _along(self.knots, t_s)

    def back(self, t_s: float) -> float:
        """Return the time in the one film that belongs to a time in the other."""
        return _along([(there, here) for here, there in self.knots], t_s)


def aligned(first: Moments, second: Moments) -> TimeMap:
    """Tie two repetitions together by the events that both have."""
    if first.turn_s is None or second.turn_s is None:
        return TimeMap(((first.start_s, second.start_s), (first.end_s, second.end_s)))
    return TimeMap(tuple(zip(first.known, second.known, strict=True)))


def _along(knots: Sequence[tuple[float, float]], t_s: float) -> float:
    here, there = zip(*knots, strict=True)
    if t_s <= here[0]:
        return float(there[0] + (t_s - here[0]))
    if t_s >= here[-1]:
        return float(there[-1] + (t_s - here[-1]))
    return float(np.interp(t_s, here, there))

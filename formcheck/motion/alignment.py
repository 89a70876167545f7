"""Align two repetitions in time, to show them side by side.

``aligned`` returns a ``TimeMap`` from the time of one repetition to that of the other. Three events
are shown together: the start, the turn (the lowest point; of a step-up the top) and the end.
Between two events time is scaled evenly, so that half of the way down of one is shown beside half
of the way down of the other, however long each took. Before the start and after the end both run at
normal speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.session import Rep

_TOP = ("top_start_s", "descent_start_s")
"""The events of a step-up between which the body is on top of the step."""


@dataclass(frozen=True)
class Moments:
    """The events of a repetition that are aligned; times in seconds of its film.

    Attributes
    ----------
    start_s, end_s
        Its first and its last event.
    turn_s
        Its lowest point; of a step-up the middle of the time on top. ``None`` when the film does
        not show it, and for a hold or a flight of stairs, which do not turn.
    """

    start_s: float
    turn_s: float | None
    end_s: float

    @property
    def known(self) -> tuple[float, ...]:
        """The times of the known events, in order."""
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
    """Maps the time in a first film to the time in a second one.

    Attributes
    ----------
    knots
        Pairs of times that belong together, in seconds: in the first film and in the second; both
        increase.
    """

    knots: tuple[tuple[float, float], ...]

    def __call__(self, t_s: float) -> float:
        """Return the time in the second film; outside the knots both run equally fast."""
        return _along(self.knots, t_s)

    def back(self, t_s: float) -> float:
        """Return the time in the first film that belongs to a time in the second."""
        return _along([(there, here) for here, there in self.knots], t_s)


def aligned(first: Moments, second: Moments) -> TimeMap:
    """Return the time map from the first repetition to the second, by the events that both have."""
    if first.turn_s is None or second.turn_s is None:
        return TimeMap(((first.start_s, second.start_s), (first.end_s, second.end_s)))
    return TimeMap(tuple(zip(first.known, second.known, strict=True)))


def _along(knots: Sequence[tuple[float, float]], t_s: float) -> float:
    """Interpolate between the knots; beyond them, keep the distance in time."""
    here, there = zip(*knots, strict=True)
    if t_s <= here[0]:
        return float(there[0] + (t_s - here[0]))
    if t_s >= here[-1]:
        return float(there[-1] + (t_s - here[-1]))
    return float(np.interp(t_s, here, there))

"""Compares past sessions over time: the values of each measurement, and its change since the first.

:func:`trends` returns a :class:`Trend` for each measurement of an exercise. The progress report,
the passport and the command ``progress`` draw them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.session import ExerciseInfo, Rep, Session, Stance
from formcheck.motion.comparison import (
    Difference,
    common_basis,
    compare_sessions,
    names_known,
)
from formcheck.store.history.history_store import Entry

Past = Sequence[tuple[Entry, Session]]


@dataclass(frozen=True)
class SessionPoint:
    """One session of a trend.

    ``since_first`` is its difference from the first session with this measurement; ``None`` if it
    was not measured in this session.
    """

    entry: Entry
    since_first: Difference | None


@dataclass(frozen=True)
class Trend:
    """One measurement over the sessions, the oldest first; at least one session has it.

    Attributes
    ----------
    name
        Id of the measurement, or ``repetition_s``.
    exercise
        The exercise.
    points
        All sessions, also those without the measurement.
    """

    name: str
    exercise: ExerciseInfo
    points: tuple[SessionPoint, ...]

    @property
    def limits(self) -> tuple[float, ...]:
        """The limits of the range of good values, without infinite ones."""
        limits = self.last.spec.limits
        ends = () if limits is None else (limits.good_low, limits.good_high)
        return tuple(end for end in ends if end is not None)

    @property
    def measured(self) -> tuple[tuple[Entry, Difference], ...]:
        """The sessions that have the measurement, each with its difference from the first."""
        return tuple((p.entry, p.since_first) for p in self.points if p.since_first is not None)

    @property
    def last(self) -> Difference:
        """The difference of the last session that has the measurement from the first."""
        return self.measured[-1][1]


def once_a_film(past: Past) -> list[tuple[Entry, Session]]:
    """Keep only the last analysis of each film."""
    newest = {
        (entry.film_sha256 or entry.id, entry.person, entry.exercise): entry.id
        for entry, _ in sorted(past, key=lambda item: item[1].created)
    }
    return [(entry, session) for entry, session in past if entry.id in newest.values()]


def sure_reps(session: Session, side: Stance) -> list[Rep]:
    """Return the repetitions on one side, without those whose side is not certain."""
    return [rep for rep in session.reps if rep.stance_side == side and rep.stance_sure]


def trends(exercise: ExerciseInfo, past: Past, side: Stance) -> tuple[Trend, ...]:
    """Return a trend for every measurement that at least one session has.

    Parameters
    ----------
    exercise
        The exercise, with its measurements and limits.
    past
        Sessions of one person, the oldest first.
    side
        The working leg; sessions without it are left out.
    """
    sets = [(entry, sure_reps(session, side)) for entry, session in past]
    sets = [(entry, reps) for entry, reps in sets if reps]
    # All sessions on the same basis, so that the points of a trend can be compared.
    basis = common_basis([reps for _, reps in sets], exercise)
    measured = [{d.name for d in compare_sessions(reps, reps, exercise)} for _, reps in sets]
    since: dict[int, list[dict[str, Difference]]] = {}
    found = []
    for name in names_known(exercise):
        first = next((n for n, names in enumerate(measured) if name in names), None)
        if first is None:
            continue
        if first not in since:
            start = sets[first][1]
            since[first] = [
                {diff.name: diff for diff in compare_sessions(start, reps, exercise, basis)}
                for _, reps in sets
            ]
        points = tuple(
            SessionPoint(entry, diffs.get(name))
            for (entry, _), diffs in zip(sets, since[first], strict=True)
        )
        found.append(Trend(name, exercise, points))
    return tuple(found)

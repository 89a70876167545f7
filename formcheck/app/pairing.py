"""Prepare a comparison of two things: two sessions, two legs of a session, or two repetitions.

The command ``compare``, the side-by-side film and the page in the browser app use it. Sessions and
legs are compared by the means of their repetitions, two repetitions by their own numbers. The film
of a session or leg shows its typical repetition: the one nearest to these means.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

from formcheck.data.errors import UsageError
from formcheck.data.keypoints import SIDES
from formcheck.data.session import ExerciseInfo, Rep, Session, Stance, Tally
from formcheck.motion.camera_view import direction_words
from formcheck.motion.comparison import (
    REPETITIONS,
    Difference,
    compare_legs,
    compare_reps,
    compare_sessions,
    direction,
)
from formcheck.motion.typical import typical
from formcheck.motion.verdicts import tally
from formcheck.report import wording
from formcheck.report.changes import HIGHER_STEP, depth_words
from formcheck.report.view import best_and_worst
from formcheck.store.history.over_time import sure_reps

BEST, WORST, TYPICAL = "best", "worst", "typical"
BETWEEN = " · "
_CHOICE_WORDS = {BEST: wording.BEST, WORST: wording.NEEDS_MOST_WORK, TYPICAL: TYPICAL}


@dataclass(frozen=True)
class NamedSession:
    """A session, and the name that the user gave for it."""

    session: Session
    name: str


@dataclass(frozen=True)
class Half:
    """One of the two sides of a comparison.

    Attributes
    ----------
    name
        Heading of its column.
    session
        Its session.
    reps
        The repetitions that are compared.
    shown
        The repetition of these that is shown in the film.
    is_named
        Whether the heading begins with a name given by the user, whose letters are not changed.
    """

    name: str
    session: Session
    reps: tuple[Rep, ...]
    shown: Rep
    is_named: bool = False

    @property
    def begins_sentence(self) -> str:
        """The heading in the form in which it begins a sentence."""
        return self.name if self.is_named else wording.capital(self.name)

    @property
    def title(self) -> str:
        """The heading, and which repetition is shown in the film."""
        typical_rep = (
            f", typical {self.shown.name} {self.shown.index}" if len(self.reps) > 1 else ""
        )
        return self.begins_sentence + typical_rep

    @property
    def form(self) -> Tally:
        """Number of repetitions for each grade of form."""
        return tally(rep.form for rep in self.reps)


@dataclass(frozen=True)
class Pair:
    """A comparison: its two sides and their differences.

    Attributes
    ----------
    heading
        What both have in common, such as the leg.
    halves
        The two sides.
    differences
        The differences of all measurements that both have.
    over_time
        Whether the second side is a later session of the same leg.
    single
        Whether two single repetitions are compared.
    """

    heading: str
    halves: tuple[Half, Half]
    differences: tuple[Difference, ...]
    over_time: bool = False
    single: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """The headings of the two columns."""
        first, second = self.halves
        return first.name, second.name

    @property
    def exercise(self) -> ExerciseInfo:
        """The exercise of both."""
        return self.halves[0].session.exercise

    @property
    def same_reps(self) -> bool:
        """Whether both sides have the same repetitions, as for the two knees in a squat."""
        first, second = (half.reps for half in self.halves)
        return len(first) == len(second) and all(map(operator.is_, first, second))


def pairs_of_sessions(first: NamedSession, second: NamedSession) -> list[Pair]:
    """Compare two sessions, for each leg that both have trained.

    If one session is of the left and the other of the right leg, the two legs are compared.

    Raises
    ------
    UsageError
        The exercises differ, or there is nothing to compare.
    """
    _require_same_exercise(first, second)
    for one in (first, second):
        _require_reps(one)
    sides = [
        list(dict.fromkeys(rep.stance_side for rep in one.session.reps if rep.stance_sure))
        for one in (first, second)
    ]
    shared = [side for side in sides[0] if side in sides[1]]
    if not shared:
        return [_pair_of_legs((first, second))]
    days = (first.session.day, second.session.day)
    headings = days if days[0] != days[1] else (first.name, second.name)
    return [_pair_over_time(side, headings, (first.session, second.session)) for side in shared]


def pair_of_legs(one: NamedSession) -> Pair:
    """Compare the left and the right leg of a session.

    Raises
    ------
    UsageError
        Nothing was measured on both legs.
    """
    return _pair_of_legs((one,))


def pair_of_reps(first: NamedSession, second: NamedSession, which: tuple[str, str]) -> Pair:
    """Compare two repetitions, of one session or of two.

    Parameters
    ----------
    first, second
        The sessions; the same session twice to compare two of its repetitions.
    which
        The repetition in each: its number, ``best``, ``worst`` or ``typical``.

    Raises
    ------
    UsageError
        There is no such repetition, or nothing was measured in both.
    """
    _require_same_exercise(first, second)
    reps = tuple(find_rep(one, word) for one, word in zip((first, second), which, strict=True))
    a, b = reps
    same = first.session == second.session
    if same and a.index == b.index:
        raise UsageError(
            f"{a.full_name} {a.index} of session {first.name} was chosen twice",
            hint="Choose two different ones.",
        )
    words = [
        f"{_CHOICE_WORDS[word]}, {rep.name} {rep.index}"
        if word in _CHOICE_WORDS
        else f"{rep.name} {rep.index}"
        for word, rep in zip(which, reps, strict=True)
    ]
    if a.stance_side != b.stance_side:
        words = [f"{text}, {wording.leg_words(rep)}" for text, rep in zip(words, reps, strict=True)]
    if not same:
        words = [
            f"{one.session.day if first.session.day != second.session.day else one.name}, {text}"
            for one, text in zip((first, second), words, strict=True)
        ]
    halves = (
        Half(words[0], first.session, (a,), a, not same),
        Half(words[1], second.session, (b,), b, not same),
    )
    exercise = first.session.exercise
    heading = (
        exercise.side_words(a.stance_side)
        if a.stance_side == b.stance_side
        else _both_sides(exercise)
    )
    found = _differences_of_reps(halves, same=same)
    if not found:
        raise UsageError(
            f"{words[0]} and {words[1]} have no measurement in common",
            hint="Choose two that were filmed from the same direction.",
        )
    return Pair(heading, halves, found, single=True)


def whose(session: Session, rep: Rep) -> str:
    """Return person, exercise, leg and day of a repetition, as one line."""
    leg = "" if rep.stance_side == "both" else session.exercise.side_words(rep.stance_side)
    parts = (session.person, session.exercise.title, leg, session.day)
    return BETWEEN.join(part for part in parts if part)


def find_rep(one: NamedSession, which: str) -> Rep:
    """Return a repetition by its number, or the best, worst or typical one.

    Raises
    ------
    UsageError
        There is no such repetition.
    """
    _require_reps(one)
    reps, effort = one.session.reps, one.session.exercise.effort
    if which == TYPICAL:
        return typical(reps, one.session.exercise)
    if which in (BEST, WORST):
        index = best_and_worst(reps)[(BEST, WORST).index(which)]
        if index is None:
            raise UsageError(
                f"session {one.name} has fewer than two judged {effort}s",
                hint=f"Choose the {effort} by its number.",
            )
    elif which.isascii() and which.isdigit():
        index = int(which)
    else:
        raise UsageError(
            f"{which!r} is not a {effort}", hint=f"Give its number, {BEST}, {WORST} or {TYPICAL}."
        )
    found = next((rep for rep in reps if rep.index == index), None)
    if found is None:
        raise UsageError(
            f"session {one.name} has no {effort} {index}",
            hint=f"It has {wording.reps_words(one.session)}.",
        )
    return found


def _require_same_exercise(first: NamedSession, second: NamedSession) -> None:
    exercises = first.session.exercise.id, second.session.exercise.id
    if exercises[0] != exercises[1]:
        raise UsageError(
            f"{first.name} is a {exercises[0]} and {second.name} is a {exercises[1]}",
            hint="Compare sessions of the same exercise.",
        )


def _require_reps(one: NamedSession) -> None:
    if not one.session.reps:
        effort = one.session.exercise.effort
        raise UsageError(f"session {one.name} has no {effort}s", hint="Choose another session.")


def _pair_over_time(
    side: Stance, names: tuple[str, str], sessions: tuple[Session, Session]
) -> Pair:
    first, second = (
        _typical_half(name, session, sure_reps(session, side), is_named=True)
        for name, session in zip(names, sessions, strict=True)
    )
    found = compare_sessions(first.reps, second.reps, sessions[0].exercise)
    return Pair(sessions[0].exercise.side_words(side), (first, second), found, over_time=True)


def _pair_of_legs(named: Sequence[NamedSession]) -> Pair:
    """Compare the legs of one session, or of a session of the left and one of the right leg."""
    exercise = named[0].session.exercise
    reps = [rep for one in named for rep in one.session.reps]
    found = compare_legs(reps, exercise)
    if not found:
        raise UsageError(
            f"session {' with '.join(one.name for one in named)} {_why_no_legs(reps, exercise)}",
            hint="Compare a session of the left leg with one of the right leg.",
        )
    halves = []
    for side in SIDES:
        own = [rep for rep in reps if rep.stance_side in (side, "both")]
        session = next(one.session for one in named if _of_session(own, one.session))
        halves.append(_typical_half(side, session, own))
    return Pair(_both_sides(exercise), (halves[0], halves[1]), found)


def _typical_half(
    name: str, session: Session, reps: Sequence[Rep], *, is_named: bool = False
) -> Half:
    """Return one side of a comparison of several repetitions; the typical one is shown."""
    shown = typical(_of_session(reps, session), session.exercise)
    return Half(name, session, tuple(reps), shown, is_named)


def _of_session(reps: Sequence[Rep], session: Session) -> list[Rep]:
    """Return those of the repetitions that belong to this session."""
    return [rep for rep in reps if any(rep is one for one in session.reps)]


def _both_sides(exercise: ExerciseInfo) -> str:
    """Return the heading for a comparison of left and right."""
    return f"left and right {'side' if exercise.is_held else 'leg'}"


def _why_no_legs(reps: Sequence[Rep], exercise: ExerciseInfo) -> str:
    """Return why left and right cannot be compared, as the end of a sentence."""
    effort, part = exercise.effort, "side" if exercise.is_held else "leg"
    if not reps:
        return f"has no {effort}"
    if not all(rep.stance_sure for rep in reps):
        return f"cannot be compared by {part}: which {part} was working is not certain"
    sides = dict.fromkeys(rep.stance_side for rep in reps)
    if len(sides) == 1 and "both" not in sides:
        return f"has {effort}s on one {part} only ({next(iter(sides))})"
    return f"has no measurement of both {part}s"


def _differences_of_reps(halves: tuple[Half, Half], *, same: bool) -> tuple[Difference, ...]:
    """Compare two repetitions: of the same leg, of two sessions, or of the left and right leg."""
    a, b = (half.shown for half in halves)
    exercise = halves[0].session.exercise
    if a.stance_side == b.stance_side:
        return compare_reps(a, b, exercise) if same else compare_sessions([a], [b], exercise)
    found = [one for one in compare_legs((a, b), exercise) if one.name != REPETITIONS]
    return tuple(found if a.stance_side == "left" else map(_swapped, found))


def _swapped(one: Difference) -> Difference:
    """Return a difference with first and second exchanged."""
    symmetry = None if one.symmetry_pct is None else -one.symmetry_pct
    return replace(one, first=one.second, second=one.first, symmetry_pct=symmetry)


# --- in words -----------------------------------------------------------------------------------


def sentences(pair: Pair) -> tuple[str, ...]:
    """Return sentences: the differences beyond measurement error, and how depth was considered."""
    return (_differences_in_words(pair), *_depths_in_words(pair))


def notes(first: Session, second: Session) -> tuple[str, ...]:
    """Return notes on other reasons for differences: another view, or another step height."""
    found = []
    if first.view.kind != second.view.kind:
        found.append(
            f"One was filmed {direction_words(first.view)}, the other "
            f"{direction_words(second.view)}: numbers from different views are not compared."
        )
    heights = [one.training.step_height_cm for one in (first, second)]
    if heights[0] != heights[1] and None not in heights:
        found.append(f"The steps differ ({heights[0]:g} and {heights[1]:g} cm). {HIGHER_STEP}")
    return tuple(found)


def _depths_in_words(pair: Pair) -> list[str]:
    """Return a sentence for each way in which measurements that depend on depth were compared."""
    titles: dict[str, list[str]] = {}
    for diff in pair.differences:
        if words := depth_words(diff):
            titles.setdefault(words, []).append(diff.spec.title)
    return [f"{', '.join(names)}: {words[0].lower()}{words[1:]}" for words, names in titles.items()]


def _differences_in_words(pair: Pair) -> str:
    found = [diff for diff in pair.differences if diff.detected and diff.name != REPETITIONS]
    if not found:
        return "No difference is beyond measurement error."
    parts = [
        f"{diff.spec.title.lower()} {_direction(diff)}{_tone(diff) if pair.over_time else ''}"
        for diff in found
    ]
    return f"{pair.halves[1].begins_sentence} compared with {pair.names[0]}: {', '.join(parts)}."


def _direction(diff: Difference) -> str:
    words = ("longer", "shorter") if diff.spec.role == "tempo" else ("higher", "lower")
    return words[0] if diff.difference > 0 else words[1]


def _tone(diff: Difference) -> str:
    """Return "(better)" or "(worse)" for a change over time; empty if it is neither."""
    tone = direction(diff)
    return f" ({tone})" if tone in ("better", "worse") else ""

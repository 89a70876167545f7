"""Two of a kind side by side: two sessions, the two legs of one, or two repetitions.

One function for the command line, the film and the page. What is chosen is what is compared: two
sessions or legs by the means of their repetitions, two repetitions by their own numbers. What is
played of a session or a leg is its typical repetition, the one nearest to these means.
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
_CHOSEN = {BEST: wording.BEST, WORST: wording.NEEDS_MOST_WORK, TYPICAL: TYPICAL}


@dataclass(frozen=True)
class Named:
    """A session, and what the person calls it."""

    session: Session
    name: str


@dataclass(frozen=True)
class Half:
    """One of the two.

    Attributes
    ----------
    name
        Heading of its column.
    session
        The session it is of.
    reps
        The repetitions that are compared.
    shown
        The one of them that is played.
    is_named
        Whether the heading begins with the name of the session: it keeps its small letters.
    """

    name: str
    session: Session
    reps: tuple[Rep, ...]
    shown: Rep
    is_named: bool = False

    @property
    def begins_sentence(self) -> str:
        """The heading as it begins a sentence."""
        return self.name if self.is_named else wording.capital(self.name)

    @property
    def title(self) -> str:
        """What is played of it."""
        typical_rep = (
            f", typical {self.shown.name} {self.shown.index}" if len(self.reps) > 1 else ""
        )
        return self.begins_sentence + typical_rep

    @property
    def form(self) -> Tally:
        """The repetitions by the grade of their form."""
        return tally(rep.form for rep in self.reps)


@dataclass(frozen=True)
class Pair:
    """Two halves under one heading, and their differences.

    Attributes
    ----------
    heading
        What they have in common, such as the leg.
    halves
        The two.
    differences
        In what was measured in both.
    over_time
        Whether the second is a later session of the same leg.
    single
        Whether single repetitions were chosen.
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
        """Whether both are the same repetitions, as for the two knees of a squat."""
        first, second = (half.reps for half in self.halves)
        return len(first) == len(second) and all(map(operator.is_, first, second))


def pairs_of_sessions(first: Named, second: Named) -> list[Pair]:
    """Put two sessions side by side, each leg by itself; a left and a right one leg with leg.

    Raises
    ------
    UsageError
        They are of different exercises, or have nothing to compare.
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
        return [_legs_of((first, second))]
    days = (first.session.day, second.session.day)
    headings = days if days[0] != days[1] else (first.name, second.name)
    return [_over_time(side, headings, (first.session, second.session)) for side in shared]


def pair_of_legs(one: Named) -> Pair:
    """Put the left leg of a session beside the right one.

    Raises
    ------
    UsageError
        Nothing was measured on both.
    """
    return _legs_of((one,))


def pair_of_reps(first: Named, second: Named, which: tuple[str, str]) -> Pair:
    """Put two repetitions side by side, of one session or of two.

    Parameters
    ----------
    first, second
        The sessions; the same one twice for two repetitions of it.
    which
        The repetition of each: its number, ``best``, ``worst`` or ``typical``.

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
        f"{_CHOSEN[word]}, {rep.name} {rep.index}" if word in _CHOSEN else f"{rep.name} {rep.index}"
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
        exercise.side_words(a.stance_side) if a.stance_side == b.stance_side else _two(exercise)
    )
    found = _between_reps(halves, same=same)
    if not found:
        raise UsageError(
            f"{words[0]} and {words[1]} have no measurement in common",
            hint="Choose two that were filmed from the same direction.",
        )
    return Pair(heading, halves, found, single=True)


def whose(session: Session, rep: Rep) -> str:
    """Say whose a repetition is, of which exercise, leg and day."""
    leg = "" if rep.stance_side == "both" else session.exercise.side_words(rep.stance_side)
    parts = (session.person, session.exercise.title, leg, session.day)
    return BETWEEN.join(part for part in parts if part)


def find_rep(one: Named, which: str) -> Rep:
    """Return a repetition by its number or its place in the set; raises ``UsageError``."""
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


def _require_same_exercise(first: Named, second: Named) -> None:
    exercises = first.session.exercise.id, second.session.exercise.id
    if exercises[0] != exercises[1]:
        raise UsageError(
            f"{first.name} is a {exercises[0]} and {second.name} is a {exercises[1]}",
            hint="Compare sessions of the same exercise.",
        )


def _require_reps(one: Named) -> None:
    if not one.session.reps:
        effort = one.session.exercise.effort
        raise UsageError(f"session {one.name} has no {effort}s", hint="Choose another session.")


def _over_time(side: Stance, names: tuple[str, str], sessions: tuple[Session, Session]) -> Pair:
    first, second = (
        _half(name, session, sure_reps(session, side), is_named=True)
        for name, session in zip(names, sessions, strict=True)
    )
    found = compare_sessions(first.reps, second.reps, sessions[0].exercise)
    return Pair(sessions[0].exercise.side_words(side), (first, second), found, over_time=True)


def _legs_of(named: Sequence[Named]) -> Pair:
    """Compare the legs of one session, or those of a left and a right one."""
    exercise = named[0].session.exercise
    reps = [rep for one in named for rep in one.session.reps]
    found = compare_legs(reps, exercise)
    if not found:
        raise UsageError(
            f"session {' with '.join(one.name for one in named)} {_on_one_leg(reps, exercise)}",
            hint="Compare a session of the left leg with one of the right leg.",
        )
    halves = []
    for side in SIDES:
        own = [rep for rep in reps if rep.stance_side in (side, "both")]
        session = next(one.session for one in named if _own(own, one.session))
        halves.append(_half(side, session, own))
    return Pair(_two(exercise), (halves[0], halves[1]), found)


def _half(name: str, session: Session, reps: Sequence[Rep], *, is_named: bool = False) -> Half:
    """Take several repetitions, of which the typical one of this session is played."""
    shown = typical(_own(reps, session), session.exercise)
    return Half(name, session, tuple(reps), shown, is_named)


def _own(reps: Sequence[Rep], session: Session) -> list[Rep]:
    """Those of the repetitions that are of this very session."""
    return [rep for rep in reps if any(rep is one for one in session.reps)]


def _two(exercise: ExerciseInfo) -> str:
    """Name both sides in a heading."""
    return f"left and right {'side' if exercise.is_held else 'leg'}"


def _on_one_leg(reps: Sequence[Rep], exercise: ExerciseInfo) -> str:
    """Return why two legs, or sides, cannot be compared."""
    effort, part = exercise.effort, "side" if exercise.is_held else "leg"
    if not reps:
        return f"has no {effort}"
    if not all(rep.stance_sure for rep in reps):
        return f"cannot be compared by {part}: which {part} was working is not certain"
    sides = dict.fromkeys(rep.stance_side for rep in reps)
    if len(sides) == 1 and "both" not in sides:
        return f"has {effort}s on one {part} only ({next(iter(sides))})"
    return f"has no measurement of both {part}s"


def _between_reps(halves: tuple[Half, Half], *, same: bool) -> tuple[Difference, ...]:
    """Compare what is shown, in the way that fits how the two belong together."""
    a, b = (half.shown for half in halves)
    exercise = halves[0].session.exercise
    if a.stance_side == b.stance_side:
        return compare_reps(a, b, exercise) if same else compare_sessions([a], [b], exercise)
    found = [one for one in compare_legs((a, b), exercise) if one.name != REPETITIONS]
    return tuple(found if a.stance_side == "left" else map(_turned_round, found))


def _turned_round(one: Difference) -> Difference:
    """The same difference seen from the other one."""
    symmetry = None if one.symmetry_pct is None else -one.symmetry_pct
    return replace(one, first=one.second, second=one.first, symmetry_pct=symmetry)


# --- in words -----------------------------------------------------------------------------------


def sentences(pair: Pair) -> tuple[str, ...]:
    """Say what differs for sure, and how what depends on the depth was compared."""
    return (_differences_in_words(pair), *_depths_in_words(pair))


def notes(first: Session, second: Session) -> tuple[str, ...]:
    """Say what keeps two sessions from being compared, or makes them differ."""
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
    """Say of what depends on the depth how it was compared, each way once."""
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
        f"{diff.spec.title.lower()} {_how(diff)}{_judged(diff) if pair.over_time else ''}"
        for diff in found
    ]
    return f"{pair.halves[1].begins_sentence} compared with {pair.names[0]}: {', '.join(parts)}."


def _how(diff: Difference) -> str:
    words = ("longer", "shorter") if diff.spec.role == "tempo" else ("higher", "lower")
    return words[0] if diff.difference > 0 else words[1]


def _judged(diff: Difference) -> str:
    """Say whether a change is towards what is good."""
    tone = direction(diff)
    return f" ({tone})" if tone in ("better", "worse") else ""

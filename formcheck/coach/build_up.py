"""Adapts a training programme to a person: today's dose of each block, from past sessions.

A programme (``data/programme.py``) is a list of blocks; each has an exercise and a dose: sets,
repetitions, seconds, step height and load. :func:`todays_doses` replaces the dose with the one that
:func:`formcheck.coach.advice.advise` recommends after the last sessions. If the advice is a range,
its lower end is used. This module has no rules of its own.

If an exercise has become too hard, it is replaced by the easier one, until the advice for the
easier one is to move on. No exercise becomes harder than the one in the programme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from formcheck.coach.advice import NextStep, advise
from formcheck.coach.advice_rules import (
    LONGER,
    LOWEST_STEP_CM,
    MORE_REPETITIONS,
    MOST_REPETITIONS,
    STAY,
    AdviceRule,
)
from formcheck.coach.session_facts import Facts, by_day, whole_steps_s
from formcheck.data.programme import Block, Programme
from formcheck.data.session import ExerciseInfo, Stance, side_words
from formcheck.exercises import all_exercises, get_exercise

PastFacts = Mapping[str, Mapping[Stance, Sequence[Facts]]]
"""A person's past sessions by exercise and leg, the oldest first."""

AS_WRITTEN = "As the programme says."
NO_BUILD_UP = "As the programme says: this one is the same every time."
SELF_PACED = "As the programme says: it is only counted, not measured."
FIRST_TIME = "As the programme says: this is the first time."
AS_LAST_TIME = "As last time"


@dataclass(frozen=True)
class TodaysBlock:
    """A block with today's dose.

    Attributes
    ----------
    number
        Number of the block in the programme, from 1.
    legs
        The legs for which it is. If both legs need different doses, a block of the programme
        becomes two.
    block
        The block with today's dose; its exercise may be an easier one.
    reason
        The reason for the dose, in one sentence.
    rules
        The rules of advice that were applied; empty without past sessions.
    left_out
        Whether the block is not done today; it is then unchanged.
    """

    number: int
    legs: tuple[Stance, ...]
    block: Block
    reason: str
    rules: tuple[AdviceRule, ...] = ()
    left_out: bool = False


@dataclass(frozen=True)
class Today:
    """A programme with today's doses.

    Attributes
    ----------
    programme
        The programme with the blocks that are done today.
    blocks
        All blocks in order, also those that are left out, with the reasons for their doses.
    """

    programme: Programme
    blocks: tuple[TodaysBlock, ...]


def as_written(programme: Programme, reason: str = AS_WRITTEN) -> Today:
    """Return the programme with the doses that are written in it."""
    blocks = (
        TodaysBlock(number, _legs(block), block, reason)
        for number, block in enumerate(programme.blocks, start=1)
    )
    return Today(programme, tuple(blocks))


def todays_doses(programme: Programme, past: PastFacts) -> Today:
    """Return the programme with the doses that the person's past sessions recommend.

    Parameters
    ----------
    programme
        The programme, checked by :func:`formcheck.coach.programme_files.require_possible`.
    past
        The person's sessions of the exercises that :func:`exercises_of` lists; may be empty.
    """
    if not programme.build_up:
        return as_written(programme, NO_BUILD_UP)
    person = _Person(programme, past)
    blocks = tuple(
        part
        for number, block in enumerate(programme.blocks, start=1)
        for part in _todays_blocks(number, block, person)
    )
    done = tuple(one.block for one in blocks if not one.left_out)
    return Today(msgspec.structs.replace(programme, blocks=done), blocks)


def exercises_of(programme: Programme) -> tuple[str, ...]:
    """List the exercises whose past sessions matter: those of the programme, and easier ones."""
    easier = {exercise.id: exercise.easier for exercise in all_exercises()}
    found: dict[str, None] = {}
    for block in programme.blocks:
        one: str | None = None if block.is_self_paced else block.exercise
        while one in easier and one not in found:
            found[one] = None
            one = easier[one]
    return tuple(found)


class _Person:
    """The person's past sessions, all exercises, and the repetitions written in the programme."""

    def __init__(self, programme: Programme, past: PastFacts) -> None:
        self.past = past
        self.known = {exercise.id: exercise.info() for exercise in all_exercises()}
        self._most_written: dict[str, int] = {}
        for block in programme.blocks:
            most = max(self._most_written.get(block.exercise, 0), block.repetitions or 0)
            self._most_written[block.exercise] = most

    def added(self, exercise: str, repetitions: int | None) -> int:
        """Return how many repetitions in a set were done above those written in the programme.

        Rounded down to multiples of :data:`MORE_REPETITIONS`, so that one repetition too many by
        mistake does not change the dose.
        """
        if repetitions is None:
            return 0
        most = self._most_written[exercise]
        steps = (min(repetitions, MOST_REPETITIONS) - most) // MORE_REPETITIONS
        return max(0, steps) * MORE_REPETITIONS


@dataclass(frozen=True)
class _LegState:
    """The state of one leg in a block.

    Attributes
    ----------
    exercise
        Today's exercise of the leg: the one of the block, or an easier one.
    side
        The leg, or ``both`` if the exercise works both.
    last
        The facts of its last day with this exercise; ``None`` if it starts with it today.
    advice
        The advice for it; the first piece is the most important.
    in_place_of
        Its state in the harder exercise that this one replaces; ``None`` if nothing is replaced.
    """

    exercise: ExerciseInfo
    side: Stance
    last: Facts | None = None
    advice: tuple[NextStep, ...] = ()
    in_place_of: _LegState | None = None


def _todays_blocks(number: int, block: Block, person: _Person) -> list[TodaysBlock]:
    sides = _legs(block)
    if block.is_self_paced:
        return [TodaysBlock(number, sides, block, SELF_PACED)]
    legs = [
        _todays_exercise(_LegState(person.known[block.exercise], side), person) for side in sides
    ]
    for leg in legs:
        if leg.advice and leg.advice[0].about == "stop":
            stop = leg.advice[0]
            reason = _sentence(stop.text, stop.because)
            return [TodaysBlock(number, sides, block, reason, (stop.rule,), left_out=True)]
    parts = [
        TodaysBlock(number, (side,), *_todays_part(block, leg, person))
        for side, leg in zip(sides, legs, strict=True)
    ]
    return _legs_joined(parts, block.exercise)


def _legs(block: Block) -> tuple[Stance, ...]:
    """Return the legs of a block as written in the programme."""
    return ("left", "right") if block.side == "each" else (block.side,)


def _todays_exercise(begun: _LegState, person: _Person, since: str = "") -> _LegState:
    """Find today's exercise of a leg, and the advice for it.

    Calls itself with the easier exercise if the advice is to change to it.

    Parameters
    ----------
    begun
        The leg with the exercise to start from.
    person
        The past sessions; only those after the day ``since`` are used.
    """
    past = person.past.get(begun.exercise.id, {}).get(begun.side, ())
    own = [one for one in past if one.day > since]
    if not own:
        return begun
    harder = begun.in_place_of
    here = msgspec.structs.replace(
        begun.exercise, harder=None if harder is None else harder.exercise.id
    )
    leg = replace(begun, last=by_day(own)[-1], advice=advise(here, {begun.side: own}, person.known))
    first = leg.advice[0] if leg.advice else None
    if first is None or first.about == "stop":
        return leg
    easier = person.known.get(first.dose.exercise or "")
    if first.way == "back" and easier is not None:
        side: Stance = "both" if easier.stance == "both" else begun.side
        changed = _LegState(easier, side, advice=leg.advice, in_place_of=leg)
        return _todays_exercise(changed, person, since=own[-1].day)
    if first.way == "on" and harder is not None:
        return replace(harder, last=None, advice=leg.advice)
    return leg


def _todays_part(
    block: Block, leg: _LegState, person: _Person
) -> tuple[Block, str, tuple[AdviceRule, ...]]:
    """Return the block with today's dose for one leg, the reason, and the rules."""
    written = _with_exercise(block, leg)
    if not leg.advice:
        return written, FIRST_TIME, ()
    if leg.last is None:
        return _changed_exercise(written, leg)
    decides = _deciding_advice(leg.advice)
    before = _as_last_time(written, leg, person)
    after = _as_advised(before, written, leg, person)
    what = _what_changes(before, after, leg.last)
    if what and decides.way == "same":
        what = decides.text
    elif not what:
        what = _unchanged_words(leg) if decides.rule in (STAY, LONGER) else decides.text
    return after, _sentence(what, decides.because), (decides.rule,)


def _with_exercise(block: Block, leg: _LegState) -> Block:
    """Return the block for one leg, with today's exercise of the leg."""
    exercise = leg.exercise
    if exercise.id == block.exercise:
        return msgspec.structs.replace(block, side=leg.side)
    view = block.view if block.view in get_exercise(exercise.id).views else None
    return msgspec.structs.replace(
        block,
        exercise=exercise.id,
        side=leg.side,
        tempo=None if exercise.is_held else block.tempo,
        step_cm=LOWEST_STEP_CM if exercise.has_step else None,
        load_kg=None,
        view=view,
        note="",
    )


def _changed_exercise(written: Block, leg: _LegState) -> tuple[Block, str, tuple[AdviceRule, ...]]:
    """Return the block of a leg that changes to an easier exercise today, or back from it."""
    first = leg.advice[0]
    title = leg.exercise.title
    if leg.in_place_of is not None:
        what = f"{title} {_instead(leg, leg.in_place_of)}"
    else:
        what = f"Back to the {title.lower()}"
        step_cm = LOWEST_STEP_CM if leg.exercise.has_step else None
        written = msgspec.structs.replace(written, step_cm=step_cm, load_kg=None)
    return written, _sentence(what, first.because), (first.rule,)


def _as_last_time(written: Block, leg: _LegState, person: _Person) -> Block:
    """Return the block with the dose of the last day; what is not known stays as written."""
    exercise, last = leg.exercise, leg.last
    if last is None:
        return written
    step_cm, load_kg = last.training.step_height_cm, last.training.load_kg
    values: dict[str, Any] = {}
    if exercise.has_step and step_cm is not None:
        values["step_cm"] = step_cm
    if exercise.load and load_kg is not None:
        values["load_kg"] = load_kg or None
    if written.seconds is not None and last.held_s is not None:
        values["seconds"] = whole_steps_s(last.held_s)
    if written.repetitions is not None and leg.in_place_of is None:
        added = person.added(exercise.id, last.in_set)
        values["repetitions"] = written.repetitions + added
    return msgspec.structs.replace(written, **values)


def _as_advised(before: Block, written: Block, leg: _LegState, person: _Person) -> Block:
    """Return the block with the dose of the last day, changed as advised."""
    values: dict[str, Any] = {}
    followed = [one for one in leg.advice if not one.instead]
    if any(one.way != "same" and one.about in ("exercise", "step", "load") for one in followed):
        values["repetitions"] = written.repetitions
    for one in followed:
        dose = one.dose
        if dose.step_cm is not None:
            values["step_cm"] = dose.step_cm[0]
        if dose.load_kg is not None:
            values["load_kg"] = dose.load_kg[0] or None
        if dose.seconds is not None:
            values["seconds"] = dose.seconds[0]
        if dose.repetitions is not None and written.repetitions is not None:
            added = person.added(leg.exercise.id, dose.repetitions)
            values["repetitions"] = written.repetitions + added
    return msgspec.structs.replace(before, **values)


def _deciding_advice(advice: Sequence[NextStep]) -> NextStep:
    """Return the first advice that changes the dose; if there is none, the first one."""
    moving = (one for one in advice if one.way != "same" and not one.instead)
    return next(moving, advice[0])


def _what_changes(before: Block, after: Block, last: Facts) -> str:
    """Say what differs between two doses: ``Step raised from 10 to 12 cm``; empty for nothing.

    Of a hold, the seconds named are those that were held on the last day, not the whole steps.
    """
    said = []
    if before.step_cm != after.step_cm:
        said.append(_raised_or_lowered("step", before.step_cm, after.step_cm, " cm"))
    if before.seconds != after.seconds:
        held_s = before.seconds if last.held_s is None else round(last.held_s)
        said.append(_raised_or_lowered("hold", held_s, after.seconds, " s"))
    if before.load_kg != after.load_kg:
        said.append(_raised_or_lowered("weight", before.load_kg, after.load_kg, " kg"))
    if before.repetitions != after.repetitions:
        said.append(_raised_or_lowered("repetitions", before.repetitions, after.repetitions, ""))
    words = ", ".join(said)
    return words[:1].upper() + words[1:]


def _raised_or_lowered(what: str, before: float | None, after: float | None, unit: str) -> str:
    old, new = before or 0, after or 0
    way = "raised" if new > old else "lowered"
    return f"{what} {way} from {old:g} to {new:g}{unit}"


def _unchanged_words(leg: _LegState) -> str:
    if leg.in_place_of is None:
        return AS_LAST_TIME
    return f"{leg.exercise.title} {_instead(leg, leg.in_place_of)}, as last time"


def _instead(leg: _LegState, harder: _LegState) -> str:
    """Word what an easier exercise replaces, and that it needs both legs where that is new."""
    legs = "(both legs) " if leg.side == "both" != harder.side else ""
    return f"{legs}instead of the {harder.exercise.title.lower()}"


def _sentence(what: str, because: str) -> str:
    return f"{what.rstrip('.')}: {because}."


def _legs_joined(parts: list[TodaysBlock], exercise: str) -> list[TodaysBlock]:
    """Join the blocks of the two legs if their doses are equal.

    If the exercise works both legs together, the smaller dose is used. If the legs do different
    exercises, the one of the programme comes first, because the camera already stands right for it.
    """
    if len(parts) == 1:
        return parts
    first, second = parts
    legs = (*first.legs, *second.legs)
    rules = tuple(dict.fromkeys((*first.rules, *second.rules)))
    reason = first.reason if first.reason == second.reason else _reasons_by_leg(parts)
    same = first.block.exercise == second.block.exercise
    if same and first.block.side == "both":
        smaller = min((part.block for part in parts), key=_dose_size)
        return [TodaysBlock(first.number, legs, smaller, reason, rules)]
    if msgspec.structs.replace(first.block, side=second.block.side) == second.block:
        block = msgspec.structs.replace(first.block, side="each")
        return [TodaysBlock(first.number, legs, block, reason, rules)]
    named = [part if same else replace(part, reason=_for_its_side(part)) for part in parts]
    return sorted(named, key=lambda part: part.block.exercise != exercise)


def _reasons_by_leg(parts: Sequence[TodaysBlock]) -> str:
    return " ".join(f"{part.legs[0].capitalize()}: {part.reason}" for part in parts)


def _for_its_side(part: TodaysBlock) -> str:
    """Say for which side an own block of it is: ``For the left leg: air squat instead ...``."""
    side = side_words(part.legs[0], is_held=get_exercise(part.block.exercise).info().is_held)
    return f"For the {side}: {part.reason[:1].lower()}{part.reason[1:]}"


def _dose_size(block: Block) -> tuple[float, float, float]:
    return block.load_kg or 0.0, block.seconds or 0.0, block.repetitions or 0

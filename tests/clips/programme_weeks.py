"""Twelve weeks of a programme by two made-up people, who do each time what it asks for.

What a person can do is put in: a session's repetitions are good as long as its dose is within that.
The repetitions are graded by formcheck, so that all that follows a measurement is the real thing:
grades, advice, the doses of the next session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from clips.made_reps import rep_with
from formcheck.coach.advice_rules import PAIN_IDEAL, RULES
from formcheck.coach.build_up import Today, TodaysBlock, todays_doses
from formcheck.coach.programme_files import open_programme, view_of
from formcheck.coach.session_facts import Facts, facts
from formcheck.data.programme import Block, BlockView
from formcheck.data.session import (
    HELD,
    HELD_WELL,
    ExerciseInfo,
    MeasureSpec,
    Rep,
    Stance,
    Training,
    View,
)
from formcheck.exercises import get_exercise

PROGRAMME = "downhill"
FIRST_DAY = date(2026, 3, 2)
DAYS = tuple(7 * week + day for week in range(12) for day in (0, 3))
"""Two sessions a week, on Mondays and Thursdays."""

A_LITTLE_TOO_MUCH_CM, OVER_S = 2.0, 0.4
"""How far beyond what a person can do most repetitions are still good; how much longer than asked
for a hold lasts."""


@dataclass(frozen=True)
class Ability:
    """What one leg can do in a session, counted from 0.

    Attributes
    ----------
    step_cm
        Highest step that it does well.
    holds_squat
        Whether it does single-leg squats well.
    hold_s
        How long a plank is held well.
    upright
        Whether the trunk stays upright in all repetitions; otherwise it leans in one of them.
    slow
        Whether it goes down slowly.
    """

    step_cm: float
    holds_squat: bool
    hold_s: float
    upright: bool = True
    slow: bool = True


@dataclass(frozen=True)
class Person:
    """A made-up person: what each side can do, and the pain that is entered for leg exercises."""

    name: str
    able: Callable[[int, Stance], Ability]
    pain: Callable[[int], int]


def _better(session: int, side: Stance) -> Ability:
    ahead = 0 if side == "right" else 2
    return Ability(
        step_cm=9.0 + ahead + 0.9 * session,
        holds_squat=session >= 6 - ahead,
        hold_s=21.0 + 2.5 * session,
        upright=session >= 8 or side == "left",
        slow=session != 3,
    )


def _pain(session: int, side: Stance) -> Ability:  # noqa: ARG001
    return Ability(step_cm=17.0, holds_squat=True, hold_s=42.0, upright=session % 5 != 0)


PEOPLE = (
    Person("gets better", _better, lambda _: 1),
    Person("has pain in week 5", _pain, lambda session: {8: 4, 9: 3}.get(session, 1)),
)


@dataclass(frozen=True)
class Done:
    """What one side did in a session: its dose, and what was put in.

    Attributes
    ----------
    block
        The dose, with the exercise that was done.
    good, of
        Good repetitions or holds.
    slow, upright
        As put in.
    pain
        As entered.
    held_s, held_well_s
        Of a hold.
    """

    block: Block
    good: int
    of: int
    slow: bool
    upright: bool
    pain: int
    held_s: float | None = None
    held_well_s: float | None = None


@dataclass
class Weeks:
    """A person's sessions: what was asked for, what was done, and what is kept of it."""

    person: Person
    asked: list[Today] = field(default_factory=list)
    done: list[dict[tuple[int, Stance], Done]] = field(default_factory=list)
    """By the number of the block as written, and the leg."""
    past: dict[str, dict[Stance, list[Facts]]] = field(default_factory=dict)


def twelve_weeks(person: Person) -> Weeks:
    """Let a person do the programme for twelve weeks, each session as it is asked for."""
    weeks = Weeks(person)
    programme = open_programme(PROGRAMME)
    for session in range(len(DAYS)):
        today = todays_doses(programme, weeks.past)
        done: dict[tuple[int, Stance], Done] = {}
        for one in today.blocks:
            if one.block.is_self_paced or one.left_out:
                continue
            for leg in one.legs:
                side: Stance = "both" if one.block.side == "both" else leg
                did, found = _session(person, session, one.block, leg)
                if leg == one.legs[0] or side != "both":
                    weeks.past.setdefault(one.block.exercise, {}).setdefault(side, []).append(found)
                done[one.number, leg] = did
        weeks.asked.append(today)
        weeks.done.append(done)
    return weeks


def day_of(session: int) -> str:
    """The day of a session, ``YYYY-MM-DD``."""
    return (FIRST_DAY + timedelta(days=DAYS[session])).isoformat()


def _session(person: Person, session: int, block: Block, leg: Stance) -> tuple[Done, Facts]:
    """One leg's part of a block, and what advice reads of it."""
    info = get_exercise(block.exercise).info()
    view = view_of(block) or "front"
    able = person.able(session, leg)
    did = _done(block, able, person.pain(session) if not info.is_held else 0)
    graded = [
        _effort(info, view, number, did, is_good=number < did.good) for number in range(did.of)
    ]
    training = Training(
        step_height_cm=block.step_cm,
        load_kg=block.load_kg,
        pain=did.pain,
        target_hold_s=block.seconds,
    )
    return did, facts(day_of(session), training, graded, info.specs)


def _done(block: Block, able: Ability, pain: int) -> Done:
    """What comes of a dose, by what the leg can do."""
    if block.seconds is not None:
        held_s = block.seconds + OVER_S
        well_s = min(held_s, able.hold_s)
        good = block.sets if able.hold_s >= block.seconds else 0
        return Done(block, good, block.sets, True, True, pain, held_s, well_s)
    count = block.sets * (block.repetitions or 0)
    share = 1.0
    if block.step_cm is not None and block.step_cm > able.step_cm:
        share = 0.6 if block.step_cm <= able.step_cm + A_LITTLE_TOO_MUCH_CM else 0.3
    if get_exercise(block.exercise).easier is not None and block.step_cm is None:
        share = 1.0 if able.holds_squat else 0.3
    good = min(round(share * count), count if able.upright else count - 1)
    return Done(block, good, count, able.slow, able.upright, pain)


def _effort(info: ExerciseInfo, view: BlockView, number: int, did: Done, *, is_good: bool) -> Rep:
    """One graded repetition or hold: each number in the middle of the band it belongs to."""
    leans = number == did.of - 1 and not did.upright
    values: dict[str, float] = {}
    for spec in info.specs:
        if spec.limits is None or not (spec.role == "tempo" or view in spec.views):
            continue
        fine = did.slow if spec.role == "tempo" else is_good and not leans
        values[spec.id] = _in_band(spec, good=fine)
    if did.held_s is not None and did.held_well_s is not None:
        values |= {HELD: did.held_s, HELD_WELL: did.held_well_s}
    per_set = did.of // did.block.sets
    return rep_with(
        values,
        index=number + 1,
        set_index=1 + number // per_set,
        specs=info.specs,
        view=View(kind=view, yaw_deg=0.0, yaw_sem_deg=1.0),
    )


def _in_band(spec: MeasureSpec, *, good: bool) -> float:
    """A number well inside the good band of a measurement, or inside its watch band."""
    limits = spec.limits
    assert limits is not None
    low, high = limits.good_low, limits.good_high
    if good:
        if low is not None and high is not None:
            return (low + high) / 2
        return low + 1.0 if low is not None else (high or 0.0) - 1.0
    if high is not None and limits.watch_high is not None:
        return (high + limits.watch_high) / 2
    assert low is not None
    assert limits.watch_low is not None
    return (low + limits.watch_low) / 2


HEAD = ("week", "step-down", "single-leg squat", "side plank", "plank")
BLOCKS = (2, 3, 4, 6)
"""The blocks of the table, by number. Both people do step-ups as well as step-downs, so these have
the same doses, and so has the step-down from the side."""


def table(weeks: Weeks) -> str:
    """One row a session: what was asked for, and how much of it was good.

    In bold with its rule: what differs from the session before.
    """
    rows = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    for session, today in enumerate(weeks.asked):
        cells = [_week(weeks.person, session)]
        for number in BLOCKS:
            parts = [one for one in today.blocks if one.number == number]
            cells.append("; ".join(_cell(weeks, session, part) for part in parts))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def dose_of(block: Block) -> tuple[str, float | None, float, float | None]:
    """What a dose is made of: exercise, step in cm, weight in kg, repetitions or seconds."""
    amount = block.seconds if block.seconds is not None else block.repetitions
    return block.exercise, block.step_cm, block.load_kg or 0.0, amount


def _week(person: Person, session: int) -> str:
    pain = person.pain(session)
    week = f"{1 + DAYS[session] // 7}"
    return f"{week}, pain {pain}" if pain > PAIN_IDEAL else week


def _cell(weeks: Weeks, session: int, part: TodaysBlock) -> str:
    done, before = weeks.done[session], weeks.done[max(0, session - 1)]
    legs = "" if len(part.legs) == 2 or part.legs == ("both",) else f"{part.legs[0]} "
    text = legs + _words(part.block)
    if any(dose_of(before[part.number, leg].block) != dose_of(part.block) for leg in part.legs):
        about = (name.lower() for name, rule in RULES.items() if rule in part.rules)
        text = f"**{text}** ({', '.join(about)})"
    results = dict.fromkeys(_result(done[part.number, leg]) for leg in part.legs)
    return f"{text} {' and '.join(results)}"


def _result(done: Done) -> str:
    """``16/16``, and what else was put in that a rule asks for."""
    remarks = ["" if done.slow else ", too fast", "" if done.upright else ", leans"]
    return f"{done.good}/{done.of}{''.join(remarks)}"


def _words(block: Block) -> str:
    """A dose in short: ``12 cm``, ``8 reps + 1 kg``, ``25 s``, ``squat``."""
    exercise, step_cm, load_kg, amount = dose_of(block)
    if exercise not in {one.exercise for one in open_programme(PROGRAMME).blocks}:
        return get_exercise(exercise).title.lower()
    if block.seconds is not None:
        words = f"{amount:g} s"
    else:
        words = f"{amount:g} reps" if step_cm is None else f"{step_cm:g} cm"
    return f"{words} + {load_kg:g} kg" if load_kg else words

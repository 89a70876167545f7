"""Twelve weeks of a programme: the doses go up and down as the printed rules say, nothing else.

The rules are followed here once more, forward from session to session, on what was put in; the
package reads them off the graded sessions that are past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from clips.programme_weeks import (
    PEOPLE,
    PROGRAMME,
    Done,
    Person,
    Weeks,
    dose_of,
    table,
    twelve_weeks,
)

from formcheck.coach import advice_rules as rules
from formcheck.coach.programme_files import open_programme
from formcheck.data.programme import Block
from formcheck.data.session import Stance
from formcheck.exercises import get_exercise

Dose = tuple[str, float | None, float, float | None]
LEGS: dict[str, tuple[Stance, ...]] = {"each": ("left", "right"), "both": ("both",)}


@dataclass(frozen=True)
class Day:
    """A day of one exercise as the rules look at it: as good as the worst of its blocks."""

    dose: Dose
    good: bool
    poor: bool
    upright: bool
    pain: int

    @classmethod
    def of(cls, dose: Dose, done: Sequence[Done]) -> Day:
        shares = [one.good / one.of for one in done]
        pain = max(one.pain for one in done)
        slow = all(one.slow for one in done) or get_exercise(dose[0]).goal == "strength"
        return cls(
            dose=dose,
            good=min(shares) >= 0.8 and slow and pain <= 2,
            poor=min(shares) < 0.5,
            upright=all(one.upright for one in done),
            pain=pain,
        )


def expected(written: Block, sessions: Sequence[Sequence[Done]]) -> Iterator[Dose]:
    """The doses of one leg by the printed rules, from what was put into its sessions."""
    own = written.exercise
    first = dose_of(written)
    dose, before = first, None
    for done in sessions:
        yield dose
        day = Day.of(dose, done)
        dose = after(day, before, first)
        before = None if (dose[0] == own) != (day.dose[0] == own) else day


def after(day: Day, before: Day | None, first: Dose) -> Dose:
    """The next dose."""
    exercise, step_cm, load_kg, amount = day.dose
    written = first[3]
    assert amount is not None
    if day.pain >= 3 or day.poor:
        if get_exercise(exercise).held is not None:
            return exercise, None, 0.0, max(10.0, amount - 10)
        if step_cm is not None and step_cm > 10:
            return exercise, max(10.0, step_cm - 5), 0.0, written
        return get_exercise(first[0]).easier or exercise, None, 0.0, written
    if before is None or not (day.good and before.good) or day.dose[:3] != before.dose[:3]:
        return day.dose
    if exercise != first[0]:
        return first[0], None if first[1] is None else 10.0, 0.0, written
    assert before.dose[3] is not None
    as_many_before = before.dose[3] >= amount
    if get_exercise(exercise).held is not None:
        return exercise, None, 0.0, min(60.0, amount + 5) if as_many_before else amount
    if step_cm is not None and step_cm < 24:
        return exercise, min(24.0, step_cm + 2), load_kg, written
    if get_exercise(exercise).load and day.upright and before.upright:
        return exercise, step_cm, load_kg + 1, written
    return exercise, step_cm, load_kg, min(12, amount + 2) if as_many_before else amount


@pytest.fixture(scope="module", params=PEOPLE, ids=lambda person: person.name)
def weeks(request: pytest.FixtureRequest) -> Weeks:
    person: Person = request.param
    return twelve_weeks(person)


def test_the_doses_are_those_of_the_printed_rules_and_no_others(weeks: Weeks) -> None:
    programme = open_programme(PROGRAMME)
    compared = 0
    for number, block in enumerate(programme.blocks, start=1):
        if block.is_self_paced:
            continue
        same = [n for n, one in enumerate(programme.blocks, 1) if one.exercise == block.exercise]
        for leg in LEGS[block.side]:
            sessions = [[done[n, leg] for n in same] for done in weeks.done]
            found = [dose_of(done[number, leg].block) for done in weeks.done]
            assert found == list(expected(block, sessions)), (number, leg)
            compared += len(found)
    assert compared == 24 * 11


def test_every_change_has_its_reason_and_names_its_rule(weeks: Weeks) -> None:
    for before, today in zip(weeks.asked, weeks.asked[1:], strict=False):
        doses = {(one.number, leg): dose_of(one.block) for one in before.blocks for leg in one.legs}
        for one in today.blocks:
            same = {doses[one.number, leg] for leg in one.legs} == {dose_of(one.block)}
            if not same:
                assert set(one.rules) - {rules.STAY, rules.HIGH_ENOUGH, rules.LONG_ENOUGH}
            assert one.reason.endswith(".")


def test_these_rules_were_put_to_the_test() -> None:
    met = {
        rule
        for person in PEOPLE
        for today in twelve_weeks(person).asked
        for one in today.blocks
        for rule in one.rules
    }
    assert met == {
        *(rules.EASE, rules.REGRESS, rules.STAY, rules.RAISE, rules.LONGER),
        *(rules.LONG_ENOUGH, rules.LOAD, rules.MORE),
    }


def test_the_page_shows_this_table(weeks: Weeks, root: Path) -> None:
    page = (root / "docs" / "accuracy.md").read_text("utf-8")
    assert f"Who {weeks.person.name}:\n\n{table(weeks)}" in page, (
        "run: python benchmarks/twelve_weeks.py, and copy what it prints"
    )

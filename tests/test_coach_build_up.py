"""A programme builds up by the rules of advice: known sessions in, known doses out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from formcheck.coach import advice_rules as rules
from formcheck.coach.build_up import (
    PastFacts,
    TodaysBlock,
    as_written,
    exercises_of,
    todays_doses,
)
from formcheck.coach.programme_files import open_programme, shipped_names
from formcheck.coach.session_facts import Facts
from formcheck.data.programme import Block, Programme
from formcheck.data.session import Tally, Training

STEP = Block(exercise="step_down", side="each", repetitions=8, tempo="3-1-1-0", step_cm=10.0)
SINGLE = Block(exercise="single_leg_squat", side="each", repetitions=6, view="side", note="Slowly.")
HOLD = Block(exercise="plank", side="both", seconds=20.0)


def day(
    number: int,
    *,
    good: int = 10,
    step: float | None = 10.0,
    load: float | None = None,
    pain: int | None = 0,
    upright: bool | None = True,
    **more: Any,
) -> Facts:
    """A session of ten repetitions, so many of them good."""
    return Facts(
        f"2026-05-{number:02d}",
        Training(step_height_cm=step, load_kg=load, pain=pain),
        Tally(good=good, watch=10 - good),
        Tally(good=10),
        upright,
        view="front",
        **more,
    )


def held(number: int, seconds: float, *, good: int = 10) -> Facts:
    return day(number, good=good, step=None, held_s=seconds, held_well_s=seconds)


def today(*blocks: Block, past: PastFacts) -> tuple[TodaysBlock, ...]:
    programme = Programme(name="mine", title="Mine", blocks=blocks)
    return todays_doses(programme, past).blocks


def both_legs(*days: Facts) -> dict[Any, list[Facts]]:
    return {"left": list(days), "right": list(days)}


@pytest.mark.parametrize("name", shipped_names())
def test_the_first_time_it_is_done_as_written(name: str) -> None:
    programme = open_programme(name)
    found = todays_doses(programme, {})
    assert found.programme == programme
    assert [one.block for one in found.blocks] == list(programme.blocks)
    assert all(one.reason.startswith("As the programme says") for one in found.blocks)


def test_a_check_does_not_build_up() -> None:
    past = {"step_down": both_legs(day(1, step=15.0), day(2, step=15.0))}
    check = open_programme("check")
    assert todays_doses(check, past).programme == check
    assert todays_doses(open_programme("downhill"), past).programme != open_programme("downhill")


def test_the_step_goes_up_by_the_smaller_of_what_is_advised() -> None:
    (one,) = today(STEP, past={"step_down": both_legs(day(1), day(2))})
    assert one.block == msgspec.structs.replace(STEP, step_cm=12.0)
    assert (
        one.reason
        == "Step raised from 10 to 12 cm: good form and tempo on 2026-05-01 and 2026-05-02."
    )
    assert one.rules == (rules.RAISE,)


def test_it_goes_on_from_what_was_done_last_not_from_what_is_written() -> None:
    (one,) = today(STEP, past={"step_down": both_legs(day(1, step=18.0, load=2.0))})
    assert (one.block.step_cm, one.block.load_kg) == (18.0, 2.0)
    assert one.reason == (
        "As last time: there is one good session so far; moving on takes two good sessions in a "
        "row."
    )
    (one,) = today(STEP, past={"step_down": both_legs(day(1, step=None))})
    assert one.block == STEP


def test_pain_lowers_the_step_by_the_larger_of_what_is_advised_and_takes_the_weight() -> None:
    last = day(2, step=20.0, load=3.0, pain=4)
    (one,) = today(STEP, past={"step_down": both_legs(day(1, step=20.0, load=3.0), last)})
    assert (one.block.step_cm, one.block.load_kg) == (15.0, None)
    assert one.reason == (
        "Step lowered from 20 to 15 cm, weight lowered from 3 to 0 kg: pain 4 of 10 on 2026-05-02."
    )
    assert one.rules == (rules.EASE,)


def test_legs_that_differ_are_two_blocks_each_with_its_own_reason() -> None:
    past: PastFacts = {"step_down": {"left": [day(1), day(2)], "right": [day(1), day(2, good=7)]}}
    left, right = today(STEP, past=past)
    assert (left.block.side, left.block.step_cm, left.legs) == ("left", 12.0, ("left",))
    assert (right.block.side, right.block.step_cm, right.number) == ("right", 10.0, 1)
    assert right.reason == (
        "As last time: 7 of 10 repetitions had good form, 10 of 10 were slow enough on 2026-05-02."
    )


def test_legs_with_the_same_dose_for_other_reasons_are_one_block() -> None:
    past: PastFacts = {"step_down": {"left": [day(1)], "right": [day(1), day(2, good=7)]}}
    (one,) = today(STEP, past=past)
    assert one.block == STEP
    assert one.reason.startswith("Left: As last time: there is one good session so far")
    assert " Right: As last time: 7 of 10 repetitions had good" in one.reason


def test_the_air_squat_stands_in_until_two_sessions_of_it_are_good() -> None:
    past: dict[Any, Any] = {"single_leg_squat": both_legs(day(3, step=None, good=4))}
    (one,) = today(SINGLE, past=past)
    assert one.block == Block(exercise="squat", side="both", repetitions=6, view="side")
    assert one.reason == (
        "Air squat (both legs) instead of the single-leg squat: 4 of 10 repetitions had good form "
        "on 2026-05-03."
    )
    past["squat"] = {"both": [day(2, step=None), day(3, step=None), day(4, step=None)]}
    (one,) = today(SINGLE, past=past)
    assert (one.block.exercise, one.rules) == ("squat", (rules.STAY,))
    assert one.reason == (
        "Air squat (both legs) instead of the single-leg squat, as last time: there is one good "
        "session so far; moving on takes two good sessions in a row."
    )
    past["squat"]["both"].append(day(5, step=None))
    (one,) = today(SINGLE, past=past)
    assert one.block == SINGLE
    assert one.reason.startswith("Back to the single-leg squat: good form")
    past["single_leg_squat"] = both_legs(day(3, step=None, good=4), day(6, step=None))
    (one,) = today(SINGLE, past=past)
    assert one.reason.startswith("As last time: the last session (2026-05-06) was good, but")


def test_a_step_down_that_comes_back_begins_on_the_smallest_step() -> None:
    high = msgspec.structs.replace(STEP, step_cm=20.0, load_kg=4.0)
    past: PastFacts = {
        "step_down": both_legs(day(1, good=2)),
        "squat": {"both": [day(2, step=None), day(3, step=None)]},
    }
    (one,) = today(high, past=past)
    assert (one.block.exercise, one.block.step_cm, one.block.load_kg) == ("step_down", 10.0, None)


def test_one_leg_that_changes_comes_after_the_one_that_does_not() -> None:
    past: PastFacts = {
        "single_leg_squat": {"left": [day(1, step=None, good=2)], "right": [day(1, step=None)]}
    }
    right, left = today(SINGLE, past=past)
    assert (right.block.exercise, right.legs) == ("single_leg_squat", ("right",))
    assert (left.block.exercise, left.legs) == ("squat", ("left",))
    assert left.reason.startswith(
        "For the left leg: air squat (both legs) instead of the single-leg squat: 2 of 10"
    )


def test_a_programme_never_goes_on_to_an_exercise_harder_than_its_own() -> None:
    squat = Block(exercise="squat", side="both", repetitions=8)
    (one,) = today(squat, past={"squat": {"both": [day(1, step=None), day(2, step=None)]}})
    assert one.block == msgspec.structs.replace(squat, load_kg=1.0)
    assert one.reason == (
        "Weight raised from 0 to 1 kg: the trunk stayed upright on 2026-05-01 and 2026-05-02."
    )
    minute = {"plank": {"both": [held(1, 60.3), held(2, 60.3)]}}
    (one,) = today(HOLD, past=minute)  # type: ignore[arg-type]
    assert (one.block.exercise, one.block.seconds) == ("plank", 60.0)
    assert one.reason.startswith("Stay at 60 s, the longest hold advised: good form")


def test_a_hold_goes_up_and_down_by_seconds() -> None:
    (one,) = today(HOLD, past={"plank": {"both": [held(1, 20.4), held(2, 20.4)]}})
    assert (one.block.seconds, one.rules) == (25.0, (rules.LONGER,))
    assert one.reason.startswith("Hold raised from 20 to 25 s: good form")
    (one,) = today(HOLD, past={"plank": {"both": [held(1, 7.2)]}})
    assert one.block.seconds == 10.0
    assert one.reason == (
        "Hold for 10 s: 7 s were held well on 2026-05-01, and 10 s is the shortest hold advised."
    )
    (one,) = today(HOLD, past={"plank": {"both": [held(1, 7.2), held(2, 7.2)]}})
    assert one.reason.startswith("Hold raised from 7 to 10 s: good form")
    (one,) = today(HOLD, past={"plank": {"both": [held(1, 30.4, good=0)]}})
    assert (one.block.seconds, one.rules) == (20.0, (rules.REGRESS,))
    side = Block(exercise="side_plank", side="left", seconds=20.0, view="front")
    (one,) = today(side, past={"side_plank": {"left": [held(1, 10.2, good=0)]}})
    assert one.block == Block(exercise="plank", side="both", seconds=20.0)


def test_repetitions_are_added_and_kept_and_given_up_again() -> None:
    def single(*days: Facts) -> TodaysBlock:
        leaned = [replace(one, upright=False) for one in days]
        (found,) = today(SINGLE, past={"single_leg_squat": both_legs(*leaned)})
        return found

    six, eight = ([day(n, step=None, in_set=count) for n in range(1, 4)] for count in (6, 8))
    more = single(*six[:2])
    assert (more.block.repetitions, more.rules) == (8, (rules.MORE,))
    assert more.reason.startswith("Repetitions raised from 6 to 8: good form")
    kept = single(six[0], eight[1])
    assert kept.block.repetitions == 8
    assert kept.reason.startswith("Keep doing the exercise as you do now: good form")
    assert single(*eight[:2]).block.repetitions == 10
    one_too_many = replace(six[1], in_set=7)
    assert single(six[0], one_too_many).block.repetitions == 6
    pain = replace(eight[2], training=Training(pain=3))
    assert (
        single(*eight[:2], pain).block.exercise,
        single(*eight[:2], pain).block.repetitions,
    ) == (
        "squat",
        6,
    )


def test_a_block_with_fewer_repetitions_of_the_same_exercise_keeps_its_own() -> None:
    short = msgspec.structs.replace(STEP, repetitions=5, view="side")
    past = {"step_down": both_legs(day(1, in_set=8))}
    assert [one.block for one in today(STEP, short, past=past)] == [STEP, short]


def test_with_strong_pain_the_exercise_is_left_out_and_the_others_are_not() -> None:
    past: PastFacts = {"step_down": {"left": [day(1, pain=6)], "right": [day(1)]}}
    programme = Programme(name="mine", title="Mine", blocks=(STEP, HOLD))
    found = todays_doses(programme, past)
    step, hold = found.blocks
    assert (step.left_out, step.block, step.rules) == (True, STEP, (rules.STOP,))
    assert step.reason == (
        "Stop this exercise and see a professional before the next session: pain 6 of 10 on "
        "2026-05-01."
    )
    assert not hold.left_out
    assert found.programme.blocks == (HOLD,)


def test_what_is_counted_stays_as_written() -> None:
    stairs = Block(exercise="stairs", side="both", times=3)
    (one,) = today(stairs, past={})
    assert (one.block, one.reason) == (
        stairs,
        "As the programme says: it is only counted, not measured.",
    )


def test_the_exercises_that_count_are_those_of_the_programme_and_the_easier_ones() -> None:
    programme = Programme(name="mine", title="Mine", blocks=(SINGLE, HOLD, STEP))
    assert exercises_of(programme) == ("single_leg_squat", "squat", "plank", "step_down")


def test_as_written_gives_the_blocks_with_their_numbers() -> None:
    programme = open_programme("downhill")
    found = as_written(programme)
    assert [one.number for one in found.blocks] == list(range(1, len(programme.blocks) + 1))
    assert found.blocks[0].legs == ("left", "right")

"""The advice follows its rules: known sessions in, known advice out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from clips.made_reps import rep_with

from formcheck.coach import advice_rules as rules
from formcheck.coach.advice import AS_IT_IS, LESS_DEEP, NextStep
from formcheck.coach.advice import advise as advise_with
from formcheck.coach.session_facts import Facts, facts
from formcheck.data.session import (
    DESCENT,
    HELD,
    HELD_WELL,
    ExerciseInfo,
    Measurement,
    Rep,
    Stance,
    Tally,
    Training,
    ViewKind,
)
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise

KNOWN = {exercise.id: exercise.info() for exercise in all_exercises()}
STEP_DOWN, SQUAT, SINGLE_LEG = (KNOWN[name] for name in ("step_down", "squat", "single_leg_squat"))
GOOD = {"knee_fppa_deg": 0.0, "knee_over_foot_pct": 2.0, "trunk_lean_deg": 0.0, DESCENT: 2.5}


def advise(exercise: ExerciseInfo, past: Mapping[Stance, Sequence[Facts]]) -> tuple[NextStep, ...]:
    return advise_with(exercise, past, KNOWN)


def counted(share: float | None, of: int = 100) -> Tally:
    """So large a part good; none judged without one."""
    if share is None:
        return Tally(not_judged=of)
    good = round(share * of)
    return Tally(good=good, watch=of - good)


def session(
    day: int = 1,
    *,
    form: float | None = 1.0,
    tempo: float | None = 1.0,
    upright: bool | None = True,
    step: float | None = 15.0,
    load: float | None = None,
    pain: int | None = 0,
    view: ViewKind = "front",
) -> Facts:
    training = Training(step_height_cm=step, load_kg=load, pain=pain)
    return Facts(f"2026-05-{day:02d}", training, counted(form), counted(tempo), upright, view=view)


def left(*past: Facts) -> dict[str, NextStep]:
    """NextStep for the left leg, by what it is about."""
    return {one.about: one for one in advise(STEP_DOWN, {"left": past})}


def test_two_good_sessions_in_tempo_raise_the_step_by_2_to_5_cm() -> None:
    found = left(session(1), session(2))
    assert found["step"].text == "Raise the step from 15 cm to between 17 and 20 cm."
    assert found["step"].rule == rules.RAISE
    assert "2026-05-01 and 2026-05-02" in found["step"].because


@pytest.mark.parametrize(
    "past",
    [
        [session()],
        [session(1, form=0.79), session(2)],
        [session(1), session(2, form=0.79)],
        [session(1), session(2, tempo=0.7)],
        [session(1), session(2, tempo=None)],
        [session(1), session(2, form=None)],
        [session(1, step=12.0), session(2)],
        [session(1, load=2.0), session(2)],
        [session(1), session(2), session(3, form=0.6)],
    ],
)
def test_anything_less_stays(past: list[Facts]) -> None:
    found = left(*past)
    assert found["step"].rule == rules.STAY
    assert found["step"].text == "Keep the same step at 15 cm."
    assert "load" not in found


def test_only_the_last_two_sessions_count() -> None:
    assert left(session(1, form=0.0), session(2), session(3))["step"].rule == rules.RAISE


def test_two_good_sessions_from_the_side_do_not_hide_the_knees() -> None:
    sides = (session(2, view="side"), session(3, view="side"))
    found = left(session(1, form=0.2), *sides)
    assert found["step"].rule == rules.STAY
    assert found["step"].because == (
        "the last two sessions were good, but the last session filmed from the front (2026-05-01) "
        "was not: 20 of 100 repetitions had good form, 100 of 100 were slow enough; film from the "
        "front again"
    )
    for past in (
        (session(1, form=0.2), *sides, session(4)),
        (session(1), *sides),
        (session(1, form=0.2, step=20.0), *sides),
    ):
        assert left(*past)["step"].rule == rules.RAISE


def test_without_pain_told_it_says_for_which_pain_it_holds() -> None:
    found = left(session(1, pain=None), session(2, pain=None))
    assert "change only if it is at most 2 of 10" in found["step"].because


def test_without_a_step_told_it_says_how_much_only() -> None:
    assert left(session(1, step=None), session(2, step=None))["step"].text == (
        "Raise the step by 2 to 5 cm."
    )


def test_a_step_is_not_raised_above_24_cm() -> None:
    found = left(session(1, step=21.0), session(2, step=21.0))
    assert found["step"].text == "Raise the step from 21 cm to between 23 and 24 cm."
    found = left(session(1, step=24.0), session(2, step=24.0))
    assert found["step"].rule == rules.HIGH_ENOUGH


@pytest.mark.parametrize("pain", [6, 10])
def test_pain_above_5_stops_and_says_nothing_else(pain: int) -> None:
    found = advise(STEP_DOWN, {"left": [session(1), session(2, pain=pain)], "right": [session()]})
    assert [(one.about, one.side) for one in found] == [("stop", "left")]
    assert "see a professional" in found[0].text


@pytest.mark.parametrize("pain", [3, 5])
def test_pain_from_3_to_5_makes_it_easier_however_good_the_form(pain: int) -> None:
    found = left(session(1), session(2, pain=pain, load=4.0), session(3, pain=pain, load=4.0))
    assert found["step"].text.startswith("Lower the step from 15 cm to between 10 and 13 cm")
    assert found["step"].rule == rules.EASE
    assert found["load"].text == "Train without the 4 kg."


def test_a_session_with_pain_above_2_is_no_good_session() -> None:
    found = left(session(1, pain=3), session(2, pain=1))["step"]
    assert found.rule == rules.STAY
    assert found.because.startswith(
        "the last session (2026-05-02) was good, but the session before"
    )


@pytest.mark.parametrize("pain", [0, 2])
def test_pain_up_to_2_is_no_reason_to_wait(pain: int) -> None:
    assert left(session(1, pain=pain), session(2, pain=pain))["step"].rule == rules.RAISE


def test_poor_form_lowers_the_step_and_offers_the_air_squat_when_it_is_small() -> None:
    found = left(session(1), session(2, form=0.4))
    assert found["step"].text.startswith("Lower the step from 15 cm to between 10 and 13 cm")
    assert "air squat" in found["step"].text
    found = left(session(form=0.4, step=10.0))
    assert found["exercise"].text == (
        "Your step (10 cm) is already the lowest advised: change to the air squat, which is easier."
    )
    assert found["exercise"].rule == rules.REGRESS
    assert (
        "change to the air squat, which is easier"
        in left(session(form=0.4, step=None))["step"].text
    )


@pytest.mark.parametrize("upright", [False, None])
def test_load_only_when_the_trunk_stayed_upright_in_both(upright: bool | None) -> None:
    found = left(session(1, upright=upright), session(2))
    assert found["load"].text == "Do not add weight yet."
    found = left(session(1, load=2.0), session(2, load=2.0))
    assert found["load"].text == (
        "Or, instead of a higher step, add weight: go from 2 kg to between 3 and 4 kg."
    )
    highest = left(session(1, step=24.0), session(2, step=24.0))
    assert highest["step"].text == "Stay at 24 cm, the highest step advised."
    assert highest["load"].text == "Add weight: 1 to 2 kg."


def test_the_tempo_that_is_too_fast_is_said_even_when_form_is_good() -> None:
    found = left(session(1), session(2, tempo=0.2))
    assert found["tempo"].text == "Go down more slowly: count to 3."
    assert found["tempo"].rule == rules.TEMPO


def test_not_both_legs_unless_both_are_good() -> None:
    good, poor = [session(1), session(2)], [session(1), session(2, form=0.7)]
    both = advise(STEP_DOWN, {"left": good, "right": good})
    assert [one.side for one in both if one.rule == rules.RAISE] == ["left", "right"]
    one_leg = advise(STEP_DOWN, {"left": good, "right": poor})
    assert [one.side for one in one_leg if one.rule == rules.RAISE] == ["left"]
    (said,) = (one for one in one_leg if one.side == "right" and one.about == "step")
    assert said.text == "Keep the same step at 15 cm; only the left leg moves on."
    assert said.rule == rules.BOTH


@pytest.mark.parametrize("exercise", [STEP_DOWN, SINGLE_LEG])
@pytest.mark.parametrize(
    "other",
    [
        session(2, form=0.7),
        session(2, form=0.2),
        session(2, pain=4, load=2.0),
        session(2, step=10.0, form=0.3),
        session(2, tempo=None),
    ],
)
def test_no_leg_is_told_two_things_about_the_same(exercise: ExerciseInfo, other: Facts) -> None:
    found = advise(exercise, {"left": [session(1), session(2)], "right": [session(1), other]})
    told = [(one.side, one.about) for one in found]
    assert len(told) == len(set(told))
    about_the_step = [
        one for one in found if one.side == "right" and one.about in ("step", "exercise")
    ]
    assert len(about_the_step) == 1


def test_where_no_tempo_is_judged_none_is_advised_on_and_good_form_is_enough() -> None:
    free = [replace(session(day, tempo=None), tempo_asked=False) for day in (1, 2)]
    found = advise(SQUAT, {"both": free})
    assert [one.about for one in found if one.about == "tempo"] == []
    assert found[0].rule == rules.RAISE
    assert found[0].because.startswith("good form on")


def test_a_tempo_that_could_not_be_judged_is_not_called_too_fast() -> None:
    assert left(session(tempo=None))["tempo"].text == "Take about 3 s on the way down."


def test_exercises_without_a_step() -> None:
    (first, *_) = advise(SQUAT, {"both": [session(1), session(2)]})
    assert first.text == "Change to the step-down on a small step of 10 cm."
    (first, *_) = advise(SINGLE_LEG, {"left": [session(form=0.2)]})
    assert "air squat" in first.text
    (first, *_) = advise(SQUAT, {"both": [session(form=0.2)]})
    assert "less deep" in first.text


def test_without_sessions_there_is_no_advice() -> None:
    assert advise(STEP_DOWN, {}) == ()


def test_no_advice_speaks_of_injury_or_diagnosis() -> None:
    pasts: list[list[Facts]] = [
        [session(form=form, tempo=tempo, upright=upright, pain=pain, step=step)] * count
        for form in (0.0, 0.6, 1.0)
        for tempo in (0.0, 1.0)
        for upright in (True, False)
        for pain in (None, 0, 4, 8)
        for step in (None, 10.0, 24.0)
        for count in (1, 2)
    ]
    for exercise in (STEP_DOWN, SQUAT, SINGLE_LEG):
        side: Stance = "both" if exercise is SQUAT else "left"
        for past in pasts:
            for one in advise(exercise, {side: past}):
                words = f"{one.text} {one.because} {one.rule.text} {one.rule.source}".lower()
                assert not any(word in words for word in ("injur", "diagnos", "risk", "damage"))
                assert one.rule.source


def test_what_was_found_is_counted_in_repetitions() -> None:
    few = session(1, form=0.5, tempo=0.75)
    few = Facts(few.day, few.training, counted(0.5, 4), counted(0.75, 4), few.upright)
    said = left(few)
    assert (
        said["step"].because
        == "2 of 4 repetitions had good form, 3 of 4 were slow enough on 2026-05-01"
    )
    assert said["tempo"].text == "Go down more slowly: count to 3."
    assert said["tempo"].because == "1 of 4 repetitions was not slow enough on 2026-05-01"


def test_who_is_slow_enough_is_told_which_clock_the_aim_is_by() -> None:
    found = left(session(1))["tempo"]
    assert found.text == "Keep going down slowly: 3 s by a stopwatch."
    assert found.because == "100 of 100 repetitions were slow enough on 2026-05-01"


def test_an_exercise_that_leads_nowhere_and_takes_no_load_gets_no_such_advice() -> None:
    alone = msgspec.structs.replace(SINGLE_LEG, load=False, easier=None)
    ready = advise(alone, {"left": [session(1), session(2)]})
    assert [one.about for one in ready] == ["exercise", "tempo"]
    assert ready[0].text == AS_IT_IS
    (first, *_) = advise(alone, {"left": [session(form=0.2)]})
    assert first.text == LESS_DEEP


def facts_of(*reps: Rep) -> Facts:
    return facts("2026-05-01", Training(pain=1), reps, STEP_DOWN.specs)


def test_facts_of_a_session() -> None:
    good = facts_of(rep_with(GOOD), rep_with(GOOD, index=2))
    assert (good.form.good, good.tempo, good.upright) == (2, Tally(good=2), True)
    poor = facts_of(rep_with(GOOD | {"trunk_lean_deg": 12.0}), rep_with(GOOD, index=2))
    assert (poor.form.good, poor.form.fault, poor.upright) == (1, 1, False)
    assert poor.training.pain == 1


def test_a_fast_way_down_is_a_matter_of_tempo_and_not_of_form() -> None:
    found = facts_of(rep_with(GOOD), rep_with(GOOD | {DESCENT: 0.8}, index=2))
    assert (found.form.good, found.tempo) == (2, Tally(good=1, fault=1))


def test_where_no_tempo_is_asked_for_nothing_is_advised_about_it() -> None:
    specs = get_exercise("step_down").info(Settings(goal="strength")).specs
    fast = [rep_with(GOOD | {DESCENT: Measurement(value=0.8)}, index=index) for index in (1, 2)]
    earlier, last = (
        facts(f"2026-05-0{day}", Training(pain=1, step_height_cm=15.0), fast, specs)
        for day in (1, 2)
    )
    assert (last.tempo_asked, last.tempo) == (False, Tally())
    assert last.good
    ready = left(earlier, last)
    assert "tempo" not in ready
    assert ready["step"].text == "Raise the step from 15 cm to between 17 and 20 cm."
    assert ready["step"].because == "good form on 2026-05-01 and 2026-05-02"
    assert "tempo" not in left(last)
    assert "tempo" not in left(replace(last, form=Tally(fault=2)))


def test_what_was_not_judged_is_not_good() -> None:
    found = facts_of(rep_with({"knee_fppa_deg": Measurement(not_measured="hidden")}))
    assert (found.form.judged, found.upright) == (0, None)
    assert not found.good
    assert not found.poor


def test_a_session_that_could_not_be_judged_is_not_called_bad() -> None:
    unseen = left(session(1, form=None), session(2))["step"].because
    assert unseen.startswith(
        "the last session (2026-05-02) was good, but form could not be judged in the "
        "session before it (2026-05-01)"
    )
    no_tempo = left(session(1, tempo=None), session(2))["step"].because
    assert "tempo could not be judged in the session before it (2026-05-01)" in no_tempo
    bad = left(session(1, form=0.6, tempo=None), session(2))["step"].because
    assert "but the session before it (2026-05-01) was not" in bad


def test_all_sessions_of_a_day_are_one_as_good_as_the_worst_of_them() -> None:
    other_side = session(2, view="side")
    assert left(session(2), other_side)["step"].because == (
        "there is one good session so far; moving on takes two good sessions in a row"
    )
    assert left(session(1), session(2), other_side)["step"].rule == rules.RAISE
    poor = left(session(1), session(2, form=0.4), other_side)
    assert poor["step"].rule == rules.REGRESS
    assert poor["step"].because == "40 of 100 repetitions had good form on 2026-05-02"
    fast = left(session(1), session(2, tempo=0.2), replace(other_side, form=counted(0.9)))
    assert (
        fast["step"].because
        == "100 of 100 repetitions had good form, 20 of 100 were slow enough on 2026-05-02"
    )
    assert left(session(1), session(2, pain=4), other_side)["step"].rule == rules.EASE
    leaned = left(session(1), session(2, upright=None), replace(other_side, upright=False))
    assert leaned["load"].text == "Do not add weight yet."
    assert (
        "weight: 1 to 2 kg" in left(session(1), session(2, upright=None), other_side)["load"].text
    )
    unseen = left(session(1), session(2), replace(other_side, form=counted(None)))
    assert unseen["step"].rule == rules.RAISE


def test_the_same_day_on_another_step_is_another_session() -> None:
    assert left(session(1), session(2), session(2, step=17.0))["step"].because == (
        "the last two sessions did not have the same step and load"
    )


# --- holds and repetitions -------------------------------------------------------------------


def hold(day: int = 1, *, held_s: float = 20.4, well_s: float | None = None, **more: Any) -> Facts:
    return replace(
        session(day, step=None, tempo=None, **more),
        tempo_asked=False,
        held_s=held_s,
        held_well_s=held_s if well_s is None else well_s,
    )


def plank(*past: Facts, exercise: str = "plank") -> dict[str, NextStep]:
    return {one.about: one for one in advise(KNOWN[exercise], {"both": past})}


def test_a_hold_grows_by_5_to_10_s_after_two_good_sessions() -> None:
    found = plank(hold(1), hold(2))["hold"]
    assert (found.text, found.dose.seconds) == ("Hold for between 25 and 30 s.", (25.0, 30.0))
    assert found.rule == rules.LONGER
    assert found.because == "good form on 2026-05-01 and 2026-05-02"
    assert plank(hold(1, held_s=33.0), hold(2, held_s=19.2))["hold"].dose.seconds == (25.0, 30.0)
    # Twice 5 s is not 10 s: the shortest hold comes first.
    assert plank(hold(1, held_s=6.6), hold(2, held_s=4.0))["hold"].dose.seconds == (10.0, 15.0)
    assert plank(hold(1, held_s=56.0), hold(2, held_s=57.0))["hold"].dose.seconds == (60.0, 60.0)


@pytest.mark.parametrize(
    ("past", "seconds"),
    [
        ([hold(1)], 20.0),
        ([hold(1), hold(2, form=0.7)], 20.0),
        ([hold(1), hold(2, form=0.7, well_s=12.0)], 10.0),
        ([hold(1, form=0.7), hold(2, held_s=33.0)], 30.0),
        ([hold(1), hold(2, held_s=25.4)], 25.0),
        ([hold(1, form=0.7), hold(2, held_s=4.0)], 10.0),
        ([hold(1, form=0.7), hold(2, held_s=300.0)], 60.0),
    ],
)
def test_until_then_it_is_held_as_long_as_it_was_held_well(
    past: list[Facts], seconds: float
) -> None:
    found = plank(*past)["hold"]
    assert (found.way, found.rule, found.dose.seconds) == ("same", rules.LONGER, (seconds, seconds))


@pytest.mark.parametrize(
    ("last", "because"),
    [
        (
            hold(1, held_s=7.2),
            "7 s were held well on 2026-05-01, and 10 s is the shortest hold advised",
        ),
        (hold(1, held_s=30.2, well_s=22.0), "22 of 30 s were held well on 2026-05-01"),
        (
            hold(1, held_s=30.2, well_s=22.0, form=0.7),
            "22 of 30 s were held well on 2026-05-01",
        ),
        (
            hold(1, held_s=20.4),
            "there is one good session so far; moving on takes two good sessions in a row",
        ),
    ],
)
def test_another_time_than_last_time_is_explained_by_what_was_held(
    last: Facts, because: str
) -> None:
    assert plank(last)["hold"].because == because


def test_a_hold_of_a_minute_leads_to_the_harder_exercise() -> None:
    minute = (hold(1, held_s=60.5), hold(2, held_s=61.0))
    found = plank(*minute)["exercise"]
    assert (found.text, found.dose.exercise) == ("Change to the side plank.", "side_plank")
    assert found.rule == rules.LONG_ENOUGH
    sit = plank(*minute, exercise="wall_sit")
    assert "Stay at 60 s" in sit["hold"].text
    assert sit["load"].text == "Add weight: 1 to 2 kg."
    alone = {one.about for one in advise(KNOWN["side_plank"], {"left": minute})}
    assert alone == {"hold"}


def test_a_poor_hold_or_pain_makes_it_shorter_and_then_easier() -> None:
    found = plank(hold(1), hold(2, held_s=30.2, well_s=8.0, form=0.0))["hold"]
    assert (found.text, found.rule) == ("Hold for between 20 and 25 s only.", rules.REGRESS)
    assert found.because == "0 of 100 holds had good form on 2026-05-02"
    found = plank(hold(1), hold(2, pain=3))["hold"]
    assert (found.dose.seconds, found.rule) == ((10.0, 15.0), rules.EASE)
    (short,) = advise(KNOWN["side_plank"], {"left": [hold(1, held_s=10.2, form=0.0)]})
    assert short.text == (
        "10 s is already the shortest hold advised: change to the plank, which is easier."
    )
    (short,) = advise(KNOWN["plank"], {"both": [hold(1, held_s=10.2, form=0.0)]})
    assert short.text == "Hold only as long as the posture is good."


def test_a_hold_without_a_time_is_advised_on_without_numbers() -> None:
    past = [replace(hold(day), held_s=None, held_well_s=None) for day in (1, 2)]
    assert plank(*past)["hold"].text == "Hold 5 to 10 s longer."
    assert plank(past[0])["exercise"].text == "Keep doing the exercise as you do now."
    assert plank(replace(past[0], form=counted(0.0)))["hold"].text == "Hold 5 to 10 s shorter."


def test_repetitions_go_up_only_where_nothing_else_can() -> None:
    def single(reps: int, **more: Any) -> dict[str, NextStep]:
        past = [replace(session(day, step=None, **more), in_set=reps) for day in (1, 2)]
        return {one.about: one for one in advise(SINGLE_LEG, {"left": past})}

    found = single(8)
    assert "load" not in found, "single-leg squats are done without weight, however good they are"
    assert found["repetitions"].text == "Do 10 repetitions in each set."
    assert found["repetitions"].rule == rules.MORE
    assert single(11)["repetitions"].dose.repetitions == 12
    assert "repetitions" not in single(12)
    assert (single(12)["exercise"].text, single(12)["exercise"].rule) == (AS_IT_IS, rules.MORE)
    more = [replace(session(n, step=None), in_set=6 + n) for n in (1, 2)]
    assert "repetitions" not in {one.about for one in advise(SINGLE_LEG, {"left": more})}
    step = [replace(session(day, upright=False), in_set=8) for day in (1, 2)]
    assert "repetitions" not in left(*step)
    highest = [replace(session(day, step=24.0, upright=False), in_set=8) for day in (1, 2)]
    assert left(*highest)["repetitions"].dose.repetitions == 10
    assert left(*highest)["load"].text == "Do not add weight yet."
    upright = [replace(one, upright=True) for one in highest]
    assert "repetitions" not in left(*upright)
    assert left(*upright)["load"].dose.load_kg == (1.0, 2.0)


def test_each_piece_of_advice_says_its_numbers_and_which_way_it_goes() -> None:
    found = left(session(1), session(2))
    assert (found["step"].way, found["step"].dose.step_cm) == ("on", (17.0, 20.0))
    assert (found["load"].instead, found["load"].dose.load_kg) == (True, (1.0, 2.0))
    found = left(session(1, form=0.4, load=3.0))
    assert (found["step"].way, found["step"].dose.step_cm) == ("back", (10.0, 13.0))
    assert found["load"].dose.load_kg == (0.0, 0.0)
    assert left(session(form=0.4, step=10.0))["exercise"].dose.exercise == "squat"
    (first, *_) = advise(SQUAT, {"both": [session(1), session(2)]})
    assert (first.dose.exercise, first.dose.step_cm) == ("step_down", (10.0, 10.0))


def test_facts_of_holds_and_sets() -> None:
    specs = get_exercise("plank").metrics
    held = [
        rep_with({HELD: held, HELD_WELL: well}, index=n, set_index=n, specs=specs)
        for n, (held, well) in enumerate(((20.0, 18.0), (31.0, 30.0), (12.0, 3.0)), 1)
    ]
    found = facts("2026-05-01", Training(), held, specs)
    assert (found.held_s, found.held_well_s, found.in_set) == (20.0, 18.0, 1)
    parts = [msgspec.structs.replace(one, set_index=1 + one.index // 3) for one in held]
    found = facts("2026-05-01", Training(target_hold_s=40.0), parts, specs)
    assert (found.held_s, found.held_well_s) == (31.5, 25.5)
    found = facts("2026-05-01", Training(target_hold_s=20.0), parts, specs)
    assert (found.held_s, found.held_well_s) == (20.0, 20.0)
    found = facts_of(*(rep_with(GOOD, index=n, set_index=1 + n // 4) for n in range(1, 9)))
    assert (found.held_s, found.in_set) == (None, 4)


def test_every_rule_is_listed_with_its_source() -> None:
    declared = {value for value in vars(rules).values() if isinstance(value, rules.AdviceRule)}
    assert declared == set(rules.RULES.values())
    assert all(rule.text and rule.source for rule in declared)

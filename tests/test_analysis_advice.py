"""The advice follows its rules: known sessions in, known advice out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_examples import good_set, make_rep, poor_set

from formcheck.coach import advice as rules
from formcheck.coach.advice import Advice, Facts, advise, facts
from formcheck.data.results import Fault, Metric, Rep, Stance
from formcheck.data.session import Training
from formcheck.exercises.registry import get_exercise
from formcheck.motion.summary import advice as cues

STEP_DOWN = get_exercise("step_down")
SQUAT = get_exercise("squat")
SINGLE_LEG = get_exercise("single_leg_squat")


def session(
    day: int = 1,
    *,
    form: float | None = 1.0,
    tempo: float | None = 1.0,
    upright: bool | None = True,
    step: float | None = 15.0,
    load: float | None = None,
    pain: int | None = 0,
) -> Facts:
    return Facts(
        f"2026-05-{day:02d}",
        Training(step_height_cm=step, load_kg=load, pain=pain),
        form,
        tempo,
        upright,
    )


def left(*past: Facts) -> dict[str, Advice]:
    """Advice for the left leg, by what it is about."""
    return {one.about: one for one in advise(STEP_DOWN, {"left": past})}


def test_two_good_sessions_in_tempo_raise_the_step_by_2_to_5_cm() -> None:
    found = left(session(1), session(2))
    assert found["step"].text == "Raise the step from 15 cm to 17 to 20 cm."
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
    assert found["step"].text == "Keep the step at 15 cm."
    assert "load" not in found


def test_only_the_last_two_sessions_count() -> None:
    assert left(session(1, form=0.0), session(2), session(3))["step"].rule == rules.RAISE


def test_without_pain_told_it_says_for_which_pain_it_holds() -> None:
    found = left(session(1, pain=None), session(2, pain=None))
    assert "only if pain is at most 2 of 10" in found["step"].because


def test_without_a_step_told_it_says_how_much_only() -> None:
    assert left(session(1, step=None), session(2, step=None))["step"].text == (
        "Raise the step by 2 to 5 cm."
    )


def test_a_step_is_not_raised_above_24_cm() -> None:
    found = left(session(1, step=21.0), session(2, step=21.0))
    assert found["step"].text == "Raise the step from 21 cm to 23 to 24 cm."
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
    assert found["step"].text.startswith("Lower the step from 15 cm to 10 to 13 cm")
    assert found["step"].rule == rules.EASE
    assert found["load"].text == "Leave out the load of 4 kg."


@pytest.mark.parametrize("pain", [0, 2])
def test_pain_up_to_2_is_no_reason_to_wait(pain: int) -> None:
    assert left(session(1, pain=pain), session(2, pain=pain))["step"].rule == rules.RAISE


def test_poor_form_lowers_the_step_and_offers_the_air_squat_when_it_is_small() -> None:
    found = left(session(1), session(2, form=0.4))
    assert found["step"].text.startswith("Lower the step from 15 cm to 10 to 13 cm")
    assert "air squat" in found["step"].text
    found = left(session(form=0.4, step=10.0))
    assert found["exercise"].text.startswith("The air squat")
    assert found["exercise"].rule == rules.REGRESS
    assert "--exercise squat" in left(session(form=0.4, step=None))["step"].text


@pytest.mark.parametrize("upright", [False, None])
def test_load_only_when_the_trunk_stayed_upright_in_both(upright: bool | None) -> None:
    found = left(session(1, upright=upright), session(2))
    assert found["load"].text == "No more load yet."
    found = left(session(1, load=2.0), session(2, load=2.0))
    assert "from 2 kg to 3 to 4 kg" in found["load"].text


def test_the_tempo_that_is_too_fast_is_said_even_when_form_is_good() -> None:
    found = left(session(1), session(2, tempo=0.2))
    assert found["tempo"].text == "Lower more slowly: count to 3."
    assert found["tempo"].rule == rules.TEMPO


def test_not_both_legs_unless_both_are_good() -> None:
    good, poor = [session(1), session(2)], [session(1), session(2, form=0.7)]
    both = advise(STEP_DOWN, {"left": good, "right": good})
    assert [one.side for one in both if one.rule == rules.RAISE] == ["left", "right"]
    one_leg = advise(STEP_DOWN, {"left": good, "right": poor})
    assert [one.side for one in one_leg if one.rule == rules.RAISE] == ["left"]
    (said,) = (one for one in one_leg if one.rule == rules.BOTH)
    assert said.side == "right"


def test_exercises_without_a_step() -> None:
    (first, *_) = advise(SQUAT, {"both": [session(1), session(2)]})
    assert "Begin single-leg work" in first.text
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


def test_facts_of_a_session() -> None:
    good = facts("2026-05-01", None, good_set().reps)
    assert (good.form, good.tempo, good.upright) == (1.0, 1.0, True)
    poor = facts("2026-05-01", Training(pain=1), poor_set().reps)
    assert poor.form is not None
    assert poor.form < 0.5
    assert poor.upright is False
    assert poor.training.pain == 1


def test_a_fast_lowering_is_a_matter_of_tempo_and_not_of_form() -> None:
    reps = [make_rep(1, 1.0), replace(make_rep(2, 8.0), faults=(Fault("descent_s", "Slow", 8.0),))]
    found = facts("2026-05-01", None, reps)
    assert (found.form, found.tempo) == (1.0, 0.5)


def test_what_was_not_judged_is_not_good() -> None:
    unseen = {"knee_fppa_deg": Metric(not_measured="hidden")}
    found = facts("2026-05-01", None, [replace(make_rep(1, 1.0), metrics=unseen)])
    assert (found.form, found.upright) == (None, None)
    assert not found.good
    assert not found.poor


def test_a_session_that_could_not_be_judged_is_not_called_bad() -> None:
    unseen = left(session(1, form=None), session(2))["step"].because
    assert unseen.startswith("good on 2026-05-02, but form could not be judged on 2026-05-01")
    no_tempo = left(session(1, tempo=None), session(2))["step"].because
    assert "tempo could not be judged on 2026-05-01" in no_tempo
    bad = left(session(1, form=0.6, tempo=None), session(2))["step"].because
    assert "but not on 2026-05-01" in bad


def test_advice_for_two_legs_names_the_leg() -> None:
    def rep(index: int, side: Stance, *, out: bool = True) -> Rep:
        faults = (Fault("knee_fppa_deg", "Out", 1.0),) if out else ()
        return replace(make_rep(index, 6.0 * index, side=side), faults=faults)

    two = [rep(n, "left", out=False) for n in (1, 2)] + [rep(n, "right") for n in (3, 4)]
    assert cues(STEP_DOWN, two) == ("Out (right leg, repetitions 3 and 4)",)
    two[0] = rep(1, "left")
    assert cues(STEP_DOWN, two) == ("Out (left leg, repetition 1; right leg, repetitions 3 and 4)",)
    assert cues(STEP_DOWN, two[2:]) == ("Out (repetitions 3 and 4)",)
    every = [rep(n, "left") for n in (1, 2, 3)]
    assert cues(STEP_DOWN, every) == ("Out (every repetition)",)

"""Grades, counts, advice and reasons of a set, on numbers made by hand."""

from __future__ import annotations

import pytest
from clips.made_reps import STEP_DOWN, measured, rep_with

from formcheck.data.session import DESCENT, Measurement, Rep, Tally
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import advice, not_measured, summarize

KNEE = "knee_over_foot_pct"
GOOD = {"knee_fppa_deg": 0.0, KNEE: 2.0, "trunk_lean_deg": 0.0, DESCENT: 2.5}
SPECS = STEP_DOWN.metrics
SQUAT = get_exercise("squat")


def rep(index: int, **other: float | Measurement) -> Rep:
    return rep_with(GOOD | other, index=index)


def hidden(reason: str) -> Measurement:
    return Measurement(not_measured=reason)


def test_form_and_tempo_are_counted_apart() -> None:
    found = summarize([rep(1), rep(2, descent_s=0.8), rep(3, knee_over_foot_pct=15.0)], SPECS)
    assert (found.form.good, found.form.fault) == (2, 1)
    assert (found.tempo.good, found.tempo.fault) == (2, 1)


def test_a_tempo_that_is_not_asked_for_counts_no_repetition() -> None:
    specs = STEP_DOWN.info(Settings(goal="strength")).specs
    fast = rep_with(GOOD | {DESCENT: Measurement(value=0.8)})
    found = summarize([fast], specs)
    assert found.tempo == found.tempo_by_side["left"] == Tally()
    assert found.form.good == 1


@pytest.mark.parametrize(
    ("pct", "grade", "sure"),
    [
        (2.0, "good", "sure"),
        (5.5, "good", "probably"),
        (6.9, "good", "unclear"),
        (7.1, "watch", "unclear"),
        (15.0, "fault", "sure"),
    ],
)
def test_the_grade_is_the_band_and_how_sure_its_probability(
    pct: float, grade: str, sure: str
) -> None:
    one = measured(STEP_DOWN.metric(KNEE), pct, sem=1.8)
    assert (one.grade, one.sure) == (grade, sure)
    assert bool(one.cue) == (grade != "good")


def test_what_could_not_be_judged_keeps_a_good_one_from_being_counted() -> None:
    (seen, partly, startless) = reps = [
        rep(1),
        rep(2, knee_over_foot_pct=hidden("the left knee was hidden")),
        rep(3, descent_s=hidden("its start was not seen")),
    ]
    assert seen.form.complete
    assert not partly.form.complete
    assert startless.tempo.grade is None
    found = summarize(reps, SPECS)
    assert (found.form.good, found.form.partly) == (2, 1)
    assert (found.tempo.good, found.tempo.not_judged) == (2, 1)


def test_a_reason_for_all_is_given_without_numbers_and_one_for_some_with_them() -> None:
    reps = [rep(1, knee_over_foot_pct=hidden("too dark")), rep(2), rep(3)]
    assert not_measured(reps, SPECS) == {KNEE: "rep 1: too dark"}
    assert not_measured(reps[:1], SPECS) == {KNEE: "too dark"}


def test_reasons_that_differ_in_a_number_only_are_given_once() -> None:
    reps = [
        rep(index, knee_over_foot_pct=hidden(f"hidden for {pct} % of it"))
        for index, pct in ((1, 40), (2, 55))
    ]
    assert not_measured(reps, SPECS) == {KNEE: "hidden for 40 % of it"}


def test_what_is_asked_for_most_is_advised_first_and_each_cue_once() -> None:
    reps = [
        rep(1, knee_over_foot_pct=15.0, knee_fppa_deg=20.0),
        rep(2, descent_s=0.8),
        rep(3, descent_s=0.8, trunk_lean_deg=12.0),
    ]
    first, second = advice(reps, SPECS)
    assert (first.measure, first.reps) == (DESCENT, (2, 3))
    assert (second.cue, second.reps) == ("Push the knee out over the little toe", (1,))
    assert second.sure == "sure"


def test_advice_never_says_the_opposite_of_the_headline() -> None:
    # The knee goes out clearly in one repetition, and is nearly too far in in the other one.
    reps = [rep(1, knee_fppa_deg=-20.0), rep(2, knee_over_foot_pct=7.1)]
    assert [one.cue for one in advice(reps, SPECS)] == ["Bring the knee in over the second toe"]
    # Where both are clear, the one that more repetitions need is advised.
    reps = [rep(1, knee_fppa_deg=-20.0), rep(2, knee_fppa_deg=20.0), rep(3, knee_fppa_deg=20.0)]
    (only,) = advice(reps, SPECS)
    assert (only.cue, only.reps) == ("Push the knee out over the little toe", (2, 3))


def test_both_knees_and_one_of_them_are_advised_once() -> None:
    def squat(**values: float) -> Rep:
        return rep_with(values, specs=SQUAT.metrics, stance_side="both")

    gap = squat(kasr=0.6, knee_over_foot_left_pct=8.0, knee_over_foot_right_pct=2.0)
    (only,) = advice([gap], SQUAT.metrics)
    assert only.cue == "Push the knees out over the toes"
    # Left and right are two things.
    legs = [
        squat(knee_over_foot_left_pct=left, knee_over_foot_right_pct=right)
        for left, right in ((15.0, 2.0), (2.0, 15.0))
    ]
    assert [one.cue for one in advice(legs, SQUAT.metrics)] == [
        "Push the left knee out over the toes",
        "Push the right knee out over the toes",
    ]


def test_of_two_numbers_in_watch_the_one_nearer_to_a_fault_decides() -> None:
    knee, trunk = STEP_DOWN.metric(KNEE), STEP_DOWN.metric("trunk_lean_deg")
    assert knee.limits is not None
    assert trunk.limits is not None
    assert knee.limits.watch_high is not None
    assert trunk.limits.watch_high is not None
    near = {
        KNEE: measured(knee, knee.limits.watch_high - 0.2, sem=1.0),
        "trunk_lean_deg": measured(trunk, trunk.limits.watch_high - 2.0, sem=1.0),
    }
    found = rep(1, **near)
    assert found.form.grade == "watch"
    assert found.form.decided_by == KNEE
    assert found.form.cue == found.measurements[KNEE].cue

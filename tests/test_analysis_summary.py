"""What is said first about a session is true of every repetition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from formcheck.data.results import Fault, Metric, Rep, View
from formcheck.exercises import get_exercise
from formcheck.motion.grading import DESCENT, at_the_limit, grade, shown_grade
from formcheck.motion.summary import summarize, verdict
from formcheck.motion.views import main_view, view_in_words

STEP_DOWN = get_exercise("step_down")
FRONT = View("front", 0.0, 3.0, 0.0, 2.0, 0.0)
OBLIQUE = replace(FRONT, kind="oblique", yaw_deg=45.0)


def rep(
    index: int,
    *,
    over_foot_pct: float | None = 2.0,
    descent_s: float | None = 2.5,
    judged: str = "good",
    faults: tuple[str, ...] = (),
    view: View = FRONT,
) -> Rep:
    """A repetition in which the knee over the foot, limit 7 %, is known to 1.8 %."""
    metrics: Mapping[str, Metric] = {}
    if over_foot_pct is not None:
        bands = STEP_DOWN.metric("knee_over_foot_pct").bands
        assert bands is not None
        found = grade(over_foot_pct, 1.8, bands)
        metrics = {"knee_over_foot_pct": Metric(value=over_foot_pct, sem=1.8, grade=found)}
    return Rep(
        index=index,
        stance_side="left",
        start_s=0.0,
        end_s=4.0,
        lowest_s=2.0,
        events={},
        tempo={"descent_s": descent_s, "bottom_s": 0.1, "ascent_s": 1.0, "top_s": None},
        metrics=metrics,
        grade=judged,  # type: ignore[arg-type]
        faults=tuple(Fault(name, "cue", 1.0) for name in faults),
        view=view,
        series_t_s=np.zeros(0),
        series={},
    )


def test_within_every_limit_is_said_only_when_it_is_so() -> None:
    said = verdict(STEP_DOWN, [rep(1), rep(2)], FRONT)
    assert said == "Both repetitions were good: form and tempo stayed within the limits."


@pytest.mark.parametrize("inside", [6.9, -2.9])
def test_inside_but_near_the_edge_is_still_within(inside: float) -> None:
    assert at_the_limit(STEP_DOWN, rep(1, over_foot_pct=inside)) == ()


def test_what_lies_past_a_limit_by_less_than_its_error_is_named() -> None:
    reps = [rep(1), rep(2, over_foot_pct=8.0), rep(3, over_foot_pct=8.5, descent_s=1.7)]
    said = verdict(STEP_DOWN, reps, FRONT)
    assert "within the limits" not in said
    assert said == (
        "None of the 3 repetitions was past a limit for certain. About at the limit in "
        "repetitions 2 and 3, too close to call: knee over foot, lowering."
    )


def test_it_is_said_beside_repetitions_that_were_past_one() -> None:
    bad = rep(2, over_foot_pct=15.0, judged="fault", faults=("knee_over_foot_pct",))
    said = verdict(STEP_DOWN, [rep(1, over_foot_pct=8.0), bad], FRONT)
    assert said == (
        "1 of 2 repetitions was good. About at the limit in repetition 1, too close to call: "
        "knee over foot."
    )


def test_a_repetition_at_a_limit_is_borderline() -> None:
    close = rep(3, over_foot_pct=8.0)
    assert shown_grade(STEP_DOWN, close) == "borderline"


@pytest.mark.parametrize(
    ("faults", "what"),
    [
        ((DESCENT,), "a better tempo"),
        (("knee_over_foot_pct",), "better form"),
        (("knee_over_foot_pct", DESCENT), "better form and tempo"),
    ],
)
def test_only_what_was_found_wanting_has_room(faults: tuple[str, ...], what: str) -> None:
    reps = [rep(i, judged="fault", faults=faults) for i in (1, 2, 3)]
    said = verdict(STEP_DOWN, reps, FRONT)
    assert said == f"All 3 repetitions have room for {what}."


def test_form_that_was_not_seen_is_not_judged() -> None:
    reps = [rep(1, over_foot_pct=None, judged="fault", faults=(DESCENT,))]
    said = verdict(STEP_DOWN, reps, OBLIQUE)
    assert said.startswith("The repetition has room for a better tempo. Only the tempo could be")


def test_a_lowering_that_was_not_timed_is_told_with_the_reason() -> None:
    whole = [rep(1), rep(2)]
    assert summarize(STEP_DOWN, whole, FRONT).notes == ()
    at_5_hz, at_30_hz = np.arange(0.0, 4.01, 0.2), np.arange(0.0, 4.01, 1 / 30)
    untimed = [
        replace(rep(index), tempo={**rep(index).tempo, DESCENT: None}, series_t_s=t_s)
        for index, t_s in ((1, at_5_hz), (3, at_5_hz), (4, at_30_hz))
    ]
    assert summarize(STEP_DOWN, [untimed[0], rep(2), *untimed[1:]], FRONT).notes == (
        "The lowering of repetitions 1 and 3 was not timed: only 5 pictures a second came.",
        "The lowering of repetition 4 was not timed: the pictures do not show where it starts and "
        "ends.",
    )


def turned(index: int) -> Rep:
    """A repetition of which only the tempo could be judged, for the person had turned."""
    view = replace(OBLIQUE, yaw_deg=-34.0, warnings=("Turn about 34 degrees to your left.",))
    seen = rep(index, over_foot_pct=None, view=view)
    why = Metric(not_measured="not measured: between front and side")
    return replace(seen, metrics={"knee_over_foot_pct": why})


TURNED = [rep(1), rep(2), rep(3), turned(4), turned(5)]


def test_a_view_that_changed_is_said_in_the_headline_and_in_a_warning() -> None:
    view = main_view(TURNED)
    assert view.kind == "front"
    assert view_in_words(view, TURNED) == "front view, from repetition 4 on at about 34°"
    changed, advice = view.warnings
    assert "repetitions 4 and 5 were seen at about 34°, the others from the front" in changed
    assert advice == "Repetitions 4 and 5: Turn about 34 degrees to your left."


def test_a_view_that_stayed_is_not_spoken_of() -> None:
    assert view_in_words(FRONT, [rep(1), rep(2)]) == "front view"
    assert main_view([rep(1), rep(2)]) == FRONT


def test_the_view_of_single_repetitions_is_told_by_their_number() -> None:
    side = replace(FRONT, kind="side", yaw_deg=90.0)
    reps = [rep(1), rep(2, view=side), rep(3), rep(4, view=side), rep(5)]
    assert view_in_words(FRONT, reps) == "front view, repetitions 2 and 4 from the side"


def test_only_what_was_judged_counts_as_good_form() -> None:
    found = summarize(STEP_DOWN, TURNED, main_view(TURNED))
    assert found.good_reps == 3
    assert found.verdict == (
        "3 of the 3 repetitions with form judged were good. In repetitions 4 and 5 only the tempo "
        "could be judged."
    )
    assert found.not_measured == {
        "knee_over_foot_pct": "repetitions 4 and 5: between front and side"
    }


def test_a_reason_for_all_is_told_without_numbers() -> None:
    reps = [turned(1), turned(2)]
    assert summarize(STEP_DOWN, reps, OBLIQUE).not_measured == {
        "knee_over_foot_pct": "between front and side"
    }


def test_a_repetition_without_its_start_is_not_counted_as_good() -> None:
    knee = Metric(value=2.5, sem=2.0)  # no standing: no change, no grade
    first = rep(1, descent_s=None)
    first = replace(first, metrics={**first.metrics, "knee_fppa_deg": knee})
    found = summarize(STEP_DOWN, [first, rep(2), rep(3)], FRONT)
    assert found.good_reps == 2
    assert found.verdict == (
        "2 of the 2 repetitions seen in full were good. The start of repetition 1 was not seen: "
        "neither the tempo nor the knee angle could be judged."
    )


def test_a_knee_that_was_not_seen_is_said_not_to_be_judged() -> None:
    hidden = Metric(not_measured="not measured: left ankle hidden for 90 % of the repetition")
    lean = Metric(value=1.0, change=1.0, max=1.0, sem=1.6, grade="good")
    metrics = {"knee_over_foot_pct": hidden, "knee_fppa_deg": hidden, "trunk_lean_deg": lean}
    said = verdict(STEP_DOWN, [replace(rep(1), metrics=metrics)], FRONT)
    assert said.endswith("The knee could not be judged.")
    assert "knee" not in verdict(STEP_DOWN, [rep(1)], FRONT)

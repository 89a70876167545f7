"""What is said first about a session is true of every repetition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from formcheck.analysis.grading import DESCENT, at_the_limit, grade, shown_grade
from formcheck.analysis.summary import summarize, verdict
from formcheck.exercises import get_exercise
from formcheck.feedback.overlay.words import verdict_text
from formcheck.results import Fault, Metric, Rep, View

STEP_DOWN = get_exercise("step_down")
FRONT = View("front", 0.0, 3.0, 0.0, 2.0, 0.0)
OBLIQUE = replace(FRONT, kind="oblique", yaw_deg=45.0)


def rep(
    index: int,
    *,
    over_foot_pct: float | None = 2.0,
    descent_s: float = 2.5,
    judged: str = "good",
    faults: tuple[str, ...] = (),
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
        view=FRONT,
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


def test_one_repetition_is_told_the_same_everywhere() -> None:
    close = rep(3, over_foot_pct=8.0)
    assert shown_grade(STEP_DOWN, close) == "borderline"
    assert verdict_text(STEP_DOWN, close) == "Rep 3: about at the limit"
    assert verdict_text(STEP_DOWN, rep(1)) == "Rep 1: good"


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

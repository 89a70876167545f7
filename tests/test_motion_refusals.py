"""What is refused: numbers no body has, and angles that the image cannot show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from figure_in_space import FILMS, LOOK_ALIKES, Film

from formcheck.data.exercise import Exercise, Metric
from formcheck.data.pose_profile import PoseProfile
from formcheck.data.session import Measurement, Possible, Rep, View
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.camera_view import direction_words
from formcheck.motion.comparison import compare_legs, compare_sessions, same_view
from formcheck.motion.main_view import view_in_words
from formcheck.motion.refusals import (
    SEEN_ASKEW,
    TOO_UNCERTAIN,
    TURN,
    why_not_from,
    why_too_uncertain,
)

SQUAT = replace(FILMS["squat"], drop=0.18, back=0.06, lean_deg=20.0)
"""A half squat: the thighs are 40 degrees from upright."""


def reps_of(film: Film, exercise: Exercise) -> tuple[Rep, ...]:
    analyzer = Analyzer(exercise, Settings())
    for sample in film.samples(rate_hz=30.0):
        analyzer.update(sample)
    reps = analyzer.finish()
    assert len(reps) == film.reps
    return tuple(reps)


def measured(film: Film, measure: str) -> Sequence[Measurement]:
    return [rep.measurements[measure] for rep in reps_of(film, get_exercise("squat"))]


# Segments that point at the camera.


@pytest.mark.parametrize("yaw_deg", [0.0, 10.0, 18.0, 24.0])
def test_a_hip_hinge_has_no_sideways_lean(yaw_deg: float) -> None:
    """Its forward bend reads as a lean of tens of degrees as soon as it is seen a little askew."""
    film = replace(LOOK_ALIKES["good morning"][1], yaw_deg=yaw_deg)
    for lean in measured(film, "trunk_lean_deg"):
        assert lean.value is None
        assert lean.not_measured == "the trunk is bent too far forward to show a sideways lean"


@pytest.mark.parametrize("yaw_deg", [-12.0, -6.0, 0.0, 6.0, 12.0])
@pytest.mark.parametrize("lean_deg", [10.0, 25.0, 40.0, 50.0])
def test_the_error_of_a_sideways_lean_covers_what_the_yaw_makes_of_the_bend(
    lean_deg: float, yaw_deg: float
) -> None:
    """The figure does not lean to the side at all."""
    film = replace(SQUAT, lean_deg=lean_deg, yaw_deg=yaw_deg)
    for lean in measured(film, "trunk_lean_deg"):
        if lean.value is None:
            assert abs(yaw_deg) >= 6.0
            assert lean_deg >= 25.0
            assert (lean.not_measured or "").startswith(TOO_UNCERTAIN)
            continue
        assert lean.sem is not None
        assert abs(lean.value) < 2.5 * lean.sem
        assert lean.sem <= 6.0


@pytest.mark.parametrize(
    ("yaw_deg", "why"), [(3.3, SEEN_ASKEW), (-4.0, SEEN_ASKEW), (15.0, TURN), (-15.0, TURN)]
)
def test_only_who_is_turned_is_asked_to_turn(yaw_deg: float, why: str) -> None:
    """The report calls the camera fine when the turn is within its error; so does the reason."""
    lean = next(one for one in get_exercise("squat").metrics if one.id == "trunk_lean_deg")
    found = Measurement(value=5.0, sem=9.0, sem_yaw=8.9)
    view = View(kind="front", yaw_deg=yaw_deg, yaw_sem_deg=4.6)
    assert why_too_uncertain(lean, found, view) == why


def test_the_error_of_a_sideways_lean_grows_with_the_forward_bend() -> None:
    errors = [
        measured(replace(SQUAT, lean_deg=lean_deg), "trunk_lean_deg")[0].sem
        for lean_deg in (10.0, 30.0, 50.0)
    ]
    assert errors == sorted(errors, key=lambda sem: sem or 0.0)
    assert (errors[2] or 0.0) > 2.5 * (errors[0] or math.inf)


@pytest.mark.parametrize("measure", ["knee_fppa_left_deg", "knee_fppa_right_deg"])
def test_a_deep_squat_has_no_projected_knee_angle(measure: str) -> None:
    deep = replace(FILMS["squat"], drop=0.45, back=0.2)
    for knee in measured(deep, measure):
        assert knee.value is None
        assert knee.not_measured is not None
        assert "at the bottom the thigh points at the camera" in knee.not_measured
    assert all(knee.value is not None for knee in measured(SQUAT, measure))


# What a body can do.


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda one: one.id)
def test_every_measurement_says_what_is_possible_and_where_that_is_from(
    exercise: Exercise,
) -> None:
    for metric in exercise.metrics:
        assert metric.possible is not None, metric.id
        assert metric.possible.source
        assert metric.series is None or metric.is_possible(metric.neutral)
        if metric.limits is not None:
            ends = metric.limits.watch_low, metric.limits.watch_high
            assert all(metric.is_possible(end) for end in ends)


@pytest.mark.parametrize(
    ("measure", "impossible"),
    [
        ("knee_fppa_deg", -103.1),
        ("trunk_lean_deg", 95.0),
        ("trunk_flexion_deg", -179.1),
        ("knee_flexion_deg", 175.0),
        ("depth", 130.0),
        ("descent_s", 0.02),
    ],
)
def test_numbers_no_body_has(measure: str, impossible: float) -> None:
    assert not get_exercise("step_down").metric(measure).is_possible(impossible)


def narrowed(exercise: Exercise, measure: str, low: float, high: float) -> Exercise:
    def changed(metric: Metric) -> Metric:
        if metric.id != measure:
            return metric
        return msgspec.structs.replace(metric, possible=Possible(low=low, high=high))

    return msgspec.structs.replace(exercise, metrics=tuple(map(changed, exercise.metrics)))


@pytest.mark.parametrize("measure", ["depth", "descent_s", "knee_over_foot_left_pct"])
def test_a_value_beyond_what_is_possible_is_refused_not_clipped(measure: str) -> None:
    exercise = get_exercise("squat")
    (before, *_) = reps_of(SQUAT, exercise)
    value = before.measurements[measure].at_bottom
    assert value is not None
    (rep, *_) = reps_of(SQUAT, narrowed(exercise, measure, value + 30.0, value + 60.0))
    refused = rep.measurements[measure]
    assert (refused.value, refused.at_bottom, refused.grade) == (None, None, None)
    assert refused.not_measured is not None
    assert "more than a body can do" in refused.not_measured
    assert measure not in rep.series


# Views.


def test_nothing_is_compared_across_views() -> None:
    exercise = get_exercise("squat")
    front = reps_of(SQUAT, exercise)
    side = reps_of(replace(SQUAT, yaw_deg=90.0), exercise)
    assert compare_sessions(front, side, exercise.info()) == ()
    assert {one.name for one in compare_sessions(side, side, exercise.info())} >= {"depth"}
    # Of a session in which the view changed, the repetitions seen as in the other one.
    assert same_view([*front, *side[:1]], side) == (list(side[:1]), list(side))
    with_both = compare_sessions([*front, *side[:1]], side, exercise.info())
    assert {one.first.count for one in with_both} == {1}


def test_legs_seen_from_different_views_are_not_compared() -> None:
    exercise = get_exercise("step_down")
    left = reps_of(replace(FILMS["step_down"], free_side="right"), exercise)
    right = reps_of(replace(FILMS["step_down"], free_side="left"), exercise)
    aside = reps_of(replace(FILMS["step_down"], free_side="left", yaw_deg=-90.0), exercise)
    assert compare_legs([*left, *right], exercise.info())
    assert compare_legs([*left, *aside], exercise.info()) == ()


@pytest.mark.parametrize(
    ("yaw_deg", "filmed", "at_the_head"),
    [
        (45.0, "between front and side", "filmed between front and side"),
        (-100.0, "between side and back", "filmed between side and back"),
        (175.0, "from behind", "filmed from behind"),
    ],
)
def test_a_view_is_refused_for_one_reason_everywhere(
    yaw_deg: float, filmed: str, at_the_head: str
) -> None:
    view = View(kind="oblique", yaw_deg=yaw_deg)
    assert direction_words(view) == filmed
    assert view_in_words(view, ()) == at_the_head
    lean = get_exercise("squat").metric("trunk_lean_deg")
    reason = why_not_from(lean, view, PoseProfile(id="x", whose="poses of x"))
    assert reason == f"filmed {filmed}. Film from the front to measure this"

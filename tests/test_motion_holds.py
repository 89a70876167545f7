"""Holds: when they begin and end, what is measured, and what is no hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from held_figures import plank, side_plank, wall_sit
from moving import ease, figure, film, rep_shape

from formcheck.data.exercise import AT_BORDER
from formcheck.data.keypoints import SIDES, PoseSample, keypoint
from formcheck.data.session import HELD, HELD_WELL, Hold, Rep
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion.hold_dates import HeldTime, dates_of
from formcheck.motion.hold_recognition import HoldRecognizer
from formcheck.motion.holds import (
    NOT_MOSTLY,
    HoldAnalyzer,
    PostureMachine,
    drift,
    why_no_hold,
)
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
LINE = "body_line_deg"


def held(exercise: str, samples: Sequence[PoseSample]) -> tuple[Rep, ...]:
    analyzer = HoldAnalyzer(get_exercise(exercise))
    for sample in samples:
        analyzer.update(sample)
    return analyzer.finish()


def taken_and_left(t_s: float, start_s: float = 2.0, end_s: float = 8.0) -> float:
    """0 before, 1 from ``start_s`` to ``end_s``, 0 after; a second each way."""
    return ease(t_s, start_s - 1.0, start_s) - ease(t_s, end_s, end_s + 1.0)


def test_a_posture_is_a_hold_after_half_a_second_and_dated_back() -> None:
    machine = PostureMachine()
    began = []
    for n in range(40):
        machine.update(0.1 * n, 1.0 if n >= 10 else 0.0)
        began.append(machine.began_s)
    assert began[14] is None
    assert began[15] == pytest.approx(1.0)


def test_a_moment_out_of_the_posture_does_not_end_it_but_a_second_does() -> None:
    machine = PostureMachine()
    found = [machine.update(0.1 * n, 0.0 if n in (30, 31, 32) else 1.0) for n in range(60)]
    assert found == [None] * 60
    over = [kept for n in range(60, 75) if (kept := machine.update(0.1 * n, 0.0)) is not None]
    assert [(one.start_s, one.end_s) for one in over] == [pytest.approx((0.0, 5.9))]


def test_it_goes_on_while_the_body_is_not_seen_for_a_moment() -> None:
    machine = PostureMachine()
    for n in range(100):
        assert machine.update(0.1 * n, math.nan if 30 <= n < 45 else 1.0) is None
    over = machine.finish()
    assert over is not None
    assert (over.start_s, over.end_s) == pytest.approx((0.0, 9.9))


@pytest.mark.parametrize("seconds", [0.6, 1.0, 1.6])
def test_begin_and_end_are_where_the_posture_is_reached_and_left(seconds: float) -> None:
    t_s = np.arange(0.0, 12.0, 1.0 / 30.0)
    rng = np.random.default_rng(1)
    up = np.array([ease(t, 3.0 - seconds, 3.0) - ease(t, 9.0, 9.0 + seconds) for t in t_s])
    raised = 0.36 + 0.17 * up + rng.normal(0.0, 0.004, len(t_s))
    found = dates_of(t_s, raised, HeldTime(3.0 - 0.4 * seconds, 9.0 + 0.4 * seconds))
    assert found.start_s == pytest.approx(3.0, abs=0.2)
    assert found.end_s == pytest.approx(9.0, abs=0.2)


def test_who_sinks_all_the_while_has_not_left_the_posture() -> None:
    """A knee that straightens slowly, as the thighs tire, before it straightens to stand up."""
    t_s = np.arange(0.0, 12.0, 1.0 / 30.0)
    noise = np.random.default_rng(2).normal(0.0, 0.6, len(t_s))
    sunk = 12.0 * np.clip((t_s - 7.0) / 2.0, 0.0, 1.0)
    up = np.array([ease(t, 2.0, 3.0) - ease(t, 9.0, 10.0) for t in t_s])
    found = dates_of(t_s, 15.0 + (33.0 - sunk) * up + noise, HeldTime(2.6, 9.2))
    assert found.start_s == pytest.approx(3.0, abs=0.2)
    assert found.end_s == pytest.approx(9.0, abs=0.2)


def test_a_hold_whose_start_was_not_seen_begins_where_it_was_found() -> None:
    t_s = np.arange(0.0, 12.0, 0.1)
    raised = np.where(t_s < 6.0, np.nan, 0.5)
    found = HeldTime(3.0, 9.0)
    assert dates_of(t_s, raised, found) == found


def test_the_drift_is_the_last_quarter_minus_the_first() -> None:
    assert drift(np.array([0.0, 0.0, 5.0, 5.0, 5.0, 5.0, 9.0, 9.0])) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("line_deg", "grade", "cue"),
    [
        (-19.0, "good", ""),
        (0.0, "good", ""),
        (15.0, "watch", "Hips up a little"),
        (27.0, "fault", "Hips up a little"),
        (-40.0, "watch", "Hips down a little"),
        (-60.0, "fault", "Hips down a little"),
    ],
)
def test_a_plank_is_judged_by_its_body_line(line_deg: float, grade: str, cue: str) -> None:
    samples = list(
        film(10.0, lambda t: plank(t, up=taken_and_left(t), line_deg=line_deg * taken_and_left(t)))
    )
    (hold,) = held("plank", samples)
    assert isinstance(hold, Hold)
    assert hold.measurements[LINE].value == pytest.approx(line_deg, abs=1.0)
    assert (hold.form.grade, hold.form.cue) == (grade, cue)
    assert hold.start_s == pytest.approx(2.0, abs=0.3)
    assert hold.end_s == pytest.approx(8.0, abs=0.3)
    assert hold.view.kind == "side"
    assert hold.stance_side == "both"
    assert hold.tempo.grade is None


def test_only_the_time_in_the_good_band_is_held_well() -> None:
    def sinking(t_s: float) -> PoseSample:
        return plank(t_s, up=taken_and_left(t_s, 2.0, 10.0), line_deg=20.0 * ease(t_s, 5.0, 7.0))

    (hold,) = held("plank", list(film(12.0, sinking)))
    assert hold.measurements[HELD].value == pytest.approx(8.0, abs=0.4)
    assert hold.measurements[HELD_WELL].value == pytest.approx(4.0, abs=0.4)
    assert hold.measurements["line_drift_deg"].value == pytest.approx(20.0, abs=1.5)
    assert hold.lowest_s > 6.0


def walks_in_and_lies_down(t_s: float) -> PoseSample:
    """Four seconds across the picture on two legs, then flat on the floor."""
    if t_s > 4.0:
        return plank(t_s, up=0.0)
    return figure(t_s, stance="both", shift_px=60.0 * (t_s - 4.0))


@pytest.mark.parametrize(
    "decoy",
    [
        lambda t_s: plank(t_s, up=0.0),
        lambda t_s: plank(t_s, up=taken_and_left(t_s), knee_down=True),
        lambda t_s: figure(t_s, stance="both"),
        lambda t_s: figure(t_s, drop=0.25 * rep_shape([1.0, 5.0])(t_s), stance="both"),
        lambda t_s: wall_sit(t_s, down=taken_and_left(t_s)),
        walks_in_and_lies_down,
    ],
    ids=["lies down", "rests the knees", "stands", "squats", "sits at a wall", "walks in"],
)
def test_what_is_no_plank_is_no_hold(decoy: Callable[[float], PoseSample]) -> None:
    samples = list(film(10.0, decoy))
    assert held("plank", samples) == ()
    assert held("side_plank", samples) == ()


def test_a_side_plank_names_the_side_that_carries() -> None:
    (hold,) = held("side_plank", list(film(10.0, lambda t: side_plank(t, up=taken_and_left(t)))))
    assert hold.stance_side == "left"
    assert hold.measurements[LINE].value == pytest.approx(0.0, abs=1.5)
    assert hold.form.grade == "good"
    assert hold.start_s == pytest.approx(2.0, abs=0.3)
    assert hold.end_s == pytest.approx(8.0, abs=0.3)


def test_hips_that_sink_to_the_floor_end_a_side_plank() -> None:
    assert held("side_plank", list(film(6.0, lambda t: side_plank(t, up=0.0)))) == ()


@pytest.mark.parametrize(("thigh_deg", "grade"), [(0.0, "good"), (20.0, "watch"), (35.0, "fault")])
def test_a_wall_sit_is_judged_by_the_thigh(thigh_deg: float, grade: str) -> None:
    samples = film(10.0, lambda t: wall_sit(t, down=taken_and_left(t), thigh_deg=thigh_deg))
    (hold,) = held("wall_sit", list(samples))
    assert hold.measurements["thigh_angle_deg"].value == pytest.approx(thigh_deg, abs=1.5)
    assert hold.form.grade == grade


def test_standing_on_one_leg_is_a_stance_and_squatting_on_it_is_not() -> None:
    def still(t_s: float) -> PoseSample:
        return figure(t_s, stance="left", free_foot_up=0.2 * taken_and_left(t_s))

    (hold,) = held("single_leg_stance", list(film(10.0, still, noise_px=0.3)))
    assert hold.stance_side == "left"
    assert hold.measurements["sway_pct"].value == pytest.approx(0.1, abs=0.1)
    squats = rep_shape([1.0, 4.0, 7.0, 10.0], down_s=1.2, pause_s=0.2, up_s=1.0)
    moving = film(13.0, lambda t: figure(t, drop=0.2 * squats(t), stance="left", free_foot_up=0.2))
    assert all(one.end_s - one.start_s < 3.0 for one in held("single_leg_stance", list(moving)))


@pytest.mark.parametrize("clip", ["plank_side_left", "plank_side_right"])
def test_rendered_planks(clip: str) -> None:
    truth = json.loads((POSES / f"{clip}.json").read_text())
    found = held("plank", PoseRecording.load(POSES / f"{clip}.fcp").samples)
    assert len(found) == len(truth["reps"])
    for hold, rep in zip(found, truth["reps"], strict=True):
        true = rep["hold"]
        assert hold.start_s == pytest.approx(true["start_s"], abs=0.3)
        assert hold.end_s == pytest.approx(true["end_s"], abs=0.3)
        line = hold.measurements[LINE]
        assert line.value is not None
        assert line.sem is not None
        assert abs(line.value - true["body_line_deg"]) < 2.0 * line.sem
        sank = true["last_quarter_deg"] - true["first_quarter_deg"]
        assert hold.measurements["line_drift_deg"].value == pytest.approx(sank, abs=2.5)


def test_a_plank_is_recognised_after_five_seconds() -> None:
    recognizer = HoldRecognizer(all_exercises())
    found_s = next(
        sample.t_s
        for sample in PoseRecording.load(POSES / "plank_side_left.fcp").samples
        if (found := recognizer.update(sample)) is not None and found.exercise == "plank"
    )
    assert found_s == pytest.approx(7.0, abs=0.6)


@pytest.mark.parametrize("clip", ["squat_side", "step_down_front_left", "step_up_front_left"])
def test_repetitions_are_no_hold(clip: str) -> None:
    recognizer = HoldRecognizer(all_exercises())
    samples = PoseRecording.load(POSES / f"{clip}.npz").samples
    assert [one for sample in samples if (one := recognizer.update(sample)) is not None] == []
    assert recognizer.finish() is None


@pytest.mark.parametrize(
    "clip", ["squat_side", "squat_front", "single_leg_squat_side_right", "step_up_front_left"]
)
def test_repetitions_are_no_hold_even_when_one_is_named(clip: str) -> None:
    samples = PoseRecording.load(POSES / f"{clip}.npz").samples
    stands_on_both = clip.startswith("squat")
    named = ["plank", "side_plank", "wall_sit", *["single_leg_stance"] * stands_on_both]
    assert {exercise: held(exercise, samples) for exercise in named} == dict.fromkeys(named, ())


def test_a_posture_passed_through_now_and_then_is_no_hold() -> None:
    """On stairs the knee bends with every step, as far as in a wall sit."""
    analyzer = HoldAnalyzer(get_exercise("wall_sit"))
    for sample in PoseRecording.load(POSES / "stairs" / "up_and_down.fcp").samples:
        analyzer.update(sample)
    assert analyzer.finish() == ()
    now_and_then = np.where(np.arange(100) % 10 < 4, 1.0, 0.0)
    assert why_no_hold(now_and_then, HeldTime(2.0, 6.0)) == NOT_MOSTLY
    assert why_no_hold(now_and_then[::-1] + AT_BORDER, HeldTime(2.0, 6.0)) is None


def test_a_posture_at_its_border_is_not_taken_and_not_left_either() -> None:
    machine = PostureMachine()
    for n in range(20):
        assert machine.update(0.1 * n, AT_BORDER) is None
        assert not machine.is_under_way
    for n in range(20, 60):
        assert machine.update(0.1 * n, 1.0 if n < 30 else AT_BORDER) is None
    over = machine.finish()
    assert over is not None
    assert (over.start_s, over.end_s) == pytest.approx((2.0, 5.9))


def test_thighs_that_rise_slowly_over_the_limit_do_not_end_a_wall_sit() -> None:
    def tiring(t_s: float) -> PoseSample:
        thigh_deg = 34.0 + 9.0 * ease(t_s, 3.0, 8.0)
        return wall_sit(t_s, down=taken_and_left(t_s), thigh_deg=thigh_deg)

    (hold,) = held("wall_sit", list(film(10.0, tiring)))
    assert hold.start_s == pytest.approx(2.0, abs=0.3)
    assert hold.end_s == pytest.approx(8.0, abs=0.3)


def test_with_the_other_foot_at_rest_on_a_step_one_does_not_stand_on_one_leg() -> None:
    def resting(t_s: float) -> PoseSample:
        sample = figure(t_s, stance="left", free_foot_up=0.2 * taken_and_left(t_s))
        keypoints_px = sample.keypoints_px.copy()
        both = [keypoint(side, joint) for side in SIDES for joint in ("hip", "shoulder")]
        keypoints_px[both, 0] -= 20.0  # halfway to the other foot
        return replace(sample, keypoints_px=keypoints_px)

    assert held("single_leg_stance", list(film(10.0, resting))) == ()


def test_from_the_side_no_foot_is_said_to_be_lifted() -> None:
    """The camera looks down, so the foot that is further away is higher in the picture."""

    def from_the_side(t_s: float) -> PoseSample:
        return figure(t_s, stance="left", free_foot_up=0.2, yaw_deg=90.0)

    found = HoldAnalyzer(get_exercise("single_leg_stance"))
    for sample in film(6.0, from_the_side):
        found.update(sample)
    assert found.finish() == ()
    assert [(one.t_s, one.reason) for one in found.ignored] == [
        (None, "filmed from the side. Film from the front to measure this")
    ]


def test_given_the_same_poses_again_it_is_the_same_to_the_last_digit() -> None:
    samples = PoseRecording.load(POSES / "plank_side_right.fcp").samples
    assert held("plank", samples) == held("plank", samples)


def test_a_hold_at_the_end_of_the_film_is_kept() -> None:
    samples = [replace(plank(t, up=ease(t, 1.0, 2.0))) for t in np.arange(0.0, 6.0, 1 / 30)]
    (hold,) = held("plank", samples)
    assert hold.end_s == pytest.approx(samples[-1].t_s, abs=0.1)

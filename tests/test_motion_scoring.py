"""Clinical scales: stick figures whose points are known, and recordings of known movement."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from moving import LEG_PX, figure, film, rep_shape

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.numbers import MINUS
from formcheck.data.poses import Poses
from formcheck.data.session import ItemScore, Measurement, Rep, ScaleScore
from formcheck.data.settings import BandSettings, Settings
from formcheck.exercises import all_exercises, get_exercise
from formcheck.exercises.scales import LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.loop import run
from formcheck.motion.scoring import (
    Evidence,
    foot_travel_pct,
    free_foot_rest_s,
    hand_travel_pct,
    highest_held,
    score_item,
    sway_pct,
    total,
)
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
SHAPE = rep_shape([1.5])
TRUNK_PX = 160.0

Change = Callable[[float, float, PoseSample], None]
"""Changes a pose in place, given the time and the depth from 0 to 1."""


def as_it_is(_t_s: float, _depth: float, _sample: PoseSample) -> None:
    """No change."""


def step_down(
    change: Change = as_it_is,
    *,
    exercise: str = "step_down",
    shape: Callable[[float], float] = SHAPE,
    duration_s: float = 6.5,
    settings: Settings | None = None,
    **figure_options: float,
) -> Rep:
    """One repetition on the left leg, hands on the waist; the free foot goes down in a step-down.

    ``figure_options`` grow with the depth, but for the yaw.
    """
    squat = exercise == "single_leg_squat"

    def pose(t_s: float) -> PoseSample:
        depth = shape(t_s)
        scaled = {
            name: value if name == "yaw_deg" else value * depth
            for name, value in figure_options.items()
        }
        sample = figure(t_s, drop=0.15 * depth, stance="left", free_foot_up=0.25, **scaled)
        points = sample.keypoints_px
        for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
            hip = points[Keypoint[f"{side}_HIP"]]
            points[Keypoint[f"{side}_ELBOW"]] = hip + np.array([sign * 60.0, -70.0])
            points[Keypoint[f"{side}_WRIST"]] = hip + np.array([sign * 8.0, -25.0])
        for joint in ("ANKLE", "HEEL", "TOE"):
            points[Keypoint[f"RIGHT_{joint}"], 1] += (0.0 if squat else 0.2) * LEG_PX * depth
        change(t_s, depth, sample)
        return sample

    analyzer = Analyzer(get_exercise(exercise), settings, side="left")
    for sample in film(duration_s, pose, noise_px=0.2):
        analyzer.update(sample)
    (rep,) = analyzer.finish()
    return rep


def scale_of(rep: Rep) -> ScaleScore:
    assert rep.scale is not None
    return rep.scale


def points_of(rep: Rep, item: str) -> tuple[int | None, int | None, str]:
    (found,) = (score for score in scale_of(rep).items if score.item == item)
    return found.points, found.at_most, found.reason


def move(joints: str, dx_px: float, dy_px: float = 0.0) -> Change:
    def change(_t_s: float, depth: float, sample: PoseSample) -> None:
        for joint in joints.split():
            sample.keypoints_px[Keypoint[joint]] += np.array([dx_px, dy_px]) * depth

    return change


def hide(joint: str) -> Change:
    def change(_t_s: float, _depth: float, sample: PoseSample) -> None:
        sample.confidence[Keypoint[joint]] = 0.1

    return change


# --- the whole scale -----------------------------------------------------------------------


def test_good_form_gives_no_points_and_leaves_only_the_pelvis_open() -> None:
    score = scale_of(step_down())
    assert [(item.item, item.points, item.at_most) for item in score.items] == [
        ("arms", 0, 0), ("trunk", 0, 0), ("pelvis", None, None), ("knee", 0, 0), ("balance", 0, 0)
    ]  # fmt: skip
    assert score.unseen == ("pelvis",)
    assert (score.seen_points, score.possible_points_seen, score.unseen_points) == (0, 5, 1)
    assert score.grade == "good"  # 0 or 1 with the pelvis: good either way


def test_everything_wrong_that_can_be_seen_is_five_points_of_five() -> None:
    def all_wrong(t_s: float, depth: float, sample: PoseSample) -> None:
        move("LEFT_WRIST", 120.0)(t_s, depth, sample)
        move("LEFT_HEEL LEFT_TOE", 30.0)(t_s, depth, sample)

    score = scale_of(step_down(all_wrong, valgus_px=45.0, lean_px=45.0))
    assert (score.seen_points, score.seen_points_at_most) == (5, 5)
    assert score.grade == "poor"


def test_an_exercise_without_a_scale_is_not_scored() -> None:
    analyzer = Analyzer(get_exercise("squat"))
    for sample in film(6.5, lambda t: figure(t, drop=0.2 * SHAPE(t), stance="both")):
        analyzer.update(sample)
    assert [rep.scale for rep in analyzer.finish()] == [None]


def _scores(*points: tuple[int, int] | None) -> list[ItemScore]:
    return [
        ItemScore(
            item=item.id, points=found and found[0], at_most=found and found[1], reason="reason"
        )
        for item, found in zip(LATERAL_STEP_DOWN_SCALE.items, points, strict=True)
    ]


@pytest.mark.parametrize(
    ("points", "seen", "unseen", "grade"),
    [
        (((0, 0), (0, 0), None, (0, 0), (0, 0)), (0, 0, 5), 1, "good"),
        (((0, 0), (0, 0), None, (1, 1), (0, 0)), (1, 1, 5), 1, None),
        (((0, 0), (0, 1), None, (0, 0), (0, 0)), (0, 1, 5), 1, None),
        (((1, 1), (0, 0), None, (1, 1), (0, 0)), (2, 2, 5), 1, "medium"),
        (((1, 1), (1, 1), None, (1, 2), (0, 0)), (3, 4, 5), 1, None),
        (((1, 1), (1, 1), None, (2, 2), (0, 1)), (4, 5, 5), 1, "poor"),
        ((None, (1, 1), None, None, None), (1, 1, 1), 5, None),
        (((0, 0), (1, 1), (0, 0), (0, 0), (0, 0)), (1, 1, 6), 0, "good"),
    ],
)
def test_a_grade_is_given_only_when_nothing_open_can_change_it(
    points: tuple[tuple[int, int] | None, ...],
    seen: tuple[int, int, int],
    unseen: int,
    grade: str | None,
) -> None:
    score = total(LATERAL_STEP_DOWN_SCALE, _scores(*points))
    assert (score.seen_points, score.seen_points_at_most, score.possible_points_seen) == seen
    assert score.unseen_points == unseen
    assert score.grade == grade


def test_a_scale_without_grades_has_none() -> None:
    items = [
        ItemScore(item=item.id, points=0, at_most=0, reason="reason")
        for item in SINGLE_LEG_SQUAT_RATING.items
    ]
    assert total(SINGLE_LEG_SQUAT_RATING, items).grade is None


@pytest.mark.parametrize(
    ("away", "points"), [(0.1, (0, 0)), (0.3, (0, 1)), (0.5, (1, 1))]
)  # of trunk length
def test_a_hand_that_leaves_the_waist(away: float, points: tuple[int, int]) -> None:
    least, most, reason = points_of(step_down(move("RIGHT_WRIST", -away * TRUNK_PX)), "arms")
    assert (least, most) == points
    assert "the right hand" in reason
    assert "on the waist" in reason
    assert ("not certain" in reason) == (least != most)


def test_crossed_arms_are_held_against_their_own_place() -> None:
    def crossed(_t_s: float, _depth: float, sample: PoseSample) -> None:
        for side, other_side in (("LEFT", "RIGHT"), ("RIGHT", "LEFT")):
            chest = sample.keypoints_px[Keypoint[f"{other_side}_SHOULDER"]] + (0.0, 40.0)
            sample.keypoints_px[Keypoint[f"{side}_WRIST"]] = chest

    least, most, reason = points_of(step_down(crossed, lean_px=12.0), "arms")
    assert (least, most) == (0, 0)
    assert "on the waist" not in reason


def test_hands_that_lean_along_with_the_trunk_stay_where_they_are() -> None:
    samples = [
        figure(0.0, lean_px=0.0),
        figure(0.1, lean_px=0.0),
        figure(1.0, lean_px=0.0),
    ]
    turn = math.radians(25.0)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    for joint in ("LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_WRIST", "RIGHT_WRIST",
                  "LEFT_HIP", "RIGHT_HIP"):  # fmt: skip
        which = Keypoint[joint]
        point = samples[2].keypoints_px[which] - (240.0, 300.0)
        samples[2].keypoints_px[which] = rotation @ point + (240.0, 300.0)
    window = Poses.from_samples(samples)
    assert hand_travel_pct(window, "left", (0.0, 0.2))[2] == pytest.approx(0.0, abs=1e-9)


def test_a_hidden_hand_leaves_the_arms_unseen() -> None:
    least, most, reason = points_of(step_down(hide("LEFT_WRIST")), "arms")
    assert (least, most) == (None, None)
    assert "the left wrist was hidden for 100 %" in reason


def test_one_seen_hand_that_leaves_is_enough() -> None:
    def change(t_s: float, depth: float, sample: PoseSample) -> None:
        hide("LEFT_WRIST")(t_s, depth, sample)
        move("RIGHT_WRIST", -100.0)(t_s, depth, sample)

    assert points_of(step_down(change), "arms")[:2] == (1, 1)


# --- trunk ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lean_px", "points"), [(8.0, (0, 0)), (16.8, (0, 1)), (40.0, (1, 1)), (-40.0, (1, 1))]
)
def test_a_trunk_that_leans_sideways(lean_px: float, points: tuple[int, int]) -> None:
    least, most, reason = points_of(step_down(lean_px=lean_px), "trunk")
    assert (least, most) == points
    assert f"° sideways (a point is given outside {MINUS}6 to 6°)" in reason
    assert "forward lean cannot be seen" in reason


def test_from_the_side_the_forward_lean_is_judged_and_most_of_the_rest_is_not_seen() -> None:
    rep = step_down(lean_px=100.0, yaw_deg=88.0)
    assert rep.view.kind == "side"
    least, most, reason = points_of(rep, "trunk")
    assert (least, most) == (1, 1)
    assert re.search(r"leaned 32\.0 ± \d\.\d° forward", reason)
    for item in ("pelvis", "knee", "balance"):
        assert points_of(rep, item)[:2] == (None, None)
    assert scale_of(rep).grade is None


def test_the_users_limits_hold_for_the_trunk() -> None:
    strict = Settings(bands={"trunk_lean_deg": BandSettings((-1.0, 1.0), (-2.0, 2.0))})
    assert points_of(step_down(lean_px=12.0, settings=strict), "trunk")[:2] == (1, 1)


# --- knee ----------------------------------------------------------------------------------


def test_a_knee_far_inside_the_foot_gives_two_points() -> None:
    assert points_of(step_down(valgus_px=45.0), "knee")[:2] == (2, 2)


def test_in_the_squats_rating_a_knee_far_inside_gives_its_one_point() -> None:
    rep = step_down(valgus_px=45.0, exercise="single_leg_squat")
    assert points_of(rep, "knee")[:2] == (1, 1)
    assert [item.item for item in scale_of(rep).items if item.points is None] == ["pelvis", "hip"]


@pytest.mark.parametrize(
    ("stray_pct", "error_pct", "points"),
    [
        (4.0, 2.0, (0, 0)),
        (6.0, 2.0, (0, 1)),
        (8.5, 1.0, (1, 1)),
        (8.5, 2.0, (0, 2)),
        (10.0, 2.0, (1, 2)),
        (13.0, 2.0, (2, 2)),
        (-8.0, 2.0, (0, 0)),
    ],
)
def test_points_of_the_knee_by_its_place_and_error(
    stray_pct: float, error_pct: float, points: tuple[int, int]
) -> None:
    knee = Measurement(value=stray_pct, at_bottom=stray_pct, sem=error_pct)
    rep = msgspec.structs.replace(step_down(), measurements={"knee_over_foot_pct": knee})
    evidence = Evidence(
        rep=rep,
        window=Poses.from_samples([]),
        exercise=get_exercise("step_down"),
        settings=Settings(),
        side="left",
        standing=None,
    )
    found = score_item(LATERAL_STEP_DOWN_SCALE.item("knee"), evidence)
    assert (found.points, found.at_most) == points


def test_a_knee_that_was_not_measured_is_not_seen_for_the_same_reason() -> None:
    rep = step_down(hide("LEFT_KNEE"))
    least, most, reason = points_of(rep, "knee")
    assert (least, most) == (None, None)
    assert reason == rep.measurements["knee_over_foot_pct"].not_measured


# --- balance -------------------------------------------------------------------------------


@pytest.mark.parametrize(("moved_pct", "points"), [(2.0, (0, 0)), (6.0, (0, 1)), (12.0, (1, 1))])
def test_a_standing_foot_that_wavers(moved_pct: float, points: tuple[int, int]) -> None:
    change = move("LEFT_HEEL LEFT_TOE", moved_pct / 100 * LEG_PX)
    assert points_of(step_down(change), "balance")[:2] == points


@pytest.mark.parametrize(("sway_px", "points"), [(1.0, (0, 0)), (3.6, (0, 1)), (9.0, (1, 1))])
def test_shoulders_that_waver(sway_px: float, points: tuple[int, int]) -> None:
    def change(t_s: float, depth: float, sample: PoseSample) -> None:
        swing = sway_px * math.sin(2 * math.pi * 2.5 * t_s)
        move("LEFT_SHOULDER RIGHT_SHOULDER", swing)(t_s, 1.0 if depth > 0 else 0.0, sample)

    assert points_of(step_down(change), "balance")[:2] == points


def test_a_free_foot_that_rests_long_may_have_taken_weight() -> None:
    rep = step_down(shape=rep_shape([1.5], pause_s=2.0), duration_s=8.5)
    least, most, reason = points_of(rep, "balance")
    assert (least, most) == (0, 1)
    assert "may have taken weight" in reason


def test_in_a_squat_a_free_foot_that_comes_down_may_have_touched() -> None:
    def change(_t_s: float, depth: float, sample: PoseSample) -> None:
        points = sample.keypoints_px
        way = points[Keypoint.LEFT_ANKLE, 1] - points[Keypoint.RIGHT_ANKLE, 1]
        points[Keypoint.RIGHT_ANKLE, 1] += way * depth

    assert points_of(step_down(exercise="single_leg_squat"), "balance")[:2] == (0, 0)
    least, most, reason = points_of(step_down(change, exercise="single_leg_squat"), "balance")
    assert (least, most) == (0, 1)
    assert "may have touched" in reason


def test_a_hidden_foot_leaves_the_balance_unseen() -> None:
    least, _, reason = points_of(step_down(hide("LEFT_TOE")), "balance")
    assert least is None
    assert "the left toe was hidden" in reason


# --- what is seen --------------------------------------------------------------------------


def test_what_is_held_is_not_a_flicker() -> None:
    t_s = np.arange(0.0, 2.0, 0.02)
    flicker = np.where(np.abs(t_s - 1.0) < 0.05, 9.0, 1.0)
    held = np.where(np.abs(t_s - 1.0) < 0.15, 9.0, 1.0)
    assert highest_held(t_s, flicker) == 1.0
    assert highest_held(t_s, held) == 9.0
    assert math.isnan(highest_held(t_s[:5], held[:5]))
    assert math.isnan(highest_held(t_s, np.full(len(t_s), np.nan)))


def test_time_series_survive_missing_points() -> None:
    samples = list(film(3.0, lambda t: figure(t)))
    window = Poses.from_samples(samples)
    none = replace(window, keypoints_px=np.full_like(window.keypoints_px, np.nan))
    for values in (
        hand_travel_pct(none, "left", (0.0, 1.0)),
        foot_travel_pct(none, "left", (0.0, 1.0)),
        sway_pct(none),
    ):
        assert values.shape == (len(samples),)
        assert np.isnan(values).all()
    assert free_foot_rest_s(none, "left", 1.0) == 0.0
    assert free_foot_rest_s(window, "left", 1.0) == pytest.approx(3.0, abs=0.05)


# --- the scales themselves -----------------------------------------------------------------


@pytest.mark.parametrize(
    "scale", [LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING], ids=lambda scale: scale.id
)
def test_scales_are_whole(scale: object) -> None:
    assert scale in {exercise.scale for exercise in all_exercises()}
    assert scale in (LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING)
    for known in (LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING):
        ids = [item.id for item in known.items]
        assert len(set(ids)) == len(ids)
        if known.bands:
            limits = [most for most, _ in known.bands]
            assert limits == sorted(limits)
            assert limits[-1] == sum(item.points for item in known.items)


# --- recordings ----------------------------------------------------------------------------


def replay(name: str) -> list[Rep]:
    recording = PoseRecording.load(POSES / f"{name}.npz")
    truth = json.loads((POSES / f"{name}.json").read_text("utf-8"))
    analyzer = Analyzer(get_exercise(truth["exercise"]))
    assert run(RecordedSource(recording), RecordedEstimator(recording), analyzer, [])
    return list(analyzer.reps)


def test_straight_step_downs_are_good() -> None:
    for rep in replay("step_down_front_right"):
        score = scale_of(rep)
        assert (score.seen_points, score.seen_points_at_most, score.grade) == (0, 0, "good")


def test_step_downs_that_get_worse_get_more_points() -> None:
    reps = replay("step_down_front_left")
    most = [scale_of(rep).seen_points_at_most for rep in reps]
    assert most == sorted(most)
    least, at_most, _ = points_of(reps[3], "knee")  # 18° of valgus
    assert (least, at_most) == (1, 2)
    for rep in reps:
        assert points_of(rep, "arms")[:2] == (0, 0)
        assert points_of(rep, "balance")[:2] == (0, 0)


def test_a_squat_that_falls_in_gives_the_knees_point_and_a_lean_at_its_limit_none_for_sure() -> (
    None
):
    third = replay("single_leg_squat_front_right")[2]  # 15° of valgus; 6.8° of lean, limit 6°
    assert points_of(third, "trunk")[:2] == (0, 1)
    assert points_of(third, "knee")[:2] == (1, 1)  # 9.5 % is beyond the second toe
    assert scale_of(third).unseen == ("pelvis", "hip")


def test_an_oblique_film_shows_nothing_of_the_rating() -> None:
    for rep in replay("single_leg_squat_oblique"):
        assert scale_of(rep).possible_points_seen == 0


def test_a_film_from_the_side_shows_the_forward_lean_only() -> None:
    reps = replay("step_down_side_left")
    assert points_of(reps[0], "trunk")[:2] == (0, 0)  # 8° forward
    assert points_of(reps[3], "trunk")[:2] == (1, 1)  # 34° forward
    for rep in reps:
        assert scale_of(rep).unseen == ("arms", "pelvis", "knee", "balance")
        assert "the right wrist was hidden" in points_of(rep, "arms")[2]

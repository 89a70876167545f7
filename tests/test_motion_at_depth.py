"""The knee at a fixed depth, on drawn people whose knee goes further in the deeper they go."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest
from moving import LEG_PX, figure, film, rep_shape

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.session import ExerciseInfo, Rep
from formcheck.exercises import all_exercises, get_exercise
from formcheck.exercises.metrics import (
    FOOT_ERROR_DEG,
    FOOT_OF_LEG,
    KNEE_AT_DEPTH,
    KNEE_OVER_FOOT,
    SAME_DEPTH_PCT,
    TURN_OUT_DEG,
    TURN_OUT_ERROR_DEG,
)
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.at_depth import mean_around, time_at_depth_s
from formcheck.motion.comparison import Difference, common_basis, compare_sessions, direction
from formcheck.report.changes import change_words, name_of

INWARD_PX = 100.0
"""How far the knee goes in for each leg length that the hips go down."""

SHALLOW, DEEP, TOO_SHALLOW = 0.18, 0.30, 0.12
STARTS_S = (1.5, 6.5, 11.5)
SINGLE_LEG_SQUAT = get_exercise("single_leg_squat")


@cache
def drawn(
    *depths: float,
    inward_px: float = INWARD_PX,
    noise_px: float = 0.2,
    rate_hz: float = 30.0,
    from_s: float = 0.0,
) -> list[Rep]:
    """Measure repetitions of the given depths, in leg lengths; the knee goes in along with them."""
    moves = [(rep_shape([start]), depth) for start, depth in zip(STARTS_S, depths, strict=False)]

    def pose(t_s: float) -> PoseSample:
        drop = sum(depth * shape(t_s) for shape, depth in moves)
        return figure(t_s, drop=drop, valgus_px=inward_px * drop, stance="left")

    analyzer = Analyzer(SINGLE_LEG_SQUAT, side="left")
    for sample in film(STARTS_S[len(depths) - 1] + 5.0, pose, rate_hz, noise_px):
        if sample.t_s >= from_s:
            analyzer.update(sample)
    return list(analyzer.finish())


def at_depth(rep: Rep) -> float:
    value = rep.measurements[KNEE_AT_DEPTH.id].value
    assert value is not None, rep.measurements[KNEE_AT_DEPTH.id].not_measured
    return value


def true_at_depth_pct() -> float:
    """By the definition: the knee's place over the ankle, less its way forward over the foot."""
    drop = SAME_DEPTH_PCT / 100.0
    upright_px = LEG_PX / 2.0
    forward_px = math.sqrt(upright_px**2 - (upright_px * (1.0 - drop)) ** 2)
    weight = TURN_OUT_ERROR_DEG**2 / (FOOT_ERROR_DEG**2 + TURN_OUT_ERROR_DEG**2)
    toes_deg = math.degrees(math.asin(3.0 / (FOOT_OF_LEG * LEG_PX)))
    foot_deg = weight * toes_deg + (1.0 - weight) * TURN_OUT_DEG
    outward_px = forward_px * math.sin(math.radians(foot_deg))
    return (INWARD_PX * drop + outward_px) / LEG_PX * 100.0


def knee(found: Sequence[Difference]) -> Difference:
    (one,) = (one for one in found if one.name == KNEE_OVER_FOOT.id)
    return one


def test_the_moment_lies_between_the_frames() -> None:
    t_s = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    drop = np.array([0.0, 10.0, 14.0, 18.0, 20.0])
    assert time_at_depth_s(t_s, drop, 15.0, (0.0, 0.4)) == pytest.approx(0.225)


def test_it_is_the_first_time_on_the_way_down() -> None:
    t_s = np.arange(7.0)
    drop = np.array([20.0, 0.0, 10.0, 20.0, 10.0, 20.0, 20.0])
    assert time_at_depth_s(t_s, drop, 15.0, (1.0, 6.0)) == 2.5


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ([0.0, 8.0, 12.34, 12.0], "only 12.3 % of leg length"),
        ([0.0, math.nan, math.nan, 20.0], "not seen at that depth"),
        ([math.nan] * 4, "not seen at that depth"),
        ([16.0, 17.0, 18.0, 18.0], "not seen at that depth"),
    ],
)
def test_it_says_why_there_is_no_such_moment(drop: list[float], reason: str) -> None:
    found = time_at_depth_s(np.arange(4.0), np.array(drop), 15.0, (0.0, 3.0))
    assert isinstance(found, str)
    assert reason in found


def test_the_mean_does_not_lean_to_the_side_with_more_frames() -> None:
    t_s = np.array([0.0, 0.04, 0.08, 0.12])
    assert mean_around(t_s, 100.0 * t_s, (0.01, 0.11)) == pytest.approx(6.0)
    holes = np.array([0.0, math.nan, 8.0, 12.0])
    assert math.isnan(mean_around(t_s, holes, (0.01, 0.11)))
    assert math.isnan(mean_around(t_s, 100.0 * t_s, (0.05, 0.15))), "no frame is beyond the last"


@pytest.mark.parametrize("depth", [SHALLOW, 0.24, DEEP])
@pytest.mark.parametrize("rate_hz", [25.0, 60.0])
def test_it_is_the_knee_at_that_depth_however_deep_the_repetition(
    depth: float, rate_hz: float
) -> None:
    (rep,) = drawn(depth, noise_px=0.0, rate_hz=rate_hz)
    assert at_depth(rep) == pytest.approx(true_at_depth_pct(), abs=0.25)
    bottom = rep.measurements[KNEE_OVER_FOOT.id].value
    assert bottom is not None
    assert bottom - at_depth(rep) > 0.8, "at the bottom the knee is further in"
    found = rep.measurements[KNEE_AT_DEPTH.id]
    assert (found.grade, found.at_bottom) == (None, found.value)
    assert KNEE_AT_DEPTH.id not in rep.series, "the knee's series is there once"


def test_of_a_step_up_it_is_taken_on_the_lowering() -> None:
    way_up, top_s = rep_shape([1.5]), 3.6

    def pose(t_s: float) -> PoseSample:
        drop = 0.24 * (1.0 - way_up(t_s))
        inward_px = INWARD_PX if t_s > top_s else 0.0  # on the way up the knee is over the foot
        return figure(t_s, drop=drop, valgus_px=inward_px * drop, stance="left")

    analyzer = Analyzer(get_exercise("step_up"), side="left")
    for sample in film(6.5, pose):
        analyzer.update(sample)
    (rep,) = analyzer.finish()
    assert at_depth(rep) == pytest.approx(true_at_depth_pct(), abs=0.25)


def test_each_knee_of_a_squat_has_its_own() -> None:
    def pose(t_s: float) -> PoseSample:
        drop = 0.3 * rep_shape([1.5])(t_s)
        sample = figure(t_s, drop=drop, valgus_px=INWARD_PX * drop, stance="both")
        xy = sample.keypoints_px.copy()
        xy[Keypoint.RIGHT_KNEE, 0] -= INWARD_PX * drop  # the right one stays over its foot
        return replace(sample, keypoints_px=xy)

    analyzer = Analyzer(get_exercise("squat"))
    for sample in film(6.5, pose):
        analyzer.update(sample)
    (rep,) = analyzer.finish()
    left, right = (
        rep.measurements[f"knee_over_foot_{side}_at_depth_pct"].value for side in ("left", "right")
    )
    assert left == pytest.approx(true_at_depth_pct(), abs=0.25)
    inward_pct = INWARD_PX * SAME_DEPTH_PCT / LEG_PX
    assert right == pytest.approx(true_at_depth_pct() - inward_pct, abs=0.25)


def test_a_repetition_that_is_too_shallow_has_none() -> None:
    (rep,) = drawn(TOO_SHALLOW, noise_px=0.0)
    found = rep.measurements[KNEE_AT_DEPTH.id]
    assert found.value is None
    assert found.not_measured is not None
    said = re.fullmatch(r"the hips went down by only (.*) % of leg length", found.not_measured)
    assert said is not None
    assert float(said[1]) == pytest.approx(12.0, abs=0.5)
    assert rep.measurements[KNEE_OVER_FOOT.id].value is not None


def test_without_standing_the_depth_is_not_known() -> None:
    (rep,) = drawn(DEEP, noise_px=0.0, from_s=2.2)
    found = rep.measurements[KNEE_AT_DEPTH.id]
    assert found.value is None
    assert found.not_measured is not None
    assert "not seen standing still" in found.not_measured


def without_stand_ins(info: ExerciseInfo) -> ExerciseInfo:
    specs = tuple(spec for spec in info.specs if spec.at_depth_of is None)
    return msgspec.structs.replace(info, specs=specs)


def test_the_same_knee_in_a_deeper_session_is_no_change() -> None:
    info = SINGLE_LEG_SQUAT.info()
    shallow, deep = drawn(*3 * [SHALLOW]), drawn(*3 * [DEEP])
    compared = compare_sessions(shallow, deep, info)
    one = knee(compared)
    assert one.spec.at_depth_pct == SAME_DEPTH_PCT
    assert one.difference == pytest.approx(0.0, abs=0.3)
    assert not one.detected
    assert [found.name for found in compared].count(KNEE_AT_DEPTH.id) == 0
    assert name_of(one) == "Knee over foot at 15 % depth"
    assert "Because the depths differ, both were compared when the hips were 15 %" in change_words(
        one
    )
    # At the bottom it would have been told as a change.
    plain = knee(compare_sessions(shallow, deep, without_stand_ins(info)))
    assert plain.detected
    assert plain.difference > 3.0
    assert plain.depths_differ
    assert "The depths differ" in change_words(plain)


def test_a_knee_that_does_change_is_found_at_that_depth_and_told_by_its_limits() -> None:
    before, after = drawn(*3 * [SHALLOW], inward_px=220.0), drawn(*3 * [DEEP])
    one = knee(compare_sessions(before, after, SINGLE_LEG_SQUAT.info()))
    expected = (INWARD_PX - 220.0) * SAME_DEPTH_PCT / LEG_PX
    assert one.difference == pytest.approx(expected, abs=0.3)
    assert one.detected
    assert direction(one) == "better"
    assert one.spec.limits is None


def test_sessions_of_the_same_depth_are_compared_at_the_bottom() -> None:
    one = knee(compare_sessions(drawn(*3 * [DEEP]), drawn(*3 * [DEEP]), SINGLE_LEG_SQUAT.info()))
    assert one.spec == SINGLE_LEG_SQUAT.info().spec(KNEE_OVER_FOOT.id)
    assert not one.depths_differ
    assert "depth" not in change_words(one)


def test_a_session_that_is_too_shallow_is_compared_at_the_bottom_and_that_is_said() -> None:
    one = knee(
        compare_sessions(drawn(*3 * [TOO_SHALLOW]), drawn(*3 * [DEEP]), SINGLE_LEG_SQUAT.info())
    )
    assert one.spec.at_depth_of is None
    assert one.depths_differ
    assert "The depths differ" in change_words(one)


def test_all_sessions_of_a_trend_are_compared_alike() -> None:
    info = SINGLE_LEG_SQUAT.info()
    first, same, deep = drawn(*3 * [SHALLOW]), drawn(*3 * [SHALLOW]), drawn(*3 * [DEEP])
    basis = common_basis([first, same, deep], info)
    compared = [knee(compare_sessions(first, reps, info, basis)) for reps in (first, same, deep)]
    assert {one.spec.id for one in compared} == {KNEE_AT_DEPTH.id}
    assert {one.name for one in compared} == {KNEE_OVER_FOOT.id}
    assert not any(one.detected for one in compared)
    too_shallow = common_basis([first, deep, drawn(*3 * [TOO_SHALLOW])], info)
    one = knee(compare_sessions(first, deep, info, too_shallow))
    assert one.spec.id == KNEE_OVER_FOOT.id
    assert one.depths_differ


def test_what_is_taken_at_a_depth_stands_in_for_what_the_exercise_measures() -> None:
    found = 0
    for exercise in all_exercises():
        for metric in exercise.metrics:
            assert (metric.taken == "at_depth") == (metric.at_depth_pct is not None)
            assert (metric.taken == "at_depth") == (metric.at_depth_of is not None)
            if metric.at_depth_of is None:
                continue
            found += 1
            other = exercise.metric(metric.at_depth_of)
            assert (other.unit, other.side, other.role) == (metric.unit, metric.side, metric.role)
            assert metric.limits is None
            assert any(one.role == "depth" for one in exercise.metrics)
    assert found >= 6

"""The truth that formcheck and other programs are scored against, and the arithmetic of scoring."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.coverage import share_of
from clips.definitions import definition_of
from clips.scoring import Error, asked_of, pairs, score, scores
from clips.sure_grades import true_judged, true_poses
from clips.truth import (
    Truth,
    bottom_of,
    facing_sign,
    mirrored_truth,
    read_truth,
    roll_effects,
    true_numbers,
    working_side,
)

from formcheck.data.session import Rep
from formcheck.exercises import get_exercise

NAMES = ("step_down_front_left", "step_down_side_left", "squat_front")
IN_SPACE = "knee_over_foot"


def tilted(truth: dict[str, Any], roll_deg: float) -> dict[str, Any]:
    """The clip as a camera with this roll would have seen it: content turned counter-clockwise."""
    turned = copy.deepcopy(truth)
    turned["camera"]["roll"] = roll_deg
    middle = np.array(turned["camera"]["size"]) / 2
    cos, sin = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    counter_clockwise = np.array([[cos, sin], [-sin, cos]])  # y points down
    points = np.array(turned["keypoints_px"]["xy"])
    xy = (points.reshape(len(points), -1, 2) - middle) @ counter_clockwise.T + middle
    turned["keypoints_px"]["xy"] = xy.reshape(len(points), -1).tolist()
    return turned


def from_keypoints(truth: dict[str, Any], rep: dict[str, Any]) -> dict[str, float]:
    """The true angles of a repetition once more, from the true keypoints; against gravity."""
    poses = true_poses(Truth.of(truth))
    inside = (poses.t_s >= bottom_of(rep)[0] - 1e-6) & (poses.t_s <= bottom_of(rep)[1] + 1e-6)
    found = {}
    for name in rep["image_truth_at_bottom"]:
        known = definition_of(name, working_side(rep))
        assert known is not None
        definition, side = known
        values = definition(poses, side, facing_sign(truth))[inside]
        found[name] = float(values.mean()) + roll_effects(truth, rep).get(name, 0.0)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other_side", [False, True])
def test_the_definitions_give_the_truth_from_the_true_keypoints(
    name: str, other_side: bool, sample_videos: Path
) -> None:
    truth = read_truth(sample_videos / f"{name}.truth.json")
    if other_side:
        truth = mirrored_truth(truth)
    for rep in truth["reps"]:
        known = true_numbers(truth, rep)
        for quantity, value in from_keypoints(truth, rep).items():
            assert value == pytest.approx(known[quantity], abs=0.2), quantity


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other_side", [False, True])
def test_a_tilted_camera_does_not_change_what_is_true_against_gravity(
    name: str, other_side: bool, sample_videos: Path
) -> None:
    level = read_truth(sample_videos / f"{name}.truth.json")
    if other_side:
        level = mirrored_truth(level)
    rolled = tilted(level, 3.0)
    for rep in level["reps"]:
        before, after = (from_keypoints(truth, rep) for truth in (level, rolled))
        assert after == pytest.approx(before, abs=0.01)


def test_the_image_of_a_tilted_camera_is_brought_to_gravity(sample_videos: Path) -> None:
    truth = read_truth(sample_videos / "step_down_front_left.truth.json")
    rep = truth["reps"][0]
    upright = true_numbers(truth, rep)
    truth["camera"]["roll"] = 2.0
    # The picture shows a trunk that leans 2 degrees less toward the left leg than it does.
    assert true_numbers(truth, rep)["trunk_lean_deg"] == upright["trunk_lean_deg"] + 2.0
    assert true_numbers(truth, rep)["knee_fppa_deg"] == upright["knee_fppa_deg"]
    assert true_numbers(mirrored_truth(truth), mirrored_truth(truth)["reps"][0])[
        "trunk_lean_deg"
    ] == pytest.approx(upright["trunk_lean_deg"] + 2.0)


def test_from_obliquely_only_counts_and_times_are_asked(sample_videos: Path) -> None:
    asked = asked_of(read_truth(sample_videos / "single_leg_squat_oblique.truth.json"))
    assert {name.partition(" ")[0] for name in asked} == {"event", "duration"}


def test_each_knee_of_a_squat_is_asked_for(sample_videos: Path) -> None:
    asked = asked_of(read_truth(sample_videos / "squat_front.truth.json"))
    assert asked["knee_fppa_deg of squats"] == asked["knee_over_foot_pct of squats"] == 6
    assert "knee_fppa_deg" not in asked
    assert asked["trunk_lean_deg"] == 3


def test_the_true_change_is_the_truth_at_the_bottom_less_standing(sample_videos: Path) -> None:
    truth = Truth.load(sample_videos / "step_down_front_left.truth.json")
    specs = {spec.id: spec for spec in get_exercise("step_down").info().specs}
    poses = true_poses(truth)
    for rep in truth.data["reps"]:
        bottom = rep["image_truth_at_bottom"]["knee_fppa_deg"]
        change = true_judged(poses, truth.data, rep, specs["knee_fppa_deg"])
        # This person stands with straight legs: scripted 0 degrees with a sway of a few tenths.
        assert change == pytest.approx(bottom, abs=1.0)
        largest = true_judged(poses, truth.data, rep, specs["trunk_lean_deg"])
        assert largest is not None
        assert abs(largest) >= abs(rep["image_truth_at_bottom"]["trunk_lean_deg"]) - 0.01
        lasts_s = true_judged(poses, truth.data, rep, specs["descent_s"])
        events = rep["speed_events"]
        assert lasts_s == events["descent_end_s"] - events["descent_start_s"]
        assert true_judged(poses, truth.data, rep, specs["knee_wobble"]) is None


def test_repetitions_are_paired_by_time_when_their_count_is_wrong(sample_videos: Path) -> None:
    true = read_truth(sample_videos / "step_down_front_left.truth.json")["reps"]
    lowest_s = [rep["speed_events"]["descent_end_s"] for rep in true]
    missed_one = [
        Rep(
            index=n,
            stance_side="left",
            start_s=lowest_s[k] - 1.0,
            lowest_s=lowest_s[k],
            end_s=lowest_s[k] + 1.0,
            events={},
            measurements={},
        )
        for n, k in enumerate((0, 2, 3), start=1)
    ]
    found = {true.index(one): rep.index for one, rep in pairs(true, missed_one)}
    assert found == {0: 1, 2: 2, 3: 3}


def error_of(person: str, error: float, sem: float, rep: int = 1) -> Error:
    return Error("clip", person, rep, "trunk_lean_deg", float(rep), rep + error, sem)


def test_a_score_sums_up_bias_slope_and_what_is_missing() -> None:
    found = [error_of("a", 0.5, 1.0, rep) for rep in (1, 2, 3)]
    (row,) = scores(found, {"trunk_lean_deg": 5})
    assert (row.n, row.of, row.people) == (3, 5, 1)
    assert (row.bias, row.mean_absolute) == pytest.approx((0.5, 0.5))
    assert row.slope == pytest.approx(1.0)
    assert row.within_one.pct == 100.0
    assert not row.claimed


def test_thirty_repetitions_are_enough_to_claim_something() -> None:
    many = [error_of("a", 0.5, 1.0, rep) for rep in range(30)]
    assert score("trunk_lean_deg", many).claimed
    assert not score("trunk_lean_deg", many[:-1]).claimed


def test_no_stated_errors_no_coverage() -> None:
    row = score("trunk_lean_deg", [error_of("a", 0.5, math.nan), error_of("b", 0.5, math.nan)])
    assert math.isnan(row.within_two.pct)


def test_the_interval_is_over_people_not_repetitions() -> None:
    """Two people, one all inside and one all outside: any share from 0 to 100 % may be true."""
    inside = np.array([True] * 50 + [False] * 50)
    apart = share_of(inside, ["a"] * 50 + ["b"] * 50)
    assert (apart.pct, apart.low_pct, apart.high_pct) == (50.0, 0.0, 100.0)
    mixed = share_of(inside, [str(n) for n in range(100)])
    # As many people as repetitions: 50 % with a standard error of 5 %, 90 % within 1.64 of it.
    assert mixed.low_pct == pytest.approx(50 - 8.2, abs=1.5)
    assert mixed.high_pct == pytest.approx(50 + 8.2, abs=1.5)
    assert math.isnan(share_of(inside, ["a"] * 100).low_pct)

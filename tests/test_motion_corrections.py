"""What is taken out of a measurement, by features that are known here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from moving import LEG_PX, figure, film, rep_shape

from formcheck.app.parts import measure
from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Keypoint, PoseSample
from formcheck.data.pose_profile import AS_GIVEN, Correction, PoseProfile, Term
from formcheck.data.poses import Poses
from formcheck.data.session import Rep, Session
from formcheck.exercises import all_exercises, get_exercise
from formcheck.exercises.metrics import (
    KNEE_FLEXION,
    KNEE_FPPA,
    TRUNK_LEAN,
)
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.corrections import FEATURES, SmoothPoses, corrected, features, plain
from formcheck.pose.profiles import MEDIAPIPE
from formcheck.pose.recorded import PoseRecording

RECORDED = Path(__file__).parent / "poses"
DROP, STANDING_S = 0.2, 0.5


def term(feature: str, weight: float, centre: float = 0.0, reach: float = math.inf) -> Term:
    """A term that holds up to ``reach`` to either side of its centre."""
    return Term(
        feature=feature, weight=weight, centre=centre, low=centre - reach, high=centre + reach
    )


def profile(constant: float = 0.0, *terms: Term, quantity: str = "lean") -> PoseProfile:
    found = Correction(constant=constant, terms=terms, sem_set=1.0, sem_rep=0.5)
    return replace(MEDIAPIPE, corrections={quantity: found})


def seen(whose: PoseProfile, yaw_deg: float = 0.0) -> SmoothPoses:
    """Half a second of standing, then lowered hips, each with a lean of its own."""

    def pose(t_s: float) -> PoseSample:
        stands = t_s <= STANDING_S
        sample = figure(
            t_s, drop=0.0 if stands else DROP, lean_px=5.0 if stands else 30.0, yaw_deg=yaw_deg
        )
        return replace(sample, profile=whose)

    poses = Poses.from_samples(list(film(2.0, pose)))
    return SmoothPoses(poses, poses)


LEAN = msgspec.structs.replace(TRUNK_LEAN, corrected_as="lean")


def added(whose: PoseProfile) -> Mapping[str, float]:
    """What is added to the lean in standing and in the low position."""
    poses = seen(whose)
    found = corrected(LEAN, poses, "left") - plain(LEAN, poses, "left")
    return {"standing": float(found[0]), "low": float(found[-1])}


def test_the_constant_is_added_always_even_alone() -> None:
    assert added(profile(1.5)) == pytest.approx({"standing": 1.5, "low": 1.5})


def test_known_features_give_a_known_sum() -> None:
    poses = seen(AS_GIVEN)
    standing_deg, low_deg = (float(plain(LEAN, poses, "left")[i]) for i in (0, -1))
    assert low_deg > standing_deg + 5.0
    whose = profile(
        0.5, term("value", 0.1, centre=2.0), term("standing", -0.3), term("drop", 8.0, centre=0.05)
    )
    assert added(whose) == pytest.approx(
        {
            "standing": 0.5 + 0.1 * (standing_deg - 2.0) - 0.3 * standing_deg - 8.0 * 0.05,
            "low": 0.5 + 0.1 * (low_deg - 2.0) - 0.3 * standing_deg + 8.0 * (DROP - 0.05),
        },
        rel=1e-3,
    )


@pytest.mark.parametrize(("sign", "weight"), [(1.0, 3.0), (-1.0, 3.0), (1.0, -2.0)])
def test_a_feature_beyond_what_was_found_counts_as_the_furthest_that_was(
    sign: float, weight: float
) -> None:
    found = added(profile(0.0, term("value", weight, reach=0.25)))
    assert found["low"] == pytest.approx(weight * 0.25)
    other_way = profile(0.0, term("value", sign * weight, centre=sign * 100.0, reach=0.25))
    assert added(other_way)["low"] == pytest.approx(sign * weight * -sign * 0.25)


def test_a_feature_that_is_not_known_adds_nothing_and_an_unknown_value_stays_unknown() -> None:
    whose = profile(0.25, term("heading", 1.0, centre=5.0), term("value", 0.0))
    poses = seen(whose)
    turned_away = replace(poses.points, world_m=np.full_like(poses.points.world_m, np.nan))
    assert np.isnan(
        features(LEAN, SmoothPoses(turned_away, turned_away), "left", ["heading"])["heading"]
    ).all()
    holes = turned_away.keypoints_px.copy()
    holes[::2] = np.nan
    turned_away = replace(turned_away, keypoints_px=holes)
    poses = SmoothPoses(turned_away, turned_away)
    found = corrected(LEAN, poses, "left")
    assert np.isnan(found[::2]).all()
    np.testing.assert_allclose(found[1::2], plain(LEAN, poses, "left")[1::2] + 0.25)


def test_the_turn_of_the_body_counts_the_other_way_for_the_other_leg() -> None:
    poses = seen(AS_GIVEN, yaw_deg=6.0)
    left, right = (
        features(LEAN, poses, side, ["heading"])["heading"] for side in ("left", "right")
    )
    assert np.abs(left) == pytest.approx(6.0)
    np.testing.assert_allclose(left, -right)


def with_edges(points: Poses, outer_px: float, inner_px: float) -> Poses:
    """The same with the left knee's edges so far from it; the left leg's inside is on the left."""
    edges_px = points.leg_edges_px.copy()
    edges_px[:, SIDES.index("left"), EDGED_JOINTS.index("knee")] = -inner_px, outer_px
    return replace(points, leg_edges_px=edges_px)


def test_the_outline_counts_by_what_it_adds() -> None:
    points = with_edges(seen(AS_GIVEN).points, 10.0, 10.0)
    px = points.keypoints_px.copy()
    px[:, Keypoint.LEFT_KNEE, 0] -= 6.0
    poses = SmoothPoses(points, replace(points, keypoints_px=px))
    found = features(KNEE_FPPA, poses, "left", ["outline"])["outline"]
    thigh_px = shank_px = LEG_PX / 2 * (1.0 - DROP)
    more_deg = math.degrees(math.atan(6.0 / thigh_px) + math.atan(6.0 / shank_px))
    assert found[-1] == pytest.approx(more_deg, rel=1e-3)
    agrees = features(KNEE_FPPA, SmoothPoses(points, points), "left", ["outline"])["outline"]
    np.testing.assert_allclose(agrees, 0.0)


def test_an_outline_that_is_not_known_is_not_one_that_agrees() -> None:
    poses = seen(profile(0.0, term("outline", 1.0, centre=2.0)))
    assert np.isnan(features(LEAN, poses, "left", ["outline"])["outline"]).all()
    np.testing.assert_allclose(
        corrected(LEAN, poses, "left"), plain(LEAN, poses, "left"), err_msg="it adds nothing"
    )


@pytest.mark.parametrize(("outer_px", "inner_px", "place"), [(4.0, 12.0, 0.25), (9.0, 3.0, 0.75)])
def test_a_knee_has_its_place_between_the_edges_of_the_leg_from_standing(
    outer_px: float, inner_px: float, place: float
) -> None:
    standing = with_edges(seen(AS_GIVEN).points, outer_px, inner_px)
    edges_px = standing.leg_edges_px.copy()
    edges_px[standing.t_s > STANDING_S] = np.array([-20.0, 20.0])
    poses = replace(standing, leg_edges_px=edges_px)
    found = features(KNEE_FPPA, SmoothPoses(poses, poses), "left", ["knee in leg"])
    np.testing.assert_allclose(found["knee in leg"], place)


@pytest.mark.parametrize("toes_right", [True, False])
def test_what_comes_before_a_bent_knee_is_the_front_of_the_leg_whichever_way_it_faces(
    toes_right: bool,
) -> None:
    poses = seen(AS_GIVEN, yaw_deg=90.0 if toes_right else -90.0).points
    edges_px = poses.leg_edges_px.copy()
    low = poses.t_s > STANDING_S
    front_px, back_px = np.where(low, 9.0, 5.0), np.where(low, 30.0, 7.0)
    ahead, behind = (front_px, -back_px) if toes_right else (-front_px, back_px)
    edges_px[:, SIDES.index("left"), EDGED_JOINTS.index("knee")] = np.sort(
        np.stack([ahead, behind], axis=-1), axis=-1
    )
    poses = replace(poses, leg_edges_px=edges_px)
    found = features(KNEE_FLEXION, SmoothPoses(poses, poses), "left", ["knee front"])["knee front"]
    assert found[0] == pytest.approx(0.0)
    assert found[-1] == pytest.approx(4.0 / poses.leg_length_px)


@pytest.mark.parametrize("flexion_deg", [30, 60, 90, 110])
def test_the_lengths_of_the_bones_know_the_bend_of_a_knee_that_is_put_too_far_back(
    flexion_deg: float,
) -> None:
    half_px = LEG_PX / 2
    samples = []
    for i, bend_deg in enumerate([0.0] * 40 + [float(flexion_deg)] * 20):
        sample = figure(i / 30)
        px = sample.keypoints_px.copy()
        ankle, half = px[Keypoint.RIGHT_ANKLE], np.radians(bend_deg / 2)
        knee = ankle + half_px * np.array([np.sin(half), -np.cos(half)])
        px[Keypoint.RIGHT_HIP] = knee + half_px * np.array([-np.sin(half), -np.cos(half)])
        px[Keypoint.RIGHT_KNEE] = knee - np.array([8.0 if bend_deg else 0.0, 0.0])
        samples.append(replace(sample, keypoints_px=px))
    poses = Poses.from_samples(samples)
    found = features(
        KNEE_FLEXION, SmoothPoses(poses, poses), "right", ["value", "bend from lengths"]
    )
    assert found["value"][-1] < flexion_deg - 4.0
    assert found["value"][-1] + found["bend from lengths"][-1] == pytest.approx(
        flexion_deg, abs=0.5
    )


def test_live_values_are_corrected_as_the_final_ones_once_standing_was_seen() -> None:
    whose = profile(
        1.0,
        term("value", 0.2),
        term("standing", -0.5),
        term("drop", 20.0),
        quantity=TRUNK_LEAN.corrected_as,
    )
    depth = rep_shape([1.5], pause_s=0.6)

    def pose(t_s: float) -> PoseSample:
        deep = depth(t_s)
        sample = figure(t_s, drop=DROP * deep, lean_px=5.0 + 15.0 * deep, free_foot_up=0.25)
        return replace(sample, profile=whose)

    analyzer = Analyzer(get_exercise("single_leg_squat"), side="left")
    lean = TRUNK_LEAN.id
    live = {one.t_s: analyzer.update(one).live.get(lean, math.nan) for one in film(7.0, pose)}
    (rep,) = analyzer.finish()
    final = rep.measurements[lean]
    at_bottom = [value for t_s, value in live.items() if abs(t_s - rep.lowest_s) < 0.1]
    standing = [value for t_s, value in live.items() if 0.8 < t_s < 1.3]
    assert final.at_bottom is not None
    assert final.at_bottom == pytest.approx(np.mean(at_bottom), abs=0.1)
    assert final.standing == pytest.approx(np.mean(standing), abs=0.1)
    assert final.at_bottom > math.degrees(math.atan(20.0 / 160.0)) + 3.0


# --- what formcheck's own model is corrected by -----------------------------------------------

EVERY = [metric for exercise in all_exercises() for metric in exercise.metrics]
CORRECTED = {
    metric.corrected_as: metric
    for metric in sorted(EVERY, key=lambda metric: metric.side is None)
    if metric.corrected_as
}
"""By quantity; of the same measurement for one leg of two and for the only one, the latter."""


def test_every_quantity_of_the_own_model_is_one_that_is_measured_and_the_other_way_round() -> None:
    assert set(MEDIAPIPE.corrections) == set(CORRECTED)


@pytest.mark.parametrize("quantity", sorted(MEDIAPIPE.corrections))
def test_every_correction_is_one_that_can_be_made(quantity: str) -> None:
    found = MEDIAPIPE.corrections[quantity]
    assert {one.feature for one in found.terms} <= set(FEATURES)
    assert len({one.feature for one in found.terms}) == len(found.terms)
    for one in found.terms:
        assert one.low <= one.centre <= one.high
    assert found.sem_set >= 0
    assert found.sem_rep > 0
    assert bool(found.terms) != bool(CORRECTED[quantity].made_of)
    assert found.terms or found.constant == 0.0


def test_no_feature_is_left_over() -> None:
    used = {one.feature for found in MEDIAPIPE.corrections.values() for one in found.terms}
    assert used == set(FEATURES)


def test_the_table_of_errors_in_the_docs_is_that_of_the_file() -> None:
    page = (Path(__file__).parents[1] / "docs" / "measurement.md").read_text("utf-8")
    rows = [line.split("|")[1:4] for line in page.splitlines() if line.endswith("| [people] |")]
    quantity_of = {
        (one.id, exercise.title.lower() if exercise.held else ""): one.corrected_as
        for exercise in all_exercises()
        for one in exercise.metrics
        if one.corrected_as
    }
    told = {}
    for names, *sems in rows:
        held = names.partition("` of a ")[2].strip()
        for name in names.split("`")[1::2]:
            told[quantity_of[name, held]] = tuple(float(one.strip(" °%")) for one in sems)
    found = MEDIAPIPE.corrections
    assert told == {quantity: (one.sem_set, one.sem_rep) for quantity, one in found.items()}


def measured(name: str, whose: PoseProfile) -> Session:
    """A recording as formcheck measures it, with its poses made by whomever."""
    recording = PoseRecording.load(RECORDED / f"{name}.npz")
    exercise = next(one.id for one in all_exercises() if name.startswith(one.id))
    samples = tuple(replace(one, profile=whose) for one in recording.samples)
    return measure(replace(recording, samples=samples), exercise)


@pytest.mark.parametrize("name", ["squat_side", "step_down_side_left"])
def test_sums_are_sums_wherever_they_are_printed(name: str) -> None:
    """But for a constant: a thigh that hangs down is at 90 degrees. The session is rounded."""
    session = measured(name, MEDIAPIPE)
    constants = {"trunk_shank_difference_deg": 0.0, "thigh_angle_deg": 90.0}
    sums = [one for one in get_exercise(session.exercise.id).metrics if one.id in constants]
    assert sums
    for metric in sums:
        constant = constants[metric.id]
        for rep in session.reps:
            whole = rep.measurements[metric.id]
            parts = [(rep.measurements[part.id], weight) for part, weight in metric.made_of]
            for what in ("at_bottom", "standing", "change"):
                summed = sum(weight * getattr(part, what) for part, weight in parts)
                offset = 0.0 if what == "change" else constant
                assert getattr(whole, what) == pytest.approx(offset + summed, abs=0.002)
            over_time = [weight * floats(rep, part.id) for part, weight in metric.made_of]
            np.testing.assert_allclose(
                floats(rep, metric.id), constant + sum(over_time), atol=0.002
            )


def floats(rep: Rep, name: str) -> FloatArray:
    return np.array(rep.series[name], dtype=float)


@pytest.mark.parametrize("name", ["squat_side", "squat_front"])
def test_poses_of_others_are_never_corrected(name: str) -> None:
    session = measured(name, AS_GIVEN)
    bare = measured(name, replace(AS_GIVEN, id="bare", corrections={}))
    corrected_too = measured(name, replace(AS_GIVEN, corrections=MEDIAPIPE.corrections))
    assert AS_GIVEN.corrections == {}
    judged = [metric for metric in get_exercise("squat").metrics if metric.corrected_as]
    differ = 0
    for one, two, three in zip(session.reps, bare.reps, corrected_too.reps, strict=True):
        for metric in judged:
            here, there, with_it = (rep.measurements[metric.id] for rep in (one, two, three))
            assert here == there
            differ += here.at_bottom != with_it.at_bottom
    assert differ > 0


def test_no_error_is_below_what_was_found_on_people() -> None:
    for name in ("squat_front", "squat_side", "step_down_front_left"):
        session = measured(name, MEDIAPIPE)
        for metric in get_exercise(session.exercise.id).metrics:
            if not metric.corrected_as:
                continue
            found = MEDIAPIPE.corrections[metric.corrected_as]
            for rep in session.reps:
                one = rep.measurements[metric.id]
                if one.value is not None:
                    assert one.sem_set is not None
                    assert one.sem_rep is not None
                    assert one.sem_set >= found.sem_set
                    assert one.sem_rep >= found.sem_rep

"""A pose model on a bad day: what comes out is right, or refused, never wrong without a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.spoiled_poses import legs_swapped, swapped_at
from clips.truth import read_truth

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import EDGED_JOINTS, Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.stance import find_stance
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
CLIPS = (
    "step_down_front_left",
    "lateral_step_down_front_left",
    "single_leg_squat_front_right",
    "squat_front",
)

Spoil = Callable[[PoseSample], PoseSample]


def now_and_then(sample: PoseSample) -> PoseSample:
    return legs_swapped(sample) if swapped_at(sample.t_s) else sample


def through_the_descent(sample: PoseSample) -> PoseSample:
    """For longer than any smoothing reaches: 0.7 s in the first descent."""
    return legs_swapped(sample) if 3.0 <= sample.t_s <= 3.7 else sample


def replay(name: str, spoil: Spoil) -> tuple[Rep, ...]:
    recording = PoseRecording.load(POSES / f"{name}.npz")
    analyzer = Analyzer(get_exercise(truth_of(name)["exercise"]))
    for sample in recording.samples:
        analyzer.update(spoil(sample))
    return analyzer.finish()


@cache
def as_recorded(name: str) -> tuple[Rep, ...]:
    return replay(name, lambda sample: sample)


def truth_of(name: str) -> dict[str, Any]:
    return read_truth(POSES / f"{name}.json")


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("spoil", [now_and_then, through_the_descent])
def test_legs_taken_for_each_other(name: str, spoil: Spoil) -> None:
    plain, reps = as_recorded(name), replay(name, spoil)
    stances = [rep["stance"] for rep in truth_of(name)["reps"]]
    assert [rep.stance_side for rep in reps] == stances
    for rep, before in zip(reps, plain, strict=True):
        for metric_name, metric in rep.measurements.items():
            known = before.measurements[metric_name].value
            if metric.value is None or metric.sem is None or known is None:
                assert metric.value is not None or metric.not_measured
            else:
                assert metric.value == pytest.approx(known, abs=2 * metric.sem), metric_name


def test_half_covered_feet_do_not_tell_the_working_leg() -> None:
    """Wide trousers, from the side: the far foot is hidden, and the planted one seems to wander."""
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    samples = [sample for sample in recording.samples if 1.5 <= sample.t_s <= 6.0]
    left, right = Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE

    def seen(confidence: float) -> Poses:
        dressed = []
        for sample in samples:
            known = sample.confidence.copy()
            known[left], known[right] = 0.1, confidence
            dressed.append(replace(sample, confidence=known))
        return Poses.from_samples(dressed)

    assert find_stance(seen(0.9), "planted", 300.0, 0.65) == "left"
    assert find_stance(seen(0.7), "planted", 300.0, 0.65) is None


def spoiled_outline(*joints: str) -> Rep:
    """The first repetition when these joints' edges show in one frame of ten."""
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    hidden = [EDGED_JOINTS.index(joint) for joint in joints]
    analyzer = Analyzer(get_exercise("step_down"))
    for index, sample in enumerate(recording.samples):
        edges_px = sample.leg_edges_px.copy()
        if index % 10:
            edges_px[:, hidden] = np.nan
        analyzer.update(replace(sample, leg_edges_px=edges_px))
    return analyzer.finish()[0]


def test_a_leg_that_makes_no_outline_of_its_own_is_refused() -> None:
    knee = spoiled_outline("knee", "ankle").measurements["knee_fppa_deg"]
    assert knee.value is None
    assert "wear tight clothes" in (knee.not_measured or "")


def test_a_knee_without_an_outline_has_a_larger_error() -> None:
    seen = spoiled_outline().measurements["knee_fppa_deg"]
    guessed = spoiled_outline("knee").measurements["knee_fppa_deg"]
    assert seen.sem is not None
    assert guessed.sem is not None
    assert guessed.sem > 1.8 * seen.sem


def test_poses_that_came_without_outlines_are_not_refused() -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    analyzer = Analyzer(get_exercise("step_down"))
    for sample in recording.samples:
        analyzer.update(replace(sample, leg_edges_px=np.full((2, 2, 2), np.nan)))
    assert analyzer.finish()[0].measurements["knee_fppa_deg"].value is not None


def test_a_knee_that_the_other_leg_crosses_is_refused() -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    analyzer = Analyzer(get_exercise("step_down"))
    right, left = Keypoint.RIGHT_ANKLE, Keypoint.LEFT_ANKLE
    for sample in recording.samples:
        points = sample.keypoints_px.copy()
        if int(3 * sample.t_s) % 2:
            points[right, 0] = points[left, 0] + 10.0  # a step across the standing foot
        analyzer.update(replace(sample, keypoints_px=points))
    rep = analyzer.finish()[0]
    for name in ("knee_fppa_deg", "knee_over_foot_pct"):
        assert "crosses" in (rep.measurements[name].not_measured or "")
    assert rep.measurements["trunk_lean_deg"].at_bottom is not None


def side_rep(spoil: Callable[[FloatArray], None]) -> Rep:
    """The first step-down from the side, with the keypoints spoiled at its bottom."""
    recording = PoseRecording.load(POSES / "step_down_side_left.npz")
    bottom = truth_of("step_down_side_left")["reps"][0]
    analyzer = Analyzer(get_exercise("step_down"))
    for sample in recording.samples:
        points = sample.keypoints_px.copy()
        if bottom["bottom_start"] <= sample.t_s <= bottom["bottom_end"]:
            spoil(points)
        analyzer.update(replace(sample, keypoints_px=points))
    return analyzer.finish()[0]


def knee_between_the_legs(points: FloatArray) -> None:
    """The working knee on the line between hip and ankle, where the thigh is too short."""
    hip, ankle = points[Keypoint.LEFT_HIP], points[Keypoint.LEFT_ANKLE]
    points[Keypoint.LEFT_KNEE] = hip + 0.3 * (ankle - hip)


def another_foot(points: FloatArray) -> None:
    """The leg below the hip, half a foot from where it stands."""
    for joint in ("KNEE", "ANKLE", "HEEL", "TOE"):
        points[Keypoint[f"LEFT_{joint}"], 0] += 40.0


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (knee_between_the_legs, "the left thigh looks too short"),
        (another_foot, "the two legs were mixed up"),
    ],
)
def test_a_leg_that_cannot_be_the_planted_one_is_refused(
    spoil: Callable[[FloatArray], None], reason: str
) -> None:
    rep = side_rep(spoil)
    for name in ("knee_flexion_deg", "shank_angle_deg"):
        assert reason in (rep.measurements[name].not_measured or "")
    assert rep.measurements["trunk_flexion_deg"].at_bottom is not None


@pytest.mark.parametrize(
    "name", ["step_down_side_left", "single_leg_squat_side_right", "squat_side"]
)
def test_a_bone_that_keeps_its_length_is_not_refused(name: str) -> None:
    for rep in as_recorded(name):
        assert rep.measurements["knee_flexion_deg"].at_bottom is not None

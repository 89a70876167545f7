"""A camera held by hand: its motion is found from the planted foot and taken out of the times."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips.spoiled_films import shake_path
from clips.spoiled_poses import shaken
from moving import LEG_PX, figure, rep_shape

from formcheck.data.keypoints import keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.measure import SHAKING_NOTE
from formcheck.motion.shake import FOOT, find_shake, sides_of
from formcheck.pose.profiles import VALIDATED
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
CLIPS = ("step_down_front_left", "single_leg_squat_side_right", "squat_front")


def window(*, rms_px: float, planted: bool = True) -> Poses:
    path, depth = shake_path(rms_px), rep_shape([1.0])
    times = np.arange(0.0, 6.0, 1 / 30)
    walk_px = 0.0 if planted else 30.0
    return Poses.from_samples(
        [shaken(figure(t, drop=0.2 * depth(t), shift_px=walk_px * t), path) for t in times.tolist()]
    )


def test_the_motion_of_the_camera_is_found() -> None:
    rms_px = 0.02 * LEG_PX
    shake = find_shake(window(rms_px=rms_px), ("left",), LEG_PX, 0.5)
    path = shake_path(rms_px)
    true = np.array([path(t) for t in np.arange(0.0, 6.0, 1 / 30)])
    assert shake.shaking
    assert np.abs(shake.motion_px - true - (shake.motion_px - true).mean(axis=0)).max() < 1.0


def test_a_camera_on_a_stand_changes_nothing() -> None:
    still = window(rms_px=0.0)
    shake = find_shake(still, ("left",), LEG_PX, 0.5)
    assert shake.certainty == 0.0
    assert not shake.in_doubt
    assert np.array_equal(shake.taken_out(still).keypoints_px, still.keypoints_px, equal_nan=True)


def test_without_a_planted_foot_nothing_is_claimed() -> None:
    shake = find_shake(window(rms_px=3.0, planted=False), ("left",), LEG_PX, 0.5)
    assert np.isnan(shake.certainty)
    assert shake.in_doubt
    assert not shake.motion_px.any()


def test_a_foot_that_jumps_alone_is_not_the_camera() -> None:
    still = window(rms_px=0.0)
    alone = np.zeros_like(still.keypoints_px)
    path = shake_path(4.0)
    for which in (keypoint("left", joint) for joint in FOOT):
        alone[:, which] = [path(t) for t in still.t_s]
    jumping = replace(still, keypoints_px=still.keypoints_px + alone)
    assert find_shake(jumping, ("left",), LEG_PX, 0.5).certainty == 0.0


@pytest.mark.parametrize(
    ("stance", "sides"), [("left", ("left",)), ("right", ("right",)), ("both", ("left", "right"))]
)
def test_the_feet_that_carry(stance: str, sides: tuple[str, ...]) -> None:
    assert sides_of(stance) == sides


def replayed(name: str, shake_of_leg: float) -> tuple[tuple[Rep, ...], list[dict[str, float]]]:
    truth = json.loads((POSES / f"{name}.json").read_text())
    analyzer = Analyzer(get_exercise(truth["exercise"]))
    recording = PoseRecording.load(POSES / f"{name}.npz")
    path = shake_path(shake_of_leg * 300.0, seed=3)
    for sample in recording.samples:
        analyzer.update(shaken(sample, path))
    return analyzer.finish(), [rep["speed_events"] for rep in truth["reps"]]


@pytest.mark.parametrize("name", CLIPS)
def test_times_of_a_shaken_film_are_right_within_what_they_say(name: str) -> None:
    reps, known = replayed(name, 0.012)
    assert len(reps) == len(known)
    for rep, events in zip(reps, known, strict=True):
        for phase in ("descent", "ascent"):
            timed = rep.measurements[f"{phase}_s"]
            assert timed.sem is not None
            assert timed.sem > VALIDATED.still_s
            true_s = events[f"{phase}_end_s"] - events[f"{phase}_start_s"]
            assert timed.value == pytest.approx(true_s, abs=3 * timed.sem)
    assert any(SHAKING_NOTE in rep.notes for rep in reps)


@pytest.mark.parametrize("name", ["single_leg_squat_side_right", "squat_front"])
def test_nothing_is_said_of_shaking_when_there_is_none(name: str) -> None:
    reps, _ = replayed(name, 0.0)
    assert not any(SHAKING_NOTE in rep.notes for rep in reps)

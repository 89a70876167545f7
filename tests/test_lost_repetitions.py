"""Repetitions that one bad second, a hidden hip or a moving camera must not cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from figure_in_space import Film

from formcheck.data.keypoints import Keypoint, PoseSample, Side, other
from formcheck.data.session import Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.measure import FOLLOWING_NOTE
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
Spoil = Callable[[PoseSample], PoseSample]


def replay(name: str, exercise: str, spoil: Spoil, every: int = 1) -> tuple[Analyzer, list[Rep]]:
    analyzer = Analyzer(get_exercise(exercise))
    for sample in PoseRecording.load(POSES / f"{name}.npz").samples[::every]:
        analyzer.update(spoil(sample))
    return analyzer, list(analyzer.finish())


def plain(sample: PoseSample) -> PoseSample:
    return sample


def squashed_at_first(sample: PoseSample) -> PoseSample:
    """Of half its height until 0.7 s, as a pose of something else in the picture."""
    if sample.t_s > 0.7:
        return sample
    points = sample.keypoints_px.copy()
    points[:, 1] = points[:, 1].min() + 0.5 * (points[:, 1] - points[:, 1].min())
    return replace(sample, keypoints_px=points)


def test_a_wrong_pose_at_first_costs_no_repetition() -> None:
    _, before = replay("squat_side", "squat", plain)
    _, reps = replay("squat_side", "squat", squashed_at_first)
    assert len(reps) == len(before) == 3
    for rep, same in zip(reps, before, strict=True):
        assert rep.lowest_s == pytest.approx(same.lowest_s, abs=0.1)
        timed, known = rep.measurements["descent_s"], same.measurements["descent_s"]
        assert timed.value == pytest.approx(known.value, abs=0.3)


def trunk_shortened_at_the_top(sample: PoseSample) -> PoseSample:
    """A plate over the hip: in every other second the hips are placed lower than they are."""
    points = sample.keypoints_px.copy()
    if sample.t_s > 5.9:
        hips, shoulders = (
            [Keypoint[f"{side}_{joint}"] for side in ("LEFT", "RIGHT")]
            for joint in ("HIP", "SHOULDER")
        )
        points[shoulders] += 0.25 * (points[hips] - points[shoulders])
    return replace(sample, keypoints_px=points)


def test_a_trunk_that_looks_shorter_is_not_a_person_who_went_away() -> None:
    analyzer, reps = replay("squat_side", "squat", trunk_shortened_at_the_top)
    assert len(reps) == 3
    assert not analyzer.ignored


def test_who_comes_nearer_has_done_no_repetition() -> None:
    def nearer(sample: PoseSample) -> PoseSample:
        size = 1.0 + 0.15 * max(0.0, sample.t_s - 1.0)
        feet = sample.keypoints_px[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]].mean(axis=0)
        return replace(sample, keypoints_px=feet + size * (sample.keypoints_px - feet))

    analyzer, reps = replay("squat_front", "squat", nearer)
    assert not reps
    assert any("toward or away" in one.reason for one in analyzer.ignored)


def followed_down(sample: PoseSample) -> PoseSample:
    """A camera that tilts down in the first repetition, by a fifth of the leg, and stays."""
    up_px = 60.0 * np.clip((sample.t_s - 2.2) / 1.2, 0.0, 1.0)
    return replace(sample, keypoints_px=sample.keypoints_px - [0.0, up_px])


def test_a_camera_that_follows_costs_no_squat_and_is_told() -> None:
    _, before = replay("squat_front", "squat", plain)
    analyzer, reps = replay("squat_front", "squat", followed_down)
    assert len(reps) == 3
    assert not any("moved at once" in one.reason for one in analyzer.ignored)
    assert FOLLOWING_NOTE in reps[0].notes
    assert not any(FOLLOWING_NOTE in rep.notes for rep in before)
    depth, known = (of[0].measurements["depth"].at_bottom for of in (reps, before))
    assert depth == pytest.approx(known, abs=3.0)


def test_one_foot_that_moves_is_no_camera() -> None:
    def stepping(sample: PoseSample) -> PoseSample:
        points = sample.keypoints_px.copy()
        foot = [Keypoint.LEFT_ANKLE, Keypoint.LEFT_HEEL, Keypoint.LEFT_TOE]
        points[foot, 1] -= 60.0 * np.clip((sample.t_s - 2.2) / 1.2, 0.0, 1.0)
        return replace(sample, keypoints_px=points)

    analyzer, reps = replay("squat_front", "squat", stepping)
    assert len(reps) == 2
    assert [one.reason for one in analyzer.ignored] == ["your left foot moved"]


@pytest.mark.parametrize("free_side", ["left", "right"])
@pytest.mark.parametrize("yaw_deg", [-90.0, -60.0, 0.0, 60.0, 90.0])
@pytest.mark.parametrize(("up", "forward"), [(0.15, 0.75), (0.0, 0.6), (-0.05, 0.7)])
def test_the_free_leg_of_a_pistol_squat_may_swing_forward(
    free_side: Side, yaw_deg: float, up: float, forward: float
) -> None:
    film = Film(
        lambda deep: (0.05 + (forward - 0.05) * deep, 0.1, 0.08 + up * deep),
        drop=0.45,
        yaw_deg=yaw_deg,
        free_side=free_side,
    )
    analyzer = Analyzer(get_exercise("single_leg_squat"))
    for sample in film.samples():
        analyzer.update(sample)
    assert [rep.stance_side for rep in analyzer.finish()] == [other(free_side)] * 3
    assert not analyzer.ignored


@pytest.mark.parametrize(("every", "error_s"), [(6, 0.45), (10, 0.9)])
def test_few_frames_a_second_still_count(every: int, error_s: float) -> None:
    _, known = replay("squat_front", "squat", plain)
    _, reps = replay("squat_front", "squat", plain, every)
    assert len(reps) == 3
    for rep, same in zip(reps, known, strict=True):
        timed, true = rep.measurements["descent_s"], same.measurements["descent_s"]
        assert timed.value is not None
        assert true.value is not None
        assert timed.sem is not None
        assert abs(timed.value - true.value) <= min(error_s, 3.0 * timed.sem)


def test_too_few_frames_a_second_are_the_reason() -> None:
    analyzer, reps = replay("squat_front", "squat", plain, 16)
    assert not reps
    assert "frames a second" in analyzer.ignored[-1].reason

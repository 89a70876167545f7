"""View, leg length, planted feet and the knee over the foot, on figures of known shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moving import LEG_PX, SIZE_PX, figure, film, rep_shape

from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.exercises.metrics import (
    FOOT_OF_LEG,
    knee_over_foot,
    yaw_effect_on_fppa,
)
from formcheck.motion.camera_view import find_view
from formcheck.motion.limbs import (
    ankle_height_difference,
    foot_travel,
    hidden_share,
    hold_planted_ankles,
    place_kept,
)
from formcheck.motion.stance import find_stance


def window(pose: object = figure, duration_s: float = 1.0) -> Poses:
    return Poses.from_samples(list(film(duration_s, pose)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("yaw_deg", "kind", "near_side"),
    [
        (0, "front", None), (20, "front", None), (-24, "front", None),
        (40, "oblique", "right"), (-45, "oblique", "left"),
        (88, "side", "right"), (-75, "side", "left"), (178, "oblique", "right"),
    ],
)  # fmt: skip
def test_view_by_yaw(yaw_deg: float, kind: str, near_side: str | None) -> None:
    view = find_view(window(lambda t: figure(t, yaw_deg=yaw_deg)), SIZE_PX)
    assert (view.kind, view.near_side) == (kind, near_side)
    assert view.yaw_deg == pytest.approx(yaw_deg)


def test_a_turned_person_is_told_which_way_to_turn() -> None:
    view = find_view(window(lambda t: figure(t, yaw_deg=15)), SIZE_PX)
    assert any("15°" in text and "to your right" in text for text in view.warnings)


def test_too_few_frames_give_an_unknown_view() -> None:
    empty = Poses.from_samples([PoseSample.nobody(0.0, SIZE_PX)] * 5)
    assert find_view(empty, SIZE_PX).kind == "unknown"


def test_leg_length_and_ankle_heights() -> None:
    standing = window(lambda t: figure(t, free_foot_up=0.25, stance="left"))
    assert standing.leg_length_px == pytest.approx(LEG_PX)
    assert ankle_height_difference(standing, LEG_PX) == pytest.approx(0.25)


def test_a_foot_that_steps_is_not_planted_whatever_the_model_calls_it() -> None:
    def stepping(t_s: float) -> PoseSample:
        return figure(t_s, shift_px=100.0 * t_s)

    assert foot_travel(window(stepping), "left", LEG_PX, 0.5) > 0.1

    def swapping(t_s: float) -> PoseSample:
        sample = figure(t_s)
        if 0.4 < t_s < 0.6:
            points = sample.keypoints_px.copy()
            points[[Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]] = points[
                [Keypoint.RIGHT_ANKLE, Keypoint.LEFT_ANKLE]
            ]
            return replace(sample, keypoints_px=points)
        return sample

    assert foot_travel(window(swapping), "left", LEG_PX, 0.5) > 0.1
    assert place_kept(window(swapping), "left", LEG_PX, 0.5) == pytest.approx(0.0)


def test_a_hidden_foot_is_not_judged() -> None:
    hidden = window()
    hidden.confidence[:, Keypoint.LEFT_ANKLE] = 0.1
    assert np.isnan(foot_travel(hidden, "left", LEG_PX, 0.5))
    assert hidden_share(hidden, Keypoint.LEFT_ANKLE, 0.5) == 1.0
    assert hidden_share(hidden, Keypoint.RIGHT_ANKLE, 0.5) == 0.0


def test_a_planted_ankle_is_held_and_a_moving_one_is_not() -> None:
    def drifting(t_s: float) -> PoseSample:
        sample = figure(t_s)
        points = sample.keypoints_px.copy()
        points[Keypoint.LEFT_ANKLE, 0] += 6.0 * t_s
        points[Keypoint.RIGHT_ANKLE, 0] += 120.0 * t_s
        return replace(sample, keypoints_px=points)

    before = window(drifting)
    after = hold_planted_ankles(before, LEG_PX, 0.5, 0.0)
    assert np.ptp(after.joint("left", "ankle")[:, 0]) == 0.0
    assert np.array_equal(after.joint("right", "ankle"), before.joint("right", "ankle"))


def test_the_stance_leg_is_none_when_nothing_tells() -> None:
    assert find_stance(window(), "planted", LEG_PX, 0.5) is None
    assert find_stance(window(), "both", LEG_PX, 0.5) == "both"


def deep(yaw_deg: float, stray_px: float = 0.0) -> Poses:
    """A right-leg squat whose knee goes straight over a foot that points ahead, seen askew."""
    shape = rep_shape([0.5], 1.0, 0.3, 1.0)
    turn = np.radians(yaw_deg)

    def pose(t_s: float) -> PoseSample:
        depth = shape(t_s)
        sample = figure(t_s, drop=0.15 * depth, stance="right", yaw_deg=yaw_deg)
        points = sample.keypoints_px.copy()
        ankle, knee = points[Keypoint.RIGHT_ANKLE], points[Keypoint.RIGHT_KNEE]
        shank_px = LEG_PX / 2
        forward_px = 0.45 * shank_px * depth
        knee[1] = ankle[1] - np.sqrt(shank_px**2 - forward_px**2)
        knee[0] = ankle[0] + forward_px * np.sin(turn) + stray_px * depth
        beside_px = FOOT_OF_LEG * LEG_PX * np.sin(turn)
        points[Keypoint.RIGHT_TOE, 0] = points[Keypoint.RIGHT_HEEL, 0] + beside_px
        return replace(sample, keypoints_px=points)

    return window(pose, 3.0)


@pytest.mark.parametrize("yaw_deg", [-20, -10, 0, 10, 20])
def test_knee_over_foot_withstands_the_yaw(yaw_deg: float) -> None:
    bottom = 51
    straight = knee_over_foot(deep(yaw_deg), "right")[bottom]
    fallen_in = knee_over_foot(deep(yaw_deg, stray_px=20.0), "right")[bottom]
    # The usual turn-out is believed in part, so a foot that points ahead reads a little medial.
    assert straight == pytest.approx(0.0, abs=1.5)
    assert fallen_in - straight == pytest.approx(20.0 / LEG_PX * 100.0, abs=0.3)


def test_a_degree_of_yaw_adds_about_a_degree_of_fppa_at_the_bottom() -> None:
    effect = yaw_effect_on_fppa(deep(0.0), "right")
    assert effect[5] == pytest.approx(0.0, abs=0.05)
    assert 0.7 < effect[51] < 1.3

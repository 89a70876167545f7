"""Knees and ankles between edges of known place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moving import figure, film

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint, PoseSample, keypoint
from formcheck.data.poses import Poses
from formcheck.motion.knee_edges import held_between_edges

STANDING_S = 0.5
STANDING_PX = (-10.0, 30.0)
LATER_PX = (-19.0, 25.0)
# A quarter of the width from the left edge, as in standing: -19 + 44 / 4.
MOVED_PX = -8.0


@pytest.fixture
def window() -> Poses:
    """Half a second of standing, then lowered hips; all edges change with them."""

    def pose(t_s: float) -> PoseSample:
        return figure(t_s, drop=0.2 if t_s > STANDING_S else 0.0)

    poses = Poses.from_samples(list(film(2.0, pose)))
    edges = np.empty((len(poses), 2, 2, 2))
    edges[:] = STANDING_PX
    edges[poses.t_s > STANDING_S] = LATER_PX
    return replace(poses, leg_edges_px=edges)


def moved_px(before: Poses, after: Poses) -> FloatArray:
    return np.asarray(after.keypoints_px - before.keypoints_px)


def test_a_knee_keeps_its_share_of_the_legs_width(window: Poses) -> None:
    moved = moved_px(window, held_between_edges(window, ["left"]))
    stood = window.t_s <= STANDING_S
    place = moved[:, keypoint("left", "knee")]
    np.testing.assert_allclose(place[stood], 0.0, atol=1e-9)
    np.testing.assert_allclose(place[~stood, 0], MOVED_PX)
    np.testing.assert_allclose(place[~stood, 1], 0.0, atol=1e-9)


def test_an_ankle_is_moved_as_the_leg_and_into_its_middle(window: Poses) -> None:
    moved = moved_px(window, held_between_edges(window, ["left"]))[:, Keypoint.LEFT_ANKLE, 0]
    stood = window.t_s <= STANDING_S
    np.testing.assert_allclose(moved[~stood] - moved[0], MOVED_PX)
    later_middle_px = np.mean(LATER_PX) - MOVED_PX  # of most of the frames
    np.testing.assert_allclose(moved[stood], later_middle_px)


def test_only_knee_and_ankle_of_the_working_leg_are_moved(window: Poses) -> None:
    moved = moved_px(window, held_between_edges(window, ["left"]))
    touched = {Keypoint(int(row)) for row in np.flatnonzero(moved.any(axis=(0, 2)))}
    assert touched == {Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE}


def test_frames_without_edges_are_moved_as_their_neighbours(window: Poses) -> None:
    window.leg_edges_px[(window.t_s > 0.9) & (window.t_s < 1.1)] = np.nan
    moved = moved_px(window, held_between_edges(window, ["left"]))
    np.testing.assert_allclose(moved[window.t_s > 0.6, Keypoint.LEFT_KNEE, 0], MOVED_PX)


@pytest.mark.parametrize(("from_s", "to_s"), [(0.0, 0.4), (0.9, 2.0)])
def test_where_edges_are_mostly_unknown_the_knee_stays(
    window: Poses, from_s: float, to_s: float
) -> None:
    window.leg_edges_px[(window.t_s >= from_s) & (window.t_s <= to_s)] = np.nan
    moved = moved_px(window, held_between_edges(window, ["left"]))
    np.testing.assert_array_equal(moved[:, Keypoint.LEFT_KNEE], 0)
    # An ankle needs no upright posture: its place is the middle, wherever that shows.
    middle_px = np.mean(LATER_PX) if to_s < 1.0 else 0.0
    np.testing.assert_allclose(moved[:, Keypoint.LEFT_ANKLE, 0], middle_px)


def test_edges_stay_where_they_are_in_the_image(window: Poses) -> None:
    held = held_between_edges(window, ["left"])
    for poses in (window, held):
        edges_x = poses.joint("left", "knee")[:, :1] + poses.leg_edges_px[:, 0, 0]
        np.testing.assert_allclose(edges_x[-1] - window.joint("left", "knee")[-1, 0], LATER_PX)

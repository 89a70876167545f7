"""Leg edges on masks of known leg width."""

from __future__ import annotations

import numpy as np
import pytest
from moving import LEG_PX, figure

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, keypoint
from formcheck.pose.leg_edges import leg_edges_px

WIDTH_PX = 30.0


def mask_of(keypoints_px: FloatArray, width_px: float = WIDTH_PX) -> FloatArray:
    """A mask of two vertical shanks whose edges are one pixel soft."""
    mask = np.zeros((848, 480))
    x = np.arange(480)
    for side in SIDES:
        knee, ankle = (keypoints_px[keypoint(side, joint)] for joint in ("knee", "ankle"))
        inside = np.clip(width_px / 2 - np.abs(x - knee[0]) + 0.5, 0.0, 1.0)
        rows = slice(int(knee[1]) - 20, int(ankle[1]) + 20)
        mask[rows] = np.maximum(mask[rows], inside)
    return mask


def test_edges_are_half_the_leg_width_to_either_side() -> None:
    points = figure(0.0).keypoints_px
    edges = leg_edges_px(mask_of(points), points)
    assert edges.shape == (2, 2, 2)
    np.testing.assert_allclose(edges[..., 0], -WIDTH_PX / 2, atol=0.1)
    np.testing.assert_allclose(edges[..., 1], WIDTH_PX / 2, atol=0.1)


def test_edge_distances_are_relative_to_the_keypoint_with_subpixel_precision() -> None:
    points = figure(0.0).keypoints_px
    mask = mask_of(points)
    moved = points.copy()
    moved[keypoint("left", "knee"), 0] += 4.3
    left_px, right_px = leg_edges_px(mask, moved)[0, 0]
    assert left_px == pytest.approx(-WIDTH_PX / 2 - 4.3, abs=0.1)
    assert right_px == pytest.approx(WIDTH_PX / 2 - 4.3, abs=0.1)


def test_no_edges_where_both_legs_merge() -> None:
    points = figure(0.0).keypoints_px
    assert np.isnan(leg_edges_px(mask_of(points, width_px=LEG_PX), points)).all()


def test_no_edges_where_the_joint_is_off_the_mask_or_missing() -> None:
    points = figure(0.0).keypoints_px
    mask = mask_of(points)
    beside, unseen, outside = points.copy(), points.copy(), points.copy()
    beside[keypoint("left", "knee"), 0] += 40.0
    unseen[keypoint("left", "knee")] = np.nan
    outside[keypoint("left", "knee")] = (-5.0, 2000.0)
    for keypoints in (beside, unseen, outside):
        edges = leg_edges_px(mask, keypoints)
        assert np.isnan(edges[0, 0]).all()
        assert np.isfinite(edges[1]).all()

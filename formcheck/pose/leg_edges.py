"""Find the left and right edge of each leg in the frame, from the segmentation mask of the person.

The mask follows the outline of the body more closely than the keypoints follow the joints: in a
bent leg the knee keypoint is off by several pixels, the edges on both sides of it are not. The
edges correct the knee and ankle points (:mod:`formcheck.motion.knee_edges`).
"""

from __future__ import annotations

import math

import numpy as np

from formcheck.data.arrays import FloatArray, median_of
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, keypoint, unknown_edges

MASK_THRESHOLD = 0.5
"""Mask pixels with at least this value belong to the person."""

MAX_REACH = 0.4
"""An edge is at most this fraction of the shank length away from its joint; a wider region is
two legs that overlap, or an arm in front of the leg."""

ROW_OFFSETS = np.array([-0.03, -0.015, 0.0, 0.015, 0.03])
"""Mask rows searched around a joint, as offsets in shank lengths; their median is used."""


def leg_edges_px(mask: FloatArray, keypoints_px: FloatArray) -> FloatArray:
    """Return the horizontal distances from knee and ankle to the edges of the leg.

    Parameters
    ----------
    mask
        Probability that a pixel belongs to the person, 0 to 1, shape (height, width).
    keypoints_px
        Shape (19, 2), in pixels of the mask.

    Returns
    -------
    Pixels, shape (2, 2, 2): left and right leg; knee and ankle; distance from the joint to the
    edge on the left of the frame (< 0) and on its right (> 0). NaN where the joint is missing or
    outside the mask of the person, or no edge is within reach.
    """
    edges = unknown_edges()
    for leg, side in enumerate(SIDES):
        knee, ankle = (keypoints_px[keypoint(side, joint)] for joint in EDGED_JOINTS)
        shank_px = float(np.linalg.norm(knee - ankle))
        for which, joint in enumerate((knee, ankle)):
            edges[leg, which] = _joint_edges_px(mask, joint, shank_px)
    return edges


def _joint_edges_px(mask: FloatArray, joint: FloatArray, shank_px: float) -> tuple[float, float]:
    """Return the distances to the left and right edge at one joint; NaN if a row has no edge."""
    height, width = mask.shape
    x, y = joint
    if not (0 <= x < width and 0 <= y < height and math.isfinite(shank_px)):
        return math.nan, math.nan
    column, reach_px = int(x), int(MAX_REACH * shank_px) + 1
    rows = np.clip(np.rint(y + ROW_OFFSETS * shank_px).astype(int), 0, height - 1)
    leftward = mask[rows, max(column - reach_px, 0) : column + 1][:, ::-1]
    rightward = mask[rows, column : column + reach_px + 1]
    left_px = median_of((column - _run_lengths(leftward) - x).tolist())
    right_px = median_of((column + _run_lengths(rightward) - x).tolist())
    return left_px, right_px


def _run_lengths(lines: FloatArray) -> FloatArray:
    """Return the pixels from the start of each line to where it leaves the person, sub-pixel.

    Shape (R, W) in, (R,) out; NaN where a line starts outside the person or never leaves it.
    """
    outside = lines < MASK_THRESHOLD
    end = outside.argmax(axis=1)
    row = np.arange(len(lines))
    last, first = (lines[row, column].astype(float) for column in (np.maximum(end - 1, 0), end))
    leaves = outside[row, end] & (end > 0)
    return np.where(
        leaves, end - 1 + (last - MASK_THRESHOLD) / np.where(leaves, last - first, 1), np.nan
    )

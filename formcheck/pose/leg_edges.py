"""Where the legs' edges are in the picture, from the mask of the person.

The mask follows the outline more closely than the keypoints follow the joints: the knee point
strays within a bent leg by several pixels, the edges on both sides of it do not.
"""

from __future__ import annotations

import math

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, keypoint, unknown_edges

PERSON_FROM = 0.5
"""From this value on, a pixel of the mask is the person."""

REACH = 0.4
"""An edge is nearer to its joint than this part of the shank's length; what is wider than that
is two legs in one outline, or an arm in front."""

ROWS = np.array([-0.03, -0.015, 0.0, 0.015, 0.03])
"""The rows looked at around a joint, in shank lengths; the median of what they say is taken."""


def leg_edges_px(mask: FloatArray, keypoints_px: FloatArray) -> FloatArray:
    """How far the leg reaches to either side of its knee and of its ankle.

    Parameters
    ----------
    mask
        Shape (height, width): how surely each pixel belongs to the person, 0 to 1.
    keypoints_px
        Shape (19, 2), in pixels of the mask.

    Returns
    -------
    Shape (2, 2, 2): left and right leg; knee and ankle; horizontal distance in pixels from the
    joint to the edge on the left of the picture (< 0) and to that on its right (> 0). NaN where
    the joint is not on the person, or no edge is near.
    """
    edges = unknown_edges()
    for leg, side in enumerate(SIDES):
        knee, ankle = (keypoints_px[keypoint(side, joint)] for joint in EDGED_JOINTS)
        shank_px = float(np.linalg.norm(knee - ankle))
        for which, joint in enumerate((knee, ankle)):
            edges[leg, which] = _edges_px(mask, joint, shank_px)
    return edges


def _edges_px(mask: FloatArray, joint: FloatArray, shank_px: float) -> tuple[float, float]:
    """The edges to the left and to the right of one joint, relative to it."""
    height, width = mask.shape
    x, y = joint
    if not (0 <= x < width and 0 <= y < height and math.isfinite(shank_px)):
        return math.nan, math.nan
    column, reach_px = int(x), int(REACH * shank_px) + 1
    rows = np.clip(np.rint(y + ROWS * shank_px).astype(int), 0, height - 1)
    leftward = mask[rows, max(column - reach_px, 0) : column + 1][:, ::-1]
    rightward = mask[rows, column : column + reach_px + 1]
    # NaN when any row has no edge.
    left_px = np.median(column - _runs(leftward) - x)
    right_px = np.median(column + _runs(rightward) - x)
    return float(left_px), float(right_px)


def _runs(lines: FloatArray) -> FloatArray:
    """How many pixels from its start each line stays on the person; NaN when it never leaves.

    Shape (R, W) in, (R,) out.
    """
    off = lines < PERSON_FROM
    end = off.argmax(axis=1)
    row = np.arange(len(lines))
    last, first = (lines[row, column].astype(float) for column in (np.maximum(end - 1, 0), end))
    leaves = off[row, end] & (end > 0)
    return np.where(
        leaves, end - 1 + (last - PERSON_FROM) / np.where(leaves, last - first, 1), np.nan
    )

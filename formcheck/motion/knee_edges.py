"""Knee and ankle at their place between the leg's edges in the image.

The pose model's knee point moves less than the knee does when it falls in, and its ankle point
drifts on a planted foot. The leg's edges follow both, but they also follow muscles and clothes: on
people whose movement is known, the truth lies between the points and the outline. So the outline is
a second witness, and :mod:`formcheck.motion.corrections` says how much it counts. Where a knee lies
between the edges is taken from upright posture, where the model is at its best; an ankle lies in
the middle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray, median_of, percentile_of, share_of
from formcheck.data.keypoints import EDGED_JOINTS, SIDES, Side, keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Stance, View
from formcheck.motion.angles import medial_sign

LEAST_KNOWN = 0.5
"""Part of the frames that must have edges, upright and in all; ours."""

MOST_UNKNOWN = 2 / 3
"""A joint without edges in more of the frames has no outline of its own. Ours: on the clips seen
from the front the knee has none in up to 0.42 of them, in wide trousers and under a skirt in 0.91
and more."""

UPRIGHT_WITHIN = 0.1
"""A person is upright while the hips are within this part of their travel of its top; ours."""


def held_between_edges(window: Poses, sides: Iterable[Side]) -> Poses:
    """Move knee and ankle of the given legs sideways to their place between the leg's edges.

    Frames without edges are moved as their neighbours are. A joint whose edges are mostly unknown
    stays where the model put it. The ankle is then put into the middle between its edges.

    Parameters
    ----------
    window
        Unfiltered poses of a repetition with what came before it, seen from the front.
    sides
        The working legs: what is behind another leg has no edges of its own.
    """
    keypoints_px, leg_edges_px = window.keypoints_px.copy(), window.leg_edges_px.copy()
    upright = upright_frames(window)
    for side in sides:
        for which, joint in enumerate(EDGED_JOINTS):
            edges_px = leg_edges_px[:, SIDES.index(side), which]
            shift_px = _shift_px(window.t_s, edges_px, upright)
            keypoints_px[:, keypoint(side, joint), 0] += shift_px
            edges_px -= shift_px[:, None]  # they are measured from the joint
        keypoints_px[:, keypoint(side, "ankle"), 0] += _to_middle_px(
            leg_edges_px[:, SIDES.index(side), EDGED_JOINTS.index("ankle")]
        )
    return replace(window, keypoints_px=keypoints_px, leg_edges_px=leg_edges_px)


def outlined_where_asked(window: Poses, stance_side: Stance, view: View) -> Poses:
    """Move the working legs' knees and ankles to their outline, from the front, where poses ask."""
    if not window.profile.knee_lags_outline or view.kind != "front":
        return window
    return held_between_edges(window, SIDES if stance_side == "both" else (stance_side,))


def without_outline(window: Poses, side: Side, joint: str) -> bool:
    """Whether a joint's edges hardly ever show, though those of others do.

    So it is under wide clothes, or where two legs make one outline. Never where the poses came
    without outlines.
    """
    unknown = np.asarray(np.isnan(window.leg_edges_px).any(axis=-1))
    if len(window) == 0 or unknown.all():
        return False
    missing = unknown[:, SIDES.index(side), EDGED_JOINTS.index(joint)]
    return bool(missing.mean() > MOST_UNKNOWN)


def outline_tells(window: Poses, side: Side, joint: str) -> bool:
    """Whether a joint's edges are known often enough for its place between them to be told."""
    left_px, right_px = window.leg_edges_px[:, SIDES.index(side), EDGED_JOINTS.index(joint)].T
    return len(window) > 0 and _tell(np.isfinite(left_px + right_px), upright_frames(window))


def place_between_edges(window: Poses, side: Side, joint: str) -> FloatArray:
    """Where a joint lies between its leg's edges in each frame, shape (N,).

    0 at the edge away from the middle of the body as seen from the front, 1 at the other; NaN
    where the edges are unknown.
    """
    left_px, right_px = window.leg_edges_px[:, SIDES.index(side), EDGED_JOINTS.index(joint)].T
    from_left = -left_px / (right_px - left_px)
    return np.asarray(from_left if medial_sign(side) > 0 else 1.0 - from_left)


def _tell(known: BoolArray, upright: BoolArray) -> bool:
    """Whether enough frames are known, in all and of the upright ones."""
    return min(share_of(known), share_of(known[upright])) >= LEAST_KNOWN


def _to_middle_px(edges_px: FloatArray) -> float:
    """How far a joint is from the middle between its edges: the median; 0 when unknown."""
    offset_px = (edges_px[:, 0] + edges_px[:, 1]) / 2
    known = np.isfinite(offset_px)
    enough = len(known) > 0 and share_of(known) >= LEAST_KNOWN
    return median_of(offset_px[known]) if enough else 0.0


def upright_frames(window: Poses) -> BoolArray:
    """In which frames the person is upright, the hips near the top of their travel; shape (N,)."""
    height_px = -window.middle("hip")[:, 1]
    known = height_px[np.isfinite(height_px)]
    if len(known) == 0:
        return np.zeros(len(window), dtype=bool)
    low_px, high_px = percentile_of(known, 5), percentile_of(known, 95)
    return np.asarray(height_px >= high_px - UPRIGHT_WITHIN * (high_px - low_px))


def _shift_px(t_s: FloatArray, edges_px: FloatArray, upright: BoolArray) -> FloatArray:
    """How far to move a joint in each frame, for it to lie between the edges as when upright."""
    left_px, right_px = edges_px.T
    known = np.isfinite(left_px + right_px)
    if not _tell(known, upright):
        return np.zeros(len(t_s))
    width_px = right_px - left_px
    share = median_of((-left_px / width_px)[known & upright])
    shift_px = (left_px + share * width_px)[known]
    return np.asarray(np.interp(t_s, t_s[known], shift_px))

"""Move knee and ankle to their place between the left and right edge of the leg in the image.

The edges come from the outline (segmentation mask) of the person (:mod:`formcheck.pose.leg_edges`).
They are a second source for where a joint is: when a knee falls inward, the pose model's knee point
moves less than the knee, and its ankle point drifts on a planted foot. The edges follow both, but
also muscles and clothes. On people whose true movement is known, the truth lies between the two,
and :mod:`formcheck.motion.corrections` says how much each counts.

A knee is put where it lies between the edges in upright posture, in which the model is most exact;
an ankle is put in the middle.
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
"""Share of all frames, and of the upright ones, that must have edges. Our choice."""

MOST_UNKNOWN = 2 / 3
"""A joint without edges in a larger share of the frames has no usable outline. Our choice: on the
clips
seen from the front the knee has none in up to 0.42 of the frames; in wide trousers and under a
skirt in 0.91 and more."""

UPRIGHT_WITHIN = 0.1
"""A person is upright while the hips are this near to their highest place, as a share of how far
they move up and down. Our choice."""


def held_between_edges(window: Poses, sides: Iterable[Side]) -> Poses:
    """Move knee and ankle of the given legs sideways to their place between the leg's edges.

    In frames without edges they are moved as in the neighbouring frames. A joint whose edges are
    mostly unknown stays where the model put it.

    Parameters
    ----------
    window
        Unfiltered poses of a repetition with what came before it, seen from the front.
    sides
        The working legs. Others may be hidden behind them and then have no edges of their own.
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
    """Move the working knees and ankles between their edges where the poses need it.

    That is where their profile says so, in a view from the front; otherwise the same window is
    returned.
    """
    if not window.profile.knee_lags_outline or view.kind != "front":
        return window
    return held_between_edges(window, SIDES if stance_side == "both" else (stance_side,))


def without_outline(window: Poses, side: Side, joint: str) -> bool:
    """Return whether a joint's edges hardly ever show, though those of other joints do.

    The cause is wide clothes, or two legs that make one outline. ``False`` for poses that come
    without outlines.
    """
    unknown = np.asarray(np.isnan(window.leg_edges_px).any(axis=-1))
    if len(window) == 0 or unknown.all():
        return False
    missing = unknown[:, SIDES.index(side), EDGED_JOINTS.index(joint)]
    return bool(missing.mean() > MOST_UNKNOWN)


def has_usable_edges(window: Poses, side: Side, joint: str) -> bool:
    """Return whether a joint's edges are known in enough frames to place it between them."""
    left_px, right_px = window.leg_edges_px[:, SIDES.index(side), EDGED_JOINTS.index(joint)].T
    known = np.isfinite(left_px + right_px)
    return len(window) > 0 and _enough_known(known, upright_frames(window))


def place_between_edges(window: Poses, side: Side, joint: str) -> FloatArray:
    """Return where a joint lies between its leg's edges in each frame, shape (N,).

    0 at the outer edge (away from the other leg, seen from the front), 1 at the inner edge; NaN
    where the edges are unknown.
    """
    left_px, right_px = window.leg_edges_px[:, SIDES.index(side), EDGED_JOINTS.index(joint)].T
    from_left = -left_px / (right_px - left_px)
    return np.asarray(from_left if medial_sign(side) > 0 else 1.0 - from_left)


def _enough_known(known: BoolArray, upright: BoolArray) -> bool:
    """Return whether enough of all frames and of the upright ones are known."""
    return min(share_of(known), share_of(known[upright])) >= LEAST_KNOWN


def _to_middle_px(edges_px: FloatArray) -> float:
    """Return how far a joint is from the middle between its edges; 0 when mostly unknown."""
    offset_px = (edges_px[:, 0] + edges_px[:, 1]) / 2
    known = np.isfinite(offset_px)
    enough = len(known) > 0 and share_of(known) >= LEAST_KNOWN
    return median_of(offset_px[known]) if enough else 0.0


def upright_frames(window: Poses) -> BoolArray:
    """Return in which frames the person is upright, with the hips near their top; shape (N,)."""
    height_px = -window.middle("hip")[:, 1]
    known = height_px[np.isfinite(height_px)]
    if len(known) == 0:
        return np.zeros(len(window), dtype=bool)
    low_px, high_px = percentile_of(known, 5), percentile_of(known, 95)
    return np.asarray(height_px >= high_px - UPRIGHT_WITHIN * (high_px - low_px))


def _shift_px(t_s: FloatArray, edges_px: FloatArray, upright: BoolArray) -> FloatArray:
    """Return how far to move a joint in each frame to lie between the edges as when upright."""
    left_px, right_px = edges_px.T
    known = np.isfinite(left_px + right_px)
    if not _enough_known(known, upright):
        return np.zeros(len(t_s))
    width_px = right_px - left_px
    share = median_of((-left_px / width_px)[known & upright])
    shift_px = (left_px + share * width_px)[known]
    return np.asarray(np.interp(t_s, t_s[known], shift_px))

"""Where the parts of a held body are: what tells that a posture is held, and how straight it is.

Each function takes poses of N frames and the side that is measured, and gives shape (N,), NaN where
a point is missing. Distances are in parts of the body's length from shoulder to ankle, or of the
trunk's from shoulder to hip, as they look in the image.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.keypoints import SIDES, Side, other
from formcheck.data.poses import Poses, distance_px
from formcheck.motion.angles import joint_angle_deg, lean_from_vertical_deg


def where_seen(kept: BoolArray | FloatArray, *needed: FloatArray) -> FloatArray:
    """Return whether a posture is kept as a number, and NaN where what it needs is missing.

    Parameters
    ----------
    kept, needed
        Shape (N,).
    """
    known = np.isfinite(np.stack(needed)).all(axis=0)
    return np.where(known, kept.astype(float), np.nan)


SLOW_COURSE_HZ = 0.2
"""What is slower is a shift of weight, and no sway. Ours."""


def near_line_deg(window: Poses, side: Side) -> FloatArray:
    """Body line of one side, from shoulder over hip to ankle: + hips low, - hips high."""
    return line_deg(*(window.joint(side, joint) for joint in ("shoulder", "hip", "ankle")))


def middle_line_deg(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Body line of the body's middle, as seen from the front or from behind."""
    return line_deg(*(window.middle(joint) for joint in ("shoulder", "hip", "ankle")))


def line_deg(shoulder: FloatArray, hip: FloatArray, ankle: FloatArray) -> FloatArray:
    """180 minus the angle shoulder-hip-ankle, + when the hip is below the straight line.

    Parameters
    ----------
    shoulder, hip, ankle
        Shape (N, 2), x right and y down.
    """
    along = ankle - shoulder
    to_hip = hip - shoulder
    # + below the line whichever way the body points.
    below = (along[:, 0] * to_hip[:, 1] - along[:, 1] * to_hip[:, 0]) * np.sign(along[:, 0])
    return joint_angle_deg(shoulder, hip, ankle) * np.where(below < 0, -1.0, 1.0)


def lying_deg(window: Poses, side: Side) -> FloatArray:
    """Angle between the body, from ankle to shoulder, and the horizontal; 0 lying, 90 upright."""
    lean = lean_from_vertical_deg(window.joint(side, "ankle"), window.joint(side, "shoulder"))
    return np.asarray(np.abs(90.0 - np.abs(lean)))


def knee_bent_deg(window: Poses, side: Side) -> FloatArray:
    """How far the knee of this side is bent."""
    return joint_angle_deg(*(window.joint(side, joint) for joint in ("hip", "knee", "ankle")))


def shoulder_height(window: Poses, side: Side) -> FloatArray:
    """Height of the shoulder over what it rests on, elbow or hand, in lengths of the trunk."""
    rests_px = np.fmax(window.joint(side, "elbow")[:, 1], window.joint(side, "wrist")[:, 1])
    shoulder, hip = window.joint(side, "shoulder"), window.joint(side, "hip")
    return (rests_px - shoulder[:, 1]) / distance_px(shoulder, hip)


def hip_height(window: Poses, side: Side) -> FloatArray:
    """Height of the hips over the line from elbow to ankle of the lower side, in body lengths."""
    elbow, ankle = window.joint(side, "elbow"), window.joint(side, "ankle")
    hip, shoulder = window.middle("hip"), window.middle("shoulder")
    wide_px = elbow[:, 0] - ankle[:, 0]
    wide_px = np.where(np.abs(wide_px) < 1.0, np.nan, wide_px)  # one above the other: no floor line
    part = (hip[:, 0] - ankle[:, 0]) / wide_px
    floor_px = ankle[:, 1] + part * (elbow[:, 1] - ankle[:, 1])
    return np.asarray((floor_px - hip[:, 1]) / distance_px(shoulder, window.middle("ankle")))


def foot_height(window: Poses, side: Side) -> FloatArray:
    """How much higher the ankle of the other side is than that of this one, in leg lengths."""
    stance, free = window.joint(side, "ankle"), window.joint(other(side), "ankle")
    leg_px = distance_px(window.joint(side, "hip"), window.joint(side, "knee")) + distance_px(
        window.joint(side, "knee"), stance
    )
    return np.asarray((stance[:, 1] - free[:, 1]) / leg_px)


def foot_outside(window: Poses, side: Side) -> FloatArray:
    """How far the foot of this side stands outside its own hip, in leg lengths; + outside.

    Outside is away from the other hip, whether the person is seen from the front or from behind.
    """
    hip_x, other_x, ankle_x = (
        window.joint(one, joint)[:, 0]
        for one, joint in ((side, "hip"), (other(side), "hip"), (side, "ankle"))
    )
    outside_px = (ankle_x - hip_x) * np.sign(hip_x - other_x)
    return np.asarray(outside_px / window.leg_length_px)


def trunk_tilt_deg(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Angle between the trunk and the vertical, whichever way it leans."""
    lean = lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return np.asarray(np.abs(lean))


def sway_pct(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Sideways deviation of the hips from their own slow course, in % of leg length."""
    # Here, and not above: listing exercises should not wait for SciPy.
    from formcheck.motion.filters import low_pass

    hips_px = window.middle("hip")[:, 0]
    return np.asarray(
        100.0 * (hips_px - low_pass(window.t_s, hips_px, SLOW_COURSE_HZ)) / window.leg_length_px
    )


def hip_over_ankle(window: Poses, side: Side) -> FloatArray:
    """Height of the hips over the ankle of this side, in leg lengths."""
    height_px = window.joint(side, "ankle")[:, 1] - window.middle("hip")[:, 1]
    return np.asarray(height_px / window.leg_length_px)


def shoulders_apart(window: Poses) -> FloatArray:
    """Distance between the shoulders in the image, in lengths of the trunk.

    About 0.7 from the front, small from the side.
    """
    trunk_px = distance_px(window.middle("shoulder"), window.middle("hip"))
    left, right = (window.joint(side, "shoulder") for side in SIDES)
    return distance_px(left, right) / trunk_px

"""Geometry of held postures, such as planks and wall sits, from points in the image.

The exercises use these functions to decide whether their posture is kept and how straight it is.
Each takes poses of N frames and the side that is measured, and returns shape (N,), NaN where a
point is missing. The *body line* is the line from shoulder over hip to ankle. Lengths are relative
to the body (shoulder to ankle), the trunk (shoulder to hip) or the leg, as they look in the image.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import BoolArray, FloatArray
from formcheck.data.keypoints import SIDES, Side, other
from formcheck.data.poses import Poses, distance_px
from formcheck.motion.angles import joint_angle_deg, lean_from_vertical_deg


def where_seen(kept: BoolArray | FloatArray, *needed: FloatArray) -> FloatArray:
    """Return whether a posture is kept, as a number; NaN where a needed value is missing.

    Parameters
    ----------
    kept
        Whether it is kept in each frame, or the number for that (``Held.kept``), shape (N,).
    needed
        The values from which that was decided, shape (N,) each.
    """
    known = np.isfinite(np.stack(needed)).all(axis=0)
    return np.where(known, kept.astype(float), np.nan)


SLOW_COURSE_HZ = 0.2
"""A slower movement of the hips is a shift of weight, not sway. Our choice."""


def near_line_deg(window: Poses, side: Side) -> FloatArray:
    """Return how far the body line of one side is bent, in degrees: + hips low, - hips high."""
    return line_deg(*(window.joint(side, joint) for joint in ("shoulder", "hip", "ankle")))


def middle_line_deg(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return the same for the middle of both sides, as seen from the front or from behind."""
    return line_deg(*(window.middle(joint) for joint in ("shoulder", "hip", "ankle")))


def line_deg(shoulder: FloatArray, hip: FloatArray, ankle: FloatArray) -> FloatArray:
    """Return 180 minus the angle shoulder-hip-ankle, + when the hip is below the straight line.

    Parameters
    ----------
    shoulder, hip, ankle
        Shape (N, 2), x right and y down.
    """
    along = ankle - shoulder
    to_hip = hip - shoulder
    # The sign of x makes it + below the line whichever way the body points.
    below = (along[:, 0] * to_hip[:, 1] - along[:, 1] * to_hip[:, 0]) * np.sign(along[:, 0])
    return joint_angle_deg(shoulder, hip, ankle) * np.where(below < 0, -1.0, 1.0)


def lying_deg(window: Poses, side: Side) -> FloatArray:
    """Return the angle of the body (ankle to shoulder) from the horizontal: 0 lying, 90 upright."""
    lean = lean_from_vertical_deg(window.joint(side, "ankle"), window.joint(side, "shoulder"))
    return np.asarray(np.abs(90.0 - np.abs(lean)))


def knee_bent_deg(window: Poses, side: Side) -> FloatArray:
    """Return the flexion of the knee of this side; 0 when straight."""
    return joint_angle_deg(*(window.joint(side, joint) for joint in ("hip", "knee", "ankle")))


def shoulder_height(window: Poses, side: Side) -> FloatArray:
    """Return the height of the shoulder over the elbow or hand it rests on, in trunk lengths."""
    rests_px = np.fmax(window.joint(side, "elbow")[:, 1], window.joint(side, "wrist")[:, 1])
    shoulder, hip = window.joint(side, "shoulder"), window.joint(side, "hip")
    return (rests_px - shoulder[:, 1]) / distance_px(shoulder, hip)


def hip_height(window: Poses, side: Side) -> FloatArray:
    """Return the height of the hips over the line from elbow to ankle (the floor), in body lengths.

    ``side`` is the lower side of a side plank.
    """
    elbow, ankle = window.joint(side, "elbow"), window.joint(side, "ankle")
    hip, shoulder = window.middle("hip"), window.middle("shoulder")
    wide_px = elbow[:, 0] - ankle[:, 0]
    # With the elbow right above the ankle, there is no line along the floor.
    wide_px = np.where(np.abs(wide_px) < 1.0, np.nan, wide_px)
    part = (hip[:, 0] - ankle[:, 0]) / wide_px
    floor_px = ankle[:, 1] + part * (elbow[:, 1] - ankle[:, 1])
    return np.asarray((floor_px - hip[:, 1]) / distance_px(shoulder, window.middle("ankle")))


def foot_height(window: Poses, side: Side) -> FloatArray:
    """Return how much higher the other side's ankle is than this side's, in leg lengths."""
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
    """Return the angle between the trunk and the vertical, whichever way it leans; >= 0."""
    lean = lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return np.asarray(np.abs(lean))


def sway_pct(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return how far the hips sway sideways from their own slow path, in % of leg length."""
    # Imported here, so that listing the exercises does not load SciPy.
    from formcheck.motion.filters import low_pass

    hips_px = window.middle("hip")[:, 0]
    return np.asarray(
        100.0 * (hips_px - low_pass(window.t_s, hips_px, SLOW_COURSE_HZ)) / window.leg_length_px
    )


def hip_over_ankle(window: Poses, side: Side) -> FloatArray:
    """Return the height of the hips over the ankle of this side, in leg lengths."""
    height_px = window.joint(side, "ankle")[:, 1] - window.middle("hip")[:, 1]
    return np.asarray(height_px / window.leg_length_px)


def shoulders_apart(window: Poses) -> FloatArray:
    """Return the distance between the shoulders in the image, in trunk lengths.

    It is about 0.7 from the front and small from the side.
    """
    trunk_px = distance_px(window.middle("shoulder"), window.middle("hip"))
    left, right = (window.joint(side, "shoulder") for side in SIDES)
    return distance_px(left, right) / trunk_px

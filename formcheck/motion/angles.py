"""Angles and ratios computed from points in the image: x right, y down.

Every function takes points of shape (N, 2), one for each frame, and returns shape (N,); a missing
point (NaN) gives NaN. The metrics in :mod:`formcheck.exercises.metrics` are made from them.
Definitions and signs are those of docs/measurement.md. Left and right are the person's own.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import Side


def medial_sign(side: Side) -> float:
    """Return the sign of x toward the middle of the body (medial), for a person facing the camera.

    The person's left leg is on the right of the image, so medial is toward -x for it.
    """
    return -1.0 if side == "left" else 1.0


def joint_angle_deg(proximal: FloatArray, joint: FloatArray, distal: FloatArray) -> FloatArray:
    """Return the flexion of a joint: 180 minus the angle proximal-joint-distal; 0 when straight."""
    upper = proximal - joint
    lower = distal - joint
    cross = upper[..., 0] * lower[..., 1] - upper[..., 1] * lower[..., 0]
    dot = np.sum(upper * lower, axis=-1)
    return np.asarray(180.0 - np.degrees(np.arctan2(np.abs(cross), dot)))


def flexion_from_lengths_deg(
    proximal_px: float, distal_px: float, span_px: FloatArray
) -> FloatArray:
    """Return the flexion of a joint from the lengths of its two segments and of their span.

    180 minus the angle between the segments, by the law of cosines. The span is the distance
    between their far ends; 0 where it is as long as both segments together, or longer.
    """
    cosine = (proximal_px**2 + distal_px**2 - span_px**2) / (2.0 * proximal_px * distal_px)
    return np.asarray(180.0 - np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def frontal_plane_projection_angle_deg(
    hip: FloatArray, knee: FloatArray, ankle: FloatArray, side: Side
) -> FloatArray:
    """Return the frontal plane projection angle (FPPA): how far the knee bends inward in the image.

    It is the angle of hip, knee and ankle as seen from the front, 0 when they are in line; + when
    the knee is medial, on the side of the body's middle from the line hip to ankle (Willson's FPPA,
    as used by Munro 2012; the sign is the common clinical one).
    """
    line = ankle - hip
    to_knee = knee - hip
    # The cross product is positive when the knee is on the +x side of the line down to the ankle.
    cross = to_knee[..., 0] * line[..., 1] - to_knee[..., 1] * line[..., 0]
    toward_x = np.where(cross < 0, -1.0, 1.0)
    return joint_angle_deg(hip, knee, ankle) * toward_x * medial_sign(side)


def lean_from_vertical_deg(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return the angle of the line from ``lower`` to ``upper`` against the vertical, + to +x."""
    dx = upper[..., 0] - lower[..., 0]
    up = lower[..., 1] - upper[..., 1]
    return np.asarray(np.degrees(np.arctan2(dx, up)))


def pelvic_drop_deg(stance_hip: FloatArray, swing_hip: FloatArray) -> FloatArray:
    """Return the slope of the line between the hips, + when the hip of the free leg is lower."""
    dy = swing_hip[..., 1] - stance_hip[..., 1]
    dx = np.abs(swing_hip[..., 0] - stance_hip[..., 0])
    return np.asarray(np.degrees(np.arctan2(dy, dx)))


def separation_ratio(
    left_knee: FloatArray, right_knee: FloatArray, left_ankle: FloatArray, right_ankle: FloatArray
) -> FloatArray:
    """Return the distance of the knees over that of the ankles (KASR); < 1 when the knees come in.

    Both are horizontal. NaN where the ankles are less than a pixel apart: the ratio means nothing
    there.
    """
    ankles = left_ankle[..., 0] - right_ankle[..., 0]
    knees = left_knee[..., 0] - right_knee[..., 0]
    apart = np.abs(ankles) >= 1.0
    return np.where(apart, knees / np.where(apart, ankles, 1.0), np.nan)


def upright_share(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return how upright a segment is: its height in the image over its length.

    1 when it stands upright in the image, 0 when it is horizontal or points at the camera. The
    length is the 90th percentile over all frames: as it looks when it is least foreshortened. NaN
    when the segment is never seen.
    """
    known = np.linalg.norm(lower - upper, axis=-1)
    known = known[np.isfinite(known)]
    length_px = percentile_of(known, 90) if len(known) else 0.0
    if not length_px > 0:
        return np.full(len(upper), np.nan)
    return np.asarray((lower[..., 1] - upper[..., 1]) / length_px)

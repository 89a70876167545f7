"""Angles and distances in the image: x right, y down; left and right are the person's own.

Every function takes points of shape (N, 2) and gives shape (N,); a missing point (NaN) gives NaN.
Definitions and signs are those of docs/measurement.md.
"""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.keypoints import Side


def medial_sign(side: Side) -> float:
    """Sign of the x axis that points to the middle of the body, for a person facing the camera.

    The person's left leg is on the right of the image, so medial is toward -x.
    """
    return -1.0 if side == "left" else 1.0


def joint_angle_deg(proximal: FloatArray, joint: FloatArray, distal: FloatArray) -> FloatArray:
    """Flexion at a joint: 180 minus the angle proximal-joint-distal; 0 when straight, never < 0."""
    upper = proximal - joint
    lower = distal - joint
    cross = upper[..., 0] * lower[..., 1] - upper[..., 1] * lower[..., 0]
    dot = np.sum(upper * lower, axis=-1)
    return np.asarray(180.0 - np.degrees(np.arctan2(np.abs(cross), dot)))


def flexion_from_lengths_deg(
    proximal_px: float, distal_px: float, span_px: FloatArray
) -> FloatArray:
    """Flexion of a joint from the lengths of its two segments and the span over both.

    180 minus the angle between the segments, by the law of cosines; 0 where the span is as long
    as both segments together or longer.
    """
    cosine = (proximal_px**2 + distal_px**2 - span_px**2) / (2.0 * proximal_px * distal_px)
    return np.asarray(180.0 - np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def frontal_plane_projection_angle_deg(
    hip: FloatArray, knee: FloatArray, ankle: FloatArray, side: Side
) -> FloatArray:
    """Knee valgus in the image: the joint angle with a sign, + when the knee is medial.

    Medial means: on the body's middle side of the line from hip to ankle (Willson's FPPA, as used
    by Munro 2012; the sign is the common clinical one).
    """
    line = ankle - hip
    to_knee = knee - hip
    # The cross product is positive when the knee lies on the +x side of a downward line.
    cross = to_knee[..., 0] * line[..., 1] - to_knee[..., 1] * line[..., 0]
    toward_x = np.where(cross < 0, -1.0, 1.0)
    return joint_angle_deg(hip, knee, ankle) * toward_x * medial_sign(side)


def lean_from_vertical_deg(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Angle of the line from ``lower`` up to ``upper`` against the vertical, + toward +x."""
    dx = upper[..., 0] - lower[..., 0]
    up = lower[..., 1] - upper[..., 1]
    return np.asarray(np.degrees(np.arctan2(dx, up)))


def pelvic_drop_deg(stance_hip: FloatArray, swing_hip: FloatArray) -> FloatArray:
    """Slope of the line between the hips, + when the swing side is lower."""
    dy = swing_hip[..., 1] - stance_hip[..., 1]
    dx = np.abs(swing_hip[..., 0] - stance_hip[..., 0])
    return np.asarray(np.degrees(np.arctan2(dy, dx)))


def separation_ratio(
    left_knee: FloatArray, right_knee: FloatArray, left_ankle: FloatArray, right_ankle: FloatArray
) -> FloatArray:
    """Knee separation over ankle separation (KASR), horizontal; < 1 when the knees come in.

    NaN where the ankles are less than a pixel apart: the ratio means nothing there.
    """
    ankles = left_ankle[..., 0] - right_ankle[..., 0]
    knees = left_knee[..., 0] - right_knee[..., 0]
    apart = np.abs(ankles) >= 1.0
    return np.where(apart, knees / np.where(apart, ankles, 1.0), np.nan)


def upright_share(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """How much lower than ``upper`` ``lower`` is, over the length of the segment between them.

    1 when it stands upright in the image, 0 when it lies or points at the camera. The length is the
    90th percentile over the window, as it looks when it is least foreshortened. NaN when the
    segment is never seen.
    """
    known = np.linalg.norm(lower - upper, axis=-1)
    known = known[np.isfinite(known)]
    length_px = percentile_of(known, 90) if len(known) else 0.0
    if not length_px > 0:
        return np.full(len(upper), np.nan)
    return np.asarray((lower[..., 1] - upper[..., 1]) / length_px)

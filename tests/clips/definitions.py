"""The angles by their plain definitions: points as they are, no correction of any kind.

So keypoints are scored alone, whoever made them; and from a clip's true keypoints the same
functions give the truth of every number that formcheck judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Side, other
from formcheck.data.poses import Poses
from formcheck.motion import angles

Definition = Callable[[Poses, Side, float], FloatArray]
"""Takes poses of N frames, the working side and which way the person faces in a view from the side
(+1: the right edge of the image); gives one number for each frame, NaN where a point is missing."""


def fppa(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """Knee valgus: hip, knee and ankle in the image; + when the knee is medial."""
    hip, knee, ankle = (poses.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    return angles.frontal_plane_projection_angle_deg(hip, knee, ankle, side)


def trunk_lean(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """Mid-hip to mid-shoulder against the vertical of the image; + toward the working leg."""
    lean = angles.lean_from_vertical_deg(poses.middle("hip"), poses.middle("shoulder"))
    return -angles.medial_sign(side) * lean


def pelvic_drop(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """Slope of the line between the hips; + when the free side is lower."""
    return angles.pelvic_drop_deg(poses.joint(side, "hip"), poses.joint(other(side), "hip"))


def knee_beside_ankle(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """How far the knee is beside the ankle in the image, % of leg length; + medial."""
    beside_px = poses.joint(side, "knee")[:, 0] - poses.joint(side, "ankle")[:, 0]
    return np.asarray(100.0 * angles.medial_sign(side) * beside_px / poses.leg_length_px)


def trunk_flexion(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """Mid-hip to mid-shoulder against the vertical of the image; + forward."""
    lean = angles.lean_from_vertical_deg(poses.middle("hip"), poses.middle("shoulder"))
    return np.asarray(facing * lean)


def knee_flexion(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """180 degrees minus the angle hip-knee-ankle; 0 is straight."""
    hip, knee, ankle = (poses.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    return angles.joint_angle_deg(hip, knee, ankle)


def shank_angle(poses: Poses, side: Side, facing: float) -> FloatArray:
    """Ankle to knee against the vertical of the image; + forward."""
    lean = angles.lean_from_vertical_deg(poses.joint(side, "ankle"), poses.joint(side, "knee"))
    return np.asarray(facing * lean)


def trunk_shank_difference(poses: Poses, side: Side, facing: float) -> FloatArray:
    """Trunk flexion minus shank angle."""
    return np.asarray(trunk_flexion(poses, side, facing) - shank_angle(poses, side, facing))


def knee_gap_over_ankle_gap(poses: Poses, side: Side, facing: float) -> FloatArray:  # noqa: ARG001
    """Horizontal gap of the knees over that of the ankles."""
    knees, ankles = (
        [poses.joint(which, joint) for which in ("left", "right")] for joint in ("knee", "ankle")
    )
    return angles.separation_ratio(*knees, *ankles)


def near_trunk_flexion(poses: Poses, side: Side, facing: float) -> FloatArray:
    """Hip to shoulder of the working side alone against the vertical; + forward."""
    lean = angles.lean_from_vertical_deg(poses.joint(side, "hip"), poses.joint(side, "shoulder"))
    return np.asarray(facing * lean)


FROM_THE_FRONT: Mapping[str, Definition] = {
    "knee_fppa_deg": fppa,
    "trunk_lean_deg": trunk_lean,
    "pelvic_drop_deg": pelvic_drop,
    "knee_over_foot_pct": knee_beside_ankle,
    "kasr": knee_gap_over_ankle_gap,
}
FROM_THE_SIDE: Mapping[str, Definition] = {
    "trunk_flexion_deg": trunk_flexion,
    "knee_flexion_deg": knee_flexion,
    "shank_angle_deg": shank_angle,
    "trunk_shank_difference_deg": trunk_shank_difference,
}
"""By quantity; those of one leg of a squat are made of these, see :func:`definition_of`."""


def definition_of(quantity: str, working: Side) -> tuple[Definition, Side] | None:
    """Give the definition of a quantity and the leg it is of; ``None`` when it has none.

    ``knee_fppa_left_deg`` is ``knee_fppa_deg`` of the left leg, whichever works.
    """
    known = {**FROM_THE_FRONT, **FROM_THE_SIDE}
    for side in ("left", "right"):
        plain = quantity.replace(f"_{side}_", "_")
        if plain != quantity and plain in known:
            return known[plain], "left" if side == "left" else "right"
    return (known[quantity], working) if quantity in known else None

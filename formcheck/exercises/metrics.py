"""The metrics an exercise can choose from. Definitions and signs: docs/measurement.md.

Each ``series`` function takes the smoothed poses of one repetition with the standing before it,
and the working side, and gives the metric for every frame; NaN where it is unknown.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.arrays import FloatArray
from formcheck.exercises.base import Bands, MetricSpec
from formcheck.kinematics import angles
from formcheck.kinematics.filters import low_pass
from formcheck.kinematics.limbs import standing_leg_length_px
from formcheck.kinematics.view import yaw_deg
from formcheck.kinematics.window import PoseWindow
from formcheck.pose.keypoints import Side, other

FOOT_SHARE_OF_LEG = 0.23
"""Heel to ball over leg length, seen from above; measured on the clips (docs/measurement.md)."""

SMOOTH_COURSE_HZ = 1.5
"""What is slower than this is the knee's course, what is faster its wobble. Ours."""


def knee_fppa(window: PoseWindow, side: Side) -> FloatArray:
    """Knee valgus of one leg in the picture, in degrees, + when the knee is medial."""
    hip, knee, ankle = (window.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    return angles.frontal_plane_projection_angle_deg(hip, knee, ankle, side)


def trunk_lean(window: PoseWindow, side: Side) -> FloatArray:
    """Sideways lean of the trunk in degrees, + toward the stance side."""
    lean = angles.lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return -angles.medial_sign(side) * lean


def pelvic_drop(window: PoseWindow, side: Side) -> FloatArray:
    """Slope of the hips in degrees, + when the swing side is lower."""
    return angles.pelvic_drop_deg(window.joint(side, "hip"), window.joint(other(side), "hip"))


def knee_over_foot(window: PoseWindow, side: Side) -> FloatArray:
    """How far the knee strays from the plane over the foot's long axis, % of leg length, + medial.

    The planted foot shows where forward is: a knee that travels straight over it by ``d`` shifts
    in the picture by ``d / foot_length * (toe_x - heel_x)``. ``d`` follows from the shank's
    foreshortening. What is left of the knee's sideways place is the straying.
    """
    ankle, knee = window.joint(side, "ankle"), window.joint(side, "knee")
    leg_px = standing_leg_length_px(window)
    shank_px = ankle[:, 1] - knee[:, 1]
    known = shank_px[np.isfinite(shank_px)]
    if len(known) == 0 or not leg_px > 0:
        return np.full(len(window), np.nan)
    upright_px = float(np.percentile(known, 95))
    forward_px = np.sqrt(np.maximum(upright_px**2 - shank_px**2, 0.0))
    heel_x, toe_x = window.joint(side, "heel")[:, 0], window.joint(side, "toe")[:, 0]
    # The foot is planted: its direction is the mean over the whole window.
    foot_x_px = float(np.nanmean(toe_x - heel_x)) if np.isfinite(toe_x - heel_x).any() else np.nan
    expected_px = forward_px / (FOOT_SHARE_OF_LEG * leg_px) * foot_x_px
    stray_px = knee[:, 0] - ankle[:, 0] - expected_px
    return angles.medial_sign(side) * stray_px / leg_px * 100.0


def knee_wobble(window: PoseWindow, side: Side) -> FloatArray:
    """Sideways knee path around its own smooth course, in % of leg length, + medial."""
    knee_x = window.joint(side, "knee")[:, 0]
    course = low_pass(window.t_s, knee_x, SMOOTH_COURSE_HZ)
    leg_px = standing_leg_length_px(window)
    return angles.medial_sign(side) * (knee_x - course) / leg_px * 100.0


def _forward_sign(window: PoseWindow) -> float:
    """+1 when the person faces the right edge of the picture, -1 for the left one."""
    yaw = np.nanmedian(yaw_deg(window)) if len(window) else 0.0
    return 1.0 if yaw > 0 else -1.0


def trunk_flexion(window: PoseWindow, side: Side) -> FloatArray:  # noqa: ARG001
    """Forward lean of the trunk in degrees, + forward."""
    lean = angles.lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return _forward_sign(window) * lean


def knee_flexion(window: PoseWindow, side: Side) -> FloatArray:
    """Knee flexion in the picture, in degrees; 0 is straight."""
    return angles.joint_angle_deg(
        window.joint(side, "hip"), window.joint(side, "knee"), window.joint(side, "ankle")
    )


def shank_angle(window: PoseWindow, side: Side) -> FloatArray:
    """Forward lean of the shank (ankle to knee) in degrees, + forward."""
    lean = angles.lean_from_vertical_deg(window.joint(side, "ankle"), window.joint(side, "knee"))
    return _forward_sign(window) * lean


def trunk_shank_difference(window: PoseWindow, side: Side) -> FloatArray:
    """Trunk flexion minus shank angle, in degrees; 0 when the two are parallel."""
    return trunk_flexion(window, side) - shank_angle(window, side)


def knee_ankle_separation(window: PoseWindow, side: Side) -> FloatArray:  # noqa: ARG001
    """Knee separation over ankle separation; < 1 when the knees come in."""
    return angles.separation_ratio(
        window.joint("left", "knee"),
        window.joint("right", "knee"),
        window.joint("left", "ankle"),
        window.joint("right", "ankle"),
    )


def hip_drop(window: PoseWindow, side: Side) -> FloatArray:  # noqa: ARG001
    """How far the hips are below their highest place in the window, in % of leg length."""
    height_px = window.middle("hip")[:, 1]
    known = height_px[np.isfinite(height_px)]
    leg_px = standing_leg_length_px(window)
    if len(known) == 0 or not leg_px > 0:
        return np.full(len(window), np.nan)
    return (height_px - float(np.percentile(known, 5))) / leg_px * 100.0


KNEE_FPPA = MetricSpec(
    name="knee_fppa_deg",
    title="Knee valgus",
    unit="°",
    about="Frontal-plane projection angle of the working knee in the picture; + when the knee "
    "falls in, - when it falls out. Judged as change from quiet standing.",
    views=("front",),
    needs=("hip", "knee", "ankle"),
    series=knee_fppa,
    judged="change",
    bands=Bands(
        good=(-5.0, 8.0),
        watch=(-10.0, 13.0),
        source="formcheck's own, from: single-leg squat 8.4 ± 5.1° without and 16.8 ± 5.4° with "
        "patellofemoral pain (Herrington 2014); mini-squat 5.0° with the knee over and 11.6° with "
        "the knee medial to the foot (Ageberg 2010); detectable difference about 8° (Munro 2012).",
    ),
    cue_high="Push the knee out over the little toe",
    cue_low="Bring the knee in over the second toe",
    priority=1,
    model_error=2.5,
    yaw_error=1.15,
)

KNEE_FPPA_LEFT = replace(
    KNEE_FPPA,
    name="knee_fppa_left_deg",
    title="Left knee valgus",
    side="left",
    cue_high="Push the left knee out over the toes",
    cue_low="Bring the left knee in over the toes",
)
KNEE_FPPA_RIGHT = replace(
    KNEE_FPPA,
    name="knee_fppa_right_deg",
    title="Right knee valgus",
    side="right",
    cue_high="Push the right knee out over the toes",
    cue_low="Bring the right knee in over the toes",
)

TRUNK_LEAN = MetricSpec(
    name="trunk_lean_deg",
    title="Trunk lean",
    unit="°",
    about="Sideways lean of the line from mid-hip to mid-shoulder against the vertical; + toward "
    "the working leg. Judged at its largest.",
    views=("front",),
    needs=("hip", "shoulder"),
    series=trunk_lean,
    both_sides=True,
    judged="max",
    bands=Bands(
        good=(-6.0, 6.0),
        watch=(-10.0, 10.0),
        source="Vendor bands for lateral lean: below 6° none, 6 to 10° mild, above 10° "
        "significant; control 6.7 ± 3.0° and pain 9.3 ± 5.3° in 3D (Nakagawa 2012).",
    ),
    cue_high="Keep the chest over the hips",
    cue_low="Keep the chest over the hips",
    priority=2,
    model_error=1.2,
)

PELVIC_DROP = MetricSpec(
    name="pelvic_drop_deg",
    title="Pelvic drop",
    unit="°",
    about="Slope of the line between the hips against the horizontal; + when the swing side is "
    "lower.",
    views=("front",),
    needs=("hip",),
    series=pelvic_drop,
    both_sides=True,
    cannot_see="the pose model's hip points hardly follow the pelvis: a true drop of 9° reads as "
    "1 to 2°",
)

KNEE_OVER_FOOT = MetricSpec(
    name="knee_over_foot_pct",
    title="Knee over foot",
    unit="%",
    about="How far the knee strays from the vertical plane over the foot's long axis, in % of leg "
    "length; + toward the middle. Withstands a camera that is not straight ahead.",
    views=("front",),
    needs=("knee", "ankle", "heel", "toe"),
    series=knee_over_foot,
    judged="change",
    per_frame=False,
    model_error=3.0,
)

KNEE_WOBBLE = MetricSpec(
    name="knee_wobble",
    title="Knee wobble",
    unit="%",
    about="Root mean square of the knee's sideways path around its own smooth course during the "
    "lowering, in % of leg length.",
    views=("front",),
    needs=("knee",),
    series=knee_wobble,
    taken="descent_rms",
    per_frame=False,
    model_error=0.3,
)

TRUNK_FLEXION = MetricSpec(
    name="trunk_flexion_deg",
    title="Forward lean",
    unit="°",
    about="Forward lean of the line from mid-hip to mid-shoulder against the vertical. Judged at "
    "its largest.",
    views=("side",),
    needs=("hip", "shoulder"),
    series=trunk_flexion,
    judged="max",
    bands=Bands(
        good=(-10.0, 20.0),
        watch=(-15.0, 30.0),
        source="formcheck's own: no published limit was found; forward lean grows with the "
        "height of the step (Lewis 2015), so compare with yourself on the same step.",
    ),
    cue_high="Chest up, stay tall",
    cue_low="Do not lean back",
    priority=2,
    model_error=2.5,
)

KNEE_FLEXION = MetricSpec(
    name="knee_flexion_deg",
    title="Knee flexion",
    unit="°",
    about="180 degrees minus the angle hip-knee-ankle, seen from the side. Reads low on the clips.",
    views=("side",),
    needs=("hip", "knee", "ankle"),
    series=knee_flexion,
    model_error=8.5,
)

SHANK_ANGLE = MetricSpec(
    name="shank_angle_deg",
    title="Shank angle",
    unit="°",
    about="Forward lean of the line from ankle to knee against the vertical.",
    views=("side",),
    needs=("knee", "ankle"),
    series=shank_angle,
    model_error=4.5,
)

TRUNK_SHANK_DIFFERENCE = MetricSpec(
    name="trunk_shank_difference_deg",
    title="Trunk minus shank",
    unit="°",
    about="Forward lean of the trunk minus that of the shank; 0 when they are parallel.",
    views=("side",),
    needs=("hip", "shoulder", "knee", "ankle"),
    series=trunk_shank_difference,
    model_error=5.0,
)

KASR = MetricSpec(
    name="kasr",
    title="Knees over ankles",
    unit="",
    about="Knee separation over ankle separation; below 1 the knees are closer than the feet.",
    views=("front",),
    needs=("knee", "ankle"),
    series=knee_ankle_separation,
    both_sides=True,
    model_error=0.08,
)

DEPTH = MetricSpec(
    name="depth",
    title="Depth",
    unit="%",
    about="Drop of the hips from standing, in % of leg length.",
    views=("front", "side", "oblique"),
    needs=("hip",),
    series=hip_drop,
    both_sides=True,
    per_frame=False,
    model_error=1.5,
)

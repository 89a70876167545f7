"""The metrics that exercises choose from, and the functions that compute them.

A :class:`~formcheck.data.exercise.Metric` is one quantity with its definition, limits and cues. Its
``series`` function takes the smoothed poses of a repetition, with the standing before it, and the
working side (or leg); it returns the metric in every frame, shape (N,), NaN where unknown.
Functions named ``..._effect_on_...`` return how much a degree of *yaw* (the person's turn from the
camera) or *roll* (the camera's tilt) adds to a metric. Definitions, signs and sources:
docs/measurement.md.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from formcheck.data.arrays import FloatArray, percentile_of
from formcheck.data.exercise import Metric
from formcheck.data.keypoints import SIDES, Side, other
from formcheck.data.poses import Poses
from formcheck.data.session import Limits, Possible
from formcheck.motion import angles
from formcheck.motion.camera_view import facing_sign, open_turn_deg, yaw_deg

TURN_OUT_DEG, TURN_OUT_ERROR_DEG = 7.0, 7.0
"""How far feet are turned out in standing, and the standard error of the foot's direction when it
is taken from this and the body's heading. Our choice: in everyday standing 5 to 10 degrees are
usual."""

FOOT_OF_LEG = 0.31
"""Length of the foot over that of thigh and shank together (0.152 of body height over 0.245 +
0.246, after Winter, Biomechanics and Motor Control of Human Movement)."""

FOOT_ERROR_DEG = 5.0
"""Standard error of the foot's direction from heel and toe alone, on the clips and their mirror
images (docs/accuracy.md)."""

TRAVEL_ERROR = 0.15
"""Relative error of how far the knee moves forward. When the foot points sideways, it becomes an
error of the knee's sideways place. From the clips at 20 degrees of yaw."""

USUAL_FORWARD_LEAN_DEG = 13.0
"""Forward lean of the trunk at the bottom of a single-leg exercise that is done well. A smaller
lean does not show from the front, and this is assumed. Our choice."""

LEAST_OF_THIGH = 0.66
"""The frontal knee angle (FPPA) is refused when the thigh looks shorter in the image than this
share of its length (a tilt of 49 degrees). The thigh alone then adds more than 1.15 degrees for
each degree of yaw; with the shank, the yaw's standard error of 4.5 degrees amounts to the
detectable difference of 9 degrees. In deeper squats two cameras saw the same knee at -44 and at +4
degrees."""

LEAST_OF_TRUNK = 0.5
"""The sideways lean is refused when the trunk is bent forward by more than 60 degrees, so that it
shows less than this share of its length. The yaw's standard error of 4.5 degrees then amounts to 8
degrees of lean or more, beyond the good band."""

FILMED_AGAIN = 0.5
"""The share of a set's own error (``sem_set``) that changes when the same person is filmed again;
the rest belongs to the person and cancels between sessions. On six clips that were "filmed again"
by code (camera turned by 3 degrees, tilted by 1, nearer, farther, darker, noisier) the share was
0.1 to 0.4, and 0.6 for one knee over its foot; for a sideways lean, which moves with the tilt, it
is 1. Our choice: more than measured, as another day and other clothes were not tried."""

SAME_DEPTH_PCT = 15.0
"""Drop of the hips at which the knee is compared between sessions of different depth, in % of leg
length. The Dynaknee study (abstract) compares the knee's inward shift at a fixed depth, and at this
one: most knees move further in as the body goes deeper."""

SLOW_PATH_HZ = 1.5
"""Movement of the knee below this frequency is its path; above it is its wobble. Our choice."""


def knee_fppa(window: Poses, side: Side) -> FloatArray:
    """Return the frontal knee angle (FPPA) of one leg, in degrees, + when the knee falls in."""
    hip, knee, ankle = (window.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    return angles.frontal_plane_projection_angle_deg(hip, knee, ankle, side)


def trunk_lean(window: Poses, side: Side) -> FloatArray:
    """Return the sideways lean of the trunk in degrees, + toward the working leg."""
    lean = angles.lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return -angles.medial_sign(side) * lean


def pelvic_drop(window: Poses, side: Side) -> FloatArray:
    """Return the slope of the line between the hips in degrees, + when the free side is lower."""
    return angles.pelvic_drop_deg(window.joint(side, "hip"), window.joint(other(side), "hip"))


def knee_travel_px(window: Poses, side: Side) -> FloatArray:
    """Return how far the knee is in front of the ankle, in pixels, from a view from the front.

    A shank that is tilted forward looks shorter; its upright length is the 95th percentile over the
    window. Pythagoras gives the distance.
    """
    shank_px = window.joint(side, "ankle")[:, 1] - window.joint(side, "knee")[:, 1]
    known = shank_px[np.isfinite(shank_px)]
    upright_px = percentile_of(known, 95) if len(known) else np.nan
    return np.asarray(np.sqrt(np.maximum(upright_px**2 - shank_px**2, 0.0)))


def foot_direction_deg(window: Poses, side: Side) -> float:
    """Return where the planted foot points, in degrees from the camera's axis, + image's right.

    It combines two estimates, weighted by their errors: how far the toe is beside the heel in the
    image, for a foot of usual length; and the body's heading plus a usual turn-out. The foot in the
    model's pose in space is worse than either, as left feet point too far outward there. NaN when
    neither is seen.
    """
    toe_x, heel_x = (window.joint(side, joint)[:, 0] for joint in ("toe", "heel"))
    headings = yaw_deg(window)
    if not np.isfinite(toe_x - heel_x + headings).any():
        return float("nan")
    foot_px = FOOT_OF_LEG * window.leg_length_px
    beside = np.clip(float(np.nanmedian(toe_x - heel_x)) / foot_px, -1.0, 1.0)
    outward = -angles.medial_sign(side)
    expected_deg = float(np.nanmedian(headings)) + outward * TURN_OUT_DEG
    weight = TURN_OUT_ERROR_DEG**2 / (FOOT_ERROR_DEG**2 + TURN_OUT_ERROR_DEG**2)
    return weight * math.degrees(math.asin(beside)) + (1.0 - weight) * expected_deg


def knee_over_foot(window: Poses, side: Side) -> FloatArray:
    """Return how far the knee is beside the foot's long axis, in % of leg length, + inward.

    A knee that moves straight over the foot by ``d`` shifts sideways in the image by ``d`` times
    the sine of the foot's direction. That shift is subtracted from the knee's sideways distance to
    the ankle.
    """
    knee_x, ankle_x = (window.joint(side, joint)[:, 0] for joint in ("knee", "ankle"))
    direction = np.radians(foot_direction_deg(window, side))
    beside_px = knee_x - ankle_x - knee_travel_px(window, side) * np.sin(direction)
    leg_px = window.leg_length_px
    return np.asarray(angles.medial_sign(side) * beside_px / leg_px * 100.0)


def travel_error(window: Poses, side: Side) -> FloatArray:
    """Return the error of the knee over the foot from the knee's travel, in % of leg length.

    It grows with how far to the side the foot points, and so with the yaw.
    """
    travel = knee_travel_px(window, side) / window.leg_length_px
    turned = math.sin(math.radians(foot_direction_deg(window, side)))
    return np.asarray(travel * TRAVEL_ERROR * abs(turned) * 100.0)


def yaw_effect_on_fppa(window: Poses, side: Side) -> FloatArray:
    """Return how many degrees a degree of yaw adds to the frontal knee angle (FPPA).

    A knee that is ``d`` in front of hip and ankle moves sideways in the image by ``d * sin(yaw)``.
    Divided by the heights of thigh and shank in the image, that is the added angle.
    """
    hip_y, knee_y, ankle_y = (window.joint(side, joint)[:, 1] for joint in ("hip", "knee", "ankle"))
    thigh_px, shank_px = (np.maximum(part, 1.0) for part in (knee_y - hip_y, ankle_y - knee_y))
    return np.asarray(knee_travel_px(window, side) * (1.0 / thigh_px + 1.0 / shank_px))


def thigh_shown(window: Poses, side: Side) -> FloatArray:
    """Return how upright the thigh is in the image, 0 to 1; see :func:`angles.upright_share`."""
    return angles.upright_share(window.joint(side, "hip"), window.joint(side, "knee"))


def trunk_shown(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return how upright the trunk is in the image, 0 to 1; see :func:`angles.upright_share`."""
    return angles.upright_share(window.middle("shoulder"), window.middle("hip"))


def yaw_effect_on_lean(window: Poses, side: Side) -> FloatArray:
    """Return how many degrees a degree of yaw adds to the sideways lean of the trunk.

    Shoulders that are ``d`` in front of the hips move sideways in the image by ``d * sin(yaw)``.
    Relative to the trunk's height that is the tangent of its forward lean, which is read from how
    much lower the trunk looks. A small lean does not show; the usual one is assumed.
    """
    shown = np.clip(trunk_shown(window, side), 0.05, np.cos(np.radians(USUAL_FORWARD_LEAN_DEG)))
    return np.asarray(np.sqrt(1.0 - shown**2) / shown)


def bend_error_on_lean(window: Poses, side: Side) -> FloatArray:
    """Return the error of the sideways lean from the uncertain yaw, beyond that of a usual lean.

    It grows as the trunk bends forward. The error for a usual forward lean is already contained in
    the error that was measured on people.
    """
    usual = math.tan(math.radians(USUAL_FORWARD_LEAN_DEG))
    return np.asarray((yaw_effect_on_lean(window, side) - usual) * open_turn_deg(window))


def roll_effect_on_lean(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return how many degrees a degree of camera tilt adds to a lean: one."""
    return np.ones(len(window))


def roll_effect_on_knee_over_foot(window: Poses, side: Side) -> FloatArray:
    """Return how far a degree of camera tilt moves the knee sideways, in % of leg length."""
    shank_px = (window.joint(side, "ankle") - window.joint(side, "knee"))[:, 1]
    return np.asarray(np.radians(1.0) * shank_px / window.leg_length_px * 100.0)


def knee_wobble(window: Poses, side: Side) -> FloatArray:
    """Return how far the knee is beside its own smooth path, in % of leg length, + inward."""
    # Imported here, so that listing exercises or past sessions does not load SciPy.
    from formcheck.motion.filters import low_pass

    knee_x = window.joint(side, "knee")[:, 0]
    slow_path = low_pass(window.t_s, knee_x, SLOW_PATH_HZ)
    leg_px = window.leg_length_px
    return angles.medial_sign(side) * (knee_x - slow_path) / leg_px * 100.0


def trunk_flexion(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return the forward lean of the trunk in degrees, + forward."""
    lean = angles.lean_from_vertical_deg(window.middle("hip"), window.middle("shoulder"))
    return facing_sign(window) * lean


def knee_flexion(window: Poses, side: Side) -> FloatArray:
    """Return the flexion of the knee seen from the side, in degrees; 0 is straight."""
    hip, knee, ankle = (window.joint(side, joint) for joint in ("hip", "knee", "ankle"))
    return angles.joint_angle_deg(hip, knee, ankle)


def shank_angle(window: Poses, side: Side) -> FloatArray:
    """Return the forward lean of the shank (ankle to knee) in degrees, + forward."""
    lean = angles.lean_from_vertical_deg(window.joint(side, "ankle"), window.joint(side, "knee"))
    return facing_sign(window) * lean


def thigh_angle(window: Poses, side: Side) -> FloatArray:
    """Return the angle of the thigh (knee to hip) above the horizontal in degrees; 0 is parallel.

    The thigh leans backward from the vertical by the knee's flexion minus the shank's forward lean.
    """
    return 90.0 - (knee_flexion(window, side) - shank_angle(window, side))


def trunk_shank_difference(window: Poses, side: Side) -> FloatArray:
    """Return the forward lean of the trunk minus that of the shank, in degrees; 0 if parallel."""
    return trunk_flexion(window, side) - shank_angle(window, side)


def knee_ankle_separation(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return the distance of the knees over that of the ankles; < 1 when the knees come in."""
    return angles.separation_ratio(
        window.joint("left", "knee"),
        window.joint("right", "knee"),
        window.joint("left", "ankle"),
        window.joint("right", "ankle"),
    )


def hip_drop(window: Poses, side: Side) -> FloatArray:  # noqa: ARG001
    """Return how far the hips are below their highest place in the window, in % of leg length."""
    height_px = window.middle("hip")[:, 1]
    known = height_px[np.isfinite(height_px)]
    leg_px = window.leg_length_px
    if len(known) == 0 or not leg_px > 0:
        return np.full(len(window), np.nan)
    return (height_px - percentile_of(known, 5)) / leg_px * 100.0


KNEE_FPPA = Metric(
    id="knee_fppa_deg",
    title="Knee valgus",
    short_title="Knee valgus",
    unit="°",
    role="knee",
    exported_as="each_leg",
    about="Angle between thigh and shin in the picture from the front (frontal-plane projection "
    "angle, FPPA). It is positive when the knee falls in and negative when it falls out. The "
    "number shown is the change from standing still to the lowest point.",
    views=("front",),
    needs=("hip", "knee", "ankle"),
    series=knee_fppa,
    corrected_as="frontal knee angle",
    judged="change",
    limits=Limits(
        good_low=-5.0,
        good_high=8.0,
        watch_low=-10.0,
        watch_high=13.0,
        source="formcheck's own, chosen from three studies. In a single-leg squat, women without "
        "pain had 8.4 ± 5.1° and women with patellofemoral pain 16.8 ± 5.4° (attributed to "
        "Herrington 2014). In a mini-squat, the angle was 5.0° with the knee over the foot and "
        "11.6° with the knee further in (Ageberg 2010). Differences below about 8° cannot be "
        "detected (Munro 2012).",
    ),
    cue_high="Push the knee out over the little toe",
    cue_low="Bring the knee in over the second toe",
    seen_high="knee falls in",
    seen_low="knee goes out",
    priority=1,
    repeat_share=FILMED_AGAIN,
    yaw_effect=yaw_effect_on_fppa,
    shown_share=thigh_shown,
    least_shown=LEAST_OF_THIGH,
    not_shown="at the bottom the thigh points at the camera, so this angle cannot be seen",
    max_yaw_deg=12.0,
    least_difference=9.0,  # smallest detectable difference 7.5 to 8.9 degrees (Munro 2012)
    possible=Possible(
        low=-80.0,
        high=70.0,
        source="A hip goes 45° to either side, an ankle 35° in and 25° out (Merck Manual, "
        "normal ranges of motion): no leg shows more than their sums.",
    ),
)


def _for_one_knee(metric: Metric, side: Side, **names: str) -> Metric:
    """Return a metric of the working knee as one of the left or right knee, for a squat."""
    return msgspec.structs.replace(
        metric,
        side=side,
        cue_high=f"Push the {side} knee out over the toes",
        cue_low=f"Bring the {side} knee in over the toes",
        seen_high=f"{side} knee falls in",
        seen_low=f"{side} knee goes out",
        **names,
    )


KNEE_FPPA_LEFT, KNEE_FPPA_RIGHT = (
    _for_one_knee(
        KNEE_FPPA,
        side,
        id=f"knee_fppa_{side}_deg",
        title=f"{side.capitalize()} knee valgus",
        short_title=f"{side.capitalize()} valgus",
        corrected_as="frontal knee angle of a squat",
        exported_as="itself",
    )
    for side in SIDES
)

TRUNK_LEAN = Metric(
    id="trunk_lean_deg",
    title="Trunk lean",
    short_title="Trunk lean",
    unit="°",
    role="trunk",
    drawn="trunk",
    exported_as="left_leg",
    about="How far the trunk leans to the side: the angle between the vertical and the line from "
    "the middle of the hips to the middle of the shoulders. It is positive toward the working leg, "
    "and in a squat toward the left. The number shown is the largest lean in the repetition.",
    views=("front",),
    needs=("hip", "shoulder"),
    series=trunk_lean,
    corrected_as="sideways trunk lean",
    both_sides=True,
    judged="largest",
    limits=Limits(
        good_low=-6.0,
        good_high=6.0,
        watch_low=-10.0,
        watch_high=10.0,
        source="The limits of another program for sideways lean: below 6° none, 6 to 10° mild, "
        "above 10° significant. In 3D, people without pain leaned 6.7 ± 3.0° and people with pain "
        "9.3 ± 5.3° (Nakagawa 2012).",
    ),
    cue_high="Keep the chest over the hips",
    cue_low="Keep the chest over the hips",
    seen_high="trunk leans sideways",
    seen_low="trunk leans sideways",
    priority=2,
    extra_error=bend_error_on_lean,
    shown_share=trunk_shown,
    least_shown=LEAST_OF_TRUNK,
    not_shown="the trunk is bent too far forward to show a sideways lean",
    yaw_effect=yaw_effect_on_lean,
    roll_effect=roll_effect_on_lean,
    possible=Possible(
        low=-80.0,
        high=80.0,
        source="The lumbar spine bends 35° to the side and a hip goes 45° (Merck Manual, "
        "normal ranges of motion; the spine from textbooks): their sum.",
    ),
)

PELVIC_DROP = Metric(
    id="pelvic_drop_deg",
    title="Pelvic drop",
    short_title="Pelvic drop",
    unit="°",
    about="How far the line between the hips is tilted; positive when the hip of the free leg is "
    "lower.",
    views=("front",),
    needs=("hip",),
    series=pelvic_drop,
    both_sides=True,
    cannot_see="one camera cannot measure it: when the pelvis really drops by 9°, the hips found "
    "in the image drop by only 1 to 2°",
    possible=Possible(
        low=-45.0,
        high=45.0,
        source="A hip goes 45° to either side (Merck Manual, normal ranges of motion).",
    ),
)

KNEE_OVER_FOOT = Metric(
    id="knee_over_foot_pct",
    title="Knee over foot",
    short_title="Knee over foot",
    unit="%",
    role="knee",
    about="How far the knee is to the side of the foot, in % of leg length. It is 0 when the knee "
    "is straight above the long axis of the foot, and positive when the knee is further in. It "
    "stays accurate when the camera is a little off to one side.",
    views=("front",),
    needs=("knee", "ankle"),
    series=knee_over_foot,
    corrected_as="knee over foot",
    limits=Limits(
        good_low=-3.0,
        good_high=7.0,
        watch_low=-5.0,
        watch_high=9.5,
        source="formcheck's own: the limits of knee valgus (8° and 13°), converted to % with "
        "simulated movements.",
    ),
    cue_high="Push the knee out over the little toe",
    cue_low="Bring the knee in over the second toe",
    seen_high="knee falls in",
    seen_low="knee goes out",
    priority=1,
    per_frame=False,
    needs_depth=True,
    repeat_share=FILMED_AGAIN,
    extra_error=travel_error,
    roll_effect=roll_effect_on_knee_over_foot,
    possible=Possible(
        low=-50.0,
        high=50.0,
        source="Geometry: a shank is about half as long as the leg, so the knee cannot be "
        "further aside.",
    ),
)

KNEE_OVER_FOOT_LEFT, KNEE_OVER_FOOT_RIGHT = (
    msgspec.structs.replace(
        _for_one_knee(
            KNEE_OVER_FOOT,
            side,
            id=f"knee_over_foot_{side}_pct",
            title=f"{side.capitalize()} knee over foot",
            short_title=f"Over foot ({side[0].upper()})",
            corrected_as="knee over foot of a squat",
        ),
        made_of=((KNEE_OVER_FOOT, 1.0),),
    )
    for side in SIDES
)

KNEE_AT_DEPTH = msgspec.structs.replace(
    KNEE_OVER_FOOT,
    id="knee_over_foot_at_depth_pct",
    title=f"Knee over foot at {SAME_DEPTH_PCT:.0f} % depth",
    short_title=f"At {SAME_DEPTH_PCT:.0f} % depth",
    about="Knee over foot on the way down, at the moment when the hips have dropped by "
    f"{SAME_DEPTH_PCT:.0f} % of leg length; positive when the knee is further in than the foot. "
    "With this number, repetitions of different depth can be compared.",
    needs=("hip", "knee", "ankle"),
    taken="at_depth",
    at_depth_pct=SAME_DEPTH_PCT,
    at_depth_of=KNEE_OVER_FOOT.id,
    corrected_as="knee over foot at a fixed depth",
    made_of=((KNEE_OVER_FOOT, 1.0),),
    limits=None,
    cue_high="",
    cue_low="",
    seen_high="",
    seen_low="",
    priority=9,
)

KNEE_AT_DEPTH_LEFT, KNEE_AT_DEPTH_RIGHT = (
    msgspec.structs.replace(
        KNEE_AT_DEPTH,
        side=side,
        id=f"knee_over_foot_{side}_at_depth_pct",
        title=f"{side.capitalize()} knee over foot at {SAME_DEPTH_PCT:.0f} % depth",
        short_title=f"{SAME_DEPTH_PCT:.0f} % depth ({side[0].upper()})",
        at_depth_of=knee.id,
        made_of=((knee, 1.0),),
    )
    for side, knee in zip(SIDES, (KNEE_OVER_FOOT_LEFT, KNEE_OVER_FOOT_RIGHT), strict=True)
)

KNEE_WOBBLE = Metric(
    id="knee_wobble",
    title="Knee wobble",
    short_title="Knee wobble",
    unit="%",
    about="How much the knee trembles from side to side on the way down: the root mean square of "
    "the sideways distance from its smoothed path, in % of leg length.",
    views=("front",),
    needs=("knee",),
    series=knee_wobble,
    in_outline=True,
    taken="descent_rms",
    taken_words="over the way down",
    per_frame=False,
    model_error=0.3,
    repeat_share=FILMED_AGAIN,
    possible=Possible(
        low=0.0,
        high=50.0,
        source="Geometry: a shank is about half as long as the leg.",
    ),
)

TRUNK_FLEXION = Metric(
    id="trunk_flexion_deg",
    title="Forward lean",
    short_title="Forward lean",
    unit="°",
    role="trunk",
    drawn="trunk",
    exported_as="itself",
    about="How far the trunk leans forward: the angle between the vertical and the line from the "
    "middle of the hips to the middle of the shoulders. The number shown is the largest lean in "
    "the repetition.",
    views=("side",),
    needs=("hip", "shoulder"),
    series=trunk_flexion,
    corrected_as="forward trunk lean",
    judged="largest",
    limits=Limits(
        good_low=-10.0,
        good_high=20.0,
        watch_low=-15.0,
        watch_high=30.0,
        source="formcheck's own: no published limit was found. People lean further forward on a "
        "higher step (Lewis 2015), so compare with yourself on the same step.",
    ),
    cue_high="Chest up, stay tall",
    cue_low="Do not lean back",
    seen_high="trunk leans too far forward",
    seen_low="trunk leans back",
    priority=2,
    repeat_share=FILMED_AGAIN,
    roll_effect=roll_effect_on_lean,
    possible=Possible(
        low=-45.0,
        high=165.0,
        source="A hip goes 125° forward and 15° back, and the lumbar spine 30° back (Merck "
        "Manual, normal ranges of motion; the spine from textbooks); 40° more for a "
        "round back.",
    ),
)

KNEE_FLEXION = Metric(
    id="knee_flexion_deg",
    title="Knee flexion",
    short_title="Knee flexion",
    unit="°",
    drawn="knee",
    exported_as="each_leg",
    about="How far the knee is bent, seen from the side; 0 is straight. It is 180° minus the angle "
    "between hip, knee and ankle.",
    views=("side",),
    needs=("hip", "knee", "ankle"),
    series=knee_flexion,
    corrected_as="knee flexion",
    repeat_share=FILMED_AGAIN,
    possible=Possible(
        low=-15.0,
        high=165.0,
        source="Daily activities ask for up to 160° of knee flexion (Walker, abstract); a "
        "straight knee goes back by up to 5° on average (joint range of motion study of "
        "the CDC, Soucie 2011). A few degrees more for the measurement.",
    ),
)

SHANK_ANGLE = Metric(
    id="shank_angle_deg",
    title="Shin angle",
    short_title="Shin angle",
    unit="°",
    exported_as="each_leg",
    about="How far the shin leans forward: the angle between the vertical and the line from ankle "
    "to knee.",
    views=("side",),
    needs=("knee", "ankle"),
    series=shank_angle,
    corrected_as="forward shank lean",
    repeat_share=FILMED_AGAIN,
    roll_effect=roll_effect_on_lean,
    possible=Possible(
        low=-50.0,
        high=95.0,
        source="Up to kneeling forward; an ankle points down by 50° (Merck Manual, normal "
        "ranges of motion).",
    ),
)

THIGH_ANGLE = Metric(
    id="thigh_angle_deg",
    title="Thigh above level",
    short_title="Thigh to floor",
    unit="°",
    about="Angle between the thigh and the floor, seen from the side; 0 when the thigh is parallel "
    "to the floor, and positive while the hip is above the knee.",
    views=("side",),
    needs=("hip", "knee", "ankle"),
    series=thigh_angle,
    corrected_as="thigh angle",
    made_of=((KNEE_FLEXION, -1.0), (SHANK_ANGLE, 1.0)),
    repeat_share=FILMED_AGAIN,
    roll_effect=roll_effect_on_lean,
    possible=Possible(
        low=-60.0,
        high=105.0,
        source="A hip goes 125° forward and 15° back (Merck Manual, normal ranges of motion): from "
        "a thigh that hangs 15° behind upright to one that rises 60° to the trunk.",
    ),
)

TRUNK_SHANK_DIFFERENCE = Metric(
    id="trunk_shank_difference_deg",
    title="Trunk minus shin",
    short_title="Trunk to shin",
    unit="°",
    role="trunk",
    about="Forward lean of the trunk minus forward lean of the shin; 0 when the two are parallel.",
    views=("side",),
    needs=("hip", "shoulder", "knee", "ankle"),
    series=trunk_shank_difference,
    corrected_as="trunk and shank difference",
    made_of=((TRUNK_FLEXION, 1.0), (SHANK_ANGLE, -1.0)),
    repeat_share=FILMED_AGAIN,
    possible=Possible(
        low=-140.0,
        high=180.0,
        source="The possible ranges of the two angles.",
    ),
)

# KASR is the knee-ankle separation ratio.
KASR = Metric(
    id="kasr",
    title="Knee distance ÷ ankle distance",
    short_title="Knees ÷ ankles",
    unit="",
    decimals=2,
    role="knee",
    about="Distance between the knees divided by the distance between the ankles; below 1 when the "
    "knees are closer together than the ankles.",
    views=("front",),
    needs=("knee", "ankle"),
    series=knee_ankle_separation,
    corrected_as="knees over ankles",
    both_sides=True,
    neutral=1.0,
    limits=Limits(
        good_low=0.85,
        watch_low=0.70,
        source="formcheck's own: below 1 the knees are closer together than the ankles. The limits "
        "are lower, to leave room for the measurement error.",
    ),
    cue_high="Bring the knees in over the toes",
    cue_low="Push the knees out over the toes",
    seen_high="knees too far apart",
    seen_low="knees fall in",
    priority=1,
    repeat_share=FILMED_AGAIN,
    possible=Possible(
        low=0.0,
        high=8.0,
        source="formcheck's own: knees do not pass each other, and with the feet together "
        "thighs 45° apart put them about 6 times as far apart.",
    ),
)

DEPTH = Metric(
    id="depth",
    title="Depth",
    short_title="Depth",
    unit="%",
    role="depth",
    about="How far the hips are below their height in standing, in % of leg length.",
    views=("front", "side", "oblique"),
    needs=("hip",),
    series=hip_drop,
    both_sides=True,
    per_frame=False,
    model_error=1.5,
    repeat_share=FILMED_AGAIN,
    possible=Possible(
        low=-5.0,
        high=90.0,
        source="formcheck's own: in the deepest squat the folded thigh and shank are still between "
        "the hips and the floor.",
    ),
)

SINGLE_LEG_METRICS = (
    KNEE_FPPA,
    KNEE_OVER_FOOT,
    TRUNK_LEAN,
    PELVIC_DROP,
    KNEE_AT_DEPTH,
    KNEE_WOBBLE,
    TRUNK_FLEXION,
    KNEE_FLEXION,
    SHANK_ANGLE,
    TRUNK_SHANK_DIFFERENCE,
    DEPTH,
)
"""The metrics of an exercise in which one leg does the work, without the durations."""

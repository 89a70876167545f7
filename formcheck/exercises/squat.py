"""Air squat: on both legs, sit back and down as far as form allows and come back up.

Start with this exercise if your form on one leg is not good enough yet.

Keep the knees over the feet, and the trunk about parallel to the shins. The time of the way down is
measured, but it is judged only if you choose a tempo.

Limitations: in a deep squat, the knee angle seen from the front depends mostly on how the camera
and the feet are turned. When two cameras filmed the same knee, one 17 degrees to the left and one
17 degrees to the right, it measured -44 and +4 degrees. So this angle is shown, but not judged.

References: Herrington 2014, Ageberg 2010 and Munro 2012 (values and reliability of the knee angle
from the front, on one leg). That trunk and shin should be parallel within 20 degrees is a published
rule of another program.
"""

from __future__ import annotations

import msgspec

from formcheck.data.exercise import (
    Along,
    DepthGoal,
    Exercise,
    FootPlace,
    FootWay,
    FreeFoot,
    Normal,
    Posture,
    not_judged,
)
from formcheck.data.session import Limits
from formcheck.exercises.metrics import (
    DEPTH,
    KASR,
    KNEE_AT_DEPTH_LEFT,
    KNEE_AT_DEPTH_RIGHT,
    KNEE_FLEXION,
    KNEE_FPPA_LEFT,
    KNEE_FPPA_RIGHT,
    KNEE_OVER_FOOT_LEFT,
    KNEE_OVER_FOOT_RIGHT,
    SHANK_ANGLE,
    THIGH_ANGLE,
    TRUNK_FLEXION,
    TRUNK_LEAN,
    TRUNK_SHANK_DIFFERENCE,
)
from formcheck.exercises.tempo import DURATIONS

# ``Exercise`` explains each field; ``FreeFoot`` and ``Posture`` explain the numbers at the end, by
# which the exercise is told from others when the user names none.
EXERCISE = Exercise(
    id="squat",
    title="Air squat",
    about=__doc__,
    order="down_up",
    stance="both",
    min_drop_pct=10.0,
    views=("front", "side", "oblique"),
    metrics=(
        KNEE_OVER_FOOT_LEFT,
        KNEE_OVER_FOOT_RIGHT,
        # In a deep squat the projected angle depends mostly on how the person is turned from the
        # camera. So it is only shown, and the knee over the foot is judged.
        not_judged(KNEE_FPPA_LEFT),
        not_judged(KNEE_FPPA_RIGHT),
        KASR,
        TRUNK_LEAN,
        # How far forward a good squat leans depends on the shanks, so the difference is judged.
        not_judged(TRUNK_FLEXION),
        KNEE_AT_DEPTH_LEFT,
        KNEE_AT_DEPTH_RIGHT,
        KNEE_FLEXION,
        SHANK_ANGLE,
        msgspec.structs.replace(
            TRUNK_SHANK_DIFFERENCE,
            limits=Limits(
                good_low=-20.0,
                good_high=20.0,
                watch_low=-30.0,
                watch_high=30.0,
                source="Published rule of another program (Uplift Labs): trunk and shin are "
                "parallel within 20°. The limit of 30° is formcheck's own.",
            ),
            cue_high="Chest up, stay tall",
            cue_low="Sit back a little more",
            seen_high="trunk leans too far forward",
            seen_low="knees too far forward",
            priority=2,
        ),
        DEPTH,
        THIGH_ANGLE,
        *DURATIONS,
    ),
    set_up=(
        "Put the camera 2.5 to 4 m away, level, with the lens at hip height. All of the body is in "
        "view, with head and feet.",
        "Face the camera to measure the knees. Turn your side to it to measure the forward lean.",
        "Stand with your feet about shoulder width apart.",
        "Before the first repetition, stand still for a second.",
    ),
    # A squat is usually done for strength; the time of the way down is then not judged.
    goal="strength",
    depths=(
        DepthGoal(
            name="half",
            measure="knee_flexion_deg",
            limits=Limits(
                good_low=70.0,
                watch_low=60.0,
                source="formcheck's own; half squats are usually described as 70 to 100° of knee "
                "flexion.",
            ),
            cue_low="Go a little deeper",
            seen_low="not deep enough",
        ),
        DepthGoal(
            name="parallel",
            measure="thigh_angle_deg",
            limits=Limits(
                good_high=5.0,
                watch_high=15.0,
                source="Parallel means a level thigh, 0°. The 5° allowed and the width of the "
                "watch band are formcheck's own.",
            ),
            cue_high="Go deeper, until the thighs are level",
            seen_high="not deep enough",
        ),
    ),
    family="both_legs",
    harder="step_down",
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(0.0, sd=0.06), outward=Normal(0.35, sd=0.12), up=Normal(0.0, sd=0.03)
            ),
            starts=FootWay(
                forward=Normal(0.0, sd=0.02),
                outward=Normal(0.0, sd=0.02),
                down=Normal(0.0, sd=0.06),
            ),
            goes=FootWay(
                forward=Normal(0.0, sd=0.02),
                outward=Normal(0.0, sd=0.02),
                down=Normal(0.0, sd=0.06),
            ),
            bent_deg=Normal(0.0, sd=6.0),
            says="both feet stay where they are, level",
        ),
    ),
    posture=Posture(
        thigh_deg=Normal(62.0, sd=22.0),
        lean_deg=Along(25.0, slope=0.2, sd=9.0),
        shank_deg=Along(20.0, slope=0.25, sd=13.0),
    ),
)

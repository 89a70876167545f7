"""Air squat: on both legs, sit back and down as far as form allows and come back up.

The easier way into the single-leg exercises, and the one to fall back to while their form does
not hold.

Watch that the knees do not come in, that the trunk stays about parallel to the shanks, and that
the lowering takes its time.

Limits: in a deep squat the turn of camera and feet outweighs everything else in the knee angle
seen from the front; two cameras 17 degrees off to either side saw the same knee at -44 and +4
degrees.

References: Herrington 2014, Ageberg 2010 and Munro 2012 (FPPA values and reliability, on one
leg); trunk and shank parallel within 20 degrees is a published vendor rule.
"""

from __future__ import annotations

from dataclasses import replace

from formcheck.data.exercise import Bands, Exercise
from formcheck.exercises.metrics import (
    DEPTH,
    KASR,
    KNEE_FLEXION,
    KNEE_FPPA_LEFT,
    KNEE_FPPA_RIGHT,
    KNEE_OVER_FOOT_LEFT,
    KNEE_OVER_FOOT_RIGHT,
    SHANK_ANGLE,
    TRUNK_FLEXION,
    TRUNK_LEAN,
    TRUNK_SHANK_DIFFERENCE,
)
from formcheck.exercises.tempo import SLOW_LOWERING

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
        # In a deep squat the camera's yaw outweighs everything else in the projected angle: it is
        # shown, and the knee over the foot is judged.
        replace(KNEE_FPPA_LEFT, bands=None, cue_high="", cue_low="", seen_high="", seen_low=""),
        replace(KNEE_FPPA_RIGHT, bands=None, cue_high="", cue_low="", seen_high="", seen_low=""),
        KASR,
        TRUNK_LEAN,
        # How far forward a good squat leans depends on the shanks: their difference is judged.
        replace(TRUNK_FLEXION, bands=None, cue_high="", cue_low="", seen_high="", seen_low=""),
        KNEE_FLEXION,
        SHANK_ANGLE,
        replace(
            TRUNK_SHANK_DIFFERENCE,
            bands=Bands(
                good=(-20.0, 20.0),
                watch=(-30.0, 30.0),
                source="Within 20° of parallel is a published vendor rule (Uplift Labs).",
            ),
            cue_high="Chest up, stay tall",
            cue_low="Sit back a little more",
            seen_high="leans far forward",
            seen_low="knees far forward",
            priority=2,
        ),
        DEPTH,
    ),
    tempo=SLOW_LOWERING,
    set_up=(
        "Camera 2.5 to 4 m away, lens at hip height, level; whole body in view, head and feet too.",
        "Face the camera for the knees; stand side-on for the forward lean.",
        "Feet about shoulder width apart.",
        "Stand still for a second before the first repetition.",
    ),
)

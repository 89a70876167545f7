"""Wall sit: sit against a wall without a chair, thighs level, and hold this position.

It trains the endurance of the front of the thighs, which long descents need.

Keep the thighs level: when you get tired, the hips tend to slide up.

Limitations: the wall sit is measured from the side only. formcheck sees your position, but not
whether there is a wall.

References: no published limits were found; docs/measurement.md explains how these were chosen.
"""

from __future__ import annotations

import msgspec
import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import AT_BORDER, Exercise, Held
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import Limits
from formcheck.exercises.hold_metrics import HELD_S, HELD_WELL_S
from formcheck.exercises.metrics import KNEE_FLEXION, THIGH_ANGLE, thigh_angle
from formcheck.motion.body_line import knee_bent_deg, trunk_tilt_deg, where_seen

MOST_THIGH_DEG = 40.0
LEAST_BENT_DEG = 40.0
MOST_TILT_DEG = 25.0
"""With the thigh steeper one stands; on an upright shin it bends the knee by 50 degrees, of which
two standard errors may be missing. With the trunk further from upright one squats or bends."""


BORDER_DEG = 5.0
"""A sit that was begun is left when the thigh or the knee is further out than that: about two
standard errors of either. The thighs of who tires rise slowly over the limit."""


def in_wall_sit(window: Poses, side: Side) -> FloatArray:
    """Whether the body sits upright with bent knees; see :class:`Held` for the numbers."""
    bent, tilt = knee_bent_deg(window, side), trunk_tilt_deg(window, side)
    thigh = np.abs(thigh_angle(window, side))
    out_deg = np.maximum(LEAST_BENT_DEG - bent, thigh - MOST_THIGH_DEG)
    kept = np.where(out_deg < 0.0, 1.0, np.where(out_deg < BORDER_DEG, AT_BORDER, 0.0))
    return where_seen(np.where(tilt < MOST_TILT_DEG, kept, 0.0), bent, tilt)


EXERCISE = Exercise(
    id="wall_sit",
    title="Wall sit",
    about=__doc__,
    order="down_up",
    stance="both",
    min_drop_pct=0.0,
    views=("side",),
    metrics=(
        msgspec.structs.replace(
            THIGH_ANGLE,
            role="depth",
            judged="held",
            taken="held",
            corrected_as="thigh angle in a wall sit",
            made_of=(),
            priority=1,
            limits=Limits(
                good_low=-15.0,
                good_high=15.0,
                watch_low=-25.0,
                watch_high=25.0,
                source="formcheck's own: in a wall sit the thighs should be level.",
            ),
            cue_high="Sit lower",
            cue_low="Sit a little higher",
            seen_high="thighs not level",
            seen_low="hips below the knees",
        ),
        msgspec.structs.replace(
            KNEE_FLEXION,
            judged="held",
            taken="held",
            corrected_as="knee flexion in a wall sit",
        ),
        HELD_S,
        HELD_WELL_S,
    ),
    set_up=(
        "Put the camera 2.5 to 4 m to your side, level and at hip height, so that it sees all of "
        "you.",
        "Put your back flat against the wall. Keep your thighs level and your shins upright.",
        "Hold as long as your thighs stay level.",
    ),
    goal="strength",
    held=Held(kept=in_wall_sit, raised=knee_bent_deg, looks_back=True),
    family="core",
    load=True,
)

"""Side plank: on one elbow and the edge of the foot, the body straight from shoulder to ankle.

It trains the muscles at the side of the hip and trunk that keep the pelvis level on one leg.

Do not let the hips sink. Do the exercise on both sides.

Limitations: the side plank is measured from the front or the back only, where the camera sees one
shoulder above the other.

References: no published limits were found; docs/measurement.md explains how these were chosen.
"""

from __future__ import annotations

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise, Held
from formcheck.data.keypoints import Side, other
from formcheck.data.poses import Poses, distance_px
from formcheck.exercises.hold_metrics import HELD_S, HELD_WELL_S, SIDE_LINE, SIDE_LINE_DRIFT
from formcheck.motion.body_line import hip_height, lying_deg, middle_line_deg, where_seen

MOST_TILT_DEG = 50.0
LEAST_STACKED = 0.25
"""How much higher the upper shoulder is than the lower one, in lengths of the trunk."""
LEAST_HIPS = 0.14
"""Height of the hips over the line from elbow to foot, in body lengths: on a film of a person 0.2
where they are held up and 0.1 where they rest on the floor."""
MOST_SAG_DEG, MOST_PIKE_DEG = 35.0, 60.0


def in_side_plank(window: Poses, side: Side) -> FloatArray:
    """Whether the body is in a side plank: 1, 0, or NaN where it cannot be seen."""
    line = middle_line_deg(window, side)
    trunk_px = distance_px(window.middle("shoulder"), window.middle("hip"))
    lower, upper = window.joint(side, "shoulder"), window.joint(other(side), "shoulder")
    stacked = (lower[:, 1] - upper[:, 1]) / trunk_px
    kept = (
        (lying_deg(window, side) < MOST_TILT_DEG)
        & (stacked > LEAST_STACKED)
        & (hip_height(window, side) > LEAST_HIPS)
        & (line < MOST_SAG_DEG)
        & (line > -MOST_PIKE_DEG)
    )
    return where_seen(kept, line, stacked)


EXERCISE = Exercise(
    id="side_plank",
    title="Side plank",
    about=__doc__,
    order="down_up",
    stance="planted",
    min_drop_pct=0.0,
    views=("front",),
    metrics=(SIDE_LINE, SIDE_LINE_DRIFT, HELD_S, HELD_WELL_S),
    set_up=(
        "Put the camera low and level, 2.5 to 4 m in front of you or behind you. It must see all "
        "of you.",
        "Put your elbow under your shoulder and one foot on the other. Lift your hips.",
        "Hold as long as your body stays straight, then change sides.",
    ),
    goal="strength",
    held=Held(
        kept=in_side_plank,
        raised=hip_height,
        lower="shoulder",
        named=True,
        lying=True,
    ),
    family="core",
    easier="plank",
    load=False,
)

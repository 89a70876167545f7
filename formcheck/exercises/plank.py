"""Plank: on the elbows or the hands and the toes, the body straight from shoulder to ankle.

It trains the muscles that keep the trunk upright when one leg takes the load, as in running
downhill.

Keep the hips in line with shoulders and ankles: do not let them sink or rise. Stop when you can no
longer do so, because only the time with a straight body counts as held well.

Limitations: the plank is measured from the side only. The shoulder and hip that formcheck detects
are not exactly on one line with the ankle. In films of people, a straight body was measured as if
the hips were about 21° too high; in computer-made films the error was about 0°. Therefore a wide
range counts as good.

References: no published limits were found; docs/measurement.md explains how these were chosen.
"""

from __future__ import annotations

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise, Held
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.exercises.hold_metrics import BODY_LINE, HELD_S, HELD_WELL_S, LINE_DRIFT
from formcheck.motion.body_line import (
    hip_height,
    knee_bent_deg,
    lying_deg,
    near_line_deg,
    shoulder_height,
    where_seen,
)

MOST_TILT_DEG = 40.0
MOST_BENT_DEG = 28.0
"""A knee that rests on the floor is bent further."""
SHOULDER_UP, HIP_UP = 0.42, 0.17
"""Shoulders over the elbows, in trunk lengths, or hips over the floor, in body lengths: who lies on
the floor has 0.36 and 0.08 on rendered people, a plank with the hips high 0.33 and 0.4."""
MOST_SAG_DEG, MOST_PIKE_DEG = 35.0, 85.0
"""With the hips lower one lies on the floor, with them higher one stands bent over."""


def in_plank(window: Poses, side: Side) -> FloatArray:
    """Whether the body is in a plank, well or badly: 1, 0, or NaN where it cannot be seen."""
    line, raised = near_line_deg(window, side), shoulder_height(window, side)
    hips = hip_height(window, side)
    kept = (
        (lying_deg(window, side) < MOST_TILT_DEG)
        & (knee_bent_deg(window, side) < MOST_BENT_DEG)
        & ((raised > SHOULDER_UP) | (hips > HIP_UP))
        & (line < MOST_SAG_DEG)
        & (line > -MOST_PIKE_DEG)
    )
    return where_seen(kept, line, raised)


EXERCISE = Exercise(
    id="plank",
    title="Plank",
    about=__doc__,
    order="down_up",
    stance="both",
    min_drop_pct=0.0,
    views=("side",),
    metrics=(BODY_LINE, LINE_DRIFT, HELD_S, HELD_WELL_S),
    set_up=(
        "Put the camera low and level, 2.5 to 4 m to your side, so that it sees you from head to "
        "toes.",
        "Put your elbows under your shoulders and your feet together. Keep your body straight.",
        "Hold as long as your body stays straight, then come down.",
    ),
    goal="strength",
    held=Held(
        kept=in_plank,
        raised=shoulder_height,
        lying=True,
    ),
    family="core",
    harder="side_plank",
    load=False,
)

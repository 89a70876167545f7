"""Single-leg stance: stand still on one leg, the other foot off the floor.

Every step-down starts in this position. If you sway here, you will not be steady on the way down.

Keep the trunk upright and the hips still.

Limitations: it is measured from the front only, because from the side the foot that is further away
looks higher. You must name this exercise yourself. It is not recognised automatically, because
people also stand on one leg between repetitions of other exercises. One camera cannot see whether
the pelvis drops. If the free foot touches the floor for longer than half a second, the hold ends;
shorter touches are ignored.

References: the limits of the trunk are those of the step-down. The sway is measured, but has no
limits.
"""

from __future__ import annotations

import msgspec
import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.exercise import Exercise, Held, Metric
from formcheck.data.keypoints import Side
from formcheck.data.poses import Poses
from formcheck.data.session import Possible
from formcheck.exercises.hold_metrics import HELD_S, HELD_WELL_S
from formcheck.exercises.metrics import TRUNK_LEAN
from formcheck.motion.body_line import (
    foot_height,
    foot_outside,
    hip_over_ankle,
    knee_bent_deg,
    lying_deg,
    sway_pct,
    where_seen,
)

LEAST_UP = 0.06
"""Height of the free ankle over the other one, in leg lengths, from which a foot is off the floor:
two feet that stand differ by up to 0.03 in the image."""
MOST_BENT_DEG = 35.0
MOST_DOWN = 0.04
"""How far the hips may be below where they were lately, in leg lengths: further is a squat."""
LEAST_UPRIGHT_DEG = 65.0
MOST_OUTSIDE = 0.05
"""How far the foot may stand outside its own hip, in leg lengths: who stands on one leg has the
weight over that foot. Rendered people on one leg, who do not shift their weight, have -0.03 to
0.04; with the other foot at rest on a step it is 0.04 to 0.09."""

SWAY = Metric(
    id="sway_pct",
    title="Sway",
    short_title="Sway",
    unit="%",
    judged="held",
    taken="held_rms",
    series=sway_pct,
    needs=("hip",),
    views=("front",),
    per_frame=False,
    model_error=0.2,
    possible=Possible(low=0.0, high=50.0, source="Geometry: hips half a leg to the side fall."),
    about="How much the hips sway from side to side: the root mean square of the sideways distance "
    "from their smoothed path, in % of leg length.",
)


def on_one_leg(window: Poses, side: Side) -> FloatArray:
    """Whether one stands upright on this leg alone: 1, 0, or NaN where it cannot be seen."""
    up, bent = foot_height(window, side), knee_bent_deg(window, side)
    hips = hip_over_ankle(window, side)
    stood = np.nanpercentile(hips, 90) if np.isfinite(hips).any() else np.nan
    kept = (
        (up > LEAST_UP)
        & (bent < MOST_BENT_DEG)
        & (lying_deg(window, side) > LEAST_UPRIGHT_DEG)
        & (stood - hips < MOST_DOWN)
        & (foot_outside(window, side) < MOST_OUTSIDE)
    )
    return where_seen(kept, up, bent)


EXERCISE = Exercise(
    id="single_leg_stance",
    title="Single-leg stance",
    about=__doc__,
    order="down_up",
    stance="lower",
    min_drop_pct=0.0,
    views=("front",),
    metrics=(
        msgspec.structs.replace(
            TRUNK_LEAN,
            about="How far the trunk leans to the side: the angle between the vertical and the "
            "line from the middle of the hips to the middle of the shoulders, as a mean over the "
            "hold. It is positive toward the working leg.",
            judged="held",
            taken="held",
            corrected_as="",
            model_error=2.0,
            priority=1,
        ),
        SWAY,
        HELD_S,
        HELD_WELL_S,
    ),
    set_up=(
        "Put the camera 2.5 to 4 m in front of you, level and at hip height, so that it sees all "
        "of you.",
        "Stand on one leg with your hands on your hips. Lift the other foot well off the floor.",
        "Hold this position, then change legs.",
    ),
    goal="strength",
    held=Held(
        kept=on_one_leg,
        raised=foot_height,
        lower="ankle",
        named=True,
        only_named=True,
        looks_back=True,
        told_from=("front",),
    ),
    family="single_leg",
    harder="single_leg_squat",
    load=False,
)

"""The clinical scales by which repetitions can be scored.

A clinical scale is a published list of items that an examiner scores by eye; more points are worse.
:mod:`formcheck.motion.scoring` scores those items that one camera can see; docs/measurement.md says
how.
"""

from __future__ import annotations

from formcheck.data.exercise import Scale, ScaleItem
from formcheck.exercises.metrics import KNEE_OVER_FOOT, TRUNK_FLEXION, TRUNK_LEAN

_NO_PELVIS = (
    "one camera cannot measure the pelvis: when it really drops by 9°, the hips found in the image "
    "drop by only 1 to 2°, and its rotation cannot be seen"
)

_TRUNK = (TRUNK_LEAN.id, TRUNK_FLEXION.id)
_KNEE = (KNEE_OVER_FOOT.id,)
"""The metrics that score the items for trunk and knee; the first one that the view shows is
used."""

LATERAL_STEP_DOWN_SCALE = Scale(
    id="lateral_step_down_scale",
    title="Lateral step-down scale, 0 to 6",
    items=(
        ScaleItem(
            id="arms",
            title="Arms",
            points=1,
            about="A hand comes off the waist, or moves from where it was while standing.",
        ),
        ScaleItem(id="trunk", title="Trunk", points=1, about="The trunk leans.", measures=_TRUNK),
        ScaleItem(
            id="pelvis",
            title="Pelvis",
            points=1,
            about="The pelvis tilts to one side or rotates.",
            cannot_see=_NO_PELVIS,
        ),
        ScaleItem(
            id="knee",
            title="Knee",
            points=2,
            about="1 point if the bump below the kneecap is further in than the second toe; 2 "
            "points if it is further in than the inner edge of the foot.",
            measures=_KNEE,
        ),
        ScaleItem(
            id="balance",
            title="Steady stance",
            points=1,
            about="The person puts weight on the free foot, or loses balance.",
        ),
    ),
    bands=((1, "good"), (3, "medium"), (6, "poor")),
    source="The scale is for the lateral step-down: Piva 2006 and Rabin; agreement of examiners: "
    "kappa .67. Using it for the forward step-down, scoring each repetition, and the limits in "
    "numbers are formcheck's own.",
)

SINGLE_LEG_SQUAT_RATING = Scale(
    id="single_leg_squat_rating",
    title="Single-leg squat rating",
    items=(
        ScaleItem(
            id="balance",
            title="Overall and balance",
            points=1,
            about="The person loses balance, or puts the free foot down.",
        ),
        ScaleItem(id="trunk", title="Trunk", points=1, about="The trunk leans.", measures=_TRUNK),
        ScaleItem(
            id="pelvis",
            title="Pelvis",
            points=1,
            about="The pelvis drops, shifts, tilts or rotates.",
            cannot_see=_NO_PELVIS,
        ),
        ScaleItem(
            id="hip",
            title="Hip",
            points=1,
            about="The thigh comes in or turns in.",
            cannot_see="it depends on the pelvis and on how the thigh rotates; one camera can "
            "see neither",
        ),
        ScaleItem(
            id="knee",
            title="Knee",
            points=1,
            about="The knee is further in than the foot.",
            measures=_KNEE,
        ),
    ),
    bands=(),
    source="The five items are those of Crossley 2011, from summaries. Counting a point for each "
    "item that is not met, and the limits in numbers, are formcheck's own. The published overall "
    "rating of five repetitions is not given.",
)

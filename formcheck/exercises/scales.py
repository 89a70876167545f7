"""The clinical scales an exercise can be scored by. How each item is seen: docs/measurement.md."""

from __future__ import annotations

from formcheck.data.exercise import Scale, ScaleItem

_NO_PELVIS = (
    "the pose model's hip points hardly follow the pelvis: a true drop of 9° reads as 1 to 2°, "
    "and its rotation does not show"
)

LATERAL_STEP_DOWN_SCALE = Scale(
    id="lateral_step_down_scale",
    title="Lateral step-down scale, 0 to 6",
    items=(
        ScaleItem("arms", "Arms", 1, "A hand leaves the waist, or where it was in standing."),
        ScaleItem("trunk", "Trunk", 1, "The trunk leans."),
        ScaleItem(
            "pelvis",
            "Pelvis",
            1,
            "The pelvis leaves the horizontal or rotates.",
            cannot_see=_NO_PELVIS,
        ),
        ScaleItem(
            "knee",
            "Knee",
            2,
            "1 when the bump below the kneecap comes medial to the second toe, 2 when it comes "
            "medial to the foot's inner border.",
        ),
        ScaleItem("balance", "Steady stance", 1, "Steps on the free foot, or wavers."),
    ),
    bands=((1, "good"), (3, "medium"), (6, "poor")),
    source="Lateral step-down: Piva 2006 and Rabin, kappa .67. Its use for the "
    "forward step-down, its scoring by repetition and the limits in numbers are formcheck's own.",
)

SINGLE_LEG_SQUAT_RATING = Scale(
    id="single_leg_squat_rating",
    title="Single-leg squat rating",
    items=(
        ScaleItem("balance", "Overall and balance", 1, "Wavers, or puts the free foot down."),
        ScaleItem("trunk", "Trunk", 1, "The trunk leans."),
        ScaleItem(
            "pelvis",
            "Pelvis",
            1,
            "The pelvis drops, shifts, tilts or rotates.",
            cannot_see=_NO_PELVIS,
        ),
        ScaleItem(
            "hip",
            "Hip",
            1,
            "The thigh comes in or turns in.",
            cannot_see="it needs the pelvis, and the turn of the thigh about its length; the pose "
            "model's points show neither",
        ),
        ScaleItem("knee", "Knee", 1, "The knee comes medial to the foot."),
    ),
    bands=(),
    source="The five items are those of Crossley 2011, from summaries. A point for each item not "
    "met and the limits in numbers are formcheck's own. The published overall rating, on five "
    "repetitions, is not given here.",
)

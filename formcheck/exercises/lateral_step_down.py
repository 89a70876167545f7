"""Lateral step-down: from standing at the side edge of a step, lower the free foot beside it.

The working leg is the one that stays on the step. The heel of the free foot touches the floor
beside the step without taking weight. Then you come back up.

Keep the knee over the second toe, the pelvis level and the trunk upright.

Limitations: from the front, the knee angle is measured in the flat picture. If the camera or the
foot is turned by 10 degrees, the measured knee angle changes by about 10 degrees, too. One camera
cannot see whether the pelvis drops.

References: Piva 2006 and Rabin (quality of the lateral step-down, five repetitions on a step of 15
to 20 cm; agreement of examiners: kappa .67); Herrington 2014, Ageberg 2010 and Munro 2012 (values
and reliability of the knee angle from the front).
"""

from __future__ import annotations

from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Normal
from formcheck.exercises.metrics import SINGLE_LEG_METRICS
from formcheck.exercises.scales import LATERAL_STEP_DOWN_SCALE
from formcheck.exercises.tempo import DURATIONS

# ``Exercise`` explains each field; ``FreeFoot`` explains the numbers in ``recognised_by``, by which
# the exercise is told from others when the user names none.
EXERCISE = Exercise(
    id="lateral_step_down",
    title="Lateral step-down",
    about=__doc__,
    order="down_up",
    stance="planted",
    min_drop_pct=6.0,
    views=("front", "side", "oblique"),
    metrics=(*SINGLE_LEG_METRICS, *DURATIONS),
    set_up=(
        "Put the camera 2.5 to 4 m away, level, with the lens at hip height. All of the body is in "
        "view, with head and feet.",
        "Face the camera to measure the knee and the sideways lean.",
        "Stand sideways at the edge of a step of 15 to 20 cm. Put your hands on your waist.",
        "Before the first repetition, stand still on the working leg for a second.",
        "Do five repetitions on one leg, then change legs.",
    ),
    scale=LATERAL_STEP_DOWN_SCALE,
    family="single_leg",
    easier="squat",
    has_step=True,
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(-0.10, sd=0.13),
                outward=Normal(0.37, sd=0.07),
                up=Normal(0.05, sd=0.07),
            ),
            starts=FootWay(
                forward=Normal(0.02, sd=0.07),
                outward=Normal(0.0, sd=0.04),
                down=Normal(0.23, sd=0.18),
            ),
            goes=FootWay(
                forward=Normal(0.08, sd=0.14),
                outward=Normal(0.0, sd=0.05),
                down=Normal(0.9, sd=0.35),
            ),
            lands=Normal(-0.03, sd=0.12),
            says="the free foot goes below the standing foot, beside it",
        ),
    ),
)

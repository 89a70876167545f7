"""Step-down: from standing on a step, lower the free foot forward to the floor and come back up.

The working leg is the one that stays on the step. The heel of the free foot touches the floor
lightly, without taking weight. The exercise trains the strength and control that you need for
running downhill.

Keep the knee over the foot and the trunk upright, and go down slowly.

Limitations: from the front, the knee angle is measured in the flat picture. If the camera or the
foot is turned by 10 degrees, the measured knee angle changes by about 10 degrees, too. How far the
trunk leans forward depends on the height of the step, so compare with yourself on the same step.

References: Park 2013 (forward step-down; agreement of examiners: kappa .80); Piva 2006 and Rabin
(the clinical scale); Herrington 2014, Ageberg 2010 and Munro 2012 (values and reliability of the
knee angle from the front); Lewis 2015 (step height and lean of the trunk).
"""

from __future__ import annotations

from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Normal
from formcheck.exercises.metrics import SINGLE_LEG_METRICS
from formcheck.exercises.scales import LATERAL_STEP_DOWN_SCALE
from formcheck.exercises.tempo import DURATIONS

# ``Exercise`` explains each field; ``FreeFoot`` explains the numbers in ``recognised_by``, by which
# the exercise is told from others when the user names none.
EXERCISE = Exercise(
    id="step_down",
    title="Step-down",
    about=__doc__,
    order="down_up",
    stance="planted",
    min_drop_pct=6.0,
    views=("front", "side", "oblique"),
    metrics=(*SINGLE_LEG_METRICS, *DURATIONS),
    set_up=(
        "Put the camera 2.5 to 4 m away, level, with the lens at hip height. All of the body is in "
        "view, with head and feet.",
        "Face the camera to measure the knee and the sideways lean. Turn your side to it to "
        "measure the forward lean.",
        "Start with a low step of 10 to 15 cm. Put your hands on your hips.",
        "Before the first repetition, stand still on the working leg for a second.",
        "Do all repetitions on one leg, then change legs.",
    ),
    scale=LATERAL_STEP_DOWN_SCALE,
    family="single_leg",
    easier="squat",
    has_step=True,
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(-0.05, sd=0.15),
                outward=Normal(0.30, sd=0.06),
                up=Normal(0.05, sd=0.07),
            ),
            starts=FootWay(
                forward=Normal(0.18, sd=0.12),
                outward=Normal(0.0, sd=0.05),
                down=Normal(0.32, sd=0.22),
            ),
            goes=FootWay(
                forward=Normal(0.17, sd=0.13),
                outward=Normal(0.0, sd=0.05),
                down=Normal(0.9, sd=0.35),
            ),
            lands=Normal(0.10, sd=0.13),
            says="the free foot goes below the standing foot, in front of it",
        ),
    ),
)

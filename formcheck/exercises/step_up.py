"""Slow step-up: with one foot on a step, rise until the knee is straight, then lower slowly.

The working leg is the one on the step. In each repetition you go up, stay at the top for a moment,
and go down. The numbers "at the bottom" are measured at the end of the way down, just before the
free foot reaches the floor. They are compared with standing at the top.

Keep the knee over the foot and the trunk upright, and go down slowly: do not let yourself drop onto
the free foot.

Limitations: from the front, the knee angle is measured in the flat picture. If the camera or the
foot is turned by 10 degrees, the measured knee angle changes by about 10 degrees, too. The camera
cannot see how hard the free leg pushes off the floor.

References: Herrington 2014, Ageberg 2010 and Munro 2012 (values and reliability of the knee angle
from the front).
"""

from __future__ import annotations

from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Normal
from formcheck.exercises.metrics import SINGLE_LEG_METRICS
from formcheck.exercises.tempo import DURATIONS_FROM_BELOW

# ``Exercise`` explains each field; ``FreeFoot`` explains the numbers in ``recognised_by``, by which
# the exercise is told from others when the user names none.
EXERCISE = Exercise(
    id="step_up",
    title="Slow step-up",
    about=__doc__,
    order="up_down",
    stance="planted",
    min_drop_pct=6.0,
    views=("front", "side", "oblique"),
    metrics=(*SINGLE_LEG_METRICS, *DURATIONS_FROM_BELOW),
    set_up=(
        "Put the camera 2.5 to 4 m away, level, with the lens at hip height. All of the body is in "
        "view, with head and feet.",
        "Face the camera to measure the knee and the sideways lean. Turn your side to it to "
        "measure the forward lean.",
        "Put the working foot on the step, with heel and toes, and leave it there for the set.",
        "Before the first repetition, stand still for a second.",
        "Do all repetitions on one leg, then change legs.",
    ),
    family="single_leg",
    easier="squat",
    has_step=True,
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(-0.2, sd=0.2),
                outward=Normal(0.30, sd=0.07),
                up=Normal(0.05, sd=0.07),
            ),
            starts=FootWay(
                forward=Normal(-0.05, sd=0.13),
                outward=Normal(0.0, sd=0.04),
                down=Normal(0.23, sd=0.15),
            ),
            goes=FootWay(
                forward=Normal(-0.05, sd=0.25),
                outward=Normal(0.0, sd=0.05),
                down=Normal(0.9, sd=0.35),
            ),
            lands=Normal(-0.23, sd=0.15),
            order="up_down",
            says="the free foot comes up from below the standing foot",
        ),
    ),
)

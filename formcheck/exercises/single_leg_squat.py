"""Single-leg squat: on one leg, bend hip and knee as far as form allows and come back up.

The working leg is the one that you stand on; the other foot stays off the floor. It is common to
bend the knee by about 60 degrees.

Keep the knee over the foot and the trunk upright, and go down slowly. Do it without weight. If your
form is not good enough yet, start with the air squat.

Limitations: from the front, the knee angle is measured in the flat picture: it does not show how
the knee moves in space. If the camera or the foot is turned by 10 degrees, the measured knee angle
changes by about 10 degrees, too.

References: Crossley 2011 (clinical rating); Herrington 2014 and Munro 2012 (values and reliability
of the knee angle from the front); Nakagawa 2012 (trunk and pelvis in space).
"""

from __future__ import annotations

from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Normal
from formcheck.exercises.metrics import SINGLE_LEG_METRICS
from formcheck.exercises.scales import SINGLE_LEG_SQUAT_RATING
from formcheck.exercises.tempo import DURATIONS

# ``Exercise`` explains each field; ``FreeFoot`` explains the numbers in ``recognised_by``, by which
# the exercise is told from others when the user names none.
EXERCISE = Exercise(
    id="single_leg_squat",
    title="Single-leg squat",
    about=__doc__,
    order="down_up",
    stance="lower",
    min_drop_pct=6.0,
    views=("front", "side", "oblique"),
    metrics=(*SINGLE_LEG_METRICS, *DURATIONS),
    set_up=(
        "Put the camera 2.5 to 4 m away, level, with the lens at hip height. All of the body is in "
        "view, with head and feet.",
        "Face the camera to measure the knee and the sideways lean. Turn your side to it to "
        "measure the forward lean.",
        "Lift the free foot behind or beside you. Cross your arms, or put your hands on your hips.",
        "Before the first repetition, stand still on the working leg for a second.",
        "Do all repetitions on one leg, then change legs.",
    ),
    scale=SINGLE_LEG_SQUAT_RATING,
    family="single_leg",
    easier="squat",
    load=False,
    recognised_by=(
        FreeFoot(
            place=FootPlace(
                forward=Normal(-0.25, sd=0.22),
                outward=Normal(0.27, sd=0.10),
                up=Normal(0.20, sd=0.12),
            ),
            starts=FootWay(
                forward=Normal(0.0, sd=0.08),
                outward=Normal(0.0, sd=0.04),
                down=Normal(-0.05, sd=0.2),
            ),
            goes=FootWay(
                forward=Normal(-0.02, sd=0.12),
                outward=Normal(0.0, sd=0.05),
                down=Normal(-0.05, sd=0.35),
            ),
            bent_deg=Normal(24.0, sd=20.0),
            says="the free foot stays off the floor",
        ),
        FreeFoot(  # the free leg held out in front
            place=FootPlace(
                forward=Normal(0.25, sd=0.15),
                outward=Normal(0.30, sd=0.10),
                up=Normal(0.11, sd=0.06),
            ),
            starts=FootWay(
                forward=Normal(0.05, sd=0.08),
                outward=Normal(0.0, sd=0.04),
                down=Normal(-0.05, sd=0.2),
            ),
            goes=FootWay(
                forward=Normal(0.20, sd=0.12),
                outward=Normal(0.0, sd=0.05),
                down=Normal(-0.05, sd=0.25),
            ),
            bent_deg=Normal(0.0, sd=12.0),
            says="the free foot stays off the floor",
        ),
    ),
)

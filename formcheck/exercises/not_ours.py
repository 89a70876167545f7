"""Movements that are none of the exercises but could be taken for one, such as lunges.

The recognition (:mod:`formcheck.motion.recognition`) compares what it sees with these, too, so that
it can name them instead of measuring the wrong exercise. ``FreeFoot`` and ``Posture`` explain the
numbers.

In a hip hinge and a push-up both feet stay in place, as in a squat; the trunk tells them apart. A
person who sits down on a chair keeps the shanks upright. In lunges and split squats the feet are a
step apart. The numbers are ours: those of the hinge fit a good morning and a kettlebell deadlift of
two people, the others follow from how the movement is done.
"""

from __future__ import annotations

from formcheck.data.exercise import Along, FootPlace, FootWay, FreeFoot, LookAlike, Normal, Posture

STAYS = FootWay(
    forward=Normal(0.0, sd=0.02), outward=Normal(0.0, sd=0.02), down=Normal(0.0, sd=0.06)
)
"""The movement of a foot that stays on the floor."""

SIDE_BY_SIDE = FootPlace(
    forward=Normal(0.0, sd=0.15), outward=Normal(0.3, sd=0.1), up=Normal(0.0, sd=0.05)
)
"""The place of the free foot before a lunge."""

LUNGING = Posture(
    thigh_deg=Normal(55.0, sd=25.0),
    lean_deg=Along(10.0, slope=0.1, sd=15.0),
    shank_deg=Along(15.0, slope=0.1, sd=15.0),
)
"""In a lunge the trunk stays about upright."""

# The same numbers as for the squat, so that only the trunk decides between them.
BOTH_FEET = FreeFoot(
    place=FootPlace(
        forward=Normal(0.0, sd=0.06), outward=Normal(0.35, sd=0.12), up=Normal(0.0, sd=0.03)
    ),
    starts=STAYS,
    goes=STAYS,
    bent_deg=Normal(0.0, sd=6.0),
    order=None,
)

LOOK_ALIKES = (
    LookAlike(
        title="a hip hinge (deadlift, good morning)",
        feet=(BOTH_FEET,),
        posture=Posture(
            upright=Normal(0.93, sd=0.1),
            tall_deg=Normal(25.0, sd=25.0),
            thigh_deg=Normal(47.0, sd=18.0),
            lean_deg=Along(70.0, slope=0.0, sd=13.0),
            shank_deg=Along(8.0, slope=0.0, sd=12.0),
        ),
    ),
    LookAlike(
        title="sitting down and standing up",
        feet=(BOTH_FEET,),
        posture=Posture(
            thigh_deg=Normal(85.0, sd=12.0),
            lean_deg=Along(20.0, slope=0.0, sd=15.0),
            shank_deg=Along(5.0, slope=0.0, sd=9.0),
        ),
    ),
    LookAlike(
        title="a push-up",
        feet=(BOTH_FEET,),
        posture=Posture(
            upright=Normal(0.2, sd=0.15),
            tall_deg=Normal(85.0, sd=10.0),
            thigh_deg=Normal(80.0, sd=15.0),
            lean_deg=Along(85.0, slope=0.0, sd=12.0),
            shank_deg=Along(80.0, slope=0.0, sd=15.0),
        ),
    ),
    LookAlike(  # the foot that stays is the rear one, on its toes, its knee near the floor
        title="a forward lunge",
        feet=(
            FreeFoot(
                place=SIDE_BY_SIDE,
                starts=FootWay(
                    forward=Normal(0.4, sd=0.3),
                    outward=Normal(0.0, sd=0.06),
                    down=Normal(0.0, sd=0.3),
                ),
                goes=FootWay(
                    forward=Normal(0.75, sd=0.25),
                    outward=Normal(0.0, sd=0.06),
                    down=Normal(0.0, sd=0.2),
                ),
                order=None,
                stays=0.06,
            ),
        ),
        posture=Posture(
            thigh_deg=Normal(15.0, sd=15.0),
            lean_deg=Along(12.0, slope=0.0, sd=15.0),
            shank_deg=Along(70.0, slope=0.0, sd=20.0),
        ),
    ),
    LookAlike(
        title="a lunge back or to the side",
        feet=(
            FreeFoot(
                place=SIDE_BY_SIDE,
                starts=FootWay(
                    forward=Normal(-0.4, sd=0.3),
                    outward=Normal(0.0, sd=0.06),
                    down=Normal(0.0, sd=0.3),
                ),
                goes=FootWay(
                    forward=Normal(-0.75, sd=0.25),
                    outward=Normal(0.0, sd=0.06),
                    down=Normal(0.0, sd=0.2),
                ),
                order=None,
            ),
            FreeFoot(
                place=SIDE_BY_SIDE,
                starts=FootWay(
                    forward=Normal(0.0, sd=0.1),
                    outward=Normal(0.5, sd=0.3),
                    down=Normal(0.0, sd=0.3),
                ),
                goes=FootWay(
                    forward=Normal(0.0, sd=0.1),
                    outward=Normal(0.6, sd=0.3),
                    down=Normal(0.0, sd=0.2),
                ),
                order=None,
            ),
        ),
        posture=LUNGING,
    ),
    LookAlike(
        title="a split squat",
        feet=(
            FreeFoot(
                place=FootPlace(
                    forward=Normal(-0.75, sd=0.2),
                    outward=Normal(0.25, sd=0.1),
                    up=Normal(0.0, sd=0.05),
                ),
                starts=STAYS,
                goes=STAYS,
                bent_deg=Normal(0.0, sd=20.0),
                order=None,
            ),
            FreeFoot(  # with the rear foot on a bench
                place=FootPlace(
                    forward=Normal(-0.75, sd=0.2),
                    outward=Normal(0.2, sd=0.1),
                    up=Normal(0.45, sd=0.15),
                ),
                starts=STAYS,
                goes=STAYS,
                bent_deg=Normal(60.0, sd=25.0),
                order=None,
                stays=0.05,
            ),
        ),
        posture=LUNGING,
    ),
)
"""All of them. In a split squat the rear foot counts as the free one."""

"""Movements that are none of the exercises and could be taken for one, so that they can be named.

A hip hinge and a push-up leave both feet where they are, as a squat does; the trunk tells them
apart. Who sits down leans on the chair, not over the feet, so the shanks stay upright. In lunges
and split squats the feet are a step apart. The figures are ours: the hinge's fit the good morning
and the kettlebell deadlift of two people, the others' are what the movement's name says.
"""

from __future__ import annotations

from formcheck.data.exercise import Along, FootPlace, FootWay, FreeFoot, LookAlike, Normal, Posture

STAYS = FootWay(
    forward=Normal(0.0, sd=0.02), outward=Normal(0.0, sd=0.02), down=Normal(0.0, sd=0.06)
)
"""The way of a foot that stays on the floor."""

A_STEP_AWAY = FootPlace(
    forward=Normal(0.0, sd=0.15), outward=Normal(0.3, sd=0.1), up=Normal(0.0, sd=0.05)
)
LUNGING = Posture(
    thigh_deg=Normal(55.0, sd=25.0),
    lean_deg=Along(10.0, slope=0.1, sd=15.0),
    shank_deg=Along(15.0, slope=0.1, sd=15.0),
)
"""Before a lunge the feet are side by side; in one the trunk stays about upright."""

# As those of the squat are, or the feet would tell what only the trunk can.
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
        title="a push-up or plank",
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
                place=A_STEP_AWAY,
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
                place=A_STEP_AWAY,
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
                place=A_STEP_AWAY,
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
"""In a split squat the rear foot counts as the free one."""

"""Movements that are none of the exercises and could be taken for one, so that they can be named.

A hip hinge and a push-up leave both feet where they are, as a squat does; the trunk tells them
apart. Who sits down leans on the chair, not over the feet, so the shanks stay upright. In lunges
and split squats the feet are a step apart. The figures are ours: the hinge's fit the good morning
and the kettlebell deadlift of two people, the others' are what the movement's name says.
"""

from __future__ import annotations

from formcheck.data.exercise import FreeFoot, LookAlike, Posture, Triple

STAYS: Triple = ((0.0, 0.02), (0.0, 0.02), (0.0, 0.06))
"""The way of a foot that stays on the floor."""

A_STEP_AWAY = ((0.0, 0.15), (0.30, 0.1), (0.0, 0.05))
LUNGING = Posture(thigh_deg=(55.0, 25.0), lean_deg=(10.0, 0.1, 15.0), shank_deg=(15.0, 0.1, 15.0))
"""Before a lunge the feet are side by side; in one the trunk stays about upright."""

# As those of the squat are, or the feet would tell what only the trunk can.
BOTH_FEET = FreeFoot(
    place=((0.0, 0.06), (0.35, 0.12), (0.0, 0.03)),
    starts=STAYS,
    goes=STAYS,
    bent_deg=(0.0, 6.0),
    order=None,
)

LOOK_ALIKES = (
    LookAlike(
        title="a hip hinge (deadlift, good morning)",
        feet=(BOTH_FEET,),
        posture=Posture(
            upright=(0.93, 0.1),
            tall_deg=(25.0, 25.0),
            thigh_deg=(47.0, 18.0),
            lean_deg=(70.0, 0.0, 13.0),
            shank_deg=(8.0, 0.0, 12.0),
        ),
    ),
    LookAlike(
        title="sitting down and standing up",
        feet=(BOTH_FEET,),
        posture=Posture(
            thigh_deg=(85.0, 12.0), lean_deg=(20.0, 0.0, 15.0), shank_deg=(5.0, 0.0, 9.0)
        ),
    ),
    LookAlike(
        title="a push-up or plank",
        feet=(BOTH_FEET,),
        posture=Posture(
            upright=(0.2, 0.15),
            tall_deg=(85.0, 10.0),
            thigh_deg=(80.0, 15.0),
            lean_deg=(85.0, 0.0, 12.0),
            shank_deg=(80.0, 0.0, 15.0),
        ),
    ),
    LookAlike(  # the foot that stays is the rear one, on its toes, its knee near the floor
        title="a forward lunge",
        feet=(
            FreeFoot(
                place=A_STEP_AWAY,
                starts=((0.4, 0.3), (0.0, 0.06), (0.0, 0.3)),
                goes=((0.75, 0.25), (0.0, 0.06), (0.0, 0.2)),
                order=None,
                stays=0.06,
            ),
        ),
        posture=Posture(
            thigh_deg=(15.0, 15.0), lean_deg=(12.0, 0.0, 15.0), shank_deg=(70.0, 0.0, 20.0)
        ),
    ),
    LookAlike(
        title="a lunge back or to the side",
        feet=(
            FreeFoot(
                place=A_STEP_AWAY,
                starts=((-0.4, 0.3), (0.0, 0.06), (0.0, 0.3)),
                goes=((-0.75, 0.25), (0.0, 0.06), (0.0, 0.2)),
                order=None,
            ),
            FreeFoot(
                place=A_STEP_AWAY,
                starts=((0.0, 0.1), (0.5, 0.3), (0.0, 0.3)),
                goes=((0.0, 0.1), (0.6, 0.3), (0.0, 0.2)),
                order=None,
            ),
        ),
        posture=LUNGING,
    ),
    LookAlike(
        title="a split squat",
        feet=(
            FreeFoot(
                place=((-0.75, 0.2), (0.25, 0.1), (0.0, 0.05)),
                starts=STAYS,
                goes=STAYS,
                bent_deg=(0.0, 20.0),
                order=None,
            ),
            FreeFoot(  # with the rear foot on a bench
                place=((-0.75, 0.2), (0.2, 0.1), (0.45, 0.15)),
                starts=STAYS,
                goes=STAYS,
                bent_deg=(60.0, 25.0),
                order=None,
                stays=0.05,
            ),
        ),
        posture=LUNGING,
    ),
)
"""In a split squat the rear foot counts as the free one."""

"""Stairs: walk or hike up, walk or run down, filmed from the side.

Going down stairs loads the front of the thighs like running downhill: with each step, one bent
knee lowers the body. Going up strengthens the legs. Start with one short flight of stairs at an
easy pace, and hold the rail if you need it.

Keep the trunk upright on the way down, and give each leg the same time. If one leg hurts or is
weak, people often put the other foot on the next step too early.

A way up or down counts from three steps in a row. A step counts when a foot is put on the next step
of the stairs, but not when it is only put beside the other foot.

Limitations: stairs are measured from the side only, and they must be straight. The height of the
steps is not measured, and formcheck does not see whether a hand is on the rail. In films with fewer
than 24 frames a second, the time that each foot stands is not measured.

References: 101 healthy people aged 18 to 35 walked down 13 steps at their own pace. Two steps took
0.97 s (standard deviation 0.18 s), which is 124 steps a minute (abstract of a public data set of
stair descent outside the laboratory). On the way down, a foot stands for 65 to 70 % of the time of
two steps (Beaulieu 2008). No published limit was found for the lean of the trunk.
"""

from __future__ import annotations

import msgspec

from formcheck.data.exercise import Exercise, Metric
from formcheck.data.keypoints import SIDES, Side
from formcheck.data.session import Limits, Possible, StairsWay
from formcheck.exercises.metrics import TRUNK_FLEXION
from formcheck.motion.footfalls import FOOT

LEAN_ERROR_DEG = 3.3
"""Standard error of the mean lean on rendered stairs (docs/accuracy.md)."""

STEPS = Metric(
    id="step_count",
    title="Steps",
    short_title="steps",
    decimals=0,
    judged="climbed",
    taken="steps",
    both_sides=True,
    needs=FOOT,
    views=("side",),
    per_frame=False,
    possible=Possible(low=0.0, high=20_000.0, source="The longest stairs have 11,674 steps."),
    about="How many times a foot was set down on the next step of the stairs.",
)

LEAN = msgspec.structs.replace(
    TRUNK_FLEXION,
    judged="climbed",
    taken="climbed",
    corrected_as="",
    exported_as="",
    model_error=LEAN_ERROR_DEG,
    priority=1,
    limits=Limits(
        good_low=-10.0,
        good_high=20.0,
        watch_low=-15.0,
        watch_high=30.0,
        source="formcheck's own, the same limits as in a step-down: no published limit was found. "
        "Compare with yourself on the same stairs.",
    ),
    cue_high="Chest up, stay tall on the way down",
)


def _steps_of(side: Side) -> Metric:
    return msgspec.structs.replace(
        STEPS,
        id=f"step_count_{side}",
        title=f"Steps, {side} foot",
        short_title=f"steps {side}",
        side=side,
        about=f"How many times the {side} foot was set down on the next step of the stairs.",
    )


def _lean(way: StairsWay) -> Metric:
    lean = msgspec.structs.replace(
        LEAN,
        id=f"{way}_lean_deg",
        way=way,
        title=f"Forward lean, way {way}",
        short_title=f"lean, way {way}",
        about="How far the trunk leans forward on average on the way "
        f"{way}: the angle between the vertical and the line from the middle of the hips to the "
        "middle of the shoulders.",
    )
    if way == "down":
        return lean
    return msgspec.structs.replace(
        lean, limits=None, cue_high="", cue_low="", seen_high="", seen_low=""
    )


def _cadence(way: StairsWay) -> Metric:
    return msgspec.structs.replace(
        STEPS,
        id=f"{way}_cadence",
        way=way,
        taken="cadence",
        title=f"Cadence, way {way}",
        short_title=f"cadence {way}",
        unit="/min",
        possible=Possible(low=5.0, high=600.0, source="formcheck's own: ten steps a second."),
        about=f"Steps per minute on the way {way}, from the first step to the last.",
    )


def _timed(way: StairsWay, side: Side) -> tuple[Metric, Metric]:
    """How long a step of this foot takes, and how long the foot stands."""
    step_time = msgspec.structs.replace(
        STEPS,
        id=f"{way}_step_{side}_s",
        way=way,
        side=side,
        taken="step_time",
        title=f"Step time, {side} foot, way {way}",
        short_title=f"step {way} ({side[0].upper()})",
        unit="s",
        decimals=2,
        role="tempo",
        possible=Possible(low=0.05, high=10.0, source="formcheck's own: ten steps a second."),
        about=f"Mean time on the way {way} from setting down the other foot to setting down the "
        f"{side} foot.",
    )
    contact = msgspec.structs.replace(
        step_time,
        id=f"{way}_contact_{side}_s",
        taken="contact",
        title=f"Time the {side} foot stands, way {way}",
        short_title=f"stand {way} ({side[0].upper()})",
        about=f"Mean time for which the {side} foot stands on a step on the way {way}.",
    )
    return step_time, contact


def _of(way: StairsWay) -> tuple[Metric, ...]:
    timed = (one for side in SIDES for one in _timed(way, side))
    return (_lean(way), _cadence(way), *timed)


EXERCISE = Exercise(
    id="stairs",
    title="Stairs",
    about=__doc__,
    order="down_up",
    stance="both",
    min_drop_pct=0.0,
    views=("side",),
    metrics=(*_of("down"), STEPS, *(_steps_of(side) for side in SIDES), *_of("up")),
    set_up=(
        "Put the camera level at hip height or higher, 4 m or more to the side of the stairs. All "
        "of the stairs must be in view, or somebody follows you with the camera.",
        "Start with both feet on the ground, one step away from the stairs.",
        "Go up or down at your own pace, with one foot on each step. Stand still at the end.",
    ),
    goal="strength",
    climbed=True,
    family="stairs",
    load=False,
)

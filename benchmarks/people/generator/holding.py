"""Scripted holds: how each posture is taken, kept and left, and the pose at any time.

The way into a posture is 0 at rest and 1 while it is held. What is held may change slowly over the
hold, from ``held`` to ``held_end``, in degrees; what it is depends on the exercise, see
:data:`POSTURES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from generator.human_mesh import HumanMesh
from generator.movements import Moment, Times, way_done
from generator.posing import Angles, Array, Posed, Y, Z, laid, pose, turned, two_bones
from generator.recipes import Recipe

ELBOW_M = 0.045
"""Height of an elbow that rests on the floor."""
SIDE_ANKLE_M = 0.05
"""Height of the lower ankle of who lies on a side."""
LOWER_HIP_M = 0.11
"""Height of the lower hip joint of who lies on a side."""
HALVINGS = 24


class Now(NamedTuple):
    """What is scripted of a moment: who, the recipe, the hold, the way into it, what is held."""

    person: HumanMesh
    recipe: Recipe
    rep: Mapping[str, float]
    way: float
    held: float
    time_s: float


def hold_moment(person: HumanMesh, recipe: Recipe, times: Sequence[Times], time_s: float) -> Moment:
    """Give the person's pose at a time; the moment's depth is the way into the posture."""
    way, index = way_done(times, time_s)
    rep = recipe["reps"][index]
    lasts_s = times[index].back_s - times[index].arrived_s
    part = float(np.clip((time_s - times[index].arrived_s) / lasts_s, 0, 1))
    held = rep["held"] + part * (rep["held_end"] - rep["held"])
    held += 0.35 * np.sin(2 * np.pi * 0.9 * time_s) * way
    now = Now(person, recipe, rep, way, float(held), time_s)
    angles, posed = POSTURES[recipe["exercise"]](now)
    return Moment(way, index, angles, posed)


def _plank(now: Now) -> tuple[Angles, Posed]:
    """Prone, up on elbows and toes; held is how far the hips are below a straight body."""
    person, way = now.person, now.way
    leg_m = np.linalg.norm(person.joint["l-upper-leg"] - person.joint["l-ankle"])
    trunk_m = np.linalg.norm(person.head["upperarm_l"] - person.joint["l-upper-leg"])
    sag = way * now.held

    def tilted(deg: float) -> tuple[Angles, Posed]:
        shank = deg + sag * trunk_m / (leg_m + trunk_m)
        lean = deg - sag * leg_m / (leg_m + trunk_m)
        angles = _upright(
            now.recipe,
            ankle=[0.09, 0.17 + 0.02 * (1 - way), -0.8],
            knee_flex=3.0,
            shank_tilt=float(shank),
            pelvis_tilt=float(0.5 * (shank + lean)),
            trunk_forward=float(lean),
            standing_foot_pitch=-80 + 10 * (1 - way),
            head_in_line=True,
            arms={
                side: (
                    np.array([out * 0.04, -1, 0.02 + 0.9 * (1 - way)]),
                    np.array([-out * 0.05, 0, 1]),
                )
                for side, out in (("l", 1), ("r", -1))
            },
        )
        return angles, pose(person, angles)

    shoulder_m = (1 - way) * 0.17 + way * (ELBOW_M + _upper_arm_m(person))
    low, high = 70.0, 95.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = tilted(middle)[1].joints["l_shoulder"][1] > shoulder_m
        low, high = (middle, high) if above else (low, middle)
    return tilted(0.5 * (low + high))


def _side_plank(now: Now) -> tuple[Angles, Posed]:
    """On one elbow and the edge of the foot; held is how far the hips are below a straight body.

    At rest the elbow is where it stays, and the hips lie on the floor.
    """
    person, recipe, way, held = now.person, now.recipe, now.way, now.held
    side = "l" if recipe["stance"] == "left" else "r"
    outward = 1.0 if side == "l" else -1.0
    shoulder_m = ELBOW_M + _upper_arm_m(person)
    facing = turned(Y, 180.0 if recipe["view"] == "back" else 0.0)

    def straight(sag: float, arms: str | Mapping[str, tuple[Array, Array]]) -> Angles:
        return _upright(
            recipe,
            ankle=[outward * 0.07, 0.08, 0.0],
            trunk_lateral=-sag,
            pelvis_drop=0.5 * sag,
            foot_yaw=0.0,
            head_in_line=True,
            arms=arms,
        ).with_free_leg(0, 0, 0, -9.0)

    def propped(sag: float) -> tuple[float, Array]:
        """How far the legs tilt, degrees, so that the elbow is on the floor; where the hip is."""
        joints = pose(person, straight(sag, "side")).joints
        ankle, hip, shoulder = (joints[f"{side}_{part}"] for part in ("ankle", "hip", "shoulder"))
        up = shoulder - ankle
        aside = -outward * np.degrees(np.arctan2(up[0], up[1]))
        needed = np.degrees(np.arccos((shoulder_m - SIDE_ANKLE_M) / np.hypot(up[0], up[1])))
        tilt = float(aside + needed)
        return tilt, turned(Z, -outward * tilt) @ (hip - ankle) + [0, SIDE_ANKLE_M, 0]

    low, high = 0.0, 60.0  # how far the hips sink until the lower one lies on the floor
    for _ in range(10):
        middle = 0.5 * (low + high)
        above = propped(middle)[1][1] > LOWER_HIP_M
        low, high = (middle, high) if above else (low, middle)
    sag = low + way * (held - low)
    turn = turned(Z, -outward * propped(sag)[0])
    in_room = turn.T
    arms = {
        side: (in_room @ [outward * 0.02, -1, 0], in_room @ [outward * 0.2, 0, 1]),
        ("r" if side == "l" else "l"): (
            np.array([-outward * 0.28, -1, 0.05]),
            np.array([-outward * 0.12, -1, 0.35]),
        ),
    }
    angles = straight(sag, arms)
    upright = pose(person, angles)
    posed = laid(upright, turn, upright.joints[f"{side}_ankle"], [0, SIDE_ANKLE_M, 0])
    middle_m = 0.5 * (posed.joints[f"{side}_ankle"] + posed.joints[f"{side}_shoulder"])
    return angles, laid(posed, facing, [middle_m[0], 0, 0], [0, 0, 0])


def _wall_sit(now: Now) -> tuple[Angles, Posed]:
    """Down along a wall behind the back; held is the thigh's angle, + hip above knee.

    The feet stay where the shins are upright with level thighs, and the back slides straight down.
    """
    person, held = now.person, now.held
    hip, knee, ankle = (person.joint[f"l-{name}"] for name in ("upper-leg", "knee", "ankle"))
    thigh_m, shank_m = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
    straight_m = 0.99 * (thigh_m + shank_m)
    standing_m = float(np.sqrt(straight_m**2 - thigh_m**2))
    # The knee is where the thigh has its angle and its distance to the ankle is the shank's.
    knee_ahead_m = thigh_m * (np.cos(np.radians(held)) - 1)
    sitting_m = np.sqrt(shank_m**2 - knee_ahead_m**2) + thigh_m * np.sin(np.radians(held))
    hip_m = standing_m + now.way * (float(sitting_m) - standing_m)
    knee_flex, shank_tilt = two_bones(thigh_m, shank_m, -thigh_m, hip_m)
    angles = _upright(
        now.recipe,
        ankle=[0.09, float(ankle[1]), 0.0],
        knee_flex=knee_flex,
        shank_tilt=shank_tilt,
        trunk_forward=now.rep["trunk_forward"],
    )
    return angles, pose(person, angles)


def _one_leg(now: Now) -> tuple[Angles, Posed]:
    """On one leg, the other foot lifted; held is the trunk's lean toward the working leg.

    The whole body sways about the ankle, by ``sway`` degrees (root mean square).
    """
    person, recipe, rep, way = now.person, now.recipe, now.rep, now.way
    side = "l" if recipe["stance"] == "left" else "r"
    outward = 1.0 if side == "l" else -1.0
    swaying = np.sin(2 * np.pi * 0.47 * now.time_s) + np.sin(2 * np.pi * 0.83 * now.time_s + 1)
    angles = _upright(
        recipe,
        ankle=[outward * 0.07, float(person.joint[f"{side}-ankle"][1]), 0.0],
        knee_flex=4.0,
        shank_tilt=2.0,
        trunk_lateral=way * now.held,
        trunk_forward=2.0,
        pelvis_drop=way * rep["pelvis_drop"],
    ).with_free_leg(2 + way * rep["thigh"], -2 - way * rep["shank"], -15 * way, 3)
    posed = pose(person, angles)
    ankle = posed.joints[f"{side}_ankle"]
    return angles, laid(posed, turned(Z, rep["sway"] * float(swaying)), ankle, ankle)


def _upper_arm_m(person: HumanMesh) -> float:
    return float(np.linalg.norm(person.head["lowerarm_l"] - person.head["upperarm_l"]))


def _upright(recipe: Recipe, ankle: list[float], **given: Any) -> Angles:
    """Angles of who stands straight, but for those that are given."""
    straight = Angles(
        stance=recipe["stance"],
        ankle=ankle,
        knee_flex=2.0,
        shank_tilt=0.0,
        fppa=0.0,
        fppa_split=0.5,
        pelvis_drop=0.0,
        pelvis_tilt=0.0,
        trunk_lateral=0.0,
        trunk_forward=0.0,
        arms=recipe["arms"],
        foot_yaw=recipe["foot_yaw"],
    )
    return replace(straight, **given)


POSTURES = {
    "plank": _plank,
    "side_plank": _side_plank,
    "wall_sit": _wall_sit,
    "single_leg_stance": _one_leg,
}
"""What is held, and what its ``held`` means: hips below a straight body; the same; thigh against
the level, + hip above knee; lean of the trunk toward the working leg."""

"""Scripted repetitions: when each way begins and ends, and the pose at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from generator.human_mesh import HumanMesh
from generator.posing import Angles, Posed, pose
from generator.recipes import Recipe

RAMP_S = 0.28
"""A way begins and ends with a ramp of so long, as people lower themselves."""


class Times(NamedTuple):
    """When the first way begins, when it is done, when the way back begins and ends, s.

    Of a step-up, which begins low, the first way is the one up.
    """

    start_s: float
    arrived_s: float
    back_s: float
    end_s: float


class Moment(NamedTuple):
    """The pose at a time: 0 standing to 1 lowest, the repetition's place, the angles, and all."""

    depth: float
    rep: int
    angles: Angles
    posed: Posed


def begins_low(recipe: Recipe) -> bool:
    """Whether the person begins with one foot on the floor: in a step-up."""
    return bool(recipe["exercise"] == "step_up")


def timeline(recipe: Recipe) -> tuple[list[Times], float]:
    """Each repetition's times, and how long the clip is, s."""
    first, second = ("up", "down") if begins_low(recipe) else ("down", "up")
    time_s = recipe["lead"]
    found = []
    for rep in recipe["reps"]:
        arrived_s = time_s + rep[first]
        back_s = arrived_s + rep["pause"]
        end_s = back_s + rep[second]
        found.append(Times(time_s, arrived_s, back_s, end_s))
        time_s = end_s + rep["rest"]
    return found, time_s + recipe["tail"]


def moment(person: HumanMesh, recipe: Recipe, times: Sequence[Times], time_s: float) -> Moment:
    """Give the person's pose at a time."""
    depth, index = way_done(times, time_s)
    if begins_low(recipe):
        depth = 1 - depth
    rep = _eased(recipe, times, time_s, index)
    angles = _with_free_leg(person, recipe, depth, _angles(person, recipe, rep, depth, time_s))
    return Moment(depth, index, angles, pose(person, angles))


def _glide(part: float, seconds: float) -> float:
    """How much of a way is done: steady speed between cosine ramps."""
    u = float(np.clip(part, 0, 1))
    ramp = float(np.clip(RAMP_S / seconds, 0.08, 0.45))

    def begun(x: float) -> float:
        return float(0.5 * (x - ramp / np.pi * np.sin(np.pi * x / ramp)))

    if u < ramp:
        done = begun(u)
    elif u <= 1 - ramp:
        done = 0.5 * ramp + (u - ramp)
    else:
        done = (1 - ramp) - begun(1 - u)
    return done / (1 - ramp)


def way_done(times: Sequence[Times], time_s: float) -> tuple[float, int]:
    """Give how much of the first way is done, and which repetition it is, or the next one."""
    for index, (start_s, arrived_s, back_s, end_s) in enumerate(times):
        if time_s < start_s:
            return 0.0, index
        if time_s < arrived_s:
            lasts_s = arrived_s - start_s
            return _glide((time_s - start_s) / lasts_s, lasts_s), index
        if time_s <= back_s:
            return 1.0, index
        if time_s < end_s:
            lasts_s = end_s - back_s
            return 1 - _glide((time_s - back_s) / lasts_s, lasts_s), index
    return 0.0, len(times) - 1


def _eased(
    recipe: Recipe, times: Sequence[Times], time_s: float, index: int
) -> Mapping[str, float]:
    """The repetition; a step-up eases from the last one's form into the next while it rests low."""
    rep: dict[str, float] = recipe["reps"][index]
    if not (begins_low(recipe) and index > 0 and time_s < times[index][0]):
        return rep
    last = recipe["reps"][index - 1]
    ended_s = times[index - 1].end_s
    share = smooth((time_s - ended_s) / (times[index].start_s - ended_s))
    return {key: (1 - share) * last[key] + share * value for key, value in rep.items()}


def smooth(part: float) -> float:
    """Minimum jerk from 0 to 1."""
    u = np.clip(part, 0, 1)
    return float(u**3 * (10 - 15 * u + 6 * u * u))


def _angles(
    person: HumanMesh, recipe: Recipe, rep: Mapping[str, float], depth: float, time_s: float
) -> Angles:
    """The pose without the free leg: between standing and lowest, with a little sway."""
    stance: str = recipe["stance"]
    side = "r" if stance == "right" else "l"
    outward = 1.0 if side == "l" else -1.0
    aside_m = 0.30 / 2 if stance == "both" else 0.07
    ankle_m = float(person.joint[f"{side}-ankle"][1])

    def between(standing: float, low: float) -> float:
        return standing + depth * (low - standing)

    def sway(kind: int, size: float) -> float:
        slow = np.sin(2 * np.pi * (0.43 + 0.11 * kind) * time_s + 1.7 * kind)
        fast = np.sin(2 * np.pi * (1.1 + 0.2 * kind) * time_s + kind)
        return float(size * (slow + 0.5 * fast))

    tilt = rep.get("shank_tilt", rep["knee_flex"] * 0.42)
    return Angles(
        stance=stance,
        ankle=[outward * aside_m, recipe["box"] + ankle_m, 0.0],
        knee_flex=between(rep.get("flex_stand", 6), rep["knee_flex"]),
        shank_tilt=between(2, tilt),
        fppa=between(rep.get("fppa_stand", 0.0), rep["fppa"]) + sway(1, 0.3),
        fppa_split=rep.get("fppa_split", 0.5),
        pelvis_drop=between(rep.get("drop_stand", 0.0), rep["pelvis_drop"]) + sway(2, 0.3),
        pelvis_tilt=depth * (rep["trunk_forward"] * 0.6),
        trunk_lateral=between(rep.get("lean_stand", 0.0), rep["trunk_lateral"]) + sway(3, 0.4),
        trunk_forward=between(rep.get("forward_stand", 2), rep["trunk_forward"]) + sway(4, 0.4),
        arms=recipe["arms"],
        foot_yaw=recipe["foot_yaw"],
    )


def _with_free_leg(person: HumanMesh, recipe: Recipe, depth: float, angles: Angles) -> Angles:
    exercise = recipe["exercise"]
    if exercise == "single_leg_squat":  # the foot behind
        return angles.with_free_leg(4 + 10 * depth, -48 - 20 * depth, -30, 3)
    if exercise == "single_leg_squat_front":  # the foot in front
        return angles.with_free_leg(20 + 28 * depth, 10 + 14 * depth, 12, 3)
    if "step" in exercise:
        return _with_foot_to_the_floor(person, recipe, depth, angles)
    return angles


_FORWARD: Mapping[str, Any] = {"step_down": 1.0, "lateral_step_down": 0.45, "step_up": -0.5}
"""How far in front the free foot comes down."""


def _with_foot_to_the_floor(
    person: HumanMesh, recipe: Recipe, depth: float, angles: Angles
) -> Angles:
    """The free foot goes from hovering beside the box to the floor."""
    exercise = recipe["exercise"]
    free = "r" if angles.side == "l" else "l"
    hip_m = pose(person, angles).joints[f"{free}_hip"][1]
    hip, knee, ankle = (person.joint[f"{free}-{name}"] for name in ("upper-leg", "knee", "ankle"))
    thigh_m, shank_m = np.linalg.norm(knee - hip), np.linalg.norm(ankle - knee)
    ankle_m = person.joint[f"{angles.side}-ankle"][1]
    forward = _FORWARD[exercise]
    hovering_m = recipe["box"] + ankle_m + 0.06
    height_m = hovering_m + smooth(depth) * (ankle_m + 0.015 - hovering_m)
    thigh = ((18 if exercise == "step_down" else 16) + 14 * depth) * forward
    cosine = (hip_m - height_m - thigh_m * np.cos(np.radians(thigh))) / shank_m
    bent = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return angles.with_free_leg(
        thigh,
        -bent if bent > thigh or forward < 0 else min(bent, thigh),
        10 if forward > 0 else -15,
        9 if exercise == "lateral_step_down" else 3,
    )

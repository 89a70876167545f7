"""Puts a person into a pose that is given by angles.

Angles are in degrees. ``left`` and ``right`` are the person's own, ``l`` and ``r`` in names of
joints and bones. The working leg is built up from its ankle, so that the foot stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.human_mesh import HumanMesh

Array = NDArray[np.float64]
X, Y, Z = np.eye(3)
SIDES = ("l", "r")
HEEL = np.array([0, 0.02, -0.05])
"""The heel, m, behind the point under the ankle."""


@dataclass(frozen=True, kw_only=True)
class Angles:
    """A pose of somebody on one leg or both.

    Attributes
    ----------
    stance
        Working leg: ``left``, ``right`` or ``both``.
    ankle
        Where its ankle is, m; of both legs the left one's.
    knee_flex, shank_tilt
        Bend of the knee, and lean of the shank, + forward.
    fppa, fppa_split
        Angle of the leg from the front, + knee inward, and the shank's part of it.
    pelvis_drop, pelvis_tilt
        + free side lower, + forward.
    trunk_lateral, trunk_forward
        + toward the working leg, + forward.
    arms
        ``hips``, ``front``, ``cross`` or ``side``; or, of each side, where upper arm and forearm
        point in the room.
    foot_yaw
        How far the feet point outward.
    swing_thigh, swing_shank
        Of the free leg: forward of hanging down.
    swing_foot_pitch, swing_abd
        Its toes, + up, and how far it is held outward.
    standing_foot_pitch
        Toes of the feet on the ground, + up.
    head_in_line
        Whether the head stays in line with the trunk; otherwise it half follows it.
    """

    stance: str
    ankle: list[float]
    knee_flex: float
    shank_tilt: float
    fppa: float
    fppa_split: float
    pelvis_drop: float
    pelvis_tilt: float
    trunk_lateral: float
    trunk_forward: float
    arms: str | Mapping[str, tuple[Array, Array]]
    foot_yaw: float
    swing_thigh: float = 0.0
    swing_shank: float = 0.0
    swing_foot_pitch: float = 0.0
    swing_abd: float = 2.0
    standing_foot_pitch: float = 0.0
    head_in_line: bool = False

    @property
    def side(self) -> str:
        """The working leg in names of joints; of both legs the left one."""
        return "r" if self.stance == "right" else "l"

    @property
    def outward(self) -> float:
        """Sign of x toward the working leg's side."""
        return -1.0 if self.stance == "right" else 1.0

    def with_free_leg(self, thigh: float, shank: float, foot: float, abducted: float) -> Angles:
        """The same with another free leg."""
        return replace(
            self,
            swing_thigh=thigh,
            swing_shank=shank,
            swing_foot_pitch=foot,
            swing_abd=abducted,
        )


@dataclass(frozen=True)
class Posed:
    """A pose in space: each bone's rotation and head, and the joints, m."""

    turns: dict[str, Array]
    places: dict[str, Array]
    joints: dict[str, Array]


def pose(person: HumanMesh, angles: Angles) -> Posed:
    """Put the person into the pose."""
    turns: dict[str, Array] = {"Root": np.eye(3)}
    places: dict[str, Array] = {"Root": np.zeros(3)}
    joints = _leg_joints(person, angles)
    pelvis = _pelvis_turn(angles)
    side = angles.side
    offset = person.joint[f"{side}-upper-leg"] - person.head["pelvis"]
    turns["pelvis"], places["pelvis"] = pelvis, joints[f"{side}_hip"] - pelvis @ offset
    posed = Posed(turns, places, joints)
    for own in SIDES:
        _turn_leg(person, angles, own, posed)
    _turn_trunk(person, angles, posed)
    for own in SIDES:
        _turn_arm(person, angles, own, posed)
    for bone in person.bones:
        if bone not in turns:
            parent = str(person.parent[bone])
            turns[bone] = turns[parent]
            places[bone] = _hung(person, posed, bone, parent)
    for own in SIDES:
        joints[f"{own}_toe"] = places["ball_" + own]
        ankle = person.joint[f"{own}-ankle"]
        heel = ankle * [1, 0, 1] + HEEL
        joints[f"{own}_heel"] = joints[f"{own}_ankle"] + turns["foot_" + own] @ (heel - ankle)
    return posed


def laid(posed: Posed, turn: Array, about: ArrayLike, to: ArrayLike) -> Posed:
    """Turn the whole person about a point, and put that point elsewhere, m."""
    here, there = np.asarray(about, float), np.asarray(to, float)
    return Posed(
        {bone: turn @ own for bone, own in posed.turns.items()},
        {bone: turn @ (place - here) + there for bone, place in posed.places.items()},
        {joint: turn @ (place - here) + there for joint, place in posed.joints.items()},
    )


def _pelvis_turn(angles: Angles) -> Array:
    dropped = turned(Z, angles.outward * angles.pelvis_drop)
    return turned(Y, 0) @ dropped @ turned(X, angles.pelvis_tilt)


def leg_lengths(person: HumanMesh, side: str) -> tuple[float, float]:
    """Of thigh and shank, m."""
    hip, knee, ankle = (person.joint[f"{side}-{name}"] for name in ("upper-leg", "knee", "ankle"))
    return float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))


def _leg_joints(person: HumanMesh, angles: Angles) -> dict[str, Array]:
    """Hips, knees and ankles, m."""
    side = angles.side
    free = "r" if side == "l" else "l"
    thigh, shank = leg_lengths(person, side)
    ankle = np.asarray(angles.ankle, float)
    # Medial is toward the other leg along x.
    thigh_up, shank_up = _leg_directions(angles, -1.0 if side == "l" else 1.0, angles.fppa_split)
    knee = ankle + shank * shank_up
    hip = knee + thigh * thigh_up
    joints = {f"{side}_ankle": ankle, f"{side}_knee": knee, f"{side}_hip": hip}
    from_pelvis = {own: person.joint[f"{own}-upper-leg"] - person.head["pelvis"] for own in SIDES}
    turn = _pelvis_turn(angles)
    other_hip = hip - turn @ from_pelvis[side] + turn @ from_pelvis[free]
    thigh, shank = leg_lengths(person, free)
    if angles.stance == "both":
        thigh_up, shank_up = _leg_directions(angles, -1.0 if free == "l" else 1.0, 0.5)
        other_knee = other_hip - thigh * thigh_up
        other_ankle = other_knee - shank * shank_up
    else:
        outward = -1.0 if free == "r" else 1.0
        aside = outward * _tan(angles.swing_abd)
        swing_thigh, swing_shank = np.radians(angles.swing_thigh), np.radians(angles.swing_shank)
        thigh_down = _unit([aside, -np.cos(swing_thigh), np.sin(swing_thigh)])
        shank_down = _unit([aside * 0.3, -np.cos(swing_shank), np.sin(swing_shank)])
        other_knee = other_hip + thigh * thigh_down
        other_ankle = other_knee + shank * shank_down
    return joints | {
        f"{free}_hip": other_hip,
        f"{free}_knee": other_knee,
        f"{free}_ankle": other_ankle,
    }


def _leg_directions(angles: Angles, medial: float, split: float) -> tuple[Array, Array]:
    """From knee to hip and from ankle to knee, of a leg on the ground."""
    inward, back = angles.fppa * split, angles.fppa * (1 - split)
    tilt = np.radians(angles.shank_tilt)
    shank = _unit([medial * _tan(inward) * np.cos(tilt), np.cos(tilt), np.sin(tilt)])
    lean = np.radians(angles.knee_flex - angles.shank_tilt)
    thigh = _unit([-medial * _tan(back) * np.cos(lean), np.cos(lean), -np.sin(lean)])
    return thigh, shank


def _turn_leg(person: HumanMesh, angles: Angles, side: str, posed: Posed) -> None:
    turns, places, joints = posed.turns, posed.places, posed.joints
    hip, knee, ankle = (joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    rest = [person.joint[f"{side}-{name}"] for name in ("upper-leg", "knee", "ankle")]
    # The hinge is the pelvis' own axis for the thigh, and turns toward the knee's axis as the knee
    # bends: so the kneecap points where the knee goes.
    hinge: Array = turns["pelvis"] @ X
    axis = np.cross(knee - hip, ankle - knee)
    size = np.linalg.norm(axis)
    sine = size / (np.linalg.norm(knee - hip) * np.linalg.norm(ankle - knee))
    bend = np.degrees(np.arcsin(np.clip(sine, 0, 1)))
    if size > 1e-9:
        axis = _unit(axis)
        axis = axis if axis @ X > 0 else -axis
        share = np.clip((bend - 10) / 40, 0, 1) * 0.5
        hinge = _unit((1 - share) * hinge + share * axis)
    turns["thigh_" + side] = _frame(knee - hip, hinge) @ _frame(rest[1] - rest[0], X).T
    places["thigh_" + side] = hip
    turns["calf_" + side] = _frame(ankle - knee, hinge) @ _frame(rest[2] - rest[1], X).T
    places["calf_" + side] = knee
    planted = angles.stance == "both" or side == angles.side
    yaw = angles.foot_yaw * (1 if side == "l" else -1)
    pitch = angles.standing_foot_pitch if planted else angles.swing_foot_pitch
    turns["foot_" + side] = turned(Y, yaw) @ turned(X, -pitch)
    places["foot_" + side] = ankle


def _turn_trunk(person: HumanMesh, angles: Angles, posed: Posed) -> None:
    """Leaned as one piece from the lowest joint of the spine; the head half follows."""
    turns, places = posed.turns, posed.places
    lean = turned(Z, -angles.outward * angles.trunk_lateral) @ turned(X, angles.trunk_forward)
    parent = "pelvis"
    for bone in ("spine_01", "spine_02", "spine_03"):
        places[bone] = _hung(person, posed, bone, parent)
        turns[bone] = _halfway(turns["pelvis"], lean) if bone == "spine_01" else lean
        parent = bone
    for bone in ("neck_01", "head"):
        places[bone] = _hung(person, posed, bone, str(person.parent[bone]))
        trunk = turns["spine_03"]
        turns[bone] = trunk if angles.head_in_line else _halfway(trunk, turned(Y, 0))


def _turn_arm(person: HumanMesh, angles: Angles, side: str, posed: Posed) -> None:
    turns, places, joints = posed.turns, posed.places, posed.joints
    trunk = turns["spine_03"]
    outward = 1 if side == "l" else -1
    if isinstance(angles.arms, str):
        upper_way, lower_way = (trunk @ way for way in _arm_directions(angles.arms, outward))
    else:
        upper_way, lower_way = (_unit(way) for way in angles.arms[side])
    clavicle, hand = "clavicle_" + side, "hand_" + side
    upper, lower = "upperarm_" + side, "lowerarm_" + side
    head = person.head
    places[clavicle] = _hung(person, posed, clavicle, "spine_03")
    turns[clavicle] = trunk
    places[upper] = _hung(person, posed, upper, clavicle)
    turns[upper] = _frame(upper_way, Z) @ _frame(head[lower] - head[upper], Z).T
    places[lower] = _hung(person, posed, lower, upper)
    turns[lower] = _frame(lower_way, Z) @ _frame(head[hand] - head[lower], Z).T
    places[hand] = _hung(person, posed, hand, lower)
    turns[hand] = turns[lower]
    for joint, bone in (("shoulder", upper), ("elbow", lower), ("wrist", hand)):
        joints[f"{side}_{joint}"] = places[bone]


def _arm_directions(arms: str, outward: float) -> tuple[Array, Array]:
    """Of upper arm and forearm, as if the trunk were upright."""
    ways = {
        "hips": ([outward * 0.85, -1, -0.25], [-outward * 0.95, -0.75, 0.45]),
        "front": ([outward * 0.12, -0.12, 1], [-outward * 0.05, 0.0, 1]),
        "cross": ([outward * 0.25, -0.9, 0.55], [-outward * 0.9, 0.45, 0.35]),
        "side": ([outward * 0.28, -1, 0.05], [outward * 0.12, -1, 0.35]),
    }
    upper, lower = ways[arms]
    return _unit(upper), _unit(lower)


def _hung(person: HumanMesh, posed: Posed, bone: str, parent: str) -> Array:
    """Where a bone begins, from where its parent is."""
    offset = person.head[bone] - person.head[parent]
    place: Array = posed.places[parent] + posed.turns[parent] @ offset
    return place


def two_bones(thigh_m: float, shank_m: float, ahead_m: float, up_m: float) -> tuple[float, float]:
    """Bend of the knee and lean of the shank, degrees, for a hip that is there from the ankle.

    A hip that is out of reach is taken as far as an almost straight leg reaches.
    """
    far_m = min(float(np.hypot(ahead_m, up_m)), 0.999 * (thigh_m + shank_m))
    cosine = (thigh_m**2 + shank_m**2 - far_m**2) / (2 * thigh_m * shank_m)
    bent = 180 - np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    cosine = (shank_m**2 + far_m**2 - thigh_m**2) / (2 * shank_m * far_m)
    at_ankle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return float(bent), float(np.degrees(np.arctan2(ahead_m, up_m)) + at_ankle)


def _unit(vector: ArrayLike) -> Array:
    found = np.asarray(vector, float)
    one: Array = found / np.linalg.norm(found)
    return one


def _frame(direction: Array, side: Array) -> Array:
    """Right-handed frame with y along the direction and x as near to the side as can be."""
    y = _unit(direction)
    x = _unit(side - np.dot(side, y) * y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def turned(axis: Array, deg: float) -> Array:
    """The rotation about an axis."""
    x, y, z = axis
    angle = np.radians(deg)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turn


def _halfway(first: Array, second: Array) -> Array:
    """The rotation halfway between two."""
    u, _, vt = np.linalg.svd(first + second)
    half: Array = u @ vt
    return half


def _tan(deg: float) -> float:
    return float(np.tan(np.radians(deg)))

"""Stick figures that walk, or climb stairs, seen from the side: every footfall is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from moving import ease

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint, other
from formcheck.pose.profiles import MEDIAPIPE

SIZE_PX = (1280, 720)
LEG_PX, TRUNK = 160.0, 0.7
TREAD, RISE = 0.32, 0.2
"""In leg lengths, as all that follows."""
TOE, HEEL = np.array([0.28, -0.05]), np.array([-0.08, -0.05])
EAR, NOSE = np.array([0.05, 0.25]), np.array([0.15, 0.25])


@dataclass(frozen=True)
class Placed:
    """A foot that is set down: when, and where in leg lengths, forward and up."""

    side: Side
    t_s: float
    at: tuple[float, float]


def stairs(
    rises: list[float],
    *,
    first: Side = "left",
    start_s: float = 1.5,
    step_s: float = 0.6,
    together: bool = False,
) -> list[Placed]:
    """Feet that are set down one after the other, each a tread further and so much higher.

    ``together`` puts the other foot beside each of them; it is put beside the last in any case.
    """
    placed: list[Placed] = []
    side, at, t_s = first, (0.0, 0.0), start_s
    for number, rise in enumerate(rises):
        at = (at[0] + TREAD, at[1] + rise)
        placed.append(Placed(side, t_s, at))
        t_s += step_s
        if together or number == len(rises) - 1:
            placed.append(Placed(other(side), t_s, at))
            t_s += step_s
        side = side if together else other(side)
    return placed


def up_and_back(times: int, *, step_s: float = 0.6) -> list[Placed]:
    """Step-ups: a foot on a step, the other beside it, and both back down."""
    placed = []
    for number in range(times):
        ways: list[tuple[Side, tuple[float, float]]] = [
            ("left", (TREAD, RISE)),
            ("right", (TREAD, RISE)),
            ("left", (0.0, 0.0)),
            ("right", (0.0, 0.0)),
        ]
        for part, (side, at) in enumerate(ways):
            placed.append(Placed(side, 1.5 + (4 * number + part) * step_s, at))
    return placed


@dataclass(frozen=True)
class Walker:
    """A person seen from the left or right side.

    Attributes
    ----------
    placed
        The feet as they are set down.
    to_the_right
        Whether the person goes to the right of the image.
    lean_deg
        Forward lean of the trunk.
    swing_s
        How long a foot swings, in seconds.
    follows
        Whether the camera goes along.
    looks_down
        How much higher in the image the far foot looks, in leg lengths.
    """

    placed: list[Placed]
    to_the_right: bool = True
    lean_deg: float = 5.0
    swing_s: float = 0.42
    follows: bool = False
    looks_down: float = 0.0
    confidence: float = 1.0

    def pose(self, t_s: float) -> PoseSample:
        """The pose at a time."""
        feet = {side: self._foot(side, t_s) for side in SIDES}
        hips = 0.5 * (feet["left"] + feet["right"])
        # The hips are over the lower foot, as far as the leg is long; they go evenly.
        hips[1] = self._height(t_s) + 0.92
        lean = math.radians(self.lean_deg)
        shoulders = hips + TRUNK * np.array([math.sin(lean), math.cos(lean)])
        origin = hips - [0.0, 0.2] if self.follows else np.zeros(2)
        xy = np.full((len(Keypoint), 2), np.nan)
        far: Side = "left" if self.to_the_right else "right"
        for side in SIDES:
            raised = np.array([0.0, self.looks_down if side == far else 0.0])
            foot = feet[side] + raised
            knee = 0.5 * (hips + foot) + [0.12, 0.0]
            joints = {
                "hip": hips,
                "knee": knee,
                "ankle": foot,
                "toe": foot + TOE,
                "heel": foot + HEEL,
                "shoulder": shoulders,
                "ear": shoulders + EAR,
            }
            for joint, place in joints.items():
                xy[keypoint(side, joint)] = self._in_image(place - origin)
        xy[Keypoint.NOSE] = self._in_image(shoulders + NOSE - origin)
        return PoseSample(
            t_s,
            xy,
            np.full(len(Keypoint), self.confidence),
            self._world(),
            SIZE_PX,
            camera_roll_deg=0.0,
            camera_roll_sem_deg=0.5,
            profile=MEDIAPIPE,
        )

    def _foot(self, side: Side, t_s: float) -> FloatArray:
        place = np.zeros(2)
        for placed in self.placed:
            if placed.side != side:
                continue
            done = ease(t_s, placed.t_s - self.swing_s, placed.t_s)
            lifted = 0.12 * math.sin(math.pi * done)
            place = place + done * (np.array(placed.at) - place) + [0.0, lifted]
        return place

    def _height(self, t_s: float) -> float:
        """How high the lower foot stands, as an even course through all footfalls."""
        times = [0.0, *(one.t_s for one in self.placed)]
        feet = dict.fromkeys(SIDES, 0.0)
        heights = [0.0]
        for one in self.placed:
            feet[one.side] = one.at[1]
            heights.append(min(feet.values()))
        return float(np.interp(t_s, times, heights))

    def _in_image(self, place: FloatArray) -> FloatArray:
        sign = 1.0 if self.to_the_right else -1.0
        left = 0.5 * SIZE_PX[0] if self.follows else 200.0 if self.to_the_right else 1080.0
        return np.array([left + sign * LEG_PX * place[0], 600.0 - LEG_PX * place[1]])

    def _world(self) -> FloatArray:
        yaw = math.radians(90.0 if self.to_the_right else -90.0)
        world = np.zeros((len(Keypoint), 3))
        for side, sign in (("left", 1.0), ("right", -1.0)):
            for joint, half_m in (("shoulder", 0.18), ("hip", 0.12)):
                world[Keypoint[f"{side}_{joint}".upper()]] = (
                    sign * half_m * math.cos(yaw),
                    0.0,
                    sign * half_m * math.sin(yaw),
                )
        return world

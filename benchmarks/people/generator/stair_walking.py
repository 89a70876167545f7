"""A person who walks up or down stairs: the pose at any time.

Feet go from foothold to foothold of the plan. The hips go ahead with them, as high as both legs
reach, and each leg's bend follows from where its hip and ankle are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from generator.human_mesh import HumanMesh
from generator.movements import Moment, smooth
from generator.posing import Angles, Array, Posed, X, Y, laid, leg_lengths, pose, turned, two_bones
from generator.recipes import Recipe
from generator.stair_steps import FlightPlan, Foothold, Place, planned, start_height_m, turned_s

GRID_HZ = 120
"""How finely the way of the hips is worked out."""
TOES_DOWN_DEG = {"up": -22.0, "down": -26.0}
"""Pitch of a foot that is lifted toward a step up or down; toward any other place:"""
TOES_DOWN_LEVEL_DEG = -16.0
LANDS_DEG = -14.0
"""Pitch of a foot that is set down on the way down; it lands flat otherwise."""
FLAT_AFTER_S = 0.10
STANDING_LEAN_DEG = 3.0
PELVIS_SHARE = 0.45
"""Share of the trunk's lean that the pelvis has."""
ELBOW_DEG = 25.0
REACH = 0.985
"""How straight a leg becomes; in standing less, by 0.01."""
TURN_AFTER_S = 0.4


class Foot(NamedTuple):
    """An ankle ahead and up, m; the toes' pitch, degrees, + up; and whether it is on the ground."""

    ahead_m: float
    height_m: float
    pitch_deg: float
    planted: bool


def stair_moments(person: HumanMesh, recipe: Recipe) -> list[Moment]:
    """The pose in each frame of a clip; a moment's ``rep`` is the flight, its depth is 0."""
    plans, lasts_s = planned(recipe)
    flights = [_Flight(person, recipe, plan) for plan in plans]
    fps = recipe["fps"]
    return [_moment(recipe, flights, k / fps) for k in range(round(lasts_s * fps))]


def _moment(recipe: Recipe, flights: list[_Flight], time_s: float) -> Moment:
    """In the room; after each flight but the last the person turns round."""
    begun = [time_s >= turned_s(recipe, one.plan) for one in flights[:-1]]
    index = sum(begun)
    flight = flights[index]
    angles, posed = flight.posed(time_s)
    turning = 0.0
    if index + 1 < len(flights):
        turning = smooth((time_s - flight.plan.end_s - TURN_AFTER_S) / recipe["turn"])
    about = [0.0, 0.0, flight.plan.length_m]
    posed = laid(posed, turned(Y, 180 * turning), about, about)
    starts_m = sum((-1) ** k * one.plan.length_m for k, one in enumerate(flights[:index]))
    facing = turned(Y, 180 * index)
    return Moment(0.0, index, angles, laid(posed, facing, [0, 0, 0], [0, 0, starts_m]))


class _Flight:
    """The pose at any time of one flight, in the walker's own frame."""

    def __init__(self, person: HumanMesh, recipe: Recipe, plan: FlightPlan) -> None:
        self.person, self.plan, self.foot_yaw = person, plan, recipe["foot_yaw"]
        self.legs = {side: leg_lengths(person, side) for side in "lr"}
        self.ankle_m = {side: float(person.joint[f"{side}-ankle"][1]) for side in "lr"}
        ball = person.head["ball_l"] - person.joint["l-ankle"]
        self.ball = np.array([float(ball[2]), 0.02 - self.ankle_m["l"]])
        height_m = start_height_m(recipe["stairs"], plan.flight)
        self.footholds = {
            side: [
                Foothold(Place(side, 0.0, height_m, "stand"), -np.inf, -np.inf),
                *(one for one in plan.footholds if one.place.side[0] == side),
            ]
            for side in "lr"
        }
        self._lay_out_hips(height_m)

    def _lay_out_hips(self, height_m: float) -> None:
        """The way of the hips: between the feet, above the lower one, as high as legs reach."""
        step_s = self.plan.flight["step"]
        self.moves_s = self.plan.start_s - 0.9 * step_s
        at_s, ahead_m, floor_m = [self.moves_s], [0.0], [height_m]
        feet = dict.fromkeys(("left", "right"), (0.0, height_m))
        for place, _, set_down_s in self.plan.footholds:
            feet[place.side] = place.ahead_m, place.height_m
            (left_m, left_up_m), (right_m, right_up_m) = feet["left"], feet["right"]
            at_s.append(set_down_s - 0.06 * step_s)
            ahead_m.append(0.5 * (left_m + right_m) + (0.02 if place.kind == "up" else 0.0))
            floor_m.append(min(left_up_m, right_up_m))
        at_s.append(self.plan.end_s + 0.35)
        ahead_m.append(0.5 * (feet["left"][0] + feet["right"][0]))
        floor_m.append(max(feet["left"][1], feet["right"][1]))
        self.grid_s = np.arange(-1.0, self.plan.end_s + 2.0, 1 / GRID_HZ)
        width = 0.16 * step_s * GRID_HZ
        self.hips_ahead_m = _smoothed(np.interp(self.grid_s, at_s, ahead_m), width)
        floors = _smoothed(np.interp(self.grid_s, at_s, floor_m), width)
        reached = np.array([self._reached_m(*now) for now in zip(self.grid_s, floors, strict=True)])
        self.hips_m = _smoothed(_lowest_around(reached, 6), 6)

    def _reached_m(self, time_s: float, floor_m: float) -> float:
        """Height that the hips can have."""
        ahead_m = float(np.interp(time_s, self.grid_s, self.hips_ahead_m))
        found = floor_m + self.ankle_m["l"] + (REACH - 0.01) * sum(self.legs["l"])
        for side in "lr":
            foot = self._foot(side, time_s)
            far_m = REACH * sum(self.legs[side])
            up_m = np.sqrt(max(far_m**2 - (ahead_m - foot.ahead_m) ** 2, 0.01))
            found = min(found, foot.height_m + float(up_m))
        return found

    def _foot(self, side: str, time_s: float) -> Foot:
        """The foot on its foothold, or on its way to the next one."""
        own = self.footholds[side]
        index = max(k for k, one in enumerate(own) if one.lifted_s <= time_s)
        here = own[index]
        if time_s < here.set_down_s:
            return self._swinging(own[index - 1].place, here, time_s)
        lands_deg = LANDS_DEG if here.place.kind == "down" else 0.0
        pitch_deg = lands_deg * (1 - smooth((time_s - here.set_down_s) / FLAT_AFTER_S))
        if index + 1 < len(own):
            there = own[index + 1]
            stands_s = there.lifted_s - here.set_down_s
            rolls_s = max(min(0.22, 0.4 * stands_s), 0.05)
            part = smooth((time_s - (there.lifted_s - rolls_s)) / rolls_s)
            pitch_deg += _lifted_deg(there.place) * part
        ahead_m, height_m = self._ankle(here.place, pitch_deg)
        return Foot(ahead_m, height_m, pitch_deg, True)

    def _swinging(self, last: Place, to: Foothold, time_s: float) -> Foot:
        """A foot in the air: up before ahead toward a higher step, ahead before down otherwise."""
        kind, lifted_deg = to.place.kind, _lifted_deg(to.place)
        lands_deg = LANDS_DEG if kind == "down" else 0.0
        part = (time_s - to.lifted_s) / (to.set_down_s - to.lifted_s)
        (from_m, low_m), (to_m, high_m) = (
            self._ankle(last, lifted_deg),
            self._ankle(to.place, lands_deg),
        )
        rise_m = high_m - low_m
        arc = float(np.sin(np.pi * part) ** 2)
        if rise_m > 0.05:
            begun = smooth(0.12)
            up, ahead = smooth(part / 0.72), (smooth(0.12 + 0.88 * part) - begun) / (1 - begun)
        elif rise_m < -0.05:
            up, ahead = smooth((part - 0.3) / 0.7), smooth(part / 0.85)
        else:
            up, ahead = smooth(part), smooth(part)
        above_m = (0.03 if rise_m < -0.05 else 0.05) * (1.3 if kind == "level" else 1.0)
        if rise_m > 0.05:
            above_m += 0.05
        pitch_deg = lifted_deg + (lands_deg - lifted_deg) * smooth(part)
        pitch_deg += (4 if kind == "down" else 14) * arc
        ahead_m = from_m + (to_m - from_m) * ahead
        return Foot(ahead_m, low_m + rise_m * up + above_m * arc, pitch_deg, False)

    def _ankle(self, place: Place, pitch_deg: float) -> tuple[float, float]:
        """Ahead and up, m; with the toes down the foot stands on its ball."""
        flat = np.array([place.ahead_m, place.height_m + self.ankle_m[place.side[0]]])
        if pitch_deg >= 0:
            return float(flat[0]), float(flat[1])
        cosine, sine = np.cos(np.radians(pitch_deg)), np.sin(np.radians(pitch_deg))
        ball = np.array([[cosine, -sine], [sine, cosine]]) @ self.ball
        ahead_m, height_m = flat + self.ball - ball
        return float(ahead_m), float(height_m)

    def posed(self, time_s: float) -> tuple[Angles, Posed]:
        """Angles and pose at a time."""
        feet = {side: self._foot(side, time_s) for side in "lr"}
        side = max("lr", key=lambda own: (feet[own].planted, self._last_s(own, time_s)))
        free = "r" if side == "l" else "l"
        cycle, moving = self._cycle(time_s), self._moving(time_s)
        lean_deg = self.plan.flight["lean"] - STANDING_LEAN_DEG + 2.0 * np.cos(2 * cycle)
        lean_deg = STANDING_LEAN_DEG + moving * lean_deg + 0.5 * np.sin(2.3 * time_s)
        bent, shank = self._bent(side, feet[side], time_s)
        free_bent, free_shank = self._bent(free, feet[free], time_s)
        standing = feet[side]
        aside = self.person.joint[f"{side}-upper-leg"] - self.person.head["pelvis"]
        angles = Angles(
            stance="left" if side == "l" else "right",
            ankle=[float(aside[0]), standing.height_m, standing.ahead_m],
            knee_flex=bent,
            shank_tilt=shank,
            fppa=0.0,
            fppa_split=0.5,
            pelvis_drop=0.0,
            pelvis_tilt=PELVIS_SHARE * float(lean_deg),
            trunk_lateral=0.0,
            trunk_forward=float(lean_deg),
            arms=_arms(float(lean_deg), self.plan.flight["arm"] * moving * float(np.cos(cycle))),
            foot_yaw=self.foot_yaw,
            standing_foot_pitch=standing.pitch_deg,
        ).with_free_leg(free_bent - free_shank, -free_shank, feet[free].pitch_deg, 0.0)
        return angles, pose(self.person, angles)

    def _last_s(self, side: str, time_s: float) -> float:
        """When the foot was last set down."""
        return max(one.set_down_s for one in self.footholds[side] if one.set_down_s <= time_s)

    def _cycle(self, time_s: float) -> float:
        """Where in the stride: even multiples of pi as the left foot is set down, odd the right."""
        begins = 0 if self.plan.footholds[0].place.side == "left" else 1
        count = len(self.plan.footholds)
        set_down_s = [one.set_down_s for one in self.plan.footholds]
        return float(np.interp(time_s, set_down_s, np.pi * (begins + np.arange(count))))

    def _moving(self, time_s: float) -> float:
        """From 0 in standing to 1 in walking."""
        ended = smooth((time_s - self.plan.end_s) / 0.5)
        return smooth((time_s - self.moves_s) / 0.6) * (1 - ended)

    def _bent(self, side: str, foot: Foot, time_s: float) -> tuple[float, float]:
        """Bend of the knee and lean of the shank, degrees."""
        ahead_m = float(np.interp(time_s, self.grid_s, self.hips_ahead_m)) - foot.ahead_m
        up_m = float(np.interp(time_s, self.grid_s, self.hips_m)) - foot.height_m
        return two_bones(*self.legs[side], ahead_m, up_m)


def _lifted_deg(place: Place) -> float:
    return TOES_DOWN_DEG.get(place.kind, TOES_DOWN_LEVEL_DEG)


def _arms(lean_deg: float, swing_deg: float) -> dict[str, tuple[Array, Array]]:
    """Arms that swing with the trunk, each against its own leg."""
    trunk = turned(X, lean_deg)
    found = {}
    for side, outward, ahead_deg in (("l", 1.0, -swing_deg), ("r", -1.0, swing_deg)):
        upper, lower = np.radians(ahead_deg), np.radians(ahead_deg + ELBOW_DEG)
        found[side] = (
            trunk @ [outward * 0.18, -np.cos(upper), np.sin(upper)],
            trunk @ [outward * 0.05, -np.cos(lower), np.sin(lower)],
        )
    return found


def _lowest_around(values: Array, reach: int) -> Array:
    """The lowest of each value and so many before and after it."""
    padded = np.pad(values, reach, mode="edge")
    lowest: Array = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(1)
    return lowest


def _smoothed(values: Array, width: float) -> Array:
    """Smoothed by a Gaussian of that standard deviation, in samples."""
    reach = int(4 * width) + 1
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    padded = np.pad(values, reach, mode="edge")
    smoothed: Array = np.convolve(padded, weights / weights.sum(), mode="valid")
    return smoothed

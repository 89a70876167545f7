"""Where and when feet are set down on stairs, and the blocks that stairs are drawn from.

Each flight, one way up or down, is planned in the walker's own frame: metres ahead of where the
flight begins, and metres above the floor.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from generator.recipes import Recipe

LEVEL_STEP_M = 0.42
"""Length of a step on the level."""
FIRST_EDGE_M = {"up": 0.33, "down": 0.20}
"""How far ahead of the ankles the first edge is before the first step on the stairs."""
UP_TO_ANKLE_M, ANKLE_TO_EDGE_M = 0.09, 0.17
"""On its tread an ankle is so far past the lower edge on the way up, before it on the way down."""
VARIES = 0.04
"""Step times vary evenly by so much of themselves, either way."""
REST_S = 0.5
"""How long a flight lasts after its last foot is set down."""
AFTER_TURN_S = 0.4
"""How long a person stands between turning round and the next flight."""
LANDING_M, BEHIND_M = 2.5, 2.0
"""How far the upper floor goes on, ahead of the way up and behind the way down."""


class Place(NamedTuple):
    """Where a foot is set down.

    ``side`` is ``left`` or ``right``; ``kind`` is ``up`` or ``down`` for a step to a new tread,
    ``level`` for one on a floor, and ``join`` for a foot that comes beside the other.
    """

    side: str
    ahead_m: float
    height_m: float
    kind: str


class Foothold(NamedTuple):
    """A place, when the foot was lifted toward it, and when it is set down, s."""

    place: Place
    lifted_s: float
    set_down_s: float


class FlightPlan(NamedTuple):
    """A flight of a recipe, when it begins, s, and its footholds in order."""

    flight: Mapping[str, Any]
    start_s: float
    footholds: list[Foothold]

    @property
    def end_s(self) -> float:
        """When the last foot is set down."""
        return self.footholds[-1].set_down_s

    @property
    def length_m(self) -> float:
        """How far ahead the flight leads."""
        return self.footholds[-1].place.ahead_m


def planned(recipe: Recipe) -> tuple[list[FlightPlan], float]:
    """Each flight's plan, and how long the clip is, s."""
    rng = np.random.default_rng(recipe["seed"])
    start_s: float = recipe["lead"]
    plans = list[FlightPlan]()
    for flight in recipe["flights"]:
        if plans:
            start_s = turned_s(recipe, plans[-1]) + AFTER_TURN_S
        footholds = list(_timed(recipe["stairs"], flight, start_s, rng))
        plans.append(FlightPlan(flight, start_s, footholds))
    return plans, plans[-1].end_s + REST_S + recipe["tail"]


def turned_s(recipe: Recipe, plan: FlightPlan) -> float:
    """When the person has turned round after a flight, s."""
    return plan.end_s + REST_S + float(recipe["turn"])


def _timed(
    stairs: Mapping[str, Any], flight: Mapping[str, Any], start_s: float, rng: np.random.Generator
) -> Iterator[Foothold]:
    time_s = start_s
    for place in places(stairs, flight):
        varied = flight["step"] * (1 + rng.uniform(-VARIES, VARIES))
        lasts_s = varied * flight["uneven"].get(place.side, 1.0)
        time_s += lasts_s
        yield Foothold(place, time_s - flight["swing"] * lasts_s, time_s)


def places(stairs: Mapping[str, Any], flight: Mapping[str, Any]) -> list[Place]:
    """Where the feet are set down in a flight, in order."""
    way = flight["way"]
    sides = ("left", "right") if flight["first"] == "left" else ("right", "left")
    feet = itertools.cycle(sides)
    ahead_m, height_m = 0.0, start_height_m(stairs, flight)
    found = []
    for _ in range(flight["before"]):
        ahead_m += LEVEL_STEP_M
        found.append(Place(next(feet), ahead_m, height_m, "level"))
    on_tread_m = UP_TO_ANKLE_M if way == "up" else stairs["tread"] - ANKLE_TO_EDGE_M
    for step in range(stairs["steps"]):
        ahead_m = first_edge_m(flight) + step * stairs["tread"] + on_tread_m
        height_m += stairs["rise"] if way == "up" else -stairs["rise"]
        found.append(Place(next(feet), ahead_m, height_m, way))
        if flight["both_feet"]:
            found.append(Place(next(feet), ahead_m, height_m, "join"))
    if not flight["both_feet"]:
        for _ in range(flight["after"]):
            ahead_m += LEVEL_STEP_M
            found.append(Place(next(feet), ahead_m, height_m, "level"))
        found.append(Place(next(feet), ahead_m, height_m, "join"))
    return found


def start_height_m(stairs: Mapping[str, Any], flight: Mapping[str, Any]) -> float:
    """Height of the floor that a flight begins on."""
    return 0.0 if flight["way"] == "up" else float(stairs["steps"] * stairs["rise"])


def first_edge_m(flight: Mapping[str, Any]) -> float:
    """How far ahead of where a flight begins its first edge is."""
    return float(flight["before"] * LEVEL_STEP_M + FIRST_EDGE_M[flight["way"]])


class Block(NamedTuple):
    """A box in the room: its middle, its size along x, y and z, m, and its linear RGB."""

    middle: tuple[float, float, float]
    size: tuple[float, float, float]
    rgb: tuple[float, ...]


def stair_blocks(recipe: Recipe) -> list[Block]:
    """The stairs of a clip: each step from the floor up, every other one a little darker."""
    stairs, first = recipe["stairs"], recipe["flights"][0]
    up, count, tread_m = first["way"] == "up", stairs["steps"], stairs["tread"]
    edge_m = first_edge_m(first)

    def block(from_m: float, to_m: float, height_m: float, share: float) -> Block:
        middle = (0.0, height_m / 2, (from_m + to_m) / 2)
        rgb = tuple(share * colour for colour in stairs["rgb"])
        return Block(middle, (stairs["width"], height_m, to_m - from_m), rgb)

    found = []
    for step in range(count if up else count - 1):
        from_m = edge_m + step * tread_m
        to_m = from_m + tread_m
        if up and step == count - 1:
            to_m += LANDING_M
        level = step + 1 if up else count - 1 - step
        found.append(block(from_m, to_m, level * stairs["rise"], 1.0 if step % 2 else 0.92))
    if not up:
        found.append(block(-BEHIND_M, edge_m, count * stairs["rise"], 1.0))
    return found

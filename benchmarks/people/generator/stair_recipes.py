"""Draws recipes of people on stairs by chance; how they go and are filmed is in turn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from generator.recipes import FACING_DEG, STAIRS, Chance, Recipe, clothes_and_room, person, stature
from generator.scene_camera import AIM_M
from generator.stair_steps import places

BODY_M, BESIDE_M = 2.15, 1.3
"""What is in the picture in height and width beside the stairs, or beside the followed person's
:data:`FOLLOWED_M`."""
FOLLOWED_M = (0.6, 0.4)
WALL_BEHIND_M = -7.5


class Outing(NamedTuple):
    """How somebody goes on stairs and is filmed.

    ``manner`` is ``as drawn``, ``hurried``, ``both feet`` on each step of the way down, or
    ``limping``; ``follows`` is ``pans``, ``walks`` or nothing.
    """

    ways: tuple[str, ...]
    fps: int = 30
    size: tuple[int, int] = (640, 360)
    manner: str = "as drawn"
    follows: str = ""


OUTINGS = (
    Outing(("up", "down")),
    Outing(("down",), fps=60),
    Outing(("up",), follows="pans"),
    Outing(("up", "down"), manner="both feet"),
    Outing(("down",), fps=60, manner="hurried"),
    Outing(("up", "down"), fps=25, manner="limping"),
    Outing(("up",), size=(360, 640), follows="walks"),
    Outing(("up",), fps=60),
)


def draw_stair_recipe(rng: np.random.Generator, outing: Outing) -> Recipe:
    """Draw a clip of somebody who goes up, down, or up and down again.

    Parameters
    ----------
    rng
        Where chance comes from.
    outing
        How the person goes, and how it is filmed; the rest is drawn.
    """
    chance = Chance(rng)
    body, sex = person(rng)
    stairs: dict[str, Any] = {
        "steps": int(rng.integers(4, 7)),
        "rise": chance.between(0.15, 0.19),
        "tread": chance.between(0.27, 0.31),
    }
    flights = [_flight(chance, outing, number) for number in range(len(outing.ways))]
    recipe: Recipe = {
        "exercise": STAIRS,
        "body": body,
        "stature": stature(chance, sex, (1.55, 1.75), (1.65, 1.92)),
        "view": chance.one_of(["left", "right"]),
        "fps": outing.fps,
        "size": list(outing.size),
    }
    aside_deg, room_for = chance.between(-8, 8), chance.between(1.0, 1.15)
    camera_m = chance.between(0.9, 1.5)
    recipe |= {
        "roll": chance.between(-2.5, 2.5),
        "vfov": chance.one_of([42, 46]),
        "gain": chance.one_of([1, 1, 0.8]),
        "pix_noise": chance.one_of([2, 4, 7]),
        "seed": int(rng.integers(1_000_000)),
        "stairs": stairs,
        "flights": flights,
    }
    stairs["width"] = chance.between(0.8, 1.1)
    stairs["rgb"] = [chance.between(0.2, high) for high in (0.5, 0.45, 0.4)]
    recipe |= {
        "turn": chance.between(1.0, 1.5),
        "lead": chance.between(0.9, 1.3),
        "tail": chance.between(0.5, 1.0),
        "foot_yaw": 6,
        "wall_behind": WALL_BEHIND_M,
        **clothes_and_room(chance),
    }
    if outing.follows:
        recipe["follows"] = outing.follows
    return recipe | _where_filmed(recipe, aside_deg, room_for, camera_m)


def _flight(chance: Chance, outing: Outing, number: int) -> dict[str, Any]:
    way = outing.ways[number]
    flight = {
        "way": way,
        "step": chance.between(*((0.5, 0.72) if way == "up" else (0.42, 0.66))),
        "swing": chance.between(0.72, 0.82),
        "first": chance.one_of(["left", "right"]),
        "before": int(chance.rng.integers(0, 2)) if number == 0 else 0,
        "after": int(chance.rng.integers(0, 2)) if len(outing.ways) == 1 else 0,
        "both_feet": way == "down" and outing.manner == "both feet",
        "uneven": {"left": 1.12, "right": 0.88} if outing.manner == "limping" else {},
        "lean": _lean_deg(chance, way),
        "arm": chance.between(8, 26),
    }
    if outing.manner == "hurried":
        flight |= {"step": chance.between(0.36, 0.42), "swing": 0.88, "arm": 35}
    return flight


def _lean_deg(chance: Chance, way: str) -> float:
    if way == "up":
        return chance.between(8, 20)
    drawn = [chance.between(*around) for around in ((0, 6), (2, 10), (14, 28))]
    return chance.one_of(drawn)


def _where_filmed(recipe: Recipe, aside_deg: float, room_for: float, camera_m: float) -> Recipe:
    """A camera beside the middle of the stairs, as far away as all of it needs."""
    stairs = recipe["stairs"]
    rise_m = stairs["steps"] * stairs["rise"]
    length_m = places(stairs, recipe["flights"][0])[-1].ahead_m
    tall_m, wide_m = FOLLOWED_M if "follows" in recipe else (rise_m, length_m)
    half = float(np.tan(np.radians(recipe["vfov"]) / 2))
    width, height = recipe["size"]
    needed_m = max((tall_m + BODY_M) / 2, (wide_m + BESIDE_M) / 2 * height / width) / half
    away_m, middle_m = room_for * needed_m + 0.3, length_m / 2
    outward = np.sign(FACING_DEG[recipe["view"]])
    aside = np.radians(aside_deg)
    eye = [outward * away_m * np.cos(aside), camera_m, middle_m + away_m * np.sin(aside)]
    return {
        "eye": [round(float(value), 4) for value in eye],
        "at": [0.0, round(rise_m / 2 + AIM_M, 4), round(middle_m, 4)],
    }

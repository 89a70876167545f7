"""Draws recipes by chance: who, what movement, what clothes, room and camera.

A recipe holds all that a clip is made from. The same seed gives the same recipes, to the byte, as
long as the order of the draws stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

Recipe = dict[str, Any]
Kind = Literal["repetitions", "holds", "flights"]
T = TypeVar("T")

EXERCISES = ("step_down", "single_leg_squat", "lateral_step_down", "step_up", "squat")
VIEWS_OF_HOLDS = {
    "plank": ("side",),
    "side_plank": ("front", "back"),
    "wall_sit": ("side",),
    "single_leg_stance": ("front",),
}
"""From where each hold is measured."""
STAIRS = "stairs"

ANCESTRIES = ("african", "asian", "caucasian")
SKIN_OF = np.array([(0.17, 0.09, 0.055), (0.64, 0.44, 0.31), (0.60, 0.39, 0.29)])
FACING_DEG = {"front": 0, "back": 0, "left": 90, "right": -90}
"""Where the camera stands, about the person: + to the own left. For a view of the back the person
turns round, and the camera stays."""


def kind_of(recipe: Recipe) -> Kind:
    """What a clip shows."""
    if recipe["exercise"] in VIEWS_OF_HOLDS:
        return "holds"
    return "flights" if recipe["exercise"] == STAIRS else "repetitions"


@dataclass(frozen=True)
class Chance:
    """Draws that a recipe needs."""

    rng: np.random.Generator

    def between(self, low: float, high: float) -> float:
        """A number to three decimals, each as likely as any other."""
        return float(np.round(self.rng.uniform(low, high), 3))

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely; twice in the list is twice as likely."""
        return choices[int(self.rng.integers(len(choices)))]

    def happens(self, probability: float) -> bool:
        """Whether something of that probability happens."""
        return bool(self.rng.random() < probability)

    def colour(self) -> list[float]:
        """A colour of clothes, linear RGB."""
        return [self.between(0.02, 0.55), self.between(0.02, 0.45), self.between(0.02, 0.5)]


def person(rng: np.random.Generator) -> tuple[dict[str, Any], str]:
    """A body, as a mixture of MakeHuman's macro targets, with its skin; and the sex."""
    sex = ("female", "male")[rng.integers(2)]
    old = float(rng.choice([0, 0, 0.3, 0.6]))
    ancestry = rng.dirichlet([0.6, 0.6, 0.6])
    muscle, weight = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.75, 0.75))
    targets: list[tuple[str, float]] = []
    for age, share in (("young", 1 - old), ("old", old)):
        if share <= 0:
            continue
        kind = f"{sex}-{age}"
        targets += [
            (f"macrodetails/{name}-{kind}", round(float(share * part), 3))
            for name, part in zip(ANCESTRIES, ancestry, strict=True)
        ]
        targets += [
            (f"macrodetails/universal-{kind}-{m}-{w}", round(float(share * of_m * of_w), 3))
            for m, of_m in _levels(muscle, "muscle")
            for w, of_w in _levels(weight, "weight")
        ]
        proportions = float(rng.uniform(-0.8, 0.9))
        named = "ideal" if proportions > 0 else "uncommon"
        name = f"macrodetails/proportions/{kind}-averagemuscle-averageweight-{named}proportions"
        targets.append((name, round(share * abs(proportions), 3)))
    skin = sum(part * colour for part, colour in zip(ancestry, SKIN_OF, strict=True))
    skin = skin * rng.uniform(0.85, 1.15)
    body = {
        "targets": [[name, part] for name, part in targets if part > 0.01],
        "skin": [round(float(value), 3) for value in skin],
    }
    return body, sex


def _levels(value: float, what: str) -> tuple[tuple[str, float], tuple[str, float]]:
    """The two macro targets that a level between -1 and 1 lies between, and their shares."""
    return (
        (f"average{what}", 1 - abs(value)),
        (("max" if value > 0 else "min") + what, abs(value)),
    )


def draw_recipe(
    rng: np.random.Generator, exercise: str, view: str, *, standing_varies: bool = True
) -> Recipe:
    """Draw a clip of two repetitions.

    Parameters
    ----------
    rng
        Where chance comes from.
    exercise
        One of :data:`EXERCISES`.
    view
        ``front`` or ``side``: of the working leg.
    standing_varies
        Whether people differ in how they stand, how far the shank tilts and where the knee's fall
        comes from. The first two sets did not.
    """
    chance = Chance(rng)
    body, sex = person(rng)
    leg = chance.one_of(["left", "right"])
    side = leg if view == "side" else "front"
    reps = _repetitions(chance, exercise, view)
    if standing_varies:
        _vary_standing(chance, reps)
        if exercise == "single_leg_squat" and chance.happens(0.4):
            exercise = "single_leg_squat_front"
    return {
        "exercise": exercise,
        "body": body,
        "stature": stature(chance, sex),
        "stance": "both" if exercise == "squat" else leg,
        "view": side,
        "box": chance.one_of([0.10, 0.14, 0.16, 0.20]) if "step" in exercise else 0.0,
        "fps": chance.one_of([24, 25, 30, 30, 30]),
        "size": chance.one_of([[480, 848], [848, 480], [720, 720], [720, 1280], [1280, 720]]),
        **_filmed(chance, side, camera_m=(0.6, 1.4), away_m=(2.7, 4.2)),
        "reps": reps,
        "foot_yaw": chance.between(0, 14),
        "lead": chance.between(1.0, 1.6),
        "tail": chance.between(0.6, 1.2),
    }


def stature(
    chance: Chance,
    sex: str,
    female_m: tuple[float, float] = (1.52, 1.78),
    male_m: tuple[float, float] = (1.63, 1.95),
) -> float:
    """Height of a person, m."""
    return chance.between(*(female_m if sex == "female" else male_m))


def _filmed(
    chance: Chance, side: str, *, camera_m: tuple[float, float], away_m: tuple[float, float]
) -> Recipe:
    """Camera, light, clothes and room."""
    return {
        "distance": chance.between(*away_m),
        "camera_height": chance.between(*camera_m),
        "roll": chance.between(-3, 3),
        "vfov": chance.one_of([42, 42, 50, 36]),
        "arms": chance.one_of(["hips", "front", "cross", "side"]),
        "gain": chance.one_of([1, 1, 0.8, 0.5]),
        "pix_noise": chance.one_of([2, 4, 9]),
        "seed": int(chance.rng.integers(1_000_000)),
        "yaw": FACING_DEG[side] + chance.between(-6, 6),
        "off_x": chance.between(-0.35, 0.35),
        **clothes_and_room(chance),
    }


def clothes_and_room(chance: Chance) -> Recipe:
    """Clothes, and the colours of floor and walls."""
    return {
        "outfit": {
            "shirt": chance.colour(),
            "shorts": chance.colour(),
            "shoes": chance.colour(),
            "hair": chance.colour(),
            "leg": chance.one_of([0.3, 0.45, 0.6, 1.3, 1.85]),
            "sleeve": chance.one_of([0.0, 0.3, 0.45, 0.95]),
        },
        "room": {
            "floor": [chance.between(0.1, 0.5)] * 3,
            "wall": [chance.between(0.1, 0.7) for _ in range(3)],
        },
    }


def draw_hold_recipe(rng: np.random.Generator, exercise: str, view: str) -> Recipe:
    """Draw a clip of two holds.

    Parameters
    ----------
    rng
        Where chance comes from.
    exercise
        One of those in :data:`VIEWS_OF_HOLDS`.
    view
        ``front``, ``back`` or ``side``: of one side of the body, whichever comes.
    """
    chance = Chance(rng)
    body, sex = person(rng)
    leg = chance.one_of(["left", "right"])
    stature_m = stature(chance, sex)
    lies = "plank" in exercise
    recipe = {
        "exercise": exercise,
        "body": body,
        "stature": stature_m,
        "stance": "both" if exercise in ("plank", "wall_sit") else leg,
        "view": leg if view == "side" else view,
        "box": 0.0,
        "fps": chance.one_of([24, 25]),
        "size": chance.one_of([[848, 480], [720, 720], [960, 540]]),
        **_filmed(
            chance,
            leg if view == "side" else view,
            camera_m=(0.3, 1.1) if lies else (0.6, 1.2),
            away_m=(2.7, 3.8) if lies else (3.2, 4.2),
        ),
        "reps": [_hold(chance, exercise) for _ in range(2)],
        "foot_yaw": chance.between(0, 10),
        "lead": chance.between(0.8, 1.2),
        "tail": chance.between(0.6, 1.0),
    }
    recipe["off_x"] = round(0.5 * recipe["off_x"], 3)
    if exercise == "wall_sit":  # the wall is as far behind as the back: a thigh and half a body
        recipe["wall_behind"] = round(-0.245 * stature_m - 0.12, 3)
    return recipe


_HELD_DEG = {
    "plank": ((-4, 6), (8, 18), (-32, -14)),
    "side_plank": ((-6, 4), (8, 18), (-24, -12)),
    "wall_sit": ((-5, 8), (12, 24), (24, 34)),
    "single_leg_stance": ((-3, 3), (5, 9), (9, 14)),
}
"""What is held: well, and in two ways of poor form."""


def _hold(chance: Chance, exercise: str) -> dict[str, float]:
    held = chance.between(*chance.one_of(_HELD_DEG[exercise]))
    changes = chance.one_of([0.0, chance.between(0, 3), chance.between(2, 7)])
    rep = {
        "down": chance.between(0.8, 1.2),
        "up": chance.between(0.8, 1.2),
        "pause": chance.between(3, 5),
        "rest": chance.between(0.8, 1.5),
        "held": held,
        "held_end": round(held + changes, 3),
    }
    if exercise == "wall_sit":
        rep["trunk_forward"] = chance.between(-2, 6)
    if exercise == "single_leg_stance":
        rep |= {
            "sway": chance.between(0.1, 0.9),
            "pelvis_drop": chance.between(-2, 6),
            "thigh": chance.between(0, 45),
            "shank": chance.between(35, 80),
        }
    return rep


def _repetitions(chance: Chance, exercise: str, view: str) -> list[dict[str, float]]:
    """Two repetitions; more than half of them in poor form."""
    deep = chance.between(56, 70)
    reps = []
    for _ in range(2):
        poor = chance.happens(0.55)
        if exercise == "step_up":
            knee_flex = deep
        else:
            knee_flex = chance.between(*((80, 105) if exercise == "squat" else (52, 74)))
        rep = {"down": chance.one_of([0.8, 1.2, 2.0, 2.6]), "up": chance.between(0.8, 1.4)}
        fppa = chance.between(*((8, 20) if poor else (-3, 4)))
        lateral = chance.between(*((6, 14) if poor and chance.happens(0.6) else (-1, 3)))
        forward = chance.between(*((6, 38) if view == "side" else (8, 18)))
        pelvis_drop = chance.between(*((4, 11) if poor else (0, 3)))
        rep |= {
            "pause": chance.between(0.1, 1.0),
            "rest": chance.between(0.5, 1.2),
            "knee_flex": knee_flex,
            "fppa": fppa,
            "trunk_lateral": lateral,
            "trunk_forward": forward,
            "pelvis_drop": pelvis_drop,
        }
        reps.append(rep)
    return reps


def _vary_standing(chance: Chance, reps: list[dict[str, float]]) -> None:
    """How a person stands is the same all through the set; how a knee bends is not."""
    rng = chance.rng
    fppa = float(np.round(np.clip(rng.normal(1.0, 3.0), -5, 7), 2))
    lean, bend, flex, tilt = (
        float(np.round(value, 2))
        for value in (
            rng.normal(0, 1.5),
            rng.normal(3, 2.5),
            rng.uniform(1, 12),
            rng.normal(0, 1.5),
        )
    )
    for rep in reps:
        rep |= {
            "lean_stand": lean,
            "forward_stand": bend,
            "flex_stand": flex,
            "drop_stand": tilt,
            "shank_tilt": round(rep["knee_flex"] * chance.between(0.30, 0.54), 2),
            "fppa_split": chance.between(0.3, 0.7),
            "fppa_stand": fppa,
        }

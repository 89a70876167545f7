"""The camera of a recipe, where points in space lie in its picture, and the same camera again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.movements import Moment
from generator.recipes import FACING_DEG, Recipe

Array = NDArray[np.float64]

MOVED_M, TURNED_DEG = 0.20, 3.0
"""How far a camera is off when the same set is filmed again."""

AIM_M = 0.88
"""Height that the camera aims at on flat ground; on a box more, by 0.6 of its height."""


FOLLOWS_HZ = 3.0
"""A camera that follows makes up this share of its lag in a second."""
BELOW_PELVIS_M = 0.05
"""It aims so far below the pelvis."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes
    ----------
    eye, at
        Where it stands and what it aims at, m; the person stands at 0 and looks along +z, +x is the
        own left, +y up.
    vfov
        Vertical field of view, degrees.
    size
        Width and height of the picture, px.
    roll
        Degrees; + turns the picture's content counter-clockwise.
    """

    eye: list[float]
    at: list[float]
    vfov: float
    size: list[int]
    roll: float

    @classmethod
    def of(cls, recipe: Recipe) -> Camera:
        """The recipe's camera: ``eye`` and ``at``, or from distance, turn and height."""
        if "eye" in recipe:
            eye, at = recipe["eye"], recipe["at"]
        else:
            yaw = recipe.get("yaw", FACING_DEG[recipe["view"]])
            around = np.radians(yaw)
            eye = [
                float(np.sin(around) * recipe["distance"]),
                recipe["camera_height"],
                float(np.cos(around) * recipe["distance"]),
            ]
            at = [recipe["off_x"], AIM_M + recipe["box"] * 0.6, 0.0]
        return cls(eye, at, recipe["vfov"], recipe["size"], recipe["roll"])

    def as_data(self) -> dict[str, Any]:
        """As it is written into a truth file."""
        return asdict(self)

    def project(self, point: ArrayLike) -> Array:
        """Where a point in space, m, lies in the picture, px: x to the right, y down."""
        eye, at = np.array(self.eye, float), np.array(self.at, float)
        ahead = at - eye
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 1, 0])
        right /= np.linalg.norm(right)
        up = np.cross(right, ahead)
        turn = -np.radians(self.roll)
        right, up = (
            np.cos(turn) * right + np.sin(turn) * up,
            -np.sin(turn) * right + np.cos(turn) * up,
        )
        away = np.asarray(point) - eye
        depth = away @ ahead
        width, height = self.size
        scale = height / 2 / np.tan(np.radians(self.vfov) / 2)
        x_px = width / 2 + scale * (away @ right) / depth
        return np.array([x_px, height / 2 - scale * (away @ up) / depth])


def cameras(recipe: Recipe, moments: Sequence[Moment]) -> list[Camera]:
    """The camera in each frame: where it stays, or as it follows the person by hand.

    A camera that ``pans`` turns after the hips, one that ``walks`` also goes beside them; both lag
    behind, and waver.
    """
    still = Camera.of(recipe)
    if "follows" not in recipe:
        return [still] * len(moments)
    found = []
    aim = moments[0].posed.places["pelvis"]
    for k, one in enumerate(moments):
        time_s = k / recipe["fps"]
        aim = aim + (one.posed.places["pelvis"] - aim) * min(1.0, FOLLOWS_HZ / recipe["fps"])
        up_m = float(aim[1]) - BELOW_PELVIS_M + 0.04 * float(np.sin(1.9 * time_s + 1))
        ahead_m = float(aim[2]) + 0.06 * float(np.sin(1.3 * time_s))
        eye = still.eye
        if recipe["follows"] == "walks":
            eye = [*eye[:2], ahead_m]
        found.append(replace(still, eye=eye, at=[0.0, up_m, ahead_m]))
    return found


def filmed_again(first: Recipe, rng: np.random.Generator) -> Recipe:
    """The same person and movement; the camera moved and turned any way, and other noise.

    The camera stands :data:`MOVED_M` away in any direction, and is turned by :data:`TURNED_DEG`
    about any axis: to the side, up or down, or about its own.
    """
    camera = Camera.of(first)
    eye, at = np.array(camera.eye), np.array(camera.at)
    moved = MOVED_M * _unit(rng.normal(size=3))
    pan, tilt, roll = np.radians(TURNED_DEG) * _unit(rng.normal(size=3))
    ahead = at - eye
    right = _unit(np.cross(ahead, [0.0, 1.0, 0.0]))
    up = np.cross(right, _unit(ahead))
    turned = ahead + np.linalg.norm(ahead) * (np.tan(pan) * right + np.tan(tilt) * up)
    new_eye = eye + moved
    return first | {
        "eye": [round(float(value), 4) for value in new_eye],
        "at": [round(float(value), 4) for value in new_eye + turned],
        "roll": round(first["roll"] + float(np.degrees(roll)), 3),
        "seed": int(rng.integers(1_000_000)),
    }


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)

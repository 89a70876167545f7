"""The camera of a recipe, where points in space lie in its picture, and the same camera again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from generator.recipes import FACING_DEG, Recipe

Array = NDArray[np.float64]

MOVED_M, TURNED_DEG = 0.20, 3.0
"""How far a camera is off when the same set is filmed again."""

AIM_M = 0.88
"""Height that the camera aims at on flat ground; on a box more, by 0.6 of its height."""


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
        yaw = recipe.get("yaw", FACING_DEG[recipe["view"]])
        around = np.radians(yaw)
        eye = [
            float(np.sin(around) * recipe["distance"]),
            recipe["camera_height"],
            float(np.cos(around) * recipe["distance"]),
        ]
        at = [recipe["off_x"], AIM_M + recipe["box"] * 0.6, 0.0]
        return cls(
            eye=recipe.get("eye", eye),
            at=recipe.get("at", at),
            vfov=recipe["vfov"],
            size=recipe["size"],
            roll=recipe["roll"],
        )

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

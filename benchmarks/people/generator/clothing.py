"""What each face of a body is made of: skin, clothes, shoes, hair or eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.human_mesh import HumanMesh
from generator.recipes import Recipe

Array = NDArray[np.float64]

SKIN, SHIRT, SHORTS, SHOES, HAIR, EYES = range(6)
DRAWN = ("body", "helper-hair", "helper-l-eye", "helper-r-eye")
EYE_RGB = (0.10, 0.07, 0.05)


@dataclass(frozen=True)
class Surface:
    """What is drawn of a person.

    Attributes
    ----------
    vertices
        Shape (V,): indices into the vertices of the mesh.
    faces
        Shape (F, 4): indices into ``vertices``.
    material
        Shape (F,): of each face, an index into ``colours``.
    colours
        Linear RGB of each material.
    """

    vertices: NDArray[np.int64]
    faces: NDArray[np.int64]
    material: NDArray[np.int64]
    colours: list[tuple[float, ...]]


def dressed(person: HumanMesh, recipe: Recipe) -> Surface:
    """Dress the person as the recipe says."""
    outfit = recipe["outfit"]
    strongest = person.weights.argmax(1)
    kept, material = [], []
    for group, corners in zip(person.group, person.faces, strict=True):
        if group not in DRAWN:
            continue
        centre = person.rest[corners].mean(0)
        if group == "helper-hair":
            if _is_mane(person, centre):
                continue
            made_of = HAIR
        elif group != "body":
            made_of = EYES
        else:
            bone = person.bones[np.bincount(strongest[corners]).argmax()]
            made_of = _clothes(person, outfit, bone, centre)
        kept.append(corners)
        material.append(made_of)
    vertices, faces = np.unique(np.array(kept), return_inverse=True)
    clothes = [tuple(outfit[name]) for name in ("shirt", "shorts", "shoes", "hair")]
    colours = [tuple(recipe["body"]["skin"]), *clothes, EYE_RGB]
    return Surface(vertices, faces.reshape(-1, 4), np.array(material), colours)


def _is_mane(person: HumanMesh, centre: Array) -> bool:
    """Whether a face of the hair belongs to the long mane: only a cap of it is drawn."""
    _, eye_m, eye_ahead_m = person.joint["l-eye"]
    low = centre[1] < eye_m - 0.06
    face = centre[2] > eye_ahead_m - 0.075 and centre[1] < eye_m + 0.055
    return bool(low or face)


def _clothes(person: HumanMesh, outfit: Mapping[str, Any], bone: str, centre: Array) -> int:
    """What covers a face of the body, by the bone that moves it and how far down the limb it is."""
    head, side = person.head, bone[-1]

    def down(end: str) -> float:
        return float((head[bone][1] - centre[1]) / (head[bone][1] - head[end][1]))

    covered = False, SKIN
    if bone.startswith(("spine", "clavicle")):
        covered = True, SHIRT
    elif bone == "neck_01":
        covered = bool(centre[1] < person.joint["neck"][1] - 0.01), SHIRT
    elif bone.startswith("upperarm"):
        length = np.linalg.norm(head["lowerarm_" + side] - head[bone])
        along = np.linalg.norm(centre - head[bone]) / length
        covered = bool(along < outfit["sleeve"]), SHIRT
    elif bone == "pelvis":
        covered = True, SHORTS
    elif bone.startswith("thigh"):
        covered = down("calf_" + side) < outfit["leg"], SHORTS
    elif bone.startswith("calf"):
        covered = outfit["leg"] > 1 and down("foot_" + side) < outfit["leg"] - 1, SHORTS
    elif bone.startswith(("foot", "ball")):
        covered = True, SHOES
    return covered[1] if covered[0] else SKIN

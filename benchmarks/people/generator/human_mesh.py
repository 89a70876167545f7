"""A person's body: MakeHuman's base mesh, shaped by targets and moved by bones.

The world is in metres, +x to the person's own left, +y up, +z ahead; the ground is at y = 0.
"""

from __future__ import annotations

import io
import json
import lzma
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ASSETS = Path(__file__).parent / "assets"
UNIT_M = 0.1
"""The base mesh is in decimetres."""


@cache
def assets() -> Mapping[str, Any]:
    """Base mesh, targets and skinning weights, as ``pack_assets.py`` keeps them."""
    packed = lzma.decompress((ASSETS / "human.npz.xz").read_bytes())
    with np.load(io.BytesIO(packed)) as arrays:
        return dict(arrays)


class HumanMesh:
    """One person's body in its resting pose.

    Parameters
    ----------
    targets
        Name and share of each macro target that shapes the body.
    stature_m
        Height of the person.

    Attributes
    ----------
    rest
        Shape (N, 3): the vertices, m.
    faces
        Shape (F, 4): indices of vertices.
    group
        Shape (F,): the name of each face's group: ``body``, ``helper-hair`` and so on.
    joint
        Centre of each joint, m, shape (3,).
    bones
        Names, each after its parent.
    parent, head
        Of each bone: its parent, or none; and where it begins, m, shape (3,).
    weights
        Shape (N, bones): how much each bone moves each vertex.
    """

    def __init__(self, targets: Sequence[tuple[str, float]], stature_m: float) -> None:
        packed = assets()
        names = packed["group_names"]
        self.faces: NDArray[np.int64] = packed["faces"].astype(np.int64)
        self.group = names[packed["face_group"]]
        of_group = {str(name): np.unique(self.faces[self.group == name]) for name in names}
        body = of_group["body"]
        vertices = _shaped(packed, targets) * UNIT_M
        vertices[:, 1] -= vertices[body][:, 1].min()
        vertices *= stature_m / vertices[body][:, 1].max()
        self.rest: Array = vertices
        self.joint: dict[str, Array] = {
            name.removeprefix("joint-"): vertices[own].mean(0)
            for name, own in of_group.items()
            if name.startswith("joint-")
        }
        rig = json.loads((ASSETS / "rig.json").read_text("utf-8"))
        self.parent: dict[str, str | None] = {name: bone["parent"] for name, bone in rig.items()}
        self.bones: list[str] = list(rig)
        self.head: dict[str, Array] = {
            name: self.joint[bone["head"].removeprefix("joint-")] for name, bone in rig.items()
        }
        weights = np.zeros((len(vertices), len(self.bones)))
        weights[packed["weight_vertex"], packed["weight_bone"]] = packed["weight"]
        total = weights.sum(1, keepdims=True)
        self.weights: Array = np.where(total > 0, weights / np.where(total > 0, total, 1), 0)

    def skin(self, turns: Mapping[str, Array], places: Mapping[str, Array]) -> Array:
        """Give the vertices of a pose, m, shape (N, 3).

        Parameters
        ----------
        turns
            Of each bone, shape (3, 3): its rotation in the world.
        places
            Of each bone, shape (3,): where its head is, m.
        """
        turn = np.stack([turns[bone] for bone in self.bones])
        move = np.stack([places[bone] - turns[bone] @ self.head[bone] for bone in self.bones])
        blend = self.weights @ np.concatenate([turn.reshape(-1, 9), move], axis=1)
        turned = np.einsum("nij,nj->ni", blend[:, :9].reshape(-1, 3, 3), self.rest)
        moved: Array = turned + blend[:, 9:]
        loose = self.weights.sum(1) == 0
        moved[loose] = self.rest[loose]
        return moved


def _shaped(packed: Mapping[str, Any], targets: Sequence[tuple[str, float]]) -> Array:
    """The base mesh with the targets' shares of their moves, in its own unit."""
    names = [str(name) for name in packed["target_names"]]
    vertices: Array = packed["vertices_1e4"] / 1e4
    for name, share in targets:
        vertices += share * (packed["targets_1e3"][names.index(name)].T / 1e3)
    return vertices

"""Pack MakeHuman's base mesh, targets and rig into the small files that the generator reads.

    python benchmarks/people/pack_assets.py FOLDER

FOLDER holds, each as text compressed with gzip, ``base.obj.gz``, ``rig.game_engine.json.gz``,
``weights.game_engine.json.gz`` and ``targets/macrodetails/...target.gz``. All of them are CC0.
Numbers are kept as they are; what the generator does not use (clothes helpers, texture coordinates)
is left out. Only needed when the assets change.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
from generator.human_mesh import ASSETS
from numpy.typing import NDArray

DRAWN = ("body", "helper-hair", "helper-l-eye", "helper-r-eye")


def text_of(path: Path) -> str:
    """Read a compressed text."""
    return gzip.decompress(path.read_bytes()).decode()


def base_mesh(text: str) -> dict[str, Any]:
    """Vertices, in ten-thousandths, and the faces that are drawn or mark a joint."""
    vertices, faces, of_face, names, group = [], [], [], [], ""
    for kind, *rest in (line.split() for line in text.splitlines() if line.strip()):
        if kind == "v":
            vertices.append([float(value) for value in rest[:3]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f" and (group in DRAWN or group.startswith("joint-")):
            if group not in names:
                names.append(group)
            faces.append([int(corner.split("/")[0]) - 1 for corner in rest])
            of_face.append(names.index(group))
    return {
        "vertices_1e4": exact(vertices, 1e4).astype(np.int32),
        "faces": np.array(faces, np.uint16),
        "face_group": np.array(of_face, np.uint8),
        "group_names": np.array(names),
    }


def exact(values: Any, parts: float) -> NDArray[np.float64]:
    """The values as whole parts of one; fails when they are not."""
    whole = np.rint(np.array(values) * parts)
    assert np.array_equal(whole / parts, np.array(values)), "more decimals than expected"
    return whole


def target_moves(path: Path, used: NDArray[np.bool_]) -> NDArray[np.int16]:
    """A target's moves in thousandths, shape (3, N); 0 for vertices that are not used."""
    moves = np.zeros((3, len(used)), np.int16)
    for line in text_of(path).splitlines():
        if line and not line.startswith("#"):
            vertex, *move = line.split()
            moves[:, int(vertex)] = exact([float(value) for value in move], 1e3)
    moves[:, ~used] = 0
    return moves


def rig_and_weights(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Each bone's parent and head, parents first; and what each bone moves."""
    rig = json.loads(text_of(folder / "rig.game_engine.json.gz"))
    own = json.loads(text_of(folder / "weights.game_engine.json.gz"))["weights"]
    bones: dict[str, Any] = {}
    while len(bones) < len(rig):
        for name, bone in rig.items():
            parent = bone["parent"] or None
            if name not in bones and (parent is None or parent in bones):
                bones[name] = {"parent": parent, "head": bone["head"]["cube_name"]}
    order = list(bones)
    rows = [(vertex, order.index(name), weight) for name in order for vertex, weight in own[name]]
    vertex, bone, weight = zip(*rows, strict=True)
    packed = {
        "weight_vertex": np.array(vertex, np.uint16),
        "weight_bone": np.array(bone, np.uint8),
        "weight": np.array(weight, np.float32),
    }
    return bones, packed


def main() -> None:
    """Write the assets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    packed = base_mesh(text_of(folder / "base.obj.gz"))
    used = np.zeros(len(packed["vertices_1e4"]), bool)
    used[packed["faces"].ravel()] = True
    paths = sorted((folder / "targets").rglob("*.target.gz"))
    names = [str(path.relative_to(folder / "targets")).removesuffix(".target.gz") for path in paths]
    bones, weights = rig_and_weights(folder)
    packed |= weights
    packed["target_names"] = np.array(names)
    packed["targets_1e3"] = np.array([target_moves(path, used) for path in paths])
    buffer = io.BytesIO()
    np.savez(buffer, **packed)
    # Neighbouring numbers are alike in their high bytes: the filter sets these apart.
    filters = [{"id": lzma.FILTER_DELTA, "dist": 2}, {"id": lzma.FILTER_LZMA2, "preset": 9}]
    small = min(
        (lzma.compress(buffer.getvalue(), filters=chain) for chain in (filters, filters[1:])),
        key=len,
    )
    (ASSETS / "human.npz.xz").write_bytes(small)
    (ASSETS / "rig.json").write_text(json.dumps(bones, indent=0) + "\n", encoding="utf-8")
    print(f"{len(names)} targets, {len(small) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

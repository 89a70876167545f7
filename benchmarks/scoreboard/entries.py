"""Finds what a program left for each clip: a session of formcheck, or keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scoreboard.published import Clip

Kind = Literal["session", "keypoints"]

SESSION = "session.json"


@dataclass(frozen=True)
class Entry:
    """What there is for one clip."""

    clip: Clip
    kind: Kind
    path: Path


def entries_in(results: Path, clips: Sequence[Clip]) -> list[Entry]:
    """Find what there is for each clip, in a folder or as one file whose name is the clip's."""
    if results.is_file() or (results / SESSION).exists() or _is_openpose(results):
        name = results.stem.removesuffix("_formcheck").removesuffix("_json")
        kind: Kind = "session" if results.is_dir() and not _is_openpose(results) else "keypoints"
        return [Entry(clip, kind, results) for clip in clips if clip.name == name]
    return [entry for clip in clips if (entry := _entry(results, clip)) is not None]


def _entry(folder: Path, clip: Clip) -> Entry | None:
    """Find the one of a clip; the README of the benchmarks lists the names."""
    name = clip.name
    for session in (folder / f"{name}_formcheck", folder / name):
        if (session / SESSION).exists():
            return Entry(clip, "session", session)
    sports2d = folder / f"{name}_Sports2D" / f"{name}_Sports2D_px_person00.trc"
    files = [*(folder / f"{name}{end}" for end in (".trc", ".csv", ".fcp")), sports2d]
    for path in files:
        if path.is_file():
            return Entry(clip, "keypoints", path)
    for openpose in (folder / name, folder / f"{name}_json"):
        if openpose.is_dir() and any(openpose.glob("*.json")):
            return Entry(clip, "keypoints", openpose)
    return None


def _is_openpose(folder: Path) -> bool:
    """Whether a folder, whatever its name, holds OpenPose's files, one for each frame."""
    return folder.is_dir() and any(folder.glob("*_keypoints.json"))

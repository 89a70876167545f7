"""The clips whose movement is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clips.truth import Truth, person_of, read_truth

from formcheck.exercises import all_exercises

TRUTH, RECIPE = ".truth.json", ".spec.json"
ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = (ROOT / "sample_videos", ROOT / "benchmarks" / "clips")
"""The published set."""


@dataclass(frozen=True)
class Clip:
    """A film and what is true of it."""

    name: str
    film: Path
    truth: Truth


def clips_in(folders: Iterable[Path]) -> tuple[list[Clip], list[str]]:
    """Every clip with a truth file; and the names of those whose exercise is not scored.

    Repetitions are scored; what is held has none.
    """
    known = {exercise.id for exercise in all_exercises() if exercise.held is None}
    found: list[Clip] = []
    skipped: list[str] = []
    for folder in folders:
        for path in sorted(folder.glob(f"*{TRUTH}")):
            name = path.name.removesuffix(TRUTH)
            data = read_truth(path)
            data.setdefault("person", _person(folder / f"{name}{RECIPE}"))
            if data["exercise"] in known:
                found.append(Clip(name, folder / f"{name}.mp4", Truth.of(data)))
            else:
                skipped.append(name)
    return found, skipped


def _person(recipe: Path) -> str | None:
    """Who a recipe renders: a digest of body and stature, the same in all clips of a person."""
    if not recipe.exists():
        return None
    spec = json.loads(recipe.read_text(encoding="utf-8"))
    text = json.dumps([spec["body"], spec.get("stature")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def people_in(clips: Sequence[Clip]) -> int:
    """How many people are filmed."""
    return len({person_of(clip.truth.data) for clip in clips})


def set_digest(clips: Iterable[Clip]) -> str:
    """Which set of clips it is: a digest of their films and truth files, whatever their folder."""
    whole = hashlib.sha256()
    for clip in sorted(clips, key=lambda one: one.name):
        for path in (clip.film, clip.film.with_name(f"{clip.name}{TRUTH}")):
            whole.update(path.name.encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]

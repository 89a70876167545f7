"""Takes films through formcheck and scores what comes out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from clips.runs import analyzed
from clips.truth import Truth, mirrored_truth

from scoreboard.programs import OWN, Scored
from scoreboard.published import Clip, clips_in


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that runs formcheck."""
    parser.add_argument(
        "--poses",
        type=Path,
        help="keep the poses there, and measure those that are there instead of running the pose "
        "model; whether the exercise is recognised is then told without the light of the film",
    )


def scored_films(
    folders: Sequence[Path], *, mirrored: bool = False, poses: Path | None = None
) -> Scored:
    """Analyze every clip of the folders and score it; skipped ones are named on standard error."""
    clips, skipped = clips_in(folders)
    for name in skipped:
        print(f"{name} skipped: its exercise has no repetitions that are scored", file=sys.stderr)
    scored = Scored(*OWN)
    for clip in clips:
        truth = Truth.of(mirrored_truth(clip.truth.data)) if mirrored else clip.truth
        seen, kept = _source(clip, poses)
        session, recognised = analyzed(seen, truth.data["exercise"], mirrored=mirrored, kept=kept)
        scored.add_session(Clip(clip.name, clip.film, truth), session, recognised)
    return scored


def _source(clip: Clip, poses: Path | None) -> tuple[Path, Path | None]:
    """What to analyze, the film or its kept poses; and where to keep the poses."""
    if poses is None:
        return clip.film, None
    poses.mkdir(parents=True, exist_ok=True)
    kept = poses / f"{clip.name}.fcp"
    return (kept, None) if kept.exists() else (clip.film, kept)

"""Takes films through the whole product."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from clips.scoring import Recognised
from formcheck import PoseRecording, analyze, track
from formcheck.data.errors import NoRepetitionError, UsageError
from formcheck.data.session import Session
from formcheck.store.poses_file import save_poses


def analyzed(
    film: Path, exercise: str, *, mirrored: bool = False, kept: Path | None = None
) -> tuple[Session, Recognised]:
    """Give the session, and whether the exercise was recognised; when not, it is named.

    Parameters
    ----------
    film
        A film, or kept poses.
    exercise
        What is done in it.
    mirrored
        Left and right are exchanged first; of films only.
    kept
        The poses are copied there.
    """
    recognised: Recognised = "asked"
    session: Session | None = None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        try:
            session = analyze(film, exercise=None, out=out, video_out=False, mirrored=mirrored)
            recognised = "yes" if session.exercise.id == exercise else "NO"
        except (UsageError, NoRepetitionError):
            recognised = "asked"
        if session is None or recognised != "yes":
            session = analyze(film, exercise=exercise, out=out, video_out=False, mirrored=mirrored)
        if kept is not None:
            shutil.copy(out / "poses.fcp", kept)
    return session, recognised


def kept_poses(film: Path, folder: Path) -> PoseRecording:
    """Poses of a film; estimated once and kept in the folder."""
    kept = folder / f"{film.stem}.fcp"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        found = track(film)
        new = kept.with_suffix(".new.fcp")
        save_poses(new, found.info, found.model, found.samples)
        new.rename(kept)
    return PoseRecording.load(kept)

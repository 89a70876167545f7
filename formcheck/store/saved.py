"""A session as it lies on the disk, and the reports that are made of it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.data.errors import SourceError, UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.results import SessionResult
from formcheck.data.settings import settings_from
from formcheck.exercises.registry import get_exercise
from formcheck.motion._bridge import session_of
from formcheck.motion.grading import with_settings
from formcheck.report.forms import render
from formcheck.store import record
from formcheck.store.whole_file import write_bytes

VIDEO_NAME = "annotated.mp4"
FILE_OF = {
    "html": "report.html",
    "pdf": "report.pdf",
    "md": "report.md",
    "csv": "reps.csv",
    "json": "report.json",
}
"""By format: the name a report has when no other is asked for."""

MADE_AT_THE_END = ("html", "csv")
"""The formats that every finished session has."""

LARGEST_STILL_BYTES = 10_000_000


@dataclass(frozen=True)
class SavedSession:
    """A session read from its record.

    Attributes
    ----------
    session, exercise
        What was measured, and the exercise with the limits it was judged by.
    folder
        Where the record lies.
    stills
        By repetition index: those pictures of the record that lie beside it.
    video
        The annotated video, when it lies beside the record.
    """

    session: SessionResult
    exercise: Exercise
    folder: Path
    stills: Mapping[int, bytes]
    video: Path | None


def open_saved(path: Path) -> SavedSession:
    """Read a session from its folder or its ``session.json``.

    Raises
    ------
    SourceError
        When there is none, or it is damaged, or of an exercise that is not known here.
    """
    data = record.load_json(path)
    session = record.from_json(data)
    folder = path if path.is_dir() else path.parent
    try:
        exercise = with_settings(get_exercise(session.exercise), settings_from(session.config))
    except UsageError as error:
        raise SourceError(
            f"The session record in {folder} cannot be used: {error.message}", hint=error.hint
        ) from error
    video = folder / VIDEO_NAME
    return SavedSession(
        session,
        exercise,
        folder,
        stills_beside(folder, record.stills(data)),
        video if video.is_file() else None,
    )


def write_report(
    saved: SavedSession, form: str, out: Path | None = None, *, name: str = "", notes: str = ""
) -> Path:
    """Make the report of a session again and write it whole or not at all.

    Parameters
    ----------
    saved
        The session.
    form
        A key of :data:`FILE_OF`.
    out
        The file; in the session's folder, under its usual name, when left out.
    name, notes
        Whom it is about, and remarks. ``reps.csv`` has no place for them.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    path = saved.folder / FILE_OF[form] if out is None else out
    film = None if saved.video is None else _seen_from(path, saved.video)
    whole = session_of(saved.session, saved.exercise)
    write_bytes(path, render(whole, form, saved.stills, film=film, name=name, notes=notes))
    return path


def report_data(saved: SavedSession, *, name: str = "", notes: str = "") -> dict[str, Any]:
    """Give the report as plain data; see :mod:`formcheck.report.data`."""
    from formcheck.report.data import to_data

    return to_data(session_of(saved.session, saved.exercise), name=name, notes=notes)


def stills_beside(folder: Path, names: Mapping[int, str]) -> dict[int, bytes]:
    """Read the pictures that are there; a record cannot name what lies outside its folder."""
    home = folder.resolve()
    found = {}
    for index, name in names.items():
        try:
            file = (home / name).resolve()
            inside = file.is_relative_to(home) and file.is_file()
            if inside and file.stat().st_size <= LARGEST_STILL_BYTES:
                found[index] = file.read_bytes()
        except (OSError, ValueError):
            continue  # a report without one of its pictures is still a report
    return found


def _seen_from(page: Path, video: Path) -> str | None:
    """Give the way from the page to the video; ``None`` when there is none, as across drives."""
    try:
        way = os.path.relpath(video.resolve(), page.resolve().parent)
    except ValueError:
        return None
    return Path(way).as_posix()

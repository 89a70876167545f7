"""The files that are made from a finished session: table, report and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from formcheck.analysis.grading import with_settings
from formcheck.analysis.summary import summarize
from formcheck.config import settings_from
from formcheck.exercises import get_exercise
from formcheck.exercises.base import Exercise
from formcheck.reports import html, record
from formcheck.reports.csv_files import settle_frames, write_reps
from formcheck.reports.journal import Recovered, has_journal, recover, remove_journal
from formcheck.reports.record import FILE_NAME
from formcheck.reports.whole_file import write_text
from formcheck.results import SessionResult

VIDEO_NAME = "annotated.mp4"
REPORT_NAME = "report.html"
REPS_NAME = "reps.csv"
UNFINISHED = "The session ended before it was finished; a repetition in progress then is lost."
DAMAGED = "Part of what was saved could not be read; what came after it is left out."


def write_results(
    folder: Path,
    session: SessionResult,
    exercise: Exercise,
    pictures: Mapping[int, bytes],
    names: Mapping[int, str],
    *,
    video: str | None,
) -> None:
    """Write ``reps.csv``, ``report.html`` and, last of all, ``session.json``.

    Parameters
    ----------
    folder
        Where to.
    session
        The session.
    exercise
        What was done, with the bands the session was judged by.
    pictures, names
        By repetition index: the still, and its file name relative to the folder.
    video
        Name of the annotated video when it lies beside the report.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    write_reps(folder / REPS_NAME, session.reps, exercise)
    write_text(folder / REPORT_NAME, html.render(session, exercise, pictures, video=video))
    record.save(folder / FILE_NAME, session, names)


def remake(folder: Path) -> SessionResult:
    """Make report and table anew from a session's folder; finish it first if it was not finished.

    Raises
    ------
    SourceError
        The folder holds no session, or a damaged one.
    OutputError
        The folder cannot be written to.
    """
    complete = record.load_json(folder) if (folder / FILE_NAME).is_file() else None
    if has_journal(folder):
        found = recover(folder)
        # A journal beside its own record only lacked the time to be removed.
        if complete is None or complete.get("created") != found.session.created:
            session, names = _finished(found), found.stills
        else:
            session, names = record.from_json(complete), record.stills(complete)
    else:
        data = record.load_json(folder) if complete is None else complete
        session, names = record.from_json(data), record.stills(data)
    exercise = with_settings(get_exercise(session.exercise), settings_from(session.config))
    pictures = _pictures(folder, names)
    present = {index: names[index] for index in pictures}
    video = VIDEO_NAME if (folder / VIDEO_NAME).is_file() else None
    write_results(folder, session, exercise, pictures, present, video=video)
    remove_journal(folder)
    return session


def _pictures(folder: Path, names: Mapping[int, str]) -> dict[int, bytes]:
    """Read the stills that are there; a record from elsewhere may name no file outside of it."""
    home = folder.resolve()
    files = {index: (folder / name).resolve() for index, name in names.items()}
    return {
        index: file.read_bytes()
        for index, file in files.items()
        if file.is_relative_to(home) and file.is_file()
    }


def _finished(found: Recovered) -> SessionResult:
    """Complete what a journal holds as the end of the session would have."""
    session = found.session
    settings = settings_from(session.config)
    exercise = with_settings(get_exercise(session.exercise), settings)
    notes = [UNFINISHED, *([DAMAGED] if found.damaged else []), *session.summary.notes]
    frames = {name: list(values) for name, values in session.frames.items()}
    if frames:
        settle_frames(frames, session.reps)
    return replace(
        session,
        frames=frames,
        summary=summarize(exercise, session.reps, session.view, notes),
    )

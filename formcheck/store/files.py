"""The files that are made from a finished session: table, report and record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from formcheck.data.exercise import Exercise
from formcheck.data.results import SessionResult, Training
from formcheck.data.settings import settings_from
from formcheck.exercises import get_exercise
from formcheck.motion._bridge import session_of
from formcheck.motion.grading import with_settings
from formcheck.motion.summary import summarize
from formcheck.report.csv_files import settle_frames
from formcheck.report.forms import render
from formcheck.store import record
from formcheck.store.journal import (
    DAMAGED_NAME,
    Joining,
    Recovered,
    has_journal,
    keep_damaged_journal,
    recover,
    remove_journal,
)
from formcheck.store.record import FILE_NAME
from formcheck.store.results_folder import written_over
from formcheck.store.saved import VIDEO_NAME, open_saved, stills_beside
from formcheck.store.whole_file import write_bytes

REPORT_NAME = "report.html"
REPS_NAME = "reps.csv"
UNFINISHED = "The session ended before it was finished; a repetition in progress then is lost."
DAMAGED = (
    "{bad} of {all} parts of what was saved could not be read, and are left out; repetitions may "
    f"be missing. The damaged file is kept; its name begins with {Path(DAMAGED_NAME).stem}."
)


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
    saved = record.as_saved(session)
    whole = session_of(saved, exercise)
    write_bytes(folder / REPS_NAME, render(whole, "csv"))
    write_bytes(folder / REPORT_NAME, render(whole, "html", pictures, film=video))
    record.save(folder / FILE_NAME, saved, names)


def finish(session: Path, join: Callable[[SessionResult, Joining], None] | None = None) -> bool:
    """Finish a live session that was cut short, from the journal in its folder.

    Parameters
    ----------
    session
        The session's folder, or ``session.json`` in it.
    join
        Lets the session join the history that its journal names. It is called before the journal
        goes, so a kill in between may have it called again.

    Returns
    -------
    Whether there was anything to finish.

    Raises
    ------
    SourceError
        Not one line of the journal can be read.
    OutputError
        The folder cannot be written to.
    """
    folder = session.parent if session.name == FILE_NAME else session
    if not has_journal(folder):
        return False
    found = recover(folder)
    # A journal beside its own record only lacked the time to be removed.
    lacking = not _is_complete(folder, found.session)
    if lacking:
        whole = _finished(found)
        exercise = with_settings(get_exercise(whole.exercise), settings_from(whole.config))
        pictures = stills_beside(folder, found.stills)
        present = {index: found.stills[index] for index in pictures}
        video = VIDEO_NAME if (folder / VIDEO_NAME).is_file() else None
        with written_over(folder) as aside:
            write_results(aside, whole, exercise, pictures, present, video=video)
    if join is not None and found.joining is not None:
        join(record.load(folder), found.joining)
    if lacking and found.bad_lines:
        keep_damaged_journal(folder)
    remove_journal(folder)
    return lacking


def add_told(folder: Path, training: Training) -> SessionResult:
    """Add what the person told to a finished session, and make its files anew.

    Raises
    ------
    SourceError
        The folder holds no session, or a damaged one.
    OutputError
        A file cannot be written.
    """
    saved = open_saved(folder)
    session = replace(saved.session, training=training)
    names = record.stills(record.load_json(folder))
    present = {index: names[index] for index in saved.stills}
    video = VIDEO_NAME if saved.video is not None else None
    with written_over(folder) as aside:
        write_results(aside, session, saved.exercise, saved.stills, present, video=video)
    return session


def _is_complete(folder: Path, begun: SessionResult) -> bool:
    """Whether the record of this session stands in the folder."""
    if not (folder / FILE_NAME).is_file():
        return False
    return record.load_json(folder).get("created") == begun.created


def _finished(found: Recovered) -> SessionResult:
    """Complete what a journal holds as the end of the session would have."""
    session = found.session
    settings = settings_from(session.config)
    exercise = with_settings(get_exercise(session.exercise), settings)
    damaged = DAMAGED.format(bad=found.bad_lines, all=found.lines)
    notes = [UNFINISHED, *([damaged] if found.bad_lines else []), *session.summary.notes]
    frames = {name: list(values) for name, values in session.frames.items()}
    if frames:
        settle_frames(frames, session.reps)
    return replace(
        session,
        frames=frames,
        summary=summarize(exercise, session.reps, session.view, notes),
    )

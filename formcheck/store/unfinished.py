"""Finishes a live session that was interrupted by a crash: makes its results from its journal.

During a live session, each repetition is written to a journal file at once
(``store/journal.py``). :func:`finish` reads it, writes the usual results folder, and deletes the
journal. The command ``report``, a guided session that goes on, and the app call it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from formcheck.data.frame import Progress
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Note, Session
from formcheck.motion.assemble import final_series
from formcheck.motion.verdicts import summarize
from formcheck.store import session_file
from formcheck.store.journal import (
    DAMAGED_NAME,
    HistoryTarget,
    Recovered,
    has_journal,
    keep_damaged_journal,
    recover,
    remove_journal,
)
from formcheck.store.kept_film import draw_beside, poses_left, raw_left
from formcheck.store.poses_file import read_poses
from formcheck.store.result_files import VIDEO_NAME, write
from formcheck.store.results_folder import added_to
from formcheck.store.session_file import FILE_NAME, StillsBeside
from formcheck.video.film import VideoSource

UNFINISHED = "The session stopped unexpectedly. What was in progress at that moment is lost."
DAMAGED = (
    "{bad} of {all} parts of what was saved could not be read and are left out; something of what "
    "was done may be missing. The damaged file is kept; its name begins with "
    f"{Path(DAMAGED_NAME).stem}."
)


def finish(
    path: Path,
    add_to_history: Callable[[Session, HistoryTarget], None] | None = None,
    drawing: Progress | None = None,
) -> bool:
    """Finish an interrupted live session from the journal in its folder.

    Parameters
    ----------
    path
        The session's folder, or ``session.json`` in it.
    add_to_history
        Adds the session to the history that its journal names. It is called before the journal is
        deleted, so it is called again if the process is killed in between.
    drawing
        Called after each frame of the annotated film, which is drawn if the camera's film is there.

    Returns
    -------
    bool
        Whether the session had to be finished.

    Raises
    ------
    SourceError
        No line of the journal can be read, or the session is still running.
    OutputError
        The folder cannot be written to.
    """
    folder = path.parent if path.name == FILE_NAME else path
    if not has_journal(folder):
        return False
    recovered = recover(folder)
    poses_path = poses_left(folder)
    poses = None if poses_path is None else read_poses(poses_path)
    # If session.json exists already, only the deletion of the journal was interrupted.
    incomplete = not _is_complete(folder, recovered.session)
    if incomplete:
        session = _finished(recovered)
        stills = StillsBeside(folder, session)
        reps = tuple(
            rep if rep.index in stills else replace(rep, still=None) for rep in session.reps
        )
        film = VIDEO_NAME if (folder / VIDEO_NAME).is_file() else None
        with added_to(folder) as temporary:
            finished = replace(session, efforts=reps)
            write(temporary, finished, stills=stills, poses=poses, film=film, frames=True)
    if add_to_history is not None and recovered.history_target is not None:
        add_to_history(session_file.load(folder), recovered.history_target)
    _draw_from_raw_film(folder, poses, drawing)
    if incomplete and recovered.bad_lines:
        keep_damaged_journal(folder)
    remove_journal(folder)
    return incomplete


def _draw_from_raw_film(
    folder: Path, poses: Sequence[PoseSample] | None, drawing: Progress | None
) -> None:
    """Draw the annotated film from the camera's film, if that is there."""
    camera_film = raw_left(folder)
    if camera_film is None or poses is None or (folder / VIDEO_NAME).is_file():
        return
    with VideoSource(camera_film) as frames:
        draw_beside(folder, session_file.load(folder), poses, frames, drawing)


def _is_complete(folder: Path, begun: Session) -> bool:
    """Whether the folder contains the finished ``session.json`` of this session."""
    if not (folder / FILE_NAME).is_file():
        return False
    return session_file.load(folder).created == begun.created


def _finished(recovered: Recovered) -> Session:
    """Complete a session with what is known only at its end: final series, summary and notes."""
    session = recovered.session
    notes = [Note(kind="interrupted", text=UNFINISHED)]
    if recovered.bad_lines:
        text = DAMAGED.format(bad=recovered.bad_lines, all=recovered.lines)
        notes.append(Note(kind="damaged", text=text))
    series = session.series
    return replace(
        session,
        series=final_series(series, session.reps, session.specs) if series else series,
        summary=summarize(session.reps, session.specs),
        notes=(*notes, *session.notes),
    )

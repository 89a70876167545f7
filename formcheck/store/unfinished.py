"""A live session that was cut short, finished from its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from formcheck.data.session import Note, Session
from formcheck.motion.assemble import final_series
from formcheck.motion.loop import Progress
from formcheck.motion.verdicts import summarize
from formcheck.store import session_file
from formcheck.store.journal import (
    DAMAGED_NAME,
    Joining,
    Recovered,
    has_journal,
    keep_damaged_journal,
    recover,
    remove_journal,
)
from formcheck.store.kept_film import draw_beside, poses_left, raw_left
from formcheck.store.poses_file import read_poses
from formcheck.store.results_folder import added_to
from formcheck.store.session_file import FILE_NAME, stills_beside
from formcheck.store.writer import VIDEO_NAME, write
from formcheck.video.film import VideoSource

UNFINISHED = "The session ended before it was finished; a repetition in progress then is lost."
DAMAGED = (
    "{bad} of {all} parts of what was saved could not be read, and are left out; repetitions may "
    f"be missing. The damaged file is kept; its name begins with {Path(DAMAGED_NAME).stem}."
)


def finish(
    path: Path,
    join: Callable[[Session, Joining], None] | None = None,
    drawing: Progress | None = None,
) -> bool:
    """Finish a live session that was cut short, from the journal in its folder.

    Parameters
    ----------
    path
        The session's folder, or ``session.json`` in it.
    join
        Adds the session to the history that its journal names. It is called before the journal
        goes, so a kill in between may have it called again.
    drawing
        Called after each frame of the annotated film, which is drawn where a raw film was left.

    Returns
    -------
    Whether there was anything to finish.

    Raises
    ------
    SourceError
        Not one line of the journal can be read, or the session is still running.
    OutputError
        The folder cannot be written to.
    """
    folder = path.parent if path.name == FILE_NAME else path
    if not has_journal(folder):
        return False
    found = recover(folder)
    # A journal beside its own session only lacked the time to be removed.
    lacking = not _is_complete(folder, found.session)
    if lacking:
        session = _finished(found)
        stills = stills_beside(folder, session)
        reps = tuple(
            rep if rep.index in stills else replace(rep, still=None) for rep in session.reps
        )
        film = VIDEO_NAME if (folder / VIDEO_NAME).is_file() else None
        kept = poses_left(folder)
        poses = None if kept is None else read_poses(kept)
        with added_to(folder) as aside:
            whole = replace(session, efforts=reps)
            write(aside, whole, stills=stills, poses=poses, film=film)
    if join is not None and found.joining is not None:
        join(session_file.load(folder), found.joining)
    _draw_what_is_left(folder, drawing)
    if lacking and found.bad_lines:
        keep_damaged_journal(folder)
    remove_journal(folder)
    return lacking


def _draw_what_is_left(folder: Path, drawing: Progress | None) -> None:
    """Draw the annotated film from the raw one of a killed session; without one, do nothing."""
    raw, poses = raw_left(folder), poses_left(folder)
    if raw is None or poses is None or (folder / VIDEO_NAME).is_file():
        return
    with VideoSource(raw) as frames:
        draw_beside(folder, session_file.load(folder), read_poses(poses), frames, drawing)


def _is_complete(folder: Path, begun: Session) -> bool:
    """Whether the file of this very session is in the folder."""
    if not (folder / FILE_NAME).is_file():
        return False
    return session_file.load(folder).created == begun.created


def _finished(found: Recovered) -> Session:
    """Complete what a journal holds as the end of the session would have."""
    session = found.session
    notes = [Note(kind="interrupted", text=UNFINISHED)]
    if found.bad_lines:
        said = DAMAGED.format(bad=found.bad_lines, all=found.lines)
        notes.append(Note(kind="damaged", text=said))
    series = session.series
    return replace(
        session,
        series=final_series(series, session.reps, session.specs) if series else series,
        summary=summarize(session.reps, session.specs),
        notes=(*notes, *session.notes),
    )

"""Writes the files of a finished session (tables, page, record), and its reports again later.

Films, live sessions and batches all use :func:`write`. The other functions read a saved session,
change what the user entered for it, and add the annotated film to it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from formcheck.data.declare import rounded
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Session, Training
from formcheck.report.formats import render
from formcheck.report.tables import frames_table, table_as_csv
from formcheck.store import session_file
from formcheck.store.results_folder import added_to
from formcheck.store.session_file import FILE_NAME, StillsBeside
from formcheck.store.whole_file import output_error, whole_file, write_bytes

VIDEO_NAME = "annotated.mp4"
REPORT_NAME = "report.html"
REPS_NAME = "reps.csv"
FRAMES_NAME = "frames.csv"

FILE_OF = {
    "html": REPORT_NAME,
    "pdf": "report.pdf",
    "md": "report.md",
    "csv": REPS_NAME,
    "json": "report.json",
}
"""Default file name of a report, by format."""

MADE_AT_THE_END = ("html", "csv")
"""The formats that every finished session has."""


@dataclass(frozen=True)
class OpenSession:
    """A saved session that was read from its folder.

    Attributes
    ----------
    session
        The session.
    folder
        The folder of its file.
    stills
        The pictures that exist, by repetition index; each is read only when it is used.
    film
        The annotated film, if there is one.
    """

    session: Session
    folder: Path
    stills: Mapping[int, bytes]
    film: Path | None


def open_session(path: Path) -> OpenSession:
    """Read a saved session from its folder or its ``session.json``.

    Raises
    ------
    SourceError
        There is no session, or it is damaged.
    """
    session = session_file.load(path)
    folder = path if path.is_dir() else path.parent
    return OpenSession(session, folder, StillsBeside(folder, session), film_beside(folder))


def film_beside(folder: Path) -> Path | None:
    """Return the annotated film in a session's folder, if there is one."""
    film = folder / VIDEO_NAME
    return film if film.is_file() else None


def write(
    folder: Path,
    session: Session,
    *,
    stills: Mapping[int, bytes],
    poses: Iterable[PoseSample] | None = None,
    film: str | None = None,
    frames: bool = False,
) -> Session:
    """Write the pictures, the tables, ``report.html`` and, last, ``session.json``.

    Use it inside :func:`~formcheck.store.results_folder.results_folder` or
    :func:`~formcheck.store.results_folder.added_to`, so that all files are written or none.

    Parameters
    ----------
    folder
        The folder to write to.
    session
        The session. If a repetition already names its picture, that is in the folder already.
    stills
        The frames of the lowest points as JPEG, by repetition index.
    poses
        The poses it was measured from, in order of time, for ``frames.csv``.
    film
        File name of the annotated film, if it is in the same folder.
    frames
        Whether to write ``frames.csv`` also without poses; it then contains only the time series.

    Returns
    -------
    Session
        The session as written: rounded, with the names of the pictures.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    new = {
        rep.index: stills[rep.index]
        for rep in session.reps
        if rep.still is None and rep.index in stills
    }
    reps = tuple(
        replace(rep, still=still_name(rep.index)) if rep.index in new else rep
        for rep in session.reps
    )
    kept = rounded(replace(session, efforts=reps))
    _write_stills(folder, new)
    write_bytes(folder / REPS_NAME, render(kept, "csv"))
    if poses is not None or (frames and kept.series):
        with whole_file(folder / FRAMES_NAME) as file:
            table = frames_table(kept, poses)
            file.writelines(table_as_csv(table, kept.provenance.settings.csv))
    write_bytes(folder / REPORT_NAME, render(kept, "html", stills, film=film))
    session_file.save(folder / FILE_NAME, kept)
    return kept


def add_film(folder: Path, draw: Callable[[Path], None]) -> None:
    """Draw the annotated film of a finished session, and link it from its report page.

    If drawing fails or is killed, the session is unchanged. The page is made after drawing, so it
    shows what the user entered meanwhile.

    Parameters
    ----------
    folder
        Folder of the session.
    draw
        Function that writes the film to the path that it gets.

    Raises
    ------
    SourceError
        The folder contains no session.
    OutputError
        The folder cannot be written to.
    """
    session_file.load(folder, series=False)
    with added_to(folder) as temporary:
        draw(temporary / VIDEO_NAME)
        opened = open_session(folder)
        page = render(opened.session, "html", opened.stills, film=VIDEO_NAME)
        write_bytes(temporary / REPORT_NAME, page)


def enter_training(folder: Path, training: Training) -> Session:
    """Save what the user entered (step, load, pain) for a session, and write its files again.

    Raises
    ------
    SourceError
        The folder contains no session, or a damaged one.
    OutputError
        A file cannot be written.
    """
    return _write_changed(folder, training=training)


def assign_person(folder: Path, person: str) -> Session:
    """Set the person of a finished session, and write its files again.

    Raises
    ------
    SourceError
        The folder contains no session, or a damaged one.
    OutputError
        A file cannot be written.
    """
    return _write_changed(folder, person=person)


def _write_changed(folder: Path, **entered: object) -> Session:
    opened = open_session(folder)
    session = replace(opened.session, **entered)
    film = VIDEO_NAME if opened.film is not None else None
    with added_to(folder) as temporary:
        return write(temporary, session, stills=opened.stills, film=film)


def write_report(
    opened: OpenSession,
    file_format: str,
    out: Path | None = None,
    *,
    name: str = "",
    notes: str = "",
) -> Path:
    """Write the report of a saved session again, completely or not at all.

    Parameters
    ----------
    opened
        The session.
    file_format
        A key of :data:`FILE_OF`.
    out
        The file to write; by default, the usual name in the session's folder.
    name, notes
        Name of the person, and remarks; ``reps.csv`` does not contain them.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    path = opened.folder / FILE_OF[file_format] if out is None else out
    film = None if opened.film is None else _relative_link(path, opened.film)
    data = render(opened.session, file_format, opened.stills, film=film, name=name, notes=notes)
    write_bytes(path, data)
    return path


def still_name(index: int) -> str:
    """Return the path of a repetition's picture, relative to the session's folder."""
    return f"stills/rep_{index:02d}.jpg"


def _write_stills(folder: Path, stills: Mapping[int, bytes]) -> None:
    if not stills:
        return
    place = folder / Path(still_name(1)).parent
    try:
        place.mkdir(exist_ok=True)
        for index, jpeg in stills.items():
            (folder / still_name(index)).write_bytes(jpeg)
    except OSError as error:
        raise output_error(place, error) from error


def _relative_link(page: Path, film: Path) -> str | None:
    """Return the film's path relative to the page; ``None`` if they are on different drives."""
    try:
        link = os.path.relpath(film.resolve(), page.resolve().parent)
    except ValueError:
        return None
    return Path(link).as_posix()

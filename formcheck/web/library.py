"""The saved sessions that the app shows: list, find, rename, assign to a person, export, delete.

There are two kinds. The app's own sessions are in one folder each, named by a random id. Sessions
that were measured with the command line are in the folders where they were written; the history
file contains these folders.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from formcheck.data.errors import FormcheckError, HistoryError, OutputError, UsageError
from formcheck.store.history.history_store import Entry, History, is_sure
from formcheck.store.history.rows import clean_name
from formcheck.store.session_file import FILE_NAME, load, still_beside
from formcheck.store.whole_file import output_error, write_bytes
from formcheck.web.overviews import Overview, Overviews, overview_of_row

if TYPE_CHECKING:
    from formcheck.data.session import Session
    from formcheck.store.result_files import OpenSession

_ID = re.compile(r"[0-9a-f]{16}")
_ROW = re.compile(r"row-([0-9]{1,15})")
_LABEL_NAME = "label.json"
_OVERVIEWS_NAME = ".overviews.json"
_EXPORT = ".export."
_GONE = "Its files are no longer there."
_REPLACED = "Its folder now holds another session."
ONLY_NUMBERS = "Its numbers still count in the progress."
LONGEST_TITLE = 120


class Label(msgspec.Struct, frozen=True):
    """Content of ``label.json``: the title that the user gave a session."""

    title: str = ""


@dataclass(frozen=True)
class KeptSession:
    """One session in the list.

    Attributes
    ----------
    id
        Id of the session: the name of its folder, or ``row-`` and its number in the history.
    folder
        Folder of its files, even if they are gone.
    overview
        The facts that the list shows.
    title
        Title that the user gave; by default the name of the film.
    row
        Its number in the history, if it was found there: it was not measured in the app, or its
        folder is gone. ``None`` for the app's own sessions.
    missing
        Why its files cannot be shown; empty if they can.
    """

    id: str
    folder: Path
    overview: Overview
    title: str
    row: int | None = None
    missing: str = ""

    def opened(self) -> OpenSession:
        """Read the session, with its pictures and its film; raises ``SourceError``."""
        from formcheck.store.result_files import open_session  # heavy

        return open_session(self.folder)


@dataclass
class Library:
    """The sessions in the app's folder, and those that are listed in the history.

    Attributes
    ----------
    folder
        The folder of the app's own sessions.
    history
        The history file.
    """

    folder: Path
    history: Path
    _overviews: Overviews = field(init=False)

    def __post_init__(self) -> None:
        """Remove unfinished exports of a server that was killed."""
        self._overviews = Overviews(self.folder / _OVERVIEWS_NAME)
        for left in self.folder.glob(f"{_EXPORT}*"):
            shutil.rmtree(left, ignore_errors=True)

    def sessions(self) -> list[KeptSession]:
        """Return all sessions, the newest first: the app's own, and those of the history.

        A session of the history is listed if its folder is known. If the folder is gone, or now
        contains another session, ``missing`` says so.
        """
        own = (self._own(place.name) for place in self.folder.iterdir())
        found = {one.id: one for one in (*own, *self._in_history()) if one is not None}
        there = (one.folder for one in found.values() if not one.missing)
        self._overviews.keep_those_of(there)
        by_time = sorted(found.values(), key=lambda one: (one.overview.performed, one.id))
        return by_time[::-1]

    def find(self, session_id: str) -> KeptSession | None:
        """Return a session; ``None`` if there is none of this id."""
        if (number := _ROW.fullmatch(session_id)) is None:
            return self._own(session_id)
        try:
            with History(self.history) as history:
                return self._of_row(history.entry(int(number[1])))
        except FormcheckError:
            return None

    def find_there(self, session_id: str) -> KeptSession | None:
        """Return a session whose files exist; ``None`` if there is none of this id."""
        kept = self.find(session_id)
        return None if kept is None or kept.missing else kept

    def people(self) -> list[str]:
        """Return the names in the history; empty if it cannot be read."""
        try:
            with History(self.history) as history:
                return [name for name in history.people() if name]
        except HistoryError:
            return []

    def film(self, session_id: str) -> Path | None:
        """Return the annotated film of a session; ``None`` if there is no session or no film."""
        from formcheck.store.result_files import film_beside  # heavy

        kept = self.find_there(session_id)
        return None if kept is None else film_beside(kept.folder)

    def still(self, session_id: str, index: int) -> Path | None:
        """Return the picture of a repetition; ``None`` if there is none."""
        kept = self.find_there(session_id)
        reps = () if kept is None else load(kept.folder, series=False).reps
        rep = next((one for one in reps if one.index == index), None)
        return None if kept is None or rep is None else still_beside(kept.folder, rep)

    def rename(self, session_id: str, title: str) -> None:
        """Give a session a title; raises ``OutputError``."""
        kept = self._require(session_id)
        text = " ".join(title.split())[:LONGEST_TITLE]
        write_bytes(kept.folder / _LABEL_NAME, msgspec.json.encode(Label(text)))

    def assign(self, session_id: str, person: str) -> None:
        """Assign a session to a person, in its files and in the history.

        Raises
        ------
        OutputError, HistoryError
            A file, or the history, cannot be written.
        """
        from formcheck.store.result_files import assign_person  # heavy

        kept = self._require(session_id)
        self._remember(kept, assign_person(kept.folder, clean_name(person)))

    def enter_pain(self, session_id: str, pain: int) -> None:
        """Enter the pain during a session (0 to 10), in its files and in the history.

        Raises
        ------
        OutputError, HistoryError
            A file, or the history, cannot be written.
        """
        from formcheck.store.result_files import enter_training  # heavy

        kept = self._require(session_id)
        training = load(kept.folder, series=False).training
        entered = msgspec.structs.replace(training, pain=pain)
        self._remember(kept, enter_training(kept.folder, entered))

    def _remember(self, kept: KeptSession, session: Session) -> None:
        """Replace a session that has changed in the history."""
        self._forget_rows(kept)
        if session.reps and is_sure(session):
            with History(self.history, create=True) as history:
                history.keep(session, folder=kept.folder)

    def delete(self, session_id: str) -> None:
        """Delete a session for good: film, poses, pictures, report and its row in the history.

        If it was not measured in the app, only the row is deleted, as its folder may contain other
        files of the user.

        Raises
        ------
        OutputError, HistoryError
            Something could not be deleted; the rest is deleted.
        """
        kept = self.find(session_id)
        if kept is None:
            raise _no_such_session()
        self._forget_rows(kept)
        self._overviews.forget(kept.folder)
        if kept.row is not None:
            return
        try:
            # First the session file: without it, a half-deleted folder is no session any more.
            (kept.folder / FILE_NAME).unlink()
            shutil.rmtree(kept.folder)
        except OSError as error:
            raise output_error(kept.folder, error) from error

    def exported(self, session_id: str, export: str) -> tuple[bytes, str]:
        """Return the content and the name of an export file of a session.

        Raises
        ------
        UsageError
            The poses were not saved with the session.
        """
        from formcheck.store.exports import FILES, Exports, prepare  # heavy
        from formcheck.store.poses_file import POSES_NAME, read_poses

        folder = self._require(session_id).folder
        session = load(folder)
        name = FILES[export][0]
        if not (folder / POSES_NAME).is_file():
            raise UsageError(
                "the joint positions of this session were not kept", hint="Measure the film again."
            )
        prepared = prepare(Exports.of((export,)), session, read_poses(folder / POSES_NAME), ())
        with scratch(self.folder) as place:
            prepared.save(place)
            return (place / name).read_bytes(), name

    def _own(self, session_id: str) -> KeptSession | None:
        """Return one of the app's own sessions; only ids of the right form are used in a path."""
        if not _ID.fullmatch(session_id):
            return None
        folder = self.folder / session_id
        if not folder.is_dir() or folder.is_symlink():
            return None
        overview = self._overviews.of(folder)
        if overview is None:
            return None
        return KeptSession(session_id, folder, overview, _title_in(folder) or overview.film)

    def _in_history(self) -> list[KeptSession | None]:
        """List the sessions of the history."""
        try:
            with History(self.history) as history:
                return [self._of_row(entry) for entry in history.entries()]
        except HistoryError:  # the page of the progress says why
            return []

    def _of_row(self, entry: Entry) -> KeptSession | None:
        """Return the session of a row of the history; if its files are gone, with the row's facts.

        ``None`` if the row does not contain the folder.
        """
        if entry.folder is None:
            return None
        folder = Path(entry.folder)
        own = self._own(folder.name) if folder.parent == self.folder.resolve() else None
        if own is not None:
            return own
        session_id, overview = f"row-{entry.id}", self._overviews.of(folder)
        if overview is not None and overview.created == entry.created:
            title = _title_in(folder) or overview.film
            return KeptSession(session_id, folder, overview, title, entry.id)
        missing = _GONE if overview is None else _REPLACED
        return KeptSession(
            session_id, folder, overview_of_row(entry), entry.source, entry.id, missing
        )

    def _require(self, session_id: str) -> KeptSession:
        kept = self.find(session_id)
        if kept is None:
            raise _no_such_session()
        if kept.missing:
            raise UsageError(kept.missing.rstrip("."), hint=ONLY_NUMBERS)
        return kept

    def _forget_rows(self, kept: KeptSession) -> None:
        """Delete the rows of a session from the history."""
        if not self.history.is_file():
            return
        with History(self.history) as history:
            place = str(kept.folder.resolve())
            rows = [
                entry.id
                for entry in history.entries()
                if entry.folder == place and entry.created == kept.overview.created
            ]
            if rows:
                history.delete(rows)


def _no_such_session() -> UsageError:
    return UsageError("there is no such session", hint="It may have been deleted.")


def people_in(sessions: Sequence[KeptSession]) -> list[str]:
    """Return the names of the people in sessions, sorted; upper and lower case count as equal."""
    people = [one.overview.person for one in reversed(sessions)]
    names = {person.casefold(): person for person in people}
    names.pop("", None)
    return sorted(names.values(), key=str.casefold)


def _title_in(folder: Path) -> str:
    try:
        return msgspec.json.decode((folder / _LABEL_NAME).read_bytes(), type=Label).title
    except (OSError, ValueError):
        return ""


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to write an export into; raises ``OutputError``."""
    try:
        with tempfile.TemporaryDirectory(prefix=_EXPORT, dir=folder) as place:
            yield Path(place)
    except OSError as error:
        raise OutputError(
            f"the export could not be written: {error.strerror}", hint="Free some disk space."
        ) from error

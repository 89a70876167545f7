"""The sessions that the app keeps: one folder each, named by an opaque id."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec

from formcheck.data.errors import FormcheckError, HistoryError, OutputError, UsageError
from formcheck.data.session import Session
from formcheck.store.exports import FILES, Exports, prepare
from formcheck.store.history.history_store import History, is_sure
from formcheck.store.history.rows import clean_name
from formcheck.store.poses_file import POSES_NAME, read_poses
from formcheck.store.result_files import OpenSession, assign_person, film_beside
from formcheck.store.session_file import FILE_NAME, load, still_beside, stills_beside
from formcheck.store.whole_file import output_error, write_bytes

_ID = re.compile(r"[0-9a-f]{16}")
_LABEL_NAME = "label.json"
LONGEST_TITLE = 120


class Label(msgspec.Struct, frozen=True):
    """What the person calls a session."""

    title: str = ""


@dataclass(frozen=True)
class KeptSession:
    """One session in the list.

    Attributes
    ----------
    id
        Its opaque id, which is the name of its folder.
    session
        The session.
    title
        What the person calls it; the film's name when they gave none.
    """

    id: str
    session: Session
    title: str


@dataclass
class Library:
    """The sessions in a folder, and their rows in the history.

    Attributes
    ----------
    folder
        The folder of all sessions.
    history
        The history file.
    """

    folder: Path
    history: Path
    _read: dict[str, tuple[int, Session]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def sessions(self) -> list[KeptSession]:
        """Return all sessions that can be read, the newest first."""
        found = (self.find(place.name) for place in self.folder.iterdir())
        return sorted(
            (one for one in found if one is not None),
            key=lambda one: (one.session.training.date or one.session.created, one.id),
            reverse=True,
        )

    def find(self, session_id: str) -> KeptSession | None:
        """Return a session; ``None`` when the id is not that of one that can be read."""
        folder = self._folder_of(session_id)
        if folder is None:
            return None
        try:
            changed_ns = (folder / FILE_NAME).stat().st_mtime_ns
            with self._lock:
                known = self._read.get(session_id)
            session = known[1] if known and known[0] == changed_ns else load(folder)
        except (OSError, FormcheckError):
            return None
        with self._lock:
            self._read[session_id] = (changed_ns, session)
        return KeptSession(session_id, session, _title_in(folder) or session.source.name)

    def people(self) -> list[str]:
        """List the names in the history; none when it cannot be read, which its uses will say."""
        try:
            with History(self.history) as history:
                return [name for name in history.people() if name]
        except HistoryError:
            return []

    def opened(self, session_id: str) -> OpenSession | None:
        """Return a session with its pictures and its film."""
        kept = self.find(session_id)
        if kept is None:
            return None
        folder = self.folder / kept.id
        stills = stills_beside(folder, kept.session)
        return OpenSession(kept.session, folder, stills, film_beside(folder))

    def film(self, session_id: str) -> Path | None:
        """Return the annotated film of a session; ``None`` without either."""
        kept = self.find(session_id)
        return None if kept is None else film_beside(self.folder / kept.id)

    def still(self, session_id: str, index: int) -> bytes | None:
        """Return the picture of a repetition; ``None`` when there is no such thing."""
        kept = self.find(session_id)
        reps = () if kept is None else kept.session.reps
        rep = next((one for one in reps if one.index == index), None)
        return None if kept is None or rep is None else still_beside(self.folder / kept.id, rep)

    def rename(self, session_id: str, title: str) -> None:
        """Call a session something else; raises ``OutputError``."""
        folder = self._require(session_id)
        text = " ".join(title.split())[:LONGEST_TITLE]
        write_bytes(folder / _LABEL_NAME, msgspec.json.encode(Label(text)))

    def assign(self, session_id: str, person: str) -> None:
        """Say whose session it is, in its files and in the history.

        Raises
        ------
        OutputError, HistoryError
            A file, or the history, cannot be written.
        """
        folder = self._require(session_id)
        session = assign_person(folder, clean_name(person))
        self._forget(folder)
        if session.reps and is_sure(session):
            with History(self.history, create=True) as history:
                history.keep(session, folder=folder)

    def delete(self, session_id: str) -> None:
        """Delete a session for good: film, poses, pictures, report and its row in the history.

        Raises
        ------
        OutputError, HistoryError
            Something could not be deleted; the rest is.
        """
        folder = self._require(session_id)
        self._forget(folder)
        with self._lock:
            self._read.pop(session_id, None)
        try:
            # Without its record it is no session any more, should the rest take long or fail.
            (folder / FILE_NAME).unlink()
            shutil.rmtree(folder)
        except OSError as error:
            raise output_error(folder, error) from error

    def exported(self, session_id: str, export: str) -> tuple[bytes, str]:
        """Return a session in the form of an export, and the name of the file.

        Raises
        ------
        UsageError
            The poses were not kept.
        """
        folder = self._require(session_id)
        session = load(folder)
        name = FILES[export][0]
        if not (folder / POSES_NAME).is_file():
            raise UsageError(
                "the poses of this session were not kept", hint="Measure the film again."
            )
        prepared = prepare(Exports.of((export,)), session, read_poses(folder / POSES_NAME), ())
        with _scratch(folder) as place:
            prepared.save(place)
            return (place / name).read_bytes(), name

    def _folder_of(self, session_id: str) -> Path | None:
        """Return the folder of an id; only ids of ours are ever part of a path."""
        if not _ID.fullmatch(session_id):
            return None
        folder = self.folder / session_id
        return folder if folder.is_dir() and not folder.is_symlink() else None

    def _require(self, session_id: str) -> Path:
        folder = self._folder_of(session_id)
        if folder is None or self.find(session_id) is None:
            raise UsageError("there is no such session", hint="It may have been deleted.")
        return folder

    def _forget(self, folder: Path) -> None:
        """Delete the rows of a session from the history."""
        if not self.history.is_file():
            return
        with History(self.history) as history:
            place = str(folder.resolve())
            rows = [entry.id for entry in history.entries() if entry.folder == place]
            if rows:
                history.delete(rows)


def people_in(sessions: Sequence[KeptSession]) -> list[str]:
    """List the names in sessions, each once whatever its case; without the empty one."""
    names = {one.session.person.casefold(): one.session.person for one in reversed(sessions)}
    names.pop("", None)
    return sorted(names.values(), key=str.casefold)


def _title_in(folder: Path) -> str:
    try:
        return msgspec.json.decode((folder / _LABEL_NAME).read_bytes(), type=Label).title
    except (OSError, ValueError):
        return ""


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder to write an export into, which is gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix=".export.", dir=folder) as place:
            yield Path(place)
    except OSError as error:
        raise OutputError(
            f"the export could not be written: {error.strerror}", hint="Free some space."
        ) from error

"""The history of past sessions: adds, finds, reads and deletes them in the SQLite file.

:class:`History` is the open file. ``database.py`` opens it and ``rows.py`` converts a session to a
row. Commands, the app, progress reports and passports read sessions through it.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from formcheck.data.closable import Closable
from formcheck.data.errors import HistoryError, SourceError
from formcheck.data.session import Session, Stance, Tally, Training
from formcheck.data.texts import without_surrogates
from formcheck.store.history.database import damaged_files, open_database, transaction
from formcheck.store.history.rows import clean_name, key_of, row_of
from formcheck.store.session_file import from_plain

_COLUMN_TYPES: dict[str, tuple[type, ...]] = {
    "id": (int,),
    **dict.fromkeys(("person", "performed", "created", "exercise", "view", "source"), (str,)),
    **dict.fromkeys(("reps_left", "reps_right", "reps_both"), (int,)),
    **dict.fromkeys(("form", "tempo"), (str,)),
    **dict.fromkeys(("step_height_cm", "load_kg", "target_hold_s"), (float, NoneType)),
    "pain": (int, NoneType),
    **dict.fromkeys(("film_sha256", "folder"), (str, NoneType)),
}
_COLUMNS = ", ".join(_COLUMN_TYPES)


@dataclass(frozen=True)
class Entry:
    """One session in the list of the history, without its repetitions.

    Attributes
    ----------
    id
        Number in the history.
    person
        Name of the person; empty if not given.
    performed
        Date of the session: the day that was entered (``YYYY-MM-DD``), or the time of the analysis.
    created
        Time of the analysis.
    exercise, view, source
        Id of the exercise, kind of view, name of the film.
    reps_by_side
        Number of repetitions for each working leg; legs without any are left out.
    form, tempo
        Number of repetitions by grade, as in the summary of the session.
    training
        What the person entered.
    film_sha256
        SHA-256 of the film; ``None`` for a camera, or if the film was not available.
    folder
        Folder with the session's files; ``None`` if unknown.
    """

    id: int
    person: str
    performed: str
    created: str
    exercise: str
    view: str
    source: str
    reps_by_side: Mapping[Stance, int]
    form: Tally
    tempo: Tally
    training: Training
    film_sha256: str | None = None
    folder: str | None = None

    @property
    def day(self) -> str:
        """Day of the session, ``YYYY-MM-DD``."""
        return self.performed[:10]

    @property
    def reps(self) -> int:
        """Number of repetitions."""
        return sum(self.reps_by_side.values())


@dataclass(frozen=True)
class Filter:
    """Selects sessions of the history; a field that is ``None`` selects all.

    ``since`` and ``until`` are the first and the last day; ``limit`` selects only the newest.
    """

    person: str | None = None
    exercise: str | None = None
    side: Stance | None = None
    since: date | None = None
    until: date | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Added:
    """The result of adding a session: its number, and whether it replaced an earlier one."""

    id: int
    replaced: bool


class History(Closable):
    """The open history file; use it in a ``with`` block.

    Parameters
    ----------
    path
        The file; :func:`formcheck.store.history.database.default_path` is the usual one.
    create
        Whether to create the file if it is missing. Otherwise the history is empty.

    Attributes
    ----------
    notices
        Messages for the user, for example that a damaged file was renamed.

    Raises
    ------
    HistoryError
        The file cannot be used; every method can raise it.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._path = path
        self._connection, self.notices = _opened(path, create=create)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def keep(
        self,
        session: Session,
        *,
        person: str = "",
        film_sha256: str | None = None,
        folder: Path | None = None,
    ) -> Added:
        """Add a session. It replaces one with the same film, person, exercise and settings.

        What the user entered earlier (step, load, pain) and not again is kept from the replaced
        session.

        Parameters
        ----------
        session
            The session.
        person
            Name of the person; if empty, that of the session. Upper and lower case are the same.
        film_sha256
            SHA-256 of the film, if the session does not contain it.
        folder
            Folder of the session's files.
        """
        with self._as_history_errors(), transaction(self._connection):
            film = session.source.sha256 or film_sha256
            session = replace(
                session,
                person=self._spelling(person or session.person),
                source=replace(session.source, sha256=film),
            )
            found = self._replaced_by(session)
            place = None if folder is None else str(folder.resolve())
            if found is not None:
                session = replace(
                    session,
                    training=_merged_training(found.training, session.training),
                    source=replace(session.source, sha256=film or found.film_sha256),
                )
                place = place or found.folder
            row = row_of(session, place)
            if found is None:
                marks = ", ".join(f":{column}" for column in row)
                cursor = self._connection.execute(
                    f"INSERT INTO sessions ({', '.join(row)}) VALUES ({marks})", row
                )
                return Added(int(cursor.lastrowid or 0), replaced=False)
            changes = ", ".join(f"{column} = :{column}" for column in row)
            self._connection.execute(
                f"UPDATE sessions SET {changes} WHERE id = :id", {**row, "id": found.id}
            )
            return Added(found.id, replaced=True)

    def entries(self, chosen: Filter | None = None) -> list[Entry]:
        """List sessions, the oldest first."""
        where, values = self._where_clause(chosen or Filter())
        query = f"SELECT {_COLUMNS} FROM sessions{where} ORDER BY performed_utc DESC, id DESC"
        if chosen is not None and chosen.limit is not None:
            query += " LIMIT :limit"
            values["limit"] = chosen.limit
        with self._as_history_errors():
            rows = self._connection.execute(query, values).fetchall()
        return [_entry(row) for row in reversed(rows)]

    def sessions(self, chosen: Filter | None = None) -> list[tuple[Entry, Session]]:
        """Return the selected sessions with their repetitions, the oldest first.

        They have no time series.
        """
        return [(entry, self.session(entry.id)) for entry in self.entries(chosen)]

    def entry(self, session_id: int) -> Entry:
        """Return the entry of one session; raises ``HistoryError`` if there is none."""
        query = f"SELECT {_COLUMNS} FROM sessions WHERE id = ?"
        with self._as_history_errors():
            row = self._connection.execute(query, (session_id,)).fetchone()
        if row is None:
            raise self._no_session_error(session_id)
        return _entry(row)

    def session(self, session_id: int) -> Session:
        """Return one session, without time series; raises ``HistoryError`` if there is none."""
        self.entry(session_id)
        query = "SELECT record FROM sessions WHERE id = ?"
        with self._reading_errors(session_id):
            (text,) = self._connection.execute(query, (session_id,)).fetchone()
            return from_plain(json.loads(text))

    def people(self) -> list[str]:
        """List the names of the people in the history; one is empty for sessions without a name."""
        query = "SELECT DISTINCT person FROM sessions WHERE typeof(person) = 'text' ORDER BY person"
        with self._as_history_errors():
            return [name for (name,) in self._connection.execute(query)]

    def refuse_unknown(self, session_id: int) -> None:
        """Raise ``HistoryError`` if there is no session with this number; it may be damaged."""
        with self._as_history_errors():
            query = "SELECT 1 FROM sessions WHERE id = ?"
            if self._connection.execute(query, (session_id,)).fetchone() is None:
                raise self._no_session_error(session_id)

    def delete(self, session_ids: Sequence[int]) -> None:
        """Delete sessions completely: they are also overwritten in the file and in its log."""
        with self._as_history_errors():
            with transaction(self._connection):
                self._connection.executemany(
                    "DELETE FROM sessions WHERE id = ?", [(number,) for number in session_ids]
                )
            self._connection.execute("VACUUM")
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise HistoryError(
                f"the sessions were deleted, but another program has the history {self._path} "
                "open, so traces of them may remain on the disk",
                hint="Close the other program. The next deletion also removes these traces.",
            )

    def damaged_files(self) -> tuple[Path, ...]:
        """List damaged history files that were renamed earlier and may still contain sessions."""
        return damaged_files(self._path)

    def _no_session_error(self, session_id: int) -> HistoryError:
        return HistoryError(
            f"there is no session {session_id} in the history {self._path}",
            hint="The history lists those that there are.",
            command="history",
        )

    def _replaced_by(self, session: Session) -> Entry | None:
        """Find the session that a new one replaces; ``None`` if there is none."""
        query = (
            f"SELECT {_COLUMNS} FROM sessions WHERE key = :key OR (person = :person"
            # A session without its film is identified by its time of creation.
            " AND created = :created AND source = :source AND exercise = :exercise"
            " AND (film_sha256 IS NULL OR :film IS NULL)) ORDER BY key = :key DESC"
        )
        values = {
            "key": key_of(session),
            "person": session.person,
            "created": session.created,
            "source": without_surrogates(session.source.name),
            "exercise": session.exercise.id,
            "film": session.source.sha256,
        }
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else _entry(row)

    def _spelling(self, person: str) -> str:
        """Return a name as it is spelled in the history; a new name is returned unchanged."""
        name = clean_name(person)
        known = {old.casefold(): old for old in self.people()}
        return known.get(name.casefold(), name)

    def _where_clause(self, chosen: Filter) -> tuple[str, dict[str, Any]]:
        parts: dict[str, Any] = {}
        if chosen.person is not None:
            parts["person = :person"] = ("person", self._spelling(chosen.person))
        if chosen.exercise is not None:
            parts["exercise = :exercise"] = ("exercise", chosen.exercise)
        if chosen.since is not None:
            parts["substr(performed, 1, 10) >= :since"] = ("since", chosen.since.isoformat())
        if chosen.until is not None:
            parts["substr(performed, 1, 10) <= :until"] = ("until", chosen.until.isoformat())
        conditions = list(parts)
        if chosen.side is not None:
            conditions.append(f"reps_{chosen.side} > 0")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return where, dict(parts.values())

    @contextmanager
    def _as_history_errors(self) -> Iterator[None]:
        """Convert errors of SQLite to ``HistoryError``."""
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryError(
                f"the history {self._path} cannot be used: {error}",
                hint="Name another history file.",
                options=("db",),
            ) from error

    @contextmanager
    def _reading_errors(self, session_id: int) -> Iterator[None]:
        """Convert errors while a session is read to ``HistoryError`` with its number."""
        try:
            with self._as_history_errors():
                yield
        except (ValueError, TypeError, KeyError, RecursionError, SourceError) as error:
            raise HistoryError(
                f"session {session_id} in the history {self._path} is damaged: {error}",
                hint="Analyze its film again.",
            ) from error


def is_sure(session: Session) -> bool:
    """Whether the working leg of every repetition is certain; only then may it be added."""
    return all(rep.stance_sure for rep in session.reps)


def _opened(path: Path, *, create: bool) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    opened = open_database(path, create=create)
    return opened.connection, opened.notices


def _merged_training(before: Training, now: Training) -> Training:
    """Combine what was entered for two analyses; newer values replace older ones."""
    entered = {name: value for name, value in asdict(now).items() if value is not None}
    return replace(before, **entered)


def _entry(row: Sequence[Any]) -> Entry:
    """Convert a row to an entry; checks types, because a damaged file can contain anything."""
    for (column, types), value in zip(_COLUMN_TYPES.items(), row, strict=True):
        infinite = isinstance(value, float) and not math.isfinite(value)
        if not isinstance(value, types) or infinite:
            raise _damaged_error(row[0], column)
    cells = dict(zip(_COLUMN_TYPES, row, strict=True))
    counts: dict[Stance, int] = {
        "left": cells["reps_left"],
        "right": cells["reps_right"],
        "both": cells["reps_both"],
    }
    performed = cells["performed"]
    return Entry(
        id=cells["id"],
        person=cells["person"],
        performed=performed,
        created=cells["created"],
        exercise=cells["exercise"],
        view=cells["view"],
        source=cells["source"],
        reps_by_side={side: count for side, count in counts.items() if count},
        form=_tally(cells, "form"),
        tempo=_tally(cells, "tempo"),
        training=Training(
            date=performed if len(performed) == len("2026-01-01") else None,
            step_height_cm=cells["step_height_cm"],
            load_kg=cells["load_kg"],
            pain=cells["pain"],
            target_hold_s=cells["target_hold_s"],
        ),
        film_sha256=cells["film_sha256"],
        folder=cells["folder"],
    )


def _tally(cells: Mapping[str, Any], column: str) -> Tally:
    """Read the counts by grade in a column."""
    try:
        return msgspec.json.decode(cells[column].encode(), type=Tally)
    except ValueError as error:
        raise _damaged_error(cells["id"], column) from error


def _damaged_error(session_id: Any, column: str) -> HistoryError:
    return HistoryError(
        f"session {session_id} in the history is damaged: its {column} cannot be read",
        hint="Restore the history from a copy, or delete that session.",
        command=f"history delete {session_id}",
    )

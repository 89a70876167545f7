"""Keep, find and delete past sessions."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, TracebackType
from typing import Any, Self

from formcheck.data.errors import HistoryError, SourceError
from formcheck.data.results import SessionResult, Stance, Training
from formcheck.store import record
from formcheck.store.history.database import open_database, set_aside_files, transaction

_COLUMN_TYPES: dict[str, tuple[type, ...]] = {
    "id": (int,),
    **dict.fromkeys(("person", "performed", "exercise", "view", "source"), (str,)),
    **dict.fromkeys(("reps_left", "reps_right", "reps_both", "good_reps"), (int,)),
    **dict.fromkeys(("step_height_cm", "load_kg"), (float, NoneType)),
    "pain": (int, NoneType),
    "film_sha256": (str, NoneType),
}
_COLUMNS = ", ".join(_COLUMN_TYPES)


@dataclass(frozen=True)
class Entry:
    """One session as the history lists it.

    Attributes
    ----------
    id
        Number in the history.
    person
        Whose it is; empty when not named.
    performed
        When it was done: the day the person told (``YYYY-MM-DD``), or when it was analyzed.
    exercise, view, source
        Id of the exercise, kind of view, name of the film.
    reps_by_side
        Count of repetitions by stance side; sides without any are left out.
    good_reps
        How many of them were good throughout.
    training
        What the person told.
    film_sha256
        Digest of the film; ``None`` for a camera, or when the film was not at hand.
    """

    id: int
    person: str
    performed: str
    exercise: str
    view: str
    source: str
    reps_by_side: Mapping[Stance, int]
    good_reps: int
    training: Training
    film_sha256: str | None = None

    @property
    def day(self) -> str:
        """The day it was done, ``YYYY-MM-DD``."""
        return self.performed[:10]

    @property
    def reps(self) -> int:
        """All repetitions."""
        return sum(self.reps_by_side.values())


@dataclass(frozen=True)
class Filter:
    """Which sessions to take; ``None`` takes all.

    ``since`` and ``until`` are days, both included; ``limit`` keeps the newest.
    """

    person: str | None = None
    exercise: str | None = None
    side: Stance | None = None
    since: date | None = None
    until: date | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Kept:
    """Where a session went: its number, and whether it took an earlier one's place."""

    id: int
    replaced: bool


def film_digest(path: Path) -> str:
    """Give the SHA-256 of a film, by which the history knows it again; raises ``SourceError``."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(
            f"cannot read {path}: {error.strerror}", hint="Check the file's name."
        ) from error


class History:
    """The history in one file; use it in a ``with`` block.

    Parameters
    ----------
    path
        The file; :func:`formcheck.store.history.database.default_path` is the usual one.
    create
        Whether to make it when it is missing; otherwise an empty history stands in.

    Attributes
    ----------
    notices
        What a person should be told, as that a damaged file was set aside.

    Raises
    ------
    HistoryError
        When the file cannot be used; every method raises it too.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._path = path
        self._connection, self.notices = _opened(path, create=create)

    def __enter__(self) -> Self:
        """Give the open history."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._connection.close()

    def keep(
        self, session: SessionResult, *, person: str = "", film_sha256: str | None = None
    ) -> Kept:
        """Add a session, or put it in the place of the same film with the same settings.

        Where the person told nothing this time, what was told before stays.

        Parameters
        ----------
        session
            The session.
        person
            Whose it is; upper and lower case are the same person.
        film_sha256
            Digest of the film, see :func:`film_digest`; ``None`` for a camera.
        """
        with self._spoken(), transaction(self._connection):
            name = self._spelling(person)
            found = self._same(session, name, film_sha256)
            if found is not None:
                told = _merged(found.training, session.training)
                session = replace(session, training=told)
                film_sha256 = film_sha256 or found.film_sha256
            row = _row(session, name, film_sha256)
            if found is None:
                marks = ", ".join(f":{column}" for column in row)
                cursor = self._connection.execute(
                    f"INSERT INTO sessions ({', '.join(row)}) VALUES ({marks})", row
                )
                return Kept(int(cursor.lastrowid or 0), replaced=False)
            changes = ", ".join(f"{column} = :{column}" for column in row)
            self._connection.execute(
                f"UPDATE sessions SET {changes} WHERE id = :id", {**row, "id": found.id}
            )
            return Kept(found.id, replaced=True)

    def entries(self, wanted: Filter | None = None) -> list[Entry]:
        """List sessions, the oldest first."""
        where, values = self._where(wanted or Filter())
        query = f"SELECT {_COLUMNS} FROM sessions{where} ORDER BY performed_utc DESC, id DESC"
        if wanted is not None and wanted.limit is not None:
            query += " LIMIT :limit"
            values["limit"] = wanted.limit
        with self._spoken():
            rows = self._connection.execute(query, values).fetchall()
        return [_entry(row) for row in reversed(rows)]

    def sessions(self, wanted: Filter | None = None) -> list[tuple[Entry, SessionResult]]:
        """Give sessions with their repetitions, the oldest first.

        The courses over time stay behind: ``frames`` and every ``series`` are empty.
        """
        return [(entry, self._slim(entry.id)) for entry in self.entries(wanted)]

    def entry(self, session_id: int) -> Entry:
        """Give one session's line; raises ``HistoryError`` when there is none."""
        query = f"SELECT {_COLUMNS} FROM sessions WHERE id = ?"
        with self._spoken():
            row = self._connection.execute(query, (session_id,)).fetchone()
        if row is None:
            raise self._no_session(session_id)
        return _entry(row)

    def record(self, session_id: int) -> dict[str, Any]:
        """Give the whole session record, as in ``session.json``."""
        self.entry(session_id)
        query = "SELECT record, courses FROM sessions WHERE id = ?"
        with self._reading(session_id):
            text, packed = self._connection.execute(query, (session_id,)).fetchone()
            return _joined(json.loads(text), json.loads(zlib.decompress(packed)))

    def session(self, session_id: int) -> SessionResult:
        """Give one whole session."""
        return record.from_json(self.record(session_id))

    def people(self) -> list[str]:
        """Name everybody in the history; an empty name stands for sessions without one."""
        query = "SELECT DISTINCT person FROM sessions WHERE typeof(person) = 'text' ORDER BY person"
        with self._spoken():
            return [name for (name,) in self._connection.execute(query)]

    def refuse_unknown(self, session_id: int) -> None:
        """Raise ``HistoryError`` when there is no such session; a damaged one is one, too."""
        with self._spoken():
            query = "SELECT 1 FROM sessions WHERE id = ?"
            if self._connection.execute(query, (session_id,)).fetchone() is None:
                raise self._no_session(session_id)

    def delete(self, session_ids: Sequence[int]) -> None:
        """Delete sessions for good: they are overwritten in the file and in its log."""
        with self._spoken():
            with transaction(self._connection):
                self._connection.executemany(
                    "DELETE FROM sessions WHERE id = ?", [(number,) for number in session_ids]
                )
            self._connection.execute("VACUUM")
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise HistoryError(
                f"the sessions were deleted, but another program holds the history {self._path} "
                "open, so that traces may remain in its log",
                hint="Close the other program and delete something again.",
            )

    def set_aside(self) -> tuple[Path, ...]:
        """List damaged files that were set aside earlier and may still hold sessions."""
        return set_aside_files(self._path)

    def _no_session(self, session_id: int) -> HistoryError:
        return HistoryError(
            f"there is no session {session_id} in the history {self._path}",
            hint="`formcheck history` lists them.",
        )

    def _slim(self, session_id: int) -> SessionResult:
        query = "SELECT record FROM sessions WHERE id = ?"
        with self._reading(session_id):
            (text,) = self._connection.execute(query, (session_id,)).fetchone()
            return record.from_json(json.loads(text))

    def _same(self, session: SessionResult, person: str, film_sha256: str | None) -> Entry | None:
        """Find the session whose place a new one takes."""
        query = (
            f"SELECT {_COLUMNS} FROM sessions WHERE key = :key OR (person = :person"
            # A record without its film is known again by the moment it was made.
            " AND created = :created AND source = :source AND exercise = :exercise"
            " AND (film_sha256 IS NULL OR :film IS NULL)) ORDER BY key = :key DESC"
        )
        values = {
            "key": _key(session, person, film_sha256),
            "person": person,
            "created": session.created,
            "source": _clean(session.source.name),
            "exercise": session.exercise,
            "film": film_sha256,
        }
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else _entry(row)

    def _spelling(self, person: str) -> str:
        """Give a name as it stands in the history already."""
        name = unicodedata.normalize("NFC", " ".join(_clean(person).split()))
        known = {old.casefold(): old for old in self.people()}
        return known.get(name.casefold(), name)

    def _where(self, wanted: Filter) -> tuple[str, dict[str, Any]]:
        parts: dict[str, Any] = {}
        if wanted.person is not None:
            parts["person = :person"] = ("person", self._spelling(wanted.person))
        if wanted.exercise is not None:
            parts["exercise = :exercise"] = ("exercise", wanted.exercise)
        if wanted.since is not None:
            parts["substr(performed, 1, 10) >= :since"] = ("since", wanted.since.isoformat())
        if wanted.until is not None:
            parts["substr(performed, 1, 10) <= :until"] = ("until", wanted.until.isoformat())
        conditions = list(parts)
        if wanted.side is not None:
            conditions.append(f"reps_{wanted.side} > 0")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return where, dict(parts.values())

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Put the errors of SQLite into words."""
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryError(
                f"the history {self._path} cannot be used: {error}",
                hint="Name another history file.",
                options=("db",),
            ) from error

    @contextmanager
    def _reading(self, session_id: int) -> Iterator[None]:
        """Say which session is damaged when its record cannot be read."""
        try:
            with self._spoken():
                yield
        except (ValueError, TypeError, KeyError, RecursionError, zlib.error, SourceError) as error:
            raise HistoryError(
                f"session {session_id} in the history {self._path} is damaged: {error}",
                hint="Analyze its film again.",
            ) from error


def _opened(path: Path, *, create: bool) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    opened = open_database(path, create=create)
    return opened.connection, opened.notices


def _key(session: SessionResult, person: str, film_sha256: str | None) -> str:
    """Digest of what makes a session the same one when it is analyzed again.

    The film, whose it is, the exercise and the settings. Not the leg, the view or the version of
    formcheck: to correct one of these is to analyze the same session better.
    """
    source = session.source
    data = record.to_json(replace(session, reps=(), frames={}))
    parts = (
        person,
        film_sha256 or [session.created, source.kind, source.name],
        session.exercise,
        data["config"],
        session.model.sha256,
        source.mirrored,
        source.slow_motion,
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _row(session: SessionResult, person: str, film_sha256: str | None) -> dict[str, Any]:
    told = session.training or Training()
    slim, courses = _split(record.to_json(session))
    performed = told.date or session.created
    counts = session.summary.reps_by_side
    return {
        "key": _key(session, person, film_sha256),
        "film_sha256": film_sha256,
        "person": person,
        "performed": performed,
        "performed_utc": _utc(performed),
        "created": session.created,
        "exercise": session.exercise,
        "view": session.view.kind,
        "source": _clean(session.source.name),
        **{f"reps_{side}": counts.get(side, 0) for side in ("left", "right", "both")},
        "good_reps": session.summary.good_reps,
        "step_height_cm": told.step_height_cm,
        "load_kg": told.load_kg,
        "pain": told.pain,
        "record": json.dumps(slim, allow_nan=False),
        "courses": zlib.compress(json.dumps(courses, allow_nan=False).encode()),
    }


def _clean(text: str) -> str:
    """Replace what an undecodable file name has and no database takes."""
    return text.encode("utf-8", "replace").decode()


def _utc(performed: str) -> str:
    """Make times of different zones comparable; a day without a time is its noon."""
    try:
        if len(performed) == len("2026-01-01"):
            return f"{date.fromisoformat(performed).isoformat()}T12:00:00+00:00"
        return datetime.fromisoformat(performed).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise SourceError(
            f"the session record is damaged: {performed[:40]!r} is no time",
            hint="Analyze the film again.",
        ) from error


def _merged(before: Training, now: Training | None) -> Training | None:
    told = {**asdict(before), **{k: v for k, v in asdict(now or before).items() if v is not None}}
    return Training(**told) if any(value is not None for value in told.values()) else None


def _split(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part a record into its numbers and its long courses over time.

    The first part is a record as well, with empty courses: listings and trends read only that.
    """
    slim = {**data, "frames": {}, "reps": [{**r, "series": {"t_s": []}} for r in data["reps"]]}
    return slim, {"frames": data["frames"], "series": [rep["series"] for rep in data["reps"]]}


def _joined(slim: dict[str, Any], courses: Mapping[str, Any]) -> dict[str, Any]:
    reps = [
        {**rep, "series": series}
        for rep, series in zip(slim["reps"], courses["series"], strict=True)
    ]
    return {**slim, "frames": courses["frames"], "reps": reps}


def _entry(row: Sequence[Any]) -> Entry:
    """Give a row as an entry; SQLite lets a damaged file hold anything in any column."""
    for (column, types), value in zip(_COLUMN_TYPES.items(), row, strict=True):
        endless = isinstance(value, float) and not math.isfinite(value)
        if not isinstance(value, types) or endless:
            raise HistoryError(
                f"session {row[0]} in the history is damaged: its {column} cannot be read",
                hint=f"Restore the history from a copy, or delete that session with `formcheck "
                f"history delete {row[0]}`.",
            )
    session_id, person, performed, exercise, view, source, left, right, both, good = row[:10]
    counts: dict[Stance, int] = {"left": left, "right": right, "both": both}
    told = dict(zip(("step_height_cm", "load_kg", "pain"), row[10:13], strict=True))
    day = performed if len(performed) == len("2026-01-01") else None
    return Entry(
        id=session_id,
        person=person,
        performed=performed,
        exercise=exercise,
        view=view,
        source=source,
        reps_by_side={side: count for side, count in counts.items() if count},
        good_reps=good,
        training=Training(date=day, **told),
        film_sha256=row[13],
    )

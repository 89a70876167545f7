"""The SQLite file: its location, schema and migrations, and how damage is handled.

A file of an older schema is copied, with the date in the copy's name, and brought up to date in one
transaction. Each write is one transaction in write-ahead logging mode, so several programs may use
the file at once, and one that is killed leaves it readable. The file's
``user_version`` is the number of its schema; its ``application_id`` marks it as formcheck's.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from formcheck.data.errors import HistoryError
from formcheck.store.history.convert import convert_rows

ENVIRONMENT = "FORMCHECK_HISTORY"
"""Environment variable with the path of the history file."""

FILE_NAME = "history.sqlite3"
BUSY_S = 15.0
"""How long to wait while another program writes."""

APPLICATION_ID = 0x666F726D  # "form"

MigrationStep = str | Callable[[sqlite3.Connection], Sequence[str]]
"""An SQL statement, or a function that changes rows and returns notices for the user."""

_SESSION = """
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    film_sha256 TEXT,
    person TEXT NOT NULL,
    performed TEXT NOT NULL,
    performed_utc TEXT NOT NULL,
    created TEXT NOT NULL,
    exercise TEXT NOT NULL,
    view TEXT NOT NULL,
    source TEXT NOT NULL
"""
_REPS = "reps_left INTEGER NOT NULL, reps_right INTEGER NOT NULL, reps_both INTEGER NOT NULL"
_ENTERED = "step_height_cm REAL, load_kg REAL, pain INTEGER, record TEXT NOT NULL"
"""Columns that the first two schemas have."""
_BY_TIME = "CREATE INDEX sessions_by_time ON sessions (person, exercise, performed_utc)"

MIGRATIONS: tuple[tuple[MigrationStep, ...], ...] = (
    (
        f"CREATE TABLE sessions ({_SESSION}, {_REPS}, good_reps INTEGER NOT NULL, {_ENTERED}, "
        "courses BLOB NOT NULL)",
        _BY_TIME,
    ),
    (
        "DROP INDEX sessions_by_time",
        "ALTER TABLE sessions RENAME TO sessions_1",
        "ALTER TABLE sessions_1 ADD COLUMN not_converted TEXT NOT NULL DEFAULT ''",
        f"CREATE TABLE sessions ({_SESSION}, folder TEXT, {_REPS}, form TEXT NOT NULL, "
        f"tempo TEXT NOT NULL, {_ENTERED})",
        _BY_TIME,
        convert_rows,
    ),
    ("ALTER TABLE sessions ADD COLUMN target_hold_s REAL",),
)
"""The steps from each version of the schema to the next; only ever appended to."""

_SQLITE_HEADER = b"SQLite format 3\0"
_SUFFIXES = (".sqlite3", ".sqlite", ".db")
_SIDECARS = ("-wal", "-shm")
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_WRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


@dataclass(frozen=True)
class OpenDatabase:
    """An open database, with notices for the user."""

    connection: sqlite3.Connection
    notices: tuple[str, ...] = ()


class _DamagedError(Exception):
    """The file is not an undamaged database."""


def user_folder() -> Path:
    """Return the folder for what this user keeps."""
    return platformdirs.user_data_path("formcheck", appauthor=False)


def default_path() -> Path:
    """Return the file to use when none is given: from the environment, or this user's own."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return user_folder() / FILE_NAME


def damaged_files(path: Path) -> tuple[Path, ...]:
    """List the damaged histories that were renamed, in the same folder."""
    return tuple(sorted(path.parent.glob(f"{path.name}.damaged-*")))


def open_database(
    path: Path, *, create: bool, migrations: Sequence[Sequence[MigrationStep]] = MIGRATIONS
) -> OpenDatabase:
    """Open the history, bring its schema up to date, and rename it when it is damaged.

    Parameters
    ----------
    path
        The file.
    create
        Whether to create a missing file; otherwise an empty history in memory is opened.
    migrations
        See ``MIGRATIONS``.

    Raises
    ------
    HistoryError
        The file cannot be opened or created, is of a newer version, or is not a history.
    """
    notices: tuple[str, ...] = ()
    try:
        while path.exists():
            inode = path.stat().st_ino
            try:
                connection, new = _open(path, migrations)
                return OpenDatabase(connection, (*notices, *new))
            except _DamagedError as damage:
                notices = (*notices, _rename_damaged(path, inode, str(damage)))
        if not create:
            connection = sqlite3.connect(":memory:", isolation_level=None)
            _migrate(connection, path, migrations)
            return OpenDatabase(connection, notices)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only its owner may read it: it holds names and pain.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection, new = _open(path, migrations)
        return OpenDatabase(connection, (*notices, *new))
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except (sqlite3.Error, _DamagedError) as error:
        raise _unusable(path, str(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all changes of a block or none; waits while another program writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _unusable(path: Path, why: str) -> HistoryError:
    return HistoryError(
        f"the history {path} cannot be used: {why}",
        hint="Name another history file.",
        options=("db",),
    )


def _open(
    path: Path, migrations: Sequence[Sequence[MigrationStep]]
) -> tuple[sqlite3.Connection, Sequence[str]]:
    if path.stat().st_size and not _may_be_ours(path):
        raise HistoryError(
            f"{path} is not a history of formcheck", hint="Name the right file.", options=("db",)
        )
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        try:
            _check(connection, path)
        except sqlite3.OperationalError as error:
            if _code(error) not in _NOT_WRITABLE or path.with_name(path.name + "-wal").exists():
                raise
            # In a folder that may not be written to, a database at rest can still be read.
            connection.close()
            uri = f"{path.resolve().as_uri()}?immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            _check(connection, path)
            if _version(connection, path, migrations) < len(migrations):
                connection = _in_memory(connection)
        notices = _migrate(connection, path, migrations)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGED:
            raise _DamagedError(str(error)) from error
        if isinstance(error, UnicodeDecodeError):  # SQLite quotes a schema that it cannot read
            raise _DamagedError("its schema is not readable text") from error
        raise
    return connection, notices


def _in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Copy a history that cannot be written, so that it can be read in the present schema."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    connection.close()
    return copy


def _may_be_ours(path: Path) -> bool:
    """Whether a damaged file may be renamed: not if it is, say, a film named by mistake."""
    if path == default_path() or path.suffix in _SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Check the whole file; raises ``_DamagedError``, or ``HistoryError`` if it is not ours."""
    connection.execute("PRAGMA secure_delete = ON")  # deleted data is overwritten
    # One read transaction: between two, another program may make the file a history.
    connection.execute("BEGIN")
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    finally:
        connection.rollback()
    if application_id != APPLICATION_ID and (application_id or tables):
        raise HistoryError(
            f"{path} is the database of another program",
            hint="Name another history file.",
            options=("db",),
        )
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _DamagedError(" ".join(str(found).split()))


def _migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[MigrationStep]]
) -> Sequence[str]:
    """Bring the schema up to date in one transaction; returns notices for the user."""
    if _version(connection, path, migrations) == len(migrations):
        return ()
    _use_write_ahead_log(connection)
    notices: list[str] = []
    with transaction(connection):
        # Another program may have done it while this one waited.
        version = _version(connection, path, migrations)
        if version == len(migrations):
            return ()
        in_file = any(name for _, _, name in connection.execute("PRAGMA database_list"))
        if version and in_file:
            copy = _copy(path, version)
            notices.append(
                f"the history {path} was brought up to date; the old one is kept as {copy.name}"
            )
        for number in range(version, len(migrations)):
            for step in migrations[number]:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    notices += step(connection)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    return notices


def _copy(path: Path, version: int) -> Path:
    """Copy the file before a migration, completely or not at all.

    A second connection reads it: it does not see changes of the open transaction.
    """
    copy = _free_name(path, f"schema-{version}")
    partial = copy.with_name(f".{copy.name}.partial")
    try:
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with (
            closing(sqlite3.connect(path, timeout=BUSY_S)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        partial.replace(copy)
    finally:
        partial.unlink(missing_ok=True)
    return copy


def _free_name(path: Path, what: str) -> Path:
    """Return an unused file name beside the history, with the date in it."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    free = path.with_name(f"{path.name}.{what}-{stamp}")
    number = 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{what}-{stamp}-{number}")
    return free


def _version(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[MigrationStep]]
) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version < 0:
        raise _DamagedError(f"its schema is numbered {version}")
    if version > len(migrations):
        raise HistoryError(
            f"the history {path} was written by a newer formcheck "
            f"(format {version}; this one reads up to {len(migrations)})",
            hint="Update formcheck, or name another history file.",
            options=("db",),
        )
    return version


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite does not wait for another program doing the same."""
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _rename_damaged(path: Path, inode: int, why: str) -> str:
    """Rename a damaged history with its log files; return the notice for the user."""
    temporary = _free_name(path, "damaged")
    try:
        if path.stat().st_ino == inode:
            # The log first: SQLite would apply it to a new database of this name.
            for suffix in (*_SIDECARS, ""):
                part = path.with_name(path.name + suffix)
                if part.exists():
                    part.rename(temporary.with_name(temporary.name + suffix))
    except FileNotFoundError:
        pass  # another program was faster
    except OSError as error:
        raise _unusable(
            path, f"it is damaged ({why}) and could not be renamed ({error.strerror})"
        ) from error
    return (
        f"the history {path} was damaged ({why}) and was renamed to {temporary.name}. "
        "A new history was started; add the sessions that you still have to it"
    )

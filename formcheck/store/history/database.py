"""Opens the SQLite file of the history: its location, schema and migrations, and damaged files.

A file with an older schema is first copied, with the date in the name of the copy, and then
converted in one transaction. Every change is one transaction, with a write-ahead log. So several
programs can use the file at the same time, and one that is killed leaves it readable. The
``user_version`` of the file is the number of its schema; its ``application_id`` marks it as a file
of formcheck.
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
"""The steps from each version of the schema to the next. New ones are only added at the end."""

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
    """The file is damaged, or is not a database."""


def user_folder() -> Path:
    """Return the folder for the data of this user."""
    return platformdirs.user_data_path("formcheck", appauthor=False)


def default_path() -> Path:
    """Return the file to use if none is given: that of the environment variable or the user's."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return user_folder() / FILE_NAME


def damaged_files(path: Path) -> tuple[Path, ...]:
    """List the damaged history files in the same folder, which were renamed earlier."""
    return tuple(sorted(path.parent.glob(f"{path.name}.damaged-*")))


def open_database(
    path: Path, *, create: bool, migrations: Sequence[Sequence[MigrationStep]] = MIGRATIONS
) -> OpenDatabase:
    """Open the history, and bring its schema up to date; a damaged file is renamed first.

    Parameters
    ----------
    path
        The file.
    create
        Whether to create the file if it is missing. Otherwise an empty history in memory is opened.
    migrations
        See :data:`MIGRATIONS`.

    Raises
    ------
    HistoryError
        The file cannot be opened or created, has a newer schema, or is not a history.
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
        # Only its owner may read it, because it contains names and pain.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection, new = _open(path, migrations)
        return OpenDatabase(connection, (*notices, *new))
    except OSError as error:
        raise _unusable_error(path, error.strerror or str(error)) from error
    except (sqlite3.Error, _DamagedError) as error:
        raise _unusable_error(path, str(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Save all changes of a block or none; waits while another program writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _unusable_error(path: Path, why: str) -> HistoryError:
    return HistoryError(
        f"the history {path} cannot be used: {why}",
        hint="Name another history file.",
        options=("db",),
    )


def _open(
    path: Path, migrations: Sequence[Sequence[MigrationStep]]
) -> tuple[sqlite3.Connection, Sequence[str]]:
    """Open an existing file, check it and bring its schema up to date."""
    if path.stat().st_size and not _may_be_history(path):
        raise HistoryError(
            f"{path} is not a history of formcheck", hint="Name the right file.", options=("db",)
        )
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        try:
            _check_file(connection, path)
        except sqlite3.OperationalError as error:
            if (
                _error_code(error) not in _NOT_WRITABLE
                or path.with_name(path.name + "-wal").exists()
            ):
                raise
            # In a folder without write permission, a database without a log can still be read.
            connection.close()
            uri = f"{path.resolve().as_uri()}?immutable=1"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            _check_file(connection, path)
            if _schema_version(connection, path, migrations) < len(migrations):
                connection = _in_memory(connection)
        notices = _migrate(connection, path, migrations)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.DatabaseError) and _error_code(error) in _DAMAGED:
            raise _DamagedError(str(error)) from error
        if isinstance(error, UnicodeDecodeError):  # SQLite quotes a schema that it cannot read
            raise _DamagedError("its schema is not readable text") from error
        raise
    return connection, notices


def _in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Copy a read-only history to memory, so that it can be converted to the present schema."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    connection.close()
    return copy


def _may_be_history(path: Path) -> bool:
    """Whether the file can be a history, by its name or start; it may be a film by mistake."""
    if path == default_path() or path.suffix in _SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER


def _error_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _check_file(connection: sqlite3.Connection, path: Path) -> None:
    """Check the whole file.

    Raises
    ------
    _DamagedError
        It is damaged.
    HistoryError
        It is the database of another program.
    """
    connection.execute("PRAGMA secure_delete = ON")  # deleted data is overwritten
    # One transaction for both: in between, another program may turn the file into a history.
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
    """Bring the schema up to date in one transaction; return notices for the user."""
    if _schema_version(connection, path, migrations) == len(migrations):
        return ()
    _use_write_ahead_log(connection)
    notices: list[str] = []
    with transaction(connection):
        # Another program may have converted the file while this one waited.
        version = _schema_version(connection, path, migrations)
        if version == len(migrations):
            return ()
        in_file = any(name for _, _, name in connection.execute("PRAGMA database_list"))
        if version and in_file:
            copy = _copy_before_migration(path, version)
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


def _copy_before_migration(path: Path, version: int) -> Path:
    """Copy the file before a migration, completely or not at all.

    It is read through a second connection, which does not see the changes of the open transaction.
    """
    copy = _unused_path(path, f"schema-{version}")
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


def _unused_path(path: Path, what: str) -> Path:
    """Return an unused file name beside the history, with the date in it."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    free = path.with_name(f"{path.name}.{what}-{stamp}")
    number = 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{what}-{stamp}-{number}")
    return free


def _schema_version(
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
            if _error_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _rename_damaged(path: Path, inode: int, why: str) -> str:
    """Rename a damaged history with its log files; return the notice for the user."""
    temporary = _unused_path(path, "damaged")
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
        raise _unusable_error(
            path, f"it is damaged ({why}) and could not be renamed ({error.strerror})"
        ) from error
    return (
        f"the history {path} was damaged ({why}) and was renamed to {temporary.name}. "
        "A new history was started; add the sessions that you still have to it"
    )

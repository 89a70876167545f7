"""Converts the sessions of an old history file (schema 1) to the present schema.

``database.py`` calls it when it opens such a file, after the old table was renamed ``sessions_1``.
The sessions are graded again from their own values, errors and limits. A row that cannot be
converted stays in ``sessions_1``, with the reason.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from msgspec.structs import replace

from formcheck.data.errors import SourceError
from formcheck.store.history.rows import row_of
from formcheck.store.session_file import from_plain

_COLUMNS = ("id", "key", "film_sha256", "person", "performed", "record")


def convert_rows(connection: sqlite3.Connection) -> list[str]:
    """Move the rows of ``sessions_1`` to the new table; return a notice for each that fails."""
    notices = []
    # The new table continues the numbers of the old one, so that no number is used twice.
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) "
        "SELECT 'sessions', seq FROM sqlite_sequence WHERE name = 'sessions_1'"
    )
    query = f"SELECT {', '.join(_COLUMNS)} FROM sessions_1 ORDER BY id"  # noqa: S608 - our own names
    found = connection.execute(query)
    for values in found.fetchall():
        old = dict(zip(_COLUMNS, values, strict=True))
        try:
            _insert(connection, _converted_row(old))
        except (SourceError, ValueError, TypeError, RecursionError, sqlite3.IntegrityError) as why:
            reason = why.message if isinstance(why, SourceError) else str(why)
            connection.execute(
                "UPDATE sessions_1 SET not_converted = ? WHERE id = ?", (reason, old["id"])
            )
            notices.append(
                f"session {old['id']} ({str(old['performed'])[:10]}) of the history cannot be "
                f"read and is left out, but kept in the file: {reason}"
            )
        else:
            connection.execute("DELETE FROM sessions_1 WHERE id = ?", (old["id"],))
    return notices


def _converted_row(old: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(old["person"], str) or not isinstance(old["film_sha256"], str | None):
        raise TypeError("its person or its film cannot be read")
    session = from_plain(json.loads(old["record"]))
    session = replace(
        session,
        person=old["person"],
        source=replace(session.source, sha256=old["film_sha256"]),
    )
    return {"id": old["id"], **row_of(session, None)}


def _insert(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    """Insert a row; columns that the table gets only in a later migration are left out."""
    there = {column[1] for column in connection.execute("PRAGMA table_info(sessions)")}
    row = {name: value for name, value in row.items() if name in there}
    columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
    insert = f"INSERT INTO sessions ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.execute(insert, row)

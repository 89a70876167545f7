"""The note beside a film's receipt: which histories its results have joined.

With it a film joins once, even when the batch was stopped between the two, or the history could
not be written; and one that its owner deleted from the history does not come back. It holds for
the receipt that it names: results of another analysis join anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from formcheck.app.batch.receipt import FILE_NAME as RECEIPT
from formcheck.app.batch.receipt import JOINED as FILE_NAME
from formcheck.data.plain_file import open_plain
from formcheck.store.sealed import sealed, unsealed
from formcheck.store.whole_file import write_bytes

SCHEMA = "formcheck.joined/1"


def has_joined(folder: Path, history: Path, person: str) -> bool:
    """Whether the results in a folder have joined that history as that person's."""
    return [str(history.resolve()), person] in _joined(folder)


def note(folder: Path, history: Path, person: str) -> None:
    """Note that they have; raises ``OutputError``."""
    joined = [*_joined(folder), [str(history.resolve()), person]]
    text = json.dumps({"schema": SCHEMA, "receipt_sha256": _receipt(folder), "joined": joined})
    write_bytes(folder / FILE_NAME, sealed(text))


def _joined(folder: Path) -> list[list[str]]:
    try:
        with open_plain(folder / FILE_NAME) as file:
            data = unsealed(file.read())
        if data["schema"] != SCHEMA or data["receipt_sha256"] != _receipt(folder):
            return []
        joined: list[list[str]] = data["joined"]
    except (OSError, ValueError, KeyError, RecursionError):
        return []  # to join twice does no harm: the history knows the session again
    return joined


def _receipt(folder: Path) -> str:
    try:
        with open_plain(folder / RECEIPT) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # something took it away: the next run analyzes the film again

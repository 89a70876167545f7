"""The note in a film's results folder that lists the histories to which its results were added.

With it, each film is added to a history exactly once, even if the batch was stopped or the history
could not be written at first; and a session that the user has deleted from the history is not added
again. The note contains the SHA-256 of the film's receipt (``receipt.py``): after another analysis
it does not apply any more, and the new results are added.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from formcheck.app.batch.receipt import FILE_NAME as RECEIPT
from formcheck.app.batch.receipt import HISTORY_NOTE
from formcheck.data.plain_file import open_plain
from formcheck.store.sealed import sealed, unsealed
from formcheck.store.whole_file import write_bytes

SCHEMA = "formcheck.joined/1"


def was_added(folder: Path, history: Path, person: str) -> bool:
    """Whether the results in a folder were added to that history for that person."""
    return [str(history.resolve()), person] in _added(folder)


def record_added(folder: Path, history: Path, person: str) -> None:
    """Record that the results in a folder were added; raises ``OutputError``."""
    added = [*_added(folder), [str(history.resolve()), person]]
    text = json.dumps({"schema": SCHEMA, "receipt_sha256": _receipt(folder), "joined": added})
    write_bytes(folder / HISTORY_NOTE, sealed(text))


def _added(folder: Path) -> list[list[str]]:
    try:
        with open_plain(folder / HISTORY_NOTE) as file:
            data = unsealed(file.read())
        if data["schema"] != SCHEMA or data["receipt_sha256"] != _receipt(folder):
            return []
        added: list[list[str]] = data["joined"]
    except (OSError, ValueError, KeyError, RecursionError):
        return []  # adding twice does no harm: the history replaces the session
    return added


def _receipt(folder: Path) -> str:
    try:
        with open_plain(folder / RECEIPT) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # the receipt is gone: the next run analyzes the film again

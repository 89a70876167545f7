"""The note beside a film's receipt: which histories its results were added to.

With it a film is added once, even when the batch was stopped before that, or the history could not
be written; and one that was deleted from the history is not added again. It holds only for the
receipt whose SHA-256 it names: the results of another analysis are added as well.
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
    """Whether the results in a folder were added to that history for that person."""
    return [str(history.resolve()), person] in _joined(folder)


def note(folder: Path, history: Path, person: str) -> None:
    """Note that they were added; raises ``OutputError``."""
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
        return []  # adding twice does no harm: the history replaces the session
    return joined


def _receipt(folder: Path) -> str:
    try:
        with open_plain(folder / RECEIPT) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""  # the receipt is gone: the next run analyzes the film again

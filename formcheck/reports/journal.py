"""A session saved while it runs: what has been measured survives a crash, a kill, an empty battery.

``session.journal.jsonl`` grows by whole lines and is never rewritten, so nothing can damage more
than its last line. Each line is a piece of the session record: the first one has everything but
repetitions and frames; those follow, as they come. Put together again they are the record. Once a
session is complete, the record takes the journal's place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from formcheck.errors import OutputError, SourceError
from formcheck.reports.record import from_json, to_json
from formcheck.reports.whole_file import output_error
from formcheck.results import Rep, SessionResult

JOURNAL_NAME = "session.journal.jsonl"
FORMAT = "formcheck.journal/1"

Piece = dict[str, Any]


class Journal:
    """Writes a journal; each line is on the disk a moment after it was given.

    Writing happens in a thread of its own, in order: a slow disk must not hold up the picture.
    A line that cannot be written is tried again together with the next one.

    Parameters
    ----------
    folder
        The session's folder; it must exist.
    session
        What is known at the start: no repetitions, no frames.

    Raises
    ------
    OutputError
        The folder cannot be written to, or it holds the journal of another session.
    """

    def __init__(self, folder: Path, session: SessionResult) -> None:
        self.path = folder / JOURNAL_NAME
        try:
            self._file: BinaryIO = self.path.open("xb", buffering=0)
            _sync_folder(folder)
        except FileExistsError as error:
            raise OutputError(
                f"{folder} holds a session that was not finished",
                hint=f"Finish it with `formcheck report {folder}`, or choose another --out.",
            ) from error
        except OSError as error:
            raise output_error(self.path, error) from error
        self._empty = replace(session, reps=(), frames={})
        self._written = 0
        self._pending: list[bytes] = []
        self._failure: OSError | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._last: Future[None] | None = None
        self._put({"journal": FORMAT, "session": to_json(self._empty)})

    @property
    def failure(self) -> OutputError | None:
        """Why the last line is not on the disk; ``None`` when it is."""
        return None if self._failure is None else output_error(self.path, self._failure)

    def frames(self, columns: Mapping[str, list[Any]]) -> None:
        """Add frames: the columns of the record, only what is new in them."""
        self._put({"frames": to_json(replace(self._empty, frames=columns))["frames"]})

    def rep(self, rep: Rep, still: str | None = None) -> None:
        """Add a repetition; ``still`` is the file name of its picture."""
        names = {} if still is None else {rep.index: still}
        (piece,) = to_json(replace(self._empty, reps=(rep,)), names)["reps"]
        self._put({"rep": piece})

    def close(self) -> None:
        """Wait until all is written."""
        self._writer.shutdown()
        self._file.close()

    def remove(self) -> None:
        """Take the journal away: the record is complete."""
        self.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(self.path, error) from error

    def _put(self, piece: Piece) -> None:
        line = json.dumps(piece, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._last = self._writer.submit(self._write, (line + "\n").encode("utf-8", "replace"))

    def _write(self, line: bytes) -> None:
        self._pending.append(line)
        try:
            # What a failed write left behind goes first.
            self._file.truncate(self._written)
            self._file.seek(self._written)
            data = b"".join(self._pending)
            left = memoryview(data)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._failure = error
            return
        self._failure = None
        self._written += len(data)
        self._pending.clear()


@dataclass(frozen=True)
class Recovered:
    """What a journal holds.

    Attributes
    ----------
    session
        As far as it was written; its summary, its view and the facts of its source are those of
        the start.
    stills
        By repetition index: the picture's file name.
    damaged
        Whether something after the last good line could not be read.
    """

    session: SessionResult
    stills: dict[int, str]
    damaged: bool


def recover(folder: Path) -> Recovered:
    """Read the journal of a session that was not finished.

    Raises
    ------
    SourceError
        There is no journal, or its first line is damaged.
    """
    path = folder / JOURNAL_NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SourceError(
            f"could not read the journal {path}: {error.strerror}",
            hint="Give the folder of a live session.",
        ) from error
    first, *pieces = _pieces(lines)  # a whole line ends with a newline, so the rest comes last
    data = first.get("session") if first.get("journal") == FORMAT else None
    if not isinstance(data, dict):
        raise SourceError(
            f"{path} is not the journal of a session, or its beginning is damaged",
            hint="Nothing of this session can be recovered.",
        )
    columns: dict[str, list[Any]] = {}
    for piece in pieces:
        for name, values in piece.get("frames", {}).items():
            columns.setdefault(name, []).extend(values)
    reps = [piece["rep"] for piece in pieces if "rep" in piece]
    session = from_json({**data, "reps": reps, "frames": columns})
    stills = {rep["index"]: rep["still"] for rep in reps if rep["still"] is not None}
    return Recovered(session, stills, damaged=len(pieces) + 1 < len(lines) - 1)


def _pieces(lines: list[bytes]) -> list[Piece]:
    """Give the pieces up to the first line that is none; at least one, if only an empty one."""
    found: list[Piece] = []
    for line in lines[:-1]:
        try:
            piece = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(piece, dict):
            break
        found.append(piece)
    return found or [{}]


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable; not every system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

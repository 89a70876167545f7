"""A session saved while it runs: measurements survive a crash, a kill or an empty battery.

``session.journal.jsonl`` grows by whole lines and is never rewritten, so a crash can damage only
its last line, and a failing disk only the lines it damages. Each line is a JSON session
with a checksum, of one stretch of time: its frames and repetitions, and the other fields as known
at its end. Concatenated, the lines give the session. Journals of schema 1 can be read too.
Once ``session.json`` is written, the journal is removed, or renamed when a line of it could not be
read.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import to_builtins
from msgspec.structs import replace

from formcheck.data.declare import rounded
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.plain_file import open_plain
from formcheck.data.session import Session
from formcheck.store.lock import lock
from formcheck.store.sealed import sealed, unsealed
from formcheck.store.session_file import FILE_NAME, from_plain
from formcheck.store.whole_file import output_error

JOURNAL_NAME = "session.journal.jsonl"
DAMAGED_NAME = "session.journal.damaged.jsonl"
"""Name of a journal that could not be read in full, once its session is finished."""
TEMPORARY_PREFIX = ".unfinished."
"""Prefix of the temporary folders, beside the journal, into which unfinished files are written."""
RAW_NAME = "raw.mp4"
UNFINISHED_RAW_NAME = f".{RAW_NAME}.partial"
"""The raw video and its name while it is written, as a fragmented MP4: playable after a kill."""
_FRAGMENT, _SEARCHED_BYTES = b"moof", 65_536
"""The mark of an MP4 fragment, and the first bytes of the file in which one must be."""


@dataclass(frozen=True)
class HistoryTarget:
    """The history to which a finished session is added, and the person it is added for.

    Attributes
    ----------
    person
        Name of the person; empty when not given.
    db
        The history's file; ``None`` for this user's usual one.
    """

    person: str = ""
    db: Path | None = None


class Journal:
    """Writes a journal; each line is on disk a moment after it was added.

    Lines are encoded and written, in order, in a background thread, so that they never delay a
    frame. A line that cannot be written is retried with the next one.

    Parameters
    ----------
    folder
        The session's folder; it must exist.
    history_target
        History to which the session will be added; none when left out.

    Attributes
    ----------
    reps_written
        Number of repetitions on disk; final once it is closed.

    Raises
    ------
    OutputError
        The folder cannot be written to, or it holds the journal of another session.
    """

    def __init__(self, folder: Path, history_target: HistoryTarget | None = None) -> None:
        self._history_target = history_target
        self.path = folder / JOURNAL_NAME
        try:
            self._file: BinaryIO = self.path.open("xb", buffering=0)
            lock(self._file.fileno())
            _sync_folder(folder)
        except FileExistsError as error:
            raise _not_finished(folder) from error
        except OSError as error:
            raise output_error(self.path, error) from error
        self._written = 0
        self._pending: list[bytes] = []
        self._pending_reps = 0
        self.reps_written = 0
        self._failure: OSError | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._given: list[Future[None]] = []

    @property
    def failure(self) -> OutputError | None:
        """Error of the last write; ``None`` when it succeeded or is still under way."""
        return None if self._failure is None else output_error(self.path, self._failure)

    def add(self, stretch: Session, stills: Callable[[], Mapping[int, str]] | None = None) -> None:
        """Add the next stretch of the session to the journal.

        Parameters
        ----------
        stretch
            Only the new repetitions and frames; the other fields as known now.
        stills
            Saves the stills of the repetitions and returns their file names by repetition index;
            called in the journal's thread.
        """
        self._raise_unexpected()
        self._given.append(self._writer.submit(self._put, stretch, stills))

    def close(self) -> None:
        """Wait until all is written; may be called more than once."""
        self._writer.shutdown()
        self._file.close()
        self._raise_unexpected()

    def remove(self) -> None:
        """Delete the journal: the session is saved."""
        self.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(self.path, error) from error

    def _raise_unexpected(self) -> None:
        """Raise unexpected errors; those of the disk are kept in :attr:`failure`."""
        done = [line for line in self._given if line.done()]
        self._given = [line for line in self._given if line not in done]
        for line in done:
            line.result()

    def _put(self, stretch: Session, stills: Callable[[], Mapping[int, str]] | None) -> None:
        names = {} if stills is None else stills()
        reps = tuple(replace(rep, still=names.get(rep.index)) for rep in stretch.reps)
        data = to_builtins(rounded(replace(stretch, efforts=reps)))
        data["history"] = _history_to_json(self._history_target)
        line = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._write(sealed(line) + b"\n", len(stretch.reps))

    def _write(self, line: bytes, reps: int) -> None:
        self._pending.append(line)
        self._pending_reps += reps
        data = b"".join(self._pending)
        try:
            # Remove what a failed write left behind.
            self._file.truncate(self._written)
            self._file.seek(self._written)
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
        self.reps_written += self._pending_reps
        self._pending_reps = 0


@dataclass(frozen=True)
class Recovered:
    """A session read from its journal.

    Attributes
    ----------
    session
        The session as far as it was written; its summary is not computed yet.
    lines, bad_lines
        Count of complete lines, and of those that could not be read and are left out.
    history_target
        The history to which it will be added; ``None`` for none.
    """

    session: Session
    lines: int
    bad_lines: int
    history_target: HistoryTarget | None = None


def has_journal(folder: Path) -> bool:
    """Whether the folder holds a session that was not finished."""
    return (folder / JOURNAL_NAME).is_file()


def is_running(folder: Path) -> bool:
    """Whether the session of a journal is being measured, by whatever process."""
    try:
        with open_plain(folder / JOURNAL_NAME) as file:
            lock(file.fileno())
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def has_record(folder: Path) -> bool:
    """Whether the folder holds a finished session."""
    return os.path.lexists(folder / FILE_NAME)


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that already holds a session, because a live set cannot be recorded again.

    Raises
    ------
    OutputError
        The folder holds a session, finished or not.
    """
    if has_journal(folder):
        raise _not_finished(folder)
    if has_record(folder):
        raise OutputError(
            f"{folder} holds a finished session, which would be overwritten",
            hint="Move that session away, or choose another folder.",
            options=("out",),
        )


def _not_finished(folder: Path) -> OutputError:
    return OutputError(
        f"{folder} holds an interrupted session",
        hint="Recover it, or choose another folder.",
        options=("out",),
        command=f"report {folder}",
    )


def remove_journal(folder: Path) -> None:
    """Delete a journal that is no longer needed, and the temporary folders a crash left behind.

    Raises
    ------
    OutputError
        It cannot be removed.
    """
    path = folder / JOURNAL_NAME
    for temporary in folder.glob(f"{TEMPORARY_PREFIX}*"):
        _keep_raw(temporary, folder)
        shutil.rmtree(temporary, ignore_errors=True)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def _keep_raw(temporary: Path, folder: Path) -> None:
    """Keep the raw video if it is playable: if it has at least one whole fragment."""
    target = folder / RAW_NAME
    for raw in (temporary / RAW_NAME, temporary / UNFINISHED_RAW_NAME):
        with suppress(OSError):
            if not raw.is_symlink() and not os.path.lexists(target) and _FRAGMENT in _start(raw):
                raw.replace(target)


def _start(path: Path) -> bytes:
    with open_plain(path) as file:
        return file.read(_SEARCHED_BYTES)


def keep_damaged_journal(folder: Path) -> Path:
    """Rename a journal that could not be read in full, so that it is kept; return its new path.

    Raises
    ------
    OutputError
        It cannot be renamed.
    """
    path, temporary = folder / JOURNAL_NAME, folder / DAMAGED_NAME
    number = 1
    while temporary.exists():
        number += 1
        temporary = (folder / DAMAGED_NAME).with_suffix(f".{number}.jsonl")
    try:
        path.rename(temporary)
    except OSError as error:
        raise output_error(path, error) from error
    return temporary


def recover(folder: Path) -> Recovered:
    """Read the journal of a session that was not finished.

    Raises
    ------
    SourceError
        There is no journal, none of its lines can be read, or the session is still running.
    """
    path = folder / JOURNAL_NAME
    try:
        with open_plain(path) as file:
            lock(file.fileno())
            # After the last line break there is nothing, or an incomplete line.
            lines = file.read().split(b"\n")[:-1]
    except BlockingIOError as error:
        raise SourceError(
            f"the session in {folder} is still running", hint="End it first."
        ) from error
    except OSError as error:
        raise SourceError(
            f"could not read the interrupted session {path}: {error.strerror}",
            hint="Give the folder of a live session.",
        ) from error
    found = _readable(lines)
    if not found:
        raise SourceError(
            f"the session in {folder} stopped before anything was measured",
            hint="There is nothing to recover; the folder can be deleted.",
        )
    stretches = [stretch for stretch, _ in found]
    series: dict[str, list[Any]] = {}
    for stretch in stretches:
        for name, values in stretch.series.items():
            series.setdefault(name, []).extend(values)
    reps = tuple(rep for stretch in stretches for rep in stretch.reps)
    return Recovered(
        replace(stretches[-1], efforts=reps, series=series),
        lines=len(lines),
        bad_lines=len(lines) - len(found),
        history_target=_history_from_json(found[-1][1]),
    )


def _readable(lines: list[bytes]) -> list[tuple[Session, Any]]:
    """Return each readable line as a session, with the history entry in it; skip the others."""
    found: list[tuple[Session, Any]] = []
    for line in lines:
        with suppress(ValueError, RecursionError, SourceError):
            plain = unsealed(line)
            found.append((from_plain(plain), plain.get("history")))
    return found


def _history_to_json(history_target: HistoryTarget | None) -> dict[str, Any] | None:
    if history_target is None:
        return None
    return {
        "person": history_target.person,
        "db": None if history_target.db is None else str(history_target.db.absolute()),
    }


def _history_from_json(data: Any) -> HistoryTarget | None:
    """Read the history entry of a line; ``None`` when it is missing or not valid."""
    if not isinstance(data, Mapping) or not isinstance(data.get("person"), str):
        return None
    db = data.get("db")
    if db is None:
        return HistoryTarget(data["person"])
    return HistoryTarget(data["person"], Path(db)) if isinstance(db, str) else None


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable; not every system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The journal of a live session: saves the measurements while it runs, so that a crash loses none.

The file ``session.journal.jsonl`` is only appended to, so a crash can damage only its last line.
Each line is a part of the session as JSON with a checksum: the new frames and repetitions, and the
other fields as they are known at that time. All lines together give the session; see
:func:`recover`. Journals of schema 1 can be read too.

When ``session.json`` is written at the end, the journal is removed. If a line of it could not be
read, it is renamed instead.
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
"""New name of a journal with damaged lines, after its session is finished."""
TEMPORARY_PREFIX = ".unfinished."
"""Prefix of the temporary folders, beside the journal, that contain unfinished files."""
RAW_NAME = "raw.mp4"
UNFINISHED_RAW_NAME = f".{RAW_NAME}.partial"
"""Name of the film recorded from the camera, and its name while it is written. It is a fragmented
MP4, so it can be played even if the process is killed."""
_FRAGMENT, _SEARCHED_BYTES = b"moof", 65_536
"""The mark of a fragment in an MP4 file, and how many bytes at the start are searched for one."""


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
    """Writes a journal; each line is on the disk a moment after it was added.

    A background thread encodes and writes the lines in order, so that they never delay a frame. A
    line that cannot be written is tried again with the next one.

    Parameters
    ----------
    folder
        The session's folder; it must exist.
    history_target
        History to which the session will be added at its end, if any.

    Attributes
    ----------
    reps_written
        Number of repetitions on the disk; final after the journal is closed.

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
            raise _unfinished_error(folder) from error
        except OSError as error:
            raise output_error(self.path, error) from error
        self._written = 0
        self._pending: list[bytes] = []
        self._pending_reps = 0
        self.reps_written = 0
        self._failure: OSError | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._submitted: list[Future[None]] = []

    @property
    def failure(self) -> OutputError | None:
        """Error of the last write; ``None`` if it succeeded or is not finished."""
        return None if self._failure is None else output_error(self.path, self._failure)

    def add(self, part: Session, stills: Callable[[], Mapping[int, str]] | None = None) -> None:
        """Add the next part of the session to the journal.

        Parameters
        ----------
        part
            A session with only the new repetitions and frames; the other fields as known now.
        stills
            Saves the stills of the repetitions and returns their file names by repetition index;
            called in the journal's thread.
        """
        self._raise_unexpected()
        self._submitted.append(self._writer.submit(self._write_part, part, stills))

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
        """Raise errors of the thread; errors of the disk are not raised, see :attr:`failure`."""
        done = [line for line in self._submitted if line.done()]
        self._submitted = [line for line in self._submitted if line not in done]
        for line in done:
            line.result()

    def _write_part(self, part: Session, stills: Callable[[], Mapping[int, str]] | None) -> None:
        names = {} if stills is None else stills()
        reps = tuple(replace(rep, still=names.get(rep.index)) for rep in part.reps)
        data = to_builtins(rounded(replace(part, efforts=reps)))
        data["history"] = _history_to_json(self._history_target)
        line = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._write(sealed(line) + b"\n", len(part.reps))

    def _write(self, line: bytes, reps: int) -> None:
        """Write a line, together with earlier ones that could not be written."""
        self._pending.append(line)
        self._pending_reps += reps
        data = b"".join(self._pending)
        try:
            # Remove the incomplete end of a write that failed.
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
        Number of complete lines, and of those that could not be read and are left out.
    history_target
        The history to which the session will be added, or ``None``.
    """

    session: Session
    lines: int
    bad_lines: int
    history_target: HistoryTarget | None = None


def has_journal(folder: Path) -> bool:
    """Whether the folder contains a session that was not finished."""
    return (folder / JOURNAL_NAME).is_file()


def is_running(folder: Path) -> bool:
    """Whether a process is still writing the journal in this folder."""
    try:
        with open_plain(folder / JOURNAL_NAME) as file:
            lock(file.fileno())
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def has_record(folder: Path) -> bool:
    """Whether the folder contains a finished session."""
    return os.path.lexists(folder / FILE_NAME)


def refuse_taken(folder: Path) -> None:
    """Raise an error for a folder with a session: a live set cannot be repeated if overwritten.

    Raises
    ------
    OutputError
        The folder contains a session, finished or not.
    """
    if has_journal(folder):
        raise _unfinished_error(folder)
    if has_record(folder):
        raise OutputError(
            f"{folder} holds a finished session, which would be overwritten",
            hint="Move that session away, or choose another folder.",
            options=("out",),
        )


def _unfinished_error(folder: Path) -> OutputError:
    return OutputError(
        f"{folder} holds an interrupted session",
        hint="Recover it, or choose another folder.",
        options=("out",),
        command=f"report {folder}",
    )


def remove_journal(folder: Path) -> None:
    """Delete a journal that is not needed any more, and temporary folders left by a crash.

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
    """Move the camera's film out of a temporary folder if it can be played."""
    target = folder / RAW_NAME
    for raw in (temporary / RAW_NAME, temporary / UNFINISHED_RAW_NAME):
        with suppress(OSError):
            if (
                not raw.is_symlink()
                and not os.path.lexists(target)
                and _FRAGMENT in _first_bytes(raw)
            ):
                raw.replace(target)


def _first_bytes(path: Path) -> bytes:
    with open_plain(path) as file:
        return file.read(_SEARCHED_BYTES)


def keep_damaged_journal(folder: Path) -> Path:
    """Rename a journal with damaged lines, so that it is kept; return its new path.

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
    found = _readable_lines(lines)
    if not found:
        raise SourceError(
            f"the session in {folder} stopped before anything was measured",
            hint="There is nothing to recover; the folder can be deleted.",
        )
    parts = [part for part, _ in found]
    series: dict[str, list[Any]] = {}
    for part in parts:
        for name, values in part.series.items():
            series.setdefault(name, []).extend(values)
    reps = tuple(rep for part in parts for rep in part.reps)
    return Recovered(
        replace(parts[-1], efforts=reps, series=series),
        lines=len(lines),
        bad_lines=len(lines) - len(found),
        history_target=_history_from_json(found[-1][1]),
    )


def _readable_lines(lines: list[bytes]) -> list[tuple[Session, Any]]:
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
    """Write the entry of a new file in its folder to the disk, if the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

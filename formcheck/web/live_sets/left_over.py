"""Finish live sessions that were left unfinished when the server was stopped or killed.

Such a session still has its journal in its folder: the file in which a session notes its
repetitions as they are done (``store/journal.py``), and which is deleted when the results are
complete. From the journal the report is written and the annotated film is drawn, in a worker
process, while no other session runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from formcheck.app.worker_process import Report, start_worker, stop_workers
from formcheck.data.errors import FormcheckError
from formcheck.data.session import Session
from formcheck.store.journal import HistoryTarget, has_journal, is_running

_POLL_EVERY_S = 0.5


@dataclass(frozen=True)
class LeftOver:
    """An unfinished session: its folder, and the history file to which it will be added."""

    folder: Path
    history: Path


def left_in(sessions: Path, history: Path) -> Iterator[LeftOver]:
    """Yield the sessions that still have a journal; sessions that are running are included."""
    for folder in sorted(sessions.iterdir()):
        if folder.is_dir() and not folder.is_symlink() and has_journal(folder):
            yield LeftOver(folder, history)


def finish_left_over(left: LeftOver, report: Report) -> str:
    """Wait until no process measures the session any more, then finish it; runs in a worker.

    Returns
    -------
    Why it could not be finished, in words; empty if it was finished.

    Raises
    ------
    Stopped
        The server stops; the journal stays for the next one.
    """
    from formcheck.store.unfinished import finish
    from formcheck.web.measuring import add_to_history

    def drawing(t_s: float, _done: int, _expected: int | None) -> None:
        report(t_s)

    while is_running(left.folder):
        report(0.0)  # no progress; but a worker is paused or stopped only when it reports
        time.sleep(_POLL_EVERY_S)

    # The target is the history that the journal names. It is not used: all sessions of the app go
    # into the app's own history, whose path in the journal is out of date if its folder was moved.
    def to_history(session: Session, _target: HistoryTarget) -> None:
        add_to_history(session, left.folder, left.history)

    try:
        finish(left.folder, to_history, drawing)
    except FormcheckError as error:
        return f"{error.message}. {error.hint}".strip()
    return ""


def finish_all(left: Sequence[LeftOver], busy: Callable[[], bool], closing: Event) -> None:
    """Finish sessions one after the other in a worker process.

    Parameters
    ----------
    left
        The unfinished sessions. If one cannot be finished, it stays as it is, and the next server
        tries again.
    busy
        Returns whether a live session runs now; the worker is paused meanwhile.
    closing
        Set when the server stops; then the worker is stopped.
    """
    if not left:
        return
    worker = start_worker(finish_left_over, "formcheck-left-over")
    held = False
    try:
        for one in left:
            worker.give(one)
            done = False
            while not done and not closing.is_set():
                if worker.pipe.poll(_POLL_EVERY_S):
                    done = isinstance(worker.pipe.recv(), str)  # reports are numbers or None
                if busy() != held:
                    held = not held
                    worker.hold(held)
    except (EOFError, OSError):
        return  # the worker died
    finally:
        stop_workers([worker], patience_s=1.0)

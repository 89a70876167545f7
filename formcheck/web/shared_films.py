"""Films to share: two side by side, or one repetition.

Each is made by a process of its own, one at a time, and waits while a live set runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from formcheck.app.worker_process import (
    STALLED_S,
    Report,
    Worker,
    how_it_died,
    start_worker,
    stop_workers,
)
from formcheck.data.errors import FormcheckError, SourceError, UsageError
from formcheck.web.library import scratch

MakeFilm = Callable[..., None]
"""Writes a film to a path, with a ``progress`` as a keyword; a process gets it by pickle."""

_WORKER_NAME = "formcheck-share"
_LOOK_EVERY_S = 0.25
_STOP_S = 2.0
_FILE_NAME = "film.mp4"


@dataclass(frozen=True)
class FilmToShare:
    """A film that is to be made, and where."""

    make: MakeFilm
    path: Path


@dataclass(frozen=True)
class Made:
    """How it ended: why there is no film and what to do, or nothing."""

    message: str = ""
    hint: str = ""


def make_film(job: FilmToShare, report: Report) -> Made:
    """Make a film: the work of the process."""
    try:
        job.make(job.path, progress=lambda *_: report(None))
    except FormcheckError as error:
        return Made(error.message, error.hint)
    return Made()


@dataclass
class SharedFilms:
    """Makes films to share.

    Attributes
    ----------
    folder
        Where a film is written before it is sent.
    must_wait
        Says whether something else goes first now.
    """

    folder: Path
    must_wait: Callable[[], bool]
    _one: Lock = field(default_factory=Lock)
    _closing: bool = False

    def made(self, make: MakeFilm) -> bytes:
        """Make a film and return it.

        Raises
        ------
        UsageError
            Another one is being made.
        SourceError, OutputError
            It cannot be made.
        """
        if not self._one.acquire(blocking=False):
            raise UsageError("another film is being made", hint="Wait until that one is ready.")
        try:
            with scratch(self.folder) as place:
                path = place / _FILE_NAME
                self._make(FilmToShare(make, path))
                return path.read_bytes()
        finally:
            self._one.release()

    def close(self) -> None:
        """Give up the film that is being made."""
        self._closing = True

    def _make(self, job: FilmToShare) -> None:
        worker = start_worker(make_film, _WORKER_NAME)
        worker.give(job)
        try:
            made = self._made_by(worker)
        except (EOFError, OSError) as error:
            worker.process.join(_STOP_S)
            raise _not_made(how_it_died(worker.process.exitcode)) from error
        finally:
            stop_workers([worker], patience_s=0.0 if self._closing else _STOP_S)
        if made.message:
            raise SourceError(made.message, hint=made.hint)

    def _made_by(self, worker: Worker[Any]) -> Made:
        """Wait for the process, and let it wait when something else goes first."""
        held, heard_s = False, time.monotonic()
        while not self._closing and time.monotonic() - heard_s < STALLED_S:
            if worker.pipe.poll(_LOOK_EVERY_S):
                heard_s = time.monotonic()
                if isinstance(said := worker.pipe.recv(), Made):
                    return said
            if self.must_wait() != held:
                held = not held
                worker.hold(held)
            if held:
                heard_s = time.monotonic()
        raise _not_made("it was stopped")


def _not_made(why: str) -> SourceError:
    return SourceError(f"the film could not be made: {why}", hint="Try again.")

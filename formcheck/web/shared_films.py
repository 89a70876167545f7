"""Make films that the user can share: two films side by side, or one repetition.

Each film is made in a separate process, one film at a time. The process waits while a live session
runs.
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
"""A function that writes a film to a path; it gets ``progress`` as a keyword argument, and is
pickled for the process."""

_WORKER_NAME = "formcheck-share"
_POLL_EVERY_S = 0.25
_STOP_S = 2.0
_FILE_NAME = "film.mp4"


@dataclass(frozen=True)
class FilmToShare:
    """The job of the process: the function that makes the film, and the path to write to."""

    make: MakeFilm
    path: Path


@dataclass(frozen=True)
class SharedFilmResult:
    """Result of the process: why there is no film and what to do; empty if it was made."""

    message: str = ""
    hint: str = ""


def make_film(job: FilmToShare, report: Report) -> SharedFilmResult:
    """Make a film; this runs in the process."""
    try:
        job.make(job.path, progress=lambda *_: report(None))
    except FormcheckError as error:
        return SharedFilmResult(error.message, error.hint)
    return SharedFilmResult()


@dataclass
class SharedFilms:
    """Makes films to share.

    Attributes
    ----------
    folder
        Folder in which a film is written before it is sent.
    must_wait
        Returns whether the work has to be paused now, because a live session runs.
    """

    folder: Path
    must_wait: Callable[[], bool]
    _one: Lock = field(default_factory=Lock)
    _closing: bool = False

    def make(self, make: MakeFilm) -> bytes:
        """Make a film and return it.

        Raises
        ------
        UsageError
            Another film is being made.
        SourceError, OutputError
            The film cannot be made.
        """
        if not self._one.acquire(blocking=False):
            raise UsageError("another film is being made", hint="Wait until that one is ready.")
        try:
            with scratch(self.folder) as place:
                path = place / _FILE_NAME
                self._run_worker(FilmToShare(make, path))
                return path.read_bytes()
        finally:
            self._one.release()

    def close(self) -> None:
        """Stop making the present film."""
        self._closing = True

    def _run_worker(self, job: FilmToShare) -> None:
        worker = start_worker(make_film, _WORKER_NAME)
        worker.give(job)
        try:
            result = self._wait_for_film(worker)
        except (EOFError, OSError) as error:
            worker.process.join(_STOP_S)
            raise _film_error(how_it_died(worker.process.exitcode)) from error
        finally:
            stop_workers([worker], patience_s=0.0 if self._closing else _STOP_S)
        if result.message:
            raise SourceError(result.message, hint=result.hint)

    def _wait_for_film(self, worker: Worker[Any]) -> SharedFilmResult:
        """Wait for the result of the process; pause the process while it must wait."""
        held, heard_s = False, time.monotonic()
        while not self._closing and time.monotonic() - heard_s < STALLED_S:
            if worker.pipe.poll(_POLL_EVERY_S):
                heard_s = time.monotonic()
                if isinstance(said := worker.pipe.recv(), SharedFilmResult):
                    return said
            if self.must_wait() != held:
                held = not held
                worker.hold(held)
            if held:
                heard_s = time.monotonic()
        raise _film_error("it was stopped")


def _film_error(why: str) -> SourceError:
    return SourceError(f"the film could not be made: {why}", hint="Try again.")

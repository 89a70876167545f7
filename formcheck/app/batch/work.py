"""Analyze one film of a batch; this runs in a worker, on this computer or on a cluster.

A film whose results are complete already (``receipt.py``) is not analyzed again.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from formcheck.app.batch import places, receipt
from formcheck.app.batch.films import Film
from formcheck.app.batch.measured_by import measured_by
from formcheck.app.batch.receipt import FilmFinding, Inputs, Row
from formcheck.app.options import AnalyzeOptions, FilmOptions
from formcheck.app.worker_process import Stopped
from formcheck.data.errors import FormcheckError, NoRepetitionError
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.pose.model import find_model
from formcheck.store.exports import Exports
from formcheck.store.whole_file import output_error

Status = Literal["done", "no_repetition", "failed", "not_reached"]
OnProgress = Callable[[float | None], None]
"""Called regularly with the share of the film that is done, ``None`` when unknown."""


@dataclass(frozen=True)
class Job:
    """One film, its options, and the folder or address for its results."""

    film: Film
    folder: str
    choices: FilmOptions
    settings: Settings
    video_out: bool = True
    model: str | None = None
    exports: Exports = field(default_factory=Exports)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one film.

    Attributes
    ----------
    film
        The film.
    choices
        Its options.
    status
        ``done``; ``no_repetition`` when it was analyzed but none was found; ``failed``;
        ``not_reached`` if the batch was ended before its turn.
    reason, hint
        Why it failed or nothing was found, and what to do, in words.
    earlier
        Whether the results are from an earlier run.
    took_s
        Wall time.
    row
        The result; ``None`` if the film failed, was not reached, or no exercise was found.
    """

    film: Film
    choices: FilmOptions
    status: Status
    reason: str = ""
    hint: str = ""
    earlier: bool = False
    took_s: float = 0.0
    row: Row | None = None


def failure(job: Job, reason: str, hint: str = "", took_s: float = 0.0) -> Outcome:
    """Return the outcome of a film that could not be analyzed."""
    return Outcome(job.film, job.choices, "failed", reason, hint, took_s=took_s)


def run_job(job: Job, on_progress: OnProgress | None = None) -> Outcome:
    """Analyze one film, unless its results are complete already.

    If the film fails, the outcome says why. Only :class:`Stopped`, raised by ``on_progress`` to end
    the work, is passed on; then nothing is left behind.
    """
    started = time.monotonic()
    seconds = partial(_seconds_since, started)
    try:
        finding, earlier = _analyze_or_reuse(job, on_progress)
    except Stopped:
        raise
    except FormcheckError as error:
        return failure(job, error.message, error.hint, seconds())
    except Exception as error:  # noqa: BLE001 - one film must not stop the rest; it is reported
        reason = f"unexpected {type(error).__name__}: {error}"
        hint = "This is a bug in formcheck. Analyze this film alone to see the details."
        return failure(job, reason, hint, seconds())
    finally:
        _trim_heap()
    row = finding.row
    return Outcome(
        job.film,
        job.choices,
        "done" if row is not None and row.reps else "no_repetition",
        finding.reason,
        finding.hint,
        earlier=earlier,
        took_s=seconds(),
        row=row,
    )


def _analyze_or_reuse(job: Job, on_progress: OnProgress | None) -> tuple[FilmFinding, bool]:
    with places.local_film(job.film.address) as film:
        digest = sha256_of(film)
        inputs = _inputs(job)
        key = receipt.identity(digest, inputs)
        finding = receipt.finished(job.folder, key)
        if finding is not None:
            return finding, True
        with places.local_results(job.folder) as folder:
            try:
                session = _analyze(job, film, folder, on_progress)
                named = job.choices.exercise is not None
                finding = FilmFinding(receipt.summary_row(session, named=named))
            except NoRepetitionError as error:
                finding = FilmFinding(None, error.message, error.hint)
                _make_folder(folder)
            receipt.write(folder, key, digest, inputs, finding)
    return finding, False


def _analyze(job: Job, film: Path, folder: Path, on_progress: OnProgress | None) -> Session:
    from formcheck.app.analyze import analyze_film  # heavy: not for a film that is finished

    options = AnalyzeOptions(
        **job.choices.as_dict(),
        out=folder,
        video_out=job.video_out,
        model=None if job.model is None else Path(job.model),
        settings=job.settings,
        export=tuple(job.exports.formats),
        height_m=job.exports.height_m,
        progress=None if on_progress is None else partial(_report_share, on_progress),
    )
    return analyze_film(film, options)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error


def _inputs(job: Job) -> Inputs:
    """Return everything but the film's content that the results depend on."""
    model = find_model(None if job.model is None else Path(job.model))
    choices = job.choices.as_dict()
    del choices["person"]  # is not in the results
    return Inputs(
        measured_by=measured_by(),
        model_sha256=model.info.sha256,
        name=Path(job.film.name).name,
        video=job.video_out,
        export=sorted(job.exports.formats),
        height_m=job.exports.height_m,
        choices=choices,
        settings=job.settings.as_dict(),
    )


def _report_share(on_progress: OnProgress, _t_s: float, done: int, expected: int | None) -> None:
    on_progress(min(1.0, done / expected) if expected else None)


def _trim_heap() -> None:
    """Return freed memory to the system (``malloc_trim``).

    Each film is analyzed with new threads, and the C library keeps the memory that they freed.
    Without this, a process used 800 MiB after 14 short films; with it, always 330 MiB.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
        if trim is not None:
            trim(0)


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)

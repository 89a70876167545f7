"""Measure one film of the app's queue; this runs in a worker process, not in the server.

:func:`measure_film` analyzes the film, adds the session to the history and draws the annotated
film. Meanwhile it reports its progress to ``film_queue.py``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from formcheck.app.options import UploadOptions
from formcheck.app.time_left import TimeLeft
from formcheck.app.worker_process import REPORT_EVERY_S, Report, Stopped
from formcheck.data.errors import FormcheckError
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Rep, Session

FilmStage = Literal["loading", "recognising", "measuring", "drawing"]

NOT_IN_PROGRESS = (
    "This session does not count in the progress, because it is not certain which leg was working. "
    "Choose the leg and measure the film again."
)
NONE_FOUND_HINT = (
    "Check that the whole body is in view and that you chose the right exercise. The report says "
    "why each movement did not count."
)


@dataclass(frozen=True)
class FilmJob:
    """One film, how to measure it, and where the results and the history are."""

    film: Path
    folder: Path
    options: UploadOptions
    history: Path


@dataclass(frozen=True)
class FilmProgress:
    """Progress of the work on one film.

    Attributes
    ----------
    stage
        What is being done now.
    share
        Share of the estimated total time that has passed, including drawing; ``None`` if unknown.
    left_s
        Estimated seconds until all is done; ``None`` if unknown.
    count
        Repetitions found so far.
    picture
        The present frame with the joints drawn in, as a JPEG; ``None`` if there is none yet.
    saved
        Whether the session is saved, so that only the annotated film is missing.
    effort
        The word for one of what is counted: repetition or hold.
    """

    stage: FilmStage = "loading"
    share: float | None = None
    left_s: float | None = None
    count: int = 0
    picture: bytes | None = None
    saved: bool = False
    effort: str = Rep.full_name


@dataclass(frozen=True)
class FilmOutcome:
    """How the work on one film ended.

    Attributes
    ----------
    status
        ``done``; ``no_repetition`` if it was measured but none was found; ``failed``.
    message, hint
        Why it failed, or why there is no annotated film, and what to do; otherwise a remark, or
        empty.
    verdict
        The sentences at the top of the report.
    fields
        Names of the form fields that the user should fill in differently.
    """

    status: Literal["done", "no_repetition", "failed"]
    message: str = ""
    hint: str = ""
    verdict: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def measure_film(job: FilmJob, report: Report) -> FilmOutcome:
    """Measure a film, add it to the history, and draw its annotated film.

    If the session was saved already before the server was killed, only the film is drawn.
    """
    from formcheck.store.poses_file import POSES_NAME
    from formcheck.store.session_file import FILE_NAME

    reporter = _ProgressReporter(report, job.options.film_hz if job.options.video_out else 0.0)
    try:
        if (job.folder / FILE_NAME).is_file() and (job.folder / POSES_NAME).is_file():
            return _draw_only(job, reporter)
        return _measure(job, reporter)
    except Stopped:
        raise
    except FormcheckError as error:
        if reporter.progress.saved:  # only the annotated film is missing
            return replace(_outcome(job, reporter), message=error.message, hint=error.hint)
        return FilmOutcome("failed", error.message, error.hint, fields=error.options)
    except Exception as error:  # noqa: BLE001 - one film must not stop the rest; it is shown
        return FilmOutcome(
            "failed",
            f"unexpected {type(error).__name__}: {error}",
            "This is a bug in formcheck. For the details measure this film on the command line.",
        )


def _measure(job: FilmJob, reporter: _ProgressReporter) -> FilmOutcome:
    from formcheck.app.analyze import analyze_film  # heavy

    def saved(session: Session) -> None:
        reporter.saved()
        reporter.remark = add_to_history(session, job.folder, job.history)

    if job.options.exercise is None:
        reporter.begin("recognising")
    options = replace(
        job.options,
        out=job.folder,
        progress=reporter.measuring,
        drawing=reporter.drawing,
        saved=saved,
        watching=reporter,
        recognising=reporter.recognising,
    )
    analyze_film(job.film, options)
    return _outcome(job, reporter)


def _draw_only(job: FilmJob, reporter: _ProgressReporter) -> FilmOutcome:
    from formcheck.store.kept_film import draw_again
    from formcheck.store.result_files import VIDEO_NAME
    from formcheck.store.session_file import load

    reporter.saved()
    reporter.remark = add_to_history(load(job.folder), job.folder, job.history)
    if not (job.folder / VIDEO_NAME).is_file():
        draw_again(job.folder, job.film, reporter.drawing)
    return _outcome(job, reporter)


def _outcome(job: FilmJob, reporter: _ProgressReporter) -> FilmOutcome:
    from formcheck.report.view import view
    from formcheck.store.session_file import load

    session = load(job.folder)
    if not session.reps:
        none = f"No {session.exercise.effort} was found."
        return FilmOutcome("no_repetition", none, NONE_FOUND_HINT, fields=("exercise",))
    return FilmOutcome("done", reporter.remark, verdict=view(session).verdict)


def add_to_history(session: Session, folder: Path, history_file: Path) -> str:
    """Add a session to the history; return why this was not possible.

    Empty if it was added, or if there is no repetition to add.
    """
    from formcheck.store.history.history_store import History, is_sure

    if not session.reps:
        return ""
    if not is_sure(session):
        return NOT_IN_PROGRESS
    try:
        with History(history_file, create=True) as history:
            history.keep(session, folder=folder)
    except FormcheckError as error:
        return f"This session does not count in the progress: {error.message}. {error.hint}".strip()
    return ""


class _ProgressReporter:
    """Receives the frames of the analysis, and reports the progress to the server.

    Only the picture is limited here, to a few a second; ``worker_process`` leaves out reports that
    come too soon. ``report`` raises ``Stopped`` when the film is cancelled.
    """

    def __init__(self, report: Report, drawn_hz: float) -> None:
        self._report = report
        self.progress = FilmProgress()
        self.remark = ""
        self._left = TimeLeft(drawn_hz)
        self._last_picture_s = -REPORT_EVERY_S

    def begin(self, stage: FilmStage) -> None:
        """Report that a stage of the work begins."""
        self.progress = replace(self.progress, stage=stage)
        self._report(self.progress)

    def saved(self) -> None:
        """Record that the session is saved."""
        self.progress = replace(self.progress, saved=True, stage="drawing")

    def measuring(self, t_s: float, done: int, expected: int | None) -> None:
        """Report the progress of measuring, and of recognising the exercise before it."""
        self._left.measuring(t_s, done, expected)
        self._advance()

    def drawing(self, t_s: float, done: int, expected: int | None) -> None:
        """Report the progress of drawing."""
        self._left.drawing(t_s, done, expected)
        self._advance()

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Process one measured frame."""
        height, width = frame.image.shape[:2]
        self._left.look(width, height)
        if self.progress.stage != "measuring":
            self.begin("measuring")
        if result.last_rep is not None:
            self.progress = replace(self.progress, effort=result.last_rep.full_name)
        self._show(frame, result.sample, result.reps_done)

    def recognising(self, frame: Frame, sample: PoseSample, reps: int) -> None:
        """Process one frame that was analyzed to recognise the exercise."""
        self._show(frame, sample, reps)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Record the final number of repetitions."""
        self.progress = replace(self.progress, count=len(reps))

    def abort(self) -> None:
        """Do nothing: the failure is reported by :func:`measure_film`."""

    def _show(self, frame: Frame, sample: PoseSample, reps: int) -> None:
        if reps != self.progress.count:
            self.progress = replace(self.progress, count=reps)
        if time.monotonic() - self._last_picture_s >= REPORT_EVERY_S and frame.image.size:
            from formcheck.screen.preview import preview

            self._last_picture_s = time.monotonic()
            self.progress = replace(self.progress, picture=preview(frame.image, sample))

    def _advance(self) -> None:
        self.progress = replace(self.progress, share=self._left.share, left_s=self._left.left_s)
        self._report(self.progress)

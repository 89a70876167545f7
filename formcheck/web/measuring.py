"""Measure one film of the queue: the work of a worker process, never of the server's own."""

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
class FilmSeen:
    """How far the work is.

    Attributes
    ----------
    stage
        What is being done.
    share
        The share of the whole time that is over, drawing included; ``None`` when unknown.
    left_s
        Seconds until all is done; ``None`` when unknown.
    count
        Repetitions so far.
    picture
        What is being seen, as a JPEG; ``None`` while there is none.
    saved
        Whether the session is finished, so that only the annotated film is missing.
    effort
        What a repetition is called.
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
    """How it ended.

    Attributes
    ----------
    status
        ``done``; ``no_repetition`` when it was measured but none was found; ``failed``.
    message, hint
        Why it failed and what to do; or what else there is to say.
    verdict
        The sentences at the head of the report.
    fields
        Names of the options to enter differently.
    """

    status: Literal["done", "no_repetition", "failed"]
    message: str = ""
    hint: str = ""
    verdict: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def measure_film(job: FilmJob, report: Report) -> FilmOutcome:
    """Measure a film, add it to the history, and draw its annotated film.

    A session that is finished already, as after the server was killed, only gets its film.
    """
    from formcheck.store.poses_file import POSES_NAME
    from formcheck.store.session_file import FILE_NAME

    watch = _Watch(report, job.options.film_hz if job.options.video_out else 0.0)
    try:
        if (job.folder / FILE_NAME).is_file() and (job.folder / POSES_NAME).is_file():
            return _drawn_again(job, watch)
        return _measured(job, watch)
    except Stopped:
        raise
    except FormcheckError as error:
        if watch.seen.saved:  # only the annotated film is missing
            return replace(_outcome(job, watch), message=error.message, hint=error.hint)
        return FilmOutcome("failed", error.message, error.hint, fields=error.options)
    except Exception as error:  # noqa: BLE001 - one film must not stop the rest; it is shown
        return FilmOutcome(
            "failed",
            f"unexpected {type(error).__name__}: {error}",
            "This is a bug in formcheck. For the details measure this film on the command line.",
        )


def _measured(job: FilmJob, watch: _Watch) -> FilmOutcome:
    from formcheck.app.analyze import analyze_film  # heavy

    def saved(session: Session) -> None:
        watch.saved()
        watch.remark = remember(session, job.folder, job.history)

    if job.options.exercise is None:
        watch.begin("recognising")
    options = replace(
        job.options,
        out=job.folder,
        progress=watch.measuring,
        drawing=watch.drawing,
        saved=saved,
        watching=watch,
        recognising=watch.recognising,
    )
    analyze_film(job.film, options)
    return _outcome(job, watch)


def _drawn_again(job: FilmJob, watch: _Watch) -> FilmOutcome:
    from formcheck.store.kept_film import draw_again
    from formcheck.store.result_files import VIDEO_NAME
    from formcheck.store.session_file import load

    watch.saved()
    watch.remark = remember(load(job.folder), job.folder, job.history)
    if not (job.folder / VIDEO_NAME).is_file():
        draw_again(job.folder, job.film, watch.drawing)
    return _outcome(job, watch)


def _outcome(job: FilmJob, watch: _Watch) -> FilmOutcome:
    from formcheck.report.view import view
    from formcheck.store.session_file import load

    session = load(job.folder)
    if not session.reps:
        none = f"No {session.exercise.effort} was found."
        return FilmOutcome("no_repetition", none, NONE_FOUND_HINT, fields=("exercise",))
    return FilmOutcome("done", watch.remark, verdict=view(session).verdict)


def remember(session: Session, folder: Path, history_file: Path) -> str:
    """Add a session to the history; return why it could not be, in words."""
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


class _Watch:
    """Sink and progress of the work: sends on what is seen, a few times a second."""

    def __init__(self, report: Report, drawn_hz: float) -> None:
        self._report = report
        self.seen = FilmSeen()
        self.remark = ""
        self._left = TimeLeft(drawn_hz)
        self._last_picture_s = -REPORT_EVERY_S

    def begin(self, stage: FilmStage) -> None:
        """Begin a stage."""
        self.seen = replace(self.seen, stage=stage)
        self._report(self.seen)

    def saved(self) -> None:
        """Note that the session is finished."""
        self.seen = replace(self.seen, saved=True, stage="drawing")

    def measuring(self, t_s: float, done: int, expected: int | None) -> None:
        """Take the progress of measuring, and of recognising before it."""
        self._left.measuring(t_s, done, expected)
        self._advance()

    def drawing(self, t_s: float, done: int, expected: int | None) -> None:
        """Take the progress of drawing."""
        self._left.drawing(t_s, done, expected)
        self._advance()

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame that was measured."""
        height, width = frame.image.shape[:2]
        self._left.look(width, height)
        if self.seen.stage != "measuring":
            self.begin("measuring")
        if result.last_rep is not None:
            self.seen = replace(self.seen, effort=result.last_rep.full_name)
        self._show(frame, result.sample, result.reps_done)

    def recognising(self, frame: Frame, sample: PoseSample, reps: int) -> None:
        """Take one frame that was looked at to recognise the exercise."""
        self._show(frame, sample, reps)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Take the final count."""
        self.seen = replace(self.seen, count=len(reps))

    def abort(self) -> None:
        """Do nothing: the message about the failure says it."""

    def _show(self, frame: Frame, sample: PoseSample, reps: int) -> None:
        if reps != self.seen.count:
            self.seen = replace(self.seen, count=reps)
        if time.monotonic() - self._last_picture_s >= REPORT_EVERY_S and frame.image.size:
            from formcheck.screen.preview import preview

            self._last_picture_s = time.monotonic()
            self.seen = replace(self.seen, picture=preview(frame.image, sample))

    def _advance(self) -> None:
        self.seen = replace(self.seen, share=self._left.share, left_s=self._left.left_s)
        self._report(self.seen)

"""Where a live session is kept: a journal while it runs, the results at its end."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from formcheck.app.analyze import build_session
from formcheck.app.film import TO_DRAW_NAME, draw_beside, drawable
from formcheck.app.live.options import LiveOptions, LiveSource
from formcheck.data.errors import FormcheckError, OutputError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.data.results import FrameResult, Rep, SessionResult
from formcheck.data.session import Session
from formcheck.motion._bridge import exercise_info, rep_of, session_of
from formcheck.motion.analyzer import Analyzer, FrameColumns
from formcheck.motion.loop import Progress, Sink
from formcheck.pose.estimator import ModelInfo
from formcheck.report.csv_files import FramesCsv, settle_frames
from formcheck.screen.stills import Stills, draw_still, draw_stills
from formcheck.store.exports import ExportSink
from formcheck.store.files import write_results
from formcheck.store.journal import ASIDE_PREFIX, RAW_NAME, Journal
from formcheck.store.results_folder import move_results, told_as
from formcheck.store.stills import still_name, write_stills
from formcheck.store.whole_file import output_error
from formcheck.video.film import VideoSource
from formcheck.video.writer import VideoWriter

LEAST_FREE_BYTES = 2_000_000_000
"""Recording stops when the disk has less room: what is measured needs it more."""
LOOK_AT_DISK_S = 2.0
JOURNAL_EVERY_S = 1.0
"""Frames go into the journal in stretches of this length; a repetition goes at once."""


class Guarded:
    """A sink that may fail to write: it then stops, and the session goes on without it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.failure: OutputError | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        self._try(lambda: self._sink.update(frame, result))

    def finish(self, reps: Sequence[Rep]) -> None:
        """Wrap up."""
        self._try(lambda: self._sink.finish(reps))

    def abort(self) -> None:
        """Leave nothing behind."""
        self._sink.abort()

    def _try(self, action: Callable[[], None]) -> None:
        if self.failure is not None:
            return
        try:
            action()
        except OutputError as error:
            self.failure = error
            self._sink.abort()


class RawVideo:
    """Keeps the pictures as the camera gave them: a sink.

    It stops, and keeps what there is, when the disk gets full.

    Attributes
    ----------
    path
        The film, whole once it is finished.
    stopped
        Why it stopped before the end; ``None`` while it runs.
    """

    def __init__(self, path: Path, size_px: tuple[int, int]) -> None:
        self.path = path
        self.stopped: OutputError | None = None
        self._looked_s = -math.inf
        self._writer = VideoWriter(path, size_px, preset="ultrafast", crf=20, lasting=True)

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        if self.stopped is None and result.t_s - self._looked_s >= LOOK_AT_DISK_S:
            self._looked_s = result.t_s
            self._stop_when_full(result.t_s)
        if self.stopped is None:
            self._writer.write(frame.image, result.t_s)

    def finish(self, reps: Sequence[Rep]) -> None:  # noqa: ARG002
        """Finish the film."""
        self._writer.finish()

    def abort(self) -> None:
        """Leave nothing behind."""
        self._writer.abort()

    def _stop_when_full(self, t_s: float) -> None:
        if shutil.disk_usage(self.path.parent).free < LEAST_FREE_BYTES:
            self.stopped = OutputError(
                f"recording stopped after {t_s:.0f} s: less than "
                f"{LEAST_FREE_BYTES / 1e9:.0f} GB are free",
                hint="Make room; everything is measured all the same.",
            )


class Storage:
    """The session's folder; what cannot be written does not end the session, but is told.

    A context manager: what is left without :meth:`save` stays in the journal, for
    ``formcheck report`` to finish, unless nothing was measured.

    Raises
    ------
    OutputError
        The folder cannot be written to, or holds a session that was not finished.
    """

    def __init__(
        self,
        folder: Path,
        analyzer: Analyzer,
        source: LiveSource,
        model: ModelInfo,
        options: LiveOptions,
    ) -> None:
        self._folder = folder
        self._analyzer = analyzer
        self._source = source
        self._model = model
        self._reps: list[Rep] = []
        self._journaled_frames = 0
        self._journaled_s = 0.0
        self._failures: list[OutputError] = []
        self._raw: Guarded | None = None
        self._recording: RawVideo | None = None
        self._keep_raw, self._wants_film = options.record, options.video_out
        self._poses: list[PoseSample] = []
        self.saved = False
        self._whole: Session | None = None
        self._folder_is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._aside = Path(tempfile.mkdtemp(prefix=ASIDE_PREFIX, dir=folder))
            self._raw_aside = self._aside
            if self._wants_film and not self._keep_raw:
                self._raw_aside = Path(tempfile.mkdtemp(prefix=ASIDE_PREFIX, dir=folder))
        except OSError as error:
            raise output_error(folder, error) from error
        self._stills = Stills()
        self._training = options.training
        self._exports = ExportSink(options.exports)
        self.columns = FrameColumns(analyzer.exercise)
        self._created = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        with ExitStack() as undo:
            undo.callback(self._remove_aside)
            self._journal = Journal(folder, options.joining)
            undo.callback(self._leave_nothing)
            exercise, size_px = analyzer.exercise, (source.info.width, source.info.height)

            def guarded(sink: Sink) -> Guarded:
                undo.callback(sink.abort)
                return Guarded(sink)

            self._frames_csv = guarded(FramesCsv(self._aside / "frames.csv", exercise))
            if options.record or options.video_out:
                name = RAW_NAME if options.record else TO_DRAW_NAME
                self._recording = RawVideo(self._raw_aside / name, size_px)
                self._raw = guarded(self._recording)
            undo.pop_all()
        self._add_to_journal()

    @property
    def _guarded(self) -> Iterator[Guarded]:
        return (sink for sink in (self._frames_csv, self._raw) if sink is not None)

    @property
    def trouble(self) -> OutputError | None:
        """What cannot be written now; ``None`` when all is well."""
        return self._journal.failure or next(iter(self.not_saved), None)

    @property
    def not_saved(self) -> tuple[OutputError, ...]:
        """What could not be written for good."""
        stopped = None if self._recording is None else self._recording.stopped
        lost = (*(sink.failure for sink in self._guarded), stopped)
        failures = (*self._failures, *(failure for failure in lost if failure is not None))
        return tuple(told_as(failure, self._aside, self._folder) for failure in failures)

    @property
    def reps_kept(self) -> int:
        """How many repetitions are on the disk, in the journal at least; final after saving."""
        return self._journal.reps_written

    def update(self, frame: Frame, result: FrameResult, set_index: int) -> None:
        """Take one frame; ``set_index`` is the set that a repetition closed at it belongs to."""
        self.columns.add(result)
        if self._wants_film:
            self._poses.append(drawable(result.sample))
        self._stills.update(frame, result)
        self._exports.update(frame, result)
        if result.closed is not None:
            self._add(result.closed, set_index)
        elif result.t_s - self._journaled_s >= JOURNAL_EVERY_S:
            self._add_to_journal()
        for sink in self._guarded:
            sink.update(frame, result)

    def finish(self, reps: Sequence[Rep], set_index: int) -> None:
        """Finish what was streamed; a last repetition may have closed with the source's end."""
        self._stills.finish(reps)
        self._exports.finish(reps)
        for rep in reps[len(self._reps) :]:
            self._add(rep, set_index)
        self._add_to_journal()
        settle_frames(self.columns.columns, reps)
        for sink in self._guarded:
            sink.finish(reps)

    def abort(self) -> None:
        """Remove what is unfinished; the journal stays."""
        for sink in self._guarded:
            sink.abort()

    def save(self, notes: Sequence[str]) -> SessionResult:
        """Write the results.

        The journal stays until the film is drawn: after a kill meanwhile `report` finds it, and
        tidies up. When the results cannot be written :attr:`not_saved` says why. An export that
        cannot be written costs only itself.
        """
        notes = (*notes, *self._exports.notes(self._analyzer.settings, self._analyzer.view))
        result = replace(self._session(notes), reps=tuple(self._reps))
        self._journal.close()
        exercise = self._analyzer.exercise
        self._whole = session_of(result, exercise)
        try:
            pictures = draw_stills(self._whole, self._stills)
            names = write_stills(self._aside, pictures)
            write_results(self._aside, result, exercise, pictures, names, video=None)
            self._save_exports()
            move_results(self._aside, self._folder)
            self.saved = True
        except OutputError as error:
            self._failures.append(error)
        return result

    def draw(self, progress: Progress | None = None) -> None:
        """Draw the annotated film of a saved session from the raw one, if it is wanted.

        What goes wrong is in :attr:`not_saved`; the session stays finished without a film.
        """
        raw, whole = self._recording, self._whole
        failed = self._raw is None or self._raw.failure is not None
        if raw is None or whole is None or failed or not (self._wants_film and self.saved):
            return
        path = self._folder / RAW_NAME if self._keep_raw else raw.path
        try:
            with VideoSource(path) as frames:
                draw_beside(self._folder, whole, self._poses, frames, progress)
        except FormcheckError as error:
            self._failures.append(OutputError(error.message, hint=error.hint))

    def _save_exports(self) -> None:
        try:
            self._exports.save(self._aside, self._analyzer.settings)
        except OutputError as error:
            self._failures.append(error)

    def keep_raw(self) -> bool:
        """Keep the raw video of a session in which nobody was seen; whether there is one."""
        if not self._keep_raw or self._raw is None or self._raw.failure is not None:
            return False
        with suppress(OSError):
            (self._aside / RAW_NAME).replace(self._folder / RAW_NAME)
            return True
        return False

    def __enter__(self) -> Self:
        """Give the storage itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tidy up: nothing stays that is of no use."""
        self.abort()
        self._journal.close()
        self._stills.abort()
        self._remove_aside()
        if self.saved:
            with suppress(OutputError):
                self._journal.remove()
        if not self.saved and not self.reps_kept:
            self._leave_nothing()

    def _leave_nothing(self) -> None:
        """Remove a journal that holds no repetition, and the folder if it was made for it."""
        with suppress(OutputError):
            self._journal.remove()
        for rep in self._reps:
            with suppress(OSError):
                (self._folder / still_name(rep.index)).unlink()
        self._remove_aside()
        if self._folder_is_new:
            for folder in ((self._folder / still_name(1)).parent, self._folder):
                with suppress(OSError):  # not empty: the raw video
                    folder.rmdir()

    def _remove_aside(self) -> None:
        for aside in {self._aside, self._raw_aside}:
            shutil.rmtree(aside, ignore_errors=True)

    def _add(self, rep: Rep, set_index: int) -> None:
        """Put a repetition into the journal, and its picture beside it."""
        in_set = replace(rep, set_index=set_index)
        self._reps.append(in_set)
        self._add_to_journal((in_set,), partial(self._save_still, in_set))

    def _save_still(self, rep: Rep) -> dict[int, str]:
        try:
            raw = self._stills.raw(rep.index)
            if raw is None:
                return {}
            exercise = self._analyzer.exercise
            info = exercise_info(exercise)
            picture = draw_still(info, rep_of(rep, info, exercise), raw)
            return write_stills(self._folder, {rep.index: picture})
        except OutputError:
            return {}  # it is tried again at the end, and reported then

    def _add_to_journal(
        self, reps: tuple[Rep, ...] = (), stills: Callable[[], dict[int, str]] | None = None
    ) -> None:
        times = self.columns.columns["t_s"]
        stretch = replace(self._stretch(self._journaled_frames), reps=reps)
        self._journal.add(stretch, stills)
        self._journaled_frames = len(times)
        self._journaled_s = times[-1] if times else 0.0

    def _stretch(self, first: int) -> SessionResult:
        """The session as known now, with the frames from ``first`` on."""
        session = self._session()
        frames = {name: values[first:] for name, values in session.frames.items()}
        return replace(session, frames=frames)

    def _session(self, notes: Sequence[str] = ()) -> SessionResult:
        session = build_session(self._source.info, self._model, self._analyzer, self.columns, notes)
        return replace(session, created=self._created, training=self._training)

"""Where a live session is kept: a journal while it runs, the results at its end."""

from __future__ import annotations

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

from formcheck.app.analyze import AnnotatedVideo, build_session, draw_still
from formcheck.app.live.options import LiveOptions, LiveSource
from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.results import FrameResult, Rep, SessionResult
from formcheck.motion._bridge import session_of
from formcheck.motion.analyzer import Analyzer, FrameColumns
from formcheck.motion.loop import Sink
from formcheck.pose.estimator import ModelInfo
from formcheck.report.csv_files import FramesCsv, settle_frames
from formcheck.store.exports import ExportSink
from formcheck.store.files import write_results
from formcheck.store.journal import ASIDE_PREFIX, RAW_NAME, Journal
from formcheck.store.record import as_saved
from formcheck.store.results_folder import move_results, told_as
from formcheck.store.saved import VIDEO_NAME
from formcheck.store.stills import Stills, still_name
from formcheck.store.whole_file import output_error
from formcheck.video.writer import VideoWriter

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
    """Keeps the pictures as the camera gave them: a sink."""

    def __init__(self, path: Path, size_px: tuple[int, int]) -> None:
        self._writer = VideoWriter(path, size_px, preset="ultrafast", crf=20, lasting=True)

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        self._writer.write(frame.image, result.t_s)

    def finish(self, reps: Sequence[Rep]) -> None:  # noqa: ARG002
        """Finish the film."""
        self._writer.finish()

    def abort(self) -> None:
        """Leave nothing behind."""
        self._writer.abort()


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
        self._video: Guarded | None = None
        self._raw: Guarded | None = None
        self.saved = False
        self._folder_is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._aside = Path(tempfile.mkdtemp(prefix=ASIDE_PREFIX, dir=folder))
        except OSError as error:
            raise output_error(folder, error) from error
        self._stills = Stills(partial(draw_still, analyzer.exercise))
        self._training = options.training
        self._exports = ExportSink(options.exports)
        self.columns = FrameColumns(analyzer.exercise)
        self._created = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, self._aside, ignore_errors=True)
            self._journal = Journal(folder, options.joining)
            undo.callback(self._leave_nothing)
            exercise, size_px = analyzer.exercise, (source.info.width, source.info.height)

            def guarded(sink: Sink) -> Guarded:
                undo.callback(sink.abort)
                return Guarded(sink)

            self._frames_csv = guarded(FramesCsv(self._aside / "frames.csv", exercise))
            if options.video_out:
                video = AnnotatedVideo(
                    exercise, self._aside / VIDEO_NAME, size_px, hurried=True
                )  # the picture on the screen goes first
                self._video = guarded(video)
            if options.record:
                self._raw = guarded(RawVideo(self._aside / RAW_NAME, size_px))
            undo.pop_all()
        self._add_to_journal()

    @property
    def _guarded(self) -> Iterator[Guarded]:
        return (sink for sink in (self._frames_csv, self._video, self._raw) if sink is not None)

    @property
    def trouble(self) -> OutputError | None:
        """What cannot be written now; ``None`` when all is well."""
        return self._journal.failure or next(iter(self.not_saved), None)

    @property
    def not_saved(self) -> tuple[OutputError, ...]:
        """What could not be written for good."""
        lost = (sink.failure for sink in self._guarded)
        failures = (*self._failures, *(failure for failure in lost if failure is not None))
        return tuple(told_as(failure, self._aside, self._folder) for failure in failures)

    @property
    def reps_kept(self) -> int:
        """How many repetitions are on the disk, in the journal at least; final after saving."""
        return self._journal.reps_written

    def update(self, frame: Frame, result: FrameResult, set_index: int) -> None:
        """Take one frame; ``set_index`` is the set that a repetition closed at it belongs to."""
        self.columns.add(result)
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
        """Write the results; then the journal is not needed any more.

        When they cannot be written the journal stays, and :attr:`not_saved` says why. An export
        that cannot be written costs only itself.
        """
        notes = (*notes, *self._exports.notes(self._analyzer.settings, self._analyzer.view))
        session = replace(self._session(notes), reps=tuple(self._reps))
        self._journal.close()
        try:
            names = self._stills.save(self._aside)
            has_video = self._video is not None and self._video.failure is None
            write_results(
                self._aside,
                session,
                self._analyzer.exercise,
                self._stills.pictures,
                names,
                video=VIDEO_NAME if has_video else None,
            )
            self._save_exports(session)
            move_results(self._aside, self._folder)
            self._journal.remove()
            self.saved = True
        except OutputError as error:
            self._failures.append(error)
        return session

    def _save_exports(self, session: SessionResult) -> None:
        whole = session_of(as_saved(session), self._analyzer.exercise)
        try:
            self._exports.save(self._aside, self._analyzer.settings, whole)
        except OutputError as error:
            self._failures.append(error)

    def keep_raw(self) -> bool:
        """Keep the raw video of a session in which nobody was seen; whether there is one."""
        if self._raw is None or self._raw.failure is not None:
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
        shutil.rmtree(self._aside, ignore_errors=True)
        if not self.saved and not self.reps_kept:
            self._leave_nothing()

    def _leave_nothing(self) -> None:
        """Remove a journal that holds no repetition, and the folder if it was made for it."""
        with suppress(OutputError):
            self._journal.remove()
        for rep in self._reps:
            with suppress(OSError):
                (self._folder / still_name(rep.index)).unlink()
        shutil.rmtree(self._aside, ignore_errors=True)
        if self._folder_is_new:
            for folder in ((self._folder / still_name(1)).parent, self._folder):
                with suppress(OSError):  # not empty: the raw video
                    folder.rmdir()

    def _add(self, rep: Rep, set_index: int) -> None:
        """Put a repetition into the journal, and its picture beside it."""
        in_set = replace(rep, set_index=set_index)
        self._reps.append(in_set)
        self._add_to_journal((in_set,), partial(self._save_still, rep.index))

    def _save_still(self, index: int) -> dict[int, str]:
        name = still_name(index)
        try:
            picture = self._stills.picture(index)
            if picture is None:
                return {}
            (self._folder / name).parent.mkdir(exist_ok=True)
            (self._folder / name).write_bytes(picture)
        except (OSError, OutputError):
            return {}  # it is tried again at the end, and told then
        return {index: name}

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

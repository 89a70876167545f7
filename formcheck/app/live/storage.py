"""Storage of a live session: a journal while it runs, the results at its end."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

import formcheck
from formcheck.app.analyze import now
from formcheck.app.live.outcome import StoppableSource
from formcheck.app.options import LiveOptions
from formcheck.data.errors import FormcheckError, OutputError
from formcheck.data.frame import Frame, Progress
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Cue, Note, Rep, Session
from formcheck.motion import assemble
from formcheck.motion.analyzers import AnyAnalyzer
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.loop import Sink
from formcheck.pose.estimator import ModelInfo
from formcheck.screen.stills import Stills, draw_still, draw_stills
from formcheck.store.disk_space import LEAST_FREE_BYTES, free_bytes
from formcheck.store.exports import prepare
from formcheck.store.journal import RAW_NAME, TEMPORARY_PREFIX, Journal
from formcheck.store.kept_film import TO_DRAW_NAME, draw_beside
from formcheck.store.kept_poses import KeptPoses
from formcheck.store.poses_file import POSES_NAME, read_poses
from formcheck.store.result_files import still_name, write
from formcheck.store.results_folder import move_results, with_target_path
from formcheck.store.whole_file import output_error
from formcheck.video.encoder import VideoWriter
from formcheck.video.film import VideoSource

CHECK_DISK_S = 2.0
JOURNAL_EVERY_S = 1.0
"""Frames are journaled once a second, repetitions immediately."""


class Guarded:
    """A sink that may fail to write: it then stops, and the session goes on without it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.failure: OutputError | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        self.attempt(lambda: self._sink.update(frame, result))

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish the sink."""
        self.attempt(lambda: self._sink.finish(reps))

    def abort(self) -> None:
        """Leave nothing behind."""
        self._sink.abort()

    def attempt(self, action: Callable[[], None]) -> None:
        """Do something with the sink, unless it has failed."""
        if self.failure is not None:
            return
        try:
            action()
        except OutputError as error:
            self.failure = error
            self._sink.abort()


class RawVideo:
    """Sink that records the frames as the camera delivered them.

    When the disk gets full it stops, and keeps what was recorded.

    Attributes
    ----------
    path
        The film; complete once it is finished.
    stopped
        Why it stopped before the end; ``None`` while it runs.
    """

    def __init__(self, path: Path, size_px: tuple[int, int]) -> None:
        self.path = path
        self.stopped: OutputError | None = None
        self.empty = True
        self._disk_checked_s = self._recorded_s = -math.inf
        self._writer = VideoWriter(path, size_px, preset="ultrafast", crf=20, lasting=True)

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Take one frame; one that was recorded when it waited for its look is left out."""
        if frame.t_s > self._recorded_s:
            self.pass_by(frame)

    def pass_by(self, frame: Frame) -> None:
        """Take one frame at which nobody looked, or will look later."""
        self._recorded_s = frame.t_s
        if self.stopped is None and frame.t_s - self._disk_checked_s >= CHECK_DISK_S:
            self._disk_checked_s = frame.t_s
            self._stop_when_full(frame.t_s)
        if self.stopped is None:
            self._writer.write(frame.image, frame.t_s)
            self.empty = False

    def finish(self, reps: Sequence[Rep]) -> None:  # noqa: ARG002
        """Finish the film; one that was stopped before its first frame leaves nothing behind."""
        if self.stopped is not None and self.empty:
            self.abort()
        else:
            self._writer.finish()

    def abort(self) -> None:
        """Leave nothing behind."""
        self._writer.abort()

    def _stop_when_full(self, t_s: float) -> None:
        if free_bytes(self.path.parent) < LEAST_FREE_BYTES:
            self.stopped = OutputError(
                f"recording stopped after {t_s:.0f} s: less than "
                f"{LEAST_FREE_BYTES / 1e9:.0f} GB of disk space is free",
                hint="Free some disk space. Measuring goes on without the recording.",
            )


class Storage:
    """The session's folder; a failed write is reported, but does not end the session.

    A context manager: without :meth:`save` the session stays in the journal, to be finished
    later, unless nothing was measured.

    Raises
    ------
    OutputError
        The folder cannot be written to, or holds a session that was not finished.
    """

    def __init__(
        self,
        folder: Path,
        analyzer: AnyAnalyzer,
        source: StoppableSource,
        model: ModelInfo,
        options: LiveOptions,
    ) -> None:
        self._folder = folder
        self._analyzer = analyzer
        self._source = source
        self._model = model
        self._options = options
        self._reps: list[Rep] = []
        self._cues: list[Cue] = []
        self._journaled_frames = 0
        self._journaled_s = 0.0
        self._failures: list[OutputError] = []
        self._raw: Guarded | None = None
        self._recording: RawVideo | None = None
        self._session: Session | None = None
        self._poses_read: list[PoseSample] | None = None
        self.saved = False
        self._folder_is_new = not folder.exists()
        only_to_draw = options.video_out and not options.record
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._staging = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=folder))
            # Needed only until the end; removed with the journal after a kill.
            self._scratch = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=folder))
        except OSError as error:
            raise output_error(folder, error) from error
        self._stills = Stills()
        self._columns = FrameColumns(analyzer.exercise)
        self._created = now()
        with ExitStack() as undo:
            undo.callback(self._remove_temporary)
            self._journal = Journal(folder, options.history_target)
            undo.callback(self._leave_nothing)

            def guarded(sink: Sink) -> Guarded:
                undo.callback(sink.abort)
                return Guarded(sink)

            # Poses to keep go straight into the folder, so that they survive a kill.
            place = folder if options.keep_poses else self._scratch
            self._poses = KeptPoses(place / POSES_NAME, source.info, model)
            self._kept_poses = guarded(self._poses)
            if options.record or options.video_out:
                name = RAW_NAME if options.record else TO_DRAW_NAME
                size_px = (source.info.width, source.info.height)
                place = self._scratch if only_to_draw else self._staging
                self._recording = RawVideo(place / name, size_px)
                self._raw = guarded(self._recording)
            undo.pop_all()
        self._add_to_journal()

    @property
    def _guarded(self) -> Iterator[Guarded]:
        return (sink for sink in (self._kept_poses, self._raw) if sink is not None)

    @property
    def current_failure(self) -> OutputError | None:
        """The write that fails now; ``None`` when all is well."""
        return self._journal.failure or next(iter(self.not_saved), None)

    @property
    def not_saved(self) -> tuple[OutputError, ...]:
        """The writes that failed for good."""
        stopped = None if self._recording is None else self._recording.stopped
        lost = (*(sink.failure for sink in self._guarded), stopped)
        failures = (*self._failures, *(failure for failure in lost if failure is not None))
        return tuple(with_target_path(failure, self._staging, self._folder) for failure in failures)

    @property
    def reps_kept(self) -> int:
        """Number of repetitions on disk, at least in the journal; final after saving."""
        return self._journal.reps_written

    def update(self, frame: Frame, result: FrameResult, cue: Cue | None, set_index: int) -> None:
        """Take one frame.

        Parameters
        ----------
        frame, result
            The frame and its result.
        cue
            The coach's cue in this frame.
        set_index
            The set of a repetition that closed in this frame.
        """
        self._columns.add(result)
        if cue is not None and (not self._cues or cue != self._cues[-1]):
            self._cues.append(cue)
        self._stills.update(frame, result)
        if result.closed is not None:
            self._add(result.closed, set_index)
        elif result.t_s - self._journaled_s >= JOURNAL_EVERY_S:
            self._add_to_journal()
        for sink in self._guarded:
            sink.update(frame, result)

    def pass_by(self, frame: Frame) -> None:
        """Record a frame at which nobody looked."""
        if self._recording is not None and self._raw is not None:
            self._raw.attempt(partial(self._recording.pass_by, frame))

    def finish(self, reps: Sequence[Rep], set_index: int) -> None:
        """Finish the streams; the end of the source may have closed a last repetition."""
        self._stills.finish(reps)
        for rep in reps[len(self._reps) :]:
            self._add(rep, set_index)
        self._add_to_journal()
        for sink in self._guarded:
            sink.finish(reps)

    def abort(self) -> None:
        """Remove what is unfinished; the journal stays."""
        for sink in self._guarded:
            sink.abort()

    def save(self, notes: Sequence[Note]) -> Session:
        """Write the results.

        The journal stays until the film is drawn, so that after a kill the next run finds it and
        cleans up. If the results cannot be written, :attr:`not_saved` says why. Poses or exports
        that cannot be written do not stop the rest.
        """
        session = self._as_known(self._reps, notes)
        self._journal.close()
        poses = None
        if self._kept_poses.failure is None:
            self._try(lambda: self._poses.close(self._source.info))
            poses = self._poses_read = self._read_poses()
        options = self._options
        prepared = None
        if poses is not None:
            metrics = self._analyzer.exercise.metrics
            prepared = prepare(options.exports, session, poses, metrics)
            session = msgspec.structs.replace(session, notes=(*session.notes, *prepared.notes))
        try:
            stills = draw_stills(session, self._stills)
            session = write(self._staging, session, stills=stills, poses=poses)
            if prepared is not None:
                self._try(lambda: prepared.save(self._staging))
            move_results(self._staging, self._folder, poses_in_place=options.keep_poses)
            self._session = session
            self.saved = True
        except OutputError as error:
            self._failures.append(error)
        return session

    def draw(self, progress: Progress | None = None) -> None:
        """Draw the annotated film of a saved session from the raw one, if it is wanted now.

        Failures are in :attr:`not_saved`; the session stays finished without a film.
        """
        path, session = self._film_to_draw, self._session
        if path is None or session is None or self._poses_read is None or self._draws_later:
            return
        try:
            with VideoSource(path) as frames:
                draw_beside(self._folder, session, self._poses_read, frames, progress)
        except FormcheckError as error:
            self._failures.append(OutputError(error.message, hint=error.hint))

    @property
    def _film_to_draw(self) -> Path | None:
        """The raw film that the annotated one is drawn from; ``None`` when none is to be drawn."""
        raw, options = self._recording, self._options
        failed = self._raw is None or self._raw.failure is not None
        if raw is None or raw.empty or failed or not options.video_out:
            return None
        return self._folder / RAW_NAME if options.record else raw.path

    @property
    def _draws_later(self) -> bool:
        """Whether journal and raw film of a saved session stay, for its film to be drawn."""
        return self._options.draw_later and self.saved and self._film_to_draw is not None

    def keep_raw(self) -> bool:
        """Keep the raw film of a session in which nobody was seen; return whether there is one."""
        if not self._options.record or self._raw is None or self._raw.failure is not None:
            return False
        with suppress(OSError):
            (self._staging / RAW_NAME).replace(self._folder / RAW_NAME)
            return True
        return False

    def __enter__(self) -> Self:
        """Return the storage itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove temporary files, and the folder if nothing was saved."""
        self.abort()
        self._journal.close()
        self._stills.abort()
        if self._draws_later:
            return
        self._remove_temporary()
        if self.saved:
            with suppress(OutputError):
                self._journal.remove()
        if not self.saved and not self.reps_kept:
            self._leave_nothing()

    def _read_poses(self) -> list[PoseSample] | None:
        """Read the kept poses; ``None``, and a reported failure, when that is impossible."""
        try:
            return read_poses(self._poses.path)
        except FormcheckError as error:
            self._failures.append(OutputError(error.message, hint=error.hint))
            return None

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OutputError as error:
            self._failures.append(error)

    def _leave_nothing(self) -> None:
        """Remove a journal that holds no repetition, and the folder if it was made for it."""
        with suppress(OutputError):
            self._journal.remove()
        for name in (POSES_NAME, *(still_name(rep.index) for rep in self._reps)):
            with suppress(OSError):
                (self._folder / name).unlink()
        self._remove_temporary()
        if self._folder_is_new:
            for folder in ((self._folder / still_name(1)).parent, self._folder):
                with suppress(OSError):  # not empty: the raw film
                    folder.rmdir()

    def _remove_temporary(self) -> None:
        for folder in (self._staging, self._scratch):
            shutil.rmtree(folder, ignore_errors=True)

    def _add(self, rep: Rep, set_index: int) -> None:
        """Put a repetition into the journal, and its still beside it."""
        in_set = msgspec.structs.replace(rep, set_index=set_index)
        self._reps.append(in_set)
        self._add_to_journal((in_set,), partial(self._save_still, in_set))

    def _save_still(self, rep: Rep) -> dict[int, str]:
        raw, name = self._stills.raw(rep.index), still_name(rep.index)
        if raw is None:
            return {}
        try:
            still = draw_still(self._analyzer.exercise.info(), rep, raw)
            (self._folder / name).parent.mkdir(exist_ok=True)
            (self._folder / name).write_bytes(still)
        except (OSError, OutputError):
            return {}  # tried again at the end, and reported then
        return {rep.index: name}

    def _add_to_journal(
        self, reps: tuple[Rep, ...] = (), stills: Callable[[], dict[int, str]] | None = None
    ) -> None:
        """Add everything since the last line; its frames keep their provisional values."""
        columns = self._columns.columns
        known = self._as_known(reps, columns={name: [] for name in columns})
        new = {name: values[self._journaled_frames :] for name, values in columns.items()}
        self._journal.add(msgspec.structs.replace(known, series=new), stills)
        self._journaled_frames = len(columns["t_s"])
        self._journaled_s = columns["t_s"][-1] if columns["t_s"] else 0.0

    def _as_known(
        self,
        reps: Sequence[Rep],
        notes: Sequence[Note] = (),
        *,
        columns: Mapping[str, Sequence[Any]] | None = None,
    ) -> Session:
        """The session as known now, with these repetitions and frames; all frames by default."""
        return assemble.session(
            self._source.info,
            self._model,
            self._analyzer,
            self._columns.columns if columns is None else columns,
            created=self._created,
            version=formcheck.__version__,
            person=self._options.person,
            group=self._options.group,
            training=self._options.training,
            cues=self._cues,
            notes=notes,
            reps=reps,
        )

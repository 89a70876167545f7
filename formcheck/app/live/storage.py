"""Storage of a live session: a journal while it runs, the results at its end.

The journal is a file to which frames and repetitions are added during the session, so that a kill
loses nothing. Results are first written to a temporary folder and then moved to the session's
folder. The annotated film is drawn last, from the raw film: the frames as the camera sent them.
"""

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
    """A sink whose writing may fail; after a failure the session continues without it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.failure: OutputError | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Pass a frame to the sink."""
        self.attempt(lambda: self._sink.update(frame, result))

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish the sink."""
        self.attempt(lambda: self._sink.finish(reps))

    def abort(self) -> None:
        """Remove what the sink has written."""
        self._sink.abort()

    def attempt(self, action: Callable[[], None]) -> None:
        """Do an action on the sink, unless the sink has failed before."""
        if self.failure is not None:
            return
        try:
            action()
        except OutputError as error:
            self.failure = error
            self._sink.abort()


class RawVideo:
    """Sink that records the frames as the camera delivered them.

    When the disk is nearly full, the recording stops; what was recorded is kept.

    Attributes
    ----------
    path
        The film; complete after :meth:`finish`.
    stopped
        Why the recording stopped before the end of the session; ``None`` while it runs.
    empty
        Whether no frame has been recorded yet.
    """

    def __init__(self, path: Path, size_px: tuple[int, int]) -> None:
        self.path = path
        self.stopped: OutputError | None = None
        self.empty = True
        self._disk_checked_s = self._recorded_s = -math.inf
        self._writer = VideoWriter(path, size_px, preset="ultrafast", crf=20, lasting=True)

    def update(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        """Record an analyzed frame, unless it was recorded before while it waited for analysis."""
        if frame.t_s > self._recorded_s:
            self.pass_by(frame)

    def pass_by(self, frame: Frame) -> None:
        """Record a frame that is not analyzed, or not yet."""
        self._recorded_s = frame.t_s
        if self.stopped is None and frame.t_s - self._disk_checked_s >= CHECK_DISK_S:
            self._disk_checked_s = frame.t_s
            self._stop_when_full(frame.t_s)
        if self.stopped is None:
            self._writer.write(frame.image, frame.t_s)
            self.empty = False

    def finish(self, reps: Sequence[Rep]) -> None:  # noqa: ARG002
        """Finish the film; it is removed if the recording stopped before its first frame."""
        if self.stopped is not None and self.empty:
            self.abort()
        else:
            self._writer.finish()

    def abort(self) -> None:
        """Remove the film."""
        self._writer.abort()

    def _stop_when_full(self, t_s: float) -> None:
        if free_bytes(self.path.parent) < LEAST_FREE_BYTES:
            self.stopped = OutputError(
                f"recording stopped after {t_s:.0f} s: less than "
                f"{LEAST_FREE_BYTES / 1e9:.0f} GB of disk space is free",
                hint="Free some disk space. Measuring goes on without the recording.",
            )


class Storage:
    """Writes the files of a session; a failed write is reported, but does not end the session.

    It is a context manager. If :meth:`save` is not called, the journal stays, so that the session
    can be finished later; if no repetition was measured, everything is removed.

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
            undo.callback(self._remove_all)

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
        """The first failure that matters now; ``None`` if everything can be written."""
        return self._journal.failure or next(iter(self.not_saved), None)

    @property
    def not_saved(self) -> tuple[OutputError, ...]:
        """What could not be written, each with its reason; it is not tried again."""
        stopped = None if self._recording is None else self._recording.stopped
        lost = (*(sink.failure for sink in self._guarded), stopped)
        failures = (*self._failures, *(failure for failure in lost if failure is not None))
        return tuple(with_target_path(failure, self._staging, self._folder) for failure in failures)

    @property
    def reps_kept(self) -> int:
        """Number of repetitions in the journal; final after :meth:`save`."""
        return self._journal.reps_written

    def update(self, frame: Frame, result: FrameResult, cue: Cue | None, set_index: int) -> None:
        """Store an analyzed frame.

        Parameters
        ----------
        frame, result
            The frame and its result.
        cue
            The cue (short spoken correction) that is given in this frame; ``None`` for none.
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
        """Record a frame that is not analyzed, or not yet."""
        if self._recording is not None and self._raw is not None:
            self._raw.attempt(partial(self._recording.pass_by, frame))

    def finish(self, reps: Sequence[Rep], set_index: int) -> None:
        """Finish journal, poses and raw film; ``reps`` may contain one more repetition."""
        self._stills.finish(reps)
        for rep in reps[len(self._reps) :]:
            self._add(rep, set_index)
        self._add_to_journal()
        for sink in self._guarded:
            sink.finish(reps)

    def abort(self) -> None:
        """Remove unfinished files; the journal stays."""
        for sink in self._guarded:
            sink.abort()

    def save(self, notes: Sequence[Note]) -> Session:
        """Write the results and return the session.

        The journal stays until the film is drawn, so that after a kill the next run finds it and
        cleans up. If something cannot be written, :attr:`not_saved` says why; poses or exports that
        fail do not prevent the rest.
        """
        session = self._session_so_far(self._reps, notes)
        self._journal.close()
        poses = None
        if self._kept_poses.failure is None:
            self._attempt(lambda: self._poses.close(self._source.info))
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
                self._attempt(lambda: prepared.save(self._staging))
            move_results(self._staging, self._folder, poses_in_place=options.keep_poses)
            self._session = session
            self.saved = True
        except OutputError as error:
            self._failures.append(error)
        return session

    def draw(self, progress: Progress | None = None) -> None:
        """Draw the annotated film of the saved session from the raw film, if the options ask so.

        If this fails, :attr:`not_saved` says why; the saved session stays valid without a film.
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
        """The raw film from which to draw the annotated one; ``None`` if none is to be drawn."""
        raw, options = self._recording, self._options
        failed = self._raw is None or self._raw.failure is not None
        if raw is None or raw.empty or failed or not options.video_out:
            return None
        return self._folder / RAW_NAME if options.record else raw.path

    @property
    def _draws_later(self) -> bool:
        """Whether journal and raw film of a saved session stay, to draw its film later."""
        return self._options.draw_later and self.saved and self._film_to_draw is not None

    def keep_raw(self) -> bool:
        """Keep the raw film of a session without a person; return whether there is one."""
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
            self._remove_all()

    def _read_poses(self) -> list[PoseSample] | None:
        """Read the saved poses; if that fails, record the failure and return ``None``."""
        try:
            return read_poses(self._poses.path)
        except FormcheckError as error:
            self._failures.append(OutputError(error.message, hint=error.hint))
            return None

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OutputError as error:
            self._failures.append(error)

    def _remove_all(self) -> None:
        """Remove all files of the session, and the folder if it was created for the session."""
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
        """Add a repetition to the journal, and save its picture (still) beside it."""
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
        """Add everything since the journal's last line; frames are added with live values."""
        columns = self._columns.columns
        known = self._session_so_far(reps, columns={name: [] for name in columns})
        new = {name: values[self._journaled_frames :] for name, values in columns.items()}
        self._journal.add(msgspec.structs.replace(known, series=new), stills)
        self._journaled_frames = len(columns["t_s"])
        self._journaled_s = columns["t_s"][-1] if columns["t_s"] else 0.0

    def _session_so_far(
        self,
        reps: Sequence[Rep],
        notes: Sequence[Note] = (),
        *,
        columns: Mapping[str, Sequence[Any]] | None = None,
    ) -> Session:
        """Return the session so far, with these repetitions and frames; all frames by default."""
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

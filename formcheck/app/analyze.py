"""Analyze one film from end to end and leave the results in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

import formcheck
from formcheck.app.film import draw_beside, drawable
from formcheck.data.errors import NoPersonError, NoRepetitionError, SourceError, UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import PoseSample, Side
from formcheck.data.plain_file import sha256_of
from formcheck.data.results import FrameResult, Rep, SessionResult, Training, ViewKind
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise
from formcheck.motion._bridge import session_of
from formcheck.motion.analyzer import Analyzer, FrameColumns
from formcheck.motion.light import LightMeter
from formcheck.motion.loop import Progress, Sink, run
from formcheck.motion.recognition import NONE_SEEN, Recognition, Recognizer
from formcheck.motion.summary import summarize
from formcheck.pose.cached_estimator import CachedEstimator
from formcheck.pose.estimator import EstimatedFrames, ModelInfo, PoseEstimator
from formcheck.pose.files import has_depth, is_pose_file, load_poses
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.report.csv_files import FramesCsv, settle_frames
from formcheck.screen.stills import Stills, draw_stills
from formcheck.store.exports import Exports, ExportSink
from formcheck.store.files import write_results
from formcheck.store.results_folder import results_folder
from formcheck.store.stills import write_stills
from formcheck.video.film import VideoSource
from formcheck.video.names import printable

INTERRUPTED = "Interrupted after {frames} frames: the rest of the film was not analyzed."
READ_ONCE = "There is no annotated film: the pictures could not be read a second time ({reason})."
SIDES: dict[str, Side | None] = {"auto": None, "left": "left", "right": "right"}
VIEWS: dict[str, ViewKind | None] = {"auto": None, "front": "front", "side": "side"}
NO_EXPORTS = Exports()
OpenSource = Callable[[], VideoSource | RecordedSource]
OpenEstimator = Callable[[], PoseEstimator]


def analyze_video(
    video: str | os.PathLike[str],
    *,
    exercise: str | None,
    side: str = "auto",
    view: str = "auto",
    out: Path | None = None,
    mirrored: bool = False,
    slow_motion: float = 1.0,
    video_out: bool = True,
    model: Path | None = None,
    subject: str = "auto",
    settings: Settings | None = None,
    training: Training | None = None,
    export: Iterable[str] = (),
    height_m: float | None = None,
    frame_rate: float | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> SessionResult:
    """Analyze a film and write ``session.json``, the report, the tables and the annotated video.

    Parameters
    ----------
    video
        The film, anything FFmpeg reads; or poses in its place: a TRC file, a folder of OpenPose
        JSON files, or a recording of formcheck's. There is no annotated video and there are no
        stills then.
    exercise
        Id of the exercise; recognised from the movement when left out.
    side, view
        The working leg and the view when they should not be found from the poses.
    out
        Folder for the results, ``./VIDEO_NAME_formcheck`` when left out. What an earlier run left
        there is replaced; other files stay.
    mirrored
        Left and right are swapped in the film.
    slow_motion
        How many times slower than life the film plays.
    video_out
        Whether to write the annotated video.
    model
        Another PoseLandmarker bundle.
    subject
        Who does the exercise when several people are in view.
    settings
        Thresholds; the defaults when left out.
    training
        What the person told about the session: it is saved with it.
    export
        Further files: any of ``trc``, ``mot`` and ``parquet``.
    height_m
        The person's stature, for a TRC file in metres instead of pixels.
    frame_rate, size
        Of the film that poses come from, in frames per second and pixels (width, height), where
        their file does not tell.
    progress, drawing
        Called after each frame that was measured; and after each one drawn, when all is measured
        and written.

    Raises
    ------
    UsageError, SourceError, ModelError, NoPersonError, NoRepetitionError, OutputError
        Nothing is left behind then.
    KeyboardInterrupt
        After what was measured until Ctrl-C has been written; while the film is drawn, the
        session is finished already, and stays without a film.
    """
    chosen = get_exercise(exercise) if exercise is not None else None
    if side not in SIDES or view not in VIEWS:
        raise UsageError(
            f"side {side!r} and view {view!r} do not fit",
            hint="Sides are auto, left, right; views are auto, front, side.",
        )
    exports = Exports.of(export, height_m)
    settings = settings or Settings()
    video = Path(video)
    folder = Path(out) if out is not None else Path(f"{video.stem}_formcheck")
    with ExitStack() as stack:
        if is_pose_file(video):
            poses = load_poses(
                video,
                frame_rate_hz=frame_rate,
                size_px=size,
                subject=subject,
                slow_motion=slow_motion,
            )
            _refuse_for_poses(video, poses, chosen, view, of_film=mirrored or model is not None)
            open_source: OpenSource = partial(RecordedSource, poses)
            open_estimator: OpenEstimator = partial(RecordedEstimator, poses)
            video_out = False
        elif frame_rate is not None or size is not None:
            raise UsageError(
                "a film tells its frame rate and size itself",
                hint="Leave --frame-rate and --size out: they are for poses.",
            )
        else:
            open_source = partial(VideoSource, video, slow_motion=slow_motion, mirrored=mirrored)
            open_estimator = partial(MediaPipeEstimator, model, subject=subject)
        source = open_source()
        stack.enter_context(source)
        placed = stack.enter_context(ExitStack())
        aside = placed.enter_context(results_folder(folder))
        estimator = open_estimator()
        stack.callback(estimator.close)
        notes: tuple[str, ...] = ()
        if chosen is None:
            with open_source() as beginning:
                found, known = look_ahead(beginning, estimator, progress)
            if not any(sample.seen for sample in known):
                raise _nobody(beginning.info)
            chosen = _recognised(found, beginning.info)
            notes = (_in_words(found, chosen),)
            estimator = CachedEstimator(estimator, known)
        analyzer = Analyzer(chosen, settings, side=SIDES[side], view=VIEWS[view])
        outputs = Outputs(
            analyzer.exercise, source.info, aside, keep_poses=video_out, exports=exports
        )
        completed = run(source, estimator, analyzer, [outputs], progress)
        if not analyzer.frames_with_person:
            raise _nobody(source.info)
        if not completed:
            notes = (INTERRUPTED.format(frames=source.info.frames), *notes)
        notes = (*notes, *outputs.exports.notes(settings, analyzer.view))
        again, lost = _opened_again(open_source) if video_out and completed else (None, ())
        if again is not None:
            stack.enter_context(again)
        notes = (*notes, *lost)
        info = replace(source.info, warnings=(*source.info.warnings, *outputs.warnings))
        session = build_session(info, estimator.model, analyzer, outputs.frames, notes)
        session = replace(session, training=training)
        if not completed:
            verdict = f"Interrupted: only part of the film was analyzed. {session.summary.verdict}"
            session = replace(session, summary=replace(session.summary, verdict=verdict))
        whole = with_digest(session_of(session, analyzer.exercise, complete=completed), video)
        outputs.save(session, whole, settings)
        placed.close()
        if again is not None:
            draw_beside(folder, whole, outputs.poses, again, drawing)
    if not completed:
        raise KeyboardInterrupt
    return session


def with_digest(session: Session, film: Path) -> Session:
    """Give the session with the digest of the film that it was measured from."""
    if session.source.kind != "video":
        return session
    source = msgspec.structs.replace(session.source, sha256=sha256_of(film))
    return msgspec.structs.replace(session, source=source)


def _opened_again(
    open_source: OpenSource,
) -> tuple[VideoSource | RecordedSource | None, tuple[str, ...]]:
    """Open the film for the second pass; a source that gives its pictures once gets no film."""
    try:
        return open_source(), ()
    except SourceError as error:
        return None, (READ_ONCE.format(reason=error.message),)


def build_session(
    source: SourceInfo,
    model: ModelInfo,
    analyzer: Analyzer,
    frames: FrameColumns,
    notes: Sequence[str] = (),
) -> SessionResult:
    """Put the session's record together once the analyzer has finished."""
    return SessionResult(
        formcheck_version=formcheck.__version__,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        source=source,
        model=model,
        frames_with_person=analyzer.frames_with_person,
        exercise=analyzer.exercise.id,
        view=analyzer.view,
        config=analyzer.settings.as_dict(),
        reps=analyzer.reps,
        frames=frames.columns,
        summary=summarize(
            analyzer.exercise, analyzer.reps, analyzer.view, [*notes, *analyzer.ignored]
        ),
    )


class Outputs:
    """The files of an analysis: what the loop streams into, and what is written at its end.

    Attributes
    ----------
    poses
        The poses to draw the film from; empty unless ``keep_poses``.
    """

    def __init__(
        self,
        exercise: Exercise,
        source: SourceInfo,
        folder: Path,
        *,
        keep_poses: bool,
        exports: Exports = NO_EXPORTS,
    ) -> None:
        self._exercise = exercise
        self._folder = folder
        self._stills = Stills()
        self._keep_poses = keep_poses
        self.poses: list[PoseSample] = []
        self.frames = FrameColumns(exercise)
        self.exports = ExportSink(exports)
        sinks: list[Sink] = [self.exports]
        self._meter = LightMeter()
        self._has_pictures = source.kind != "poses"
        if self._has_pictures:
            sinks.append(self._stills)
        sinks.append(FramesCsv(folder / "frames.csv", exercise))
        self._sinks = tuple(sinks)

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        self.frames.add(result)
        if self._keep_poses:
            self.poses.append(drawable(result.sample))
        if self._has_pictures:
            self._meter.update(frame.t_s, frame.image)
        for sink in self._sinks:
            sink.update(frame, result)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the pictures lack, in words."""
        return self._meter.light.warnings

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish what was streamed."""
        settle_frames(self.frames.columns, reps)
        for sink in self._sinks:
            sink.finish(reps)

    def abort(self) -> None:
        """Leave nothing behind."""
        for sink in self._sinks:
            sink.abort()

    def save(self, result: SessionResult, session: Session, settings: Settings) -> None:
        """Write the record, the table of repetitions, the report, and what else was asked for."""
        pictures = draw_stills(session, self._stills)
        names = write_stills(self._folder, pictures)
        write_results(self._folder, result, self._exercise, pictures, names, video=None)
        self.exports.save(self._folder, settings)


def look_ahead(
    source: VideoSource | RecordedSource, estimator: PoseEstimator, progress: Progress | None = None
) -> tuple[Recognition, list[PoseSample]]:
    """Look at a film until the exercise is clear; gives the poses of the frames looked at, too."""
    recognizer = Recognizer()
    samples: list[PoseSample] = []
    meter = LightMeter()
    frames = iter(EstimatedFrames(source, estimator, lambda: source.ready))
    with closing(frames):
        for frame, sample in frames:
            samples.append(sample)
            if source.info.kind != "poses":  # those have no pictures
                meter.update(frame.t_s, frame.image)
            if progress is not None:
                progress(frame.t_s, frame.index + 1, source.info.expected_frames)
            found = recognizer.update(sample, meter.light)
            if found is not None:
                return found, samples
    return recognizer.finish(), samples


def _recognised(found: Recognition, source: SourceInfo) -> Exercise:
    if found.exercise is not None:
        return get_exercise(found.exercise)
    if not found.repetitions:
        why = found.reason.removesuffix(NONE_SEEN).removesuffix("; ")
        raise NoRepetitionError(
            f"no repetition found in {source.name}" + (f": {why}" if why else ""),
            hint="Check that the whole body is in view. Where somebody does an exercise, give "
            "--exercise to see why nothing counted.",
        )
    known = ", ".join(exercise.id for exercise in all_exercises())
    raise UsageError(
        f"the exercise could not be told from the movement: {found.reason}",
        hint=f"Give --exercise, one of: {known}.",
    )


def _in_words(found: Recognition, exercise: Exercise) -> str:
    sure_pct = 100 * found.probability
    return (
        f"Taken for: {exercise.title.lower()} ({sure_pct:.0f} % sure): {found.reason}. "
        "If that is wrong, give --exercise."
    )


def _refuse_for_poses(
    path: Path, poses: PoseRecording, exercise: Exercise | None, view: str, *, of_film: bool
) -> None:
    """Refuse what only films have, and ask for what poses without depth cannot tell."""
    if of_film:
        raise UsageError(
            f"{printable(path.name)} holds poses: neither a model nor mirroring applies to it",
            hint="Leave --model and --mirrored out.",
        )
    if has_depth(poses):
        return
    cannot = f"{printable(path.name)} has no depth, so the {{}} cannot be found from it"
    if view == "auto":
        raise UsageError(cannot.format("view"), hint="Give --view front or --view side.")
    if exercise is None:
        known = ", ".join(exercise.id for exercise in all_exercises())
        raise UsageError(cannot.format("exercise"), hint=f"Give --exercise, one of: {known}.")


def _nobody(source: SourceInfo) -> NoPersonError:
    return NoPersonError(
        f"nobody was seen in {source.name} ({source.frames} frames)",
        hint="Film the whole body, head and feet, from 2.5 to 4 metres.",
    )

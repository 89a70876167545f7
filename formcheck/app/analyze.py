"""Analyze one film from end to end, and write the results into a folder.

:func:`analyze_film` opens the film, recognises the exercise if the user did not name it, runs the
measuring loop, writes session, report and tables, and draws the annotated film.

Not every frame is analyzed: a *look* is one run of the pose model on a frame, and ``LookRule``
decides which frames get one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import formcheck
from formcheck.app.opening import Opening, exercises_hint, opening_of, require_view_and_exercise
from formcheck.app.options import AnalyzeOptions, LiveOptions, inapplicable_options
from formcheck.app.upright import ACROSS, turned_upright
from formcheck.data.errors import NoPersonError, NoRepetitionError, SourceError, UsageError
from formcheck.data.exercise import Exercise
from formcheck.data.frame import Frame, Progress, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Note, Rep, Session
from formcheck.exercises import all_exercises, get_exercise, look_alikes
from formcheck.motion import assemble
from formcheck.motion.analyzers import AnyAnalyzer, analyzer_of
from formcheck.motion.assemble import FrameColumns, recognised_note
from formcheck.motion.hold_recognition import HoldRecognizer
from formcheck.motion.light import LightMeter
from formcheck.motion.look_check import LookCheck
from formcheck.motion.look_rule import LookRule
from formcheck.motion.loop import Sink, frames_with_poses, run
from formcheck.motion.recognition import NONE_SEEN, Recognition, Recognizer, WhileRecognising
from formcheck.pose.cached_estimator import CachedEstimator
from formcheck.pose.estimator import ModelInfo, PoseEstimator, WhenToLook
from formcheck.pose.recorded import RecordedSource, RoundedEstimator, one_by_one
from formcheck.screen.stills import Stills, draw_stills
from formcheck.store.exports import prepare
from formcheck.store.kept_film import draw_beside
from formcheck.store.kept_poses import KeptPoses
from formcheck.store.poses_file import POSES_NAME, read_poses
from formcheck.store.result_files import write
from formcheck.store.results_folder import results_folder
from formcheck.video.film import VideoSource

INTERRUPTED = "Interrupted after {frames} frames: the rest of the film was not analyzed."
READ_ONCE = "There is no annotated film: the film could not be read a second time ({reason})."


def analyze_film(video: str | os.PathLike[str], options: AnalyzeOptions) -> Session:
    """Analyze a film: write the session, report, tables and poses, then draw the annotated film.

    Parameters
    ----------
    video
        The film, in any format that FFmpeg reads. Instead of a film, poses can be given: a TRC or
        C3D file, a folder of OpenPose JSON files, or formcheck's own ``poses.fcp``. Then there are
        no annotated film and no stills.
    options
        See :class:`~formcheck.app.options.AnalyzeOptions`. If they name no folder, the results are
        written to ``./VIDEO_NAME_formcheck``. The files of an earlier run are replaced; other files
        stay.

    Raises
    ------
    UsageError, SourceError, ModelError, NoPersonError, NoRepetitionError, OutputError
        Nothing is left behind; except if only the annotated film could not be drawn. Then the
        session is saved without it, and the message says so.
    KeyboardInterrupt
        After Ctrl-C. What was measured until then has been saved; if the film was being drawn, the
        session is saved without it.
    """
    video = Path(video)
    folder = Path(options.out or f"{video.stem}_formcheck")
    with ExitStack() as stack:
        film = opening_of(video, options)
        if film.poses is not None:
            require_view_and_exercise(film.poses, options)
        wants_film = options.video_out and film.poses is None
        source = film.source()
        stack.enter_context(source)
        placed = stack.enter_context(ExitStack())
        unfinished = placed.enter_context(results_folder(folder))
        model = film.estimator()
        stack.callback(model.close)
        film, source = turned_upright(
            film, source, model, options.rotate, lying=is_lying(options.exercise)
        )
        stack.enter_context(source)
        estimator: PoseEstimator = RoundedEstimator(model)
        exercise, notes, estimator = _choose_exercise(film, estimator, options)
        analyzer = analyzer_for(exercise, options)
        looks = look_check(options.exercise)
        outputs = Outputs(analyzer.exercise, source.info, estimator.model, unfinished, looks)
        sinks: list[Sink] = [outputs]
        if options.watching is not None:
            sinks.append(options.watching)
        rule = look_rule(source.info)
        completed = run(source, estimator, analyzer, sinks, options.progress, rule)
        if not analyzer.frames_with_person:
            raise no_person_error(source.info)
        if not completed:
            text = INTERRUPTED.format(frames=source.info.frames)
            notes = (Note(kind="interrupted", text=text), *notes)
        again, read_once = _open_for_drawing(film) if wants_film and completed else (None, ())
        if again is not None:
            stack.enter_context(again)
        session = session_of(
            replace(source.info, warnings=(*source.info.warnings, *outputs.warnings)),
            estimator.model,
            analyzer,
            outputs.frames,
            options,
            notes=(*notes, *outputs.looks, *read_once),
            complete=completed and (film.poses is None or film.poses.complete),
            film_sha256=sha256_of(video) if source.info.kind == "video" else None,
        )
        session, poses = outputs.save(session, source.info, options, draws=again is not None)
        placed.close()
        if completed and options.saved is not None:
            options.saved(session)
        if again is not None:
            draw_beside(folder, session, poses, again, options.drawing, options.film_hz)
    if not completed:
        raise KeyboardInterrupt
    return session


def analyzer_for(
    exercise: Exercise, options: AnalyzeOptions | LiveOptions, *, side_decides: bool = True
) -> AnyAnalyzer:
    """Return the analyzer of an exercise with these options; see ``motion/analyzers.py``."""
    return analyzer_of(
        exercise,
        options.analysis_settings,
        side=None if options.side == "auto" else options.side,
        side_decides=side_decides,
        view=None if options.view == "auto" else options.view,
    )


def is_lying(named: str | None) -> bool:
    """Whether the exercise is done lying down, such as a plank; ``False`` if none was named."""
    return named is not None and get_exercise(named).is_lying


def session_of(
    source: SourceInfo,
    model: ModelInfo,
    analyzer: AnyAnalyzer,
    frames: FrameColumns,
    options: AnalyzeOptions,
    *,
    notes: Sequence[Note],
    complete: bool = True,
    film_sha256: str | None = None,
) -> Session:
    """Return the session of an analysis; for the arguments see ``assemble.session``.

    The remark that the person is sideways in the picture is left out for exercises done lying down.
    A note is added for each option that does not apply to the exercise.
    """
    unused = inapplicable_options(options, get_exercise(analyzer.exercise.id))
    notes = (*notes, *(Note(kind="not_used", text=f"{why}.") for _, why in unused))
    if analyzer.exercise.is_lying:
        remarks = tuple(text for text in source.remarks if text != ACROSS)
        source = replace(source, remarks=remarks)
    return assemble.session(
        source,
        model,
        analyzer,
        frames.columns,
        created=now(),
        version=formcheck.__version__,
        person=options.person,
        training=options.training,
        notes=notes,
        complete=complete,
        film_sha256=film_sha256,
    )


def now() -> str:
    """Return the current time as ISO 8601 with the time zone."""
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


class Outputs:
    """Sink of an analysis: collects its results and writes them at the end."""

    def __init__(
        self,
        exercise: Exercise,
        source: SourceInfo,
        model: ModelInfo,
        folder: Path,
        looks: LookCheck | None,
    ) -> None:
        self._folder = folder
        self._metrics = exercise.metrics
        self._stills = Stills()
        self._poses = KeptPoses(folder / POSES_NAME, source, model)
        self._meter = LightMeter()
        self._looks = looks
        self._has_frames = source.kind != "poses"
        self.frames = FrameColumns(exercise)
        self._sinks: tuple[Sink, ...] = (
            (self._poses, self._stills) if self._has_frames else (self._poses,)
        )

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Process one analyzed frame."""
        self.frames.add(result)
        if self._has_frames:
            self._meter.update(frame.t_s, frame.image)
        if self._looks is not None:
            self._looks.update(result.sample, self._meter.light)
        for sink in self._sinks:
            sink.update(frame, result)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems with the frames, such as poor light, in words."""
        return self._meter.light.warnings

    @property
    def looks(self) -> tuple[Note, ...]:
        """A note if the movement looks like another exercise than the one that was named."""
        return () if self._looks is None else self._looks.notes()

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish the files written frame by frame."""
        for sink in self._sinks:
            sink.finish(reps)

    def abort(self) -> None:
        """Remove what was written."""
        for sink in self._sinks:
            sink.abort()

    def save(
        self, session: Session, source: SourceInfo, options: AnalyzeOptions, *, draws: bool
    ) -> tuple[Session, Sequence[PoseSample]]:
        """Write session, tables, report and exports.

        Returns
        -------
        The session as saved, and the poses if the film is drawn from them (``draws``).
        """
        self._poses.close(source)
        path = self._poses.path
        exported = read_poses(path) if options.exports.formats else ()
        prepared = prepare(options.exports, session, exported, self._metrics)
        session = msgspec.structs.replace(session, notes=(*session.notes, *prepared.notes))
        stills = draw_stills(session, self._stills)
        kept = write(self._folder, session, stills=stills, poses=one_by_one(path))
        prepared.save(self._folder)
        poses = read_poses(path) if draws else ()
        if not options.keep_poses:
            path.unlink()
        return kept, poses


def look_rule(source: SourceInfo) -> WhenToLook | None:
    """Return the rule that chooses the frames to analyze; ``None`` for poses: all are used."""
    return None if source.kind == "poses" else LookRule()


def look_ahead(
    source: VideoSource | RecordedSource,
    estimator: PoseEstimator,
    progress: Progress | None = None,
    seen: WhileRecognising | None = None,
) -> tuple[Recognition, dict[int, PoseSample]]:
    """Analyze the beginning of a film until the exercise is recognised.

    Returns
    -------
    The result, and the poses that were used, by frame number.
    """
    recognizer = Recognizer(all_exercises(), look_alikes())
    holds = HoldRecognizer(all_exercises())
    samples: dict[int, PoseSample] = {}
    meter = LightMeter()
    rule = look_rule(source.info)
    with closing(frames_with_poses(source, estimator, progress, rule)) as frames:
        for frame, sample in frames:
            if sample is None:
                continue
            samples[frame.index] = sample
            if source.info.kind != "poses":  # poses have no images
                meter.update(frame.t_s, frame.image)
            found = holds.update(sample) or recognizer.update(sample, meter.light)
            if seen is not None:
                seen(frame, sample, recognizer.repetitions)
            if found is not None:
                return found, samples
    found = recognizer.finish()
    held = None if found.repetitions else holds.finish()
    return held or found, samples


def recognised_in(
    source: VideoSource | RecordedSource,
    estimator: PoseEstimator,
    progress: Progress | None = None,
    seen: WhileRecognising | None = None,
) -> tuple[Exercise, Note, dict[int, PoseSample]]:
    """Return the exercise that the beginning of a film shows, a note, and the poses by frame.

    Raises
    ------
    UsageError
        The exercise cannot be recognised.
    NoPersonError, NoRepetitionError
        No person, or no repetition of any exercise, was seen.
    """
    found, known = look_ahead(source, estimator, progress, seen)
    if not any(sample.seen for sample in known.values()):
        raise no_person_error(source.info)
    exercise = recognised(found, source.info)
    return exercise, recognised_note(found, exercise), known


def recognised(found: Recognition, source: SourceInfo) -> Exercise:
    """Return the exercise that was recognised; raises an error if none was."""
    if found.exercise is not None:
        return get_exercise(found.exercise)
    if not found.repetitions:
        why = found.reason.removesuffix(NONE_SEEN).removesuffix("; ")
        raise NoRepetitionError(
            f"no repetition found in {source.name}" + (f": {why}" if why else ""),
            hint="Check that the whole body is in view. To see why no movement counted, name "
            "the exercise.",
            options=("exercise",),
        )
    if found.looks_like is not None:
        raise NoRepetitionError(
            f"{source.name} shows none of the exercises that formcheck knows: {found.reason}",
            hint=f"If it does show one, say which. {exercises_hint()}",
            options=("exercise",),
        )
    raise UsageError(
        f"could not recognise the exercise: {found.reason}",
        hint=exercises_hint(),
        options=("exercise",),
    )


def look_check(named: str | None) -> LookCheck | None:
    """Return the check whether the movement looks like the named exercise; ``None`` without one."""
    if named is None:
        return None
    return LookCheck(get_exercise(named), all_exercises(), look_alikes())


def no_person_error(source: SourceInfo) -> NoPersonError:
    """Return the error for a film in which no person was seen."""
    return NoPersonError(
        f"nobody was seen in {source.name} ({source.frames} frames)",
        hint="Film the whole body, including head and feet, from 2.5 to 4 metres away.",
    )


def _choose_exercise(
    film: Opening, estimator: PoseEstimator, options: AnalyzeOptions
) -> tuple[Exercise, tuple[Note, ...], PoseEstimator]:
    """Return the named exercise, or the one recognised from the beginning of the film.

    Also returns notes, and an estimator that uses the poses of the beginning again.
    """
    if options.exercise is not None:
        return get_exercise(options.exercise), (), estimator
    with film.source() as beginning:
        exercise, note, known = recognised_in(
            beginning, estimator, options.progress, options.recognising
        )
    return exercise, (note,), CachedEstimator(estimator, known)


def _open_for_drawing(
    film: Opening,
) -> tuple[VideoSource | RecordedSource | None, tuple[Note, ...]]:
    """Open the film a second time, for drawing; if this fails, return a note instead."""
    try:
        return film.source(), ()
    except SourceError as error:
        return None, (Note(kind="no_film", text=READ_ONCE.format(reason=error.message)),)

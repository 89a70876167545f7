"""The functions of the Python interface: track, measure, analyze, load, write, to_dataset.

Each does one part of an analysis: poses from a film, a session from poses, a results folder from a
session. Files are written only by :func:`write`, and by :func:`analyze` if a folder is given.
``formcheck/__init__.py`` exports them.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.app.analyze import (
    analyze_film,
    analyzer_for,
    is_lying,
    look_check,
    look_rule,
    no_person_error,
    recognised_in,
    session_of,
)
from formcheck.app.opening import opening_of, require_view_and_exercise
from formcheck.app.options import AnalyzeOptions, SideChoice, ViewChoice, with_keywords
from formcheck.app.upright import turned_upright
from formcheck.data.declare import rounded
from formcheck.data.errors import UsageError
from formcheck.data.frame import Progress
from formcheck.data.poses import Poses
from formcheck.data.session import Note, Session
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.light import LightMeter
from formcheck.motion.loop import frames_with_poses
from formcheck.pose.recorded import (
    PoseRecording,
    RecordedEstimator,
    RecordedSource,
    RoundedEstimator,
    round_sample,
)
from formcheck.store import result_files, session_file
from formcheck.store.dataset import dataset_of
from formcheck.store.extras import require_extra
from formcheck.store.poses_file import POSES_NAME, save_poses
from formcheck.store.results_folder import results_folder

if TYPE_CHECKING:
    from formcheck.store.dataset import Dataset


def track(
    source: str | os.PathLike[str],
    *,
    mirrored: bool = False,
    rotate: int | None = None,
    slow_motion: float = 1.0,
    subject: str = "auto",
    model: Path | None = None,
    frame_rate: float | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> PoseRecording:
    """Estimate the poses of a film; nothing is written.

    Parameters
    ----------
    source
        A film, or a file with poses of another program; see :func:`analyze`.
    mirrored, rotate, slow_motion, subject, model, frame_rate, size, progress
        See :func:`analyze`.

    Returns
    -------
    One sample for each analyzed frame, in order, with facts about film and model. A joint that was
    not found is NaN; in a frame without a person, all confidences are zero.

    Raises
    ------
    UsageError, SourceError, ModelError
        The film, the model or an option cannot be used.
    """
    options = AnalyzeOptions(
        mirrored=mirrored,
        rotate=rotate,
        slow_motion=slow_motion,
        subject=subject,
        model=model,
        frame_rate=frame_rate,
        size=size,
        progress=progress,
    )
    return _track_film(Path(source), options)


def measure(
    poses: PoseRecording,
    exercise: str | None = None,
    settings: Settings | None = None,
    *,
    side: SideChoice = "auto",
    view: ViewChoice = "auto",
    person: str = "",
) -> Session:
    """Find and measure the repetitions in poses; nothing is written.

    Parameters
    ----------
    poses
        From :func:`track`, or :meth:`PoseRecording.load`.
    exercise
        Id of the exercise; ``None`` to recognise it from the movement.
    settings
        Thresholds and limits; ``None`` for the defaults.
    side, view
        The working leg, and from where the camera films; ``"auto"`` to detect them.
    person
        Name of the person.

    Returns
    -------
    The session; without repetitions if none was found. A value that could not be measured is
    ``None``, with the reason beside it.

    Raises
    ------
    UsageError
        The exercise does not exist, or cannot be recognised.
    NoPersonError
        The poses contain no person.
    NoRepetitionError
        No exercise was named, and no repetition of any exercise was found.
    """
    options = AnalyzeOptions(
        exercise=exercise, settings=settings, side=side, view=view, person=person
    )
    return _measure_poses(poses, options)


def analyze_with(source: str | os.PathLike[str], options: AnalyzeOptions) -> Session:
    """Find and measure every repetition in a film.

    Files are written only if ``out`` names a folder.

    Returns
    -------
    The session. A value that could not be measured is ``None``, with the reason beside it.

    Raises
    ------
    UsageError, SourceError, ModelError, NoPersonError, NoRepetitionError, OutputError
        The analysis failed; nothing is left behind.
    KeyboardInterrupt
        After Ctrl-C; what was measured until then has been written to ``out``.
    """
    if options.out is not None:
        return analyze_film(source, options)
    if options.export or options.height_m is not None:
        raise UsageError(
            "further files need a folder to be written to",
            hint="Name the folder.",
            options=("out",),
        )
    return _measure_poses(_track_film(Path(source), options), options)


analyze = with_keywords(AnalyzeOptions)(analyze_with)
analyze.__name__ = analyze.__qualname__ = "analyze"


def load(path: str | os.PathLike[str]) -> Session:
    """Read a session from its folder or its ``session.json``.

    Raises
    ------
    SourceError
        There is no session, or it is damaged or of a newer version.
    """
    return session_file.load(Path(path))


def write(
    session: Session, folder: str | os.PathLike[str], poses: PoseRecording | None = None
) -> Session:
    """Write a session into a folder: ``session.json``, ``report.html`` and ``reps.csv``.

    Either all files are written or none. The files of an earlier session in the folder are
    replaced; other files stay.

    Parameters
    ----------
    session
        From :func:`measure`, :func:`analyze` or :func:`load`.
    folder
        The folder; created if it does not exist.
    poses
        The poses that the session was measured from. If given, ``poses.fcp`` and ``frames.csv`` are
        written, too.

    Returns
    -------
    The session as written; :func:`load` returns the same.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    with results_folder(Path(folder)) as unfinished:
        samples = None if poses is None else [round_sample(sample) for sample in poses.samples]
        if poses is not None and samples is not None:
            save_poses(unfinished / POSES_NAME, poses.info, poses.model, samples)
        return result_files.write(unfinished, session, stills={}, poses=samples)


def to_dataset(session: Session, poses: PoseRecording) -> Dataset:
    """Return a session and its poses as an xarray dataset, laid out as by the ``movement`` library.

    Parameters
    ----------
    session
        From :func:`measure`, :func:`analyze` or :func:`load`.
    poses
        The poses that the session was measured from.

    Returns
    -------
    Dimensions ``time`` (seconds), ``space`` (x, y), ``keypoints``, ``individuals`` (one);
    variables ``position`` in pixels (x to the right, y down; NaN if not seen) and ``confidence``
    (0 to 1); and each time series of the session, with its unit in ``attrs``. At frames for which
    the session has no values, these series are NaN, empty or 0.

    Raises
    ------
    UsageError
        xarray is not installed.
    """
    require_extra("xarray", ())
    samples = [round_sample(sample) for sample in poses.samples]
    return dataset_of(session, Poses.from_samples(samples))


def _track_film(path: Path, options: AnalyzeOptions) -> PoseRecording:
    film = opening_of(path, options)
    if film.poses is not None:
        return replace(film.poses, info=film.source().info)
    with ExitStack() as stack:
        source = film.source()
        stack.enter_context(source)
        estimator = film.estimator()
        stack.callback(estimator.close)
        film, source = turned_upright(
            film, source, estimator, options.rotate, lying=is_lying(options.exercise)
        )
        stack.enter_context(source)
        meter = LightMeter()
        samples = []
        rule = look_rule(source.info)
        looking = frames_with_poses(source, estimator, options.progress, rule)
        for frame, sample in stack.enter_context(closing(looking)):
            if sample is None:
                continue
            samples.append(sample)
            meter.update(frame.t_s, frame.image)
        info = replace(source.info, warnings=(*source.info.warnings, *meter.light.warnings))
        return PoseRecording(info, estimator.model, tuple(samples))


def _measure_poses(poses: PoseRecording, options: AnalyzeOptions) -> Session:
    require_view_and_exercise(poses, options)
    if not any(sample.seen for sample in poses.samples):
        raise no_person_error(poses.info)
    notes: tuple[Note, ...] = ()
    looks = look_check(options.exercise)
    if options.exercise is not None:
        exercise = get_exercise(options.exercise)
    else:
        estimator = RoundedEstimator(RecordedEstimator(poses))
        exercise, note, _ = recognised_in(RecordedSource(poses), estimator)
        notes = (note,)
    analyzer = analyzer_for(exercise, options)
    frames = FrameColumns(analyzer.exercise)
    for sample in poses.samples:
        as_kept = round_sample(sample)
        frames.add(analyzer.update(as_kept))
        if looks is not None:
            looks.update(as_kept)
    analyzer.finish()
    if looks is not None:
        notes = looks.notes()
    session = session_of(
        poses.info, poses.model, analyzer, frames, options, notes=notes, complete=poses.complete
    )
    return rounded(session)

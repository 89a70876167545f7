"""Decide how to open the input of an analysis: a film, or a file with poses.

:func:`opening_of` checks the options that depend on this, and returns an :class:`Opening`, which
opens the source of frames and the pose estimator. For a pose file, both replay the poses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from formcheck.app.options import AnalyzeOptions
from formcheck.data.errors import UsageError
from formcheck.data.file_names import printable
from formcheck.exercises import all_exercises
from formcheck.pose.estimator import PoseEstimator
from formcheck.pose.files import has_depth, is_pose_file, load_poses
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.video.film import VideoSource


@dataclass(frozen=True)
class Turn:
    """How to turn each picture: clockwise, in degrees, and remarks about it for the session."""

    deg: int = 0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opening:
    """How to open a film or a pose file, and its pose estimator.

    Attributes
    ----------
    turned
        Opens the source of frames, with each picture turned.
    estimator
        Loads the pose estimator.
    poses
        The poses of a pose file; ``None`` for a film.
    turn
        How the picture is turned.
    """

    turned: Callable[[Turn], VideoSource | RecordedSource]
    estimator: Callable[[], PoseEstimator]
    poses: PoseRecording | None = None
    turn: Turn = Turn()

    def source(self) -> VideoSource | RecordedSource:
        """Open the film or pose file, at its first frame."""
        return self.turned(self.turn)


def opening_of(path: Path, options: AnalyzeOptions) -> Opening:
    """Return how to open a film or a pose file.

    Raises
    ------
    UsageError
        An option does not apply: some are only for films, others only for poses.
    SourceError
        The poses cannot be read. A film is not opened here.
    """
    if is_pose_file(path):
        if options.mirrored or options.model is not None or options.rotate is not None:
            raise UsageError(
                f"{printable(path.name)} contains poses: model, mirroring "
                "and turn have no effect on them",
                hint="Leave out model, mirroring and turn: they are for films.",
                options=("model", "mirrored", "rotate"),
            )
        poses = load_poses(
            path,
            frame_rate_hz=options.frame_rate,
            size_px=options.size,
            subject=options.subject,
            slow_motion=options.slow_motion,
            view=options.view,
        )
        return Opening(lambda _: RecordedSource(poses), partial(RecordedEstimator, poses), poses)
    if options.frame_rate is not None or options.size is not None:
        raise UsageError(
            "a film has its own frame rate and size",
            hint="Leave out frame rate and size: they are for poses.",
            options=("frame_rate", "size"),
        )

    def turned(turn: Turn) -> VideoSource:
        return VideoSource(
            path,
            slow_motion=options.slow_motion,
            mirrored=options.mirrored,
            turn_deg=turn.deg,
            remarks=turn.remarks,
            name=options.film_name,
        )

    estimator = partial(MediaPipeEstimator, options.model, subject=options.subject)
    return Opening(turned, estimator, turn=Turn(options.rotate or 0))


def require_view_and_exercise(poses: PoseRecording, options: AnalyzeOptions) -> None:
    """Require the options view and exercise for poses without depth.

    Without depth, neither can be recognised from the poses.

    Raises
    ------
    UsageError
        One of the options is missing.
    """
    if has_depth(poses):
        return
    cannot = (
        f"the poses in {printable(poses.info.name)} have no depth, so the {{}} cannot be recognised"
    )
    if options.view == "auto":
        raise UsageError(
            cannot.format("view"), hint="Give the view: front or side.", options=("view",)
        )
    if options.exercise is None:
        raise UsageError(cannot.format("exercise"), hint=exercises_hint(), options=("exercise",))


def exercises_hint() -> str:
    """Return the hint that lists the exercises."""
    return f"Name the exercise, one of: {', '.join(one.id for one in all_exercises())}."

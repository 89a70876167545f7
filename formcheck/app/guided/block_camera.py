"""The camera and the pose model of one block of a guided session.

The camera is open before the block begins, so that the person sees themselves during the rest.
Then the same camera is used for the measured session of the block. That session expects a camera
that has just been opened, with times from 0: :class:`SessionFrames` and :class:`SessionModel`
convert the times and the frame numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from formcheck.app.live.outcome import StoppableSource
from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo, PoseEstimator

LOOK_EVERY_S = 0.1
"""Before a block, the pose model analyzes a frame this often, as in a rest between repetitions. It
is enough to notice a raised hand or that the person has turned."""


class BlockCamera:
    """Yields the frames before a block, then the frames of its session, with times from 0 s.

    Parameters
    ----------
    source
        The camera; its frames are read by this object only.
    estimator
        The pose model, used for this block only.
    """

    def __init__(self, source: StoppableSource, estimator: PoseEstimator) -> None:
        self._source = source
        self._estimator = estimator
        self._frames = iter(source)
        self.session = SessionFrames(source, self._frames)
        self.model = SessionModel(estimator, self.session)

    def before(self) -> Iterator[tuple[Frame, PoseSample | None]]:
        """Yield frames before the session, with the pose, or ``None`` for frames not analyzed."""
        looked_s = -math.inf
        for frame in self._frames:
            sample = None
            if frame.t_s - looked_s >= LOOK_EVERY_S:
                looked_s = frame.t_s
                self._estimator.begin(frame)
                sample = self._estimator.estimate(frame)
            yield frame, sample

    def close(self) -> None:
        """Free the camera."""
        self._source.close()


class SessionFrames:
    """The frames of a camera from now on, as if it had just been opened.

    Attributes
    ----------
    begins
        The first frame of the session, with the camera's time; ``None`` before it has arrived.
    """

    def __init__(self, source: StoppableSource, frames: Iterator[Frame]) -> None:
        self._source = source
        self._frames = frames
        self._given = 0
        self._known: SourceInfo | None = None
        self.begins: Frame | None = None

    @property
    def info(self) -> SourceInfo:
        """Facts about the frames since the session's first frame."""
        now, known = self._source.info, self._known
        if known is None or self.begins is None:
            return now
        return replace(
            now,
            frames=self._given,
            duration_s=max(0.0, now.duration_s - self.begins.t_s),
            frames_dropped=now.frames_dropped - known.frames_dropped,
            warnings=now.warnings[len(known.warnings) :],
            remarks=now.remarks[len(known.remarks) :],
        )

    @property
    def ready(self) -> bool:
        """Whether the next frame can be read without waiting."""
        return self._source.ready

    @property
    def late_s(self) -> float:
        """How long the next frame has waited to be taken."""
        return self._source.late_s

    @property
    def paused(self) -> bool:
        """Whether the session is paused."""
        return self._source.paused

    def pause(self, paused: bool) -> None:
        """Pause the session (``True``) or continue it (``False``)."""
        self._source.pause(paused)

    def stop(self) -> None:
        """Stop yielding frames."""
        self._source.stop()

    def close(self) -> None:
        """Free the camera."""
        self._source.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, once; the first is at 0 s."""
        for frame in self._frames:
            lost_before = frame.dropped_before
            if self.begins is None:
                self.begins, self._known, lost_before = frame, self._source.info, 0
            self._given += 1
            yield replace(
                frame,
                index=frame.index - self.begins.index,
                t_s=frame.t_s - self.begins.t_s,
                dropped_before=lost_before,
            )


class SessionModel:
    """The pose model for the frames of :class:`SessionFrames`.

    The model needs times that always increase, so it gets the camera's times.
    """

    def __init__(self, estimator: PoseEstimator, frames: SessionFrames) -> None:
        self._estimator = estimator
        self._frames = frames

    @property
    def model(self) -> ModelInfo:
        """The model used."""
        return self._estimator.model

    def begin(self, frame: Frame) -> None:
        """Start work on a frame."""
        self._estimator.begin(self._as_given(frame))

    def peek(self, frame: Frame) -> PoseSample:
        """Return the preliminary pose in a frame that was begun; see ``PoseEstimator.peek``."""
        return replace(self._estimator.peek(self._as_given(frame)), t_s=frame.t_s)

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in a frame."""
        return replace(self._estimator.estimate(self._as_given(frame)), t_s=frame.t_s)

    def close(self) -> None:
        """Free the model."""
        self._estimator.close()

    def _as_given(self, frame: Frame) -> Frame:
        first = self._frames.begins
        if first is None:
            raise RuntimeError("the session has not begun")
        return replace(frame, index=frame.index + first.index, t_s=frame.t_s + first.t_s)

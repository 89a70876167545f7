"""What a pose estimator is, whatever model is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from formcheck.pose.keypoints import PoseSample
from formcheck.sources.base import Frame


@dataclass(frozen=True)
class ModelInfo:
    """Which model gave the poses: its name and the SHA-256 of its file."""

    name: str
    sha256: str


LOOK_FOR_NEXT_S = 0.002
"""While one frame is worked on, it is seen this often whether the next one has come."""


class PoseEstimator(Protocol):
    """Gives the subject's pose for each frame; used for one session, in frame order."""

    @property
    def model(self) -> ModelInfo:
        """Which model is behind it."""
        ...

    def begin(self, frame: Frame) -> None:
        """Be told of a frame before its pose is asked for, so that the work can start.

        A frame may be begun while the one before it has not been estimated; not two before.
        """
        ...

    def done(self, frame: Frame, within_s: float) -> bool:
        """Whether the work on a frame that was begun is done; waits for it up to ``within_s``."""
        ...

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class EstimatedFrames:
    """Gives each frame of a source with its pose, in order; once.

    A frame is begun as soon as it is there, while the one before it is still worked on or handed
    on: so the estimator works on two at once. A frame that is still to come is not waited for,
    since that would hold back the one before it.

    Parameters
    ----------
    frames
        The frames of one source.
    estimator
        Estimates their poses.
    ready
        Whether the next frame is there for the taking.
    """

    def __init__(
        self, frames: Iterable[Frame], estimator: PoseEstimator, ready: Callable[[], bool]
    ) -> None:
        self._frames = iter(frames)
        self._estimator = estimator
        self._ready = ready
        self._next: Frame | None = None

    def __iter__(self) -> Iterator[tuple[Frame, PoseSample]]:
        """Give the frames and their poses."""
        frame = self._begun()
        while frame is not None:
            self.begin_next()
            while self._next is None and not self._estimator.done(frame, LOOK_FOR_NEXT_S):
                self.begin_next()
            sample = self._estimator.estimate(frame)
            self.begin_next()
            yield frame, sample
            frame, self._next = self._next or self._begun(), None

    def begin_next(self) -> None:
        """Begin the next frame if it has come; to be called now and then by who takes long."""
        if self._next is None and self._ready():
            self._next = self._begun()

    def _begun(self) -> Frame | None:
        frame = next(self._frames, None)
        if frame is not None:
            self._estimator.begin(frame)
        return frame

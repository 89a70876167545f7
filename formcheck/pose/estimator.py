"""What a pose estimator is, whatever model is behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from formcheck.pose.keypoints import PoseSample
from formcheck.sources.base import Frame


@dataclass(frozen=True)
class ModelInfo:
    """Which model gave the poses: its name and the SHA-256 of its file."""

    name: str
    sha256: str


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

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def estimate_all(
    frames: Iterable[Frame], estimator: PoseEstimator, *, ahead: bool
) -> Iterator[tuple[Frame, PoseSample]]:
    """Give each frame with its pose, in order.

    Parameters
    ----------
    frames
        The frames of one source.
    estimator
        Estimates their poses.
    ahead
        Whether to begin a frame before the pose of the one before it is asked for. Faster where
        the next frame is there for the taking; from a camera it would hold every frame back until
        the next one is taken.
    """
    if not ahead:
        for frame in frames:
            yield frame, estimator.estimate(frame)
        return
    before: Frame | None = None
    for frame in frames:
        estimator.begin(frame)
        if before is not None:
            yield before, estimator.estimate(before)
        before = frame
    if before is not None:
        yield before, estimator.estimate(before)

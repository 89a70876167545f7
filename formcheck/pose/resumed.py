"""An estimator that has already seen the beginning of the film."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo, PoseEstimator


class ResumedEstimator:
    """Gives the poses already known for the first frames, then asks the estimator itself.

    So a film can be looked at to tell the exercise and then be analyzed from its start without
    estimating a pose twice. The estimator goes on where it stopped.

    Parameters
    ----------
    estimator
        Has estimated ``known`` from the first frames of the same film, in order.
    known
        Its poses.
    """

    def __init__(self, estimator: PoseEstimator, known: Sequence[PoseSample]) -> None:
        self._estimator = estimator
        self._known = known

    @property
    def model(self) -> ModelInfo:
        """Which model is behind it."""
        return self._estimator.model

    def begin(self, frame: Frame) -> None:
        """Start on a frame whose pose is not known yet."""
        if frame.index >= len(self._known):
            self._estimator.begin(frame)

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame."""
        if frame.index < len(self._known):
            return self._known[frame.index]
        return self._estimator.estimate(frame)

    def close(self) -> None:
        """Free the model."""
        self._estimator.close()

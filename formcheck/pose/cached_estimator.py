"""An estimator that reuses poses which are already known, for the first frames of a film."""

from __future__ import annotations

from collections.abc import Mapping

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo, PoseEstimator


class CachedEstimator:
    """Returns the known poses for the first frames, then calls the estimator.

    The start of a film is read once to recognise the exercise; the analysis then starts again at
    the first frame without estimating any pose twice.

    Parameters
    ----------
    estimator
        The estimator that produced ``known``; it continues after the last known frame.
    known
        Its poses of frames at the beginning of the same film, by the number of the frame.
    """

    def __init__(self, estimator: PoseEstimator, known: Mapping[int, PoseSample]) -> None:
        self._estimator = estimator
        self._known = known

    @property
    def model(self) -> ModelInfo:
        """The model of the wrapped estimator."""
        return self._estimator.model

    def begin(self, frame: Frame) -> None:
        """Start work on a frame whose pose is not known yet."""
        if frame.index not in self._known:
            self._estimator.begin(frame)

    def peek(self, frame: Frame) -> PoseSample:
        """Return a preliminary pose in a frame that was begun."""
        known = self._known.get(frame.index)
        return self._estimator.peek(frame) if known is None else known

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in this frame."""
        known = self._known.get(frame.index)
        return self._estimator.estimate(frame) if known is None else known

    def close(self) -> None:
        """Close the wrapped estimator."""
        self._estimator.close()

"""What a pose estimator is, whatever model is behind it."""

from __future__ import annotations

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

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...

"""A stand-in for the pose model: recorded poses, whatever the picture shows.

So a film of a few coloured blocks gives repetitions, and two thousand films take minutes.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).resolve().parent.parent / "poses" / "step_down_front_left.npz"


@functools.cache
def recording() -> PoseRecording:
    """The poses that are given."""
    return PoseRecording.load(POSES)


class StandIn:
    """Gives the recorded pose nearest in time, moved into the picture; begins anew at the end."""

    def __init__(self, model_path: Path | None = None, *, subject: str = "auto") -> None:
        del model_path, subject

    @property
    def model(self) -> ModelInfo:
        """What the session record names."""
        return ModelInfo("stand-in", "0" * 64)

    def begin(self, frame: Frame) -> None:
        """Nothing to start."""

    def estimate(self, frame: Frame) -> PoseSample:
        """Give a pose whatever is in the picture."""
        samples = recording().samples
        step_s = samples[-1].t_s / (len(samples) - 1)
        sample = samples[int(frame.t_s / step_s + 0.5) % len(samples)]
        height, width = frame.image.shape[:2]
        scale = min(width / sample.frame_size_px[0], height / sample.frame_size_px[1])
        return replace(
            sample,
            t_s=frame.t_s,
            keypoints_px=sample.keypoints_px * scale,
            frame_size_px=(width, height),
        )

    peek = estimate

    def close(self) -> None:
        """Nothing to free."""

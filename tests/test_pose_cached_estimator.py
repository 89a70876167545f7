"""No frame is estimated twice, and none is skipped."""

from __future__ import annotations

import numpy as np

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.cached_estimator import CachedEstimator
from formcheck.pose.estimator import ModelInfo


class CountingEstimator:
    model = ModelInfo("counting", "0" * 64)

    def __init__(self) -> None:
        self.estimated: list[int] = []
        self.begun: list[int] = []

    def begin(self, frame: Frame) -> None:
        self.begun.append(frame.index)

    def peek(self, frame: Frame) -> PoseSample:
        raise AssertionError(f"frame {frame.index} is known")

    def estimate(self, frame: Frame) -> PoseSample:
        self.estimated.append(frame.index)
        return PoseSample.nobody(frame.t_s, (4, 4))

    def close(self) -> None:
        self.estimated.append(-1)


def test_known_poses_come_first_then_the_estimator_continues() -> None:
    frames = [Frame(i, i / 30, np.zeros((4, 4, 3), np.uint8)) for i in range(5)]
    inner = CountingEstimator()
    known = [inner.estimate(frame) for frame in frames[:3]]
    cached = CachedEstimator(inner, dict(enumerate(known)))
    assert cached.peek(frames[1]) is known[1]
    for frame in frames:
        cached.begin(frame)
    assert inner.begun == [3, 4]
    given = [cached.estimate(frame) for frame in frames]
    assert given[:3] == known
    assert inner.estimated == [0, 1, 2, 3, 4]
    assert cached.model == inner.model
    cached.close()
    assert inner.estimated[-1] == -1

"""No frame is estimated twice, and none is left out."""

from __future__ import annotations

import numpy as np

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.cached_estimator import CachedEstimator
from formcheck.pose.estimator import ModelInfo


class Counting:
    model = ModelInfo("counting", "0" * 64)

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.begun: list[int] = []

    def begin(self, frame: Frame) -> None:
        self.begun.append(frame.index)

    def estimate(self, frame: Frame) -> PoseSample:
        self.asked.append(frame.index)
        return PoseSample.nobody(frame.t_s, (4, 4))

    def close(self) -> None:
        self.asked.append(-1)


def test_known_poses_come_first_then_the_estimator_goes_on() -> None:
    frames = [Frame(i, i / 30, np.zeros((4, 4, 3), np.uint8)) for i in range(5)]
    inner = Counting()
    known = [inner.estimate(frame) for frame in frames[:3]]
    resumed = CachedEstimator(inner, known)
    for frame in frames:
        resumed.begin(frame)
    assert inner.begun == [3, 4]
    given = [resumed.estimate(frame) for frame in frames]
    assert given[:3] == known
    assert inner.asked == [0, 1, 2, 3, 4]
    assert resumed.model == inner.model
    resumed.close()
    assert inner.asked[-1] == -1

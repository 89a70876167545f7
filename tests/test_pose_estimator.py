"""When the work on a frame is begun."""

from __future__ import annotations

import numpy as np

from formcheck.pose.estimator import EstimatedFrames, ModelInfo
from formcheck.pose.keypoints import PoseSample
from formcheck.sources.base import Frame

PICTURE = np.zeros((4, 4, 3), np.uint8)


class Noting:
    """Notes what it is asked for; done with a frame at the third time of asking."""

    model = ModelInfo("noting", "0" * 64)

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.asked = 0

    def begin(self, frame: Frame) -> None:
        self.notes.append(f"begin {frame.index}")

    def done(self, frame: Frame, within_s: float) -> bool:  # noqa: ARG002
        self.asked += 1
        return self.asked >= 3

    def estimate(self, frame: Frame) -> PoseSample:
        self.notes.append(f"estimate {frame.index}")
        return PoseSample.nobody(frame.t_s, (4, 4), 0)

    def close(self) -> None:
        pass


def three() -> list[Frame]:
    return [Frame(index, index / 30, PICTURE) for index in range(3)]


def test_what_is_there_is_begun_before_the_one_before_it_is_estimated() -> None:
    estimator = Noting()
    given = [frame.index for frame, _ in EstimatedFrames(three(), estimator, lambda: True)]
    assert given == [0, 1, 2]
    assert estimator.notes == [
        *("begin 0", "begin 1", "estimate 0"),
        *("begin 2", "estimate 1", "estimate 2"),
    ]


def test_a_frame_that_comes_while_one_is_worked_on_is_begun_at_once() -> None:
    estimator = Noting()
    frames = EstimatedFrames(three(), estimator, lambda: estimator.asked == 2)
    next(iter(frames))
    assert estimator.notes == ["begin 0", "begin 1", "estimate 0"]


def test_a_frame_that_comes_while_one_is_drawn_is_begun_when_told_to_look() -> None:
    estimator = Noting()
    there = False
    frames = EstimatedFrames(three(), estimator, lambda: there)
    taken = iter(frames)
    next(taken)
    frames.begin_next()
    assert estimator.notes == ["begin 0", "estimate 0"]
    there = True
    frames.begin_next()
    frames.begin_next()  # one ahead is enough
    assert estimator.notes == ["begin 0", "estimate 0", "begin 1"]
    frame, _ = next(taken)
    assert frame.index == 1

"""When work on a frame starts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import EstimatedFrames, ModelInfo

IMAGE = np.zeros((4, 4, 3), np.uint8)
TIMEOUT_S = 10.0


class RecordingEstimator:
    """Records the calls it receives."""

    model = ModelInfo("recording", "0" * 64)

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.begun = threading.Event()
        self.before_estimating: dict[int, threading.Event] = {}

    def begin(self, frame: Frame) -> None:
        self.calls.append(f"begin {frame.index}")
        if frame.index == 1:
            self.begun.set()

    def estimate(self, frame: Frame) -> PoseSample:
        if frame.index in self.before_estimating:
            assert self.before_estimating[frame.index].wait(TIMEOUT_S)
        self.calls.append(f"estimate {frame.index}")
        return PoseSample.nobody(frame.t_s, (4, 4), 0)

    def close(self) -> None:
        pass


def three_frames() -> list[Frame]:
    return [Frame(index, index / 30, IMAGE) for index in range(3)]


def test_an_available_frame_is_begun_before_the_previous_one_is_estimated() -> None:
    estimator = RecordingEstimator()
    indices = [frame.index for frame, _ in EstimatedFrames(three_frames(), estimator, lambda: True)]
    assert indices == [0, 1, 2]
    assert estimator.calls == [
        *("begin 0", "begin 1", "estimate 0"),
        *("begin 2", "estimate 1", "estimate 2"),
    ]


def test_a_frame_that_arrives_during_estimation_is_begun_at_once() -> None:
    estimator = RecordingEstimator()
    estimator.before_estimating[0] = estimator.begun
    ready = iter([False, False])
    frames = iter(EstimatedFrames(three_frames(), estimator, lambda: next(ready, True)))
    next(frames)
    assert estimator.calls == ["begin 0", "begin 1", "estimate 0"]
    frames.close()


def test_exactly_one_frame_is_begun_while_the_consumer_is_busy() -> None:
    estimator = RecordingEstimator()
    available = threading.Event()
    frames = iter(EstimatedFrames(three_frames(), estimator, available.is_set))
    next(frames)
    assert estimator.calls == ["begin 0", "estimate 0"]
    available.set()
    assert estimator.begun.wait(TIMEOUT_S)
    frames.close()  # ends the polling thread: nothing more can be begun after this
    assert estimator.calls == ["begin 0", "estimate 0", "begin 1"]


def test_as_many_frames_are_begun_ahead_as_asked_for() -> None:
    estimator = RecordingEstimator()
    frames = EstimatedFrames(three_frames(), estimator, lambda: True, ahead=2)
    assert [frame.index for frame, _ in frames] == [0, 1, 2]
    assert estimator.calls[:4] == ["begin 0", "begin 1", "begin 2", "estimate 0"]


def test_an_error_of_the_source_comes_after_the_frames_before_it() -> None:
    def two_frames_then_error() -> Iterator[Frame]:
        yield from three_frames()[:2]
        raise OSError("the disk failed")

    estimator = RecordingEstimator()
    frames = iter(EstimatedFrames(two_frames_then_error(), estimator, lambda: True, ahead=3))
    assert [next(frames)[0].index for _ in range(2)] == [0, 1]
    with pytest.raises(OSError, match="the disk failed"):
        next(frames)


def test_an_error_of_the_source_is_raised_at_the_next_frame() -> None:
    failed = threading.Event()

    def one_frame_then_error() -> Iterator[Frame]:
        yield three_frames()[0]
        failed.set()
        raise OSError("the camera failed")

    available = threading.Event()
    frames = iter(EstimatedFrames(one_frame_then_error(), RecordingEstimator(), available.is_set))
    next(frames)
    available.set()
    assert failed.wait(TIMEOUT_S)
    with pytest.raises(OSError, match="the camera failed"):
        next(frames)


def test_only_the_consuming_thread_waits_for_a_frame() -> None:
    threads: list[threading.Thread] = []

    def slow() -> Iterator[Frame]:
        for frame in three_frames():
            threads.append(threading.current_thread())
            yield frame

    assert len(list(EstimatedFrames(slow(), RecordingEstimator(), lambda: False))) == 3
    assert set(threads) == {threading.main_thread()}


def test_leaving_the_loop_early_ends_the_thread() -> None:
    frames = iter(EstimatedFrames(three_frames(), RecordingEstimator(), lambda: False))
    next(frames)
    assert any(thread.name == "formcheck-next" for thread in threading.enumerate())
    frames.close()
    assert not any(thread.name == "formcheck-next" for thread in threading.enumerate())

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

    def peek(self, frame: Frame) -> PoseSample:
        self.calls.append(f"peek {frame.index}")
        return PoseSample.nobody(frame.t_s, (4, 4), 0)

    def estimate(self, frame: Frame) -> PoseSample:
        if frame.index in self.before_estimating:
            assert self.before_estimating[frame.index].wait(TIMEOUT_S)
        self.calls.append(f"estimate {frame.index}")
        return PoseSample.nobody(frame.t_s, (4, 4), 0)

    def close(self) -> None:
        pass


class Scripted:
    """Looks at every third frame at rest; ``moves_at`` is the look that shows a movement."""

    most_waiting = 5
    slow = False

    def __init__(self, moves_at: int) -> None:
        self.moves_at = moves_at
        self.full = False
        self.last = -3
        self.told: list[int] = []

    def note_delay(self, t_s: float, waited_s: float) -> None:
        pass

    def is_full(self, t_s: float) -> bool:  # noqa: ARG002
        return self.full

    def is_due(self, t_s: float) -> bool:  # noqa: ARG002
        return True

    is_due_to_wait = is_due

    def is_due_at_rest(self, t_s: float) -> bool:
        return round(30 * t_s) - self.last >= 3

    def note_waiting(self, t_s: float) -> None:
        pass

    def note_look(self, t_s: float) -> None:
        self.last = round(30 * t_s)

    def check_for_movement(self, sample: PoseSample) -> bool:
        return round(30 * sample.t_s) == self.moves_at

    def update(self, sample: PoseSample) -> None:
        self.told.append(round(30 * sample.t_s))
        self.full = self.full or self.told[-1] == self.moves_at


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


@pytest.mark.parametrize("ahead", [1, 4])
def test_what_waits_at_rest_is_looked_at_in_order_when_somebody_moves(ahead: int) -> None:
    estimator, rule = RecordingEstimator(), Scripted(moves_at=3)
    film = [Frame(index, index / 30, IMAGE) for index in range(10)]
    given = [
        (frame.index, sample is not None)
        for frame, sample in EstimatedFrames(film, estimator, lambda: True, ahead, rule)
    ]
    assert [index for index, _ in given][:5] == [0, 1, 2, 3, 0], "judged when the next is begun"
    assert [index for index, looked in given if not looked] == [0, 1, 2, 3, 4, 5, 6]
    assert [index for index, looked in given if looked] == [0, *range(1, 10)]
    assert rule.told == list(range(10))
    begun = [call for call in estimator.calls if call.startswith("begin")]
    assert begun == [f"begin {n}" for n in (0, 3, 6, 1, 2, 4, 5, 7, 8, 9)]


def test_only_so_many_wait_at_rest() -> None:
    estimator, rule = RecordingEstimator(), Scripted(moves_at=15)
    film = [Frame(index, index / 30, IMAGE) for index in range(20)]
    list(EstimatedFrames(film, estimator, lambda: True, 1, rule))
    assert rule.told == [0, 3, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]


def test_what_is_held_at_the_end_of_the_source_is_given() -> None:
    estimator, rule = RecordingEstimator(), Scripted(moves_at=99)
    film = [Frame(index, index / 30, IMAGE) for index in range(8)]
    list(EstimatedFrames(film, estimator, lambda: True, 1, rule))
    assert rule.told == [0, 3, 6]


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

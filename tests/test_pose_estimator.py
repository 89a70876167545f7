"""When the work on a frame is begun."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample
from formcheck.pose.estimator import EstimatedFrames, ModelInfo

PICTURE = np.zeros((4, 4, 3), np.uint8)
SOON_S = 10.0


class Noting:
    """Notes what it is asked for."""

    model = ModelInfo("noting", "0" * 64)

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.begun = threading.Event()
        self.before_estimating: dict[int, threading.Event] = {}

    def begin(self, frame: Frame) -> None:
        self.notes.append(f"begin {frame.index}")
        if frame.index == 1:
            self.begun.set()

    def estimate(self, frame: Frame) -> PoseSample:
        if frame.index in self.before_estimating:
            assert self.before_estimating[frame.index].wait(SOON_S)
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


def test_a_frame_that_comes_while_one_is_estimated_is_begun_at_once() -> None:
    estimator = Noting()
    estimator.before_estimating[0] = estimator.begun
    looks = iter([False, False])
    frames = iter(EstimatedFrames(three(), estimator, lambda: next(looks, True)))
    next(frames)
    assert estimator.notes == ["begin 0", "begin 1", "estimate 0"]
    frames.close()


def test_a_frame_that_comes_while_one_is_drawn_is_begun_at_once_and_none_after_it() -> None:
    estimator = Noting()
    there = threading.Event()
    frames = iter(EstimatedFrames(three(), estimator, there.is_set))
    next(frames)
    assert estimator.notes == ["begin 0", "estimate 0"]
    there.set()
    assert estimator.begun.wait(SOON_S)
    frames.close()  # ends the look-out: what it had begun until then is all that it would have
    assert estimator.notes == ["begin 0", "estimate 0", "begin 1"]


def test_what_goes_wrong_while_one_is_drawn_is_raised_when_the_next_is_taken() -> None:
    failed = threading.Event()

    def one_and_a_fault() -> Iterator[Frame]:
        yield three()[0]
        failed.set()
        raise OSError("the camera burns")

    there = threading.Event()
    frames = iter(EstimatedFrames(one_and_a_fault(), Noting(), there.is_set))
    next(frames)
    there.set()
    assert failed.wait(SOON_S)
    with pytest.raises(OSError, match="the camera burns"):
        next(frames)


def test_only_who_takes_the_frames_waits_for_one() -> None:
    waited: list[threading.Thread] = []

    def slow() -> Iterator[Frame]:
        for frame in three():
            waited.append(threading.current_thread())
            yield frame

    assert len(list(EstimatedFrames(slow(), Noting(), lambda: False))) == 3
    assert set(waited) == {threading.main_thread()}


def test_a_loop_that_is_left_leaves_no_thread_behind() -> None:
    frames = iter(EstimatedFrames(three(), Noting(), lambda: False))
    next(frames)
    assert any(thread.name == "formcheck-next" for thread in threading.enumerate())
    frames.close()
    assert not any(thread.name == "formcheck-next" for thread in threading.enumerate())

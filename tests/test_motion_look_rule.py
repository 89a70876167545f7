"""Which frames the pose model looks at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from formcheck.data.frame import Frame
from formcheck.data.keypoints import SIDES, PoseSample, keypoint
from formcheck.motion.look_rule import FULL_HZ, REST_HZ, LookRule
from formcheck.motion.loop import frames_with_poses
from formcheck.motion.pace import BEHIND_S
from formcheck.pose.estimator import EstimatedFrames, ModelInfo
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
LEG_PX = 200.0
NOISE = 0.002
"""Of the hips at rest, in leg lengths: on clips a look differs from those before by 0.0017 in the
median, which is this."""


def sample_at(t_s: float, drop: float, there: bool = True) -> PoseSample:
    """Somebody whose hips are ``drop`` leg lengths down; feet planted."""
    nobody = PoseSample.nobody(t_s, (400, 600))
    if not there:
        return nobody
    points = nobody.keypoints_px.copy()
    for side, x in zip(SIDES, (180.0, 220.0), strict=True):
        for joint, y in (("shoulder", 150.0), ("hip", 300.0), ("knee", 400.0), ("ankle", 500.0)):
            points[keypoint(side, joint)] = x, y
        points[keypoint(side, "hip")] += 0.0, LEG_PX * drop
    return PoseSample(t_s, points, np.ones(19), nobody.world_m, (400, 600))


class Person:
    """Gives the pose of somebody whose hips follow a course, with noise."""

    model = ModelInfo("scripted", "0" * 64)

    def __init__(self, at_s: Sequence[float], drops: Sequence[float], *, there: bool = True):
        self._course = at_s, drops
        self._there = there

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        noise = NOISE * np.random.default_rng(round(1e4 * frame.t_s)).normal()
        drop = float(np.interp(frame.t_s, *self._course))
        return sample_at(frame.t_s, drop + noise, self._there)

    peek = estimate

    def close(self) -> None:
        pass


class SlowComputer(Person):
    """Takes so long for each look, on a clock of its own that goes on with what is done.

    A look aside is done when the clock has come so far; any other holds up all else.
    """

    def __init__(self, look_s: float, at_s: Sequence[float], drops: Sequence[float]) -> None:
        super().__init__(at_s, drops)
        self._look_s = look_s
        self._now_s = 0.0
        self._done_s: dict[int, float] = {}
        self._aside: set[int] = set()
        self._changed = threading.Condition()
        self._main = threading.current_thread()
        self._next_due_s = 0.0
        self.waited_s: list[float] = []

    def begin(self, frame: Frame) -> None:
        self._done_s[frame.index] = self._now_s + self._look_s

    def peek(self, frame: Frame) -> PoseSample:
        self.go_on_to(self._done_s[frame.index])
        return super().estimate(frame)

    def estimate(self, frame: Frame) -> PoseSample:
        done_s = self._done_s[frame.index]
        if threading.current_thread() is self._main:
            self.go_on_to(done_s)
            return super().estimate(frame)
        with self._changed:
            self._aside.add(frame.index)
            # Nothing else moves the clock while all wait for this look.
            self._changed.wait_for(lambda: self._now_s >= done_s, timeout=0.2)
            self._now_s = max(self._now_s, done_s)
            self._aside.remove(frame.index)
            self._changed.notify_all()
        return super().estimate(frame)

    def go_on_to(self, t_s: float) -> None:
        """Set the clock; a look aside that is done by then is handed over first."""
        time.sleep(0.001)
        with self._changed:
            self._now_s = max(self._now_s, t_s)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not any(map(self._is_done, self._aside)), 10.0)
        time.sleep(0.001)

    def _is_done(self, index: int) -> bool:
        return self._done_s[index] <= self._now_s

    def late_s(self) -> float:
        return max(0.0, self._now_s - self._next_due_s)

    def camera(self, rate_hz: float, lasts_s: float) -> Iterator[Frame]:
        for frame in film(rate_hz, lasts_s):
            self._next_due_s = frame.t_s
            self.waited_s.append(self.late_s())
            self.go_on_to(frame.t_s)
            self._next_due_s = (frame.index + 1) / rate_hz
            yield frame


def film(rate_hz: float, lasts_s: float) -> Iterator[Frame]:
    image = np.zeros((4, 4, 3), np.uint8)
    for index in range(round(rate_hz * lasts_s)):
        yield Frame(index, index / rate_hz, image)


def looks(frames: Iterator[Frame], person: Person, ahead: int = 1) -> list[float]:
    """Times of the looks."""
    found = EstimatedFrames(frames, person, lambda: True, ahead, LookRule())
    return [sample.t_s for sample in found.samples()]


def rate_hz(times_s: Sequence[float], from_s: float, to_s: float) -> float:
    return sum(from_s <= t_s < to_s for t_s in times_s) / (to_s - from_s)


SQUAT_S = [0.0, 4.0, 5.5, 6.0, 7.5, 30.0]
SQUAT = [0.0, 0.0, 0.3, 0.3, 0.0, 0.0]


@pytest.mark.parametrize("film_hz", [24, 25, 30, 50, 60, 120, 240])
def test_often_in_a_movement_and_seldom_at_rest(film_hz: int) -> None:
    times = looks(film(film_hz, 30.0), Person(SQUAT_S, SQUAT))
    assert rate_hz(times, 4.2, 6.0) == pytest.approx(min(film_hz, FULL_HZ), rel=0.04)
    assert rate_hz(times, 10.0, 30.0) == pytest.approx(REST_HZ, rel=0.2)


@pytest.mark.parametrize("film_hz", [30, 60])
def test_the_frames_just_before_a_movement_are_looked_at(film_hz: int) -> None:
    times = np.array(looks(film(film_hz, 8.0), Person(SQUAT_S, SQUAT)))
    steps_s = np.diff(times[(times > 4.08) & (times < 7.5)])
    assert steps_s.max() < 2.5 / FULL_HZ
    before_s = times[(times > 3.7) & (times < 4.05)]
    assert np.diff(before_s).max() < 0.9 / REST_HZ, "more than at rest, before there is a sign"


def test_the_looks_do_not_depend_on_how_far_ahead_frames_are_begun() -> None:
    one, four = (looks(film(60, 14.0), Person(SQUAT_S, SQUAT), ahead) for ahead in (1, 4))
    assert one == four


def test_the_looks_are_in_order_of_time() -> None:
    times = looks(film(60, 14.0), Person(SQUAT_S, SQUAT))
    assert times == sorted(set(times))


def test_the_progress_never_goes_back_for_frames_that_waited() -> None:
    whole = PoseRecording.load(POSES / "step_down_front_left.npz")
    told: list[tuple[float, int]] = []

    def progress(t_s: float, done: int, _expected: int | None) -> None:
        told.append((t_s, done))

    source: RecordedSource = RecordedSource(whole)
    given = [
        frame.index
        for frame, _ in frames_with_poses(source, RecordedEstimator(whole), progress, LookRule())
    ]
    assert given != sorted(given), "else no frame has waited, and nothing is shown here"
    assert [done for _, done in told] == list(range(1, len(whole.samples) + 1))
    assert [t_s for t_s, _ in told] == sorted(t_s for t_s, _ in told)


@pytest.mark.parametrize("drop", [0.06, 0.3])
def test_a_slow_way_down_keeps_the_full_rate_to_its_end(drop: float) -> None:
    down_s = 12.0
    person = Person([0.0, 4.0, 4.0 + down_s, 18.0], [0.0, 0.0, drop, drop])
    times = looks(film(30, 17.0), person)
    # The smallest that counts, 0.005 leg lengths a second, shows after a part of its way.
    seen_by_s = 4.0 + (0.6 * down_s if drop < 0.1 else 1.5)
    assert rate_hz(times, seen_by_s, 4.0 + down_s) == pytest.approx(FULL_HZ, rel=0.02)


def test_where_nobody_is_the_looks_are_few() -> None:
    times = looks(film(60, 5.0), Person([0.0], [0.0], there=False))
    assert rate_hz(times, 0.0, 5.0) == pytest.approx(REST_HZ, rel=0.1)


def test_who_walks_off_in_a_movement_is_gone_after_a_second() -> None:
    class Leaves(Person):
        def estimate(self, frame: Frame) -> PoseSample:
            return sample_at(frame.t_s, max(0.0, frame.t_s - 2.0) / 4, frame.t_s < 3.0)

        peek = estimate

    times = looks(film(30, 8.0), Leaves([], []))
    assert rate_hz(times, 2.3, 3.0) == pytest.approx(FULL_HZ, rel=0.1)
    assert rate_hz(times, 4.5, 8.0) == pytest.approx(REST_HZ, rel=0.1)


def test_recorded_repetitions_are_looked_at_in_full() -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    source: RecordedSource = RecordedSource(recording)
    estimator = RecordedEstimator(recording)
    found = EstimatedFrames(source, estimator, lambda: True, 4, LookRule())
    times = [sample.t_s for sample in found.samples()]
    assert len(times) < len(recording.samples)
    assert set(times) < {sample.t_s for sample in recording.samples}


@pytest.mark.parametrize(
    ("look_s", "expected_hz"),
    [
        pytest.param(0.020, 30.0, id="quick enough for every picture"),
        pytest.param(0.055, 15.0, id="every second picture"),
        pytest.param(0.090, 10.0, id="every third picture"),
        pytest.param(0.150, 6.0, id="every fifth picture"),
    ],
)
def test_a_slow_computer_looks_less_often_and_shows_every_picture_in_time(
    look_s: float, expected_hz: float
) -> None:
    person = SlowComputer(look_s, [0.0, 1.0, 7.0, 8.0], [0.0, 0.0, 0.5, 0.5])
    found = EstimatedFrames(
        person.camera(30, 7.0), person, lambda: False, 1, LookRule(), person.late_s
    )
    shown, looked_s = -1, []
    for frame, sample in found:
        if frame.index > shown:
            assert frame.index == shown + 1, "every picture is given, in order"
            shown = frame.index
        if sample is not None:
            looked_s.append(sample.t_s)
    assert shown == 209
    assert looked_s == sorted(set(looked_s))
    assert rate_hz(looked_s, 3.0, 7.0) == pytest.approx(expected_hz, rel=0.15)
    # One look may hold up the pictures until it is known how long looks take, at each try.
    assert max(person.waited_s) < max(BEHIND_S, look_s) + 0.05
    assert np.mean(np.array(person.waited_s) > BEHIND_S) < 0.08

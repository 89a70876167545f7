"""Recorded poses seen by a camera that stalls, is pulled out or is slow, through the one loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scripted_camera import Frames, ScriptedCamera, ScriptedSource, Stall, Step, Unplugged
from scripted_camera import number_of as index_in
from scripted_camera import numbered as picture_of

from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.data.results import FrameResult, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.loop import run
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.video.camera import Waiting

POSES = Path(__file__).parent / "poses"
NAME = "step_down_front_left"


@pytest.fixture(scope="module")
def recording() -> PoseRecording:
    return PoseRecording.load(POSES / f"{NAME}.npz")


@pytest.fixture(scope="module")
def filmed(recording: PoseRecording) -> tuple[Rep, ...]:
    analyzer = Analyzer(get_exercise("step_down"))
    run(RecordedSource(recording), RecordedEstimator(recording), analyzer, [])
    return analyzer.reps


class NumberedEstimator:
    """Gives the recorded pose whose number the picture carries, at the time it was taken."""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    @property
    def model(self) -> ModelInfo:
        return self._recording.model

    def begin(self, frame: Frame) -> None:
        pass

    def estimate(self, frame: Frame) -> PoseSample:
        sample = self._recording.samples[index_in(frame.image)]
        return dataclasses.replace(sample, t_s=frame.t_s)

    def close(self) -> None:
        pass


class Watch:
    """A sink that notes what it is told, and calls something at one frame."""

    def __init__(self, at: int = -1, call: Callable[[], None] = lambda: None) -> None:
        self.times_s: list[float] = []
        self.reps: tuple[Rep, ...] = ()
        self.aborted = False
        self._at, self._call = at, call

    def update(self, frame: Frame, result: FrameResult) -> None:
        assert result.t_s == frame.t_s
        self.times_s.append(frame.t_s)
        if frame.index == self._at:
            self._call()

    def finish(self, reps: object) -> None:
        assert isinstance(reps, tuple)
        self.reps = reps

    def abort(self) -> None:
        self.aborted = True


def lived(
    recording: PoseRecording, *script: Step, every: int = 1, stop_at: int = -1
) -> tuple[Watch, SourceInfo]:
    camera = ScriptedCamera(*script, picture=lambda i: picture_of(i * every))
    with ScriptedSource(camera) as source:
        watch = Watch(stop_at, source.stop)
        assert run(
            source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [watch]
        )
        return watch, source.info


def standing_after(rep: Rep, following: Rep) -> int:
    """Frame in the middle of the standing between two repetitions."""
    return round(30 * (rep.end_s + following.start_s) / 2)


def test_live_gives_what_the_film_gives(recording: PoseRecording, filmed: tuple[Rep, ...]) -> None:
    watch, info = lived(recording, Frames(len(recording.samples)))
    assert info.frames_dropped == 0
    assert len(watch.reps) == len(filmed) >= 3
    for live, film in zip(watch.reps, filmed, strict=True):
        assert live.stance_side == film.stance_side
        assert live.lowest_s == pytest.approx(film.lowest_s, abs=1e-6)
        assert dict(live.tempo) == pytest.approx(dict(film.tempo), abs=1e-3)
        for name, metric in film.metrics.items():
            assert live.metrics[name].not_measured == metric.not_measured
            # The film's own clock is coarser: its times are off by up to 30 microseconds.
            near = 0.1 * (metric.sem or 0)
            assert live.metrics[name].value == pytest.approx(metric.value, abs=near)


@pytest.mark.parametrize("trouble", [Stall(10), Unplugged(7)])
def test_a_break_while_standing_costs_no_repetition(
    trouble: Step, recording: PoseRecording, filmed: tuple[Rep, ...]
) -> None:
    first = standing_after(filmed[0], filmed[1])
    watch, info = lived(recording, Frames(first), trouble, Frames(600 - first))
    assert [rep.stance_side for rep in watch.reps] == [rep.stance_side for rep in filmed]
    assert (np.diff(watch.times_s) > 0).all()
    assert watch.reps[-1].end_s > filmed[-1].end_s + 7
    assert len(info.warnings) == 1
    for live, film in zip(watch.reps, filmed, strict=True):
        for name, metric in film.metrics.items():
            assert live.metrics[name].value == pytest.approx(metric.value, abs=metric.sem)


def test_a_camera_pulled_in_a_repetition_costs_that_one_only(
    recording: PoseRecording, filmed: tuple[Rep, ...]
) -> None:
    bottom = round(30 * filmed[1].lowest_s)
    after = standing_after(filmed[1], filmed[2])
    camera = ScriptedCamera(
        Frames(bottom),
        Unplugged(7),
        Frames(600 - after),
        picture=lambda i: picture_of(i if i < bottom else i - bottom + after),
    )
    watch = Watch()
    with ScriptedSource(camera) as source:
        run(source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [watch])
    whole = [rep for rep in watch.reps if not rep.notes]
    assert len(whole) == len(filmed) - 1


def test_five_frames_a_second_still_count(
    recording: PoseRecording, filmed: tuple[Rep, ...]
) -> None:
    watch, info = lived(recording, Frames(100, 5.0), every=6)
    assert info.frame_rate_hz == pytest.approx(5, rel=0.02)
    assert [rep.stance_side for rep in watch.reps] == [rep.stance_side for rep in filmed]


def test_a_sink_can_stop_the_session_and_what_was_measured_is_wrapped_up(
    recording: PoseRecording, filmed: tuple[Rep, ...]
) -> None:
    watch, info = lived(recording, Frames(600), stop_at=standing_after(filmed[0], filmed[1]))
    assert len(watch.reps) == 1
    assert not watch.aborted
    assert info.frames == len(watch.times_s)


def test_an_interrupt_while_the_camera_is_gone_keeps_the_repetitions(
    recording: PoseRecording, filmed: tuple[Rep, ...]
) -> None:
    def interrupt(waiting: Waiting) -> None:
        if waiting.reason == "lost":
            raise KeyboardInterrupt

    camera = ScriptedCamera(Frames(standing_after(filmed[1], filmed[2])), Unplugged(1e6))
    watch = Watch()
    with ScriptedSource(camera, on_wait=interrupt) as source:
        assert not run(
            source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [watch]
        )
    assert len(watch.reps) == 2

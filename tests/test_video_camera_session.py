"""Recorded poses through the live loop, with a camera that stalls, disconnects or is slow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scripted_camera import (
    Frames,
    ScriptedCamera,
    ScriptedSource,
    Stall,
    Step,
    Unplugged,
    number_of,
)
from scripted_camera import numbered as numbered_image

from formcheck.data.frame import Frame, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import TOP, Rep
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.loop import run
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource
from formcheck.video.camera import Waiting

POSES = Path(__file__).parent / "poses"
NAME = "step_down_front_left"


@pytest.fixture(scope="module")
def recording() -> PoseRecording:
    return PoseRecording.load(POSES / f"{NAME}.npz")


@pytest.fixture(scope="module")
def film_reps(recording: PoseRecording) -> tuple[Rep, ...]:
    analyzer = Analyzer(get_exercise("step_down"))
    run(RecordedSource(recording), RecordedEstimator(recording), analyzer, [])
    return analyzer.reps


class NumberedEstimator(RecordedEstimator):
    """Returns the recorded pose whose number the image contains, at the capture time."""

    def estimate(self, frame: Frame) -> PoseSample:
        sample = self._recording.samples[number_of(frame.image)]
        return dataclasses.replace(sample, t_s=frame.t_s)


class RecordingSink:
    """A sink that records its calls, and calls a function at one frame."""

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


def run_live(
    recording: PoseRecording, *script: Step, every: int = 1, stop_at: int = -1
) -> tuple[RecordingSink, SourceInfo]:
    camera = ScriptedCamera(*script, picture=lambda i: numbered_image(i * every))
    with ScriptedSource(camera) as source:
        sink = RecordingSink(stop_at, source.stop)
        assert run(
            source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [sink]
        )
        return sink, source.info


def standing_after(rep: Rep, following: Rep) -> int:
    """Frame in the middle of the standing between two repetitions."""
    return round(30 * (rep.end_s + following.start_s) / 2)


def test_live_gives_the_same_results_as_the_film(
    recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    sink, info = run_live(recording, Frames(len(recording.samples)))
    assert info.frames_dropped == 0
    assert len(sink.reps) == len(film_reps) >= 3
    for live, film in zip(sink.reps, film_reps, strict=True):
        assert live.stance_side == film.stance_side
        assert live.lowest_s == pytest.approx(film.lowest_s, abs=1e-6)
        for name, filmed in film.measurements.items():
            seen = live.measurements[name]
            assert seen.not_measured == filmed.not_measured
            # The film's times are rounded: they are off by up to 30 microseconds.
            near = max(1e-3, 0.1 * (filmed.sem or 0))
            assert seen.value == pytest.approx(filmed.value, abs=near)
            assert seen.grade == filmed.grade


@pytest.mark.parametrize("interruption", [Stall(10), Unplugged(7)])
def test_an_interruption_while_standing_loses_no_repetition(
    interruption: Step, recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    first = standing_after(film_reps[0], film_reps[1])
    sink, info = run_live(recording, Frames(first), interruption, Frames(600 - first))
    assert [rep.stance_side for rep in sink.reps] == [rep.stance_side for rep in film_reps]
    assert (np.diff(sink.times_s) > 0).all()
    assert sink.reps[-1].end_s > film_reps[-1].end_s + 7
    assert len(info.warnings) == 1
    for live, film in zip(sink.reps, film_reps, strict=True):
        for name, filmed in film.measurements.items():
            if name != TOP:  # the person stood for longer
                assert live.measurements[name].value == pytest.approx(filmed.value, abs=filmed.sem)


def test_a_camera_disconnected_in_a_repetition_loses_only_that_one(
    recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    bottom = round(30 * film_reps[1].lowest_s)
    after = standing_after(film_reps[1], film_reps[2])
    camera = ScriptedCamera(
        Frames(bottom),
        Unplugged(7),
        Frames(600 - after),
        picture=lambda i: numbered_image(i if i < bottom else i - bottom + after),
    )
    sink = RecordingSink()
    with ScriptedSource(camera) as source:
        run(source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [sink])
    whole = [rep for rep in sink.reps if not rep.notes]
    assert len(whole) == len(film_reps) - 1


def test_repetitions_are_counted_at_five_frames_a_second(
    recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    sink, info = run_live(recording, Frames(100, 5.0), every=6)
    assert info.frame_rate_hz == pytest.approx(5, rel=0.02)
    assert [rep.stance_side for rep in sink.reps] == [rep.stance_side for rep in film_reps]


def test_a_sink_can_stop_the_session_and_the_results_are_completed(
    recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    sink, info = run_live(
        recording, Frames(600), stop_at=standing_after(film_reps[0], film_reps[1])
    )
    assert len(sink.reps) == 1
    assert not sink.aborted
    assert info.frames == len(sink.times_s)


def test_an_interrupt_while_the_camera_is_disconnected_keeps_the_repetitions(
    recording: PoseRecording, film_reps: tuple[Rep, ...]
) -> None:
    def interrupt(waiting: Waiting) -> None:
        if waiting.reason == "lost":
            raise KeyboardInterrupt

    camera = ScriptedCamera(Frames(standing_after(film_reps[1], film_reps[2])), Unplugged(1e6))
    sink = RecordingSink()
    with ScriptedSource(camera, on_wait=interrupt) as source:
        assert not run(
            source, NumberedEstimator(recording), Analyzer(get_exercise("step_down")), [sink]
        )
    assert len(sink.reps) == 2

"""A set gives the same repetitions and the same numbers live as filmed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips.films import beginning
from live_sessions import POSES, PosesAsCamera, options, play, recording
from msgspec import structs

from formcheck import analyze
from formcheck.app.live import run_live
from formcheck.data.declare import rounded
from formcheck.data.frame import Frame
from formcheck.data.session import Rep, Session
from formcheck.exercises import get_exercise
from formcheck.motion import assemble
from formcheck.motion.analyzers import analyzer_of
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.look_rule import FULL_HZ, LookRule
from formcheck.motion.loop import run
from formcheck.motion.pace import SLOW_HZ
from formcheck.pose.estimator import EveryFrame, WhenToLook
from formcheck.pose.recorded import (
    PoseRecording,
    RecordedEstimator,
    RecordedSource,
    round_sample,
)
from formcheck.screen.annotated_film import PoseTrack
from formcheck.store.poses_file import read_poses
from formcheck.store.session_file import load

NAMES = sorted(path.stem for path in POSES.glob("*.npz"))


def exercise_of(name: str) -> str:
    truth = json.loads((POSES / f"{name}.json").read_text())
    return str(truth["exercise"])


def numbers(session: Session) -> list[Rep]:
    """All of the repetitions but their set and picture: a film knows no sets."""
    return [structs.replace(rep, set_index=1, still=None) for rep in session.reps]


def filmed(recorded: PoseRecording, exercise: str, rule: WhenToLook) -> Session:
    """Measure recorded poses as those of a film."""
    analyzer = analyzer_of(get_exercise(exercise))
    assert run(RecordedSource(recorded), RecordedEstimator(recorded), analyzer, [], rule=rule)
    columns = FrameColumns(analyzer.exercise).columns
    return rounded(
        assemble.session(recorded.info, recorded.model, analyzer, columns, created="", version="")
    )


@pytest.mark.parametrize("name", NAMES)
def test_recorded_poses_give_the_same_live_as_filmed(name: str, tmp_path: Path) -> None:
    exercise = exercise_of(name)
    film = filmed(recording(name), exercise, LookRule())
    outcome = play(recording(name), tmp_path / "live", exercise=exercise)
    assert outcome.session.reps, "there is something to compare"
    assert numbers(outcome.session) == numbers(film)
    assert outcome.session.view == film.view
    assert load(tmp_path / "live") == outcome.session, "and so is the record on the disk"


def test_flights_of_stairs_are_the_same_live_as_filmed(tmp_path: Path) -> None:
    recorded = PoseRecording.load(POSES / "stairs" / "up_and_down.fcp")
    film = filmed(recorded, "stairs", LookRule())
    live = play(recorded, tmp_path / "live", exercise="stairs").session
    assert [flight.part for flight in live.reps] == ["up", "down"]
    assert numbers(live) == numbers(film)


def at_times(recorded: PoseRecording, times_s: Sequence[float]) -> PoseRecording:
    """The same movement, seen at other times."""
    track = PoseTrack(recorded.samples)
    samples = (replace(round_sample(track.at(t_s)), looked_at=True) for t_s in times_s)
    return replace(recorded, samples=tuple(samples))


def variable_times(until_s: float) -> list[float]:
    steps_s = np.random.default_rng(7).choice([1 / 60, 1 / 30, 1 / 24, 1 / 15], size=2000)
    times_s = np.cumsum(steps_s)
    return [float(t_s) for t_s in times_s[times_s < until_s]]


@pytest.mark.parametrize("rate_hz", [24, 30, 60, None])
def test_film_and_camera_look_at_the_same_frames_at_any_rate(
    rate_hz: int | None, tmp_path: Path
) -> None:
    whole = recording("step_down_front_right")
    until_s = whole.samples[-1].t_s
    even = [] if rate_hz is None else [n / rate_hz for n in range(int(until_s * rate_hz))]
    recorded = at_times(whole, even or variable_times(until_s))
    film = filmed(recorded, "step_down", LookRule())
    live = play(recorded, tmp_path / "live").session
    assert numbers(live) == numbers(film)
    looked_s = np.array(live.series["t_s"])
    assert len(looked_s) < len(recorded.samples)
    assert len(looked_s) <= 1.02 * FULL_HZ * until_s
    before = filmed(whole, "step_down", LookRule())
    assert [rep.stance_side for rep in film.reps] == [rep.stance_side for rep in before.reps]


class LateCamera(PosesAsCamera):
    """A camera whose pictures have to wait during a stretch, as on a computer that is slow then."""

    def __init__(self, recorded: PoseRecording, from_s: float, until_s: float) -> None:
        super().__init__(recorded, self._wait)
        self._times_s = [sample.t_s for sample in recorded.samples]
        self._from_s, self._until_s = from_s, until_s

    def _wait(self, frame: Frame) -> None:
        if self._from_s <= frame.t_s < self._until_s:
            time.sleep(0.003)  # a look aside takes a moment

    @property
    def late_s(self) -> float:
        next_s = self._times_s[min(self._given, len(self._times_s) - 1)]
        return 0.08 if self._from_s <= next_s < self._until_s else 0.0


class TheseLooks(EveryFrame):
    """Looks at these times and no others."""

    def __init__(self, times_s: Sequence[float]) -> None:
        self._times_s = set(times_s)

    def is_due(self, t_s: float) -> bool:
        return t_s in self._times_s


def test_a_film_looked_at_when_a_slow_computer_did_gives_the_same(tmp_path: Path) -> None:
    recorded = recording("step_down_front_left")
    slow_s = 6.0, 16.0
    camera = LateCamera(recorded, *slow_s)
    live = run_live(
        options(),
        tmp_path / "live",
        open_source=lambda _: camera,
        estimator=RecordedEstimator(recorded),
    ).session
    kept_s = [pose.t_s for pose in read_poses(tmp_path / "live" / "poses.fcp")]
    assert np.round(live.series["t_s"], 3) == pytest.approx(np.round(kept_s, 3))
    steps_s = np.diff([t_s for t_s in kept_s if slow_s[0] < t_s < slow_s[1]])
    assert np.median(steps_s) == pytest.approx(1 / SLOW_HZ, rel=0.05)
    whole = filmed(recorded, "step_down", LookRule())
    assert [rep.stance_side for rep in live.reps] == [rep.stance_side for rep in whole.reps]
    assert numbers(live) != numbers(whole), "else the slow stretch would prove nothing"
    near = [sample.t_s for sample in recorded.samples]
    looked_s = [near[int(np.abs(np.array(near) - t_s).argmin())] for t_s in kept_s]
    again = filmed(recorded, "step_down", TheseLooks(looked_s))
    assert numbers(live) == numbers(again)
    assert [note.kind for note in live.notes].count("slow_computer") == 1


@pytest.mark.slow
def test_a_film_played_as_a_camera_gives_what_analyzing_it_gives(
    sample_videos: Path, tmp_path: Path
) -> None:
    name = "step_down_front_left.mp4"
    film = beginning(sample_videos / name, 11.7, tmp_path / name)
    film_session = analyze(film, exercise="step_down", out=tmp_path / "filmed", video_out=False)
    how = replace(options(), camera=str(film), lossless=True, paced=False)
    live = run_live(how, tmp_path / "live").session
    assert len(film_session.reps) == 2
    assert numbers(live) == numbers(film_session)
    assert live.view == film_session.view
    assert live.series["t_s"] == film_session.series["t_s"]
    assert live.series["depth"] == film_session.series["depth"]

"""A set gives the same repetitions and the same numbers live as filmed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from films import beginning
from live_sessions import ENDLESS, POSES, options, play, recording

from formcheck.app._before import reps_of
from formcheck.app.analyze import analyze_video
from formcheck.app.live import run_live
from formcheck.data.results import Rep, SessionResult
from formcheck.exercises import get_exercise
from formcheck.motion._bridge import view_as_before
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.loop import run
from formcheck.pose.recorded import RecordedEstimator, RecordedSource
from formcheck.store.record import load, to_json

NAMES = sorted(path.stem for path in POSES.glob("*.npz"))


def exercise_of(name: str) -> str:
    truth = json.loads((POSES / f"{name}.json").read_text())
    return str(truth["exercise"])


def numbers(session: SessionResult, reps: tuple[Rep, ...]) -> list[dict[str, Any]]:
    """All of the repetitions but their set: a film knows no sets."""
    plain = to_json(replace(session, reps=tuple(replace(rep, set_index=1) for rep in reps)))
    found: list[dict[str, Any]] = plain["reps"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_recorded_poses_give_the_same_live_as_filmed(name: str, tmp_path: Path) -> None:
    exercise = exercise_of(name)
    recorded = recording(name)
    analyzer = Analyzer(get_exercise(exercise))
    assert run(RecordedSource(recorded), RecordedEstimator(recorded), analyzer, [])
    outcome = play(name, tmp_path / "live", exercise=exercise)
    assert outcome.session.reps, "there is something to compare"
    assert numbers(outcome.session, outcome.session.reps) == numbers(
        outcome.session, reps_of(analyzer)
    )
    assert outcome.session.view == view_as_before(analyzer.view)


def test_the_record_on_the_disk_is_the_outcome(tmp_path: Path) -> None:
    outcome = play("step_down_front_right", tmp_path / "live")
    assert to_json(load(tmp_path / "live")) == to_json(outcome.session)


@pytest.mark.slow
def test_a_film_played_as_a_camera_gives_what_analyzing_it_gives(
    sample_videos: Path, tmp_path: Path
) -> None:
    name = "step_down_front_left.mp4"
    film = beginning(sample_videos / name, 11.7, tmp_path / name)
    filmed = analyze_video(film, exercise="step_down", out=tmp_path / "filmed", video_out=False)
    how = replace(options(**ENDLESS), camera=str(film), lossless=True, paced=False)
    live = run_live(how, tmp_path / "live").session
    assert len(filmed.reps) == 2
    assert numbers(filmed, live.reps) == numbers(filmed, filmed.reps)
    assert live.view == filmed.view
    assert live.frames["t_s"] == filmed.frames["t_s"]
    assert live.frames["depth"] == pytest.approx(filmed.frames["depth"], nan_ok=True)

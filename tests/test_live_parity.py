"""A set gives the same repetitions and the same numbers live as filmed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from clips.films import beginning
from live_sessions import POSES, options, play, recording
from msgspec import structs

from formcheck import analyze
from formcheck.app.live import run_live
from formcheck.data.declare import rounded
from formcheck.data.session import Rep, Session
from formcheck.exercises import get_exercise
from formcheck.motion import assemble
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.loop import run
from formcheck.pose.recorded import RecordedEstimator, RecordedSource
from formcheck.store.session_file import load

NAMES = sorted(path.stem for path in POSES.glob("*.npz"))


def exercise_of(name: str) -> str:
    truth = json.loads((POSES / f"{name}.json").read_text())
    return str(truth["exercise"])


def numbers(session: Session) -> list[Rep]:
    """All of the repetitions but their set and picture: a film knows no sets."""
    return [structs.replace(rep, set_index=1, still=None) for rep in session.reps]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_poses_give_the_same_live_as_filmed(name: str, tmp_path: Path) -> None:
    exercise = exercise_of(name)
    recorded = recording(name)
    analyzer = Analyzer(get_exercise(exercise))
    assert run(RecordedSource(recorded), RecordedEstimator(recorded), analyzer, [])
    outcome = play(name, tmp_path / "live", exercise=exercise)
    assert outcome.session.reps, "there is something to compare"
    columns = FrameColumns(analyzer.exercise).columns
    filmed = rounded(
        assemble.session(recorded.info, recorded.model, analyzer, columns, created="", version="")
    )
    assert numbers(outcome.session) == numbers(filmed)
    assert outcome.session.view == filmed.view
    assert load(tmp_path / "live") == outcome.session, "and so is the record on the disk"


@pytest.mark.slow
def test_a_film_played_as_a_camera_gives_what_analyzing_it_gives(
    sample_videos: Path, tmp_path: Path
) -> None:
    name = "step_down_front_left.mp4"
    film = beginning(sample_videos / name, 11.7, tmp_path / name)
    filmed = analyze(film, exercise="step_down", out=tmp_path / "filmed", video_out=False)
    how = replace(options(), camera=str(film), lossless=True, paced=False)
    live = run_live(how, tmp_path / "live").session
    assert len(filmed.reps) == 2
    assert numbers(live) == numbers(filmed)
    assert live.view == filmed.view
    assert live.series["t_s"] == filmed.series["t_s"]
    assert live.series["depth"] == filmed.series["depth"]

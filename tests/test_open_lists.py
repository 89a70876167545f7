"""What an exercise needs elsewhere stands in its own file: no other module knows one by its id."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from figure_in_space import Film
from moving import ease
from plugin_exercise import heel_tap

from formcheck.coach.advice import advise
from formcheck.coach.cues import Coach
from formcheck.coach.session_facts import Facts
from formcheck.data.declare import rounded, to_json
from formcheck.data.exercise import Exercise
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Session, Tally, Training
from formcheck.data.settings import Settings
from formcheck.exercises import all_exercises, get_exercise, registry
from formcheck.motion.analyzer import Analyzer
from formcheck.motion.assemble import FrameColumns, recognised_note, session
from formcheck.motion.recognition import Recognizer
from formcheck.pose.estimator import ModelInfo
from formcheck.store.opensim_files import angle_table

PACKAGE = Path(__file__).resolve().parent.parent / "formcheck"
DURATIONS = "data/session.py"
"""Declares the ids of the durations, which every exercise may have."""

WORDS = {"depth"}
"""An id that is also a role, and a column of every frame."""


@dataclass(frozen=True)
class Named:
    """A string literal that is an id."""

    path: str
    line: int
    text: str


def ids() -> set[str]:
    exercises = all_exercises()
    measured = {metric.id for exercise in exercises for metric in exercise.metrics}
    return ({exercise.id for exercise in exercises} | measured) - WORDS


def named_in(path: Path) -> Iterator[Named]:
    known = ids()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known:
            yield Named(path.relative_to(PACKAGE).as_posix(), node.lineno, node.value)


def test_no_module_outside_exercises_names_one() -> None:
    found = [
        f"formcheck/{one.path}:{one.line} names {one.text!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "exercises"
        for one in named_in(path)
        if not (one.path == DURATIONS and one.text.endswith("_s"))
    ]
    assert found == []


def test_such_a_name_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "advice.py").write_text('WITH_STEP = ("step_down",)\nTRUNK = "trunk_lean_deg"\n')
    named = {one.text for one in named_in(tmp_path / "advice.py")}
    assert named == {"step_down", "trunk_lean_deg"}


# --- an exercise of another package ----------------------------------------------------------

FILM = Film(
    lambda deep: (-0.1 - 0.3 * ease(deep, 0.0, 0.6), 0.25, 0.15 - 0.3 * deep),
    drop=0.3,
    step=0.15,
    yaw_deg=15.0,
)


@dataclass
class EntryPoint:
    """As another package's metadata would give it."""

    name: str = "heel_tap"

    def load(self) -> Exercise:
        return heel_tap.EXERCISE


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exercise]:
    monkeypatch.setattr(registry, "entry_points", lambda **_: [EntryPoint()])
    registry.all_exercises.cache_clear()
    yield get_exercise("heel_tap")
    registry.all_exercises.cache_clear()


@pytest.fixture(scope="module")
def samples() -> list[PoseSample]:
    return FILM.samples(rate_hz=30.0)


def measured(exercise: Exercise, samples: list[PoseSample]) -> Session:
    analyzer = Analyzer(exercise)
    columns = FrameColumns(analyzer.exercise)
    coach = Coach(analyzer.exercise)
    for sample in samples:
        result = analyzer.update(sample)
        coach.update(result)
        columns.add(result)
    analyzer.finish()
    return session(
        SourceInfo("video", "taps.mp4", 480, 848),
        ModelInfo("none", ""),
        analyzer,
        columns.columns,
        created="2026-01-01T00:00:00+00:00",
        version="0",
    )


def test_it_is_recognised(plugged_in: Exercise, samples: list[PoseSample]) -> None:
    recognizer = Recognizer(all_exercises())
    answers = [found for sample in samples if (found := recognizer.update(sample)) is not None]
    found = answers[0] if answers else recognizer.finish()
    assert found.exercise == plugged_in.id
    assert recognised_note(found, plugged_in).text.startswith("Recognised as heel tap (")


def test_it_is_measured_judged_and_kept(plugged_in: Exercise, samples: list[PoseSample]) -> None:
    made = measured(plugged_in, samples)
    assert len(made.reps) == FILM.reps
    for rep in made.reps:
        tilt = rep.measurements["shoulder_tilt_deg"]
        assert tilt.value is not None
        assert tilt.grade == "good"
        assert rep.form.decided_by == "shoulder_tilt_deg"
    assert "shoulder_tilt_deg" in made.series
    assert "live_shoulder_tilt_deg" in made.series
    assert made.exercise.spec("shoulder_tilt_deg").drawn == "trunk"
    assert msgspec.json.decode(to_json(made), type=Session) == rounded(made)


def test_its_angle_is_exported(plugged_in: Exercise, samples: list[PoseSample]) -> None:
    made = measured(plugged_in, samples)
    table = angle_table(
        Poses.from_samples(samples), Settings(), made.view, plugged_in.metrics, made.reps
    )
    assert list(table.columns) == ["shoulder_tilt_deg"]


def test_advice_fits_it(plugged_in: Exercise) -> None:
    related = {one.id: one.info() for one in all_exercises()}
    poor = Facts(
        "2026-01-01", Training(step_height_cm=10.0), Tally(fault=4), Tally(good=4), upright=False
    )
    (first, *_) = advise(plugged_in.info(), {"left": [poor]}, related)
    assert first.text == (
        "Your step (10 cm) is already the lowest advised: change to the air squat, which is easier."
    )

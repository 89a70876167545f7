"""The session made of an analysis: everything in it, and nothing that differs from its parts."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest
from clips.made_reps import STEP_DOWN, rep_with
from frame_examples import frame_at

from formcheck.data.declare import rounded, to_json
from formcheck.data.frame_result import Phase
from formcheck.data.session import (
    DESCENT,
    Measurement,
    MeasureSpec,
    Note,
    Session,
    Training,
    ViewKind,
)
from formcheck.data.settings import BandSettings, Settings
from formcheck.exercises import get_exercise
from formcheck.motion.analyzer import Analyzer, Ignored
from formcheck.motion.assemble import FrameColumns, final_series, recognised_note, session
from formcheck.motion.loop import run
from formcheck.motion.recognition import Recognition
from formcheck.motion.verdicts import band_of, summarize
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"
KNEE, TRUNK = "knee_fppa_deg", "trunk_lean_deg"


def made(name: str, exercise: str, settings: Settings | None = None) -> tuple[Session, Analyzer]:
    recording = PoseRecording.load(POSES / f"{name}.npz")
    analyzer = Analyzer(get_exercise(exercise), settings)
    columns = FrameColumns(analyzer.exercise)

    class Sink:
        def update(self, _frame: object, result: object) -> None:
            columns.add(result)  # type: ignore[arg-type]

        def finish(self, _reps: object) -> None: ...

        def abort(self) -> None: ...

    source, estimator = RecordedSource(recording), RecordedEstimator(recording)
    assert run(source, estimator, analyzer, [Sink()])
    whole = session(
        source.info,
        estimator.model,
        analyzer,
        columns.columns,
        created="2026-01-01T00:00:00+00:00",
        version="0",
        person="Person A",
        training=Training(pain=1),
        notes=[Note(kind="general", text="Said by the caller.")],
    )
    return whole, analyzer


@pytest.fixture(scope="module")
def front() -> tuple[Session, Analyzer]:
    return made("step_down_front_left", "step_down")


def test_it_is_whole_and_can_be_read_back(front: tuple[Session, Analyzer]) -> None:
    whole, analyzer = front
    assert (whole.person, whole.training.pain, whole.complete) == ("Person A", 1, True)
    assert whole.reps == analyzer.reps
    assert whole.view == analyzer.view
    assert whole.exercise == get_exercise("step_down").info()
    assert {type(spec) for spec in whole.specs} == {MeasureSpec}
    assert whole.summary == summarize(whole.reps, whole.specs)
    assert whole.notes[0].text == "Said by the caller."
    assert msgspec.json.decode(to_json(whole), type=Session) == rounded(whole)


def test_each_frame_has_the_final_value_of_what_is_judged(
    front: tuple[Session, Analyzer],
) -> None:
    whole, _ = front
    columns = whole.series
    assert len({len(column) for column in columns.values()}) == 1
    for rep in whole.reps:
        knee, lowest = rep.measurements[KNEE], rep.lowest_s
        assert knee.value is not None
        near = [
            value
            for t_s, value in zip(columns["t_s"], columns[KNEE], strict=True)
            if abs(t_s - lowest) <= 0.1
        ]
        assert sum(near) / len(near) == pytest.approx(knee.value, abs=1.0), "from standing"
        trunk = [
            value
            for owner, value in zip(columns["rep"], columns[TRUNK], strict=True)
            if owner == rep.index and value is not None
        ]
        largest = rep.measurements[TRUNK].value
        assert any(value == pytest.approx(largest) for value in trunk)
    outside = [
        value for owner, value in zip(columns["rep"], columns[KNEE], strict=True) if owner == 0
    ]
    assert outside
    assert set(outside) == {None}
    assert "live_knee_fppa_deg" in columns
    assert "knee_flexion_deg" not in columns, "it is not judged"


def test_phases_and_legs_are_the_final_ones(front: tuple[Session, Analyzer]) -> None:
    whole, _ = front
    rows = zip(
        *(whole.series[name] for name in ("t_s", "rep", "phase", "stance_side")), strict=True
    )
    for t_s, owner, phase, side in rows:
        if owner == 0:
            assert phase == "standing"
            continue
        rep = whole.reps[owner - 1]
        assert rep.start_s - 1e-3 <= t_s <= rep.end_s + 1e-3
        assert side == rep.stance_side
        bottom_s = rep.events["bottom_start_s"]
        assert (phase == "descent") == (bottom_s is not None and t_s < bottom_s)


def test_a_change_without_standing_has_no_final_values() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    unknown = Measurement(at_bottom=3.0, not_measured="no standing")
    rep = rep_with(
        {KNEE: unknown, TRUNK: 2.0},
        start_s=1.0,
        end_s=2.0,
        series={"t_s": [1.0, 2.0], KNEE: [1.0, 3.0], TRUNK: [1.0, None]},
    )
    frames = FrameColumns(STEP_DOWN)
    for t_s in times:
        frames.add(frame_at(t_s, Phase.DESCENT))
    series = final_series(frames.columns, [rep], STEP_DOWN.metrics)
    assert series["rep"] == [0, 1, 1, 0]
    assert series[KNEE] == [None] * 4
    assert series[TRUNK] == [None, 1.0, None, None]


def test_a_repetition_that_refuses_a_measurement_has_no_live_values_of_it() -> None:
    refused = Measurement(not_measured="the thigh points at the camera")
    reps = [
        rep_with({KNEE: refused, TRUNK: 2.0}, index=1, start_s=1.0, end_s=2.0),
        rep_with({KNEE: 4.0, TRUNK: 2.0}, index=2, start_s=3.0, end_s=4.0),
    ]
    frames = FrameColumns(STEP_DOWN)
    for t_s in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0):
        frames.add(frame_at(t_s, live={KNEE: -103.0, TRUNK: 1.0}))
    series = final_series(frames.columns, reps, STEP_DOWN.metrics)
    assert series["live_" + KNEE] == [-103.0, None, None, None, -103.0, -103.0, -103.0]
    assert series["live_" + TRUNK] == [1.0] * 7


def test_a_deep_squat_keeps_no_live_knee_angle_that_its_report_refuses() -> None:
    whole, _ = made("squat_front", "squat")
    refusing = {
        (rep.index, name)
        for rep in whole.reps
        for name, one in rep.measurements.items()
        if one.at_bottom is None and "live_" + name in whole.series
    }
    assert refusing
    for index, name in refusing:
        inside = [
            value
            for owner, value in zip(whole.series["rep"], whole.series["live_" + name], strict=True)
            if owner == index
        ]
        assert inside
        assert set(inside) == {None}


def test_where_two_repetitions_meet_the_frame_belongs_to_the_earlier() -> None:
    reps = [rep_with({}, index=n, start_s=n - 1.0, end_s=float(n)) for n in (1, 2)]
    frames = FrameColumns(STEP_DOWN)
    for t_s in (0.0, 1.0, 1.5, 2.5):
        frames.add(frame_at(t_s))
    assert final_series(frames.columns, reps, STEP_DOWN.metrics)["rep"] == [1, 1, 2, 0]


def test_the_users_limits_are_those_it_is_judged_and_kept_by() -> None:
    settings = Settings(bands={DESCENT: BandSettings(good=(4.0, None), watch=(3.0, math.inf))})
    whole, _ = made("step_down_front_left", "step_down", settings)
    limits = whole.exercise.spec(DESCENT).limits
    assert limits is not None
    assert limits.source == "set by the user"
    for rep in whole.reps:
        one = rep.measurements[DESCENT]
        assert one.value is not None
        assert one.grade == band_of(one.value, limits) == rep.tempo.grade == "fault"
    assert whole.provenance.settings == settings


def test_notes_say_which_leg_is_unsure_and_by_time_what_does_not_count() -> None:
    analyzer = Analyzer(STEP_DOWN)
    analyzer.ignored += [
        Ignored(7.04, "the foot moved again"),
        Ignored(3.21, "the foot moved"),
        Ignored(None, "filmed from behind. Turn round"),
    ]
    unsure = rep_with({}, stance_sure=False, notes=("The working leg is not certain: too dark.",))
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    whole = session(
        recording.info,
        recording.model,
        analyzer,
        FrameColumns(STEP_DOWN).columns,
        created="",
        version="0",
        reps=[unsure, msgspec.structs.replace(unsure, index=2)],
    )
    assert [(note.kind, note.text) for note in whole.notes] == [
        ("leg_unsure", "The working leg is not certain: too dark."),
        ("ignored", "Filmed from behind. Turn round."),
        ("ignored", "The movement at 3.2 s was not counted: the foot moved."),
        ("ignored", "The movement at 7.0 s was not counted: the foot moved again."),
    ]


def test_what_was_recognised_is_said_in_plain_words() -> None:
    found = Recognition("step_down", 0.834, "", {})
    note = recognised_note(found, STEP_DOWN)
    assert (note.kind, note.text) == ("recognised", "Recognised as step-down (83 %).")


@pytest.mark.parametrize(
    ("view", "where"), [("front", "from the front"), ("oblique", "from this direction")]
)
def test_two_exercises_that_look_the_same_are_both_named(view: ViewKind, where: str) -> None:
    found = Recognition(
        "step_down",
        0.62,
        "",
        {},
        looks_like="a step-down",
        looks_like_probability=0.62,
        or_else="a lateral step-down",
        or_else_probability=0.34,
        view=view,
    )
    assert recognised_note(found, STEP_DOWN).text == (
        f"Recognised as a step-down or a lateral step-down (96 %), which look almost the same "
        f"{where}. The report calls it a step-down, the more likely one (62 %); both are judged by "
        "the same limits."
    )

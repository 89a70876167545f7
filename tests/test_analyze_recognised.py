"""The exercise is recognised where it can be, and asked for where it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import formcheck
from formcheck.app import analyze
from formcheck.app.analyze import analyzer_for, look_ahead, session_of
from formcheck.app.options import AnalyzeOptions
from formcheck.app.upright import ACROSS
from formcheck.data.errors import NoRepetitionError, UsageError
from formcheck.exercises import get_exercise
from formcheck.motion.assemble import FrameColumns
from formcheck.motion.recognition import Recognition
from formcheck.pose.recorded import PoseRecording, RecordedEstimator, RecordedSource

POSES = Path(__file__).parent / "poses"


def test_looking_ahead_stops_once_it_is_clear_and_keeps_every_pose() -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    source: Any = RecordedSource(recording)
    found, samples = look_ahead(source, RecordedEstimator(recording))
    assert found.exercise == "step_down"
    assert 0 < len(samples) <= len(recording.samples)
    assert samples == dict(enumerate(recording.samples[: len(samples)]))


def test_what_is_seen_while_looking_ahead_is_told() -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")
    source: Any = RecordedSource(recording)
    seen: list[tuple[float, int]] = []
    found, samples = look_ahead(
        source,
        RecordedEstimator(recording),
        seen=lambda _, sample, reps: seen.append((sample.t_s, reps)),
    )
    assert [t_s for t_s, _ in seen] == [sample.t_s for sample in samples.values()]
    counts = [reps for _, reps in seen]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == found.repetitions > 0


def test_what_cannot_be_told_is_asked_for(
    sample_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")

    def unclear(*_: object) -> tuple[Recognition, dict[int, Any]]:
        known = dict(enumerate(recording.samples[:3]))
        return Recognition(None, 0.3, "it is a riddle", {}, repetitions=2), known

    monkeypatch.setattr(analyze, "look_ahead", unclear)
    with pytest.raises(UsageError, match="it is a riddle") as caught:
        formcheck.analyze(
            sample_videos / "step_down_front_left.mp4", exercise=None, out=tmp_path / "out"
        )
    assert "Name the exercise, one of" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("no repetition was seen", "step_down_front_left.mp4$"),
        ("the head is out of the picture; no repetition was seen", ": the head is out of the"),
    ],
)
def test_where_nothing_was_done_there_is_no_repetition(
    reason: str, says: str, sample_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = PoseRecording.load(POSES / "step_down_front_left.npz")

    def nothing(*_: object) -> tuple[Recognition, dict[int, Any]]:
        return Recognition(None, 0.0, reason, {}), dict(enumerate(recording.samples[:3]))

    monkeypatch.setattr(analyze, "look_ahead", nothing)
    with pytest.raises(NoRepetitionError, match=says):
        formcheck.analyze(
            sample_videos / "step_down_front_left.mp4", exercise=None, out=tmp_path / "out"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_movement_that_is_none_of_ours_is_no_repetition_and_is_named() -> None:
    info = PoseRecording.load(POSES / "squat_front.npz").info
    hinge = "a hip hinge (deadlift, good morning)"
    found = Recognition(None, 0.1, f"4 repetitions look like {hinge}", {}, 4, hinge, 0.9)
    with pytest.raises(
        NoRepetitionError,
        match=r"shows none of the exercises that formcheck knows: 4 rep.* hip hinge",
    ):
        analyze.recognised(found, info)


@pytest.mark.parametrize(
    ("clip", "named", "says"),
    [
        ("squat_front", "squat", None),
        (
            "squat_front",
            "step_up",
            "This looks like an air squat (99 %). It was measured as a slow step-up.",
        ),
        ("step_down_front_left", "step_down", None),
        (
            "step_down_front_left",
            "lateral_step_down",
            "This looks more like a step-down (60 %). It was measured as a lateral step-down; "
            "both are judged by the same limits.",
        ),
    ],
)
def test_a_named_exercise_is_questioned_in_a_note(
    clip: str, named: str, says: str | None, tmp_path: Path
) -> None:
    options = AnalyzeOptions(exercise=named, out=tmp_path / "out")
    session = analyze.analyze_film(POSES / f"{clip}.npz", options)
    notes = [note.text for note in session.notes if note.kind == "looks_like"]
    assert notes == ([] if says is None else [says])


def test_a_plank_is_recognised_and_lying_is_no_remark() -> None:
    recording = PoseRecording.load(POSES / "plank_side_left.fcp")
    info = replace(recording.info, remarks=(ACROSS, "another remark"))
    found, _ = look_ahead(RecordedSource(recording), RecordedEstimator(recording))
    assert found.exercise == "plank"
    options = AnalyzeOptions(exercise="plank")
    analyzer = analyzer_for(get_exercise("plank"), options)
    frames = FrameColumns(analyzer.exercise)
    for sample in recording.samples:
        frames.add(analyzer.update(sample))
    analyzer.finish()
    session = session_of(info, recording.model, analyzer, frames, options, notes=())
    assert [note.text for note in session.notes] == ["another remark"]
    (hold,) = session.efforts
    assert hold.name == "hold"

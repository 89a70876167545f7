from __future__ import annotations

import csv
import errno
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reports_examples import EXERCISE, FRONT, good_set, make_rep, oblique_set

from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.results import Fault, FrameResult, Metric, Phase
from formcheck.exercises._before import all_exercises
from formcheck.report.csv_files import (
    FramesCsv,
    frames_header,
    live_columns,
    phase_at,
    reps_header,
    reps_text,
)
from formcheck.store import whole_file

DICTIONARY = Path(__file__).parent.parent / "docs" / "data-dictionary.md"
EMPTY = np.zeros((1, 1, 3), dtype=np.uint8)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def a_result(t_s: float, **more: Any) -> FrameResult:
    points = np.full((len(Keypoint), 2), np.nan)
    points[Keypoint.LEFT_KNEE] = (100.26, 200.0)
    confidence = np.zeros(len(Keypoint))
    confidence[Keypoint.LEFT_KNEE] = 0.987
    sample = PoseSample(t_s, points, confidence, np.full((len(Keypoint), 3), np.nan), (640, 480), 2)
    return replace(
        FrameResult(
            sample=sample,
            phase=Phase.STANDING,
            reps_done=0,
            stance_side=None,
            depth=float("nan"),
            live={"knee_fppa_deg": 8.04},
            live_judged={},
            live_grades={},
            descent_elapsed_s=None,
            cue=None,
            closed=None,
            last_rep=None,
            view=FRONT,
        ),
        **more,
    )


def test_reps_have_one_row_each_with_all_columns(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    session = good_set()
    path.write_text(reps_text(session.reps, EXERCISE), "utf-8", newline="")
    rows = rows_of(path)
    assert [row["index"] for row in rows] == ["1", "2", "3", "4", "5"]
    first = rows[0]
    assert first["set"] == "1"
    assert first["stance_side"] == "left"
    assert first["descent_start_s"] == "1"
    assert first["descent_s"] == "2.5"
    assert first["top_s"] == ""
    assert first["knee_fppa_deg"] == "5.6"
    assert first["knee_fppa_deg_standing"] == "3"
    assert first["knee_fppa_deg_change"] == "2.6"
    assert first["knee_fppa_deg_sem"] == "1.6"
    assert first["knee_fppa_deg_grade"] == "good"
    assert first["trunk_flexion_deg"] == ""
    assert "side only" in first["trunk_flexion_deg_not_measured"]


def test_a_step_up_has_its_own_events(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    events = {
        "ascent_start_s": 1.0,
        "top_start_s": 2.0,
        "descent_start_s": 2.5,
        "descent_end_s": None,
    }
    path.write_text(
        reps_text([replace(make_rep(1, 1.0), events=events)], replace(EXERCISE, order="up_down")),
        "utf-8",
        newline="",
    )
    row = rows_of(path)[0]
    assert (row["ascent_start_s"], row["top_start_s"], row["descent_end_s"]) == ("1", "2", "")
    assert "bottom_start_s" not in row


def test_no_repetitions_leave_a_header(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    path.write_text(reps_text((), EXERCISE), "utf-8", newline="")
    assert rows_of(path) == []
    assert path.read_text("utf-8").startswith("index,set,stance_side,grade,")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", " =1"])
def test_texts_are_never_formulas(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reps.csv"
    rep = replace(
        make_rep(1, 1.0),
        notes=(text,),
        faults=(Fault("knee_fppa_deg", text, 1.0),),
        metrics={"knee_fppa_deg": Metric(not_measured=text)},
    )
    path.write_text(reps_text([rep], EXERCISE), "utf-8", newline="")
    row = rows_of(path)[0]
    assert row["notes"] == row["cues"] == row["knee_fppa_deg_not_measured"] == "'" + text.strip()


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    rep = replace(make_rep(1, 1.0), metrics={"knee_fppa_deg": Metric(value=-3.5, change=-0.0001)})
    path.write_text(reps_text([rep], EXERCISE), "utf-8", newline="")
    row = rows_of(path)[0]
    assert row["knee_fppa_deg"] == "-3.5"
    assert row["knee_fppa_deg_change"] == "0"


def test_frames_are_assigned_to_the_final_repetitions(tmp_path: Path) -> None:
    path = tmp_path / "frames.csv"
    sink = FramesCsv(path, EXERCISE)
    for n in range(8):
        sink.update(Frame(n, float(n), EMPTY), a_result(float(n), depth=1.5))
    assert not path.exists()
    sink.finish([replace(make_rep(1, 2.0), start_s=2.0, end_s=4.0)])
    rows = rows_of(path)
    assert [row["rep"] for row in rows] == ["0", "0", "1", "1", "1", "0", "0", "0"]
    assert list(rows[0]) == frames_header(live_columns(EXERCISE))
    assert rows[1]["t_s"] == "1.000"
    assert rows[1]["phase"] == "standing"
    assert rows[1]["stance_side"] == ""
    assert rows[1]["depth"] == "1.5"
    assert rows[1]["knee_fppa_deg"] == "8.04"
    assert rows[1]["trunk_lean_deg"] == ""
    assert rows[1]["people"] == "2"
    assert rows[1]["left_knee_x_px"] == "100.3"
    assert rows[1]["left_knee_y_px"] == "200"
    assert rows[1]["left_knee_confidence"] == "0.99"
    assert rows[1]["right_knee_x_px"] == ""
    assert [file.name for file in tmp_path.iterdir()] == ["frames.csv"]


def test_an_aborted_session_leaves_nothing_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "frames.csv"
    path.write_text("old", "utf-8")
    sink = FramesCsv(path, EXERCISE)
    sink.update(Frame(0, 0.0, EMPTY), a_result(0.0))
    sink.abort()
    assert path.read_text("utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["frames.csv"]


def test_a_folder_that_is_not_there_is_told_before_the_session(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"frames\.csv"):
        FramesCsv(tmp_path / "no" / "frames.csv", EXERCISE)


def test_a_name_taken_by_a_folder_is_an_output_error(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    path.mkdir()
    with pytest.raises(OutputError):
        whole_file.write_text(path, reps_text(oblique_set().reps, EXERCISE))
    assert [file.name for file in tmp_path.iterdir()] == ["reps.csv"]


def test_a_full_disk_is_told_and_nothing_stays() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    told = whole_file.output_error(Path("reps.csv"), error)
    assert "No space left" in told.message
    assert "Free some space" in told.hint


def test_a_failure_midway_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", "utf-8")

    def run_full() -> None:
        with whole_file.whole_file(path) as file:
            file.write("new")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        run_full()
    assert path.read_text("utf-8") == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_during_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FramesCsv(tmp_path / "frames.csv", EXERCISE)
    sink.abort()  # its own file makes room for one on a full device
    full = Path("/dev/full").open("w", encoding="utf-8", buffering=1)  # noqa: SIM115
    monkeypatch.setattr(sink, "_rows", full)
    with pytest.raises(OutputError, match="No space left"):
        sink.update(Frame(0, 0.0, EMPTY), a_result(0.0))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def documented(section: str) -> set[str]:
    """Names in the first column of the section's table."""
    text = DICTIONARY.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall("`([^`]+)`", cell)}


def test_the_data_dictionary_explains_every_column_of_reps_csv() -> None:
    known = documented("reps.csv")
    explained = documented("Metrics")
    for exercise in all_exercises():
        for column in reps_header(exercise):
            general = column
            for spec in exercise.metrics:
                if column.startswith(spec.name):
                    assert re.sub("_(left|right)", "", spec.name) in explained
                    general = "METRIC" + column.removeprefix(spec.name)
            for item in exercise.scale.items if exercise.scale else ():
                general = re.sub(f"^scale_{item.id}(?=$|_at_most|_reason)", "scale_ITEM", general)
            assert general in known, f"{column} of {exercise.id}"


def test_the_data_dictionary_explains_every_column_of_frames_csv() -> None:
    known = documented("frames.csv")
    for exercise in all_exercises():
        live = live_columns(exercise)
        for column in set(frames_header(live)) - set(live):
            general = re.sub("^(nose|(left|right)_[a-z]+)(?=_[xyc])", "KEYPOINT", column)
            assert general in known, column
    text = DICTIONARY.read_text("utf-8")
    for point in Keypoint:
        assert f"`{point.name.lower().split('_')[-1]}`" in text


def test_phases_follow_the_final_events() -> None:
    (first, *_) = session_reps = good_set().reps
    events = first.events
    for phase, start, end in (
        ("descent", "descent_start_s", "bottom_start_s"),
        ("bottom", "bottom_start_s", "bottom_end_s"),
        ("ascent", "bottom_end_s", "ascent_end_s"),
    ):
        start_s, end_s = events[start], events[end]
        assert start_s is not None
        assert end_s is not None
        assert phase_at((start_s + end_s) / 2, session_reps, "live") == phase
    assert phase_at(first.start_s - 0.1, session_reps, "live") == "standing"
    assert phase_at(1.0, (), "live") == "live"

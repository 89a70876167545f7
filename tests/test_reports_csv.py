from __future__ import annotations

import csv
import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formcheck.data.results import FrameResult, Phase
from formcheck.report.csv_files import FramesCsv, frames_header, live_columns, phase_at
from reports_examples import EXERCISE, FRONT, good_set, make_rep

from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.store import whole_file

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

"""The open benchmark as a stranger runs it: files of another program in, one table out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips.sure_grades import true_poses
from clips.truth import Truth
from marker_files import samples_of, write_sports2d

from formcheck.data.keypoints import Keypoint, PoseSample, keypoint
from formcheck.pose.files.openpose import BODY_25
from formcheck.pose.markers import MARKERS
from formcheck.pose.recorded import PoseRecording
from formcheck.store.poses_file import save_poses

FRONT, SIDE, BOTH = "squat_front", "step_down_side_left", "single_leg_squat_front_both"


def run(root: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "benchmarks" / script), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        timeout=240,
    )


def exact(folder: Path, name: str) -> list[PoseSample]:
    """The true keypoints of a clip: what a perfect pose estimator would give."""
    truth = Truth.load(folder / f"{name}.truth.json")
    poses = true_poses(truth)
    width, height = truth.data["camera"]["size"]
    return samples_of(poses.t_s, poses.keypoints_px, (width, height))


def write_csv(path: Path, samples: Sequence[PoseSample], header: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows_of(samples, header))


def rows_of(samples: Sequence[PoseSample], header: Sequence[str]) -> Iterator[list[str]]:
    joints = {name: which for which, name in MARKERS.items()}
    for one in samples:
        cells = {"t_s": f"{one.t_s:.4f}"}
        for name, which in joints.items():
            x, y = one.keypoints_px[which]
            if np.isfinite(x):
                cells |= {f"{name}_x": f"{x:.2f}", f"{name}_y": f"{y:.2f}"}
        yield [cells.get(column, "") for column in header]


def write_openpose(folder: Path, samples: Sequence[PoseSample]) -> None:
    folder.mkdir()
    for number, one in enumerate(samples):
        rows = np.zeros((25, 3))
        for which, row in BODY_25.items():
            if np.isfinite(one.keypoints_px[which]).all():
                rows[row] = (*one.keypoints_px[which], 0.9)
        person = {"pose_keypoints_2d": rows.ravel().tolist()}
        path = folder / f"{BOTH}_{number:012d}_keypoints.json"
        path.write_text(json.dumps({"people": [person]}), "utf-8")


@pytest.fixture(scope="module")
def template(root: Path) -> list[str]:
    """The columns of the CSV that the README gives."""
    path = root / "benchmarks" / "keypoints_template.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.fixture(scope="module")
def scored(
    root: Path, template: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, Any]]:
    """A program that sees every joint exactly where it is.

    The squat comes as a TRC, the step-down from the side as a CSV, the single-leg squats as
    OpenPose's files.
    """
    results = tmp_path_factory.mktemp("program")
    write_sports2d(results / f"{FRONT}.trc", exact(root / "sample_videos", FRONT))
    write_csv(results / f"{SIDE}.csv", exact(root / "sample_videos", SIDE), template)
    write_openpose(results / f"{BOTH}_json", exact(root / "sample_videos", BOTH))
    out = results / "errors.json"
    done = run(root, "score.py", str(results), "--peers", "--json", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, {one["way"]: one for one in json.loads(out.read_text("utf-8"))}


def by_quantity(way: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["quantity"]: row for row in way["scores"]}


def test_perfect_keypoints_have_no_error_alone(scored: tuple[str, dict[str, Any]]) -> None:
    rows = by_quantity(scored[1]["keypoints alone"])
    counted = {"knee_fppa_deg": 4, "knee_fppa_deg of squats": 6, "trunk_flexion_deg": 4}
    assert {name: rows[name]["n"] for name in counted} == counted
    for name in (*counted, "trunk_lean_deg", "knee_flexion_deg"):
        assert rows[name]["mean_absolute"] < 0.1, name
        assert rows[name]["within_two"]["pct"] is None, "the program states no errors"


def test_formcheck_counts_and_times_the_repetitions_in_them(
    scored: tuple[str, dict[str, Any]],
) -> None:
    way = scored[1]["measured by formcheck"]
    assert [(one["clip"], one["reps"], one["true_reps"]) for one in way["clips"]] == [
        (BOTH, 4, 4),
        (FRONT, 3, 3),
        (SIDE, 4, 4),
    ]
    assert all(one["stances"] == one["true_stances"] for one in way["clips"])
    rows = by_quantity(way)
    assert rows["event descent_start_s"]["n"] == 11
    assert rows["duration descent_s"]["mean_absolute"] < 0.1, "the truth is in whole frames"
    assert rows["knee_flexion_deg"]["mean_absolute"] < 1.0


def test_the_table_says_what_is_what(scored: tuple[str, dict[str, Any]]) -> None:
    said, ways = scored
    assert set(ways) == {
        "keypoints alone",
        "as Sports2D",
        "as squat trainers",
        "measured by formcheck",
    }
    assert "Clips: 3 of 15. People: 3." in said
    assert "Nothing found for: " in said
    assert "| knee_fppa_deg of squats * | keypoints alone | 6 (6) |" in said
    assert "too few to be reliable" in said


def test_times_stay_those_of_the_film(root: Path, template: list[str], tmp_path: Path) -> None:
    """A program that drops the first half second keeps its times; one that is late is late."""
    late = [
        PoseSample(one.t_s + 0.2, one.keypoints_px, one.confidence, one.world_m, one.frame_size_px)
        for one in exact(root / "sample_videos", FRONT)
        if one.t_s > 0.5
    ]
    path = tmp_path / f"{FRONT}.csv"
    write_csv(path, late, template)
    out = tmp_path / "errors.json"
    done = run(root, "score.py", str(path), "--json", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    measured = json.loads(out.read_text("utf-8"))[1]
    rows = by_quantity(measured)
    for event in ("descent_start_s", "descent_end_s", "ascent_start_s", "ascent_end_s"):
        assert rows[f"event {event}"]["bias"] == pytest.approx(0.2, abs=0.05)


def test_a_wrong_file_is_said_in_a_line(root: Path, template: list[str], tmp_path: Path) -> None:
    write_csv(
        tmp_path / f"{FRONT}.csv",
        exact(root / "sample_videos", FRONT)[:5],
        [column for column in template if not column.startswith("LKnee")],
    )
    done = run(root, "score.py", str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[0] == f"'{FRONT}.csv' has no column LKnee_x, LKnee_y"
    assert "Traceback" not in done.stderr


def test_nothing_there_is_said(root: Path, tmp_path: Path) -> None:
    done = run(root, "score.py", str(tmp_path))
    assert done.returncode == 2
    assert "has nothing for any of 15 clips" in done.stderr


def test_the_template_names_every_point(template: list[str]) -> None:
    assert template[0] == "t_s"
    assert len(template) == 1 + 3 * len(Keypoint)
    assert f"{MARKERS[keypoint('left', 'toe')]}_x" in template


def test_the_kept_aside_run_is_appended_to_its_log(root: Path, tmp_path: Path) -> None:
    clips, poses, log = tmp_path / "clips", tmp_path / "poses", tmp_path / "log.md"
    clips.mkdir()
    poses.mkdir()
    for end in (".mp4", ".truth.json"):
        (clips / f"{SIDE}{end}").write_bytes((root / "sample_videos" / f"{SIDE}{end}").read_bytes())
    recorded = PoseRecording.load(root / "tests" / "poses" / f"{SIDE}.npz")
    save_poses(poses / f"{SIDE}.fcp", recorded.info, recorded.model, recorded.samples)
    log.write_text("# Runs\n\n## an earlier run\n", "utf-8")
    options = ("--poses", str(poses), "--log", str(log))
    assert run(root, "kept_aside.py", str(clips), *options).returncode == 2, "it asks why"
    done = run(root, "kept_aside.py", str(clips), *options, "--why", "New corrections.")
    assert (done.returncode, done.stderr) == (0, "")
    text = log.read_text("utf-8")
    assert text.startswith("# Runs\n\n## an earlier run\n\n## 20")
    assert "\n\nWhy: New corrections.\n\nClips: 1. People: 1. Set: " in text
    assert "| knee_flexion_deg * | 4 (4) |" in text
    assert "| share of correct grades, by the word for their certainty | sure |" in text
    assert done.stdout.strip() in text


def test_a_clip_of_a_hold_is_left_out_and_named(root: Path, tmp_path: Path) -> None:
    truth = json.loads((root / "sample_videos" / f"{SIDE}.truth.json").read_text("utf-8"))
    truth |= {"exercise": "plank", "reps": []}
    (tmp_path / "held.truth.json").write_text(json.dumps(truth), "utf-8")
    done = run(root, "accuracy.py", str(tmp_path))
    assert done.returncode == 2
    assert "held skipped: its exercise has no repetitions that are scored" in done.stderr

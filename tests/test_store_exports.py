"""TRC, MOT and Parquet, read back by readers that are not ours."""

from __future__ import annotations

import csv
import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import RunCli
from numpy.testing import assert_allclose
from trc import TRCData

from formcheck import analyze
from formcheck.data.arrays import FloatArray
from formcheck.data.errors import UsageError
from formcheck.data.keypoints import Keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Session, View
from formcheck.data.settings import Settings
from formcheck.exercises import get_exercise
from formcheck.store.exports import FILE_NAMES, Exports, prepare
from formcheck.store.opensim_files import angle_table, metres_per_px, write_mot, write_trc
from formcheck.store.poses_file import POSES_NAME, read_poses
from formcheck.store.session_file import load

POSES = Path(__file__).parent / "poses"
FRONT = View(kind="front", yaw_deg=0.0)
SIDE = View(kind="side", yaw_deg=90.0, near_side="right")
OBLIQUE = View(kind="oblique", yaw_deg=45.0)
SIZE_PX = (480, 848)
STILL = Settings()
METRICS = get_exercise("step_down").metrics


def standing(frames: int = 60) -> Poses:
    """Somebody who stands still, the left knee bent inward by a known angle."""
    points = np.full((frames, len(Keypoint), 2), 100.0)
    for which, place in {
        Keypoint.LEFT_SHOULDER: (260, 300),
        Keypoint.RIGHT_SHOULDER: (220, 300),
        Keypoint.LEFT_HIP: (260, 420),
        Keypoint.RIGHT_HIP: (220, 420),
        # 100 px down and 100 px down again; the knee is 100 * tan(5 degrees) nearer the middle.
        Keypoint.LEFT_KNEE: (260 - 100 * math.tan(math.radians(5)), 520),
        Keypoint.RIGHT_KNEE: (220, 520),
        Keypoint.LEFT_ANKLE: (260, 620),
        Keypoint.RIGHT_ANKLE: (220, 620),
    }.items():
        points[:, which] = place
    # Uneven times, as phones give them.
    t_s = np.cumsum(np.full(frames, 1 / 30) + 0.004 * (np.arange(frames) % 2)) - 1 / 30
    return Poses(
        t_s,
        points,
        np.ones((frames, len(Keypoint))),
        np.zeros((frames, len(Keypoint), 3)),
        *(np.zeros(frames), np.full(frames, np.nan), np.full(frames, np.nan)),
        np.full((frames, 2, 2, 2), np.nan),
    )


def hide(poses: Poses, which: Keypoint, frames: slice) -> Poses:
    confidence = poses.confidence.copy()
    confidence[frames, which] = 0.1
    return replace(poses, confidence=confidence)


def read_trc(path: Path) -> TRCData:
    data = TRCData()
    data.load(path)
    return data


def read_mot(path: Path) -> dict[str, FloatArray]:
    """As Sports2D does: the line after endheader names the columns."""
    lines = path.read_text("utf-8").splitlines()
    start = lines.index("endheader") + 1
    table = np.genfromtxt(lines[start:], delimiter="\t", names=True)
    return {name: np.atleast_1d(table[name]) for name in table.dtype.names or ()}


def test_the_trc_file_gives_the_same_numbers_back(tmp_path: Path) -> None:
    poses = standing()
    write_trc(tmp_path / "k.trc", poses, STILL, frame_size_px=SIZE_PX)
    data = read_trc(tmp_path / "k.trc")
    assert (data["Units"], data["NumFrames"], data["NumMarkers"]) == ("px", 60, 19)
    assert data["DataRate"] == pytest.approx(1 / np.median(np.diff(poses.t_s)), abs=1e-3)
    assert_allclose(data["Time"], poses.t_s, atol=1e-6)
    assert data["Frame#"] == list(range(1, 61))
    assert_allclose(data["LHip"], np.tile([260, 848 - 420, 0], (60, 1)), atol=1e-3)
    assert_allclose(data["RAnkle"], np.tile([220, 848 - 620, 0], (60, 1)), atol=1e-3)


def test_with_the_stature_the_trc_file_is_in_metres(tmp_path: Path) -> None:
    poses = standing()
    write_trc(tmp_path / "k.trc", poses, STILL, frame_size_px=SIZE_PX, height_m=1.8)
    data = read_trc(tmp_path / "k.trc")
    assert data["Units"] == "m"
    hip, knee, ankle = (np.array(data[f"L{name}"][30]) for name in ("Hip", "Knee", "Ankle"))
    leg_m = np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)
    assert leg_m == pytest.approx(0.491 * 1.8, abs=1e-4)  # Winter's share of stature
    assert metres_per_px(poses, 1.8) == pytest.approx(0.491 * 1.8 / 200.76, rel=1e-3)


def test_a_keypoint_hidden_for_long_is_missing_and_a_short_gap_is_bridged(tmp_path: Path) -> None:
    poses = hide(standing(), Keypoint.LEFT_KNEE, slice(20, 40))
    poses = hide(poses, Keypoint.RIGHT_KNEE, slice(20, 23))
    write_trc(tmp_path / "k.trc", poses, STILL, frame_size_px=SIZE_PX)
    data = read_trc(tmp_path / "k.trc")
    assert np.flatnonzero(np.isnan(np.array(data["LKnee"])[:, 0])).tolist() == list(range(20, 40))
    assert np.isfinite(data["RKnee"]).all()
    assert np.isfinite(data["LAnkle"]).all(), "no number slips into the next column"
    rows = (tmp_path / "k.trc").read_text("utf-8").splitlines()[6:]
    assert all("" not in row.split("\t") for row in rows), "OpenSim 4 refuses an empty last cell"


def test_the_mot_file_gives_the_same_angles_back(tmp_path: Path) -> None:
    table = angle_table(standing(), STILL, FRONT, METRICS)
    write_mot(tmp_path / "a.mot", table)
    read = read_mot(tmp_path / "a.mot")
    assert list(read) == [
        "time",
        "knee_fppa_left_deg",
        "knee_fppa_right_deg",
        "trunk_lean_left_deg",
    ]
    assert_allclose(read["time"], table.t_s, atol=1e-6)
    for name, course in table.columns.items():
        assert_allclose(read[name], course, atol=1e-4)
    assert_allclose(read["knee_fppa_left_deg"], 10.0, atol=1e-3)  # 5 degrees in each half
    assert_allclose(read["knee_fppa_right_deg"], 0.0, atol=1e-3)
    text = (tmp_path / "a.mot").read_text("utf-8")
    assert text.startswith("Coordinates\nversion=1\nnRows=60\nnColumns=4\ninDegrees=yes\n")
    assert (
        "knee_flexion_left_deg: filmed from the front. Film from the side to measure this" in text
    )


def test_trunk_lean_is_positive_to_the_own_left() -> None:
    poses = standing()
    points = poses.keypoints_px.copy()
    points[:, [Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER], 0] += 20  # the picture's right
    table = angle_table(replace(poses, keypoints_px=points), STILL, FRONT, METRICS)
    assert_allclose(table.columns["trunk_lean_left_deg"], math.degrees(math.atan2(20, 120)))


def test_a_frame_with_a_hidden_joint_is_left_out_and_an_angle_mostly_hidden_too() -> None:
    poses = hide(standing(), Keypoint.LEFT_KNEE, slice(20, 30))
    table = angle_table(poses, STILL, FRONT, METRICS)
    assert_allclose(table.t_s, np.delete(poses.t_s, slice(20, 30)))
    table = angle_table(hide(poses, Keypoint.RIGHT_KNEE, slice(0, 45)), STILL, FRONT, METRICS)
    assert list(table.columns) == ["knee_fppa_left_deg", "trunk_lean_left_deg"]
    assert "hidden in 75 %" in table.left_out["knee_fppa_right_deg"]


def test_an_oblique_view_has_no_angles() -> None:
    assert angle_table(standing(), STILL, OBLIQUE, METRICS).columns == {}
    assert set(angle_table(standing(), STILL, SIDE, METRICS).columns) == {
        *("knee_flexion_left_deg", "knee_flexion_right_deg"),
        *("shank_angle_left_deg", "shank_angle_right_deg", "trunk_flexion_deg"),
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Session]:
    out = tmp_path_factory.mktemp("exported") / "results"
    session = analyze(
        POSES / "single_leg_squat_side_right.npz",
        exercise="single_leg_squat",
        out=out,
        export=("trc", "mot", "parquet"),
    )
    return out, session


def test_the_mot_file_agrees_with_the_repetitions(exported: tuple[Path, Session]) -> None:
    out, session = exported
    angles = read_mot(out / "angles.mot")
    assert len(session.reps) == 3
    for rep in session.reps:
        lowest = int(np.argmin(np.abs(angles["time"] - rep.lowest_s)))
        for metric, column in (
            ("trunk_flexion_deg", "trunk_flexion_deg"),
            ("knee_flexion_deg", "knee_flexion_right_deg"),
            ("shank_angle_deg", "shank_angle_right_deg"),
        ):
            value = rep.measurements[metric].at_bottom
            assert value is not None
            assert angles[column][lowest] == pytest.approx(value, abs=3.0)


def test_each_leg_agrees_with_its_repetitions(tmp_path: Path) -> None:
    out = tmp_path / "results"
    session = analyze(
        POSES / "single_leg_squat_front_both.npz",
        exercise="single_leg_squat",
        out=out,
        export=["mot"],
    )
    angles = read_mot(out / "angles.mot")
    assert {rep.stance_side for rep in session.reps} == {"left", "right"}
    for rep in session.reps:
        lowest = int(np.argmin(np.abs(angles["time"] - rep.lowest_s)))
        value = rep.measurements["knee_fppa_deg"].at_bottom
        assert value is not None
        assert angles[f"knee_fppa_{rep.stance_side}_deg"][lowest] == pytest.approx(value, abs=2.0)
        lean = rep.measurements["trunk_lean_deg"].at_bottom
        sign = 1 if rep.stance_side == "left" else -1
        assert lean is not None
        assert angles["trunk_lean_left_deg"][lowest] == pytest.approx(sign * lean, abs=1.5)


@pytest.mark.parametrize("name", ["reps", "frames"])
def test_parquet_holds_what_the_csv_holds(name: str, exported: tuple[Path, Session]) -> None:
    out, _ = exported
    with (out / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(out / f"{name}.parquet")
    assert set(table.schema.names) >= set(rows[0])
    for row, found in zip(rows, table.to_pylist(), strict=True):
        for column, cell in row.items():
            value = found[column]
            if cell == "":
                assert value in (None, "")
            elif isinstance(value, bool):
                assert str(value).lower() == cell
            elif isinstance(value, str):
                assert value == cell
            else:
                # Poses are kept in single precision until they are written.
                close = 0.0 if name == "reps" else 0.11
                assert value == pytest.approx(float(cell), rel=0.0, abs=close)


def test_parquet_types_do_not_depend_on_the_numbers(exported: tuple[Path, Session]) -> None:
    types = {field.name: str(field.type) for field in pq.read_schema(exported[0] / "reps.parquet")}
    assert types["index"] == types["set_index"] == "int64"
    assert types["knee_fppa_deg"] == "double", "though every cell of it is empty"
    assert types["knee_fppa_deg_not_measured"] == types["form_cue"] == "string"


def test_without_pyarrow_one_line_says_so_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.store.extras.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pyarrow") as raised:
        Exports.of(["parquet"])
    assert "pip install 'formcheck[parquet]'" in raised.value.hint
    assert Exports.of(["trc"]).formats == {"trc"}


@pytest.mark.parametrize(
    ("formats", "height_m", "says"),
    [
        (["bvh"], None, "'bvh'"),
        (["mot"], 1.8, "only used for a TRC file"),
    ],
)
def test_wrong_wishes_are_refused(formats: list[str], height_m: float | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Exports.of(formats, height_m)


def test_the_command_writes_and_lists_them(run_cli: RunCli, tmp_path: Path) -> None:
    poses = POSES / "single_leg_squat_oblique.npz"
    out = tmp_path / "results"
    out.mkdir()
    (out / "angles.mot").write_text("of an earlier run")
    done = run_cli(
        *("analyze", str(poses), "-e", "single_leg_squat", "--out", str(out)),
        *("--export", "TRC, mot", "--height-m", "1.75"),
    )
    assert done.code == 0
    assert str(out / "keypoints.trc") in done.out
    (note,) = (note for note in load(out).notes if note.kind == "export")
    assert note.text.startswith(
        "angles.mot was not written: filmed between front and side. Film from the front to "
        "measure this"
    )
    assert (
        "angles.mot was not written: filmed between front and side. Film from the front to "
        "measure this" in done.out
    )
    assert {path.name for path in out.iterdir()} & set(FILE_NAMES) == {"keypoints.trc"}


def test_a_kept_session_is_exported_again_to_the_same_bytes(
    exported: tuple[Path, Session], tmp_path: Path
) -> None:
    out, session = exported
    metrics = get_exercise(session.exercise.id).metrics
    poses = read_poses(out / POSES_NAME)
    prepare(Exports.of(["trc", "mot"]), load(out), poses, metrics).save(tmp_path)
    for name in ("keypoints.trc", "angles.mot"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


@pytest.mark.skipif(importlib.util.find_spec("opensim") is None, reason="OpenSim is not installed")
def test_opensim_reads_them(exported: tuple[Path, Session]) -> None:
    import opensim

    out, session = exported
    markers = opensim.TimeSeriesTableVec3(str(out / "keypoints.trc"))
    assert markers.getNumRows() == session.source.frames
    ours = read_trc(out / "keypoints.trc")
    column = list(markers.getColumnLabels()).index("RKnee")
    for row in range(markers.getNumRows()):
        place = markers.getRowAtIndex(row)[column]
        assert_allclose([place[i] for i in range(3)], ours["RKnee"][row])
    angles = opensim.Storage(str(out / "angles.mot"))
    assert angles.isInDegrees()
    assert angles.getSize() == len(read_mot(out / "angles.mot")["time"])

"""Poses of other programs in place of a film: they give the same results, and errors are clear."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import RunCli
from fuzz.good import person, write_openpose
from marker_files import write_sports2d
from numpy.testing import assert_allclose

from formcheck import analyze
from formcheck.data.errors import SourceError, UsageError
from formcheck.data.keypoints import Keypoint, PoseSample, unknown_edges
from formcheck.data.pose_profile import AS_GIVEN
from formcheck.data.session import Session
from formcheck.pose.files import is_pose_file, load_poses
from formcheck.pose.recorded import PoseRecording
from formcheck.store.poses_file import save_poses

POSES = Path(__file__).parent / "poses"
SIZE_PX = (480, 848)
FRAME_RATE_HZ = 30.0


def recorded(name: str) -> PoseRecording:
    return PoseRecording.load(POSES / f"{name}.npz")


def bystander(samples: Sequence[PoseSample]) -> Callable[[int], list[dict[str, list[float]]]]:
    """A copy of the subject, half as large and standing still on the right."""
    points = samples[0].keypoints_px * 0.5 + [230, 300]
    return lambda _: [person(points, np.ones(len(Keypoint)))]


def assert_close_to_recording(session: Session, name: str, folder: Path) -> None:
    """The repetitions and metrics are those of formcheck's own recording.

    Leg edges and camera roll, which only a film provides, are removed from the recording first, and
    it is measured as it is.
    """
    recording = recorded(name)
    plain = [
        replace(
            sample,
            leg_edges_px=unknown_edges(),
            camera_roll_deg=math.nan,
            camera_roll_sem_deg=math.nan,
            profile=AS_GIVEN,
        )
        for sample in recording.samples
    ]
    save_poses(folder / "plain.npz", recording.info, recording.model, plain)
    own = analyze(
        folder / "plain.npz", exercise=recorded_truth(name)["exercise"], out=folder / "own"
    )
    assert [rep.stance_side for rep in session.reps] == [rep.stance_side for rep in own.reps]
    compared = 0
    for found, expected in zip(session.reps, own.reps, strict=True):
        assert found.lowest_s == pytest.approx(expected.lowest_s, abs=0.1)
        for metric, value in expected.measurements.items():
            again = found.measurements[metric]
            if metric.startswith("knee_over_foot") and value.value is not None:
                assert again.value is None
                assert "how far the person is turned" in (again.not_measured or "")
            elif value.at_bottom is not None:
                assert again.at_bottom == pytest.approx(value.at_bottom, abs=0.3), metric
                compared += 1
    assert compared >= 3 * len(own.reps)


@pytest.mark.parametrize("up", [False, True])
def test_a_trc_file_gives_the_same_repetitions(up: bool, tmp_path: Path) -> None:
    write_sports2d(tmp_path / "set.trc", recorded("step_down_front_left").samples, up=up)
    session = analyze(
        tmp_path / "set.trc",
        exercise="step_down",
        view="front",
        size=SIZE_PX,
        out=tmp_path / "trc",
    )
    assert_close_to_recording(session, "step_down_front_left", tmp_path)
    assert session.source.kind == "poses"
    assert session.source.frame_rate_hz == pytest.approx(30, abs=0.01)
    assert session.view.yaw_deg is None
    assert "has no depth" in session.source.warnings[0]
    assert "from another program and are used unchanged" in session.source.warnings[0]
    written = {path.name for path in (tmp_path / "trc").iterdir()}
    assert written == {"session.json", "report.html", "reps.csv", "frames.csv", "poses.fcp"}


def test_openpose_files_seen_from_the_side_give_the_same_repetitions(tmp_path: Path) -> None:
    recording = recorded("single_leg_squat_side_right")
    write_openpose(tmp_path / "json", recording.samples)
    session = analyze(
        tmp_path / "json",
        exercise="single_leg_squat",
        view="side",
        size=(recording.info.width, recording.info.height),
        frame_rate=FRAME_RATE_HZ,
        out=tmp_path / "openpose",
    )
    assert_close_to_recording(session, "single_leg_squat_side_right", tmp_path)
    assert session.view.near_side == "right", (
        "determined from the feet: the person faces the right edge"
    )


def test_exported_keypoints_can_be_read_again(tmp_path: Path) -> None:
    out = tmp_path / "first"
    analyze(POSES / "step_up_front_left.npz", exercise="step_up", out=out, export=["trc"])
    session = analyze(
        out / "keypoints.trc",
        exercise="step_up",
        view="front",
        size=SIZE_PX,
        out=tmp_path / "second",
    )
    assert len(session.reps) == len(recorded_truth("step_up_front_left")["reps"])


def recorded_truth(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((POSES / f"{name}.json").read_text())
    return data


def test_the_subject_is_followed_when_the_order_of_people_changes(tmp_path: Path) -> None:
    samples = recorded("step_down_front_left").samples[:40]
    write_openpose(tmp_path / "json", samples, bystander(samples))
    read = load_poses(tmp_path / "json", frame_rate_hz=30, size_px=SIZE_PX)
    for sample, expected in zip(read.samples, samples, strict=True):
        assert sample.people == 2
        assert_allclose(sample.keypoints_px, expected.keypoints_px)
    other = load_poses(tmp_path / "json", frame_rate_hz=30, size_px=SIZE_PX, subject="right")
    assert_allclose(
        other.samples[39].keypoints_px[Keypoint.NOSE],
        samples[0].keypoints_px[Keypoint.NOSE] * 0.5 + [230, 300],
    )


def test_a_missing_subject_is_not_replaced_by_a_bystander(tmp_path: Path) -> None:
    samples = list(recorded("step_down_front_left").samples[:20])
    others = bystander(samples)
    samples[10] = PoseSample.nobody(samples[10].t_s, SIZE_PX)
    write_openpose(tmp_path / "json", samples, others)
    read = load_poses(tmp_path / "json", frame_rate_hz=30, size_px=SIZE_PX)
    assert [sample.seen for sample in read.samples] == [index != 10 for index in range(20)]


def test_keypoints_of_low_confidence_count_as_hidden(tmp_path: Path) -> None:
    sample = recorded("step_down_front_left").samples[0]
    confidence = np.full(len(Keypoint), 0.5)
    confidence[Keypoint.LEFT_TOE], confidence[Keypoint.RIGHT_TOE] = 0.2, 0.0
    (tmp_path / "json").mkdir()
    people = {"people": [person(sample.keypoints_px, confidence)]}
    (tmp_path / "json" / "0_keypoints.json").write_text(json.dumps(people))
    (read,) = load_poses(tmp_path / "json", frame_rate_hz=30, size_px=SIZE_PX).samples
    assert read.confidence[Keypoint.LEFT_KNEE] == 1.0
    assert read.confidence[Keypoint.LEFT_TOE] == 0.0
    assert np.isfinite(read.keypoints_px[Keypoint.LEFT_TOE]).all()
    assert np.isnan(read.keypoints_px[Keypoint.RIGHT_TOE]).all()


@pytest.mark.parametrize("place", ["1e308", "-1e308", "1e999"])
def test_a_keypoint_with_an_impossible_coordinate_is_missing(place: str, tmp_path: Path) -> None:
    sample = recorded("step_down_front_left").samples[0]
    marked = sample.keypoints_px.copy()
    marked[[Keypoint.LEFT_TOE, Keypoint.RIGHT_TOE], 0] = 12345.0
    text = json.dumps({"people": [person(marked, sample.confidence)]})
    (tmp_path / "0_keypoints.json").write_text(text.replace("12345.0", place))
    (read,) = load_poses(tmp_path, frame_rate_hz=30, size_px=SIZE_PX).samples
    missing = [which for which in Keypoint if np.isnan(read.keypoints_px[which]).any()]
    assert missing == [Keypoint.LEFT_TOE, Keypoint.RIGHT_TOE]


def test_a_frame_without_a_file_is_a_gap_in_time(tmp_path: Path) -> None:
    write_openpose(tmp_path / "json", recorded("step_down_front_left").samples[:6])
    (tmp_path / "json" / "set_000000000003_keypoints.json").unlink()
    read = load_poses(tmp_path / "json", frame_rate_hz=25, size_px=SIZE_PX, slow_motion=2)
    assert_allclose([sample.t_s for sample in read.samples], [0, 0.02, 0.04, 0.08, 0.1])


def damaged_trc(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    write_sports2d(path, recorded("step_down_front_left").samples[:5])
    path.write_text("\n".join(change(path.read_text("utf-8").splitlines())), "utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: [], "not a TRC file"),
        (lambda _: ["some text"] * 9, "not a TRC file"),
        (lambda lines: lines[:5], "has no frames"),
        (lambda lines: [*lines[:7], lines[6]], "times do not increase at row 3"),
        (lambda lines: [*lines, "6\tsoon"], "row 6 has a cell that is not a number"),
        (lambda lines: [*lines, "6"], "row 6 has a cell that is not a number"),
        (lambda lines: [line.replace("LKnee", "Knee") for line in lines], "no marker LKnee"),
        (lambda lines: [*lines[:5], "0\t0.0" + "\t" * 62], "no whole person"),
        (
            lambda lines: [*lines[:5], "0\t0.0" + "".join(f"\t{n / 50}" for n in range(62))],
            "not in pixels",
        ),
    ],
)
def test_a_damaged_trc_file_gives_a_one_line_error_and_exit_code_3(
    change: Callable[[list[str]], list[str]],
    message: str,
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    damaged_trc(tmp_path / "set.trc", change)
    done = run_cli(
        *("analyze", "set.trc", "-e", "step_down", "--view", "front", "--size", "480x848")
    )
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert message in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["set.trc"]


def test_binary_and_missing_trc_files_are_rejected(tmp_path: Path) -> None:
    for data, says in ((b"\x89PNG\r\n\x00\x00", "not text"), (b"\xff\xfe\x00", "not a TRC file")):
        (tmp_path / "set.trc").write_bytes(data)
        with pytest.raises(SourceError, match=says):
            load_poses(tmp_path / "set.trc", size_px=SIZE_PX)
    with pytest.raises(SourceError, match=r"cannot read 'gone\.trc'"):
        load_poses(tmp_path / "gone.trc", size_px=SIZE_PX)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f_0_keypoints.json", "", "is not an OpenPose file"),
        ("f_0_keypoints.json", "[1, 2]", "is not an OpenPose file"),
        ("f_0_keypoints.json", '{"people": [{"pose_keypoints_2d": "x"}]}', "not an OpenPose file"),
        ("f_0_keypoints.json", '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "BODY_25"),
        pytest.param(
            "f_0_keypoints.json",
            '{"people": [{"pose_keypoints_2d": [1' + "0" * 400 + "]}]}",
            "is not an OpenPose file",
            id="an integer too large for a float",
        ),
        ("session.json", "{}", "has no frame number"),
    ],
)
def test_damaged_openpose_files_are_rejected(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=message):
        load_poses(tmp_path, frame_rate_hz=30, size_px=SIZE_PX)


def test_two_films_in_one_folder_are_rejected(tmp_path: Path) -> None:
    for film in "ab":
        (tmp_path / f"{film}_000_keypoints.json").write_text('{"people": []}')
    with pytest.raises(SourceError, match="two files"):
        load_poses(tmp_path, frame_rate_hz=30, size_px=SIZE_PX)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "does not contain the width and height"),
        (("--size", "480x848"), "so the view cannot be recognised"),
        (("--size", "480x848", "--frame-rate", "30"), "already contains the time of each frame"),
        (
            ("--size", "480x848", "--view", "front", "--mirrored"),
            "model, mirroring and turn have no effect",
        ),
        (("--size", "big"), "not a size such as 1920x1080"),
        (("--size", "0x10"), "from 1 to 20000 pixels"),
    ],
)
def test_missing_and_redundant_options_are_reported(
    options: tuple[str, ...],
    message: str,
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_sports2d(tmp_path / "set.trc", recorded("step_down_front_left").samples[:5])
    done = run_cli("analyze", "set.trc", "-e", "step_down", *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err


def test_the_exercise_cannot_be_recognised_without_depth(tmp_path: Path) -> None:
    write_sports2d(tmp_path / "set.trc", recorded("step_down_front_left").samples[:5])
    with pytest.raises(UsageError, match="so the exercise cannot be recognised"):
        analyze(tmp_path / "set.trc", exercise=None, view="front", size=SIZE_PX)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame_rate_hz": 30.0}, "already contains the frame rate"),
        ({"size_px": SIZE_PX}, "already contains the frame rate"),
    ],
)
def test_a_recording_accepts_neither_frame_rate_nor_size(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        load_poses(POSES / "squat_front.npz", **options)


def test_openpose_needs_a_frame_rate(tmp_path: Path) -> None:
    write_openpose(tmp_path / "json", recorded("step_down_front_left").samples[:2])
    with pytest.raises(UsageError, match="does not contain the times"):
        load_poses(tmp_path / "json", size_px=SIZE_PX)


def test_pose_files_are_recognised(tmp_path: Path) -> None:
    assert not is_pose_file(tmp_path)
    assert not is_pose_file(tmp_path / "set.mp4")
    assert is_pose_file(tmp_path / "SET.TRC")


def test_a_film_needs_neither_rate_nor_size(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its own frame rate"):
        analyze(tmp_path / "set.mp4", exercise="step_down", frame_rate=30)

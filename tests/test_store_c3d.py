"""C3D files: what formcheck writes others read, what others write formcheck reads."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from formcheck.app.options import ViewChoice
from formcheck.app.parts import analyze, measure, track
from formcheck.data.arrays import FloatArray
from formcheck.data.errors import OutputError, SourceError, UsageError
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.data.session import Session
from formcheck.pose.files import is_pose_file, load_poses
from formcheck.pose.files.c3d_format import parse_c3d
from formcheck.pose.markers import MARKERS
from formcheck.pose.profiles import MEDIAPIPE
from formcheck.pose.recorded import PoseRecording
from formcheck.store.c3d_file import MOST_FRAMES, write_c3d
from formcheck.store.even_rate import EvenRows
from formcheck.store.exports import Exports, prepare

ezc3d: Any = pytest.importorskip("ezc3d")

POSES = Path(__file__).parent / "poses"
FRONT, SIDE = POSES / "step_down_front_left.npz", POSES / "single_leg_squat_side_right.npz"
SIZE_PX = (480, 848)
METRES_PER_PX = 0.002


@pytest.fixture(scope="module")
def recording() -> PoseRecording:
    return track(FRONT)


def write(path: Path, recording: PoseRecording, frames: int | None = None) -> Path:
    size_px = (recording.info.width, recording.info.height)
    poses = Poses.from_samples(recording.samples[:frames])
    rows = EvenRows.of(poses.t_s, recording.info.frame_rate_hz)
    write_c3d(path, poses, rows, frame_size_px=size_px)
    return path


def write_lab(
    path: Path, points: FloatArray, *, unit: str = "mm", rate_hz: float = 30.0, whole: bool = False
) -> Path:
    """Write points, shape (N, 19, 3), with ezc3d, as another program would."""
    file = ezc3d.c3d()
    facts = file["parameters"]["POINT"]
    facts["RATE"]["value"], facts["UNITS"]["value"] = [rate_hz], [unit]
    facts["LABELS"]["value"] = ["Other", *MARKERS.values()]
    if whole:
        facts["SCALE"]["value"] = [0.1]
    data = np.ones((4, len(MARKERS) + 1, len(points)))
    data[:3, 1:] = points[:, list(MARKERS)].transpose(2, 1, 0)
    file["data"]["points"] = data
    file.write(str(path))
    return path


def in_space(samples: tuple[PoseSample, ...], turned_deg: float, *, y_up: bool) -> FloatArray:
    """Stand the pictures up in a laboratory, in millimetres, turned about the vertical."""
    flat = np.stack([sample.keypoints_px for sample in samples]) * METRES_PER_PX * 1000
    turn = math.radians(turned_deg)
    across = np.array([math.cos(turn), math.sin(turn), 0.0])
    points = flat[..., :1] * across + flat[..., 1:] * np.array([0.0, 0.0, -1.0]) + [500, 700, 1800]
    # With y up, the axes x, y, z become z, x, y: still right-handed.
    return np.asarray(points[..., [1, 2, 0]] if y_up else points)


def values(session: Session) -> list[float]:
    return [
        one.value
        for rep in session.reps
        for name, one in sorted(rep.measurements.items())
        if one.value is not None and not name.startswith("knee_over_foot")
    ]


def test_another_reader_finds_the_keypoints(recording: PoseRecording, tmp_path: Path) -> None:
    file = ezc3d.c3d(str(write(tmp_path / "k.c3d", recording)))
    assert file["parameters"]["POINT"]["LABELS"]["value"] == list(MARKERS.values())
    assert file["parameters"]["POINT"]["UNITS"]["value"] == ["px"]
    assert file["parameters"]["POINT"]["RATE"]["value"][0] == pytest.approx(30.0)
    points = file["data"]["points"]
    assert points.shape == (4, len(MARKERS), 600)
    place = list(MARKERS).index(Keypoint.LEFT_KNEE)
    x, y = recording.samples[300].keypoints_px[Keypoint.LEFT_KNEE]
    assert points[:3, place, 300].tolist() == [x, SIZE_PX[1] - y, 0.0]
    assert file["parameters"]["ANALOG"]["LABELS"]["value"][:2] == ["time_s", "time_rest_s"]
    times = file["data"]["analogs"][0, 0]
    assert_allclose(times, [sample.t_s for sample in recording.samples], rtol=1e-7)


def test_what_formcheck_wrote_it_reads_back_exactly(
    recording: PoseRecording, tmp_path: Path
) -> None:
    samples = list(recording.samples[:50])
    samples[7] = PoseSample.nobody(samples[7].t_s, SIZE_PX)
    points = samples[9].keypoints_px.copy()
    points[Keypoint.LEFT_TOE] = np.nan
    samples[9] = PoseSample(
        samples[9].t_s, points, samples[9].confidence, samples[9].world_m, SIZE_PX
    )
    changed = PoseRecording(recording.info, recording.model, tuple(samples))
    read = load_poses(write(tmp_path / "k.C3D", changed))
    assert (read.info.width, read.info.height, read.info.frames) == (*SIZE_PX, 50)
    for found, expected in zip(read.samples, samples, strict=True):
        assert_array_equal(found.keypoints_px, expected.keypoints_px)
        assert_allclose(found.confidence, expected.confidence, rtol=1e-12)
        assert found.t_s == pytest.approx(expected.t_s, rel=1e-12)
        assert found.seen == expected.seen


def test_looks_at_an_uneven_rate_stand_on_rows_of_one_rate(
    recording: PoseRecording, tmp_path: Path
) -> None:
    """Ten looks a second at rest, thirty in a movement, and a second in which nothing is known."""
    kept = [*range(0, 90, 3), *range(90, 200), *range(230, 260)]
    samples = tuple(recording.samples[i] for i in kept)
    path = write(tmp_path / "k.c3d", replace(recording, samples=samples))
    file = ezc3d.c3d(str(path))
    assert file["header"]["points"]["frame_rate"] == pytest.approx(30.0)
    knee = file["data"]["points"][:2, list(MARKERS).index(Keypoint.LEFT_KNEE)].T
    names = file["parameters"]["ANALOG"]["LABELS"]["value"]
    channels = dict(zip(names, file["data"]["analogs"][0], strict=True))
    assert_allclose(channels["time_s"], np.arange(260) / 30.0, atol=1e-5)
    assert np.flatnonzero(channels["looked_at"]).tolist() == kept
    truly = np.stack([sample.keypoints_px[Keypoint.LEFT_KNEE] for sample in recording.samples])
    truly[:, 1] = SIZE_PX[1] - truly[:, 1]
    assert_allclose(knee[kept], truly[kept], atol=1e-4)
    assert_allclose(knee[31], (2 * knee[30] + knee[33]) / 3, atol=1e-4)
    assert np.isnan(knee[200:230]).all()
    read = load_poses(path)
    assert [one.t_s for one in read.samples] == pytest.approx([one.t_s for one in samples])
    assert_array_equal(read.samples[31].keypoints_px, samples[31].keypoints_px)


@pytest.mark.parametrize(
    ("film_hz", "steps_s", "expected_hz"),
    [
        pytest.param(30.0, [1 / 30] * 20 + [0.1] * 60, 30.0, id="mostly at rest"),
        pytest.param(60.0, [1 / 30] * 20 + [0.1] * 20, 30.0, id="half the frames of the film"),
        pytest.param(240.0, [1 / 30] * 20, 30.0, id="an eighth of them"),
        pytest.param(50.0, [1 / 25] * 20, 25.0, id="50 frames a second"),
        pytest.param(30.0, [0.012, *[1 / 30] * 40], 60.0, id="two looks within one row"),
        pytest.param(None, [0.04] * 20, 25.0, id="rate not known"),
    ],
)
def test_the_rate_is_the_lowest_with_a_row_for_every_look(
    film_hz: float | None, steps_s: list[float], expected_hz: float
) -> None:
    t_s = 3.0 + np.cumsum([0.0, *steps_s])
    rows = EvenRows.of(t_s, film_hz)
    assert rows.rate_hz == pytest.approx(expected_hz)
    assert len(set(rows.places)) == len(t_s)
    assert rows.looked_at.sum() == len(t_s)
    away_s = np.abs(rows.row_t_s - (3.0 + np.arange(len(rows)) / rows.rate_hz))
    assert away_s.max() <= 0.5 / rows.rate_hz


def test_an_exported_file_gives_the_same_measurements(
    recording: PoseRecording, tmp_path: Path
) -> None:
    analyze(FRONT, exercise="step_down", out=tmp_path / "out", export=["c3d"])
    read = analyze(tmp_path / "out" / "keypoints.c3d", exercise="step_down", view="front")
    assert "C3D file, which has no depth" in read.source.warnings[0]
    assert "come from formcheck's own pose model" in read.source.warnings[0]
    # The file holds neither depth nor the edges of the legs nor the camera's tilt.
    samples = (
        PoseSample(
            *(one.t_s, one.keypoints_px, one.confidence, np.full((19, 3), np.nan), SIZE_PX),
            profile=MEDIAPIPE,
        )
        for one in recording.samples
    )
    plain = replace(recording, samples=tuple(samples))
    expected = measure(plain, "step_down", view="front")
    assert len(read.reps) == len(expected.reps) == 4
    assert_allclose(values(read), values(expected), atol=0.005)


@pytest.mark.parametrize("y_up", [False, True])
@pytest.mark.parametrize(("path", "exercise", "view"), [
    (FRONT, "step_down", "front"),
    (SIDE, "single_leg_squat", "side"),
])  # fmt: skip
def test_points_in_space_are_projected_onto_the_plane_of_the_view(
    path: Path, exercise: str, view: ViewChoice, y_up: bool, tmp_path: Path
) -> None:
    recording = track(path)
    size_px = (recording.info.width, recording.info.height)
    flat = np.stack([sample.keypoints_px for sample in recording.samples])
    zero = np.zeros((*flat.shape[:2], 1))
    pixels = write_lab(tmp_path / "flat.c3d", np.concatenate([flat, zero], axis=2), unit="px")
    expected = measure(load_poses(pixels, size_px=size_px), exercise, view=view)
    # From the side, the hips have to be apart in depth to tell which way the person faces.
    points = in_space(recording.samples, 35.0 + (0.0 if view == "front" else 90.0), y_up=y_up)
    if view == "side":
        points = with_depth(points, y_up=y_up)
    lab = load_poses(write_lab(tmp_path / "lab.c3d", points), view=view)
    session = measure(lab, exercise, view=view)
    assert "projected onto the plane" in lab.info.warnings[0]
    assert [rep.stance_side for rep in session.reps] == [rep.stance_side for rep in expected.reps]
    assert len(session.reps) >= 3
    assert_allclose(values(session), values(expected), atol=0.2)


def with_depth(points: FloatArray, *, y_up: bool) -> FloatArray:
    """Move the person's left side away from the camera, which stands on the right."""
    away = np.array([math.cos(math.radians(215.0)), math.sin(math.radians(215.0)), 0.0])
    away = away[[1, 2, 0]] if y_up else away
    left = [which for which in Keypoint if which.name.startswith("LEFT")]
    moved = points.copy()
    moved[:, left] += 300.0 * away
    return np.asarray(moved)


def test_whole_numbers_are_read_too(recording: PoseRecording, tmp_path: Path) -> None:
    """Older programs store 16-bit numbers and a scale."""
    raw = bytearray(write(tmp_path / "k.c3d", recording, 20).read_bytes())
    start, width = 512 * (int.from_bytes(raw[16:18], "little") - 1), 19 * 4 + 22
    rows = np.frombuffer(bytes(raw), "<f4", 20 * width, start).reshape(20, width)
    raw[12:16] = np.float32(0.1).tobytes()
    raw[start:] = np.round(rows * ([*[10, 10, 10, 1] * 19, *[1] * 22])).astype("<i2").tobytes()
    found, expected = parse_c3d(bytes(raw)), parse_c3d((tmp_path / "k.c3d").read_bytes())
    assert_allclose(found.points, expected.points, atol=0.051)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "from where to look"),
        ({"view": "front", "size_px": SIZE_PX}, "no size in pixels"),
        ({"view": "front", "frame_rate_hz": 30.0}, "already contains the time"),
    ],
)
def test_wrong_options_for_points_in_space_are_refused(
    options: dict[str, Any], says: str, recording: PoseRecording, tmp_path: Path
) -> None:
    lab = write_lab(tmp_path / "lab.c3d", in_space(recording.samples[:9], 0.0, y_up=False))
    with pytest.raises(UsageError, match=says):
        load_poses(lab, **options)


def test_wrong_options_for_flat_files_are_refused(recording: PoseRecording, tmp_path: Path) -> None:
    own = write(tmp_path / "own.c3d", recording, 9)
    with pytest.raises(UsageError, match="already contains the frame size"):
        load_poses(own, size_px=SIZE_PX)
    flat = np.zeros((9, len(Keypoint), 3))
    flat[..., :2] = np.stack([sample.keypoints_px for sample in recording.samples[:9]])
    with pytest.raises(UsageError, match="does not contain the width and height"):
        load_poses(write_lab(tmp_path / "flat.c3d", flat))
    with pytest.raises(SourceError, match="not in pixels"):
        load_poses(write_lab(tmp_path / "flat.c3d", flat / 1000), size_px=SIZE_PX)


def test_files_of_other_markers_or_kinds_are_refused(
    recording: PoseRecording, tmp_path: Path
) -> None:
    assert is_pose_file(tmp_path / "SET.C3D")
    with pytest.raises(SourceError, match="cannot read"):
        load_poses(tmp_path / "gone.c3d")
    raw = write(tmp_path / "k.c3d", recording, 9).read_bytes()
    for data, says in (
        (b"", "ends too early"),
        (b"text" * 500, "does not begin like one"),
        (raw[:-600], "ends too early"),
        (raw.replace(b"LKnee ", b"Knee1 ", 1), "no marker LKnee"),
        (raw.replace(b"time_s", b"time_x", 1), "times and confidence"),
        (raw[:515] + b"\x55" + raw[516:], "byte order"),
    ):
        (tmp_path / "bad.c3d").write_bytes(data)
        with pytest.raises(SourceError, match=says):
            load_poses(tmp_path / "bad.c3d")


def test_damage_is_an_error_or_other_poses_but_never_more(
    recording: PoseRecording, tmp_path: Path
) -> None:
    raw = write(tmp_path / "k.c3d", recording, 9).read_bytes()
    chance = random.Random(7)  # noqa: S311
    refused = 0
    for _ in range(400):
        data = bytearray(raw)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(chance.choice([32, 2048, len(data)]))] = chance.randrange(256)
        (tmp_path / "bad.c3d").write_bytes(data)
        try:
            load_poses(tmp_path / "bad.c3d", view="front")
        except (SourceError, UsageError):
            refused += 1
    assert 100 < refused < 400


def test_a_film_too_long_for_the_format_has_no_file_and_a_note(
    recording: PoseRecording, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = measure(recording, "step_down")
    monkeypatch.setattr("formcheck.store.exports.MOST_FRAMES", 599)
    prepared = prepare(Exports.of(["c3d"]), session, recording.samples, ())
    prepared.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (note,) = prepared.notes
    assert note.text == "keypoints.c3d was not written: the format ends at 599 frames."
    assert MOST_FRAMES == 2**16 - 1


def test_a_folder_that_is_not_there_is_an_error(recording: PoseRecording, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"k\.c3d"):
        write(tmp_path / "gone" / "k.c3d", recording, 9)

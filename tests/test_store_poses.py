"""The kept poses: measured again they give exactly the same, and damage costs only its pieces."""

from __future__ import annotations

import dataclasses
import io
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from child_processes import child, next_line
from conftest import RunCli
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import formcheck
from formcheck.data.arrays import FloatArray
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.poses import Poses
from formcheck.pose.profiles import MEDIAPIPE
from formcheck.pose.recorded import HEAD, LOOKS, TAG, PoseRecording, one_by_one, round_sample
from formcheck.store import session_file
from formcheck.store.poses_file import PIECE_S, POSES_NAME, PosesWriter, read_poses

POSES = Path(__file__).parent / "poses"
RECORDED = PoseRecording.load(POSES / "step_down_front_left.npz")


def rough(samples: tuple[PoseSample, ...]) -> list[PoseSample]:
    """As a model gives them: on no step, now and then without a keypoint or without anybody."""
    rng = np.random.default_rng(3)
    found = []
    for index, sample in enumerate(samples):
        pixels = sample.keypoints_px + rng.normal(0, 0.4, sample.keypoints_px.shape)
        pixels[rng.integers(len(Keypoint)) if index % 7 == 0 else 0] = np.nan
        found.append(
            dataclasses.replace(
                sample,
                keypoints_px=pixels,
                world_m=sample.world_m + rng.normal(0, 0.01, sample.world_m.shape),
                confidence=np.clip(sample.confidence - rng.random(len(Keypoint)) / 9, 0, 1),
                leg_edges_px=sample.leg_edges_px + rng.normal(0, 0.4, (2, 2, 2)),
                heading_correction_deg=float(rng.normal(0, 2)),
                camera_roll_deg=float(rng.normal(0, 2)) if index > 20 else float("nan"),
                camera_roll_sem_deg=1.23456789,
                people=1 + index % 3,
                looked_at=index % 5 > 0,
            )
        )
    found[40] = PoseSample.nobody(samples[40].t_s, samples[40].frame_size_px, profile=MEDIAPIPE)
    return found


def same(a: PoseSample, b: PoseSample) -> bool:
    """Equal to the last bit; NaN equals NaN."""
    return a.profile is b.profile and all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=True)
        for f in dataclasses.fields(PoseSample)
        if f.name != "profile"
    )


def write(path: Path, samples: list[PoseSample], *, facts: bool = True) -> Path:
    with PosesWriter(path, *((RECORDED.info, RECORDED.model) if facts else ())) as writer:
        for sample in samples:
            writer.add(sample)
    return path


def pieces(data: bytes) -> list[int]:
    """Where the pieces with looks begin."""
    found, at = [], data.find(TAG)
    while at >= 0:
        _, kind, length, _ = HEAD.unpack_from(data, at)
        found += [at] if kind == LOOKS else []
        at = data.find(TAG, at + HEAD.size + length)
    return found


def test_what_is_read_back_is_bit_for_bit_what_rounding_gives(tmp_path: Path) -> None:
    samples = rough(RECORDED.samples)
    read = read_poses(write(tmp_path / POSES_NAME, samples))
    assert len(read) == len(samples) == 600
    assert all(map(same, read, map(round_sample, samples)))
    assert not any(map(same, read[:9], samples[:9])), "these were on no step"


def test_rounding_again_changes_nothing_and_recordings_are_on_the_steps() -> None:
    once = [round_sample(sample) for sample in rough(RECORDED.samples)]
    assert all(map(same, once, map(round_sample, once)))
    for sample in RECORDED.samples:
        assert np.array_equal(
            round_sample(sample).keypoints_px, sample.keypoints_px, equal_nan=True
        )


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-5e4, 5e4) | st.just(float("nan")), min_size=1, max_size=30))
def test_any_numbers_come_back_as_rounded(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    samples = [
        dataclasses.replace(
            PoseSample.nobody(index / 7, (100, 200)),
            keypoints_px=np.full((len(Keypoint), 2), number),
            camera_roll_deg=number,
        )
        for index, number in enumerate(numbers)
    ]
    read = read_poses(write(tmp_path_factory.mktemp("any") / POSES_NAME, samples))
    assert all(map(same, read, map(round_sample, samples)))


def test_the_step_moves_a_knee_angle_by_less_than_a_fiftieth_of_a_degree() -> None:
    samples = rough(RECORDED.samples)

    def knee_deg(poses: Poses) -> FloatArray:
        hip, knee, ankle = (poses.joint("left", name) for name in ("hip", "knee", "ankle"))
        thigh, shank = hip - knee, ankle - knee
        turned = np.arctan2(thigh[:, 0], -thigh[:, 1]) + np.arctan2(shank[:, 0], shank[:, 1])
        return np.asarray(np.degrees(turned))

    before = knee_deg(Poses.from_samples(samples))
    after = knee_deg(Poses.from_samples([round_sample(sample) for sample in samples]))
    moved = np.abs(before - after)
    assert np.nanpercentile(moved, 95) < 0.02
    # A number is a mean over several frames at the bottom of a repetition.
    assert abs(np.nanmean((before - after)[:10])) < 0.01


def test_a_minute_of_a_restless_film_takes_at_most_a_megabyte(tmp_path: Path) -> None:
    size = write(tmp_path / POSES_NAME, rough(RECORDED.samples)).stat().st_size
    assert size / len(RECORDED.samples) < 500, "bytes a look, though nothing in it repeats"
    still = write(tmp_path / "still.fcp", list(RECORDED.samples)).stat().st_size
    assert still / len(RECORDED.samples) < 250


def test_numpy_alone_reads_a_piece(tmp_path: Path) -> None:
    data = write(tmp_path / POSES_NAME, list(RECORDED.samples)).read_bytes()
    at = pieces(data)[0]
    length = HEAD.unpack_from(data, at)[2]
    content = data[at + HEAD.size : at + HEAD.size + length]
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        hip = arrays["keypoints_px_first"].reshape(-1, 2)[Keypoint.LEFT_HIP] / 1024
        assert arrays["t_s"][-1] - arrays["t_s"][0] == pytest.approx(PIECE_S, abs=0.05)
    assert np.array_equal(hip, RECORDED.samples[0].keypoints_px[Keypoint.LEFT_HIP])


def damaged(path: Path, *, piece: int = 1) -> Path:
    """The recorded poses with one wrong byte in a piece of them."""
    write(path, list(RECORDED.samples))
    data = bytearray(path.read_bytes())
    data[pieces(bytes(data))[piece] + HEAD.size + 700] ^= 1
    path.write_bytes(data)
    return path


def test_a_damaged_piece_costs_only_itself_and_is_counted(tmp_path: Path) -> None:
    path = damaged(tmp_path / POSES_NAME)
    found = PoseRecording.load(path)
    assert found.damaged_pieces >= 1
    lost = {sample.t_s for sample in RECORDED.samples} - {s.t_s for s in found.samples}
    assert len(lost) == pytest.approx(PIECE_S * 30, abs=2)
    assert len(read_poses(path)) == 600 - len(lost)


@pytest.mark.parametrize("spoil", [False, True])
def test_poses_come_one_by_one_as_they_come_together(spoil: bool, tmp_path: Path) -> None:
    path = tmp_path / POSES_NAME
    path = damaged(path) if spoil else write(path, list(RECORDED.samples))
    together = read_poses(path)
    assert len(together) < 600 if spoil else len(together) == 600
    for one, other in zip(one_by_one(path), together, strict=True):
        assert same(dataclasses.replace(one, profile=other.profile), other)


def test_poses_of_a_file_that_is_gone_are_an_error_at_the_first(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no pose recording"):
        next(one_by_one(tmp_path / POSES_NAME))


def test_a_session_says_which_poses_were_damaged(tmp_path: Path) -> None:
    whole = formcheck.measure(RECORDED, "step_down")
    path = damaged(tmp_path / POSES_NAME, piece=2)
    session = formcheck.analyze(path, exercise="step_down")
    lost = 600 - session.source.frames
    assert lost == pytest.approx(PIECE_S * 30, abs=2)
    assert session.source.frames_dropped == lost
    assert not session.complete
    times = [sample.t_s for sample in PoseRecording.load(path).samples]
    start_s, end_s = max(pairwise(times), key=lambda pair: pair[1] - pair[0])
    (warning,) = session.source.warnings
    assert warning == (
        f"The poses from {start_s:.1f} to {end_s:.1f} s are damaged and were left out."
    )
    assert len(session.reps) < len(whole.reps)
    assert any(f"no frames for {end_s - start_s:.1f} s" in note.text for note in session.notes)
    assert not any("stuttered" in note.text for note in session.notes)
    assert whole.complete
    assert whole.source.frames_dropped == 0


@pytest.mark.parametrize(
    ("piece", "warning"),
    [(0, "The poses before "), (-1, "The file is damaged at its end: poses after ")],
)
def test_damage_at_either_end_of_the_poses_is_reported(
    piece: int, warning: str, tmp_path: Path
) -> None:
    found = PoseRecording.load(damaged(tmp_path / POSES_NAME, piece=piece))
    (only,) = found.info.warnings
    assert only.startswith(warning)
    assert not found.complete


@pytest.mark.parametrize("left", [0, 1, HEAD.size, 500])
def test_whatever_is_left_of_the_last_piece_those_before_are_there(
    left: int, tmp_path: Path
) -> None:
    path = write(tmp_path / POSES_NAME, list(RECORDED.samples))
    data = path.read_bytes()
    path.write_bytes(data[: pieces(data)[-1] + left])
    found = PoseRecording.load(path)
    assert 600 - PIECE_S * 30 - 2 <= len(found.samples) < 600
    assert all(map(same, found.samples, RECORDED.samples))
    lost = 600 - len(found.samples)
    assert (found.info.frames, found.info.frames_dropped) == (600 - lost, lost)
    assert not found.complete


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_a_kill_loses_at_most_a_piece(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from formcheck.pose.recorded import PoseRecording;"
        "from formcheck.store.poses_file import PosesWriter;"
        f"samples = PoseRecording.load({str(POSES / 'step_down_front_left.npz')!r}).samples;"
        f"writer = PosesWriter(Path({str(tmp_path / POSES_NAME)!r}));"
        "[writer.add(sample) for sample in samples[:400]]; time.sleep(1);"
        "print('written', flush=True); time.sleep(600)"
    )
    with child([sys.executable, "-c", code]) as process:
        assert next_line(process) == "written\n"
        process.send_signal(signal.SIGKILL)
    found = PoseRecording.load(tmp_path / POSES_NAME)
    assert len(found.samples) > 400 - PIECE_S * 30 - 2
    assert all(map(same, found.samples, RECORDED.samples))
    assert (found.info.width, found.info.height) == RECORDED.samples[0].frame_size_px


def test_the_facts_known_last_are_those_that_hold(tmp_path: Path) -> None:
    writer = PosesWriter(tmp_path / POSES_NAME, RECORDED.info, RECORDED.model)
    writer.add(RECORDED.samples[0])
    last = dataclasses.replace(RECORDED.info, frames=1, frames_dropped=7)
    writer.close(last)
    writer.close()
    assert PoseRecording.load(tmp_path / POSES_NAME).info == dataclasses.replace(last, looks=1)


def test_a_place_that_cannot_be_written_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutputError, match=r"poses\.fcp"):
        PosesWriter(tmp_path / "no" / POSES_NAME)
    writer = PosesWriter(tmp_path / POSES_NAME)
    monkeypatch.setattr(os, "fsync", _no_space)
    writer.add(RECORDED.samples[0])
    with pytest.raises(OutputError, match="No space"):
        writer.close()


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "content", [b"", b"formcheck.poses/2\n", b"formcheck.poses/9\n", b"x" * 99]
)
def test_what_holds_no_poses_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / POSES_NAME).write_bytes(content)
    with pytest.raises(SourceError, match="not a pose recording"):
        read_poses(tmp_path / POSES_NAME)


def test_the_kept_poses_of_a_session_are_measured_again_to_the_same_numbers(
    tmp_path: Path, run_cli: RunCli
) -> None:
    """Bit for bit: the poses were rounded before they were measured."""
    first, again = tmp_path / "first", tmp_path / "again"
    analyze = ("analyze", "-e", "step_down", "--no-history", "--json")
    done = run_cli(*analyze, str(POSES / "step_down_front_left.npz"), "-o", str(first))
    assert done.code == 0
    assert run_cli(*analyze, str(first / POSES_NAME), "-o", str(again)).code == 0
    kept, measured = session_file.load(first), session_file.load(again)
    assert structs.replace(measured, created=kept.created) == kept
    assert (first / "frames.csv").read_bytes() == (again / "frames.csv").read_bytes()


def test_the_poses_are_not_kept_when_that_is_not_wanted(tmp_path: Path, run_cli: RunCli) -> None:
    film, out = POSES / "step_down_front_left.npz", tmp_path / "out"
    words = ("analyze", str(film), "-e", "step_down", "--no-history", "-o", str(out))
    assert run_cli(*words).code == 0
    assert (out / POSES_NAME).is_file()
    assert run_cli(*words, "--no-poses").code == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["frames.csv", "report.html", "reps.csv", "session.json"]

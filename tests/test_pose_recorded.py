from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from formcheck.data.errors import OutputError, SourceError
from formcheck.data.frame import Frame, FrameSource, SourceInfo
from formcheck.data.keypoints import Keypoint, PoseSample, unknown_edges
from formcheck.pose.estimator import ModelInfo, PoseEstimator
from formcheck.pose.recorded import (
    CONFIDENCE_STEP,
    PIXEL_STEP_PX,
    WORLD_STEP_M,
    PoseRecording,
    RecordedEstimator,
    RecordedSource,
)
from formcheck.store.poses_file import save_poses

INFO = SourceInfo(
    kind="video", name="set.mp4", width=480, height=848, frames=40, warnings=("12 frames lost",)
)
MODEL = ModelInfo(name="full", sha256="ab" * 32)


def random_samples(count: int = 40) -> list[PoseSample]:
    """Random walks; some keypoints are missing, and nobody is seen in frame 7."""
    rng = np.random.default_rng(1)
    points = len(Keypoint)
    pixels = 400 + rng.normal(0, 2, (count, points, 2)).cumsum(axis=0)
    world = rng.normal(0, 0.3, (count, points, 3))
    confidence = rng.random((count, points))
    edges = rng.normal(0, 20, (count, *unknown_edges().shape))
    pixels[3, 5] = world[3, 5] = edges[3, 1] = np.nan
    samples = [
        PoseSample(
            i / 30,
            pixels[i],
            confidence[i],
            world[i],
            (480, 848),
            people=1 + i % 2,
            leg_edges_px=edges[i],
        )
        for i in range(count)
    ]
    samples[7] = PoseSample.nobody(7 / 30, (480, 848))
    return samples


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "set.poses.npz"
    save_poses(target, INFO, MODEL, random_samples())
    return target


def test_saved_poses_are_loaded_within_the_stated_rounding(path: Path) -> None:
    recording = PoseRecording.load(path)
    # Every frame of it was looked at.
    assert recording.info == dataclasses.replace(INFO, looks=INFO.frames)
    assert recording.model == MODEL
    for given, kept in zip(random_samples(), recording.samples, strict=True):
        assert kept.t_s == given.t_s
        assert (kept.frame_size_px, kept.people, kept.seen) == (
            given.frame_size_px,
            given.people,
            given.seen,
        )
        assert_allclose(kept.keypoints_px, given.keypoints_px, rtol=0, atol=PIXEL_STEP_PX / 1.99)
        assert_allclose(kept.leg_edges_px, given.leg_edges_px, rtol=0, atol=PIXEL_STEP_PX / 1.99)
        assert_allclose(kept.world_m, given.world_m, rtol=0, atol=WORLD_STEP_M / 1.99)
        assert_allclose(kept.confidence, given.confidence, rtol=0, atol=CONFIDENCE_STEP / 1.99)


FIRST_FORMAT = Path(__file__).parent / "poses" / "step_down_front_left.npz"
"""Written by the version that had the first format."""


def altered(path: Path, **changes: npt.NDArray[Any] | None) -> Path:
    """A copy of a recording of the first format, with other arrays or without some."""
    with np.load(FIRST_FORMAT) as file:
        arrays = {name: file[name] for name in file.files} | changes
    kept = {name: values for name, values in arrays.items() if values is not None}
    np.savez_compressed(path, allow_pickle=False, **kept)
    return path


def test_a_recording_of_the_first_format_can_be_read_and_kept_in_the_present_one(
    tmp_path: Path,
) -> None:
    old = PoseRecording.load(FIRST_FORMAT)
    assert len(old.samples) == old.info.frames == 600
    save_poses(tmp_path / "new.fcp", old.info, old.model, old.samples)
    new = PoseRecording.load(tmp_path / "new.fcp")
    assert new.info == dataclasses.replace(old.info, looks=600)
    assert (new.model, new.damaged_pieces) == (old.model, 0)
    for a, b in zip(old.samples, new.samples, strict=True):
        for field in dataclasses.fields(PoseSample):
            assert_array_equal(getattr(a, field.name), getattr(b, field.name))


def test_a_recording_from_before_the_edges_and_the_tilt_has_none(tmp_path: Path) -> None:
    path = altered(
        tmp_path / "set.npz", leg_edges_px=None, leg_edges_px_missing=None, camera_roll_deg=None
    )
    first = PoseRecording.load(path).samples[0]
    assert first.seen
    assert np.isnan(first.leg_edges_px).all()
    assert np.isnan(first.camera_roll_deg)


def test_saving_again_changes_nothing(path: Path, tmp_path: Path) -> None:
    once = PoseRecording.load(path)
    save_poses(tmp_path / "again.npz", once.info, once.model, once.samples)
    twice = PoseRecording.load(tmp_path / "again.npz")
    for a, b in zip(once.samples, twice.samples, strict=True):
        assert_array_equal(a.keypoints_px, b.keypoints_px)
        assert_array_equal(a.world_m, b.world_m)
        assert_array_equal(a.confidence, b.confidence)


def test_a_large_jump_is_kept(tmp_path: Path) -> None:
    samples = random_samples()[:2]
    jumped = dataclasses.replace(samples[1], keypoints_px=samples[1].keypoints_px + 9_000)
    save_poses(tmp_path / "jumped.npz", INFO, MODEL, [samples[0], jumped])
    kept = PoseRecording.load(tmp_path / "jumped.npz").samples[1].keypoints_px
    assert_allclose(kept, jumped.keypoints_px, atol=PIXEL_STEP_PX)


def test_a_recording_of_no_frames(tmp_path: Path) -> None:
    save_poses(tmp_path / "none.npz", INFO, MODEL, [])
    assert PoseRecording.load(tmp_path / "none.npz").samples == ()


def test_a_recording_is_small(path: Path) -> None:
    assert path.stat().st_size < 40 * 300 + 4_000  # 300 bytes a pose, and the facts twice


def test_replays_through_the_same_protocols(path: Path) -> None:
    recording = PoseRecording.load(path)
    source: FrameSource = RecordedSource(recording)
    estimator: PoseEstimator = RecordedEstimator(recording)
    frames = list(source)
    assert [frame.index for frame in frames] == list(range(40))
    assert frames[0].image.shape == (848, 480, 3)
    assert tuple(estimator.estimate(frame) for frame in frames) == recording.samples
    assert source.info == dataclasses.replace(INFO, kind="poses", looks=INFO.frames)
    assert estimator.model == MODEL


def test_a_frame_of_another_film_is_rejected(path: Path) -> None:
    estimator = RecordedEstimator(PoseRecording.load(path))
    blank = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(SourceError, match="no frame 3"):
        estimator.estimate(Frame(3, 0.5, blank))
    with pytest.raises(SourceError, match="no frame 99"):
        estimator.estimate(Frame(99, 3.3, blank))


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no pose recording '.*gone\.npz'"):
        PoseRecording.load(tmp_path / "gone.npz")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_recording_of_the_first_format_is_refused(tmp_path: Path, share: float) -> None:
    path, data = tmp_path / "set.npz", FIRST_FORMAT.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(SourceError, match="is not a pose recording, or is damaged"):
        PoseRecording.load(path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    facts = np.array(json.dumps({"format": "formcheck.poses/99"}))
    with pytest.raises(SourceError, match="is not a pose recording"):
        PoseRecording.load(altered(tmp_path / "set.npz", facts=facts))


@pytest.mark.parametrize("name", ["t_s", "keypoints_px", "world_m_missing", "frame_size_px"])
def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="is not a pose recording"):
        PoseRecording.load(altered(tmp_path / "set.npz", **{name: np.zeros(3, np.int16)}))


def test_pickled_objects_are_rejected(path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, facts=np.array([object()], dtype=object))
    with pytest.raises(SourceError, match="is not a pose recording"):
        PoseRecording.load(path)


def test_an_unwritable_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"missing/set\.npz"):
        save_poses(tmp_path / "missing" / "set.npz", INFO, MODEL, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "wrong"), [("keypoints_px", np.nan), ("people", np.inf)])
def test_numbers_that_became_fractions_are_damage(name: str, wrong: float, tmp_path: Path) -> None:
    with np.load(FIRST_FORMAT) as file:
        shape = file[name].shape
    with pytest.raises(SourceError, match="damaged"):
        PoseRecording.load(altered(tmp_path / "my.npz", **{name: np.full(shape, wrong)}))

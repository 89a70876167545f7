"""The xarray dataset: the layout of the movement library, and the numbers of the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.testing import assert_array_equal

import formcheck
from formcheck.data.keypoints import Keypoint
from formcheck.data.session import Session
from formcheck.pose.recorded import PoseRecording
from formcheck.report.tables import frames_table
from formcheck.store.exports import Exports, prepare

xr: Any = pytest.importorskip("xarray")
pytest.importorskip("netCDF4")

POSES = Path(__file__).parent / "poses" / "step_down_front_left.npz"
LAYOUT = {
    "position": ("time", "space", "keypoints", "individuals"),
    "confidence": ("time", "keypoints", "individuals"),
}
"""Dimensions of a poses dataset in movement 0.15 (`ValidPosesInputs`)."""


@pytest.fixture(scope="module")
def measured() -> tuple[Session, PoseRecording]:
    poses = formcheck.track(POSES)
    return formcheck.measure(poses, "step_down"), poses


@pytest.fixture(scope="module")
def dataset(measured: tuple[Session, PoseRecording]) -> Any:
    return formcheck.to_dataset(*measured)


def test_the_layout_is_that_of_movement(dataset: Any) -> None:
    assert {name: dataset[name].dims for name in LAYOUT} == LAYOUT
    assert dataset.space.values.tolist() == ["x", "y"]
    assert dataset.keypoints.values.tolist() == [which.name.lower() for which in Keypoint]
    assert dataset.individuals.values.tolist() == ["id_0"]
    facts = {name: dataset.attrs[name] for name in ("source_software", "ds_type", "time_unit")}
    assert facts == {"source_software": "formcheck", "ds_type": "poses", "time_unit": "seconds"}
    assert dataset.attrs["fps"] == pytest.approx(30.0, abs=0.001)


def test_the_keypoints_are_those_of_the_poses(
    dataset: Any, measured: tuple[Session, PoseRecording]
) -> None:
    poses = measured[1]
    for frame in (0, 300):
        sample = poses.samples[frame]
        at = dataset.isel(time=frame, individuals=0)
        assert float(at.time) == sample.t_s
        assert_array_equal(
            at.position.sel(keypoints="left_knee").values,
            sample.keypoints_px[Keypoint.LEFT_KNEE],
        )
        assert_array_equal(at.confidence.values, sample.confidence)


def test_the_series_are_those_of_the_frames_table_with_their_units(
    dataset: Any, measured: tuple[Session, PoseRecording]
) -> None:
    table = frames_table(measured[0])
    columns = dict(
        zip((one.name for one in table.columns), zip(*table.rows, strict=True), strict=True)
    )
    compared = 0
    for name, values in columns.items():
        if name == "t_s":
            continue
        found = dataset[name]
        assert found.dims == ("time",)
        for value, cell in zip(found.values.tolist(), values, strict=True):
            assert value == cell or (cell is None and (value == "" or np.isnan(value)))
            compared += value == cell
    assert compared > 3000
    assert dataset["knee_fppa_deg"].attrs == {"units": "°", "long_name": "Knee valgus"}
    assert dataset["live_knee_fppa_deg"].attrs["long_name"] == "Knee valgus, provisional"
    assert dataset["depth"].attrs["units"] == "%"


def test_a_frame_without_series_is_unknown_in_them(
    measured: tuple[Session, PoseRecording],
) -> None:
    session, poses = measured
    fewer = {name: values[:-1] for name, values in session.series.items()}
    last = formcheck.to_dataset(replace(session, series=fewer), poses).isel(time=-1)
    assert np.isnan(float(last.depth))
    assert (str(last.phase.values), int(last.people)) == ("", 0)
    assert np.isfinite(last.position.values).all()


def test_the_file_gives_the_same_dataset_back(
    measured: tuple[Session, PoseRecording], tmp_path: Path
) -> None:
    session = replace(measured[0], person="Person A \udcff")
    prepare(Exports.of(["nc"]), session, measured[1].samples, ()).save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["poses.nc"]
    read = xr.load_dataset(tmp_path / "poses.nc")
    assert read.individuals.values.tolist() == ["Person A ?"]
    xr.testing.assert_equal(
        read.drop_vars("individuals"),
        formcheck.to_dataset(*measured).drop_vars("individuals"),
    )
    assert read.attrs["ds_type"] == "poses"
    assert read["knee_fppa_deg"].attrs["units"] == "°"


def test_without_xarray_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, measured: tuple[Session, PoseRecording]
) -> None:
    monkeypatch.setattr("formcheck.store.extras.find_spec", lambda _: None)
    with pytest.raises(formcheck.UsageError, match="need the package xarray") as raised:
        Exports.of(["nc"])
    assert "pip install 'formcheck[xarray]'" in raised.value.hint
    with pytest.raises(formcheck.UsageError, match="need the package xarray"):
        formcheck.to_dataset(*measured)

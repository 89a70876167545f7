"""Exports a session and its poses as an xarray dataset, or as a netCDF file.

The dataset has the layout of the Python library ``movement``. It needs the optional packages xarray
and netCDF4 (``pip install 'formcheck[xarray]'``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from formcheck.data.declare import rounded
from formcheck.data.keypoints import Keypoint
from formcheck.data.poses import Poses
from formcheck.data.session import Session
from formcheck.data.texts import without_surrogates
from formcheck.motion.assemble import LIVE
from formcheck.report.tables import frame_kind
from formcheck.store.whole_file import whole_path

if TYPE_CHECKING:
    import xarray as xr

    Dataset: TypeAlias = xr.Dataset

NOBODY = "id_0"
"""Name of the individual if the session has no person, as in ``movement``."""

_MISSING: Mapping[str, Any] = {"text": "", "count": 0, "number": np.nan}
"""Values for a missing cell, by the kind of the column."""


def dataset_of(session: Session, poses: Poses) -> Dataset:
    """Make a dataset of a session and its poses.

    Parameters
    ----------
    session
        The session. Its time series become variables, rounded as in the saved session: final values
        under the id of the measurement, provisional ones under ``live_`` and the id.
    poses
        The unfiltered poses of all analyzed frames.

    Returns
    -------
    xarray.Dataset
        ``position`` (time, space, keypoints, individuals) is in pixels, with x to the right and y
        down, and NaN if not seen. ``confidence`` (time, keypoints, individuals) is 0 to 1. There is
        one individual. ``time`` is the true time of each frame in seconds. Where the session has no
        value for a frame, its variables are NaN, empty or 0.
    """
    import xarray as xr

    pixels = {"units": "px", "long_name": "position in the upright frame"}
    sure = {"units": "1", "long_name": "how certain the pose model is that the keypoint is in view"}
    variables: dict[str, Any] = {
        "position": (
            ("time", "space", "keypoints", "individuals"),
            poses.keypoints_px.transpose(0, 2, 1)[..., np.newaxis],
            pixels,
        ),
        "confidence": (
            ("time", "keypoints", "individuals"),
            poses.confidence[..., np.newaxis],
            sure,
        ),
    }
    series = rounded(session).series
    place = {t_s: n for n, t_s in enumerate(series.get("t_s", ()))}
    rows = [place.get(t_s) for t_s in np.round(poses.t_s, 3).tolist()]
    for name, values in series.items():
        if name != "t_s":
            variables[name] = (
                "time",
                _column(name, values, rows),
                _series_attributes(session, name),
            )
    return xr.Dataset(
        variables,
        coords={
            "time": ("time", poses.t_s, {"units": "s"}),
            "space": ["x", "y"],
            "keypoints": [which.name.lower() for which in Keypoint],
            "individuals": [without_surrogates(session.person) or NOBODY],
        },
        attrs=_attributes(session),
    )


def write_dataset(path: Path, dataset: xr.Dataset) -> None:
    """Write a dataset as netCDF, completely or not at all; raises ``OutputError``."""
    with whole_path(path) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4")


def _column(name: str, values: Sequence[Any], rows: Sequence[int | None]) -> Any:
    """Return a time series as an array with a value for each pose (``rows``: its index)."""
    kind = frame_kind(name)
    missing = _MISSING[kind]
    found = (None if row is None else values[row] for row in rows)
    cells = [missing if value is None else value for value in found]
    return np.array(cells, dtype={"text": str, "count": np.int64, "number": np.float64}[kind])


def _series_attributes(session: Session, name: str) -> dict[str, str]:
    """Return the attributes of a time series: unit and title, if it is a measurement."""
    for spec in session.specs:
        if spec.id == name.removeprefix(LIVE):
            live = ", provisional" if name.startswith(LIVE) else ""
            return {"units": spec.unit or "1", "long_name": spec.title + live}
    return {}


def _attributes(session: Session) -> dict[str, Any]:
    """Return the attributes of the whole dataset."""
    source, made_by = session.source, session.provenance
    facts = {
        "source_software": "formcheck",
        "ds_type": "poses",
        "time_unit": "seconds",
        "source_file": without_surrogates(source.name),
        "exercise": session.exercise.id,
        "view": session.view.kind,
        "created": session.created,
        "formcheck_version": made_by.version,
        "pose_model": made_by.model,
        "frame_width_px": source.width,
        "frame_height_px": source.height,
    }
    return facts | ({"fps": source.frame_rate_hz} if source.frame_rate_hz else {})

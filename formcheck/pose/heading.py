"""The heading of the body: how far the person is turned from the camera about the vertical."""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint


def heading_deg(world_m: FloatArray) -> FloatArray:
    """Return the heading, from the lines across shoulders and hips in space.

    Parameters
    ----------
    world_m
        World coordinates in metres, shape (..., 19, 3), axes as in
        :class:`~formcheck.data.keypoints.PoseSample`.

    Returns
    -------
    Degrees, shape (...): 0 facing the camera, + turned to the person's own left, -180 to 180.
    NaN where a shoulder or hip is missing.
    """
    across = (
        world_m[..., Keypoint.LEFT_SHOULDER, :]
        - world_m[..., Keypoint.RIGHT_SHOULDER, :]
        + world_m[..., Keypoint.LEFT_HIP, :]
        - world_m[..., Keypoint.RIGHT_HIP, :]
    )
    return np.asarray(np.degrees(np.arctan2(across[..., 2], across[..., 0])))


def wrap_deg(angle_deg: FloatArray) -> FloatArray:
    """Return angles wrapped to the range -180 to 180 degrees; same shape, NaN stays NaN."""
    return np.asarray((angle_deg + 180.0) % 360.0 - 180.0)

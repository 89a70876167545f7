"""Which way the body faces, from the model's guess of the pose in space."""

from __future__ import annotations

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.keypoints import Keypoint


def heading_deg(world_m: FloatArray) -> FloatArray:
    """Turn of the body about the vertical, from the lines across shoulders and hips.

    Parameters
    ----------
    world_m
        Shape (..., 19, 3), as in :class:`~formcheck.data.keypoints.PoseSample`.

    Returns
    -------
    Shape (...): 0 faces the camera, + turned to the person's own left, -180 to 180. NaN where
    a shoulder or hip is missing.
    """
    across = (
        world_m[..., Keypoint.LEFT_SHOULDER, :]
        - world_m[..., Keypoint.RIGHT_SHOULDER, :]
        + world_m[..., Keypoint.LEFT_HIP, :]
        - world_m[..., Keypoint.RIGHT_HIP, :]
    )
    return np.asarray(np.degrees(np.arctan2(across[..., 2], across[..., 0])))


def wrap_deg(angle: FloatArray) -> FloatArray:
    """The same angle between -180 and 180."""
    return np.asarray((angle + 180.0) % 360.0 - 180.0)

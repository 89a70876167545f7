"""Make a small picture of a frame with the body drawn in, to show while a film is measured."""

from __future__ import annotations

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError
from formcheck.data.keypoints import PoseSample
from formcheck.screen.draw import draw
from formcheck.screen.state import OverlayState, body_length_px

PREVIEW_HEIGHT_PX = 320
_QUALITY = 70


def preview(image: ImageArray, sample: PoseSample) -> bytes:
    """Return a reduced frame with the body drawn in, as a JPEG.

    Parameters
    ----------
    image
        RGB, shape (height, width, 3).
    sample
        The pose in the frame; without a person, nothing is drawn.

    Raises
    ------
    OutputError
        The picture cannot be encoded.
    """
    height, width = image.shape[:2]
    scale = min(1.0, PREVIEW_HEIGHT_PX / height)
    size_px = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size_px, interpolation=cv2.INTER_AREA).astype(np.uint8)
    if sample.seen:
        body_px = body_length_px(sample.keypoints_px)
        state = OverlayState(t_s=sample.t_s, pose=sample, body_px=body_px)
        small = draw(small, state, panels=())
    written, jpeg = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not written:
        raise OutputError("the picture of the film could not be made")
    return jpeg.tobytes()

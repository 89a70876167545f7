"""Stills: a picture of each repetition at its lowest point, with the final numbers drawn in.

While the session runs, the frame at the lowest point is kept, cropped to the person (the raw
still). When the session has been measured, the final numbers are drawn on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import ExerciseInfo, Rep, Session
from formcheck.screen.draw import draw
from formcheck.screen.state import bottom_state

STILL_HEIGHT_PX = 720
MOST_ENLARGED = 2.0
"""Largest factor by which a small person is enlarged, so that lines and letters stay readable."""
RAW_QUALITY, QUALITY = 95, 80
MARGIN = 0.15
"""Margin around the keypoints, as a share of the body's height; the head is above the ears."""
NARROWEST, WIDEST = 0.6, 1.2
"""Smallest and largest ratio of a still's width to its height. Our choice."""


@dataclass(frozen=True, eq=False)
class RawStill:
    """A cropped frame with nothing drawn on it, and the pose in it."""

    jpeg: bytes
    sample: PoseSample


class Stills:
    """Sink that keeps the deepest frame of each repetition as a raw still.

    One full frame is held at a time; the stills are small JPEGs, encoded in a background thread.
    """

    def __init__(self) -> None:
        self._deepest: tuple[Frame, FrameResult] | None = None
        self._last_phase: Phase | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stills")
        self._kept: dict[int, Future[RawStill]] = {}

    def raw(self, index: int) -> RawStill | None:
        """Wait for the raw still of a repetition and return it; ``None`` if there is none."""
        made = self._kept.get(index)
        return None if made is None else made.result()

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Process one analyzed frame."""
        if result.closed is not None:
            self._keep(result.closed.index)
        if result.phase is Phase.DESCENT and self._last_phase is not Phase.DESCENT:
            self._deepest = None
        self._last_phase = result.phase
        moving = result.phase in (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)
        if moving and (self._deepest is None or _is_deeper(result, self._deepest[1])):
            self._deepest = (frame, result)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Keep the still of a last repetition that ended with the source."""
        if reps and reps[-1].index not in self._kept:
            self._keep(reps[-1].index)
        self._thread.shutdown(wait=False)  # stills under way are still encoded

    def abort(self) -> None:
        """Encode no more stills."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _keep(self, index: int) -> None:
        if self._deepest is not None:
            frame, result = self._deepest
            self._kept[index] = self._thread.submit(cropped, frame.image, result.sample)


def _is_deeper(result: FrameResult, before: FrameResult) -> bool:
    return (result.depth or 0.0) > (before.depth or 0.0)


def draw_stills(session: Session, stills: Stills) -> dict[int, bytes]:
    """Return a JPEG for each repetition that has a raw still, by the repetition's index."""
    raw = {rep.index: stills.raw(rep.index) for rep in session.reps}
    return {
        rep.index: draw_still(session.exercise, rep, still)
        for rep in session.reps
        if (still := raw[rep.index]) is not None
    }


def draw_still(info: ExerciseInfo, rep: Rep, raw: RawStill) -> bytes:
    """Draw the final numbers of a repetition over its raw still; return a JPEG.

    Raises
    ------
    OutputError
        The still cannot be read or encoded.
    """
    image = cv2.imdecode(np.frombuffer(raw.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise OutputError(f"the picture of {rep.full_name} {rep.index} cannot be read again")
    drawn = draw(image.astype(np.uint8), bottom_state(rep, info, raw.sample), panels=())
    return _jpeg(drawn, QUALITY)


def cropped(image: ImageArray, sample: PoseSample) -> RawStill:
    """Return a frame cropped to the person, with the pose moved; the whole frame without a person.

    The image may have another size than the frame in which the pose was found.
    """
    whole_px = (image.shape[1], image.shape[0])
    points = sample.keypoints_px * (np.array(whole_px) / np.maximum(sample.frame_size_px, 1))
    sample = replace(sample, keypoints_px=points, frame_size_px=whole_px)
    left, top, right, bottom = crop_box(sample)
    scale = min(MOST_ENLARGED, STILL_HEIGHT_PX / (bottom - top))
    size_px = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    part = image[top:bottom, left:right]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(part, size_px, interpolation=how).astype(np.uint8)
    moved = (sample.keypoints_px - np.array([left, top])) * scale
    return RawStill(
        _jpeg(resized, RAW_QUALITY), replace(sample, keypoints_px=moved, frame_size_px=size_px)
    )


def crop_box(sample: PoseSample) -> tuple[int, int, int, int]:
    """Return the part of the frame that shows the person: left, top, right, bottom, in pixels.

    The box around the keypoints with some margin, neither too narrow nor too wide, inside the
    frame.
    """
    width, height = sample.frame_size_px
    points = sample.keypoints_px[np.isfinite(sample.keypoints_px).all(axis=1)]
    points = points[((points >= 0) & (points <= (width, height))).all(axis=1)]
    if not len(points):
        return 0, 0, width, height
    low, high = points.min(axis=0), points.max(axis=0)
    tall = min(max((1 + 2 * MARGIN) * (high[1] - low[1]), 16.0), height)
    wide = high[0] - low[0] + 2 * MARGIN * (high[1] - low[1])
    wide = min(max(wide, NARROWEST * tall), width)
    tall = min(max(tall, wide / WIDEST), height)
    middle = (low + high) / 2
    left = round(min(max(middle[0] - wide / 2, 0.0), width - wide))
    top = round(min(max(middle[1] - tall / 2, 0.0), height - tall))
    return left, top, min(width, left + max(1, round(wide))), min(height, top + max(1, round(tall)))


def _jpeg(image: ImageArray, quality: int) -> bytes:
    written, jpeg = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise OutputError("the picture of a repetition could not be made")
    return jpeg.tobytes()

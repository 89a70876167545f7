"""A picture of the lowest point of each repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import cv2

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError
from formcheck.data.frame import Frame
from formcheck.data.results import FrameResult, Phase, Rep

STILL_HEIGHT_PX = 720
JPEG_QUALITY = 80


class Stills:
    """Keeps one picture for each repetition, from the deepest frame of its lowering.

    Only one frame is held at a time; the pictures are small JPEGs. They are made in a thread of
    their own: the session goes on meanwhile.

    Parameters
    ----------
    draw
        Draws on a copy of the picture what the frame's result says.
    """

    def __init__(self, draw: Callable[[ImageArray, FrameResult], ImageArray]) -> None:
        self._draw = draw
        self._deepest: tuple[Frame, FrameResult] | None = None
        self._last_phase: Phase | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stills")
        self._kept: dict[int, Future[bytes]] = {}

    @property
    def pictures(self) -> dict[int, bytes]:
        """The pictures by repetition; waits for those that are being made."""
        return {index: made.result() for index, made in self._kept.items()}

    def picture(self, index: int) -> bytes | None:
        """The picture of one repetition, waited for; ``None`` when there is none."""
        made = self._kept.get(index)
        return None if made is None else made.result()

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame."""
        if result.closed is not None:
            self._keep(result.closed)
        if result.phase is Phase.DESCENT and self._last_phase is not Phase.DESCENT:
            self._deepest = None
        self._last_phase = result.phase
        moving = result.phase in (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)
        if moving and (self._deepest is None or result.depth > self._deepest[1].depth):
            self._deepest = (frame, result)

    def finish(self, reps: Sequence[Rep]) -> None:
        """Keep the picture of a repetition that closed with the end of the source."""
        if reps and reps[-1].index not in self._kept:
            self._keep(reps[-1])
        self._thread.shutdown(wait=False)  # what was begun is finished

    def abort(self) -> None:
        """Make no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _keep(self, rep: Rep) -> None:
        if self._deepest is not None:
            self._kept[rep.index] = self._thread.submit(self._make, rep.index, *self._deepest)

    def _make(self, index: int, frame: Frame, result: FrameResult) -> bytes:
        picture = self._draw(frame.image, result)
        height, width = picture.shape[:2]
        scale = min(1.0, STILL_HEIGHT_PX / height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        written, jpeg = cv2.imencode(
            ".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if not written:
            raise OutputError(f"the still of repetition {index} could not be made")
        return jpeg.tobytes()

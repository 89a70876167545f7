"""Pictures that a page sends, as a source of frames: JPEG, each with the time it was taken.

Times are the page's own, so that a slow network does not change the tempo: the page's clock is set
against ours once, when the page joins. A page that was reloaded, or another one, has another clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import NamedTuple

import cv2
import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.file_names import printable
from formcheck.data.frame import Frame, SentPicture
from formcheck.video.camera.buffered_source import BufferedSource
from formcheck.video.camera.frame_buffer import CapturedFrame
from formcheck.video.camera.interface import Clock, OnWait, Sleep

LARGEST_SIDE_PX = 1280
"""What a page sends is at most a picture of 720p; larger ones are refused before they are decoded.
Ours."""
JOIN_WITHIN_S = 120.0
"""How long the first picture is waited for: a person may be asked whether the page may use the
camera."""
ANOTHER_TIME_S = 0.5
"""A clock that differs by more than this from before, when its page joins again, was stopped
meanwhile, as by a laptop that slept. Ours; a network's delay is less."""
_MOST_NUMBERS = 64
_LONGEST_NAME = 60
_HINT = "Allow the page to use the camera, and close other programs that use it."


class PictureOfPage(NamedTuple):
    """Which picture it is: each page numbers its own ones, and has a clock of its own."""

    clock_name: str
    number: int


_NONE = PictureOfPage("", 0)


class SentPictureSource(BufferedSource):
    """The pictures of one live session; see :class:`BufferedSource` for what is common.

    The thread that receives calls :meth:`join`, :meth:`put` and :meth:`away`.

    Parameters
    ----------
    camera
        What the page calls its camera.
    on_take
        Called with each picture that is taken to be looked at, before it is; and, when the session
        begins, with the newest one until then, which is not part of it.
    on_wait, mirrored, turn_deg, clock, sleep
        As for :class:`BufferedSource`.

    Attributes
    ----------
    lost
        Pictures that the page gave up, and that could not be read.
    newest
        The newest picture.
    """

    def __init__(
        self,
        camera: str,
        *,
        on_take: Callable[[PictureOfPage], None] = lambda _: None,
        on_wait: OnWait | None = None,
        mirrored: bool = False,
        turn_deg: int = 0,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        super().__init__(
            printable(camera).strip()[:_LONGEST_NAME] or "camera",
            _HINT,
            on_wait=on_wait,
            mirrored=mirrored,
            turn_deg=turn_deg,
            clock=clock,
            sleep=sleep,
            poll_s=0.05,
            first_within_s=JOIN_WITHIN_S,
        )
        self._on_take = on_take
        self._clock_name = ""
        self._ahead_s = 0.0
        self._taken_s = 0.0
        self._pictures: dict[float, PictureOfPage] = {}
        self._lock = threading.Lock()
        self._lost_before = 0
        self.lost = 0
        self.newest = _NONE

    @property
    def dropped(self) -> int:
        """Number of pictures that were given up, by the page or here."""
        return super().dropped + self.lost

    def wait_for_first(self) -> None:
        """Wait for the first picture; the caller's thread shows meanwhile that it is waited for.

        Raises
        ------
        SourceError
            No picture came within :data:`JOIN_WITHIN_S`.
        """
        self._wait_for_first()

    def _generate(self) -> Generator[Frame, None, None]:
        frames = super()._generate()
        self._on_take(self.newest)
        return frames

    def _next(self) -> CapturedFrame | None:
        captured = super()._next()
        if captured is not None:
            with self._lock:
                taken = self._pictures.get(captured.captured_s, _NONE)
            self._on_take(taken)
        return captured

    def number_at(self, captured_s: float) -> int | None:
        """Return the page's number of the picture that was captured then; ``None`` if unknown."""
        with self._lock:
            found = self._pictures.get(captured_s)
        return None if found is None else found.number

    # --- in the thread that receives ---

    def join(self, clock_name: str, ahead_s: float) -> None:
        """Set the page's clock against ours, which is ahead of it by so much."""
        if clock_name != self._clock_name or abs(ahead_s - self._ahead_s) > ANOTHER_TIME_S:
            self._clock_name, self._ahead_s = clock_name, ahead_s

    def away(self) -> None:
        """Note that the page is gone, or its network."""
        self._buffer.mark_lost()

    def put(self, picture: SentPicture) -> None:
        """Take a picture; one that cannot be read, or is not newer than the last, is given up."""
        taken_s = picture.taken_s + self._ahead_s
        self.newest = PictureOfPage(self._clock_name, picture.number)
        self._lost_before += picture.lost_before
        image = decoded(picture.jpeg) if taken_s > self._taken_s else None
        if image is None:
            self._lost_before += 1
            return
        self._taken_s = taken_s
        with self._lock:
            self._pictures[taken_s] = self.newest
            while len(self._pictures) > _MOST_NUMBERS:
                del self._pictures[next(iter(self._pictures))]
        lost_before, self._lost_before = self._lost_before, 0
        if not self.paused:
            self.lost += lost_before
        self._buffer.put(image, taken_s, dropped_before=lost_before, paused=self.paused)


def decoded(jpeg: bytes) -> ImageArray | None:
    """Decode a picture to RGB; ``None`` when it is none, or too large."""
    size_px = size_of(jpeg)
    if size_px is None or max(size_px) > LARGEST_SIDE_PX:
        return None
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def size_of(jpeg: bytes) -> tuple[int, int] | None:
    """Read width and height from the head of a JPEG; ``None`` when it is none."""
    if jpeg[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a start of frame
            height, width = (int.from_bytes(jpeg[at + n : at + n + 2]) for n in (5, 7))
            return (width, height) if width and height else None
        at += 2 + length
    return None

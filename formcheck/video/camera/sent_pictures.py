"""Pictures that a page in the browser sends, as a source of frames.

Each picture is a JPEG with the time at which the page took it. These times are used, so that a slow
network does not change the tempo. The difference between the page's clock and ours is measured
once, when the page joins; a page that was reloaded, or another page, has a clock of its own.
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
"""Pages send pictures of 720p at most; larger ones are refused before they are decoded. Our
choice."""
JOIN_WITHIN_S = 120.0
"""How long to wait for the first picture: the browser may first ask the person whether the page may
use the camera. Our choice."""
ANOTHER_TIME_S = 0.5
"""When a page joins again and its clock differs by more than this from before, the clock was
stopped in between, as by a laptop that slept, and is measured anew. Our choice; a network's delay
is less."""
_MOST_NUMBERS = 64
"""For so many pictures the page's number is remembered."""
_LONGEST_NAME = 60
"""Most characters of a camera's name."""
_HINT = "Allow the page to use the camera, and close other programs that use it."


class PictureOfPage(NamedTuple):
    """Identifies a picture: by the clock of its page, and its number there."""

    clock_name: str
    number: int


_NONE = PictureOfPage("", 0)


class SentPictureSource(BufferedSource):
    """The pictures of one live session as a source of frames.

    The thread that receives pictures calls :meth:`join`, :meth:`put` and :meth:`away`.

    Parameters
    ----------
    camera
        The page's name for its camera.
    on_take
        Called with each picture before it goes to the pose model; and, when the session begins,
        with the newest picture before it, which is not part of the session.
    on_wait, mirrored, turn_deg, clock, sleep
        As for :class:`BufferedSource`.

    Attributes
    ----------
    lost
        Number of pictures that the page skipped or that could not be read.
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
        """Number of pictures that were dropped, by the page or here."""
        return super().dropped + self.lost

    def wait_for_first(self) -> None:
        """Wait for the first picture; ``on_wait`` is called meanwhile.

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
        """Note by how much our clock is ahead of the page's clock, in seconds."""
        if clock_name != self._clock_name or abs(ahead_s - self._ahead_s) > ANOTHER_TIME_S:
            self._clock_name, self._ahead_s = clock_name, ahead_s

    def away(self) -> None:
        """Note that the page is gone, or its network."""
        self._buffer.mark_lost()

    def put(self, picture: SentPicture) -> None:
        """Take a picture; one that cannot be read or is not newer than the last one is dropped."""
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
    """Decode a JPEG to RGB; ``None`` when it is not a picture or too large."""
    size_px = size_of(jpeg)
    if size_px is None or max(size_px) > LARGEST_SIDE_PX:
        return None
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def size_of(jpeg: bytes) -> tuple[int, int] | None:
    """Return width and height from the header of a JPEG; ``None`` when it is not one."""
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

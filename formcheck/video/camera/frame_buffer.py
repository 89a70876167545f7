"""Pass the latest frames from the capture thread to the session, and count dropped ones."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from formcheck.data.arrays import ImageArray
from formcheck.video.camera.interface import Clock

STALL_S = 1.0
"""A longer time without a frame is an outage."""

MAX_DELAY_S = 0.1
MAX_WAITING = 6
"""Frames wait in the buffer for at most this long, and at most this many, so that a short delay of
the session loses none. Beyond that, all but the latest are dropped, as the display must show the
present. Our choice."""

State: TypeAlias = Literal["opening", "open", "lost"]


@dataclass(frozen=True)
class CapturedFrame:
    """An RGB image from a camera; times are in seconds of the session's clock.

    Attributes
    ----------
    image, captured_s
        The image, and when it was captured.
    dropped_before
        How many frames were dropped just before it.
    paused
        Whether the session was paused when it was captured.
    arrived_s
        When it was put into the buffer: after it was captured, if it came over a network.
    """

    image: ImageArray
    captured_s: float
    dropped_before: int = 0
    paused: bool = False
    arrived_s: float = math.nan


@dataclass(frozen=True)
class Outage:
    """A time without frames, by the clock; ``lost`` when the camera had to be opened again."""

    start_s: float
    end_s: float
    lost: bool


class LatestFrameBuffer:
    """Holds the frames of the last tenth of a second; dropped frames are counted.

    Written by the capture thread, read by the consumer. Frames captured before :meth:`begin` are
    not part of the session: they are neither counted nor returned after it.

    Parameters
    ----------
    clock
        Monotonic time in seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._frames: deque[CapturedFrame] = deque()
        self._error: BaseException | None = None
        self._state: State = "opening"
        self._begun = False
        self._ended = False
        self._dropped = 0
        self._last_s = clock()
        self._lost_since_last = False
        self._outages: list[Outage] = []

    # --- called by the capture thread ---

    def put(
        self,
        image: ImageArray,
        captured_s: float | None = None,
        *,
        dropped_before: int = 0,
        paused: bool = False,
    ) -> None:
        """Add a frame captured now, or at a time of the session clock."""
        with self._changed:
            now_s = self._clock()
            if self._ended:
                return
            if self._begun:
                if now_s - self._last_s > STALL_S:
                    self._outages.append(Outage(self._last_s, now_s, self._lost_since_last))
            else:
                self._frames.clear()
            taken_s = now_s if captured_s is None else captured_s
            self._frames.append(CapturedFrame(image, taken_s, dropped_before, paused, now_s))
            self._drop_late(now_s)
            self._last_s = now_s
            self._state, self._lost_since_last = "open", False
            self._changed.notify_all()

    def mark_lost(self) -> None:
        """Record that the camera is disconnected."""
        with self._changed:
            if self._state == "open":
                self._state, self._lost_since_last = "lost", True

    def fail(self, error: BaseException) -> None:
        """Pass on the error that ended the capture thread; :meth:`take` raises it."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    # --- called by the consumer ---

    def begin(self) -> None:
        """Start the session; discard all earlier frames and outages."""
        with self._changed:
            self._begun, self._dropped = True, 0
            self._frames.clear()
            self._outages.clear()
            self._last_s = self._clock()

    def take(self, timeout_s: float) -> CapturedFrame | None:
        """Remove and return the next frame; ``None`` when none arrives within ``timeout_s``.

        The timeout is in real seconds, not those of the session clock.
        """
        with self._changed:
            if not self._frames and self._error is None:
                self._changed.wait(timeout_s)
            if self._error is not None:
                raise self._error
            self._drop_late(self._clock())
            return self._frames.popleft() if self._frames else None

    @property
    def has_frame(self) -> bool:
        """Whether a frame is waiting."""
        return bool(self._frames)

    @property
    def oldest_waited_s(self) -> float:
        """How long the next frame has waited to be taken since it arrived; 0 when none waits."""
        with self._changed:
            return self._clock() - self._frames[0].arrived_s if self._frames else 0.0

    def end(self) -> None:
        """End the session; later frames are ignored."""
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._frames.clear()
            now_s = self._clock()
            if self._begun and now_s - self._last_s > STALL_S:
                self._outages.append(Outage(self._last_s, now_s, self._lost_since_last))

    @property
    def state(self) -> State:
        """Whether the camera is being opened, open, or lost."""
        return self._state

    @property
    def waited_s(self) -> float:
        """Seconds since the last frame, or since the beginning when there was none."""
        with self._changed:
            return self._clock() - self._last_s

    @property
    def dropped(self) -> int:
        """Number of frames dropped in this session."""
        return self._dropped

    @property
    def outages(self) -> tuple[Outage, ...]:
        """The finished outages of this session."""
        with self._changed:
            return tuple(self._outages)

    def _drop_late(self, now_s: float) -> None:
        """Drop all frames but the newest when they have waited too long, or are too many."""
        late = self._frames and now_s - self._frames[0].captured_s > MAX_DELAY_S
        if late or len(self._frames) > MAX_WAITING:
            *dropped, newest = self._frames
            self._dropped += len(dropped)
            before = len(dropped) + sum(one.dropped_before for one in self._frames)
            self._frames = deque([replace(newest, dropped_before=before)])

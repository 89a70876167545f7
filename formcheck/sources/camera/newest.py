"""Hands the newest picture from the capture thread to whoever wants it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias

from formcheck.arrays import ImageArray
from formcheck.sources.camera.contract import Clock

STALL_S = 1.0
"""No picture for longer than this is an outage."""

State: TypeAlias = Literal["opening", "open", "lost"]


@dataclass(frozen=True)
class Shot:
    """A picture and when it was taken, by the clock."""

    image: ImageArray
    captured_s: float


@dataclass(frozen=True)
class Outage:
    """A time without pictures, by the clock; ``lost`` when the camera had to be opened again."""

    start_s: float
    end_s: float
    lost: bool


class Newest:
    """Keeps one picture: a newer one takes the place of one that nobody took, and is counted.

    Written by the capture thread, read by the consumer. Pictures before ``begin`` are not part
    of the session: they are neither counted nor given after it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._shot: Shot | None = None
        self._error: BaseException | None = None
        self._state: State = "opening"
        self._begun = False
        self._ended = False
        self._dropped = 0
        self._last_s = clock()
        self._lost_since_last = False
        self._outages: list[Outage] = []

    # --- the capture thread's side ---

    def put(self, image: ImageArray) -> None:
        """Offer a picture taken now."""
        with self._changed:
            now_s = self._clock()
            if self._ended:
                return
            if self._begun:
                if now_s - self._last_s > STALL_S:
                    self._outages.append(Outage(self._last_s, now_s, self._lost_since_last))
                self._dropped += self._shot is not None
            self._shot = Shot(image, now_s)
            self._last_s = now_s
            self._state, self._lost_since_last = "open", False
            self._changed.notify_all()

    def lose(self) -> None:
        """Note that the camera is gone."""
        with self._changed:
            if self._state == "open":
                self._state, self._lost_since_last = "lost", True

    def fail(self, error: BaseException) -> None:
        """Pass on what ended the thread; it is raised where pictures are taken."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    # --- the consumer's side ---

    def begin(self) -> None:
        """Start the session: what was seen before does not count."""
        with self._changed:
            self._begun, self._shot, self._dropped = True, None, 0
            self._outages.clear()
            self._last_s = self._clock()

    def take(self, timeout_s: float) -> Shot | None:
        """Give the newest picture, once; ``None`` when none came within real ``timeout_s``."""
        with self._changed:
            if self._shot is None and self._error is None:
                self._changed.wait(timeout_s)
            if self._error is not None:
                raise self._error
            shot, self._shot = self._shot, None
            return shot

    @property
    def there(self) -> bool:
        """Whether a picture waits to be taken."""
        return self._shot is not None

    def end(self) -> None:
        """End the session; from now on nothing changes."""
        with self._changed:
            if self._ended:
                return
            self._ended, self._shot = True, None
            now_s = self._clock()
            if self._begun and now_s - self._last_s > STALL_S:
                self._outages.append(Outage(self._last_s, now_s, self._lost_since_last))

    @property
    def state(self) -> State:
        """Whether the camera is there."""
        return self._state

    @property
    def quiet_s(self) -> float:
        """How long ago the last picture was, or the beginning."""
        with self._changed:
            return self._clock() - self._last_s

    @property
    def dropped(self) -> int:
        """How many pictures of the session nobody took."""
        return self._dropped

    @property
    def outages(self) -> tuple[Outage, ...]:
        """The outages of the session that are over."""
        with self._changed:
            return tuple(self._outages)

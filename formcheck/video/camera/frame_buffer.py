"""Hands the latest pictures from the capture thread to whoever wants them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

from formcheck.data.arrays import ImageArray
from formcheck.video.camera.interface import Clock

STALL_S = 1.0
"""No picture for longer than this is an outage."""

MOST_LATE_S = 0.1
MOST_WAITING = 6
"""Pictures may wait for so long, and so many of them: a moment's delay costs none. Once it is more,
all but the newest are given up, for who looks at the screen wants to see now."""

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
    """Keeps the pictures of the last tenth of a second; those given up for newer ones are counted.

    Written by the capture thread, read by the consumer. Pictures before ``begin`` are not part
    of the session: they are neither counted nor given after it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._shots: deque[Shot] = deque()
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
            else:
                self._shots.clear()
            self._shots.append(Shot(image, now_s))
            self._give_up_the_late(now_s)
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
            self._begun, self._dropped = True, 0
            self._shots.clear()
            self._outages.clear()
            self._last_s = self._clock()

    def take(self, timeout_s: float) -> Shot | None:
        """Give the next picture, once; ``None`` when none came within real ``timeout_s``."""
        with self._changed:
            if not self._shots and self._error is None:
                self._changed.wait(timeout_s)
            if self._error is not None:
                raise self._error
            self._give_up_the_late(self._clock())
            return self._shots.popleft() if self._shots else None

    @property
    def there(self) -> bool:
        """Whether a picture waits to be taken."""
        return bool(self._shots)

    def end(self) -> None:
        """End the session; from now on nothing changes."""
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._shots.clear()
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

    def _give_up_the_late(self, now_s: float) -> None:
        late = self._shots and now_s - self._shots[0].captured_s > MOST_LATE_S
        if late or len(self._shots) > MOST_WAITING:
            self._dropped += len(self._shots) - 1
            self._shots = deque([self._shots[-1]])

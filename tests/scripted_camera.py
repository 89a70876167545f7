"""A fake camera that follows a script on its own clock.

The clock advances only when the capture thread sleeps, so that results do not depend on the speed
of the computer. Before each frame the script waits until the previous one was used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame
from formcheck.video.camera import CameraSource

POLL_S = 0.0005
_REAL_STEP_S = 0.0005
_TIMEOUT_S = 5.0


class FakeClock:
    """A clock that advances only by sleeping."""

    def __init__(self, now_s: float = 1_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s
        time.sleep(_REAL_STEP_S)  # let other threads run


@dataclass(frozen=True)
class Frames:
    """``count`` frames at a rate; in a ``burst`` without waiting until each was used."""

    count: int
    rate_hz: float = 30.0
    burst: bool = False


@dataclass(frozen=True)
class Stall:
    """The camera is connected, but a read takes this long."""

    for_s: float


@dataclass(frozen=True)
class Unplugged:
    """Reads return ``None``, and the camera cannot be opened."""

    for_s: float


@dataclass(frozen=True)
class Hang:
    """A read that does not return until :meth:`ScriptedCamera.release`."""


Step = Frames | Stall | Unplugged | Hang


def numbered(index: int) -> ImageArray:
    """An image that contains its number."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[0, 0] = index // 256, index % 256, 0
    return picture


def number_of(image: ImageArray) -> int:
    """The number of a :func:`numbered` image."""
    return int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])


class ScriptedCamera:
    """Delivers one frame when it is first opened, and follows the script after :meth:`go`.

    After the last step ``at_end`` is called, and reads return ``None``.
    """

    def __init__(
        self,
        *script: Step,
        clock: FakeClock | None = None,
        picture: Callable[[int], ImageArray] = numbered,
    ) -> None:
        self.clock = clock or FakeClock()
        self.at_end: Callable[[], None] = lambda: None
        self.opened = 0
        self.closed = 0
        self.delivered = 0
        self.burst_over = threading.Event()
        self.hanging = threading.Event()
        self._picture = picture
        self._steps = self._play(script)
        self._unplugged_until_s = -np.inf
        self._first_read_done = False
        self._go = threading.Event()
        self._released = threading.Event()
        self._used = threading.Semaphore(0)

    def open(self, address: str) -> ScriptedCamera:
        if self.clock() < self._unplugged_until_s:
            raise SourceError(f"camera {address} cannot be opened")
        self.opened += 1
        return self

    def read(self) -> ImageArray | None:
        if not self._first_read_done:
            self._first_read_done = True
            return self._picture(0)
        self._go.wait(_TIMEOUT_S)
        if self.clock() < self._unplugged_until_s:
            return None
        return next(self._steps, None)

    def close(self) -> None:
        self.closed += 1

    def go(self) -> None:
        """Start the script."""
        self._go.set()

    def mark_used(self) -> None:
        """Report that the last frame was used."""
        self._used.release()

    def release(self) -> None:
        """Release all waiting threads."""
        self._go.set()
        self._released.set()
        self._used.release(1_000)

    def _play(self, script: tuple[Step, ...]) -> Iterator[ImageArray | None]:
        for step in script:
            match step:
                case Frames():
                    yield from self._give(step)
                case Stall(for_s):
                    until_s = self.clock() + for_s
                    while self.clock() < until_s and not self._released.is_set():
                        self.clock.sleep(min(0.1, until_s - self.clock()))
                case Unplugged(for_s):
                    self._unplugged_until_s = self.clock() + for_s
                    yield None
                case Hang():
                    self.hanging.set()
                    self._released.wait(_TIMEOUT_S)
        self.at_end()

    def _give(self, frames: Frames) -> Iterator[ImageArray]:
        for _ in range(frames.count):
            if self.delivered:
                self.clock.sleep(1 / frames.rate_hz)
            self.delivered += 1
            yield self._picture(self.delivered - 1)
            if not frames.burst:
                self._used.acquire(timeout=_TIMEOUT_S)
        if frames.burst:
            self.burst_over.set()
            self._used.acquire(timeout=_TIMEOUT_S)


class ScriptedSource(CameraSource):
    """A camera source on a scripted camera; it stops at the end of the script."""

    def __init__(self, camera: ScriptedCamera, address: str = "0", **how: Any) -> None:
        self.camera = camera
        super().__init__(
            address,
            open_capture=camera.open,
            clock=camera.clock,
            sleep=camera.clock.sleep,
            poll_s=POLL_S,
            **how,
        )
        camera.at_end = self.stop

    def __iter__(self) -> Iterator[Frame]:
        frames = super().__iter__()
        self.camera.go()
        for frame in frames:
            yield frame
            if not self._buffer.has_frame:  # else the camera would run ahead, and end too early
                self.camera.mark_used()

    def close(self) -> None:
        self.camera.release()
        super().close()

"""A camera that follows a script, on a clock of its own.

The clock moves only when the capture thread sleeps, so that what happens does not depend on how
fast the machine is. From frame to frame the script waits until the frame before was used.
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
_PATIENCE_S = 5.0


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self, now_s: float = 1_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s
        time.sleep(_REAL_STEP_S)  # others get their turn


@dataclass(frozen=True)
class Frames:
    """``count`` frames at a rate; in a ``burst`` they do not wait for being used."""

    count: int
    rate_hz: float = 30.0
    burst: bool = False


@dataclass(frozen=True)
class Stall:
    """The camera is there, and a read takes this long."""

    for_s: float


@dataclass(frozen=True)
class Unplugged:
    """Reads give nothing, and the camera cannot be opened."""

    for_s: float


@dataclass(frozen=True)
class Hang:
    """A read that does not come back until the camera is released."""


Step = Frames | Stall | Unplugged | Hang


def numbered(index: int) -> ImageArray:
    """Picture that carries its number."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[0, 0] = index // 256, index % 256, 0
    return picture


def number_of(image: ImageArray) -> int:
    """Number of a :func:`numbered` picture."""
    return int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])


class ScriptedCamera:
    """Gives one picture when it is first opened, and follows the script from ``go`` on.

    The last step over, ``at_end`` is called and reads give nothing more.
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
        self.given = 0
        self.burst_over = threading.Event()
        self.hanging = threading.Event()
        self._picture = picture
        self._steps = self._play(script)
        self._gone_until_s = -np.inf
        self._greeted = False
        self._go = threading.Event()
        self._released = threading.Event()
        self._used = threading.Semaphore(0)

    def open(self, address: str) -> ScriptedCamera:
        if self.clock() < self._gone_until_s:
            raise SourceError(f"camera {address} cannot be opened")
        self.opened += 1
        return self

    def read(self) -> ImageArray | None:
        if not self._greeted:
            self._greeted = True
            return self._picture(0)
        self._go.wait(_PATIENCE_S)
        if self.clock() < self._gone_until_s:
            return None
        return next(self._steps, None)

    def close(self) -> None:
        self.closed += 1

    def go(self) -> None:
        """Begin the script."""
        self._go.set()

    def used(self) -> None:
        """Tell that the last frame was used."""
        self._used.release()

    def release(self) -> None:
        """Let everything go that waits."""
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
                    self._gone_until_s = self.clock() + for_s
                    yield None
                case Hang():
                    self.hanging.set()
                    self._released.wait(_PATIENCE_S)
        self.at_end()

    def _give(self, frames: Frames) -> Iterator[ImageArray]:
        for _ in range(frames.count):
            if self.given:
                self.clock.sleep(1 / frames.rate_hz)
            self.given += 1
            yield self._picture(self.given - 1)
            if not frames.burst:
                self._used.acquire(timeout=_PATIENCE_S)
        if frames.burst:
            self.burst_over.set()
            self._used.acquire(timeout=_PATIENCE_S)


class ScriptedSource(CameraSource):
    """A camera source on a scripted camera; the script's end stops it."""

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
            self.camera.used()

    def close(self) -> None:
        self.camera.release()
        super().close()

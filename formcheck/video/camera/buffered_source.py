"""The base class of live cameras, whose frames wait in a buffer until the session takes them.

Another thread puts frames into the buffer: it reads a camera, or receives what a page sends.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera.driver import letterboxed
from formcheck.video.camera.frame_buffer import (
    STALL_S,
    CapturedFrame,
    LatestFrameBuffer,
    Outage,
)
from formcheck.video.camera.interface import Clock, LiveSource, OnWait, Sleep
from formcheck.video.film import require_quarter_turn
from formcheck.video.timeline import Timeline

_FIRST_FRAME_TIMEOUT_S = 10.0
_LISTED_OUTAGES = 5  # named one by one; more are only counted
_CLOCK_TICK_S = 0.002  # jitter with which a thread that waits for a camera wakes up


class BufferedSource(LiveSource):
    """The frames that another thread puts into a buffer.

    ``t_s`` is the time since the first frame at which a frame was captured. When no frame arrives
    the session waits, and continues when there are frames again: the time runs on.

    Parameters
    ----------
    name, hint, command
        Name of the camera, what the user can do when it sends nothing, and the command that helps.
    on_wait
        Called in the consumer's thread about ten times a second while no frame arrives. It may
        call ``stop``; an exception it raises ends the iteration.
    mirrored
        The frames are mirrored; they are flipped back.
    turn_deg
        Clockwise turn of the frames, before they are flipped: 0, 90, 180 or 270.
    clock, sleep
        Monotonic time in seconds, and how to wait for a number of seconds of it.
    poll_s
        How often, in real seconds, waiting for a frame is interrupted to check for ``stop`` and
        to call ``on_wait``.
    first_within_s
        How long to wait for the first frame, in seconds.
    """

    def __init__(
        self,
        name: str,
        hint: str,
        *,
        command: str = "",
        on_wait: OnWait | None,
        mirrored: bool,
        turn_deg: int,
        clock: Clock,
        sleep: Sleep,
        poll_s: float,
        first_within_s: float = _FIRST_FRAME_TIMEOUT_S,
    ) -> None:
        require_quarter_turn(turn_deg)
        super().__init__(on_wait, clock, sleep)
        self._name, self._hint, self._command = name, hint, command
        self._mirrored = mirrored
        self._turn_deg = turn_deg
        self._poll_s = poll_s
        self._first_within_s = first_within_s
        self._size_px = (0, 0)
        self._resized = 0
        self._first_s = 0.0
        self._timeline = Timeline(tick_s=_CLOCK_TICK_S, grain_s=0.001)
        self._buffer = LatestFrameBuffer(clock)

    @property
    def info(self) -> SourceInfo:
        """Facts known so far; final once the iteration has ended."""
        timeline = self._timeline
        step_s = timeline.step_s
        return SourceInfo(
            kind="camera",
            name=self._name,
            width=self._size_px[0],
            height=self._size_px[1],
            duration_s=timeline.end_s,
            frames=timeline.frames,
            frames_dropped=self.dropped,
            frame_rate_hz=1 / step_s if step_s > 0 else 0.0,
            variable_frame_rate=timeline.is_variable,
            turn_deg=self._turn_deg,
            mirrored=self._mirrored,
            warnings=tuple(self._warnings()),
            remarks=tuple(self._pause_remarks()),
        )

    @property
    def ready(self) -> bool:
        """Whether a frame is waiting."""
        return self._buffer.has_frame

    @property
    def dropped(self) -> int:
        """Number of frames that arrived but were dropped."""
        return self._buffer.dropped

    def close(self) -> None:
        """End the iteration; later frames are ignored."""
        super().close()
        self._buffer.end()

    def _wait_for_first(self) -> None:
        """Wait for the first frame, which sets the size of all; close when none arrives."""
        try:
            while (captured := self._buffer.take(self._poll_s)) is None:
                self._wait_on(self._buffer.waited_s)
        except BaseException:
            self.close()
            raise
        height, width = self._turned(captured.image).shape[:2]
        self._size_px = width, height

    def _wait_on(self, for_s: float) -> None:
        """Report the wait for the first frame; raises ``SourceError`` when it takes too long."""
        if self._stopped or for_s > self._first_within_s:
            raise SourceError(
                f"{self._name} sends no pictures", hint=self._hint, command=self._command
            )
        self._report_wait("opening", for_s)

    def _generate(self) -> Generator[Frame, None, None]:
        self._buffer.begin()
        return self._captured_frames()

    def _captured_frames(self) -> Generator[Frame, None, None]:
        try:
            while (captured := self._next()) is not None:
                if not self._timeline.frames:
                    self._first_s = captured.captured_s
                t_s = captured.captured_s - self._first_s
                self._timeline.add(t_s, 0.0)
                index = self._timeline.frames - 1
                yield Frame(
                    index,
                    t_s,
                    self._normalized(captured.image),
                    captured.captured_s,
                    captured.dropped_before,
                    captured.paused,
                )
        finally:
            self.stop()
            self._buffer.end()

    def _next(self) -> CapturedFrame | None:
        """Wait for the next frame; ``None`` after ``stop``."""
        while not self._stopped:
            captured = self._buffer.take(self._poll_s)
            if captured is not None or self._stopped:
                return captured
            for_s = self._buffer.waited_s
            if self._buffer.state == "lost":
                self._report_wait("lost", for_s)
            elif for_s > STALL_S:
                self._report_wait("stalled", for_s)
        return None

    def _normalized(self, image: ImageArray) -> ImageArray:
        """Return the image turned, in the size of the first frame, and not mirrored."""
        image = self._turned(image)
        height, width = image.shape[:2]
        if (width, height) != self._size_px:  # the phone was turned, or the camera reopened
            self._resized += 1
            image = letterboxed(image, self._size_px)
        return np.ascontiguousarray(image[:, ::-1] if self._mirrored else image)

    def _turned(self, image: ImageArray) -> ImageArray:
        return np.rot90(image, -self._turn_deg // 90)

    def _warnings(self) -> Iterator[str]:
        """Yield the problems with the camera in words."""
        outages = self._buffer.outages
        yield from (self._describe(outage) for outage in outages[:_LISTED_OUTAGES])
        more = outages[_LISTED_OUTAGES:]
        if more:
            times = f"{len(more)} more time{'s' * (len(more) != 1)}"
            yield f"the camera sent no pictures {times}, {_total_s(more):.0f} s in all"
        if self._resized:
            yield (
                f"the camera changed the size of its picture; {self._resized} frames were scaled "
                "to the size of the first"
            )

    def _describe(self, outage: Outage) -> str:
        start_s = max(0.0, outage.start_s - self._first_s)
        end_s = max(0.0, outage.end_s - self._first_s)
        what = "was disconnected" if outage.lost else "sent no pictures"
        return f"the camera {what} from {start_s:.0f} s to {end_s:.0f} s"


def _total_s(outages: Sequence[Outage]) -> float:
    return sum(outage.end_s - outage.start_s for outage in outages)

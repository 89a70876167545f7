"""A camera as a source of frames: the latest frames, with their capture times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera.address import display_name, hint_for
from formcheck.video.camera.driver import letterboxed
from formcheck.video.camera.driver import open_capture as open_with_opencv
from formcheck.video.camera.frame_buffer import (
    STALL_S,
    CapturedFrame,
    LatestFrameBuffer,
    Outage,
)
from formcheck.video.camera.interface import Capture, Clock, LiveSource, OnWait, Sleep
from formcheck.video.film import require_quarter_turn
from formcheck.video.timeline import Timeline

_FIRST_FRAME_TIMEOUT_S = 10.0
_MAX_FAILED_READS_S = 0.5  # shorter failures are damaged frames, not a disconnected camera
_RETRY_READ_S = 0.02  # between two failed reads
_MAX_SLEEP_S = 0.1  # a longer wait is made of such, so that it can be stopped
_MIN_BACK_OFF_S = 0.25  # before a lost camera is opened again; doubled each time it fails
_MAX_BACK_OFF_S = 2.0
_THREAD_STOP_S = 1.0  # how long closing waits for the capture thread
_LISTED_OUTAGES = 5  # named one by one; more are only counted
_CLOCK_TICK_S = 0.002  # jitter with which a thread that waits for a camera wakes up


class CameraSource(LiveSource):
    """The live frames of a camera.

    A thread reads the camera continuously; frames wait for a tenth of a second at most. ``t_s`` is
    the monotonic time since the first frame at which the driver delivered the frame. When no frame
    arrives the session waits, and continues when the camera is back: the time runs on.

    Parameters
    ----------
    address
        What ``open_capture`` opens: a device number (``"0"``) or the address of a stream.
    open_capture
        Opens the camera, and reopens it after it was disconnected; raises ``SourceError`` when
        that fails. Called in the capture thread.
    on_wait
        Called in the consumer's thread about ten times a second while no frame arrives. It may
        call ``stop``; an exception it raises ends the iteration.
    mirrored
        The camera delivers mirrored frames; they are flipped back.
    turn_deg
        Clockwise turn of the frames, before they are flipped: 0, 90, 180 or 270.
    clock
        Monotonic time in seconds.
    sleep
        Waits for a number of seconds of that clock, in the capture thread.
    poll_s
        How often, in real seconds, waiting for a frame is interrupted to check for ``stop`` and
        to call ``on_wait``.

    Raises
    ------
    SourceError
        The camera cannot be opened, or sends no frame within ten seconds.

    Notes
    -----
    ``info.frames_dropped`` counts the frames that were read but dropped in favour of later ones.
    Frames lost inside the camera or the network cannot be counted.
    """

    def __init__(
        self,
        address: str,
        *,
        open_capture: Callable[[str], Capture] = open_with_opencv,
        on_wait: OnWait | None = None,
        mirrored: bool = False,
        turn_deg: int = 0,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        poll_s: float = 0.1,
    ) -> None:
        require_quarter_turn(turn_deg)
        super().__init__(on_wait, clock, sleep)
        self._address = address
        self._name = display_name(address)
        self._hint = hint_for(address)
        self._open = open_capture
        self._mirrored = mirrored
        self._turn_deg = turn_deg
        self._poll_s = poll_s
        self._resized = 0
        self._first_s = 0.0
        self._timeline = Timeline(tick_s=_CLOCK_TICK_S, grain_s=0.001)
        self._buffer = LatestFrameBuffer(clock)
        self._thread = threading.Thread(target=self._capture, name="camera", daemon=True)
        self._thread.start()
        try:
            self._size_px = self._wait_for_size()
        except BaseException:
            self.close()
            raise

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
            frames_dropped=self._buffer.dropped,
            frame_rate_hz=1 / step_s if step_s > 0 else 0.0,
            variable_frame_rate=timeline.is_variable,
            turn_deg=self._turn_deg,
            mirrored=self._mirrored,
            warnings=tuple(self._warnings()),
        )

    @property
    def ready(self) -> bool:
        """Whether a frame is waiting."""
        return self._buffer.has_frame

    @property
    def late_s(self) -> float:
        """How long the next frame has waited to be taken; 0 when none waits."""
        return self._buffer.oldest_waited_s

    def close(self) -> None:
        """Stop capturing and release the camera; a thread whose read hangs is abandoned."""
        super().close()
        self._buffer.end()
        self._thread.join(_THREAD_STOP_S)

    # --- in the consumer's thread ---

    def _wait_for_size(self) -> tuple[int, int]:
        while (captured := self._buffer.take(self._poll_s)) is None:
            for_s = self._buffer.waited_s
            if for_s > _FIRST_FRAME_TIMEOUT_S:
                raise SourceError(f"{self._name} sends no frames", hint=self._hint)
            self._report_wait("opening", for_s)
        height, width = self._turned(captured.image).shape[:2]
        return width, height

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
        """The image turned, in the size of the first frame, and not mirrored."""
        image = self._turned(image)
        height, width = image.shape[:2]
        if (width, height) != self._size_px:  # the phone was turned, or the camera reopened
            self._resized += 1
            image = letterboxed(image, self._size_px)
        return np.ascontiguousarray(image[:, ::-1] if self._mirrored else image)

    def _turned(self, image: ImageArray) -> ImageArray:
        return np.rot90(image, -self._turn_deg // 90)

    def _warnings(self) -> Iterator[str]:
        outages = self._buffer.outages
        yield from (self._describe(outage) for outage in outages[:_LISTED_OUTAGES])
        more = outages[_LISTED_OUTAGES:]
        if more:
            times = f"{len(more)} more time{'s' * (len(more) != 1)}"
            yield f"the camera sent no frames {times}, {_total_s(more):.0f} s in all"
        if self._resized:
            yield (
                f"the camera changed its frame size; {self._resized} frames were scaled to the "
                "size of the first frame"
            )

    def _describe(self, outage: Outage) -> str:
        start_s = max(0.0, outage.start_s - self._first_s)
        end_s = max(0.0, outage.end_s - self._first_s)
        what = "was disconnected" if outage.lost else "sent no frames"
        return f"the camera {what} from {start_s:.0f} s to {end_s:.0f} s"

    # --- in the capture thread ---

    def _capture(self) -> None:
        """Thread target: read, and reopen the camera whenever it is disconnected."""
        try:
            capture: Capture | None = self._open(self._address)
            back_off_s = 0.0
            while not self._stopped:
                got_frame = capture is not None and self._read(capture)
                self._buffer.mark_lost()
                back_off_s = _next_back_off_s(0.0 if got_frame else back_off_s)
                self._pause(back_off_s)
                capture = None if self._stopped else self._reopen()
        except BaseException as error:  # noqa: BLE001 - raised in the consumer's thread
            self._buffer.fail(error)

    def _read(self, capture: Capture) -> bool:
        """Read until the camera is disconnected or stopped; return whether a frame arrived."""
        got_frame = False
        last_s = self._clock()
        try:
            while not self._stopped:
                image = capture.read()
                if image is not None:
                    self._buffer.put(image)
                    got_frame, last_s = True, self._clock()
                elif self._clock() - last_s > _MAX_FAILED_READS_S:
                    break
                else:
                    self._pause(_RETRY_READ_S)
        finally:
            capture.close()
        return got_frame

    def _reopen(self) -> Capture | None:
        try:
            return self._open(self._address)
        except SourceError:  # still disconnected; `on_wait` reports it meanwhile
            return None

    def _pause(self, duration_s: float) -> None:
        until_s = self._clock() + duration_s
        while not self._stopped and self._clock() < until_s:
            self._sleep(min(_MAX_SLEEP_S, duration_s))


def _next_back_off_s(last_s: float) -> float:
    return min(max(2 * last_s, _MIN_BACK_OFF_S), _MAX_BACK_OFF_S)


def _total_s(outages: Sequence[Outage]) -> float:
    return sum(outage.end_s - outage.start_s for outage in outages)

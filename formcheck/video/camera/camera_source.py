"""A camera as a source of frames: the latest pictures, with the times they were taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera.address import hint_for, shown
from formcheck.video.camera.interface import Capture, Clock, OnWait, Waiting, WaitReason
from formcheck.video.camera.driver import fitted_into
from formcheck.video.camera.driver import open_capture as open_with_opencv
from formcheck.video.camera.frame_buffer import STALL_S, Newest, Outage, Shot
from formcheck.data.closable import Closable
from formcheck.video.timeline import Timeline

_FIRST_PICTURE_S = 10.0
_HICCUP_S = 0.5  # reads that fail for no longer are damaged pictures, not a camera that is gone
_RETRY_READ_S = 0.02
_LONGEST_SLEEP_S = 0.1
_SHORTEST_BACK_OFF_S = 0.25
_LONGEST_BACK_OFF_S = 2.0
_THREAD_STOP_S = 1.0
_LISTED_OUTAGES = 5
_CLOCK_TICK_S = 0.002  # how evenly a thread that waits for a camera wakes


class CameraSource(Closable):
    """The frames of a camera, taken now.

    A thread reads the camera without pause; pictures wait a tenth of a second at most. ``t_s`` is
    the time on a monotonic clock at which a picture came from the driver, from the first frame on.
    When no picture comes the session waits, and goes on when the camera is back: times run on.

    Parameters
    ----------
    address
        What ``open_capture`` opens: a device number (``"0"``) or a stream's address.
    open_capture
        Opens the camera, and opens it again after it was gone; raises ``SourceError`` when it
        cannot. Called in the capture thread.
    on_wait
        Called in the consumer's thread about ten times a second while there is no picture. It
        may call ``stop``, and what it raises ends the iteration.
    mirrored
        Declares that the camera gives its picture mirrored; it is turned back.
    clock, sleep
        Seconds that only grow, and how the capture thread lets some pass.
    look_s
        How often, in real seconds, waiting is interrupted to look up.

    Raises
    ------
    SourceError
        The camera cannot be opened, or gives no picture within ten seconds.

    Notes
    -----
    ``info.frames_dropped`` counts the pictures that were read and given up for newer ones before
    they were taken. What is lost inside the camera or the network cannot be counted.
    """

    def __init__(
        self,
        address: str,
        *,
        open_capture: Callable[[str], Capture] = open_with_opencv,
        on_wait: OnWait | None = None,
        mirrored: bool = False,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        look_s: float = 0.1,
    ) -> None:
        self._address = address
        self._name = shown(address)
        self._hint = hint_for(address)
        self._open = open_capture
        self._on_wait = on_wait
        self._mirrored = mirrored
        self._clock = clock
        self._sleep = sleep
        self._look_s = look_s
        self._stopped = False
        self._frames: Iterator[Frame] | None = None
        self._resized = 0
        self._first_s = 0.0
        self._timeline = Timeline(tick_s=_CLOCK_TICK_S, grain_s=0.001)
        self._newest = Newest(clock)
        self._thread = threading.Thread(target=self._capture, name="camera", daemon=True)
        self._thread.start()
        try:
            self._size_px = self._wait_for_size()
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> SourceInfo:
        """The facts known so far; final once the iteration has ended."""
        timeline = self._timeline
        step_s = timeline.step_s
        return SourceInfo(
            kind="camera",
            name=self._name,
            width=self._size_px[0],
            height=self._size_px[1],
            duration_s=timeline.end_s,
            frames=timeline.frames,
            frames_dropped=self._newest.dropped,
            frame_rate_hz=1 / step_s if step_s > 0 else 0.0,
            variable_frame_rate=timeline.is_variable,
            mirrored=self._mirrored,
            warnings=tuple(self._warnings()),
        )

    @property
    def ready(self) -> bool:
        """Whether a picture is there that nobody took yet."""
        return self._newest.there

    def __iter__(self) -> Iterator[Frame]:
        """Give the latest pictures, one after the other, until ``stop``; once."""
        if self._frames is not None:
            raise RuntimeError("a camera source gives its frames only once")
        self._newest.begin()
        self._frames = self._give()
        return self._frames

    def stop(self) -> None:
        """End the iteration soon; may be called from any thread, a sink or a signal handler."""
        self._stopped = True

    def close(self) -> None:
        """Stop capturing and free the camera; a read that hangs is left behind."""
        self.stop()
        if self._frames is not None:
            cast(Any, self._frames).close()
        self._newest.end()
        self._thread.join(_THREAD_STOP_S)

    # --- the consumer's thread ---

    def _wait_for_size(self) -> tuple[int, int]:
        while (shot := self._newest.take(self._look_s)) is None:
            for_s = self._newest.quiet_s
            if for_s > _FIRST_PICTURE_S:
                raise SourceError(f"{self._name} gives no picture", hint=self._hint)
            self._tell("opening", for_s)
        height, width = shot.image.shape[:2]
        return width, height

    def _give(self) -> Iterator[Frame]:
        try:
            while (shot := self._next()) is not None:
                if not self._timeline.frames:
                    self._first_s = shot.captured_s
                t_s = shot.captured_s - self._first_s
                self._timeline.add(t_s, 0.0)
                index = self._timeline.frames - 1
                yield Frame(index, t_s, self._upright(shot.image), shot.captured_s)
        finally:
            self.stop()
            self._newest.end()

    def _next(self) -> Shot | None:
        """Wait for the next picture; ``None`` after ``stop``."""
        while not self._stopped:
            shot = self._newest.take(self._look_s)
            if shot is not None or self._stopped:
                return shot
            for_s = self._newest.quiet_s
            if self._newest.state == "lost":
                self._tell("lost", for_s)
            elif for_s > STALL_S:
                self._tell("stalled", for_s)
        return None

    def _tell(self, reason: WaitReason, for_s: float) -> None:
        if self._on_wait is not None:
            self._on_wait(Waiting(reason, for_s))

    def _upright(self, image: ImageArray) -> ImageArray:
        height, width = image.shape[:2]
        if (width, height) != self._size_px:  # a phone that was turned, a camera opened anew
            self._resized += 1
            image = fitted_into(image, self._size_px)
        return np.ascontiguousarray(image[:, ::-1]) if self._mirrored else image

    def _warnings(self) -> Iterator[str]:
        outages = self._newest.outages
        yield from (self._in_words(outage) for outage in outages[:_LISTED_OUTAGES])
        more = outages[_LISTED_OUTAGES:]
        if more:
            yield f"no picture came {_times(more)} more, {_length_s(more):.0f} s in all"
        if self._resized:
            yield (
                f"the camera changed the size of its picture; {self._resized} frames were fitted "
                "into the first one's"
            )

    def _in_words(self, outage: Outage) -> str:
        start_s = max(0.0, outage.start_s - self._first_s)
        end_s = max(0.0, outage.end_s - self._first_s)
        what = "was gone" if outage.lost else "gave no picture"
        return f"the camera {what} from {start_s:.0f} s to {end_s:.0f} s"

    # --- the capture thread ---

    def _capture(self) -> None:
        """Body of the thread: read, and open again whenever the camera is gone."""
        try:
            capture: Capture | None = self._open(self._address)
            back_off_s = 0.0
            while not self._stopped:
                seen = capture is not None and self._read(capture)
                self._newest.lose()
                back_off_s = _next_back_off_s(0.0 if seen else back_off_s)
                self._pause(back_off_s)
                capture = None if self._stopped else self._reopened()
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._newest.fail(error)

    def _read(self, capture: Capture) -> bool:
        """Read until the camera is gone or the session ends; say whether a picture came."""
        seen = False
        last_s = self._clock()
        try:
            while not self._stopped:
                image = capture.read()
                if image is not None:
                    self._newest.put(image)
                    seen, last_s = True, self._clock()
                elif self._clock() - last_s > _HICCUP_S:
                    break
                else:
                    self._pause(_RETRY_READ_S)
        finally:
            capture.close()
        return seen

    def _reopened(self) -> Capture | None:
        try:
            return self._open(self._address)
        except SourceError:  # still gone; the consumer is told that it is being waited for
            return None

    def _pause(self, duration_s: float) -> None:
        until_s = self._clock() + duration_s
        while not self._stopped and self._clock() < until_s:
            self._sleep(min(_LONGEST_SLEEP_S, duration_s))


def _next_back_off_s(last_s: float) -> float:
    return min(max(2 * last_s, _SHORTEST_BACK_OFF_S), _LONGEST_BACK_OFF_S)


def _times(outages: Sequence[Outage]) -> str:
    return f"{len(outages)} time{'s' * (len(outages) != 1)}"


def _length_s(outages: Sequence[Outage]) -> float:
    return sum(outage.end_s - outage.start_s for outage in outages)

"""A camera device or network stream as a source of frames with their capture times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from formcheck.data.errors import SourceError
from formcheck.video.camera.address import command_for, display_name, hint_for
from formcheck.video.camera.buffered_source import BufferedSource
from formcheck.video.camera.driver import open_capture as open_with_opencv
from formcheck.video.camera.interface import Capture, Clock, OnWait, Sleep

_MAX_FAILED_READS_S = 0.5  # shorter failures are damaged frames, not a disconnected camera
_RETRY_READ_S = 0.02  # between two failed reads
_MAX_SLEEP_S = 0.1  # a longer wait is made of such, so that it can be stopped
_MIN_BACK_OFF_S = 0.25  # before a lost camera is opened again; doubled each time it fails
_MAX_BACK_OFF_S = 2.0
_THREAD_STOP_S = 1.0  # how long closing waits for the capture thread


class CameraSource(BufferedSource):
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
        super().__init__(
            display_name(address),
            hint_for(address),
            command=command_for(address),
            on_wait=on_wait,
            mirrored=mirrored,
            turn_deg=turn_deg,
            clock=clock,
            sleep=sleep,
            poll_s=poll_s,
        )
        self._address = address
        self._open = open_capture
        self._thread = threading.Thread(target=self._capture, name="camera", daemon=True)
        self._thread.start()
        self._wait_for_first()

    @property
    def late_s(self) -> float:
        """How long the next frame has waited to be taken; 0 when none waits."""
        return self._buffer.oldest_waited_s

    def close(self) -> None:
        """Stop capturing and release the camera; a thread whose read hangs is abandoned."""
        super().close()
        self._thread.join(_THREAD_STOP_S)

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
                    self._buffer.put(image, paused=self.paused)
                    got_frame, last_s = True, self._clock()
                elif self._clock() - last_s > _MAX_FAILED_READS_S:
                    break
                else:
                    self._pause(_RETRY_READ_S)
        finally:
            capture.close()
        return got_frame

    def _reopen(self) -> Capture | None:
        """Open the camera again; ``None`` while it is disconnected."""
        try:
            return self._open(self._address)
        except SourceError:  # still disconnected; `on_wait` reports it meanwhile
            return None

    def _pause(self, duration_s: float) -> None:
        """Wait, but end early after ``stop``."""
        until_s = self._clock() + duration_s
        while not self._stopped and self._clock() < until_s:
            self._sleep(min(_MAX_SLEEP_S, duration_s))


def _next_back_off_s(last_s: float) -> float:
    """Return how long to wait before the next attempt to open the camera."""
    return min(max(2 * last_s, _MIN_BACK_OFF_S), _MAX_BACK_OFF_S)

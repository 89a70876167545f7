"""A film played in real time, as if it were a camera."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Generator, Sequence

from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera.frame_buffer import MAX_DELAY_S, STALL_S
from formcheck.video.camera.interface import Clock, LiveSource, OnWait, Sleep
from formcheck.video.film import VideoSource

_POLL_INTERVAL_S = 0.1
"""A longer wait for a frame is interrupted so often, to see whether to stop."""


class PlayedFilmSource(LiveSource):
    """The frames of a film at the times they are due; ``info.kind`` is ``"camera"``.

    ``t_s`` and the images are those of :class:`VideoSource`, so a film gives the same measurements
    whether it is played or read. ``captured_s`` is the time at which the frame was due.

    Parameters
    ----------
    path
        Any file FFmpeg can decode.
    lossless
        ``True`` delivers every frame, late if necessary. ``False`` drops frames like a camera: as
        soon as a frame is more than a tenth of a second late, the latest frame that is due is
        delivered, and those before it are dropped and counted.
    paced
        ``False`` delivers frames without waiting for their time; requires ``lossless``.
    on_wait
        Called about ten times a second while the film has had no frame for over a second.
    mirrored
        The film shows left and right swapped; it is flipped back.
    turn_deg, remarks
        As for :class:`VideoSource`.
    clock
        Monotonic time in seconds.
    sleep
        Waits for a number of seconds of that clock.

    Raises
    ------
    SourceError
        The file is missing, empty, not a video, or none of its frames can be decoded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lossless: bool,
        paced: bool = True,
        on_wait: OnWait | None = None,
        mirrored: bool = False,
        turn_deg: int = 0,
        remarks: Sequence[str] = (),
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        if not (lossless or paced):
            raise ValueError("a film that is not paced drops nothing: expected lossless")
        super().__init__(on_wait, clock, sleep)
        self._film = VideoSource(path, mirrored=mirrored, turn_deg=turn_deg, remarks=remarks)
        self._lossless = lossless
        self._paced = paced
        self._delivered = 0
        self._dropped = 0
        self._catching_up = False
        self._due_s = math.inf

    @property
    def info(self) -> SourceInfo:
        """Facts known so far; final once the iteration has ended."""
        film = self._film.info
        return dataclasses.replace(
            film,
            kind="camera",
            frames=self._delivered,
            frames_dropped=film.frames_dropped + self._dropped,
            remarks=(*film.remarks, *self._pause_remarks()),
        )

    @property
    def ready(self) -> bool:
        """Whether the next frame is due."""
        return self._clock() >= self._due_s

    @property
    def late_s(self) -> float:
        """How late the next frame is, in seconds; 0 when none is due or none is ever dropped."""
        if self._lossless or not math.isfinite(self._due_s):
            return 0.0
        return max(0.0, self._clock() - self._due_s)

    def close(self) -> None:
        """Stop and close the film; may be called more than once."""
        super().close()
        self._film.close()

    def _generate(self) -> Generator[Frame, None, None]:
        frames = iter(self._film)
        upcoming = next(frames, None)
        start_s = last_s = self._clock()
        dropped_before = 0
        while upcoming is not None and not self._stopped:
            due_s = start_s + upcoming.t_s if self._paced else self._clock()
            self._wait_until(due_s, last_s)
            if self._stopped:
                return
            frame, upcoming = upcoming, next(frames, None)
            if self._is_dropped(frame, upcoming, start_s):
                self._dropped += 1
                dropped_before += 1
                continue
            last_s = due_s
            self._delivered += 1
            self._due_s = self._due_time_s(upcoming, start_s)
            yield dataclasses.replace(
                frame,
                index=self._delivered - 1,
                captured_s=due_s,
                dropped_before=dropped_before,
                paused=self.paused,
            )
            dropped_before = 0

    def _due_time_s(self, frame: Frame | None, start_s: float) -> float:
        """Return the time from which a frame can be requested without waiting."""
        if frame is None or not self._paced:
            return -math.inf
        return start_s + frame.t_s

    def _is_dropped(self, frame: Frame, upcoming: Frame | None, start_s: float) -> bool:
        """Return whether to drop a frame because a later one is already due."""
        if self._lossless or upcoming is None:
            return False
        next_is_due = start_s + upcoming.t_s <= self._clock()
        too_late = self._clock() - (start_s + frame.t_s) > MAX_DELAY_S
        self._catching_up = next_is_due and (self._catching_up or too_late)
        return self._catching_up

    def _wait_until(self, due_s: float, last_s: float) -> None:
        """Wait until a frame is due; report a long time without frames."""
        while not self._stopped and (left_s := due_s - self._clock()) > 0:
            self._sleep(min(left_s, _POLL_INTERVAL_S))
            waited_s = self._clock() - last_s
            if waited_s > STALL_S:
                self._report_wait("stalled", waited_s)

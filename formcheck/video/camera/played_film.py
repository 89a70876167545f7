"""A film played as if it were a camera."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from formcheck.data.frame import Frame, SourceInfo
from formcheck.video.camera.interface import Clock, OnWait, Waiting
from formcheck.video.camera.frame_buffer import MOST_LATE_S, STALL_S
from formcheck.data.closable import Closable
from formcheck.video.film import VideoSource

_LOOK_S = 0.1


class PlayedFilmSource(Closable):
    """The frames of a film at the moments they are due; ``info.kind`` is ``"camera"``.

    ``t_s`` and the pictures are those of :class:`VideoSource`, so a film gives the same
    measurements whether it is played or read. ``captured_s`` is when the frame was due.

    Parameters
    ----------
    path
        Any file FFmpeg can decode.
    lossless
        ``True`` gives every frame, late if need be. ``False`` behaves like a camera: once a frame
        is late by more than a tenth of a second, the newest that is due is given, and those before
        it are dropped and counted.
    paced
        ``False`` gives every frame at once, without waiting; it needs ``lossless``.
    on_wait
        Called about ten times a second when the film has had no picture for over a second.
    mirrored
        Declares that the film shows left and right swapped; it is turned back.
    clock, sleep
        Seconds that only grow, and how to let some pass.

    Raises
    ------
    SourceError
        The file is missing, empty, not a film, or not one frame of it can be decoded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lossless: bool,
        paced: bool = True,
        on_wait: OnWait | None = None,
        mirrored: bool = False,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not (lossless or paced):
            raise ValueError("a film that is not paced drops nothing: expected lossless")
        self._film = VideoSource(path, mirrored=mirrored)
        self._lossless = lossless
        self._paced = paced
        self._on_wait = on_wait
        self._clock = clock
        self._sleep = sleep
        self._stopped = False
        self._given = 0
        self._dropped = 0
        self._catching_up = False
        self._due_s = math.inf
        self._frames: Iterator[Frame] | None = None

    @property
    def info(self) -> SourceInfo:
        """The facts known so far; final once the iteration has ended."""
        film = self._film.info
        return dataclasses.replace(
            film,
            kind="camera",
            frames=self._given,
            frames_dropped=film.frames_dropped + self._dropped,
        )

    @property
    def ready(self) -> bool:
        """Whether the next frame is due."""
        return self._clock() >= self._due_s

    def __iter__(self) -> Iterator[Frame]:
        """Give the frames in order, once."""
        if self._frames is not None:
            raise RuntimeError("a played source gives its frames only once")
        self._frames = self._give()
        return self._frames

    def stop(self) -> None:
        """End the iteration soon; may be called from any thread, a sink or a signal handler."""
        self._stopped = True

    def close(self) -> None:
        """Free the film; may be called more than once."""
        self.stop()
        if self._frames is not None:
            cast(Any, self._frames).close()
        self._film.close()

    def _give(self) -> Iterator[Frame]:
        frames = iter(self._film)
        upcoming = next(frames, None)
        start_s = last_s = self._clock()
        while upcoming is not None and not self._stopped:
            due_s = start_s + upcoming.t_s if self._paced else self._clock()
            self._wait_until(due_s, last_s)
            if self._stopped:
                return
            frame, upcoming = upcoming, next(frames, None)
            if self._is_given_up(frame, upcoming, start_s):
                self._dropped += 1
                continue
            last_s = due_s
            self._given += 1
            self._due_s = self._due(upcoming, start_s)
            yield dataclasses.replace(frame, index=self._given - 1, captured_s=due_s)

    def _due(self, frame: Frame | None, start_s: float) -> float:
        """When a frame may be asked for without waiting."""
        if frame is None or not self._paced:
            return -math.inf
        return start_s + frame.t_s

    def _is_given_up(self, frame: Frame, upcoming: Frame | None, start_s: float) -> bool:
        """Whether this frame is given up for the one after it."""
        if self._lossless or upcoming is None:
            return False
        next_due = start_s + upcoming.t_s <= self._clock()
        too_late = self._clock() - (start_s + frame.t_s) > MOST_LATE_S
        self._catching_up = next_due and (self._catching_up or too_late)
        return self._catching_up

    def _wait_until(self, due_s: float, last_s: float) -> None:
        while not self._stopped and (left_s := due_s - self._clock()) > 0:
            self._sleep(min(left_s, _LOOK_S))
            quiet_s = self._clock() - last_s
            if quiet_s > STALL_S and self._on_wait is not None:
                self._on_wait(Waiting("stalled", quiet_s))

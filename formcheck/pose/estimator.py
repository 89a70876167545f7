"""The interface of every pose estimator, and the loop that keeps it busy."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

from formcheck.data.frame import Frame
from formcheck.data.keypoints import PoseSample


@dataclass(frozen=True)
class ModelInfo:
    """The pose model used: its name and the SHA-256 of its file."""

    name: str
    sha256: str


POLL_INTERVAL_S = 0.002
"""How often the source is asked for the next frame while the current one is processed."""


class PoseEstimator(Protocol):
    """Estimates the subject's pose in each frame; used for one session, in frame order."""

    @property
    def model(self) -> ModelInfo:
        """The model used."""
        ...

    def begin(self, frame: Frame) -> None:
        """Start work on a frame before its pose is requested.

        Frames are begun in order, any number of them ahead of the one being estimated. May be
        called from another thread while :meth:`estimate` runs.
        """
        ...

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class EstimatedFrames:
    """Iterates over the frames of a source, each with its pose, in order; once.

    Frames are begun as soon as they are available, while the caller still works on an earlier one.
    The estimator therefore works on several frames at once, and short delays in different places
    do not add up. A background thread polls for the next frame; it never blocks on the source.
    Only the iterating thread does, so callbacks of the source run in that thread only.

    Parameters
    ----------
    frames
        The frames of one source.
    estimator
        Estimates their poses.
    ready
        Returns whether the next frame is available without waiting.
    ahead
        How many frames are begun ahead of the one being estimated.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        estimator: PoseEstimator,
        ready: Callable[[], bool],
        ahead: int = 1,
    ) -> None:
        self._frames = iter(frames)
        self._estimator = estimator
        self._ready = ready
        self._ahead = ahead
        self._lock = threading.Lock()  # only one thread at a time may advance the source
        self._begun: deque[Frame] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self._more_needed = threading.Event()
        self._stopped = False

    def __iter__(self) -> Generator[tuple[Frame, PoseSample], None, None]:
        """Yield each frame with its pose; close the generator if you stop early."""
        poller = threading.Thread(target=self._poll, name="formcheck-next", daemon=True)
        poller.start()
        try:
            while (frame := self._take()) is not None:
                yield frame, self._estimator.estimate(frame)
        finally:
            self._stopped = True
            self._more_needed.set()
            poller.join()

    def _take(self) -> Frame | None:
        """Wait for the next frame; also begin those after it that are available already.

        An error of the source is raised when all frames before it have been taken.
        """
        with self._lock:
            if not self._begun:
                if self._error is not None:
                    raise self._error
                self._begin_next()
            frame = self._begun.popleft() if self._begun else None
            if frame is not None:
                self._begin_available()
        return frame

    def _poll(self) -> None:
        """Thread target: begin frames as soon as they are available."""
        while self._more_needed.wait() and not self._stopped:
            time.sleep(POLL_INTERVAL_S)
            with self._lock:
                if not self._stopped:
                    self._begin_available()

    def _begin_available(self) -> None:
        """Begin the frames that are available; ask the polling thread for those that are not."""
        try:
            while self._wants_more and self._ready():
                self._begin_next()
        except Exception as error:  # noqa: BLE001 - raised in the iterating thread
            self._error = error
        if self._wants_more:
            self._more_needed.set()
        else:
            self._more_needed.clear()

    @property
    def _wants_more(self) -> bool:
        return len(self._begun) < self._ahead and not self._ended and self._error is None

    def _begin_next(self) -> None:
        frame = next(self._frames, None)
        if frame is None:
            self._ended = True
        else:
            self._estimator.begin(frame)
            self._begun.append(frame)

"""The interface of every pose estimator, and the loop that keeps it busy."""

from __future__ import annotations

import threading
import time
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

        At most one frame may be begun ahead of the one being estimated. May be called from
        another thread while :meth:`estimate` runs.
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

    Each frame is begun as soon as it is available, while the caller still works on the previous
    one. The estimator therefore works on two frames at once, and short delays in different places
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
    """

    def __init__(
        self, frames: Iterable[Frame], estimator: PoseEstimator, ready: Callable[[], bool]
    ) -> None:
        self._frames = iter(frames)
        self._estimator = estimator
        self._ready = ready
        self._lock = threading.Lock()  # only one thread at a time may advance the source
        self._next: Frame | None = None
        self._error: BaseException | None = None
        self._next_needed = threading.Event()
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
            self._next_needed.set()
            poller.join()

    def _take(self) -> Frame | None:
        """Wait for the next frame; also begin the one after it if it is available already."""
        with self._lock:
            if self._error is not None:
                raise self._error
            frame, self._next = self._next or self._begin_next(), None
            if frame is not None and self._ready():
                self._next = self._begin_next()
            if self._next is None:
                self._next_needed.set()
        return frame

    def _poll(self) -> None:
        """Thread target: begin the next frame as soon as it is available."""
        while self._next_needed.wait() and not self._stopped:
            time.sleep(POLL_INTERVAL_S)
            with self._lock:
                try:
                    if self._next is None and not self._stopped and self._ready():
                        self._next = self._begin_next()
                except BaseException as error:  # noqa: BLE001 - raised in the iterating thread
                    self._error = error
                if self._next is not None or self._error is not None:
                    self._next_needed.clear()

    def _begin_next(self) -> Frame | None:
        frame = next(self._frames, None)
        if frame is not None:
            self._estimator.begin(frame)
        return frame

"""What a pose estimator is, whatever model is behind it."""

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
    """Which model gave the poses: its name and the SHA-256 of its file."""

    name: str
    sha256: str


LOOK_FOR_NEXT_S = 0.002
"""While a frame is worked on, it is seen this often whether the next one has come."""


class PoseEstimator(Protocol):
    """Gives the subject's pose for each frame; used for one session, in frame order."""

    @property
    def model(self) -> ModelInfo:
        """Which model is behind it."""
        ...

    def begin(self, frame: Frame) -> None:
        """Be told of a frame before its pose is asked for, so that the work can start.

        A frame may be begun while the one before it has not been estimated; not two before. The
        call may come from another thread, while the pose of the one before is being asked for.
        """
        ...

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame, ``PoseSample.nobody`` when not seen."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class EstimatedFrames:
    """Gives each frame of a source with its pose, in order; once.

    A frame is begun as soon as it is there, whatever is done with the one before it: so the
    estimator works on two at once, and a moment's delay in one place does not add up with those in
    others. What is not there yet is looked out for in a thread of its own. Only the thread that
    takes the frames ever waits for one, so only that thread hears what a source says meanwhile.

    Parameters
    ----------
    frames
        The frames of one source.
    estimator
        Estimates their poses.
    ready
        Whether the next frame is there for the taking.
    """

    def __init__(
        self, frames: Iterable[Frame], estimator: PoseEstimator, ready: Callable[[], bool]
    ) -> None:
        self._frames = iter(frames)
        self._estimator = estimator
        self._ready = ready
        self._lock = threading.Lock()  # the source is asked by one thread at a time
        self._next: Frame | None = None
        self._error: BaseException | None = None
        self._wanted = threading.Event()
        self._over = False

    def __iter__(self) -> Generator[tuple[Frame, PoseSample], None, None]:
        """Give the frames and their poses; close it when it is left early."""
        lookout = threading.Thread(target=self._look_out, name="formcheck-next", daemon=True)
        lookout.start()
        try:
            while (frame := self._take()) is not None:
                yield frame, self._estimator.estimate(frame)
        finally:
            self._over = True
            self._wanted.set()
            lookout.join()

    def _take(self) -> Frame | None:
        """Give the next frame, waited for, and begin the one after it if that is there already."""
        with self._lock:
            if self._error is not None:
                raise self._error
            frame, self._next = self._next or self._begun(), None
            if frame is not None and self._ready():
                self._next = self._begun()
            if self._next is None:
                self._wanted.set()
        return frame

    def _look_out(self) -> None:
        """Body of the thread: begin the next frame as soon as it has come."""
        while self._wanted.wait() and not self._over:
            time.sleep(LOOK_FOR_NEXT_S)
            with self._lock:
                try:
                    if self._next is None and not self._over and self._ready():
                        self._next = self._begun()
                except BaseException as error:  # noqa: BLE001 - raised where frames are taken
                    self._error = error
                if self._next is not None or self._error is not None:
                    self._wanted.clear()

    def _begun(self) -> Frame | None:
        frame = next(self._frames, None)
        if frame is not None:
            self._estimator.begin(frame)
        return frame

"""What all live sources share: pausing, stopping, and reporting that no frame arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from formcheck.data.arrays import ImageArray
from formcheck.video.single_use import SingleUseSource

WaitReason: TypeAlias = Literal["opening", "stalled", "lost"]


@dataclass(frozen=True)
class Waiting:
    """Why no frame arrives.

    Attributes
    ----------
    reason
        ``opening``: the session has not started; ``stalled``: the camera is connected but sends
        nothing; ``lost``: the camera is disconnected, or is being opened again.
    for_s
        Seconds since the last frame, or since opening started.
    """

    reason: WaitReason
    for_s: float


OnWait: TypeAlias = Callable[[Waiting], None]
"""A function that is called while no frame arrives."""
Clock: TypeAlias = Callable[[], float]
"""A function that returns a monotonic time in seconds."""
Sleep: TypeAlias = Callable[[float], None]
"""A function that waits for a number of seconds of that clock."""


class Capture(Protocol):
    """An open camera; used by one thread only."""

    def read(self) -> ImageArray | None:
        """Wait for the next RGB frame; ``None`` when reading failed or the camera is gone."""
        ...

    def close(self) -> None:
        """Release the camera."""
        ...


class LiveSource(SingleUseSource):
    """A source that delivers frames in real time; it can be paused and stopped.

    Frames during a pause are marked as paused: they are shown, but not measured or kept.

    Parameters
    ----------
    on_wait
        Called in the consumer's thread about ten times a second while no frame arrives. It may
        call :meth:`stop`; an exception it raises ends the iteration.
    clock
        Monotonic time in seconds.
    sleep
        Waits for a number of seconds of that clock.
    """

    def __init__(self, on_wait: OnWait | None, clock: Clock, sleep: Sleep) -> None:
        super().__init__()
        self._on_wait = on_wait
        self._clock = clock
        self._sleep = sleep
        self._stopped = False
        self._pauses: list[tuple[float, float]] = []
        self._paused_at_s: float | None = None

    @property
    def paused(self) -> bool:
        """Whether the session is paused."""
        return self._paused_at_s is not None

    def pause(self, paused: bool) -> None:
        """Pause the session, or go on with it; may be called from any thread."""
        now_s = self._clock()
        if paused and self._paused_at_s is None:
            self._paused_at_s = now_s
        elif not paused and self._paused_at_s is not None:
            self._pauses.append((self._paused_at_s, now_s))
            self._paused_at_s = None

    def stop(self) -> None:
        """End the iteration soon; may be called from any thread, a sink or a signal handler."""
        self._stopped = True

    def close(self) -> None:
        """Stop and end the iteration; may be called more than once."""
        self.stop()
        super().close()

    def _report_wait(self, reason: WaitReason, for_s: float) -> None:
        """Call ``on_wait``, if there is one."""
        if self._on_wait is not None:
            self._on_wait(Waiting(reason, for_s))

    def _pause_remarks(self) -> Iterator[str]:
        """Yield a remark on how often the session was paused, and for how long in total."""
        if self._pauses:
            times = "once" if len(self._pauses) == 1 else f"{len(self._pauses)} times"
            total_s = sum(end_s - start_s for start_s, end_s in self._pauses)
            yield f"The session was paused {times}, for {total_s:.0f} s in all."

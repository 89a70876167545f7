"""What a camera's driver gives, and what is told while no picture comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from formcheck.data.arrays import ImageArray

WaitReason: TypeAlias = Literal["opening", "stalled", "lost"]


@dataclass(frozen=True)
class Waiting:
    """Why there is no picture.

    Attributes
    ----------
    reason
        ``opening``: the session has not begun; ``stalled``: the camera is there and gives
        nothing; ``lost``: it is gone, or is being opened again.
    for_s
        Seconds since the last picture, or since opening began.
    """

    reason: WaitReason
    for_s: float


OnWait: TypeAlias = Callable[[Waiting], None]
Clock: TypeAlias = Callable[[], float]


class Capture(Protocol):
    """An open camera; used by one thread only."""

    def read(self) -> ImageArray | None:
        """Wait for the next picture, in RGB; ``None`` when none came or the camera is gone."""
        ...

    def close(self) -> None:
        """Free the camera."""
        ...

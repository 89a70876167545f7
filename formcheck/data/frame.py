"""Frames with true times, and facts about their source."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from formcheck.data.arrays import ImageArray

Progress = Callable[[float, int, int | None], None]
"""Called with the time in the film, the frames done, and the frames expected if known."""


@dataclass(frozen=True)
class Frame:
    """One upright frame and its time.

    Attributes
    ----------
    index
        Number of the frame, from 0.
    t_s
        Seconds on the clock of a player for a film, in which the picture may start after the
        sound; from the first frame for a camera. Strictly increasing.
        Already divided by the slow-motion factor: it is the time in the world, not on the film.
    image
        RGB, rotation applied, never mirrored for display.
    captured_s
        ``time.monotonic()`` when it was taken, to compute its delay on the screen; NaN for the
        frames of a film.
    dropped_before
        Frames between the one before and this one that came, but were given up because nobody took
        them in time. 0 for a film.
    paused
        Whether the session is paused: the frame is shown, and nothing in it is measured or kept.
    """

    index: int
    t_s: float
    image: ImageArray
    captured_s: float = math.nan
    dropped_before: int = 0
    paused: bool = False


@dataclass(frozen=True)
class SourceInfo:
    """Facts about a source. ``frames`` and ``duration_s`` are final once the source is exhausted.

    Attributes
    ----------
    kind
        Whether the frames come from a file or a camera.
    name
        The file's name without its folder, or the camera's.
    width, height
        Of the upright frame, in pixels.
    duration_s
        Time at which the last frame ends.
    frames, frames_dropped
        Frames given so far; frames that were lost on the way (damaged, or too late when live).
    looks
        Frames that the pose model looked at, in a recording of its poses; ``None`` for all.
    frame_rate_hz
        Median rate of the frames, after the slow-motion factor.
    variable_frame_rate
        Whether the time between frames varies by more than a tenth of its median.
    rotation_deg
        Clockwise turn that was applied because the file asked for it.
    turn_deg
        Clockwise turn that was applied on top of that, found from the poses or asked for.
    mirrored
        Declared by the user: the film shows left and right swapped.
    slow_motion
        How many times slower than life the film plays.
    expected_frames
        The container's own guess, for a progress bar; ``None`` when it gives none.
    warnings
        Problems with the file, in words ("12 damaged frames were skipped").
    remarks
        What was done to read it, in whole sentences ("The frame was turned").
    """

    kind: Literal["video", "camera", "poses"]
    name: str
    width: int
    height: int
    duration_s: float = 0.0
    frames: int = 0
    frames_dropped: int = 0
    looks: int | None = None
    frame_rate_hz: float = 0.0
    variable_frame_rate: bool = False
    rotation_deg: int = 0
    turn_deg: int = 0
    mirrored: bool = False
    slow_motion: float = 1.0
    expected_frames: int | None = None
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentPicture:
    """One picture as a page sent it.

    Attributes
    ----------
    number
        The page's own number, by which it knows the picture again.
    lost_before
        Pictures that the page gave up since the one before, because two were on the way.
    taken_s
        When it was taken, by the page's clock.
    jpeg
        The picture.
    """

    number: int
    lost_before: int
    taken_s: float
    jpeg: bytes


class FrameSource(Protocol):
    """A stream of frames; a context manager that frees its file or camera on exit."""

    @property
    def info(self) -> SourceInfo:
        """The facts known so far."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the next frame can be read without waiting."""
        ...

    @property
    def late_s(self) -> float:
        """How long a camera's next frame has waited to be taken, in s; 0 for what can wait."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, once."""
        ...

    def close(self) -> None:
        """Free the file or camera."""
        ...
